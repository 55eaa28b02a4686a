"""Who is let into the circle of a session, at which level, until when; and closing a whole session or opening it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa
from coordination.sessions.actions.planning import lock_session
from coordination.sessions.circle import stands_in
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, Block, CircleMember, Session
from coordination.sessions.queries import next_number

RECORD = CircleMember.Level.RECORD


class NotInside(DomainError):
    # Says nothing of a circle that the reader may not know of.
    default_message = _("This could not be done here. Whoever chairs the mesa can say how.")


class LastInTheCircle(DomainError):
    default_message = _(
        "Somebody has to answer for what is reserved: let another person into the record first, then this can change."
    )


class NotADraft(DomainError):
    default_message = _(
        "Only a draft changes as a whole: once a session was announced, people know of it. Close its parts instead."
    )


class NumberWouldTell(DomainError):
    default_message = _(
        "Later sessions of the mesa already have their number, and the one this leaves would be missed. Cancel it and "
        "schedule another one."
    )


class HasClosedParts(DomainError):
    default_message = _("Parts of it are casa adentro by themselves. Open or remove them first.")


@transaction.atomic
def admit(
    *, session_id: int, person_ids: Iterable[int], level: str, by: Actor, now: datetime
) -> list[CircleMember]:
    """Lets people in at that level from now on; who is in it already, at this level or a wider one, stays as they are.

    Records: CIRCLE_CHANGED, act "admitted", per person. Raises NotInside.
    """
    session = _kept(session_id, by)
    standing = {row.person_id: row for row in session.circle.current()}
    made = []
    for person_id in sorted(set(person_ids)):
        row = standing.get(person_id)
        if row and (row.level == level or row.level == RECORD):
            continue
        if row:
            _end(row, now)
        made.append(_begin(session, person_id, level, by, now, act="admitted"))
    return made


@transaction.atomic
def change_level(*, session_id: int, person_id: int, level: str, by: Actor, now: datetime) -> CircleMember:
    """From now on at the other level; until when at the first one stays on file. The same level changes nothing.

    Records: CIRCLE_CHANGED, act "level". Raises NotInside, LastInTheCircle, CircleMember.DoesNotExist.
    """
    session = _kept(session_id, by)
    row = session.circle.current().get(person_id=person_id)
    if row.level == level:
        return row
    _refuse_last(session, row)
    _end(row, now)
    return _begin(session, person_id, level, by, now, act="level")


@transaction.atomic
def let_out(*, session_id: int, person_id: int, by: Actor, now: datetime) -> CircleMember:
    """The person sees nothing of it from now on; until when they did stays on file.

    Records: CIRCLE_CHANGED, act "left". Raises NotInside, LastInTheCircle, CircleMember.DoesNotExist.
    """
    session = _kept(session_id, by)
    row = session.circle.current().get(person_id=person_id)
    _refuse_last(session, row)
    _end(row, now)
    _record(session, row, "left", by, now)
    return row


@transaction.atomic
def close_session(*, session_id: int, by: Actor, now: datetime) -> Session:
    """Makes a draft casa adentro as a whole, with a number of the closed series; who does it is first in its circle.

    Records: CLOSED_IN. Raises NotADraft, NumberWouldTell, HasClosedParts, NotInside.
    """
    session = _draft(session_id)
    later = Session.objects.filter(
        mesa=session.mesa_id, is_casa_adentro=False, number__gt=session.number or 0
    )
    if later.exists():
        raise NumberWouldTell()
    found_circle(session, by, now)
    return _turned(session, closed=True, by=by, now=now)


@transaction.atomic
def open_session(*, session_id: int, by: Actor, now: datetime) -> Session:
    """Makes a closed draft an open one, with the next open number. Its circle stays, for what may be closed in it.

    Records: OPENED_UP. Raises NotADraft, NotInside, HasClosedParts.
    """
    session = _draft(session_id)
    if not stands_in(by, session):
        raise NotInside()
    return _turned(session, closed=False, by=by, now=now)


def found_circle(session: Session, by: Actor, now: datetime) -> None:
    """Whoever closes something first is first in the circle; afterwards only who stands in it closes more. The session
    is locked. Raises NotInside.
    """
    if stands_in(by, session):
        return
    if by.person_id is None or session.circle.current().filter(level=RECORD).exists():
        raise NotInside()
    if row := session.circle.current().filter(person_id=by.person_id).first():
        _end(row, now)
    _begin(session, by.person_id, RECORD, by, now, act="admitted")


def _draft(session_id: int) -> Session:
    """A draft of which nothing is closed by itself; its mesa is locked first, for the number."""
    mesa_id = Session.objects.values_list("mesa_id", flat=True).get(pk=session_id)
    Mesa.objects.select_for_update(no_key=True).get(pk=mesa_id)
    session = lock_session(session_id)
    if session.state != Session.State.DRAFT or session.is_historic:
        raise NotADraft()
    parts: tuple[Any, ...] = (Block, AgendaItem)
    if any(part.objects.filter(session=session, is_casa_adentro=True).exists() for part in parts):
        raise HasClosedParts()
    return session


def _turned(session: Session, *, closed: bool, by: Actor, now: datetime) -> Session:
    if session.is_casa_adentro == closed:
        return session
    session.number = next_number(session.mesa, closed=closed)
    session.is_casa_adentro = closed
    if closed:
        session.series_id = None  # a series tells "one of twelve"
    session.version += 1
    session.save(update_fields=["number", "is_casa_adentro", "series", "version"])
    kind = SessionEvent.CLOSED_IN if closed else SessionEvent.OPENED_UP
    record(kind=kind, by=by, subject=session, now=now, mesa_id=session.mesa_id, payload={"casa": True})
    return session


def _kept(session_id: int, by: Actor) -> Session:
    """The session, locked; only who knows the record lets others in, or out."""
    session = lock_session(session_id)
    if not stands_in(by, session):
        raise NotInside()
    return session


def _refuse_last(session: Session, row: CircleMember) -> None:
    others = session.circle.current().filter(level=RECORD).exclude(pk=row.pk)
    if row.level == RECORD and not others.exists():
        raise LastInTheCircle()


def _begin(
    session: Session, person_id: int, level: str, by: Actor, now: datetime, *, act: str
) -> CircleMember:
    row = CircleMember.objects.create(session=session, person_id=person_id, level=level, since=now)
    _record(session, row, act, by, now)
    return row


def _end(row: CircleMember, now: datetime) -> None:
    row.until = now
    row.save(update_fields=["until"])


def _record(session: Session, row: CircleMember, act: str, by: Actor, now: datetime) -> None:
    payload = {"casa": True, "act": act, "person": row.person_id, "level": row.level}
    record(
        kind=SessionEvent.CIRCLE_CHANGED, by=by, subject=session, now=now, mesa_id=session.mesa_id,
        payload=payload,
    )  # fmt: skip
