"""An organization asks that the next session deal with a commitment, and may take that back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import AgendaRequest, Commitment
from coordination.commitments.row import NotOpen, ReasonMissing, locked, note
from coordination.common.errors import DomainError


class AlreadyAsked(DomainError):
    default_message = _(
        "Your organization has already asked for it: it stands under the first item of the next session."
    )


class AlreadyDone(DomainError):
    default_message = _("This request is closed: a session dealt with it, or it was taken back before.")


@transaction.atomic
def ask(*, commitment_id: int, organization_id: int, reason: str, by: Actor, now: datetime) -> AgendaRequest:
    """Puts the commitment under the first item of the mesa's next session, with the reason.

    Records RAISED_TO_AGENDA with the request's id. Raises HistoricRecord, NotOpen, ReasonMissing, AlreadyAsked.
    """
    commitment = locked(commitment_id)
    if commitment.state not in Commitment.OPEN_STATES:
        raise NotOpen
    if not reason.strip():
        raise ReasonMissing(field="reason")
    open_ones = AgendaRequest.objects.filter(commitment=commitment, closed_at=None)
    if open_ones.filter(organization=organization_id).exists():
        raise AlreadyAsked
    made = AgendaRequest.objects.create(
        commitment=commitment,
        organization_id=organization_id,
        person_id=by.person_id,
        reason=reason.strip(),
        asked_at=now,
    )
    payload = {"request": made.pk, "organization": organization_id}
    note(CommitmentEvent.RAISED_TO_AGENDA, commitment, by, now, payload)
    return made


@transaction.atomic
def take_back(*, request_id: int, by: Actor, now: datetime) -> AgendaRequest:
    """It need not be dealt with any more. Records TAKEN_FROM_AGENDA. Raises AlreadyDone."""
    commitment_id = AgendaRequest.objects.values_list("commitment_id", flat=True).get(pk=request_id)
    commitment = locked(commitment_id)
    if not AgendaRequest.objects.filter(pk=request_id, closed_at=None).update(closed_at=now):
        raise AlreadyDone
    note(CommitmentEvent.TAKEN_FROM_AGENDA, commitment, by, now, {"request": request_id})
    return AgendaRequest.objects.get(pk=request_id)
