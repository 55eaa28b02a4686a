"""Worlds to walk in: the cast, today, brought by the actions themselves to the step a test begins with."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.actor import Actor, LinkScope
from accounts.links import make_token
from coordination.attendees import actions as attendees
from coordination.attendees.actions import DelegateData
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.commitments import actions as commitments
from coordination.commitments.actions import IndicatorData
from coordination.commitments.models import Commitment
from coordination.organizations.models import Organization, Person
from coordination.sessions import actions as sessions
from coordination.sessions.models import AgendaItem, Outcome, Session
from tests.cast import Cast


def cast_of_today() -> Cast:
    """The cast with the real clock, and addresses that are proven: who has an account may sign in."""
    cast = Cast(now=timezone.now())
    for person in Person.objects.exclude(user=None).select_related("user"):
        EmailAddress.objects.get_or_create(
            user=person.user, email=person.user.email, defaults={"verified": True, "primary": True}
        )
    return cast


def drafted(
    cast: Cast, *, starts_at: datetime | None = None, now: datetime | None = None, **more: Any
) -> Session:
    """A draft twenty days ahead with two items after the generated one."""
    start = starts_at or (cast.now + timedelta(days=20)).replace(hour=14, minute=0, second=0, microsecond=0)
    acted = {"by": cast.secretariat, "now": now or cast.now}
    given: dict[str, Any] = {
        "kind": "ordinary",
        "topic": "Alojamiento temporal en la frontera",
        "time_zone": "America/Guayaquil",
        "starts_at": start,
        "ends_at": start + timedelta(hours=3),
        "modality": "in_person",
        "venue": "Auditorio municipal",
        "address": "Calle Bolívar 120, Loja",
    }
    session = sessions.schedule(mesa_id=cast.mesa.pk, **(given | more), **acted)
    for title, minutes in (("Rutas de documentación", 60), ("Plazas de alojamiento", 40)):
        sessions.add_item(
            session_id=session.pk, kind="discussion", title=title, minutes=minutes, presenter="", **acted
        )
    return session


def convened(cast: Cast, *, now: datetime | None = None, **more: Any) -> Session:
    session = drafted(cast, now=now, **more)
    reason = "La agenda de la mesa no permite otra fecha."
    attendees.convene(
        session_id=session.pk, short_notice_reason=reason, by=cast.secretariat, now=now or cast.now
    )
    session.refresh_from_db()
    return session


def invitation(session: Session, organization: Organization) -> Invitation:
    return Invitation.objects.select_related("session__mesa").get(session=session, organization=organization)


def answered(
    cast: Cast, session: Session, organization: Organization, *names: str, now: datetime | None = None
) -> Invitation:
    """A principal and whoever else is named, by the organization's link."""
    asked = invitation(session, organization)
    roles = ["principal", "alternate", "companion"]
    people = [
        DelegateData(role=role, name=name, email=f"{name.split()[0].lower()}@puente.example")
        for role, name in zip(roles, names, strict=False)
    ]
    return attendees.answer(
        invitation_id=asked.pk,
        version=asked.version,
        modality="in_person",
        delegates=people,
        by=Actor(link=LinkScope(Invitation.LINK_PURPOSE, asked.pk, organization.pk)),
        now=now or cast.now,
    )


def under_way(cast: Cast) -> Session:
    """Convened three weeks ago, answered by two organizations, begun an hour ago."""
    then = cast.now - timedelta(days=21)
    session = convened(cast, starts_at=cast.now - timedelta(hours=1), now=then)
    answered(cast, session, cast.ngo, "Carmen Loja", "Luis Paredes", now=then + timedelta(hours=3))
    answered(cast, session, cast.university, "Luisa Aguirre", now=then + timedelta(hours=5))
    return session


def over(cast: Cast) -> Session:
    """Ended an hour ago; the register is closed with a quorum."""
    then, start = cast.now - timedelta(days=21), cast.now - timedelta(hours=4)
    session = convened(cast, starts_at=start, now=then)
    answered(cast, session, cast.ngo, "Carmen Loja", now=then + timedelta(hours=3))
    answered(cast, session, cast.university, "Luisa Aguirre", now=then + timedelta(hours=5))
    block = session.blocks.get()
    for delegate in Delegate.objects.current().filter(invitation__session=session):
        attendees.mark_attendance(
            block_id=block.pk,
            delegate_id=delegate.pk,
            status=Attendance.Status.PRESENT,
            client_id=uuid.uuid4(),
            by=cast.secretariat,
            now=start + timedelta(minutes=5),
        )
    attendees.close_attendance(session_id=session.pk, by=cast.secretariat, now=start + timedelta(minutes=30))
    session.refresh_from_db()
    return session


def outcome(cast: Cast, session: Session, text: str = "Habilitar 40 plazas de alojamiento") -> Outcome:
    item = AgendaItem.objects.filter(session=session, is_generated=False).first()
    assert item is not None
    return sessions.record_outcome(
        item_id=item.pk,
        kind="commitment",
        text=text,
        by=cast.secretariat,
        now=cast.now - timedelta(minutes=30),
    )


def agreed(cast: Cast, session: Session, **more: Any) -> Commitment:
    """The NGO answers for it within forty days, the university verifies."""
    acted = {"by": cast.secretariat, "now": cast.now - timedelta(minutes=20)}
    given: dict[str, Any] = {
        "statement": "Habilitar 40 plazas de alojamiento",
        "deliverable": "40 plazas con camas y baños",
        "responsible_id": cast.ngo.pk,
        "verifier_id": cast.university.pk,
        "due_on": timezone.localdate() + timedelta(days=40),
        "means_of_verification": "Acta de entrega con fotografías",
        "indicator": IndicatorData("Plazas en servicio", "plazas", 0, False, 40),
    }
    made = commitments.propose(outcome_id=outcome(cast, session).pk, **(given | more), **acted)
    return commitments.agree(commitment_id=made.pk, **acted)


def foreign_token(cast: Cast, session: Session) -> str:
    """A good link for something else: it must not open an invitation."""
    found = invitation(session, cast.ngo)
    return make_token(Commitment.REPORT_LINK, found.public_id, found.link_generation)
