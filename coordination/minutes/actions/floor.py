"""Who has the floor: one press gives it, and ends the turn before. Counted by sector, and never by person."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.minutes.events import RecordEvent
from coordination.minutes.models import Turn
from coordination.organizations.models import Organization
from coordination.sessions.actions.record import lock_recording
from coordination.sessions.models import AgendaItem, Session
from coordination.taxonomies.models import Sector


class NobodyChosen(DomainError):
    default_message = _("Choose who has the floor: an organization or a sector.")


@transaction.atomic
def give_floor(
    *,
    session_id: int,
    organization_id: int | None = None,
    sector_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Turn:
    """An organization, or somebody of a sector, has the floor from now on; the turn before ends. Pressed twice, the turn
    that is open goes on.

    The turn belongs to the item that runs. Records: FLOOR_TAKEN with ids. Raises NobodyChosen and what
    ``lock_recording`` does.
    """
    session = lock_recording(session_id, now)
    organization = Organization.objects.with_sector().filter(pk=organization_id).first()
    sector = Sector.objects.filter(pk=organization.sector_id_effective if organization else sector_id).first()
    if sector is None:
        raise NobodyChosen()
    before = _open(session)
    if before and (before.organization_id, before.sector_id) == (organization_id, sector.pk):
        return before
    _end(before, now)
    item = AgendaItem.objects.filter(session=session, started_at__isnull=False, ended_at=None)
    made = Turn.objects.create(
        session=session,
        item=item.order_by("order").first(),
        organization=organization,
        sector=sector,
        started_at=now,
    )
    _record(made, session, by, now)
    return made


@transaction.atomic
def end_floor(*, session_id: int, by: Actor, now: datetime) -> Turn | None:
    """Nobody has the floor any more. Records: FLOOR_TAKEN, act "ended", if somebody had."""
    session = lock_recording(session_id, now)
    turn = _open(session)
    if turn:
        _end(turn, now)
        _record(turn, session, by, now, act="ended")
    return turn


@transaction.atomic
def undo_floor(*, session_id: int, by: Actor, now: datetime) -> None:
    """Takes the last press back: the open turn never was, and the one it ended goes on; else the last one goes on."""
    session = lock_recording(session_id, now)
    turn = _open(session)
    last = Turn.objects.filter(session=session, ended_at__isnull=False).order_by("-ended_at", "-pk").first()
    if turn:
        _record(turn, session, by, now, act="undone")
        turn.delete()
    if last and (turn is None or last.ended_at == turn.started_at):
        last.ended_at = None
        last.save(update_fields=["ended_at"])
        _record(last, session, by, now, act="goes_on")


def _open(session: Session) -> Turn | None:
    return Turn.objects.filter(session=session, ended_at=None).first()


def _end(turn: Turn | None, now: datetime) -> None:
    if turn:
        turn.ended_at = max(now, turn.started_at)
        turn.save(update_fields=["ended_at"])


def _record(turn: Turn, session: Session, by: Actor, now: datetime, act: str = "") -> None:
    payload = {"turn": turn.pk, "sector": turn.sector_id} | ({"act": act} if act else {})
    record(
        kind=RecordEvent.FLOOR_TAKEN,
        by=by,
        subject=session,
        now=now,
        mesa_id=session.mesa_id,
        payload=payload,
    )
