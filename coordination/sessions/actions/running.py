"""While the session runs: an item begins and ends by the clock, and one that was not dealt with goes on to the next."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.sessions.actions.agenda import add_item, changing
from coordination.sessions.actions.planning import lock_session
from coordination.sessions.actions.record import lock_recording
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, Outcome, Session

TITLES = ("title_es", "title_en")


class NotBegun(DomainError):
    default_message = _("This item has not begun, so it cannot end. Start it first.")


class GeneratedStays(DomainError):
    default_message = _("The review of commitments comes by itself in every session.")


class ClosedItemStays(DomainError):
    default_message = _(
        "What is casa adentro is not carried to another session: other people would see it there."
    )


class NoLaterSession(DomainError):
    default_message = _(
        "This item can only go on to a later session of the same mesa whose agenda still changes."
    )


class HasOutcome(DomainError):
    default_message = _(
        "Something was already recorded under this item, so it was dealt with. Add a new item there instead."
    )


class NotTakenBack(DomainError):
    default_message = _("The item there was changed or dealt with meanwhile, so it stays in that session.")


@transaction.atomic
def start_item(*, item_id: int, by: Actor, now: datetime) -> AgendaItem:
    """The item begins now; the one that runs in the same block ends. Begun before, it goes on and keeps its beginning.

    Records: ITEM_STARTED, and ITEM_ENDED for the other. Raises NotStartedYet, NotConvened, SessionIsClosed.
    """
    item = _locked(item_id, now)
    others = AgendaItem.objects.filter(
        session=item.session_id, block=item.block_id, started_at__isnull=False, ended_at=None
    )
    for other in others.exclude(pk=item.pk):
        other.ended_at = max(now, other.started_at or now)
        other.save(update_fields=["ended_at"])
        _record(SessionEvent.ITEM_ENDED, other, by, now)
    if item.started_at and item.ended_at is None:
        return item
    item.started_at, item.ended_at = item.started_at or now, None
    item.save(update_fields=["started_at", "ended_at"])
    _record(SessionEvent.ITEM_STARTED, item, by, now)
    return item


@transaction.atomic
def end_item(*, item_id: int, by: Actor, now: datetime) -> AgendaItem:
    """The item ends now; ended before, nothing changes. Records: ITEM_ENDED. Raises NotBegun and what starting does."""
    item = _locked(item_id, now)
    if item.started_at is None:
        raise NotBegun()
    if item.ended_at is None:
        item.ended_at = max(now, item.started_at)
        item.save(update_fields=["ended_at"])
        _record(SessionEvent.ITEM_ENDED, item, by, now)
    return item


@transaction.atomic
def undo_times(*, item_id: int, by: Actor, now: datetime) -> AgendaItem:
    """Takes the last press of the clock back: an end is forgotten, or a beginning, and what that ended runs again.

    Records: ITEM_TIMES_UNDONE. Raises what starting does.
    """
    item = _locked(item_id, now)
    if item.ended_at:
        item.ended_at = None
    elif item.started_at:
        stopped = AgendaItem.objects.filter(
            session=item.session_id, block=item.block_id, ended_at=item.started_at
        ).exclude(pk=item.pk)
        item.started_at = None
        item.save(update_fields=["started_at"])
        stopped.update(ended_at=None)
    else:
        return item
    item.save(update_fields=["started_at", "ended_at"])
    _record(SessionEvent.ITEM_TIMES_UNDONE, item, by, now)
    return item


@transaction.atomic
def carry_item(*, item_id: int, to_id: int, by: Actor, now: datetime) -> AgendaItem:
    """Puts an item that nothing came of at the end of a later session's agenda, with where it comes from.

    Words, minutes and presenter stay. Carried there before, that item is returned. Records: AGENDA_CHANGED there,
    ITEM_CARRIED here. Raises GeneratedStays, ClosedItemStays, HasOutcome, NoLaterSession and what ``add_item`` does.
    """
    item = AgendaItem.objects.select_related("session").get(pk=item_id)
    if item.is_generated:
        raise GeneratedStays()
    if item.is_casa_adentro or item.session.is_casa_adentro:
        raise ClosedItemStays()
    session = lock_session(item.session_id)
    if Outcome.objects.filter(item=item).exists():
        raise HasOutcome()
    target = changing(to_id)
    if not _comes_after(target, session):
        raise NoLaterSession()
    there = AgendaItem.objects.filter(session=target, carried_from=item).first()
    if there:
        return there
    made = add_item(
        session_id=target.pk,
        kind=item.kind,
        title=item.title,
        minutes=item.minutes,
        presenter=item.presenter,
        presenter_post_id=item.presenter_post_id,
        by=by,
        now=now,
    )
    words = {name: getattr(item, name) for name in TITLES}
    AgendaItem.objects.filter(pk=made.pk).update(carried_from=item, **words)
    made.refresh_from_db()
    _record(SessionEvent.ITEM_CARRIED, item, by, now)
    return made


@transaction.atomic
def take_back_item(*, item_id: int, to_id: int, by: Actor, now: datetime) -> AgendaItem:
    """Undoes ``carry_item`` while nobody changed the item there. Records: AGENDA_CHANGED there. Raises NotTakenBack."""
    target = changing(to_id)
    there = AgendaItem.objects.filter(session=target, carried_from=item_id, version=1).first()
    if there is None or there.started_at or Outcome.objects.filter(item=there).exists():
        raise NotTakenBack()
    payload = {"act": "removed", "item": there.pk}
    order = there.order
    there.delete()
    later = AgendaItem.objects.filter(session=target, order__gt=order).order_by("order")
    for one in later:
        one.order -= 1
    AgendaItem.objects.bulk_update(later, ["order"])
    record(
        kind=SessionEvent.AGENDA_CHANGED,
        by=by,
        subject=target,
        now=now,
        mesa_id=target.mesa_id,
        payload=payload,
    )
    return AgendaItem.objects.get(pk=item_id)


def _comes_after(target: Session, session: Session) -> bool:
    return bool(
        target.mesa_id == session.mesa_id
        and not target.is_casa_adentro
        and target.starts_at
        and session.starts_at
        and target.starts_at > session.starts_at
    )


def _locked(item_id: int, now: datetime) -> AgendaItem:
    """The item, read after its session was locked."""
    lock_recording(AgendaItem.objects.values_list("session_id", flat=True).get(pk=item_id), now)
    return AgendaItem.objects.select_related("session").get(pk=item_id)


def _record(kind: SessionEvent, item: AgendaItem, by: Actor, now: datetime) -> None:
    record(
        kind=kind,
        by=by,
        subject=item.session,
        now=now,
        mesa_id=item.session.mesa_id,
        payload={"item": item.pk},
    )
