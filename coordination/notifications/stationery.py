"""The sheets letters are printed on: read once, their rules made attributes once, filled in without a gap.

A letter uses ``{% extends "emails/base.html" %}``, plain blocks and ``{% include … only %}``. They are put together in
the source, so that the style rules can be moved to the elements (mail programs drop style sheets) once a sheet and
not once a letter: css-inline sees marks where tags of the template stood.
"""

import re
from functools import cache
from typing import Any

import css_inline
from django.conf import settings
from django.template import Context, Engine, Template, VariableDoesNotExist
from django.template.backends.django import get_installed_libraries
from django.utils.safestring import SafeString

_EXTENDS = re.compile(r"""\{%\s*extends\s+["']([^"']+)["']\s*%\}""")
_BLOCK = re.compile(r"\{%\s*block\s+(\w+)\s*%\}(.*?)\{%\s*endblock(?:\s+\w+)?\s*%\}", re.DOTALL)
_INCLUDE = re.compile(r"""\{%\s*include\s+["']([^"']+)["'](?:\s+with\s+(.+?))?(?:\s+only)?\s*%\}""")
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_ELEMENT = re.compile(r"<[a-zA-Z](?:[^<>{]|\{[{%#].*?[}%#]\})*>", re.DOTALL)
_MARK = re.compile(r"<!--tag(\d+)-->|tag(\d+)gat")
_NAKED = re.compile(r"\stag\d+gat\S*=\"\"")  # a tag that stood where an attribute's name stands
GAP = "\N{REPLACEMENT CHARACTER}gap\N{REPLACEMENT CHARACTER}"


class Gap(Exception):
    """A letter names something nobody gave it. It is not sent with a hole."""


class _Gap(str):
    """What Django asks for in place of a name it does not know. ``{% if name %}`` may ask without harm."""

    def __contains__(self, part: object) -> bool:
        return True

    def __mod__(self, name: object) -> str:
        raise Gap(
            f"the letter names {name}, which it was not given"
        ) from None  # the cause would log every fact


def fill(name: str, facts: dict[str, Any], *, escape: bool) -> str:
    """The sheet with these facts. Raises Gap, TemplateDoesNotExist, and what a filter raises."""
    sheet = _sheet.__wrapped__(name) if settings.DEBUG else _sheet(name)
    try:
        filled: SafeString = sheet.render(Context(facts, autoescape=escape))
    except VariableDoesNotExist:  # as the argument of a filter
        raise Gap(f"{name} gives a filter something it was not given") from None
    if GAP in filled:  # a value that vanished while it was read: Django puts the sign there without asking
        raise Gap(f"{name} has a gap")
    return filled


@cache
def _sheet(name: str) -> Template:
    source = _whole(name)
    return Template(_inlined(source) if name.endswith(".html") else source, name=name, engine=_engine())


@cache
def _engine() -> Engine:
    pages: dict[str, Any] = settings.TEMPLATES[0]
    return Engine(
        dirs=pages["DIRS"],
        string_if_invalid=_Gap(GAP),
        builtins=pages["OPTIONS"]["builtins"],
        libraries=get_installed_libraries(),
    )


def _source(name: str) -> str:
    return str(_engine().get_template(name).source)


def _whole(name: str, blocks: dict[str, str] | None = None) -> str:
    """The source with its frame and its parts in their places."""
    source = _source(name)
    if frame := _EXTENDS.match(source):
        return _whole(frame[1], dict(_BLOCK.findall(source)) | (blocks or {}))
    source = _BLOCK.sub(lambda found: (blocks or {}).get(found[1], found[2]), source)
    return _INCLUDE.sub(_part, source)


def _part(include: re.Match[str]) -> str:
    source = _whole(include[1])
    return f"{{% with {include[2]} %}}{source}{{% endwith %}}" if include[2] else source


def _inlined(source: str) -> str:
    """Rules become attributes; what depends on the reader's device stays in the head.

    A tag between elements becomes a comment, which may stand anywhere, one inside an element a word of its attribute.
    """
    tags: list[str] = []

    def keep(tag: str, form: str) -> str:
        tags.append(tag)
        return form.format(len(tags) - 1)

    inside = _ELEMENT.sub(lambda element: _TAG.sub(lambda tag: keep(tag[0], "tag{}gat"), element[0]), source)
    marked = _TAG.sub(lambda tag: keep(tag[0], "<!--tag{}-->"), inside)
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    styled = inliner.inline(marked)
    found = [int(one or other) for one, other in _MARK.findall(styled)]
    if sorted(found) != list(range(len(tags))) or _NAKED.search(styled):
        raise ValueError("a tag of the template stands where HTML has no place for it")
    return _MARK.sub(lambda mark: tags[int(mark[1] or mark[2])], styled)
