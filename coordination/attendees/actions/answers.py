"""What an organization answers to its invitation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.attendees.actions import naming, places
from coordination.attendees.actions.naming import DelegateData, DelegationRefused
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Delegate, Invitation
from coordination.attendees.queries import current_delegation, is_over, secretariat_names
from coordination.common.dates import moment
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.delegations import StandingData, set_standing
from coordination.mesas.models import Seat, StandingDelegate
from coordination.sessions.models import Session

STANDING_ROLES = StandingDelegate.Role.values


class SessionIsOver(DomainError):
    """Too late for any answer."""

    default_message = _("This session is over: its delegations can no longer be changed. Nothing was saved.")


class SessionIsCancelled(DomainError):
    """There is nothing to answer."""

    default_message = _("This session was cancelled. There is nothing left for you to do.")


class RegistrationClosed(DomainError):
    """The day to register has passed; people can still be swapped, not added."""


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
        record_about(AttendeeEvent.SEEN, invitation, by, now)
    return invitation


@transaction.atomic
def answer(
    *,
    invitation_id: int,
    version: int,
    modality: str,
    delegates: Sequence[DelegateData],
    keep_standing: bool = False,
    by: Actor,
    now: datetime,
) -> Invitation:
    """The organization will come, with these people; a delegation named before is replaced.

    Promises: never more people with a place than the room and the sector have, never more in the delegation than the
    session allows; who finds no place waits (``actions.places``) and is not refused; a person the organization named
    before is the same Person (organization, e-mail, name), whoever shares the mailbox; people who stay keep their row,
    those who go keep a withdrawn one, and what they leave goes at once to who waits. The same answer again changes
    nothing, whatever its version. After ``registration_closes_at`` people may be swapped, not added.
    ``keep_standing``: principal and alternate stand for the seat from now on; never those of a closed session.
    Records: ACCEPTED the first time (and after a decline), DELEGATION_CHANGED later, with the ids of who came, went and
    waits; PROMOTED for whoever got a place. Raises SessionIsOver, SessionIsCancelled, RegistrationClosed,
    DelegationRefused, StaleVersion.
    """
    invitation = locked(invitation_id, now)
    session = invitation.session
    people = [one.cleaned() for one in delegates]
    before = {one.person_id: one for one in current_delegation(invitation)}
    was_accepted = invitation.state == Invitation.State.ACCEPTED
    if was_accepted and naming.says_the_same(invitation, before, modality, people):
        if keep_standing:
            _keep_standing(invitation, people, by, now)
        return invitation
    if invitation.version != version:
        raise StaleVersion
    naming.refuse_bad_delegation(session, modality, people)
    _refuse_late(invitation, modality, len(people), len(before), now)
    # Whoever waited already is served before anybody new.
    if places.promote(session=session, now=now):
        before = {one.person_id: one for one in current_delegation(invitation)}
    modality_before = invitation.modality
    added, removed = naming.replace_delegates(invitation, before, people, now)
    _save_answer(invitation, Invitation.State.ACCEPTED, by, now, modality=modality, note="")
    _carry_letter(invitation)
    waiting = places.allot(invitation=invitation, before=before, modality_before=modality_before, now=now)
    kind = AttendeeEvent.DELEGATION_CHANGED if was_accepted else AttendeeEvent.ACCEPTED
    told = {"added": added, "removed": removed}
    record_about(kind, invitation, by, now, told | {"waiting": waiting} if waiting else told)
    places.promote(session=session, now=now)
    if keep_standing:
        _keep_standing(invitation, people, by, now)
    return invitation


@transaction.atomic
def decline(*, invitation_id: int, version: int, note: str = "", by: Actor, now: datetime) -> Invitation:
    """The organization will not come; whoever it had named is withdrawn. The same again changes nothing.

    Possible until the session ends, also after registration closed: an empty chair is better known. The places it
    leaves go at once to who waits. Records: DECLINED with the ids of who was withdrawn, PROMOTED. Raises SessionIsOver,
    SessionIsCancelled, StaleVersion.
    """
    invitation = locked(invitation_id, now)
    note = note.strip()
    if invitation.state == Invitation.State.DECLINED and invitation.note == note:
        return invitation
    if invitation.version != version:
        raise StaleVersion
    removed = list(invitation.delegates.current().values_list("person_id", flat=True))
    invitation.delegates.current().update(withdrawn_at=now)
    _save_answer(invitation, Invitation.State.DECLINED, by, now, modality="", note=note)
    record_about(AttendeeEvent.DECLINED, invitation, by, now, {"removed": removed})
    places.promote(session=invitation.session, now=now)
    return invitation


@transaction.atomic
def swap(*, invitation_id: int, version: int, by: Actor, now: datetime) -> Invitation:
    """Principal and alternate change roles, up to the end of the session.

    A place follows the principal: where one of them waits and both come the same way, it is the new alternate who waits.

    Records: DELEGATION_CHANGED. Raises SessionIsOver, SessionIsCancelled, StaleVersion, DelegationRefused where there
    is no alternate.
    """
    invitation = locked(invitation_id, now)
    if invitation.version != version:
        raise StaleVersion
    pair = {one.role: one for one in current_delegation(invitation)}
    if Delegate.Role.PRINCIPAL not in pair or Delegate.Role.ALTERNATE not in pair:
        raise DelegationRefused(_("There is nobody to trade places with. Name an alternate first."))
    principal, alternate = pair[Delegate.Role.PRINCIPAL], pair[Delegate.Role.ALTERNATE]
    rows = invitation.delegates.current()
    rows.filter(pk=principal.pk).update(role=Delegate.Role.COMPANION)
    rows.filter(pk=alternate.pk).update(role=Delegate.Role.PRINCIPAL)
    rows.filter(pk=principal.pk).update(role=Delegate.Role.ALTERNATE)
    if alternate.waiting_since and not principal.waiting_since and principal.modality == alternate.modality:
        rows.filter(pk=principal.pk).update(waiting_since=alternate.waiting_since, promoted_at=None)
        rows.filter(pk=alternate.pk).update(waiting_since=None, promoted_at=now)
    invitation.version += 1
    invitation.save(update_fields=["version"])
    record_about(AttendeeEvent.DELEGATION_CHANGED, invitation, by, now, {"added": [], "removed": []})
    return invitation


def locked(invitation_id: int, now: datetime) -> Invitation:
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


def _carry_letter(invitation: Invitation) -> None:
    """The letter by which the principal stands for the seat is the letter of this delegation too, until it has its own."""
    if invitation.letter_id or invitation.letter_number:
        return
    principal = invitation.delegates.current().filter(role=Delegate.Role.PRINCIPAL)
    standing = (
        StandingDelegate.objects.filter(
            ends_on=None,
            seat__mesa_id=invitation.session.mesa_id,
            seat__organization_id=invitation.organization_id,
            person__in=principal.values("person"),
        )
        .order_by("-seat__starts_on")
        .first()
    )
    if standing is not None and (standing.letter_id or standing.letter_number):
        invitation.letter_id = standing.letter_id
        invitation.letter_number, invitation.letter_on = standing.letter_number, standing.letter_on
        invitation.save(update_fields=["letter", "letter_number", "letter_on"])


def _keep_standing(invitation: Invitation, people: Sequence[DelegateData], by: Actor, now: datetime) -> None:
    session = invitation.session
    seat = (
        Seat.objects.current(timezone.localdate(now))
        .filter(mesa_id=session.mesa_id, organization_id=invitation.organization_id)
        .order_by("-starts_on", "-id")
        .first()
    )
    if session.is_casa_adentro or seat is None:
        return
    set_standing(
        seat_id=seat.pk,
        people=[
            StandingData(one.role, one.name, one.email, one.rank, one.post_title, one.language)
            for one in people
            if one.role in STANDING_ROLES
        ],
        letter_number=invitation.letter_number,
        letter_on=invitation.letter_on,
        letter=invitation.letter,
        by=by,
        now=now,
    )


def _save_answer(
    invitation: Invitation, state: str, by: Actor, now: datetime, *, modality: str, note: str
) -> None:
    invitation.state = Invitation.State(state)
    invitation.modality = modality
    invitation.note = note
    invitation.answered_at = now
    invitation.answered_by_id = by.person_id
    invitation.seen_at = invitation.seen_at or now
    invitation.version += 1
    invitation.save(
        update_fields=["state", "modality", "note", "answered_at", "answered_by", "seen_at", "version"]
    )


def record_about(
    kind: AttendeeEvent,
    invitation: Invitation,
    by: Actor,
    now: datetime,
    payload: dict[str, Any] | None = None,
) -> None:
    record(kind=kind, by=by, subject=invitation, now=now, mesa_id=invitation.session.mesa_id, payload=payload)
