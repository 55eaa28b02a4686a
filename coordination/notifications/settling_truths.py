"""Is it still true? The predicates of letters about what is settled, disputed and prolonged (see ``truths``)."""

from datetime import datetime

from django.utils import timezone

from coordination.commitments.amendments import amended
from coordination.commitments.models import Commitment, Dispute, ExtensionRequest, NonFulfilment
from coordination.notifications import truths
from coordination.notifications.models import Notification
from coordination.notifications.queries import secretariat
from coordination.notifications.settling_planner import CONFIRMED
from coordination.organizations.models import SPEAKING_POSTS, Tenure

OWED = (Commitment.State.AGREED, Commitment.State.IN_PROGRESS)


def disputed(row: Notification, dispute: Dispute, now: datetime) -> bool:
    """Nobody resolved it, and its reader keeps the secretariat."""
    return _is_open(dispute) and _keeps(row, dispute.commitment, now)


def decides_anew(row: Notification, dispute: Dispute, now: datetime) -> bool:
    """It waits for the verifier of today, by the link in this letter."""
    commitment = dispute.commitment
    return (
        _is_open(dispute)
        and commitment.link_generation == row.version
        and _speaks(row, commitment.verifier_id, commitment, now)
    )


def resolved(row: Notification, dispute: Dispute, now: datetime) -> bool:
    commitment = dispute.commitment
    told = dispute.resolved_at is not None and dispute.resolved_in_id is not None
    return told and _speaks(row, commitment.responsible_id, commitment, now)


def asked_to_confirm(row: Notification, record: NonFulfilment, now: datetime) -> bool:
    commitment = record.commitment
    return (
        record.answered_at is None
        and commitment.state in OWED
        and commitment.link_generation == row.version
        and _speaks(row, record.second_id, commitment, now)
    )


def recorded(row: Notification, record: NonFulfilment, now: datetime) -> bool:
    """To the responsible organization: first that it was recorded, then that it was confirmed."""
    commitment = record.commitment
    confirmed = record.is_confirmed is True
    waits = record.answered_at is None and commitment.state in OWED
    stands = confirmed if row.version == CONFIRMED else waits
    return stands and _speaks(row, commitment.responsible_id, commitment, now)


def answered(row: Notification, record: NonFulfilment, now: datetime) -> bool:
    return record.answered_at is not None and _keeps(row, record.commitment, now)


def time_asked(row: Notification, request: ExtensionRequest, now: datetime) -> bool:
    return request.answered_at is None and _keeps(row, request.commitment, now)


def time_refused(row: Notification, request: ExtensionRequest, now: datetime) -> bool:
    commitment = request.commitment
    refused = request.answered_at is not None and request.extension_id is None and bool(request.answer)
    return refused and _speaks(row, commitment.responsible_id, commitment, now)


def changed(row: Notification, commitment: Commitment, now: datetime) -> bool:
    """Nothing undoes a change; whoever had a part in it before is told too, as long as they may see it."""
    told = row.version <= amended(commitment.pk).count()
    return told and _speaks(row, row.organization_id, commitment, now)


def _is_open(dispute: Dispute) -> bool:
    return dispute.resolved_at is None and dispute.commitment.state == Commitment.State.DISPUTED


def _sees(row: Notification, commitment: Commitment, now: datetime) -> bool:
    return Commitment.objects.visible_to(truths.reader(row, now)).filter(pk=commitment.pk).exists()


def _speaks(row: Notification, organization_id: int | None, commitment: Commitment, now: datetime) -> bool:
    """Holds a post today through which that organization is written to, and sees the commitment."""
    held = Tenure.objects.current(timezone.localdate(now)).filter(
        person=row.recipient_id, post__organization=organization_id, post__kind__in=SPEAKING_POSTS
    )
    return organization_id is not None and held.exists() and _sees(row, commitment, now)


def _keeps(row: Notification, commitment: Commitment, now: datetime) -> bool:
    keepers = secretariat(commitment.mesa_id, timezone.localdate(now))
    return row.recipient_id in {person.person_id for person in keepers} and _sees(row, commitment, now)
