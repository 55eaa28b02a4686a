"""When and where: a session is scheduled, announced, convened, moved, cancelled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.dates import zone_of
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.models import Mesa
from coordination.sessions.actions.rooms import PLACE_FIELDS, hold, let_go, settled
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, Block, CircleMember, Session
from coordination.sessions.program import days_moved, moved
from coordination.sessions.queries import next_number
from coordination.taxonomies.models import Canton

UPCOMING = (Session.State.DRAFT, Session.State.ANNOUNCED, Session.State.CONVENED)
PUBLIC_AHEAD = (Session.State.ANNOUNCED, Session.State.CONVENED)
# What a calendar entry shows: a change here is news to whoever comes, a corrected topic is not.
SCHEDULE_FIELDS = frozenset(
    {"time_zone", "starts_at", "ends_at", "modality", "room_id", "venue", "address", "online_url"}
)
EDITABLE = SCHEDULE_FIELDS | {
    "kind", "topic", "canton_id", "capacity", "online_account_id", "registration_closes_at",
}  # fmt: skip
REVIEW_TITLES = {"title_es": "Estado de los compromisos", "title_en": "State of the commitments"}
REVIEW_MINUTES = 30  # the length the look's prototype gives it; the secretariat may change it


class MesaDoesNotMeet(DomainError):
    default_message = _(
        "This mesa has ended or is only a historic record, so no session can be scheduled for it."
    )


class UnknownTimeZone(DomainError):
    default_message = _("This time zone is not known. Choose one of the list.")


class EndsBeforeItStarts(DomainError):
    default_message = _("The session would end before it starts. Write an end later than the start.")


class SessionInThePast(DomainError):
    default_message = _("That moment has passed. Write a date and an hour still to come.")


class NoOnlineLink(DomainError):
    default_message = _("An online session needs the link to join it. Only those who confirm will see it.")


class SeveralBlocks(DomainError):
    default_message = _(
        "This session has several blocks. Here it moves to another day with all of them; their hours are "
        "changed one by one in its programme."
    )


class RegistrationClosesTooLate(DomainError):
    default_message = _("Registration must close before the session starts. Write an earlier day.")


class SessionIsClosed(DomainError):
    default_message = _(
        "This session is cancelled, closed or a historic record, and does not change any more."
    )


class SessionIsOver(DomainError):
    default_message = _(
        "The session has already taken place. Record its attendance and its outcomes, then close it."
    )


class AlreadyAnnounced(DomainError):
    default_message = _("The session was announced before. Nothing has changed.")


class ReasonMissing(DomainError):
    default_message = _("Write why: the reason goes in the notice to everybody who was invited.")


def lock_session(session_id: int) -> Session:
    """The session's row, held until the transaction ends. Whatever hangs from it is changed under this lock."""
    return Session.objects.select_for_update().get(pk=session_id)


@transaction.atomic
def schedule(
    *,
    mesa_id: int,
    kind: str,
    topic: str,
    time_zone: str,
    starts_at: datetime,
    ends_at: datetime,
    modality: str,
    venue: str = "",
    address: str = "",
    canton_id: int | None = None,
    capacity: int | None = None,
    online_url: str = "",
    registration_closes_at: datetime | None = None,
    room_id: int | None = None,
    online_account_id: int | None = None,
    is_casa_adentro: bool = False,
    by: Actor,
    now: datetime,
) -> Session:
    """Plans a session as a draft that only the secretariat sees, with its block and the generated first item.

    A room given is held from now on, and brings name, address and canton; an online account likewise is held.

    Its number is the next of the mesa's series, taken under the mesa's row lock; a cancelled session keeps
    its number and closed ones (casa adentro) count apart. Whoever schedules a closed one is its first circle
    member. Records: SCHEDULED. Raises MesaDoesNotMeet, UnknownTimeZone, EndsBeforeItStarts,
    SessionInThePast, NoOnlineLink, RegistrationClosesTooLate, RoomTaken, RoomTooSmall, NoSuchRoom.
    """
    place = settled(
        {
            "modality": modality, "room_id": room_id, "online_account_id": online_account_id, "venue": venue,
            "address": address, "canton_id": canton_id, "capacity": capacity,
        }
    )  # fmt: skip
    mesa = Mesa.objects.select_for_update(no_key=True).get(pk=mesa_id)
    if mesa.is_historic or mesa.state == Mesa.State.ENDED:
        raise MesaDoesNotMeet()
    session = Session(
        mesa=mesa,
        number=next_number(mesa, closed=is_casa_adentro),
        kind=kind,
        topic=topic,
        time_zone=time_zone,
        starts_at=starts_at,
        ends_at=ends_at,
        province_id=_province_of(place["canton_id"]) or mesa.province_id,
        online_url=online_url,
        registration_closes_at=registration_closes_at,
        is_casa_adentro=is_casa_adentro,
        **place,
    )
    refuse_impossible_time(session, now)
    session.save()
    block = Block.objects.create(session=session, order=1, starts_at=starts_at, ends_at=ends_at)
    AgendaItem.objects.create(
        session=session, block=block, order=1, kind=AgendaItem.Kind.REVIEW, minutes=REVIEW_MINUTES,
        is_generated=True, **REVIEW_TITLES,
    )  # fmt: skip
    hold(session, by)
    if is_casa_adentro and by.person_id:
        CircleMember.objects.create(
            session=session, person_id=by.person_id, level=CircleMember.Level.RECORD, since=now
        )
    record(kind=SessionEvent.SCHEDULED, by=by, subject=session, now=now, mesa_id=mesa.pk)
    return session


