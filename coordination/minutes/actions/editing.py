"""Sections of a draft: rewritten, hidden, added, moved, removed, made anew. One at a time, each under the draft's lock."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.common.errors import DomainError, StaleVersion
from coordination.documents.rich import clean
from coordination.minutes import assembly
from coordination.minutes.actions.circulation import note
from coordination.minutes.actions.drafting import editable, renumber, touch
from coordination.minutes.events import MinutesEvent
from coordination.minutes.texts import Minutes, Section


class TitleMissing(DomainError):
    default_message = _("Give the section a title.")


class StaysClosed(DomainError):
    default_message = _(
        "This section comes from a part that was casa adentro, so it stays closed. What may be told outside goes on the sharing sheet."
    )


class NotTakenAway(DomainError):
    default_message = _(
        "This section comes from the record, so it stays. It can be emptied, or hidden in the reserved version."
    )


class NothingToMakeAnew(DomainError):
    default_message = _("The record has nothing for this section, so it stays as it is.")


@dataclass(frozen=True)
class Removed:
    """What an undo needs to bring a section back."""

    title: str
    body: str
    is_reserved: bool
    is_casa_adentro: bool
    place: int


@transaction.atomic
def edit_section(
    *, section_id: int, version: int, title: str, body: str, is_reserved: bool, by: Actor, now: datetime
) -> Section:
    """Writes title and text and says who reads it. The same text again changes nothing, not even the version.

    Records: EDITED with the section's id. Raises NotEditable, StaleVersion, TitleMissing, StaysClosed and what
    ``documents.rich.clean`` raises.
    """
    section = _locked(section_id)
    if section.version != version:
        raise StaleVersion
    if not title.strip():
        raise TitleMissing(field="title")
    if section.is_casa_adentro and not is_reserved:
        raise StaysClosed(field="is_reserved")
    wanted = (title.strip(), clean(body), is_reserved)
    if wanted == (section.title, section.body, section.is_reserved):
        return section
    section.title, section.body, section.is_reserved = wanted
    return _written(section, by, now)


@transaction.atomic
def make_anew(*, section_id: int, version: int, by: Actor, now: datetime) -> Section:
    """Puts in the section what the record says today. Records: EDITED, act "anew".

    Raises NotEditable, StaleVersion, NothingToMakeAnew.
    """
    section = _locked(section_id)
    if section.version != version:
        raise StaleVersion
    drafted = assembly.of_section(section)
    if drafted is None:
        raise NothingToMakeAnew
    section.title, section.body = drafted.title, drafted.body
    return _written(section, by, now, act="anew")


@transaction.atomic
def add_section(
    *,
    minutes_id: int,
    title: str,
    body: str = "",
    is_reserved: bool = False,
    is_casa_adentro: bool = False,
    place: int | None = None,
    by: Actor,
    now: datetime,
) -> Section:
    """A section of one's own, at the end or at that place. Of a closed session it is closed.

    Records: EDITED, act "added". Raises NotEditable, TitleMissing and what ``documents.rich.clean`` raises.
    """
    minutes = editable(minutes_id)
    if not title.strip():
        raise TitleMissing(field="title")
    closed = is_casa_adentro or minutes.session.is_casa_adentro
    section = Section(
        minutes=minutes,
        title=title.strip(),
        body=clean(body),
        is_reserved=is_reserved or closed,
        is_casa_adentro=closed,
        edited_at=now,
        edited_by_id=by.person_id,
    )
    rows = list(minutes.sections.all())
    at = len(rows) if place is None else max(0, min(place - 1, len(rows)))
    renumber(minutes, [*rows[:at], section, *rows[at:]])
    _told(minutes, section, by, now, act="added")
    return section


@transaction.atomic
def move_section(
    *, section_id: int, up: bool, by: Actor, now: datetime, among: "frozenset[int] | None" = None
) -> Section:
    """One place up or down; at the edge it stays. ``among`` are the sections the mover sees: it passes whole one of them.

    Records: EDITED, act "moved", where it moved. Raises NotEditable.
    """
    section = _locked(section_id)
    rows = list(section.minutes.sections.all())
    at = next(place for place, row in enumerate(rows) if row.pk == section.pk)
    seen = [place for place, row in enumerate(rows) if among is None or row.pk in among or place == at]
    index = seen.index(at) + (-1 if up else 1)
    if not 0 <= index < len(seen):
        return section
    rows.insert(seen[index], rows.pop(at))
    renumber(section.minutes, rows)
    _told(section.minutes, section, by, now, act="moved")
    return section


@transaction.atomic
def remove_section(*, section_id: int, by: Actor, now: datetime) -> Removed:
    """Takes away a section that people added. Returns what an undo needs.

    Records: EDITED, act "removed". Raises NotEditable, NotTakenAway.
    """
    section = _locked(section_id)
    if section.kind != Section.Kind.FREE:
        raise NotTakenAway
    removed = Removed(
        section.title, section.body, section.is_reserved, section.is_casa_adentro, section.order
    )
    minutes = section.minutes
    _told(minutes, section, by, now, act="removed")
    section.delete()
    renumber(minutes, list(minutes.sections.all()))
    return removed


def _locked(section_id: int) -> Section:
    """The section, read after its draft was locked."""
    minutes = editable(Section.objects.values_list("minutes_id", flat=True).get(pk=section_id))
    section = Section.objects.get(pk=section_id)
    section.minutes = minutes
    return section


def _written(section: Section, by: Actor, now: datetime, act: str = "") -> Section:
    section.version += 1
    section.edited_at, section.edited_by_id = now, by.person_id
    section.save(update_fields=["title", "body", "is_reserved", "version", "edited_at", "edited_by"])
    _told(section.minutes, section, by, now, act=act)
    return section


def _told(minutes: Minutes, section: Section, by: Actor, now: datetime, act: str = "") -> None:
    touch(minutes)
    payload: dict[str, object] = {"section": section.pk}
    note(MinutesEvent.EDITED, minutes, by, now, payload | {"act": act} if act else payload)
