"""Which room a session holds: taken with its hours, let go when it is called off."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.common import dates
from coordination.common.errors import DomainError
from coordination.sessions.models import Block, Session
from coordination.sessions.parts import circles_of
from coordination.sessions.program import Span, merged, rooms_of
from coordination.sessions.queries import holder_seen_by
from coordination.sessions.rooms import NO_DOUBLE_BOOKING, Reservation, Room

# What the choice of a room decides, and what the decision looks at.
PLACE_FIELDS = ("modality", "room_id", "online_account_id", "venue", "address", "canton_id", "capacity")


class RoomTaken(DomainError):
    """Somebody holds it then. Who, is said only to whoever sees that session."""


class NoSuchRoom(DomainError):
    default_message = _("This room is no longer offered. Choose another one, or write the place yourself.")


class RoomTooSmall(DomainError):
    default_message = _("The room does not hold so many people. Write fewer, or choose a larger room.")


def settled(wanted: Mapping[str, Any], before: Session | None = None) -> dict[str, Any]:
    """The fields of ``PLACE_FIELDS`` as the chosen room makes them.

    A room newly chosen brings its name, address, canton and, where none was written, its capacity; one that
    was there already leaves the words as they stand, so that nobody is told of a move when only the room's
    entry was corrected. What the modality has no use for is let go. Raises NoSuchRoom, RoomTooSmall.
    """
    fields = {name: wanted[name] for name in PLACE_FIELDS}
    if fields["modality"] == Session.Modality.ONLINE:
        fields["room_id"] = None
    if fields["modality"] == Session.Modality.IN_PERSON:
        fields["online_account_id"] = None
    chosen = {"room_id": False, "online_account_id": True}
    for name, online in chosen.items():
        if not fields[name]:
            continue
        room = Room.objects.filter(pk=fields[name], is_online_account=online).first()
        kept = before is not None and getattr(before, name) == fields[name]
        if room is None or not (room.is_active or kept):
            raise NoSuchRoom(field=name.removesuffix("_id"))
        if not online:
            fields |= _words_of(room, fields, before if kept else None)
    return fields


def _words_of(room: Room, fields: Mapping[str, Any], before: Session | None) -> dict[str, Any]:
    if room.capacity and fields["capacity"] and fields["capacity"] > room.capacity:
        raise RoomTooSmall(field="capacity")
    if before is not None:
        return {"venue": before.venue, "address": before.address, "canton_id": before.canton_id}
    return {
        "venue": room.name,
        "address": room.address,
        "canton_id": room.canton_id or fields["canton_id"],
        "capacity": fields["capacity"] or room.capacity,
    }


def hold(session: Session, by: Actor) -> None:
    """Makes the reservations those of the rooms and accounts its blocks are in, at their hours.

    Blocks of one room that overlap (groups side by side) hold it together, open and closed ones each apart. The
    caller holds the session's row. The rooms' rows are locked, in the order of their keys, so that two who want one
    room meet there and not in a deadlock of the constraint, which decides. Closed parts come first: who does not know
    of them is told of the room what is told of any other holder, and one that finds no room while its session is
    moved by somebody outside stays without, for its circle to see. Raises RoomTaken.
    """
    wanted: dict[int, list[Block]] = defaultdict(list)
    fields: dict[int, str] = {}
    for block in Block.objects.filter(session=session).order_by("order"):
        for room_id, field in rooms_of(session, block).items():
            wanted[room_id].append(block)
            fields[room_id] = field
    rows = Reservation.objects.filter(block__session=session)
    # Let go first: a session that moves by a day must not meet itself on the way.
    rows.update(is_held=False)
    kept = set()
    for room in Room.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk"):
        blocks = wanted[room.pk]
        closed = merged(block for block in blocks if block.is_casa_adentro)
        for block, (starts_at, ends_at) in closed + merged(
            block for block in blocks if not block.is_casa_adentro
        ):
            try:
                with transaction.atomic():
                    row, _made = Reservation.objects.update_or_create(
                        block=block,
                        room=room,
                        defaults={"starts_at": starts_at, "ends_at": ends_at, "is_held": True},
                    )
            except IntegrityError as error:
                if NO_DOUBLE_BOOKING not in str(error):
                    raise
                if block.is_casa_adentro and not circles_of(by).filter(session=session).exists():
                    continue
                told = _taken(room, (starts_at, ends_at), session, by)
                raise RoomTaken(told, field=fields[room.pk]) from error
            kept.add(row.pk)
    rows.exclude(pk__in=kept).delete()


def let_go(session: Session) -> None:
    """Frees what the session held. The rows stay and say what it had."""
    Reservation.objects.filter(block__session=session).update(is_held=False)


def _taken(room: Room, span: Span, session: Session, by: Actor) -> str:
    """The hours named are those that were asked for: the holder's own would tell something of who is hidden."""
    when = dates.span(*span, session.time_zone)
    told = str(_("“%(room)s” is not available: %(when)s.") % {"room": room.name, "when": when})
    holder = holder_seen_by(by, room_id=room.pk, span=span, but=session.pk)
    if holder is None or holder.block is None:
        return told
    its_time = dates.span(holder.starts_at, holder.ends_at, session.time_zone)
    held = _("It is held by: %(session)s, %(when)s.")
    return f"{told} {held % {'session': holder.block.session.title, 'when': its_time}}"
