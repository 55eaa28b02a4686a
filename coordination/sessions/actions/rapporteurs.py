"""Who writes the record of a session: named for that session, and no longer when it says so."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.sessions.actions.planning import SessionIsClosed, lock_session
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import CircleMember, Rapporteur, Session
from coordination.sessions.writers import people_of


class OutsideTheCircle(DomainError):
    default_message = _(
        "This session is casa adentro. Its rapporteur has to stand in the circle of the record first."
    )


class NotOfThisMesa(DomainError):
    default_message = _("Only people of the organizations of this mesa can be its rapporteur.")


@transaction.atomic
def name_rapporteur(*, session_id: int, person_id: int, by: Actor, now: datetime) -> Rapporteur:
    """Somebody of the mesa's organizations writes the record from now on. Named before, nothing changes.

    Records: RAPPORTEUR_NAMED with the person's id. Raises SessionIsClosed, NotOfThisMesa, OutsideTheCircle.
    """
    session = _open(session_id)
    standing = Rapporteur.objects.filter(session=session, person=person_id, until=None).first()
    if standing:
        return standing
    if not people_of(session, timezone.localdate(now)).filter(pk=person_id).exists():
        raise NotOfThisMesa()
    circle = CircleMember.objects.current().filter(session=session, person=person_id, level="record")
    if session.is_casa_adentro and not circle.exists():
        raise OutsideTheCircle()
    made = Rapporteur.objects.create(session=session, person_id=person_id, since=now)
    _record(SessionEvent.RAPPORTEUR_NAMED, made, session, by, now)
    return made


@transaction.atomic
def end_rapporteur(*, session_id: int, person_id: int, by: Actor, now: datetime) -> Rapporteur | None:
    """From now on the person writes no more in it, and what was written stays. Records: RAPPORTEUR_ENDED."""
    session = _open(session_id)
    standing = Rapporteur.objects.filter(session=session, person=person_id, until=None).first()
    if standing:
        standing.until = max(now, standing.since)
        standing.save(update_fields=["until"])
        _record(SessionEvent.RAPPORTEUR_ENDED, standing, session, by, now)
    return standing


def _open(session_id: int) -> Session:
    session = lock_session(session_id)
    if session.is_historic or session.closed_at or session.state == Session.State.CANCELLED:
        raise SessionIsClosed()
    return session


def _record(kind: SessionEvent, row: Rapporteur, session: Session, by: Actor, now: datetime) -> None:
    record(
        kind=kind,
        by=by,
        subject=session,
        now=now,
        mesa_id=session.mesa_id,
        payload={"person": row.person_id},
    )
