"""The order of the day. Its first item is generated and stays where it is."""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.sessions.actions.planning import SessionIsClosed, lock_session
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, Block, Session

CHANGING = (Session.State.DRAFT, Session.State.ANNOUNCED, Session.State.CONVENED)


class GeneratedItem(DomainError):
    default_message = _("The review of commitments is always the first item. It cannot be removed or moved.")


class ItemHasOutcomes(DomainError):
    default_message = _("Something was already recorded under this item, so it stays in the agenda.")


class TitleMissing(DomainError):
    default_message = _("Write what the item is about.")


@transaction.atomic
def add_item(
    *,
    session_id: int,
    kind: str,
    title: str,
    minutes: int | None = None,
    presenter: str = "",
    place: int | None = None,
    by: Actor,
    now: datetime,
) -> AgendaItem:
    """Adds an item at the end, or at ``place`` (never before the generated one) where an undo puts it back.

    Records: AGENDA_CHANGED, act "added". Raises SessionIsClosed, TitleMissing.
    """
    session = _changing(session_id)
    if not title.strip():
        raise TitleMissing(field="title")
    last = AgendaItem.objects.filter(session=session).aggregate(models.Max("order"))["order__max"] or 0
    order = min(max(place or last + 1, 2), last + 1)
    AgendaItem.objects.filter(session=session, order__gte=order).update(order=models.F("order") + 1)
    block = Block.objects.filter(session=session).first()
    item = AgendaItem.objects.create(
        session=session,
        block=block,
        order=order,
        kind=kind,
        title=title.strip(),
        minutes=minutes,
        presenter=presenter,
    )
    _record(item, "added", by, now)
    return item


@transaction.atomic
def edit_item(
    *,
    item_id: int,
    version: int,
    kind: str,
    title: str,
    minutes: int | None = None,
    presenter: str = "",
    by: Actor,
    now: datetime,
) -> AgendaItem:
    """Rewrites an item; of the generated one only the minutes and who presents it.

    Records: AGENDA_CHANGED, act "edited". Raises StaleVersion, SessionIsClosed, TitleMissing.
    """
    item = _locked_item(item_id)
    if item.version != version:
        raise StaleVersion()
    if not item.is_generated:
        if not title.strip():
            raise TitleMissing(field="title")
        item.kind = kind
        if item.title != title.strip():
            item.title = title.strip()
    item.minutes = minutes
    item.presenter = presenter
    item.version += 1
    item.save()
    _record(item, "edited", by, now)
    return item


@transaction.atomic
def remove_item(*, item_id: int, by: Actor, now: datetime) -> AgendaItem:
    """Takes an item off and closes the gap. Returns it, no longer stored, so that an undo can add it again.

    Records: AGENDA_CHANGED, act "removed". Raises GeneratedItem, ItemHasOutcomes, SessionIsClosed.
    """
    item = _locked_item(item_id)
    if item.is_generated:
        raise GeneratedItem()
    if item.outcomes.exists():
        raise ItemHasOutcomes()
    _record(item, "removed", by, now)
    order, session_id = item.order, item.session_id
    item.delete()
    AgendaItem.objects.filter(session=session_id, order__gt=order).update(order=models.F("order") - 1)
    return item


@transaction.atomic
def move_item(*, item_id: int, up: bool, by: Actor, now: datetime) -> AgendaItem:
    """Swaps an item with its neighbour; at either end of the list nothing happens and nothing is recorded.

    Records: AGENDA_CHANGED, act "moved". Raises GeneratedItem, SessionIsClosed.
    """
    item = _locked_item(item_id)
    if item.is_generated:
        raise GeneratedItem()
    others = AgendaItem.objects.filter(session=item.session_id, is_generated=False)
    side: dict[str, Any] = {"order__lt": item.order} if up else {"order__gt": item.order}
    neighbour = others.filter(**side).order_by("-order" if up else "order").first()
    if neighbour is None:
        return item
    item.order, neighbour.order = neighbour.order, item.order
    item.save(update_fields=["order"])
    neighbour.save(update_fields=["order"])
    _record(item, "moved", by, now)
    return item


def _changing(session_id: int) -> Session:
    session = lock_session(session_id)
    if session.is_historic or session.closed_at or session.state not in CHANGING:
        raise SessionIsClosed()
    return session


def _locked_item(item_id: int) -> AgendaItem:
    """The item, read after its session was locked: order and content change only under that lock."""
    _changing(AgendaItem.objects.values_list("session_id", flat=True).get(pk=item_id))
    return AgendaItem.objects.get(pk=item_id)


def _record(item: AgendaItem, act: str, by: Actor, now: datetime) -> None:
    record(
        kind=SessionEvent.AGENDA_CHANGED,
        by=by,
        subject=item.session,
        now=now,
        mesa_id=item.session.mesa_id,
        payload={"act": act, "item": item.pk},
    )
