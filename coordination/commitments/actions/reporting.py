"""The first key: what the responsible organization says was done."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.actions.row import NotOpen, locked, note
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment, Report
from coordination.common.errors import DomainError


class NotResponsible(DomainError):
    default_message = _("Only the responsible organization reports on its commitment.")


@transaction.atomic
def report(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    text: str,
    progress: int,
    value: Decimal | None = None,
    evidence_url: str = "",
    asks_verification: bool = False,
    by: Actor,
    now: datetime,
) -> Report:
    """What the responsible organization says was done. Progress may fall: the text says why.

    Asking for verification makes the commitment REPORTED, anything else IN_PROGRESS. Records REPORTED with the
    report's id. Raises HistoricRecord, NotOpen, NotResponsible.
    """
    commitment = locked(commitment_id)
    if commitment.state not in Commitment.REPORTABLE_STATES:
        raise NotOpen
    if commitment.responsible_id != organization_id:
        raise NotResponsible
    made = Report.objects.create(
        commitment=commitment,
        organization_id=organization_id,
        person_id=person_id,
        text=text,
        progress=progress,
        value=value,
        evidence_url=evidence_url,
        asks_verification=asks_verification,
        reported_at=now,
    )
    commitment.progress = progress
    commitment.state = Commitment.State.REPORTED if asks_verification else Commitment.State.IN_PROGRESS
    commitment.version += 1
    commitment.save(update_fields=["progress", "state", "version"])
    measured = commitment.indicators.order_by("id").first()
    if value is not None and measured:
        measured.value = value
        measured.save(update_fields=["value"])
    payload = {"report": made.pk, "progress": progress, "asks_verification": asks_verification}
    note(CommitmentEvent.REPORTED, commitment, by, now, payload)
    return made
