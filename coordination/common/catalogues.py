"""Message catalogues without the system's gettext: Python's own parser finds the strings, polib keeps and compiles them.

English is written in the code, so only Spanish needs a translation; the English catalogue exists for plural
rules. ``locale/<language>/LC_MESSAGES/django.po`` is kept in git, the compiled ``.mo`` is made at set-up.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation import template as django_template

KEYWORDS = dict.fromkeys(
    (
        "_",
        "gettext",
        "gettext_lazy",
        "gettext_noop",
        "ngettext",
        "ngettext_lazy",
        "pgettext",
        "pgettext_lazy",
        "npgettext",
    )
)
_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(
    rf"\b(?:_|n?p?gettext)\(\s*{_STRING}(?:\s*,\s*{_STRING})*(?:\s*,\s*count)?\s*\)", re.DOTALL
)
Key = tuple[str | None, str, str | None]  # context, singular, plural


def _calls(source: str) -> Iterator[tuple[int, str, tuple[str | None, ...] | str]]:
    """Read as Python reads it: also what is called inside an f-string, which looks like text to a reader of signs."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
        if name in KEYWORDS:
            yield (
                node.lineno,
                name,
                tuple(
                    part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None
                    for part in node.args
                ),
            )


def _key(name: str, message: tuple[str | None, ...] | str | None) -> Key | None:
    parts = (message,) if isinstance(message, str) or message is None else tuple(message)
    if "pgettext" in name:
        if len(parts) < 2 or not parts[1]:
            return None
        return parts[0], parts[1], parts[2] if name.startswith("n") and len(parts) > 2 else None
    if not parts or not parts[0]:
        return None
    return None, parts[0], parts[1] if name.startswith("n") and len(parts) > 1 else None


def _template_source(path: Path) -> str:
    """Django's own translation of a template into calls, with the indentation that Python dislikes removed."""
    text = django_template.templatize(path.read_text(encoding="utf-8"), origin=str(path))
    calls = [match.group() for match in _CALL.finditer(text)]
    return "\n".join(call.replace("\n", " ") for call in calls)


def extract() -> dict[Key, list[str]]:
    """Every translatable string of the project with the files it stands in."""
    root = Path(settings.BASE_DIR)
    found: dict[Key, list[str]] = {}
    python = [p for folder in ("coordination", "accounts") for p in sorted((root / folder).rglob("*.py"))]
    templates = [p for p in sorted((root / "templates").rglob("*")) if p.suffix in (".html", ".txt")]
    for path in [*python, *templates]:
        if "migrations" in path.parts or "emails" in path.parts:
            continue
        source = path.read_text(encoding="utf-8") if path.suffix == ".py" else _template_source(path)
        for _line, name, message in _calls(source):
            key = _key(name, message)
            if key:
                places = found.setdefault(key, [])
                where = str(path.relative_to(root))
                if where not in places:
                    places.append(where)
    return found


def catalogue_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def update(language: str, *, sources: list[Path] | None = None) -> polib.POFile:
    """Brings the catalogue in line with the code, keeping translations; takes new ones from ``sources``."""
    path = catalogue_path(language)
    known: dict[Key, polib.POEntry] = {}
    for file in [path, *(sources or [])]:
        if file.exists():
            for entry in polib.pofile(str(file)):
                if not entry.obsolete and (entry.msgstr or any(entry.msgstr_plural.values())):
                    known[(entry.msgctxt, entry.msgid, entry.msgid_plural or None)] = entry
    catalogue = polib.POFile(wrapwidth=100)
    catalogue.metadata = {
        "Project-Id-Version": "minga",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for key, places in sorted(extract().items(), key=lambda pair: (pair[1][0], pair[0][1])):
        context, singular, plural = key
        old = known.get(key) or known.get((context, singular, None)) or known.get((None, singular, plural))
        entry = polib.POEntry(
            msgid=singular, msgctxt=context, occurrences=[(place, "") for place in places[:3]]
        )
        if plural:
            entry.msgid_plural = plural
            entry.msgstr_plural = {0: "", 1: ""}
            if language == "en":
                entry.msgstr_plural = {0: singular, 1: plural}
            elif old and old.msgstr_plural:
                entry.msgstr_plural = old.msgstr_plural
        elif language == "en":
            entry.msgstr = singular
        elif old and old.msgstr:
            entry.msgstr = old.msgstr
        if "%(" in singular:
            entry.flags.append("python-format")
        catalogue.append(entry)
    return catalogue


def missing(language: str) -> list[str]:
    """What the catalogue lacks: strings of the code without a translation, and wrong placeholders."""
    problems = []
    for entry in update(language):
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if not all(texts):
            problems.append(f"untranslated: {entry.msgid!r} ({entry.occurrences[0][0]})")
            continue
        wanted = set(re.findall(r"%\((\w+)\)s", entry.msgid + (entry.msgid_plural or "")))
        for text in texts:
            if not set(re.findall(r"%\((\w+)\)s", text)) <= wanted:
                problems.append(f"wrong placeholder: {text!r}")
    return problems
