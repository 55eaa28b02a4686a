"""How the draft says things: bits of rich text, hours of the session's own clock. Every fact is escaped on its way in."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from coordination.common import dates
from coordination.documents.rich import from_text
from coordination.sessions.models import Session

NOTHING = SafeString("")
BREAK = SafeString("<br>")


def par(text: Any) -> SafeString:
    """A paragraph; nothing of nothing. Text that is not HTML of ours is escaped."""
    return format_html("<p>{}</p>", text) if text else NOTHING


def fact(label: str, value: Any) -> SafeString:
    """**Lugar:** Auditorio; nothing where the fact is not known."""
    return par(format_html("<strong>{}:</strong> {}", capfirst(label), value)) if value else NOTHING


def heading(text: str) -> SafeString:
    return format_html("<h3>{}</h3>", capfirst(text))


def bullets(rows: Iterable[Any], *, numbered: bool = False) -> SafeString:
    items = format_html_join("", "<li>{}</li>", ((row,) for row in rows))
    if not items:
        return NOTHING
    return format_html("<ol>{}</ol>" if numbered else "<ul>{}</ul>", items)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> SafeString:
    names = format_html_join("", "<th>{}</th>", ((name,) for name in head))
    cells = (format_html_join("", "<td>{}</td>", ((cell,) for cell in row)) for row in rows)
    body = format_html_join("", "<tr>{}</tr>", ((row,) for row in cells))
    if not body:
        return NOTHING
    return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", names, body)


def lines(text: str) -> SafeString:
    """What somebody typed over several lines, inside a paragraph or an item."""
    return below(text.strip().splitlines())


def notes(text: str) -> SafeString:
    """Running notes with the paragraphs and lists they were typed with."""
    return mark_safe(from_text(text)) if text else NOTHING  # noqa: S308  written by ``rich``


def labelled(label: str, text: str) -> SafeString:
    """**Punto focal, Fundación Puente Sur:** what was said; without a label the words alone."""
    said = lines(text)
    return par(format_html("<strong>{}:</strong> {}", label, said) if label else said)


def below(rows: Iterable[Any]) -> SafeString:
    """One under the other, inside a cell."""
    return format_html_join(BREAK, "{}", ((row,) for row in rows))


def joined(parts: Iterable[Any]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def listed(words: Sequence[str]) -> str:
    """uno, dos y tres"""
    if len(words) < 2:
        return "".join(words)
    return _("%(many)s and %(last)s") % {"many": ", ".join(words[:-1]), "last": words[-1]}


def hour(at: datetime, session: Session) -> str:
    return dates.clock(at.astimezone(session.zone))


def hours(first: datetime | None, last: datetime | None, session: Session) -> str:
    """09:10 a 09:40; what is known of it."""
    if first and last:
        return _("%(first)s to %(last)s") % {"first": hour(first, session), "last": hour(last, session)}
    if first:
        return _("from %(first)s") % {"first": hour(first, session)}
    return _("until %(last)s") % {"last": hour(last, session)} if last else ""
