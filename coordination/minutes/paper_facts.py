"""What a paper of the minutes says, ready to print: dates in words, names and labels in the language of its frame."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from coordination.common import dates
from coordination.documents.blocks import Block, Kind, Runs, text_of
from coordination.documents.rich import blocks
from coordination.minutes.models import Minutes, Observation, Section
from coordination.sessions.models import Session

BOLD, ITALIC = 1, 2
# Of the columns of a table, in signs: what takes the width it needs, all of that together, and the most that counts.
SHORT, MOST_SHORT, WIDEST = 14, 50, 60
FIGURE = re.compile(r"[-+]?[$€]? ?[0-9][0-9.,  ]*%?|–?")


@dataclass(frozen=True)
class Paper:
    """One of the papers of some minutes: its sections, its sum, and the language its frame speaks."""

    minutes: Minutes
    language: str
    sections: tuple[Section, ...]
    is_reserved: bool
    is_of_the_circle: bool
    sha256: str
    signed_sha256: str


def kept_sections(minutes: Minutes, *, reserved: bool, closed: bool) -> list[Section]:
    """In order: the public ones; with ``reserved`` those too; with ``closed`` all. Of a closed session always all."""
    inside = minutes.session.is_casa_adentro
    return [
        one
        for one in minutes.sections.all()
        if inside or not one.is_reserved or (reserved and (closed or not one.is_casa_adentro))
    ]


def facts(paper: Paper) -> dict[str, Any]:
    """Everything but how it looks. ``sections`` have their ``blocks``; texts are as they were written."""
    with translation.override(paper.language):
        return _facts(paper)


def _facts(paper: Paper) -> dict[str, Any]:
    minutes, session = paper.minutes, paper.minutes.session
    mesa = session.mesa
    return {
        "sender": mesa.convener.name if mesa.convener else mesa.name,
        "mesa": mesa.name,
        "form": minutes.form,
        "state": minutes.state,
        "text_language": minutes.language,
        "reserved": paper.is_reserved,
        "circle": paper.is_of_the_circle,
        "closed": session.is_casa_adentro,
        "number": minutes.number,
        "version": minutes.version,
        "correction": minutes.correction_reason,
        "session": session.short_title,
        "is_numbered": bool(session.number) and not session.is_casa_adentro,
        # Of a closed session the head of the paper lies open on a table: its topic stands inside.
        "topic": "" if session.is_casa_adentro or session.short_title == session.topic else session.topic,
        "when": _when(session),
        "where": _where(session),
        "online": session.modality,
        "sections": [
            {
                "title": one.title,
                "reserved": one.is_reserved,
                "closed": one.is_casa_adentro and not session.is_casa_adentro,
                "blocks": blocks(one.body),
            }
            for one in paper.sections
        ],
        **_approval(paper),
        "signatures": _signatures(paper),
        "link": f"{settings.BASE_URL}{reverse('portal:verify', args=[minutes.code])}" if minutes.code else "",
        "code": minutes.code or "",
        "sha256": paper.sha256,
        "demo": settings.DEMO,
    }


def _when(session: Session) -> str:
    if session.starts_at is None:
        return ""
    if session.has_hours:
        return dates.span(session.starts_at, session.ends_at, session.zone.key)
    assert session.local_day is not None  # noqa: S101  it has a start
    return dates.days_span(session.local_day, session.local_end_day)


def _where(session: Session) -> list[str]:
    if session.modality == Session.Modality.ONLINE:
        return []
    address = [session.address] if session.address and session.address not in session.place else []
    return [part for part in (session.place, *address) if part]


def _approval(paper: Paper) -> dict[str, Any]:
    """How it was, or will be, approved, with the days; what was observed of the sections that this paper has."""
    minutes = paper.minutes
    shown = [section.pk for section in paper.sections]
    observed = minutes.observations.filter(withdrawn_at=None, section__in=shown)
    answers = list(observed.values_list("answer", flat=True)) if not minutes.is_draft else []
    return {
        "approval": minutes.approval,
        "copies": 0 if minutes.is_draft else minutes.copies.count(),
        "circulated_on": _day(minutes.circulated_at, minutes.session),
        "until": dates.moment(minutes.observations_until, minutes.session.zone.key)
        if minutes.observations_until
        else "",
        "approved_on": _day(minutes.approved_at, minutes.session),
        "observed": len(answers),
        "accepted": answers.count(Observation.Answer.ACCEPTED) + answers.count(Observation.Answer.PARTLY),
    }


def _day(at: datetime | None, session: Session) -> str:
    return dates.day_words(timezone.localtime(at, session.zone)) if at else ""


def _signatures(paper: Paper) -> list[dict[str, str]]:
    """Who signed this very text; while it goes round to be signed, who still has to. An aide-mémoire has none."""
    minutes = paper.minutes
    if minutes.form == "aide_memoire" or minutes.approval != "signature" or minutes.is_draft:
        return []
    signed = [
        {
            "organization": one.organization.name,
            "name": one.name,
            "title": one.title,
            "on": dates.moment(one.signed_at, minutes.session.zone.key),
        }
        for one in minutes.signatures.filter(sha256=paper.signed_sha256).select_related("organization")
    ]
    if minutes.is_settled:
        return signed
    names = {one["organization"] for one in signed}
    waiting = minutes.copies.select_related("organization").order_by("organization__plain_name", "pk")
    return signed + [
        {"organization": one.organization.name, "name": "", "title": "", "on": ""}
        for one in waiting
        if one.organization.name not in names
    ]


def set_blocks(section: dict[str, Any]) -> dict[str, Any]:
    """A section with its blocks as short facts: what the compiler reads is ten times smaller than the words for it."""
    out, lowest = [], 3
    for block in section["blocks"]:
        # No level may be left out between a heading and the one above it.
        lowest = 4 if block.kind == Kind.HEADING and block.level == 3 else lowest
        out.append(_block(block, min(block.level, lowest)))
    return section | {"blocks": out}


def _block(block: Block, level: int) -> dict[str, Any]:
    if block.kind == Kind.LIST:
        return _list(block)
    if block.kind == Kind.TABLE:
        return {
            "k": "table",
            "header": block.header and len(block.rows) > 1,
            "widths": _widths(block),
            "figures": _figures(block),
            "rows": [[_runs(cell) for cell in row] for row in block.rows],
        }
    return {"k": block.kind.value, "level": level, "r": _runs(block.runs)}


def _list(block: Block) -> dict[str, Any]:
    items = [{"r": _runs(item.runs), "lists": [_list(one) for one in item.lists]} for item in block.items]
    return {"k": "list", "ordered": block.ordered, "items": items}


def _runs(runs: Runs) -> list[list[Any]]:
    return [[run.text, BOLD * run.bold + ITALIC * run.italic, run.link] for run in runs]


def _widths(block: Block) -> list[int]:
    """Shares of the width by the longest text of each column; 0 for one so short that it takes what it needs."""
    longest = [
        max(len(line) for cell in column for line in text_of(cell).split("\n"))
        for column in zip(*block.rows, strict=True)
    ]
    short = [length <= SHORT for length in longest]
    if all(short) or sum(length for length in longest if length <= SHORT) > MOST_SHORT:
        short = [False] * len(longest)
    return [
        0 if alone else max(SHORT, min(length, WIDEST)) for length, alone in zip(longest, short, strict=True)
    ]


def _figures(block: Block) -> list[bool]:
    """Which columns hold figures alone under their name: those stand at the right."""
    columns = list(zip(*block.rows[block.header :], strict=True))
    return [
        bool(column) and all(FIGURE.fullmatch(text_of(cell)) for cell in column) and any(map(text_of, column))
        for column in columns
    ]
