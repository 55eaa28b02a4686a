"""Reads about minutes: which version somebody is shown, what a draft still lacks, the minutes before and after."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import cycle, groupby
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.db.models.functions import Greatest
from django.utils.safestring import SafeString, mark_safe

from accounts.actor import Actor
from coordination.documents.blocks import text_of
from coordination.documents.rich import Block, Kind, blocks, paragraphs, to_html
from coordination.minutes.recording import ItemRecord, SaidFigure, Statement
from coordination.minutes.texts import Minutes, Section
from coordination.sessions.models import AgendaItem, Outcome, Session

OUT = (Minutes.State.PUBLISHED, Minutes.State.SUPERSEDED)


@dataclass(frozen=True)
class Piece:
    """A block of a section's text with the number people cite: that of its first paragraph."""

    number: int
    html: SafeString
    is_heading: bool


@dataclass(frozen=True)
class ReadSection:
    """A section as it stands on a page: numbered among those the reader sees, so that none shows a gap."""

    number: int
    section: Section
    pieces: list[Piece]


@dataclass(frozen=True)
class Row:
    """A section of a draft and what its writer should know. ``newer``: the record went on after the text was made."""

    section: Section
    newer: bool
    pieces: list[Piece]

    @property
    def is_empty(self) -> bool:
        return not self.pieces


@dataclass(frozen=True)
class Lacking:
    """What is missing before the draft goes round."""

    register: bool
    outcomes: list[AgendaItem]
    empty: list[Section]
    not_taken_up: list[AgendaItem]
    # Attendance that was written down before the register was closed.
    outdated: list[Section]

    @property
    def nothing(self) -> bool:
        return not (self.register or self.outcomes or self.empty or self.not_taken_up or self.outdated)


def versions_seen(session: Session, actor: Actor) -> list[Minutes]:
    """The versions the actor sees, newest first. One query."""
    rows = Minutes.objects.visible_to(actor).filter(session=session)
    return list(rows.select_related("public_pdf", "reserved_pdf", "correction").order_by("-version"))


def shown_first(versions: Sequence[Minutes], *, writes: bool) -> Minutes | None:
    """Who writes begins with the newest; everybody else with the newest that is public, else with what they were sent."""
    if writes:
        return versions[0] if versions else None
    return next((one for one in versions if one.state in OUT), versions[0] if versions else None)


def numbered(sections: Sequence[Section]) -> list[ReadSection]:
    """Sections with the numbers and anchors of their paragraphs. No query."""
    return [
        ReadSection(number, section, _pieces(section.body))
        for number, section in enumerate(sections, start=1)
    ]


def _pieces(body: str) -> list[Piece]:
    found: list[Block] = blocks(body)
    first = {at: next(group).number for at, group in groupby(paragraphs(body), key=lambda one: one.block)}
    return [
        Piece(
            first.get(at, 0),
            mark_safe(labelled(block)),  # noqa: S308  written by ``rich``
            block.kind == Kind.HEADING,
        )
        for at, block in enumerate(found)
    ]


def labelled(block: Block) -> str:
    """The block's HTML; cells of a table say what their column is called, for a phone shows one below the other."""
    html = to_html([block])
    if block.kind != Kind.TABLE or not block.header:
        return html
    labels = cycle(escape(text_of(cell)) for cell in block.rows[0])
    return re.sub("<td>", lambda _cell: f'<td data-label="{next(labels)}">', html)


def neighbours(minutes: Minutes, actor: Actor) -> tuple[Minutes | None, Minutes | None]:
    """The minutes of the mesa's session before and after this one that the actor sees. Two queries."""
    session = minutes.session
    if session.starts_at is None:
        return None, None
    rows = Minutes.objects.visible_to(actor).filter(session__mesa=session.mesa_id)
    rows = rows.exclude(state__in=[Minutes.State.DRAFT, Minutes.State.SUPERSEDED]).exclude(session=session.pk)
    rows = rows.select_related("session__mesa")
    before = rows.filter(session__starts_at__lt=session.starts_at).order_by("-session__starts_at", "-version")
    after = rows.filter(session__starts_at__gt=session.starts_at).order_by("session__starts_at", "-version")
    return before.first(), after.first()


def draft_rows(minutes: Minutes, sections: Sequence[Section], *, closed: bool) -> tuple[list[Row], Lacking]:
    """The draft's sections with what the writer should know, and what is missing. One query more.

    ``closed`` says whether the reader stands in the circle: of closed items nobody else hears.
    """
    session = minutes.session
    items: dict[int, Any] = {item.pk: item for item in _items(session, closed=closed)}
    rows = [
        Row(section, _is_newer(minutes, section, items.get(section.item_id or 0)), _pieces(section.body))
        for section in sections
    ]
    there = {(section.item_id, section.is_reserved) for section in sections if section.item_id}
    waiting = [
        item
        for item in items.values()
        if (item.pk, False) not in there
        and (item.pk, True) not in there
        or (item.has_reserved and (item.pk, True) not in there)
    ]
    lacking = Lacking(
        register=session.attendance_closed_at is None,
        outcomes=[item for item in items.values() if not item.is_generated and not item.outcomes_there],
        empty=[row.section for row in rows if row.is_empty],
        not_taken_up=waiting,
        outdated=[row.section for row in rows if row.newer and row.section.kind == Section.Kind.ATTENDANCE],
    )
    return rows, lacking


def _items(session: Session, *, closed: bool) -> list[AgendaItem]:
    """The agenda with how much was recorded under each item and when last. One query."""
    mine = {"item": OuterRef("pk")}
    rows = AgendaItem.objects.filter(session=session)
    if not closed:
        rows = rows.filter(is_casa_adentro=False)
    reserved = (
        Exists(Outcome.objects.filter(**mine, is_reserved=True))
        | Exists(Statement.objects.filter(**mine, is_reserved=True))
        | Exists(SaidFigure.objects.filter(**mine, is_reserved=True))
        | Exists(ItemRecord.objects.filter(**mine).exclude(reserved_notes=""))
    )
    kinds: list[Any] = [Outcome, Statement, SaidFigure]
    latest = Greatest(*(_latest(model, "recorded_at") for model in kinds), _latest(ItemRecord, "saved_at"))
    there = Exists(Outcome.objects.filter(**mine))
    found = rows.annotate(outcomes_there=there, has_reserved=reserved, written_at=latest)
    return list(found.order_by("order"))


def _latest(model: Any, when: str) -> Subquery:
    """When the last row of this kind was written under the item."""
    rows = model.objects.filter(item=OuterRef("pk")).order_by().values("item")
    return Subquery(rows.annotate(at=Max(when)).values("at"))


def _is_newer(minutes: Minutes, section: Section, item: AgendaItem | None) -> bool:
    written: datetime | None = item.written_at if item else None  # type: ignore[attr-defined]
    if section.kind == Section.Kind.ATTENDANCE:
        written = minutes.session.attendance_closed_at
    return written is not None and written > (section.edited_at or minutes.drafted_at)


def section_of(minutes: Minutes, public_id: object, shown: Q) -> Section | None:
    """A section that the actor may read, by its address."""
    return minutes.sections.filter(shown, public_id=public_id).first()
