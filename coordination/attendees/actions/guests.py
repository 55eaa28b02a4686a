"""Calling organizations without a seat: one, or a whole list, and then all of it or nothing."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.actor import Actor
from coordination.activity.actions import record_all
from coordination.attendees.actions.convocation import locked_convened
from coordination.attendees.addresses import Address, plain
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.guests import Checked, check, people_of
from coordination.attendees.models import Invitation
from coordination.common.errors import DomainError
from coordination.organizations.models import Organization, Person, Post
from coordination.organizations.proposals import Proposal, propose_all
from coordination.sessions.models import Session


class GuestsRefused(DomainError):
    """Something in the list cannot stand. Nobody was called."""


class ClosedToGuests(DomainError):
    default_message = _(
        "A casa adentro session has no guests: who takes part is named in its circle. Nobody was called."
    )


class NotInDirectory(DomainError):
    """Organizations that nobody has registered, and nothing said about them. Nobody was called."""


@transaction.atomic
def call_guests(
    *, session_id: int, rows: Sequence[Address], sector_type_id: int | None = None, by: Actor, now: datetime
) -> list[Invitation]:
    """Calls the organization of every row through its person: voice, no vote, no quorum. All of them or none.

    Organizations that are not in the directory become proposed ones of that kind, the person their contact; without
    a kind they are refused. A person the organization named before is the same Person. Records: INVITED per
    invitation, and what ``organizations.proposals`` records. Raises ConvocationRefused, ClosedToGuests,
    GuestsRefused, NotInDirectory.
    """
    session = locked_convened(session_id, now)
    if session.is_casa_adentro:
        raise ClosedToGuests
    checked = check(session, rows, timezone.localtime(now, session.zone).date())
    _refuse_unless_whole(checked, sector_type_id)
    pairs = [*checked.known, *((one.row, one.proposed_id) for one in checked.unknown if one.proposed_id)]
    people = _people(pairs)
    new = [one.row for one in checked.unknown if not one.proposed_id]
    proposed: list[Organization] = []
    if new and sector_type_id:
        contacts = Person.objects.bulk_create(_person(row) for row in new)
        proposals = [Proposal(row.organization, contact) for row, contact in zip(new, contacts, strict=True)]
        proposed = propose_all(proposals=proposals, sector_type_id=sector_type_id, by=by, now=now)
        people |= {row.line: contact.pk for row, contact in zip(new, contacts, strict=True)}
    named = [*pairs, *((row, organization.pk) for row, organization in zip(new, proposed, strict=True))]
    return _invite(session, named, people, by=by, now=now)


def _refuse_unless_whole(checked: Checked, sector_type_id: int | None) -> None:
    if checked.problems:
        raise GuestsRefused(checked.problems[0].text, field="organization")
    if checked.unknown and sector_type_id is None:
        count = len(checked.unknown)
        text = ngettext_lazy(
            "%(n)s organization is not in the directory: say of which kind it is, or correct its name. Nobody was called.",
            "%(n)s organizations are not in the directory: say of which kind they are, or correct their names. Nobody was called.",
            "n",
        )
        raise NotInDirectory(text % {"n": count}, field="sector_type")


def _people(pairs: Sequence[tuple[Address, int]]) -> dict[int, int]:
    """The person of each row by its line: known to that organization, or new."""
    known = people_of({organization for _row, organization in pairs})
    found = {
        row.line: known[organization, row.email, plain(row.person)]
        for row, organization in pairs
        if (organization, row.email, plain(row.person)) in known
    }
    missing = [row for row, _organization in pairs if row.line not in found]
    made = Person.objects.bulk_create(_person(row) for row in missing)
    return found | {row.line: person.pk for row, person in zip(missing, made, strict=True)}


def _person(row: Address) -> Person:
    return Person(name=row.person, email=row.email, language=row.language)


def _invite(
    session: Session,
    named: Sequence[tuple[Address, int]],
    people: dict[int, int],
    *,
    by: Actor,
    now: datetime,
) -> list[Invitation]:
    focal = {
        organization: pk
        for organization, pk in Post.objects.filter(
            organization_id__in=[organization for _row, organization in named], kind=Post.Kind.FOCAL_POINT
        )
        .order_by("-id")
        .values_list("organization_id", "pk")
    }
    invitations = Invitation.objects.bulk_create(
        Invitation(
            session=session,
            organization_id=organization,
            post_id=focal.get(organization),
            addressee_id=people[row.line],
            role=Invitation.Role(row.role),
            votes=False,
            link_expires_at=session.ends_at,
            created_at=now,
        )
        for row, organization in sorted(named, key=lambda one: one[0].line)
    )
    record_all(kind=AttendeeEvent.INVITED, by=by, subjects=invitations, now=now, mesa_id=session.mesa_id)
    return invitations
