"""What the pages of an answer show before it is final: whom they propose, who would wait, who is due elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from coordination.attendees import places
from coordination.attendees.actions.naming import DelegateData
from coordination.attendees.models import Delegate, Invitation
from coordination.attendees.queries import current_delegation, last_delegation
from coordination.mesas.models import Seat, StandingDelegate
from coordination.sessions.models import Session
from coordination.sessions.queries import overlapping


@dataclass(frozen=True)
class Proposed:
    """Whom the form begins with, and where they come from: this answer, the seat's letter, the last session."""

    people: list[Delegate] | list[StandingDelegate]
    source: str = ""
    letter: StandingDelegate | None = None


@dataclass(frozen=True)
class Elsewhere:
    """Somebody of the delegation is expected at another session at the same time."""

    name: str
    role: str
    session: Session


def seat_of(invitation: Invitation) -> Seat | None:
    """The organization's seat today. One query."""
    seats = Seat.objects.current(timezone.localdate()).filter(
        mesa_id=invitation.session.mesa_id, organization_id=invitation.organization_id
    )
    return seats.order_by("-starts_on", "-id").first()


def proposed(invitation: Invitation) -> Proposed:
    """Who stands in the answer; else who stands for the seat; else whom it sent last. At most three queries."""
    named = current_delegation(invitation)
    if named:
        for one in named:
            one.is_former = False  # type: ignore[attr-defined]
        return Proposed(named, "answer")
    if not invitation.session.is_casa_adentro:
        standing = list(
            StandingDelegate.objects.filter(
                ends_on=None,
                seat__mesa_id=invitation.session.mesa_id,
                seat__organization_id=invitation.organization_id,
            )
            .select_related("person")
            .order_by("-role", "id")  # principal before alternates
        )
        if standing:
            return Proposed(standing, "standing", next((one for one in standing if one.letter_number), None))
    last = last_delegation(invitation)
    return Proposed(last, "last" if last else "")


def would_wait(invitation: Invitation, modality: str, people: Iterable[DelegateData]) -> set[int]:
    """Who of these, by their order, finds no place as things stand. Read without the lock: a forecast."""
    left = places.free(invitation.session, but=invitation.pk)
    if left.room is None and not left.sectors:
        return set()
    sector = places.sector_of(invitation.organization_id)
    before = current_delegation(invitation)
    held = [one for one in before if one.waiting_since is None]
    left.keep(sector, held, invitation.modality)
    had = {(one.person.name.lower(), one.person.email.lower()) for one in held}
    rows = [(number, one.cleaned()) for number, one in enumerate(people)]
    rows.sort(key=lambda row: (row[1].name.lower(), row[1].email) not in had)
    return {
        number
        for number, one in rows
        if not left.take(sector, in_person=(one.modality or modality) == places.IN_PERSON)
    }


def elsewhere(invitation: Invitation, people: Iterable[DelegateData]) -> list[Elsewhere]:
    """Of the organization's own people, who is named for another open session at the same time. One query.

    Casa adentro is not told of here, not even as "not available": the reader may be anybody who holds the link.
    """
    session = invitation.session
    if session.starts_at is None or session.ends_at is None:
        return []
    wanted = {(one.cleaned().name.lower(), one.cleaned().email) for one in people}
    rows = (
        Delegate.objects.current()
        .filter(
            invitation__organization_id=invitation.organization_id,
            invitation__state=Invitation.State.ACCEPTED,
            invitation__session__in=Session.objects.live().filter(
                overlapping(session.starts_at, session.ends_at),
                state=Session.State.CONVENED,
                is_casa_adentro=False,
            ),
        )
        .exclude(invitation__session=session)
        .select_related("person", "invitation__session__mesa")
        .order_by("id")
    )
    return [
        Elsewhere(row.person.name, str(row.get_role_display()), row.invitation.session)
        for row in rows
        if (row.person.name.lower(), row.person.email.lower()) in wanted
    ]
