"""May this person? Each predicate rests on the one table in ``mesas.permissions``."""

from accounts.actor import Actor
from coordination.mesas.permissions import Permission, has
from coordination.sessions.models import CircleMember, Session


def in_circle(actor: Actor, session: Session, level: CircleMember.Level = CircleMember.Level.RECORD) -> bool:
    """True when the session is open, or the person is in its circle at this level."""
    if not session.is_casa_adentro:
        return True
    levels = [level] if level == CircleMember.Level.RECORD else list(CircleMember.Level)
    return session.circle.filter(person_id=actor.person_id, level__in=levels).exists()


def can_schedule(actor: Actor, session: Session) -> bool:
    return has(actor, Permission.SCHEDULE, session.mesa) and in_circle(
        actor, session, CircleMember.Level.LOGISTICS
    )


def can_record(actor: Actor, session: Session) -> bool:
    """Attendance and outcomes."""
    return has(actor, Permission.RECORD, session.mesa) and in_circle(actor, session)


def can_close(actor: Actor, session: Session) -> bool:
    return has(actor, Permission.CLOSE, session.mesa) and in_circle(actor, session)
