"""How a commitment stands with whoever opens its report page: late, sent back, waiting for a session."""

from datetime import date
from typing import Any

from django.utils import timezone

from accounts.actor import Actor
from coordination.commitments.history import History
from coordination.commitments.models import Commitment, ExtensionRequest, Verification
from coordination.sessions.models import Session


def is_late(commitment: Commitment, today: date) -> bool:
    open_ = commitment.state in Commitment.OPEN_STATES
    return open_ and commitment.due_on is not None and commitment.due_on < today


def returned(commitment: Commitment, told: History) -> dict[str, Any] | None:
    """The decision that sent the last report back, as long as nothing was reported since. No query."""
    moment, report = told.last("verification"), told.last("report")
    if commitment.state != Commitment.State.IN_PROGRESS or moment is None or moment.more != "returned":
        return None
    if report and report.at > moment.at:
        return None
    return {"at": moment.at, "by": moment.organization, "decision": Verification(text=moment.text)}


def meets_after(actor: Actor, commitment: Commitment, asked: ExtensionRequest | None) -> date | None:
    """The day of the mesa's next session where it comes after the date that was asked for. One query, or none."""
    if asked is None:
        return None
    ahead = Session.objects.visible_to(actor).filter(mesa=commitment.mesa_id).ahead(timezone.now())
    meeting = ahead.first()
    day = meeting.local_day if meeting else None
    return day if day and day > asked.asked_until else None
