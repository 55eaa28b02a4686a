"""May this person? Each predicate rests on the one table in ``mesas.permissions`` and has its list twin."""

from django.db.models import Q, QuerySet

from accounts.actor import Actor
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, at_mesas_with, granted, has
from coordination.sessions.models import CircleMember, Session

RECORD, LOGISTICS = CircleMember.Level.RECORD, CircleMember.Level.LOGISTICS


def in_circle(actor: Actor, session: Session, level: CircleMember.Level = RECORD) -> bool:
    """True when the session is open, or the person is in its circle at this level. Record includes logistics."""
    if not session.is_casa_adentro:
        return True
    return session.circle.filter(person_id=actor.person_id, level__in=_levels(level)).exists()


def granted_on(actor: Actor, session: Session) -> frozenset[Permission]:
    """Everything the actor may do with the session, in one query; nothing outside the circle of a closed one."""
    return granted(actor, session.mesa) if in_circle(actor, session) else frozenset()


def can_schedule_for(actor: Actor, mesa: Mesa) -> bool:
    """Whether the actor may plan a session of this mesa at all."""
    return has(actor, Permission.SCHEDULE, mesa)


def can_schedule(actor: Actor, session: Session) -> bool:
    """When, where, what about, and whether at all."""
    return has(actor, Permission.SCHEDULE, session.mesa) and in_circle(actor, session, LOGISTICS)


def can_record(actor: Actor, session: Session) -> bool:
    """Attendance and outcomes."""
    return has(actor, Permission.RECORD, session.mesa) and in_circle(actor, session)


def can_close(actor: Actor, session: Session) -> bool:
    return has(actor, Permission.CLOSE, session.mesa) and in_circle(actor, session)


def can_follow_up(actor: Actor, session: Session) -> bool:
    """Say that what the secretariat owed is done."""
    return has(actor, Permission.FOLLOW_UP, session.mesa) and in_circle(actor, session)


def schedulable(actor: Actor) -> QuerySet[Session]:
    return _allowed(actor, Permission.SCHEDULE, LOGISTICS)


def recordable(actor: Actor) -> QuerySet[Session]:
    return _allowed(actor, Permission.RECORD, RECORD)


def closable(actor: Actor) -> QuerySet[Session]:
    return _allowed(actor, Permission.CLOSE, RECORD)


def followable(actor: Actor) -> QuerySet[Session]:
    return _allowed(actor, Permission.FOLLOW_UP, RECORD)


def _allowed(actor: Actor, permission: Permission, level: CircleMember.Level) -> QuerySet[Session]:
    circle = CircleMember.objects.filter(person_id=actor.person_id, level__in=_levels(level)).values(
        "session"
    )
    return Session.objects.filter(
        Q(is_casa_adentro=False) | Q(id__in=circle), at_mesas_with(actor, permission, "mesa")
    )


def _levels(level: CircleMember.Level) -> list[CircleMember.Level]:
    return [RECORD] if level == RECORD else list(CircleMember.Level)
