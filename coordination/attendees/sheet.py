"""The printed sheet: who is expected in a block, a short code a line, room to sign.

Of something casa adentro the paper says when, who and that it is closed; neither the mesa nor what is dealt with.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.actor import Actor
from coordination.attendees.models import Delegate, SheetRow
from coordination.attendees.queries import register, secretariat_names
from coordination.common import dates
from coordination.documents.codes import ROW_LENGTH, read_row_code
from coordination.documents.typst import render
from coordination.sessions.models import Block, Session, session_shown
from coordination.sessions.program import place_of

FILE_NAME = "hoja-de-firmas.pdf"  # of every session alike
TEMPLATES = ("es", "en")


def expected(session: Session, block: Block) -> list[Delegate]:
    """Who has a line on the sheet, by organization as in the register. Three queries, five for a group."""
    return [delegate for row in register(session, block) for delegate, _mark in row.delegates]


def printed_sheet(session: Session, block: Block, *, now: datetime, language: str) -> bytes:
    """The sheet of a block as it was prepared, with today's names. Writes nothing."""
    with override(language if language in TEMPLATES else TEMPLATES[0]):
        return render(f"{dates.spoken()}/sheet", _facts(session, block, now))


def _facts(session: Session, block: Block, now: datetime) -> dict[str, Any]:
    closed = session.is_casa_adentro or block.is_casa_adentro
    several = Block.objects.filter(session=session).open().exclude(kind=Block.Kind.BREAK).count() > 1
    mesa, day = session.mesa, timezone.localtime(now, session.zone).date()
    sender = mesa.convener
    from_whom = sender.name if sender else ", ".join(secretariat_names(mesa, day)) or mesa.name
    groups, blanks = _lines(session, block)
    return {
        "sender": _("Working meeting") if closed else from_whom,
        "closed": closed,
        "demo": settings.DEMO,
        "mesa": "" if closed else mesa.name,
        "session": "" if closed else session.short_title,
        "topic": "" if closed else session.topic,
        "block": "" if closed or not several else block.name,
        "when": dates.span(block.starts_at, block.ends_at, session.zone.key),
        "where": place_of(session, block) or session.place,
        "quorum": {
            "organizations": 0 if block.kind == Block.Kind.GROUP else mesa.quorum_organizations,
            "sectors": 0 if block.kind == Block.Kind.GROUP else mesa.quorum_sectors,
        },
        "groups": groups,
        "blanks": blanks,
        "people": sum(len(group["people"]) for group in groups),
        "made_on": dates.moment(now, session.zone.key),
    }


def _lines(session: Session, block: Block) -> tuple[list[dict[str, Any]], list[str]]:
    """Those who have a line, by organization; whoever gave up the delegation since has none."""
    rows = block.sheet_rows.order_by("id").values_list("delegate_id", "code")
    codes = {delegate: code for delegate, code in rows if delegate}
    groups: list[dict[str, Any]] = []
    for row in register(session, block):
        people = [
            {
                "code": codes[delegate.pk],
                "name": delegate.person.name,
                "post": delegate.post_title,
                "role": str(delegate.get_role_display()),
            }
            for delegate, _mark in row.delegates
            if delegate.pk in codes
        ]
        if people:
            groups.append({"name": row.organization.name, "people": people})
    return groups, [code for delegate, code in rows if not delegate]


def read_codes(text: str) -> list[str]:
    """The codes of a pasted column, each once, in their order; what cannot be one stays as it was typed.

    A field of one line may have swallowed the breaks of a column: codes glued together come apart again.
    """
    words = text.replace("\0", " ").replace(",", " ").replace(";", " ").split()
    return list(dict.fromkeys(code for word in words for code in _codes_in(word)))


def _codes_in(word: str) -> list[str]:
    pieces = [word[at : at + ROW_LENGTH] for at in range(0, len(word), ROW_LENGTH)]
    read = [read_row_code(piece) for piece in pieces]
    return read if all(read) else [word[:12]]


def elsewhere(codes: Iterable[str], session: Session, own: Iterable[Block], actor: Actor) -> dict[str, str]:
    """Of codes that this block does not know: which stand on another sheet the reader may know of, and on which.

    ``own`` are the session's blocks whose register the reader keeps. Of a closed session or block nothing is told. One
    query.
    """
    wanted = [code for code in codes if read_row_code(code)]
    if not wanted:
        return {}
    rows = SheetRow.objects.filter(code__in=wanted).filter(session_shown(actor, "block__session__"))
    kept = {block.pk for block in own}
    found: dict[str, str] = {}
    for row in rows.select_related("block__session__mesa").order_by("-printed_at")[:200]:
        block = row.block
        if block.session_id == session.pk:
            if block.pk in kept:
                found[row.code] = _("it is of the sheet of “%(block)s”") % {"block": block.name}
        elif not block.is_casa_adentro and not block.session.is_casa_adentro:
            found.setdefault(
                row.code, _("it is of another sheet: %(session)s") % {"session": block.session.title}
            )
    return found
