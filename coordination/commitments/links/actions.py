"""A new link to a commitment, for whoever lost theirs."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.models import Activity
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment
from coordination.commitments.row import NotOpen, locked, note
from coordination.common.errors import DomainError

LINKS_AN_HOUR = 3
# Where a link still opens something to do: a report, a decision, or an objection to one.
LINKED_STATES = (
    *Commitment.REPORTABLE_STATES,
    Commitment.State.DISPUTED,
    Commitment.State.PARTLY_MET,
    Commitment.State.NOT_MET,
)


class TooManyRequests(DomainError):
    default_message = _(
        "We have already sent it several times. Look in the mailbox, also among unwanted mail, and try again in an hour."
    )


@transaction.atomic
def request_link(*, commitment_id: int, purpose: str, by: Actor, now: datetime) -> Commitment:
    """A fresh link goes to the address on file of whoever may use it; the asker learns nothing.

    Records LINK_REQUESTED with the purpose. Raises NotOpen, TooManyRequests.
    """
    commitment = locked(commitment_id)
    if commitment.state not in LINKED_STATES:
        raise NotOpen
    asked = Activity.objects.about("commitment", commitment.pk).filter(
        kind=CommitmentEvent.LINK_REQUESTED, occurred_at__gt=now - timedelta(hours=1)
    )
    if asked.count() >= LINKS_AN_HOUR:
        raise TooManyRequests
    note(CommitmentEvent.LINK_REQUESTED, commitment, by, now, {"purpose": purpose})
    return commitment
