"""An organization says that it has a commitment, that it accepts it, or what it cannot accept and why.

One row for each organization, whatever side it stands on: responsible, co-responsible, verifier. Saying the same twice
changes nothing, so that a double click, the back button and a second tab are harmless. When a session changes what was
agreed, all of them are asked anew, and nobody accepts a text that changed while they read another one.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Acknowledgement, AgendaRequest, Commitment
from coordination.commitments.row import NotOpen, ReasonMissing, locked, note
from coordination.commitments.terms import wording_of
from coordination.common.errors import DomainError


class NotASide(DomainError):
    default_message = _(
        "Only the organizations that answer for a commitment, and the one that verifies it, receive it."
    )


class OtherText(DomainError):
    default_message = _(
        "What was agreed has changed since you opened this page. Read it as it is now: nothing was said in your name."
    )


class AlreadyAccepted(DomainError):
    default_message = _(
        "Your organization has already accepted it. Ask for more time, or that the next session deal with it: what you wrote is still here."
    )


class AlreadyObjected(DomainError):
    default_message = _(
        "Your organization has already objected, and the mesa deals with it. What you wrote now is not saved."
    )


@transaction.atomic
def acknowledge(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    wording: str | None = None,
    by: Actor,
    now: datetime,
) -> Acknowledgement:
    """We have it. ``wording`` is that of the text on the page, None where nobody reads one.

    Records ACKNOWLEDGED the first time. Raises HistoricRecord, NotOpen, NotASide, OtherText.
    """
    commitment = _of_a_side(commitment_id, organization_id, wording)
    return received(commitment, organization_id, person_id, by=by, now=now)


@transaction.atomic
def accept(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    wording: str | None = None,
    by: Actor,
    now: datetime,
) -> Acknowledgement:
    """We will do it, which says too that we have it. An objection that stood is taken back: its words stay.

    Records ACCEPTED the first time. Raises HistoricRecord, NotOpen, NotASide, OtherText.
    """
    commitment = _of_a_side(commitment_id, organization_id, wording)
    row = received(commitment, organization_id, person_id, by=by, now=now)
    if row.accepted_at:
        return row
    row.accepted_at, row.accepted_by_id = now, person_id
    row.save(update_fields=["accepted_at", "accepted_by"])
    if row.objected_at:
        _asked(commitment, organization_id).update(closed_at=now)
    note(CommitmentEvent.ACCEPTED, commitment, by, now, {"organization": organization_id})
    return row


@transaction.atomic
def object_to(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    text: str,
    wording: str | None = None,
    by: Actor,
    now: datetime,
) -> Acknowledgement:
    """What we cannot accept, in words: the secretariat is told, and the next session is asked to deal with it.

    Records OBJECTED with the organization. Raises HistoricRecord, NotOpen, NotASide, OtherText, ReasonMissing,
    AlreadyAccepted, AlreadyObjected (the same words again are no second objection).
    """
    commitment = _of_a_side(commitment_id, organization_id, wording)
    words = text.strip()
    if not words:
        raise ReasonMissing(
            _("Say what your organization cannot accept, so that the mesa can deal with it."),
            field="objection",
        )
    row = received(commitment, organization_id, person_id, by=by, now=now)
    if row.accepted_at:
        raise AlreadyAccepted(field="objection")
    if row.objected_at:
        if row.objection == words:
            return row
        raise AlreadyObjected(field="objection")
    row.objection, row.objected_at = words, now
    row.save(update_fields=["objection", "objected_at"])
    if not _asked(commitment, organization_id).exists():
        AgendaRequest.objects.create(
            commitment=commitment,
            organization_id=organization_id,
            person_id=person_id,
            reason=words,
            asked_at=now,
        )
    note(CommitmentEvent.OBJECTED, commitment, by, now, {"organization": organization_id})
    return row


def received(
    commitment: Commitment, organization_id: int, person_id: int | None, *, by: Actor, now: datetime
) -> Acknowledgement:
    """The organization's row; made, and recorded, the first time. The commitment is locked: two cannot make two.

    A first report says the same: whoever reports has it.
    """
    row, made = Acknowledgement.objects.get_or_create(
        commitment=commitment,
        organization_id=organization_id,
        superseded_at=None,
        defaults={"acknowledged_at": now, "acknowledged_by_id": person_id},
    )
    if made:
        note(CommitmentEvent.ACKNOWLEDGED, commitment, by, now, {"organization": organization_id})
    return row


def _of_a_side(commitment_id: int, organization_id: int, wording: str | None) -> Commitment:
    commitment = locked(commitment_id)
    if wording is not None and wording != wording_of(commitment.pk):
        raise OtherText
    if commitment.state not in Commitment.OPEN_STATES:
        raise NotOpen
    sides = (commitment.responsible_id, commitment.verifier_id)
    if organization_id not in sides and not commitment.co_responsible.filter(pk=organization_id).exists():
        raise NotASide
    return commitment


def _asked(commitment: Commitment, organization_id: int) -> QuerySet[AgendaRequest]:
    return AgendaRequest.objects.filter(commitment=commitment, organization=organization_id, closed_at=None)
