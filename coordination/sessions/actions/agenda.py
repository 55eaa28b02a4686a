"""The order of the day. Its first item is generated and stays where it is."""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.organizations.models import Post, Tenure
from coordination.sessions.actions.blocks import SessionIsClosedAlready, order_items, refuse_promised
from coordination.sessions.actions.circle import NotInside, found_circle
from coordination.sessions.actions.planning import SessionIsClosed, lock_session
from coordination.sessions.circle import stands_in
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, Block, Outcome, Session
from coordination.sessions.program import meetings

CHANGING = (Session.State.DRAFT, Session.State.ANNOUNCED, Session.State.CONVENED)


class GeneratedItem(DomainError):
    default_message = _("The review of commitments is always the first item. It cannot be removed or moved.")


class ItemHasOutcomes(DomainError):
    default_message = _("Something was already recorded under this item, so it stays in the agenda.")


class CutOffTooLate(DomainError):
    default_message = _("The cut-off must come before the session starts. Write an earlier day.")


class BlockIsClosed(DomainError):
    default_message = _(
        "Its block is casa adentro, and so is everything in it. Move the item to an open block first."
    )


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
    presenter_post_id: int | None = None,
    place: int | None = None,
    block_id: int | None = None,
    is_casa_adentro: bool = False,
    by: Actor,
    now: datetime,
) -> AgendaItem:
    """Adds an item at the end, or at ``place`` (never before the generated one) where an undo puts it back.

    Of a session with several blocks it stands among the items of ``block_id``, else of the first open one. In a closed
    block it is closed.

    Who presents is kept in words; a post without words gets those of whoever holds it on the session's day.
    Records: AGENDA_CHANGED, act "added". Raises SessionIsClosed, TitleMissing, NotInside, SessionIsClosedAlready.
    """
    session = changing(session_id)
    if not title.strip():
        raise TitleMissing(field="title")
    blocks = list(Block.objects.filter(session=session))
    block = _block_of(blocks, block_id)
    closed = is_casa_adentro or bool(block and block.is_casa_adentro)
    if closed:
        _refuse_closing(session, by, now)
    last = AgendaItem.objects.filter(session=session).aggregate(models.Max("order"))["order__max"] or 0
    order = min(max(place or last + 1, 2), last + 1)
    AgendaItem.objects.filter(session=session, order__gte=order).update(order=models.F("order") + 1)
    item = AgendaItem.objects.create(
        session=session,
        block=block,
        order=order,
        kind=kind,
        title=title.strip(),
        minutes=minutes,
        presenter=presenter or presented_by(presenter_post_id, session),
        presenter_post_id=presenter_post_id,
        is_casa_adentro=closed,
    )
    if len(blocks) > 1:
        order_items(session, blocks)
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
    presenter_post_id: int | None = None,
    block_id: int | None = None,
    is_casa_adentro: bool | None = None,
    by: Actor,
    now: datetime,
) -> AgendaItem:
    """Rewrites an item; of the generated one only the minutes and who presents it. Without ``block_id`` it stays in
    its block; in another one it comes after what is there. In a closed block it is closed; taken out of it, it stays
    so until it is opened. Its papers and outcomes are as closed as itself.

    Records: AGENDA_CHANGED, act "edited". Raises StaleVersion, SessionIsClosed, TitleMissing, NotInside,
    SessionIsClosedAlready, ItemHasCommitment, BlockIsClosed.
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
    item.presenter = presenter or presented_by(presenter_post_id, item.session)
    item.presenter_post_id = presenter_post_id
    item.version += 1
    blocks = list(Block.objects.filter(session=item.session))
    goes_to = _block_of(blocks, block_id)
    changes_block = bool(block_id and goes_to and not item.is_generated and goes_to.pk != item.block_id)
    if changes_block:
        item.block = goes_to
    if not item.is_generated:
        _turn(item, is_casa_adentro, by, now)
    item.save()
    if changes_block:
        order_items(item.session, blocks)
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
    if Outcome.objects.filter(item=item).exists():
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
    others = AgendaItem.objects.shown_to(by).filter(session=item.session_id, is_generated=False)
    side: dict[str, Any] = {"order__lt": item.order} if up else {"order__gt": item.order}
    neighbour = others.filter(**side).order_by("-order" if up else "order").first()
    if neighbour is None:
        return item
    if (
        neighbour.block_id != item.block_id
    ):  # over the edge of its block: into the next one, whose neighbour stays
        item.block_id = neighbour.block_id
        _turn(item, None, by, now)
        item.save(update_fields=["block", "is_casa_adentro"])
        _record(item, "moved", by, now)
        return item
    item.order, neighbour.order = neighbour.order, item.order
    item.save(update_fields=["order"])
    neighbour.save(update_fields=["order"])
    _record(item, "moved", by, now)
    return item


@transaction.atomic
def place_item(*, item_id: int, before_id: int | None, by: Actor, now: datetime) -> AgendaItem:
    """Puts an item before another one, or at the end; where it stands already nothing is recorded.

    Records: AGENDA_CHANGED, act "moved". Raises GeneratedItem, SessionIsClosed.
    """
    item = _locked_item(item_id)
    if item.is_generated:
        raise GeneratedItem()
    if before_id == item.pk:
        return item
    rows = list(AgendaItem.objects.filter(session=item.session_id, is_generated=False).order_by("order"))
    ids = [row.pk for row in rows]
    left = [pk for pk in ids if pk != item.pk]
    seen = set(AgendaItem.objects.shown_to(by).filter(session=item.session_id).values_list("pk", flat=True))
    last = next((pk for pk in reversed(left) if pk in seen), None)
    if before_id not in left:  # the end is that of what the person sees
        before_id = None
    end = left.index(last) + 1 if last else len(left)
    left.insert(left.index(before_id) if before_id else end, item.pk)
    if left == ids:
        return item
    places = [row.order for row in rows]
    by_id = {row.pk: row for row in rows}
    for order, pk in zip(places, left, strict=True):
        by_id[pk].order = order
    beside = by_id.get(before_id or last or item.pk) or item
    by_id[item.pk].block_id = beside.block_id
    _turn(by_id[item.pk], None, by, now)
    AgendaItem.objects.bulk_update(rows, ["order", "block", "is_casa_adentro"])
    _record(item, "moved", by, now)
    return by_id[item.pk]


@transaction.atomic
def set_cut_offs(
    *,
    session_id: int,
    version: int,
    proposals_due_at: datetime | None,
    papers_due_at: datetime | None,
    by: Actor,
    now: datetime,
) -> Session:
    """Until when members propose items and hand in papers; without one, until the session starts.

    Records: CUT_OFFS_SET. Raises StaleVersion, SessionIsClosed, CutOffTooLate.
    """
    session = changing(session_id)
    if session.version != version:
        raise StaleVersion()
    for field, moment in (("proposals_due_on", proposals_due_at), ("papers_due_on", papers_due_at)):
        if moment and session.starts_at and moment > session.starts_at:
            raise CutOffTooLate(field=field)
    session.proposals_due_at, session.papers_due_at = proposals_due_at, papers_due_at
    session.version += 1
    session.save(update_fields=["proposals_due_at", "papers_due_at", "version"])
    record(kind=SessionEvent.CUT_OFFS_SET, by=by, subject=session, now=now, mesa_id=session.mesa_id)
    return session


def presented_by(post_id: int | None, session: Session) -> str:
    """Who holds the post on the day of the session, in words that stay when the person leaves; empty without a post."""
    post = Post.objects.select_related("organization").filter(pk=post_id).first() if post_id else None
    if post is None:
        return ""
    tenures = Tenure.objects.filter(post=post).select_related("person")
    if session.local_day:
        tenures = tenures.current(session.local_day)
    holder = tenures.order_by("-starts_on").first()
    words = [holder.person.name if holder else "", post.title, post.organization.name]
    return ", ".join(word for word in words if word)[:200]


def _block_of(blocks: list[Block], block_id: int | None) -> Block | None:
    """The block asked for if an item can be in it, else the first open one that is no break."""
    found = meetings(blocks)
    standing = [block for block in found if not block.is_casa_adentro]
    return next((block for block in found if block.pk == block_id), next(iter(standing), None))


def _turn(item: AgendaItem, wanted: bool | None, by: Actor, now: datetime) -> None:
    """Closes the item, opens it, or keeps it as it is; what its block says goes first."""
    in_closed = bool(item.block_id and Block.objects.filter(pk=item.block_id, is_casa_adentro=True).exists())
    if in_closed and wanted is False and item.is_casa_adentro:
        raise BlockIsClosed(field="is_casa_adentro")
    closed = in_closed or (item.is_casa_adentro if wanted is None else wanted)
    if closed == item.is_casa_adentro:
        return
    if closed:
        _refuse_closing(item.session, by, now)
        refuse_promised(AgendaItem.objects.filter(pk=item.pk), field="is_casa_adentro")
    elif not stands_in(by, item.session):
        raise NotInside(field="is_casa_adentro")
    item.is_casa_adentro = closed


def _refuse_closing(session: Session, by: Actor, now: datetime) -> None:
    if session.is_casa_adentro:
        raise SessionIsClosedAlready(field="is_casa_adentro")
    found_circle(session, by, now)


def changing(session_id: int) -> Session:
    """The session, locked, if its agenda may still change. Raises SessionIsClosed."""
    session = lock_session(session_id)
    if session.is_historic or session.closed_at or session.state not in CHANGING:
        raise SessionIsClosed()
    return session


def _locked_item(item_id: int) -> AgendaItem:
    """The item, read after its session was locked: order and content change only under that lock."""
    changing(AgendaItem.objects.values_list("session_id", flat=True).get(pk=item_id))
    return AgendaItem.objects.get(pk=item_id)


def _record(item: AgendaItem, act: str, by: Actor, now: datetime) -> None:
    closed = {"casa": True} if item.is_casa_adentro else {}
    record(
        kind=SessionEvent.AGENDA_CHANGED,
        by=by,
        subject=item.session,
        now=now,
        mesa_id=item.session.mesa_id,
        payload={"act": act, "item": item.pk} | closed,
    )
