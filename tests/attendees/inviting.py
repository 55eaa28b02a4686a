"""Sessions that were convened, and delegations, as tests begin from them; made by the actions themselves."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from accounts.actor import Actor, LinkScope
from coordination.activity.models import Activity
from coordination.attendees import actions
from coordination.attendees.actions import DelegateData
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.organizations.models import Organization
from coordination.sessions.models import Session
from tests.cast import Cast
from tests.sessions.scheduling import drafted


def called(cast: Cast, *, starts_at: datetime | None = None, **fields: Any) -> Session:
    """A session that was convened today, twenty days ahead unless told otherwise."""
    session = drafted(cast, starts_at=starts_at or cast.now + timedelta(days=20), **fields)
    actions.convene(session_id=session.pk, by=cast.secretariat, now=cast.now)
    session.refresh_from_db()
    return session


def invitation_of(session: Session, organization: Organization) -> Invitation:
    return Invitation.objects.select_related("session__mesa", "organization").get(
        session=session, organization=organization
    )


def by_link(invitation: Invitation) -> Actor:
    return Actor(link=LinkScope(Invitation.LINK_PURPOSE, invitation.pk, invitation.organization_id))


def one(role: str, name: str, email: str = "", **more: Any) -> DelegateData:
    return DelegateData(
        role=role, name=name, email=email or f"{name.split()[0].lower()}@puente.example", **more
    )


def pair() -> list[DelegateData]:
    return [one("principal", "Carmen Loja"), one("alternate", "Luis Paredes")]


def accept(
    cast: Cast,
    invitation: Invitation,
    people: list[DelegateData] | None = None,
    *,
    modality: str = "in_person",
    now: datetime | None = None,
) -> Invitation:
    version = Invitation.objects.values_list("version", flat=True).get(pk=invitation.pk)
    return actions.answer(
        invitation_id=invitation.pk,
        version=version,
        modality=modality,
        delegates=pair() if people is None else people,
        by=by_link(invitation),
        now=now or cast.now,
    )


def delegates(invitation: Invitation) -> list[Delegate]:
    return list(invitation.delegates.current().select_related("person").in_order())


def mark(
    cast: Cast, delegate: Delegate, status: str = "present", *, now: datetime | None = None
) -> Attendance:
    session = delegate.invitation.session
    return actions.mark_attendance(
        block_id=session.blocks.get().pk,
        delegate_id=delegate.pk,
        status=status,
        client_id=uuid.uuid4(),
        by=cast.secretariat,
        now=now or session.starts_at,
    )


def kinds(subject: Any) -> list[str]:
    """What the trail says of a row, oldest first."""
    return list(
        Activity.objects.about(subject._meta.model_name, subject.pk)
        .order_by("id")
        .values_list("kind", flat=True)
    )