@transaction.atomic
def edit(*, session_id: int, version: int, by: Actor, now: datetime, **changed: Any) -> Session:
    """Changes the fields given, keeps the others. The block follows the session's hours; of several, all move by
    the same days with their clocks unchanged, and nothing else can be done to their hours here.

    When an announced or convened session changes what a calendar entry shows, ``schedule_version`` rises and
    MOVED is recorded with it, so that everybody invited hears once; any other change records EDITED, and no
    change at all nothing. Its room is held at the new hours, the old one let go in the same breath.
    Raises StaleVersion, SessionIsClosed, SessionIsOver, SeveralBlocks and the errors of ``schedule``.
    """
    unknown = changed.keys() - EDITABLE
    if unknown:
        raise TypeError(f"sessions.edit knows no {sorted(unknown)}")
    session = lock_session(session_id)
    if session.version != version:
        raise StaleVersion()
    refuse_unless_ahead(session, now)
    if not changed.keys().isdisjoint(PLACE_FIELDS):
        changed |= settled(
            {name: changed.get(name, getattr(session, name)) for name in PLACE_FIELDS}, session
        )
    different = {name for name, value in changed.items() if getattr(session, name) != value}
    if not different:
        return session
    timing = different & {"time_zone", "starts_at", "ends_at"}
    if timing:
        changed |= _move_blocks(session, changed)
    _keep_registration_distance(session, changed, different)
    for name in different:
        setattr(session, name, changed[name])
    if "canton_id" in different:
        session.province_id = _province_of(session.canton_id) or session.province_id
    refuse_impossible_time(session, now if timing else None)
    session.version += 1
    is_news = session.state in PUBLIC_AHEAD and bool(different & SCHEDULE_FIELDS)
    if is_news:
        session.schedule_version += 1
        session.moved_at = now
    session.save()
    if timing or different & {"room_id", "online_account_id", "modality"}:
        hold(session, by)
    if timing:
        tell_circle(session, by, now)
    payload: dict[str, Any] = {"fields": sorted(different)}
    if is_news:
        payload["schedule_version"] = session.schedule_version
    event = SessionEvent.MOVED if is_news else SessionEvent.EDITED
    record(kind=event, by=by, subject=session, now=now, mesa_id=session.mesa_id, payload=payload)
    return session


@transaction.atomic
def announce(*, session_id: int, by: Actor, now: datetime) -> Session:
    """Makes a draft public; nobody is written to. Records: ANNOUNCED. Raises AlreadyAnnounced, SessionIsClosed, SessionInThePast."""
    session = lock_session(session_id)
    if session.state in PUBLIC_AHEAD:
        raise AlreadyAnnounced()
    refuse_unless_ahead(session, now)
    if session.starts_at and session.starts_at <= now:
        raise SessionInThePast()
    session.state = Session.State.ANNOUNCED
    session.version += 1
    session.save(update_fields=["state", "version"])
    record(kind=SessionEvent.ANNOUNCED, by=by, subject=session, now=now, mesa_id=session.mesa_id)
    return session


@transaction.atomic
def mark_convened(*, session_id: int, by: Actor, now: datetime) -> Session:
    """Notes that the convocation went out; twice is once. Called by ``attendees.actions.convene``.

    Records: CONVENED. Raises SessionIsClosed, SessionInThePast.
    """
    session = lock_session(session_id)
    if session.state == Session.State.CONVENED:
        return session
    refuse_unless_ahead(session, now)
    if session.starts_at and session.starts_at <= now:
        raise SessionInThePast()
    session.state = Session.State.CONVENED
    session.convened_at = now
    session.version += 1
    session.save(update_fields=["state", "convened_at", "version"])
    record(kind=SessionEvent.CONVENED, by=by, subject=session, now=now, mesa_id=session.mesa_id)
    return session


