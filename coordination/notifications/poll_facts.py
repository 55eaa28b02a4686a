"""Reads what the planner needs to know of a poll, in three queries."""

from datetime import datetime

from django.utils import timezone

from coordination.notifications.poll_planner import BallotFacts, PollFacts
from coordination.notifications.queries import mailboxes
from coordination.polls.models import Ballot, DatePoll


def poll_facts(poll_id: int, now: datetime) -> PollFacts | None:
    """The facts of a poll; None for one that does not exist."""
    poll = DatePoll.objects.select_related("decided_option").filter(pk=poll_id).first()
    if poll is None:
        return None
    ballots = list(Ballot.objects.filter(poll=poll).order_by("id"))
    boxes = mailboxes([ballot.organization_id for ballot in ballots], timezone.localdate(now))
    return PollFacts(
        id=poll.pk,
        state=poll.state,
        zone=poll.zone,
        created_at=poll.created_at,
        closes_at=poll.closes_at,
        reminders=poll.reminders,
        reminded_at=poll.reminded_at,
        decided_at=poll.decided_at,
        withdrawn_at=poll.withdrawn_at,
        meets_at=poll.decided_option.starts_at if poll.decided_option else None,
        ballots=tuple(
            BallotFacts(ballot.pk, ballot.answered_at is None, boxes.of(ballot.organization_id))
            for ballot in ballots
        ),
    )
