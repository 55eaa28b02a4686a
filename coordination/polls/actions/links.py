"""Links to ballots: sent again to the address on file."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.common.errors import DomainError
from coordination.polls.actions.answers import PollIsClosed
from coordination.polls.events import PollEvent
from coordination.polls.models import Ballot

RENEWALS_AN_HOUR = 3


class TooManyRenewals(DomainError):
    """Somebody keeps asking for the same link."""

    default_message = _(
        "This link was already sent three times in the last hour. Look in the mailbox, also among unwanted mail; in an hour it can be sent again."
    )


@transaction.atomic
def renew_link(*, ballot_id: int, by: Actor, now: datetime) -> Ballot:
    """The link is mailed again to the address on file (by notifications), at most three times an hour.

    It stays the same: copies that work keep working. Counted in the trail under the ballot's lock. Records:
    LINK_RENEWED. Raises PollIsClosed, TooManyRenewals.
    """
    ballot = (
        Ballot.objects.select_for_update(no_key=True, of=("self",)).select_related("poll").get(pk=ballot_id)
    )
    if not ballot.poll.takes_answers(now):
        raise PollIsClosed
    asked = Activity.objects.about("ballot", ballot.pk).filter(
        kind=PollEvent.LINK_RENEWED, occurred_at__gt=now - timedelta(hours=1)
    )
    if asked.count() >= RENEWALS_AN_HOUR:
        raise TooManyRenewals
    record(kind=PollEvent.LINK_RENEWED, by=by, subject=ballot, now=now, mesa_id=ballot.poll.mesa_id)
    return ballot