@transaction.atomic
def cancel(*, session_id: int, reason: str, by: Actor, now: datetime) -> Session:
    """Calls a session off. It keeps its number, its agenda and the reason, and frees its room; ``schedule_version`` rises.

    After the commit no planned message about it leaves. A convened session that has ended is closed as held or
    failed instead: what happened cannot be called off. Records: CANCELLED with the new ``schedule_version``
    and the state before. Raises ReasonMissing, SessionIsClosed, SessionIsOver.
    """
    session = lock_session(session_id)
    refuse_unless_ahead(session, now)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    before = session.state
    session.state = Session.State.CANCELLED
    session.cancelled_at = now
    session.cancel_reason = reason.strip()
    session.schedule_version += 1
    session.version += 1
    session.save(update_fields=["state", "cancelled_at", "cancel_reason", "schedule_version", "version"])
    let_go(session)
    payload = {"schedule_version": session.schedule_version, "was": before}
    record(
        kind=SessionEvent.CANCELLED, by=by, subject=session, now=now, mesa_id=session.mesa_id, payload=payload
    )
    return session


def tell_circle(session: Session, by: Actor, now: datetime) -> None:
    """Records that the hours of closed parts may have changed, where there are any; nobody else learns of it.

    ``casa`` in the payload keeps the line out of every history that is not the circle's.
    """
    if Block.objects.filter(session=session, is_casa_adentro=True).exists():
        record(
            kind=SessionEvent.PART_CHANGED, by=by, subject=session, now=now, mesa_id=session.mesa_id,
            payload={"casa": True},
        )  # fmt: skip


def refuse_unless_ahead(session: Session, now: datetime) -> None:
    """Refuses what is only possible before the end. A draft whose day went by may still get another one."""
    if session.is_historic or session.state not in UPCOMING:
        raise SessionIsClosed()
    if session.state == Session.State.CONVENED and session.ends_at and session.ends_at <= now:
        raise SessionIsOver()


def refuse_impossible_time(session: Session, now: datetime | None) -> None:
    """The rules of time and place; ``now`` is None when the hours were not touched."""
    if session.time_zone not in available_timezones():
        raise UnknownTimeZone(field="time_zone")
    if not session.starts_at or not session.ends_at or session.ends_at <= session.starts_at:
        raise EndsBeforeItStarts(field="ends")
    if now and session.starts_at <= now:
        raise SessionInThePast(field="day")
    if session.modality == Session.Modality.ONLINE and not session.online_url:
        raise NoOnlineLink(field="online_url")
    if session.registration_closes_at and session.registration_closes_at > session.starts_at:
        raise RegistrationClosesTooLate(field="registration_closes_on")


def _move_blocks(session: Session, changed: Mapping[str, Any]) -> dict[str, datetime]:
    """Gives the blocks of a locked session the hours it is about to have; of several open ones, their first start and
    last end."""
    assert session.starts_at is not None and session.ends_at is not None  # noqa: S101  live sessions have a time
    starts_at = changed.get("starts_at", session.starts_at)
    ends_at = changed.get("ends_at", session.ends_at)
    rows = list(Block.objects.filter(session=session))
    blocks = [block for block in rows if not block.is_casa_adentro]
    closed = [block for block in rows if block.is_casa_adentro]
    zone = zone_of(changed.get("time_zone", session.time_zone))
    days = days_moved(session, starts_at, ends_at, zone)
    # Closed parts go along when the whole moves by days; else their hours are changed where they stand.
    along = closed if days is not None else []
    if len(blocks) < 2:
        if starts_at < ends_at:  # what ends before it starts is refused with the session's own words
            Block.objects.filter(session=session, is_casa_adentro=False).update(
                starts_at=starts_at, ends_at=ends_at
            )
        for block in along:
            block.starts_at = moved(block.starts_at, days=days or 0, was=session.zone, zone=zone)
            block.ends_at = moved(block.ends_at, days=days or 0, was=session.zone, zone=zone)
        Block.objects.bulk_update(along, ["starts_at", "ends_at"])
        return {}
    if days is None:
        raise SeveralBlocks(field="day")
    for block in [*blocks, *along]:
        block.starts_at = moved(block.starts_at, days=days, was=session.zone, zone=zone)
        block.ends_at = moved(block.ends_at, days=days, was=session.zone, zone=zone)
        if block.ends_at <= block.starts_at:
            raise EndsBeforeItStarts(field="day")
    Block.objects.bulk_update([*blocks, *along], ["starts_at", "ends_at"])
    return {
        "starts_at": min(block.starts_at for block in blocks),
        "ends_at": max(block.ends_at for block in blocks),
    }


def _keep_registration_distance(session: Session, changed: Mapping[str, Any], different: set[str]) -> None:
    """A session that moves takes its registration deadline along, unless that was set in the same breath."""
    if "starts_at" not in different or "registration_closes_at" in changed:
        return
    if session.registration_closes_at and session.starts_at:
        session.registration_closes_at += changed["starts_at"] - session.starts_at


def _province_of(canton_id: int | None) -> int | None:
    return Canton.objects.values_list("province_id", flat=True).get(pk=canton_id) if canton_id else None
