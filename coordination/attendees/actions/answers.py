"""What an organization answers to its invitation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Delegate, Invitation
from coordination.attendees.queries import current_delegation, is_over, places_taken, secretariat_names
from coordination.common.dates import moment
from coordination.common.errors import DomainError, StaleVersion
from coordination.organizations.models import Person
from coordination.sessions.models import Session


class SessionIsOver(DomainError):
    """Too late for any answer."""

    default_message = _("This session is over: its delegations can no longer be changed. Nothing was saved.")


class SessionIsCancelled(DomainError):
    """There is nothing to answer."""

    default_message = _("This session was cancelled. There is nothing left for you to do.")


class RegistrationClosed(DomainError):
    """The day to register has passed; people can still be swapped, not added."""


class RoomFull(DomainError):
    """More people than places."""


class DelegationRefused(DomainError):
    """The delegation as written cannot stand."""


@dataclass(frozen=True)
class DelegateData:
    """One person as the focal point wrote them."""

    role: str
    name: str
    email: str = ""
    phone: str = ""
    post_title: str = ""
    needs: str = ""
    # The language the page was filled in: a new person is written to in it. It makes no other delegation.
    language: str = field(default="es", compare=False)

    def cleaned(self) -> "DelegateData":
        """Without stray spaces; an address in lower case."""
        return DelegateData(
            self.role,
            " ".join(self.name.split()),
            self.email.strip().lower(),
            self.phone.strip(),
            " ".join(self.post_title.split()),
            " ".join(self.needs.split()),
            self.language,
        )


@transaction.atomic
def mark_seen(*, invitation_id: int, by: Actor, now: datetime) -> Invitation:
    """Somebody opened the link. Only the first time changes anything. Records: SEEN."""
    invitation = (
        Invitation.objects.select_for_update(no_key=True).select_related("session").get(pk=invitation_id)
    )
    if invitation.seen_at is None:
        invitation.seen_at = now
        if invitation.state == Invitation.State.PENDING:
            invitation.state = Invitation.State.SEEN
        invitation.save(update_fields=["seen_at", "state"])
        _record(AttendeeEvent.SEEN, invitation, by, now)
    return invitation


@transaction.atomic
def answer(
    *,
    invitation_id: int,
    version: int,
    modality: str,
    delegates: Sequence[DelegateData],
    by: Actor,
    now: datetime,
) -> Invitation:
    """The organization will come, with these people; a delegation named before is replaced.

    Promises: never more people in the room than its capacity, never more in the delegation than the mesa allows;
    a person the organization named before is the same Person (organization, e-mail, name), whoever shares the
    mailbox; people who stay keep their row, those who go keep a withdrawn one. The same answer again changes nothing,
    whatever its version. After ``registration_closes_at`` people may be swapped, not added.
    Records: ACCEPTED the first time (and after a decline), DELEGATION_CHANGED later, with the ids of who came and went.
    Raises SessionIsOver, SessionIsCancelled, RegistrationClosed, RoomFull, DelegationRefused, StaleVersion.
    """
    invitation = _locked(invitation_id, now)
    people = [one.cleaned() for one in delegates]
    before = {one.person_id: one for one in current_delegation(invitation)}
    if invitation.state == Invitation.State.ACCEPTED and _says_the_same(invitation, before, modality, people):
        return invitation
    if invitation.version != version:
        raise StaleVersion
    _refuse_bad_delegation(invitation.session, modality, people)
    _refuse_late(invitation, modality, len(people), len(before), now)
    _refuse_over_capacity(invitation, modality, len(people))
    added, removed = _replace_delegates(invitation, before, people, now)
    was_accepted = invitation.state == Invitation.State.ACCEPTED
    _save_answer(invitation, Invitation.State.ACCEPTED, now, modality=modality, note="")
    kind = AttendeeEvent.DELEGATION_CHANGED if was_accepted else AttendeeEvent.ACCEPTED
    _record(kind, invitation, by, now, {"added": added, "removed": removed})
    return invitation


@transaction.atomic
def decline(*, invitation_id: int, version: int, note: str = "", by: Actor, now: datetime) -> Invitation:
    """The organization will not come; whoever it had named is withdrawn. The same again changes nothing.

    Possible until the session ends, also after registration closed: an empty chair is better known.
    Records: DECLINED with the ids of who was withdrawn. Raises SessionIsOver, SessionIsCancelled, StaleVersion.
    """
    invitation = _locked(invitation_id, now)
    note = note.strip()
    if invitation.state == Invitation.State.DECLINED and invitation.note == note:
        return invitation
    if invitation.version != version:
        raise StaleVersion
    removed = list(invitation.delegates.current().values_list("person_id", flat=True))
    invitation.delegates.current().update(withdrawn_at=now)
    _save_answer(invitation, Invitation.State.DECLINED, now, modality="", note=note)
    _record(AttendeeEvent.DECLINED, invitation, by, now, {"removed": removed})
    return invitation


def _locked(invitation_id: int, now: datetime) -> Invitation:
    """The invitation under lock, its session locked before it: places are counted by one answer at a time."""
    session_id = Invitation.objects.values_list("session_id", flat=True).get(pk=invitation_id)
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",)).select_related("mesa").get(pk=session_id)
    )
    invitation = Invitation.objects.select_for_update(no_key=True).get(pk=invitation_id)
    invitation.session = session
    if session.state == Session.State.CANCELLED:
        raise SessionIsCancelled
    if is_over(session, now):
        raise SessionIsOver
    return invitation


def _says_the_same(
    invitation: Invitation, before: dict[int, Delegate], modality: str, people: Sequence[DelegateData]
) -> bool:
    def essence(one: DelegateData) -> tuple[str, ...]:
        return (one.role, one.name.lower(), one.email, one.post_title, one.needs)

    stands = [
        DelegateData(one.role, one.person.name, one.person.email, "", one.post_title, one.needs).cleaned()
        for one in before.values()
    ]
    phones = {
        (one.person.name.lower(), one.person.email.lower()): one.person.phone for one in before.values()
    }
    same_phones = all(
        not one.phone or phones.get((one.name.lower(), one.email)) == one.phone for one in people
    )
    return (
        invitation.modality == modality
        and sorted(map(essence, stands)) == sorted(map(essence, people))
        and same_phones
    )


def _refuse_bad_delegation(session: Session, modality: str, people: Sequence[DelegateData]) -> None:
    offered = {
        Session.Modality.HYBRID: (Session.Modality.IN_PERSON, Session.Modality.ONLINE),
    }.get(Session.Modality(session.modality), (session.modality,))
    if modality not in offered:
        raise DelegationRefused(
            _("Say how your organization will take part in this session."), field="modality"
        )
    roles = [one.role for one in people]
    if roles.count(Delegate.Role.PRINCIPAL) != 1 or roles.count(Delegate.Role.ALTERNATE) > 1:
        raise DelegationRefused(_("Name one principal and at most one alternate."))
    if any(not one.name or (not one.email and one.role != Delegate.Role.COMPANION) for one in people):
        raise DelegationRefused(
            _("Each person needs a name and an e-mail address; several may share one address.")
        )
    if len({(one.name.lower(), one.email) for one in people}) < len(people):
        raise DelegationRefused(
            _("The same person is named twice. Name somebody else or leave the place empty.")
        )
    size = session.mesa.delegation_size
    if len(people) > size:
        raise DelegationRefused(
            ngettext(
                "At this mesa a delegation is %(size)s person.",
                "At this mesa a delegation is up to %(size)s people.",
                size,
            )
            % {"size": size}
        )


def _refuse_late(invitation: Invitation, modality: str, count: int, before: int, now: datetime) -> None:
    session = invitation.session
    closes = session.registration_closes_at
    if closes is None or now < closes or (count <= before and modality == invitation.modality):
        return
    asked = ", ".join(secretariat_names(session.mesa, timezone.localtime(now, session.zone).date()))
    raise RegistrationClosed(
        _(
            "Registration closed on %(when)s. To bring somebody, answer the e-mail of the convocation "
            "or ask the secretariat of the mesa%(who)s. Nothing you wrote has been lost."
        )
        % {"when": moment(closes, session.time_zone), "who": f" ({asked})" if asked else ""}
    )


def _refuse_over_capacity(invitation: Invitation, modality: str, count: int) -> None:
    session = invitation.session
    if session.capacity is None or modality != Session.Modality.IN_PERSON:
        return
    left = session.capacity - places_taken(session.pk, but=invitation.pk)
    if count <= left:
        return
    if left <= 0:
        text = str(_("There are no places left in the room."))
    else:
        text = ngettext(
            "There is only %(left)s place left in the room.",
            "There are only %(left)s places left in the room.",
            left,
        ) % {"left": left}
    if session.modality == Session.Modality.HYBRID:
        way = _("Send fewer people, or take part online.")
    else:
        way = _("Send fewer people, or ask the secretariat of the mesa.")
    raise RoomFull(f"{text} {way}")


def _replace_delegates(
    invitation: Invitation, before: dict[int, Delegate], people: Sequence[DelegateData], now: datetime
) -> tuple[list[int], list[int]]:
    """Withdraws who goes, keeps who stays, adds who comes. Returns the ids of the persons added and removed."""
    named = [(_person(invitation.organization_id, one), one) for one in people]
    staying = {person.pk for person, _data in named}
    removed = [person_id for person_id in before if person_id not in staying]
    invitation.delegates.current().filter(person_id__in=removed).update(withdrawn_at=now)
    # Two people may trade principal and alternate: for an instant neither of them is one.
    invitation.delegates.current().update(role=Delegate.Role.COMPANION)
    added = []
    for person, data in named:
        told = {"role": data.role, "post_title": data.post_title, "needs": data.needs}
        if person.pk in before:
            Delegate.objects.filter(pk=before[person.pk].pk).update(**told)
        else:
            Delegate.objects.create(invitation=invitation, person=person, registered_at=now, **told)
            added.append(person.pk)
    return added, removed


def _person(organization_id: int, data: DelegateData) -> Person:
    """The organization's own person of that name and address, or a new one. Never another organization's."""
    known = (
        Person.objects.filter(name__iexact=data.name, email__iexact=data.email)
        .filter(
            Q(tenures__post__organization_id=organization_id)
            | Q(delegations__invitation__organization_id=organization_id)
        )
        .order_by("id")
        .first()
    )
    if known is None:
        return Person.objects.create(
            name=data.name, email=data.email, phone=data.phone, language=data.language
        )
    # Whoever signs in keeps their own telephone; the focal point speaks for the others.
    if data.phone and known.phone != data.phone and (known.user_id is None or not known.phone):
        known.phone = data.phone
        known.save(update_fields=["phone"])
    return known


def _save_answer(invitation: Invitation, state: str, now: datetime, *, modality: str, note: str) -> None:
    invitation.state = state
    invitation.modality = modality
    invitation.note = note
    invitation.answered_at = now
    invitation.seen_at = invitation.seen_at or now
    invitation.version += 1
    invitation.save(update_fields=["state", "modality", "note", "answered_at", "seen_at", "version"])


def _record(
    kind: AttendeeEvent,
    invitation: Invitation,
    by: Actor,
    now: datetime,
    payload: dict[str, list[int]] | None = None,
) -> None:
    record(kind=kind, by=by, subject=invitation, now=now, mesa_id=invitation.session.mesa_id, payload=payload)
