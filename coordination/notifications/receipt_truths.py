"""Is it still true? Of the letter at the end of the ladder, of what is to be completed, of an objection (``truths``)."""

from datetime import datetime

from django.utils import timezone

from coordination.commitments.escalation import OWED_STATES, days_begun_anew, last_word
from coordination.commitments.models import Acknowledgement, Commitment
from coordination.mesas.ladders import HEAD_FROM
from coordination.notifications import truths
from coordination.notifications.models import Notification
from coordination.notifications.queries import mailboxes, secretariat


def silent(row: Notification, commitment: Commitment, now: datetime) -> bool:
    """Still owed under the date the letter names, and for ten days nobody spoke of it or decided on it; its reader
    answers for it, or hands it over where nobody does."""
    if commitment.state not in OWED_STATES or commitment.due_version != row.version:
        return False
    later = days_begun_anew(commitment.due_on, last_word(commitment), commitment.mesa.zone)
    if row.rung - later < HEAD_FROM:
        return False
    if row.organization_id == commitment.responsible_id:
        return truths.answers_for(row, commitment, now)
    nobody = mailboxes([commitment.responsible_id], timezone.localdate(now)).of(commitment.responsible_id)
    return nobody is None and keeps(row, commitment, now)


def incomplete(row: Notification, commitment: Commitment, now: datetime) -> bool:
    """The day to complete it stands, and its reader answers for it or keeps the secretariat."""
    until = commitment.exempt_until
    stands = until is not None and commitment.state in OWED_STATES and int(f"{until:%Y%m%d}") == row.version
    return stands and (truths.answers_for(row, commitment, now) or keeps(row, commitment, now))


def objects(row: Notification, commitment: Commitment, now: datetime) -> bool:
    """The objection stands, and its reader keeps the secretariat."""
    standing = Acknowledgement.objects.standing().filter(
        pk=row.version, commitment=commitment, objected_at__isnull=False, accepted_at=None
    )
    return commitment.state in Commitment.OPEN_STATES and standing.exists() and keeps(row, commitment, now)


def keeps(row: Notification, commitment: Commitment, now: datetime) -> bool:
    """Keeps the mesa's secretariat today and sees the commitment; of a closed one, as whoever stands in its circle."""
    keepers = {person.person_id for person in secretariat(commitment.mesa_id, timezone.localdate(now))}
    return row.recipient_id in keepers and truths.may_see(row, commitment, now)
