"""May this person? Each predicate rests on the one table in ``mesas.permissions`` and has its list twin."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actor import Actor
from coordination.mesas.models import Mesa, Seat
from coordination.mesas.permissions import Permission, at_mesas_with, granted, has
from coordination.organizations.models import Organization
from coordination.sessions.models import AgendaItem, CircleMember, Paper, Rapporteur, Session

RECORD, LOGISTICS = CircleMember.Level.RECORD, CircleMember.Level.LOGISTICS


def in_circle(actor: Actor, session: Session, level: CircleMember.Level = RECORD) -> bool:
    """True when the session is open, or the person is in its circle at this level. Record includes logistics."""
    if not session.is_casa_adentro:
        return True
    return session.circle.current().filter(person_id=actor.person_id, level__in=_levels(level)).exists()


def granted_on(actor: Actor, session: Session) -> frozenset[Permission]:
    """Everything the actor may do with the session, in one query, two for a member; nothing outside the circle of a
    closed one."""
    if not in_circle(actor, session):
        return frozenset()
    rights = granted(actor, session.mesa)
    if Permission.RECORD not in rights and is_rapporteur(actor, session):
        return rights | {Permission.RECORD}
    return rights


def is_rapporteur(actor: Actor, session: Session) -> bool:
    """Whether the person writes the record of this session today. One query, none for who did not sign in."""
    if not actor.is_signed_in or actor.person_id is None:
        return False
    return session.rapporteurs.filter(person_id=actor.person_id, until=None).exists()


def can_schedule_for(actor: Actor, mesa: Mesa) -> bool:
    """Whether the actor may plan a session of this mesa at all."""
    return has(actor, Permission.SCHEDULE, mesa)


def can_schedule(actor: Actor, session: Session) -> bool:
    """When, where, what about, and whether at all."""
    return has(actor, Permission.SCHEDULE, session.mesa) and in_circle(actor, session, LOGISTICS)


def can_set_agenda(actor: Actor, session: Session) -> bool:
    """What is dealt with: of a closed session for the circle of the record alone."""
    return has(actor, Permission.SCHEDULE, session.mesa) and in_circle(actor, session)


def can_record(actor: Actor, session: Session) -> bool:
    """Attendance, notes and outcomes: by a role at the mesa, or as the session's rapporteur."""
    if not in_circle(actor, session):
        return False
    return has(actor, Permission.RECORD, session.mesa) or is_rapporteur(actor, session)


def can_name_rapporteurs(actor: Actor, session: Session) -> bool:
    """Who writes the record is said by who sets the agenda, of a closed session within the circle of the record."""
    return can_set_agenda(actor, session)


def can_close(actor: Actor, session: Session) -> bool:
    return has(actor, Permission.CLOSE, session.mesa) and in_circle(actor, session)


def can_follow_up(actor: Actor, session: Session) -> bool:
    """Say that what the secretariat owed is done."""
    return has(actor, Permission.FOLLOW_UP, session.mesa) and in_circle(actor, session)


def can_read_papers(actor: Actor, session: Session) -> bool:
    """Everything handed out: who has a role at the mesa or was invited. Casa adentro, the circle of the record alone.

    Invitations belong to the step above; they are asked through the relation. Who comes by an invitation's link is
    that page's question.
    """
    if session.is_casa_adentro:
        return in_circle(actor, session)
    if granted(actor, session.mesa):
        return True
    return bool(invited_as(actor, session))


def papers_shown(actor: Actor, session: Session) -> QuerySet[Paper]:
    """The list twin: all that stand for who may read, the public ones for everybody else; none of a closed session."""
    standing = Paper.objects.shown_to(actor).filter(session=session, withdrawn_at=None)
    if can_read_papers(actor, session):
        return standing
    return standing.none() if session.is_casa_adentro else standing.filter(is_public=True)


def invited_as(actor: Actor, session: Session) -> list[int]:
    """The actor's organizations that were invited to the session. One query, none without an organization."""
    if not actor.organization_ids:
        return []
    mine = session.invitations.filter(organization_id__in=actor.organization_ids)
    return list(mine.values_list("organization_id", flat=True))


def speaks_for(actor: Actor, session: Session) -> QuerySet[Organization]:
    """The organizations in whose name the actor may propose: theirs, with a seat at the mesa or an invitation.

    Nobody's of a closed session.
    """
    if session.is_casa_adentro:
        return Organization.objects.none()
    seated = Seat.objects.current(timezone.localdate()).filter(mesa_id=session.mesa_id).values("organization")
    ours = Organization.objects.filter(pk__in=actor.organization_ids)
    return ours.filter(Q(pk__in=seated) | Q(invitations__session=session)).distinct().order_by("plain_name")


def can_hand_in(actor: Actor, session: Session) -> bool:
    """Papers: the secretariat for all items, an organization for those that one of its posts presents."""
    if not can_read_papers(actor, session):
        return False
    return can_schedule(actor, session) or presented_for(actor.organization_ids, session, actor).exists()


def presented_for(
    organization_ids: Iterable[int], session: Session, actor: Actor | None = None
) -> QuerySet[AgendaItem]:
    """The items these organizations present: the open ones, and the closed ones that the actor, if given, sees."""
    ids = list(organization_ids)
    if not ids:
        return session.agenda.none()
    items = AgendaItem.objects.shown_to(actor).filter(session=session) if actor else session.agenda.all()
    return items.filter(presenter_post__organization_id__in=ids).select_related("presenter_post")


def schedulable(actor: Actor) -> QuerySet[Session]:
    return _allowed(actor, Permission.SCHEDULE, LOGISTICS)


def recordable(actor: Actor) -> QuerySet[Session]:
    return _allowed(actor, Permission.RECORD, RECORD, also=_written_by(actor))


def closable(actor: Actor) -> QuerySet[Session]:
    return _allowed(actor, Permission.CLOSE, RECORD)


def followable(actor: Actor) -> QuerySet[Session]:
    return _allowed(actor, Permission.FOLLOW_UP, RECORD)


def _written_by(actor: Actor) -> Q:
    """The list twin of ``is_rapporteur``."""
    if not actor.is_signed_in or actor.person_id is None:
        return Q(pk__in=[])
    writing = Rapporteur.objects.filter(person_id=actor.person_id, until=None)
    return Q(id__in=writing.values("session"))


def _allowed(
    actor: Actor, permission: Permission, level: CircleMember.Level, *, also: Q | None = None
) -> QuerySet[Session]:
    circle = (
        CircleMember.objects.current()
        .filter(person_id=actor.person_id, level__in=_levels(level))
        .values("session")
    )
    allowed = at_mesas_with(actor, permission, "mesa")
    return Session.objects.filter(
        Q(is_casa_adentro=False) | Q(id__in=circle), allowed | also if also is not None else allowed
    )


def _levels(level: CircleMember.Level) -> list[CircleMember.Level]:
    return [RECORD] if level == RECORD else list(CircleMember.Level)
