"""What was said and which figures were named, under an item. Each can be corrected until the session closes."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.minutes.events import RecordEvent
from coordination.minutes.models import SaidFigure, Statement
from coordination.sessions.actions.record import lock_recording
from coordination.sessions.models import AgendaItem, Session

SPEAKER = ("organization_id", "post_id", "speaker", "speaker_title")
NOBODY: dict[str, Any] = {"organization_id": None, "post_id": None, "speaker": "", "speaker_title": ""}


class StatementMissing(DomainError):
    default_message = _("Write what was said.")


class SourceMissing(DomainError):
    default_message = _(
        "Say where the figure comes from. If nobody said it, write “not said”: a figure without a source is worth little."
    )


class FigureMissing(DomainError):
    default_message = _("Write the figure and what it counts.")


@transaction.atomic
def record_statement(
    *,
    item_id: int,
    text: str,
    is_reserved: bool = False,
    speaker: str = "",
    speaker_title: str = "",
    organization_id: int | None = None,
    post_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Statement:
    """Writes what somebody said, with post and organization in the words of that day.

    A reserved one is attributed to nobody where the mesa says so: then who spoke is not stored at all. Records:
    STATEMENT_RECORDED with ids, no text. Raises StatementMissing and what ``lock_recording`` does.
    """
    item, session = _locked(item_id, now)
    if not text.strip():
        raise StatementMissing(field="text")
    said = {
        "organization_id": organization_id,
        "post_id": post_id,
        "speaker": speaker,
        "speaker_title": speaker_title,
    }
    made = Statement.objects.create(
        item=item,
        text=text.strip(),
        is_reserved=is_reserved,
        recorded_at=now,
        **_attributed(session, said, is_reserved),
    )
    _record(RecordEvent.STATEMENT_RECORDED, session, {"statement": made.pk, "item": item.pk}, by, now)
    return made


@transaction.atomic
def edit_statement(
    *, statement_id: int, version: int, text: str, is_reserved: bool, by: Actor, now: datetime, **speaker: Any
) -> Statement:
    """Rewrites it; who spoke is given anew. Made reserved, the name goes where the mesa says so.

    Records: STATEMENT_CHANGED. Raises StaleVersion, StatementMissing and what ``lock_recording`` does.
    """
    item_id = Statement.objects.values_list("item_id", flat=True).get(pk=statement_id)
    _item, session = _locked(item_id, now)
    said = Statement.objects.get(pk=statement_id)
    if said.version != version:
        raise StaleVersion()
    if not text.strip():
        raise StatementMissing(field="text")
    said.text, said.is_reserved = text.strip(), is_reserved
    for name, value in _attributed(session, NOBODY | speaker, is_reserved).items():
        setattr(said, name, value)
    said.version += 1
    said.save()
    _record(RecordEvent.STATEMENT_CHANGED, session, {"statement": said.pk, "item": item_id}, by, now)
    return said


@transaction.atomic
def record_figure(
    *,
    item_id: int,
    label: str,
    value: str,
    source: str,
    unit: str = "",
    is_reserved: bool = False,
    by: Actor,
    now: datetime,
) -> SaidFigure:
    """Writes a figure that was named, with its source. Records: FIGURE_RECORDED with ids. Raises FigureMissing,
    SourceMissing and what ``lock_recording`` does."""
    item, session = _locked(item_id, now)
    _whole(label, value, source)
    made = SaidFigure.objects.create(
        item=item,
        label=label.strip(),
        value=value.strip(),
        unit=unit.strip(),
        source=source.strip(),
        is_reserved=is_reserved,
        recorded_at=now,
    )
    _record(RecordEvent.FIGURE_RECORDED, session, {"figure": made.pk, "item": item.pk}, by, now)
    return made


@transaction.atomic
def edit_figure(
    *,
    figure_id: int,
    version: int,
    label: str,
    value: str,
    source: str,
    unit: str = "",
    is_reserved: bool = False,
    by: Actor,
    now: datetime,
) -> SaidFigure:
    """Rewrites it. Records: FIGURE_CHANGED. Raises StaleVersion and what recording does."""
    item_id = SaidFigure.objects.values_list("item_id", flat=True).get(pk=figure_id)
    _item, session = _locked(item_id, now)
    figure = SaidFigure.objects.get(pk=figure_id)
    if figure.version != version:
        raise StaleVersion()
    _whole(label, value, source)
    figure.label, figure.value, figure.unit = label.strip(), value.strip(), unit.strip()
    figure.source, figure.is_reserved = source.strip(), is_reserved
    figure.version += 1
    figure.save()
    _record(RecordEvent.FIGURE_CHANGED, session, {"figure": figure.pk, "item": item_id}, by, now)
    return figure


@transaction.atomic
def remove_statement(*, statement_id: int, by: Actor, now: datetime) -> Statement:
    """Takes away what was written by mistake; returned, no longer stored, for an undo. Records: STATEMENT_CHANGED."""
    item_id = Statement.objects.values_list("item_id", flat=True).get(pk=statement_id)
    _item, session = _locked(item_id, now)
    said = Statement.objects.get(pk=statement_id)
    payload = {"statement": said.pk, "item": item_id, "act": "removed"}
    _record(RecordEvent.STATEMENT_CHANGED, session, payload, by, now)
    said.delete()
    return said


@transaction.atomic
def remove_figure(*, figure_id: int, by: Actor, now: datetime) -> SaidFigure:
    """As ``remove_statement``. Records: FIGURE_CHANGED."""
    item_id = SaidFigure.objects.values_list("item_id", flat=True).get(pk=figure_id)
    _item, session = _locked(item_id, now)
    figure = SaidFigure.objects.get(pk=figure_id)
    payload = {"figure": figure.pk, "item": item_id, "act": "removed"}
    _record(RecordEvent.FIGURE_CHANGED, session, payload, by, now)
    figure.delete()
    return figure


def _attributed(session: Session, said: dict[str, Any], is_reserved: bool) -> dict[str, Any]:
    """Who spoke; nobody where the mesa keeps reserved words without names."""
    return NOBODY if is_reserved and session.mesa.reserved_without_names else said


def _whole(label: str, value: str, source: str) -> None:
    if not label.strip() or not value.strip():
        raise FigureMissing(field="value")
    if not source.strip():
        raise SourceMissing(field="source")


def _locked(item_id: int, now: datetime) -> tuple[AgendaItem, Session]:
    item = AgendaItem.objects.get(pk=item_id)
    return item, lock_recording(item.session_id, now)


def _record(kind: RecordEvent, session: Session, payload: dict[str, Any], by: Actor, now: datetime) -> None:
    record(kind=kind, by=by, subject=session, now=now, mesa_id=session.mesa_id, payload=payload)
