"""From a template and facts to a PDF/UA-1 file. Knows nothing of what the paper says.

Facts go in as JSON beside the source and are shown as text: nothing that anybody typed is ever read as markup.
No file but those in ``templates/documents`` can be opened, no package is fetched, no font of the machine is used.
"""

import json
import logging
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from coordination.common.errors import DomainError

ROOT = settings.BASE_DIR / "templates" / "documents"
FONTS = Path(__file__).parent / "fonts"
MARK = settings.BASE_DIR / "static" / "simbolo.svg"
SECONDS = 10  # a page takes 0.05 s
BYTES = 300_000  # of facts; a long letter has 10,000
WORD = 40  # signs in a row that may stand without a place to break the line
STAND_IN = "\N{WHITE SQUARE}"
JOINERS = "\u200c\u200d"  # some scripts are wrong without them
CERTAIN = re.compile(r"[^\n\x20-\u024f\u2010-\u2027\u20ac\u25a1]")  # all but what the text font surely has

logger = logging.getLogger(__name__)
# Two at a time; the compiler lets go of Python's lock, and whoever waits is not kept longer than SECONDS.
_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="typst")
_unshown = re.compile(r'the text `"(.+?)"` could not be displayed')
_escaped = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_long_word = re.compile(rf"(?<!\S)(?!https?://)\S{{{WORD},}}")


class NotRendered(DomainError):
    """The paper could not be made."""

    default_message = _("The document could not be made. Nothing was lost; try again in a few minutes.")


class TooLong(NotRendered):
    """More text than a paper holds."""

    default_message = _("The document is too long to be made. Shorten its texts and try again.")


def render(
    template: str,
    data: dict[str, Any],
    *,
    pictures: dict[str, str] | None = None,
    as_png: bool = False,
    most: int = BYTES,
) -> bytes:
    """The PDF of ``templates/documents/<template>.typ`` with these facts: tagged, with language and title.

    The same facts give the same bytes. Signs that no font has become □; controls and signs that turn the direction
    of the line are left out. ``pictures`` are drawings of ours as SVG; the mark is always among them. ``as_png``
    gives the first page as a picture. ``most`` bytes of facts are read. Raises TooLong, NotRendered.
    """
    facts = _clean(data) | {"pictures": {"mark": MARK.read_text()} | (pictures or {})}
    if len(json.dumps(facts)) > most:
        raise TooLong
    made = _pool.submit(_compile, template, facts, as_png)
    try:
        return made.result(timeout=SECONDS)
    except TookTooLong:
        made.cancel()
        logger.error("a document took too long: %s", template)
        raise NotRendered from None
    except typst.TypstError as error:
        # The compiler quotes the template, and of the facts at most signs without a glyph.
        logger.error("a document was not made: %s: %s", template, error.message)
        raise NotRendered from None


def _compile(template: str, facts: dict[str, Any], as_png: bool) -> bytes:
    """Fonts differ in what they can show and only the compiler knows: it names what is missing, we go again.

    Where it never ends (a name of many scripts), the last go keeps the letters of Europe.
    """
    compiler = typst.Compiler(root=ROOT, font_paths=[FONTS], ignore_system_fonts=True)
    for left in (3, 2, 1, 0):
        try:
            pages = compiler.compile(
                ROOT / f"{template}.typ",
                format="png" if as_png else "pdf",
                ppi=110 if as_png else None,
                sys_inputs={"data": json.dumps(facts)},
                pdf_standards=[] if as_png else ["ua-1"],
            )
        except typst.TypstError as error:
            missing = {_escaped.sub(_sign, text) for text in _unshown.findall(str(error))}
            if not left or not missing:
                raise
            facts = _without(facts, missing if left > 1 else None)
        else:
            first = pages[0] if isinstance(pages, list) else pages
            if first is not None:
                return first
    raise NotRendered


def _sign(found: re.Match[str]) -> str:
    code, plain = found.groups()
    return chr(int(code, 16)) if code else {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}.get(plain, plain)


def _clean(value: Any) -> Any:
    """Facts as they can stand on paper."""
    if isinstance(value, dict):
        return {name: _clean(fact) for name, fact in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(fact) for fact in value]
    if not isinstance(value, bool | int | float | None):
        text = unicodedata.normalize("NFC", str(value).replace("\r\n", "\n").replace("\t", " "))
        return _long_word.sub(_breakable, "".join(filter(_stands, text)))
    return value


def _stands(sign: str) -> bool:
    """No controls, halves of signs, private or unassigned ones, nor what turns the line or hides in it."""
    return sign == "\n" or sign in JOINERS or not unicodedata.category(sign).startswith("C")


def _breakable(found: re.Match[str]) -> str:
    """A zero-width space every so often: a word of 2,000 signs must not leave the page."""
    word = found.group()
    return "\N{ZERO WIDTH SPACE}".join(word[at : at + WORD // 2] for at in range(0, len(word), WORD // 2))


def _without(value: Any, missing: set[str] | None) -> Any:
    """The facts with □ for these texts; for everything uncertain where none are named."""
    if isinstance(value, dict):
        return {name: _without(fact, missing) for name, fact in value.items()}
    if isinstance(value, list):
        return [_without(fact, missing) for fact in value]
    if isinstance(value, str) and missing is None:
        return CERTAIN.sub(STAND_IN, value)
    if isinstance(value, str):
        for text in sorted(missing or (), key=len, reverse=True):
            value = value.replace(text, STAND_IN)
    return value
