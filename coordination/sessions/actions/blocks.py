"""The programme of a session: its blocks, each with its hours, its people and its place."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.sessions.actions.circle import NotInside, found_circle
from coordination.sessions.actions.planning import (
    PUBLIC_AHEAD,
    NoOnlineLink,
    SessionInThePast,
    lock_session,
    refuse_unless_ahead,
    tell_circle,
)
from coordination.sessions.actions.rooms import NoSuchRoom, RoomTaken, RoomTooSmall, hold
from coordination.sessions.circle import stands_in
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, Block, Outcome, Session
from coordination.sessions.program import meetings, modality_of, overlap, rooms_of
from coordination.sessions.queries import commitment_hangs_on
from coordination.sessions.rooms import Room

MOST_BLOCKS = 60  # every letter and calendar entry lists them
# What people hear of: when and where. A corrected title is no news.
NEWS = frozenset({"starts_at", "ends_at", "modality", "room_id", "online_account_id", "venue", "online_url"})
FIELDS = NEWS | {"kind", "title", "audience_note", "capacity", "is_casa_adentro"}
DEADLINES = ("registration_closes_at", "proposals_due_at", "papers_due_at")
TWICE = {Block.Kind.PLENARY: {Block.Kind.PLENARY, Block.Kind.BREAK}, Block.Kind.BREAK: {Block.Kind.PLENARY}}


class BlockEndsBeforeItStarts(DomainError):
    default_message = _(
        "The block would end before it starts. Write a later hour, or its last day if it ends after midnight."
    )


class BlocksOverlap(DomainError):
    """Everybody would have to be in two places; which block it meets stands in the message."""


class TooManyBlocks(DomainError):
    default_message = _("A session has at most 60 blocks. Join some of them, or schedule another session.")


class LastBlock(DomainError):
    default_message = _("A session has at least one block. Change this one, or cancel the session.")


class OnlyBreaks(DomainError):
    default_message = _("Somebody has to meet: leave at least one block that is not a break.")


class BlockHasAttendance(DomainError):
    default_message = _("Attendance was already taken in this block, so it stays in the programme.")


class LastOpenBlock(DomainError):
    default_message = _(
        "An open session has at least one open block in which somebody meets. Leave this one open, or make the whole "
        "session casa adentro while it is a draft."
    )


class ItemHasCommitment(DomainError):
    default_message = _(
        "A commitment was written from an outcome under this, and it stands in the open series. It cannot be closed."
    )


class SessionIsClosedAlready(DomainError):
    default_message = _("The whole session is casa adentro; its parts need not be.")


@transaction.atomic
def add_block(
    *,
    session_id: int,
    version: int,
    audience_ids: Iterable[int] = (),
    by: Actor,
    now: datetime,
    **fields: Any,
) -> Block:
    """Adds a block; the session then lasts from the first start to the last end of all open ones.

    The same block sent twice is one. Records MOVED with the new ``schedule_version`` where people were told of the
    session, else EDITED; of a closed block nothing but PART_CHANGED, which its circle alone hears. Raises StaleVersion,
    SessionIsClosed, SessionIsOver, TooManyBlocks and the errors of ``edit_block``.
    """
    session = _ahead(session_id, now)
    blocks = list(Block.objects.filter(session=session).order_by("order"))
    block = Block(session=session, order=len(blocks) + 1, **_settled(fields))
    if session.version != version:
        if same := next((one for one in blocks if _same(one, block)), None):
            return same
        raise StaleVersion()
    if len(blocks) >= MOST_BLOCKS:
        raise TooManyBlocks()
    if block.starts_at <= now:
        raise SessionInThePast(field="day")
    if block.is_casa_adentro:
        _close(session, block, by, now)
    _refuse(session, block, blocks, by)
    block.save()
    block.audience.set(audience_ids)
    _settle(session, by, now, is_news=True, inner=block.is_casa_adentro)
    return block


@transaction.atomic
def edit_block(
    *, block_id: int, version: int, audience_ids: Iterable[int] = (), by: Actor, now: datetime, **fields: Any
) -> Block:
    """Rewrites a block; ``version`` is the session's. What is not different is not recorded.

    One that is closed closes its items and their papers; opened again, its items stay closed until each is opened.
    Records MOVED, EDITED or PART_CHANGED as ``add_block`` does. Raises StaleVersion, SessionIsClosed, SessionIsOver,
    SessionInThePast, BlockEndsBeforeItStarts, BlocksOverlap, OnlyBreaks, NoOnlineLink, NoSuchRoom, RoomTaken,
    RoomTooSmall, LastOpenBlock, ItemHasCommitment, NotInside, SessionIsClosedAlready.
    """
    block, session = _locked(block_id, version, now)
    settled = _settled(fields, block)
    different = {name for name, value in settled.items() if getattr(block, name) != value}
    if {sector.pk for sector in block.audience.all()} != set(audience_ids):
        different.add("audience")
    if not different:
        return block
    turned = "is_casa_adentro" in different
    inner = block.is_casa_adentro and not turned
    for name, value in settled.items():
        setattr(block, name, value)
    if different & {"starts_at", "ends_at"} and block.starts_at <= now:
        raise SessionInThePast(field="day")
    if turned and block.is_casa_adentro:
        _close(session, block, by, now)
    elif turned and not stands_in(by, session):
        raise NotInside(field="is_casa_adentro")
    _refuse(session, block, list(Block.objects.filter(session=session).exclude(pk=block.pk)), by)
    block.save()
    block.audience.set(audience_ids)
    _settle(session, by, now, is_news=turned or bool(different & NEWS), inner=inner)
    return block


@transaction.atomic
def remove_block(*, block_id: int, version: int, by: Actor, now: datetime) -> Session:
    """Takes a block out; its agenda items go to the block before it, else to the first. Those of an open one go to an
    open one; closed ones stay closed.

    Records as ``add_block`` does. Raises StaleVersion, SessionIsClosed, SessionIsOver, LastBlock, OnlyBreaks,
    BlockHasAttendance.
    """
    block, session = _locked(block_id, version, now)
    others = list(Block.objects.filter(session=session).exclude(pk=block.pk).order_by("order"))
    standing = [one for one in others if not one.is_casa_adentro]
    if not standing:
        raise LastBlock()
    if not meetings(standing):
        raise OnlyBreaks()
    if block.attendances.exists():
        raise BlockHasAttendance()
    heir = heir_of(block, others if block.is_casa_adentro else standing)
    inner = block.is_casa_adentro
    AgendaItem.objects.filter(block=block).update(block=heir)
    block.delete()
    _settle(session, by, now, is_news=True, inner=inner)
    return session


@transaction.atomic
def order_block(*, block_id: int, version: int, up: bool, by: Actor, now: datetime) -> Block:
    """Swaps a block with a neighbour that begins at the same moment; the clock orders the others.

    Records EDITED where something changed. Raises StaleVersion, SessionIsClosed, SessionIsOver.
    """
    block, session = _locked(block_id, version, now)
    others = Block.objects.shown_to(by).filter(session=session, starts_at=block.starts_at)
    side: dict[str, Any] = {"order__lt": block.order} if up else {"order__gt": block.order}
    neighbour = others.filter(**side).order_by("-order" if up else "order").first()
    if neighbour is None:
        return block
    block.order, neighbour.order = neighbour.order, block.order
    Block.objects.bulk_update([block, neighbour], ["order"])
    inner = block.is_casa_adentro or neighbour.is_casa_adentro
    _settle(session, by, now, is_news=False, inner=inner)
    return block


def heir_of(block: Block, others: Iterable[Block]) -> Block:
    """Who takes the agenda items of a block that goes: the meeting before it, else the first."""
    left = meetings(others)
    before = [one for one in left if one.order < block.order]
    return before[-1] if before else left[0]


def _ahead(session_id: int, now: datetime) -> Session:
    session = lock_session(session_id)
    refuse_unless_ahead(session, now)
    return session


def _locked(block_id: int, version: int, now: datetime) -> tuple[Block, Session]:
    """The block, read after its session was locked: blocks change only under that lock and its version."""
    session = _ahead(Block.objects.values_list("session_id", flat=True).get(pk=block_id), now)
    block = Block.objects.filter(pk=block_id).first()
    if session.version != version or block is None:
        raise StaleVersion()
    block.session = session
    return block, session


def _settled(fields: dict[str, Any], before: Block | None = None) -> dict[str, Any]:
    """The fields as the room makes them: one newly chosen brings its name and, where none was written, its capacity."""
    unknown = fields.keys() - FIELDS
    if unknown:
        raise TypeError(f"a block knows no {sorted(unknown)}")
    found = dict(fields)
    if found.get("modality") == Session.Modality.ONLINE:
        found["room_id"] = None
    if found.get("modality") == Session.Modality.IN_PERSON:
        found["online_account_id"] = None
    for name, online in {"room_id": False, "online_account_id": True}.items():
        if not found.get(name):
            continue
        kept = before is not None and getattr(before, name) == found[name]
        room = Room.objects.filter(pk=found[name], is_online_account=online).first()
        if room is None or not (room.is_active or kept):
            raise NoSuchRoom(field=name.removesuffix("_id"))
        if not online:
            if room.capacity and (found.get("capacity") or 0) > room.capacity:
                raise RoomTooSmall(field="capacity")
            found["venue"] = before.venue if kept and before else room.name
            found["capacity"] = found.get("capacity") or (None if kept else room.capacity)
    return found


def _close(session: Session, block: Block, by: Actor, now: datetime) -> None:
    """Closes what is dealt with in a block that is about to be closed, in the same breath."""
    if session.is_casa_adentro:
        raise SessionIsClosedAlready(field="is_casa_adentro")
    found_circle(session, by, now)
    if block.pk:
        refuse_promised(AgendaItem.objects.filter(block=block), field="is_casa_adentro")
        items = AgendaItem.objects.filter(block=block, is_generated=False)
        items.update(is_casa_adentro=True)


def refuse_promised(items: "QuerySet[AgendaItem]", field: str) -> None:
    """Raises ItemHasCommitment where a commitment hangs on an outcome under one of these."""
    rows = Outcome.objects.filter(item__in=items, kind=Outcome.Kind.COMMITMENT)
    if any(commitment_hangs_on(outcome) for outcome in rows):
        raise ItemHasCommitment(field=field)


def _refuse(session: Session, block: Block, others: list[Block], by: Actor) -> None:
    if block.ends_at <= block.starts_at:
        raise BlockEndsBeforeItStarts(field="ends")
    if not meetings(one for one in [block, *others] if not one.is_casa_adentro):
        raise (LastOpenBlock(field="is_casa_adentro") if block.is_casa_adentro else OnlyBreaks(field="kind"))
    if any(one.is_casa_adentro for one in others) and not stands_in(by, session, record=False):
        # What is closed does not exist here: its hours refuse nothing, its room is what ``hold`` says of any other.
        others = [one for one in others if not one.is_casa_adentro]
    online = modality_of(session, block) == Session.Modality.ONLINE
    if online and not (block.online_url or session.online_url):
        raise NoOnlineLink(field="online_url")
    beside = [one for one in others if overlap(block, one)]
    for one in beside:
        if one.kind in TWICE.get(Block.Kind(block.kind), set()):
            told = _("“%(block)s” takes place at that time, and everybody is in it. Choose another hour.")
            raise BlocksOverlap(told % {"block": one.name}, field="starts")
    chosen = {pk: field for pk, field in rooms_of(session, block).items() if getattr(block, f"{field}_id")}
    for one in meetings(beside):
        if shared := chosen.keys() & rooms_of(session, one).keys():
            told = _("“%(block)s” is in it at that time. Choose another one.")
            raise RoomTaken(told % {"block": one.name}, field=chosen[shared.pop()])


def _same(one: Block, other: Block) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in FIELDS)


def _settle(session: Session, by: Actor, now: datetime, *, is_news: bool, inner: bool = False) -> None:
    """What follows every change: order by the clock, the session's hours and deadlines, the agenda, rooms, the record.

    The session's hours are those of its open blocks. A change that is ``inner`` leaves no mark on the session: neither
    its version nor its history, which people outside the circle read.
    """
    blocks = sorted(Block.objects.filter(session=session), key=lambda one: (one.starts_at, one.order))
    for order, block in enumerate(blocks, start=1):
        block.order = order
    Block.objects.bulk_update(blocks, ["order"])
    standing = [block for block in blocks if not block.is_casa_adentro]
    session.starts_at, session.ends_at = standing[0].starts_at, max(block.ends_at for block in standing)
    for name in DEADLINES:  # none of them may come after the start
        if (due := getattr(session, name)) and due > session.starts_at:
            setattr(session, name, session.starts_at)
    if inner:
        order_items(session, blocks)
        hold(session, by)
        tell_circle(session, by, now)
        return
    session.version += 1
    is_news = is_news and session.state in PUBLIC_AHEAD
    if is_news:
        session.schedule_version += 1
        session.moved_at = now
    session.save(
        update_fields=["starts_at", "ends_at", "version", "schedule_version", "moved_at", *DEADLINES]
    )
    order_items(session, blocks)
    hold(session, by)
    payload: dict[str, Any] = {"fields": ["blocks"]}
    if is_news:
        payload["schedule_version"] = session.schedule_version
    event = SessionEvent.MOVED if is_news else SessionEvent.EDITED
    record(kind=event, by=by, subject=session, now=now, mesa_id=session.mesa_id, payload=payload)


def order_items(session: Session, blocks: list[Block]) -> None:
    """Puts the agenda in the order of its blocks; the generated item opens the first open one that is no break.

    What stands in a closed block is closed.
    """
    first = meetings(block for block in blocks if not block.is_casa_adentro)[0]
    closed = {block.pk for block in blocks if block.is_casa_adentro}
    place = {block.pk: number for number, block in enumerate(blocks)}
    items = list(AgendaItem.objects.filter(session=session).order_by("order"))
    open_ones = {block.pk for block in meetings(blocks)}
    for item in items:
        if item.is_generated or item.block_id not in open_ones:
            item.block = first
        item.is_casa_adentro = item.is_casa_adentro or item.block_id in closed
    items.sort(key=lambda item: (place[item.block_id or first.pk], not item.is_generated, item.order))
    for order, item in enumerate(items, start=1):
        item.order = order
    AgendaItem.objects.bulk_update(items, ["order", "block", "is_casa_adentro"])
