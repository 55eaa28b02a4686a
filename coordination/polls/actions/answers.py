"""What an organization answers."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.polls.events import PollEvent
from coordination.polls.models import Ballot, DatePoll, Vote
from coordination.polls.queries import answers_of


class PollIsClosed(DomainError):
    default_message = _(
        "This poll takes no more answers. Nothing was saved; what was answered before stands."
    )


class UnknownOption(DomainError):
    default_message = _(
        "One of the dates does not belong to this poll. Nothing was saved: open the page again."
    )


@transaction.atomic
def mark_seen(*, ballot_id: int, by: Actor, now: datetime) -> Ballot:
    """A person has the page before them. Only the first time changes anything. Records: SEEN."""
    ballot = (
        Ballot.objects.select_for_update(no_key=True, of=("self",)).select_related("poll").get(pk=ballot_id)
    )
    if ballot.seen_at is None:
        ballot.seen_at = now
        ballot.save(update_fields=["seen_at"])
        record(kind=PollEvent.SEEN, by=by, subject=ballot, now=now, mesa_id=ballot.poll.mesa_id)
    return ballot


@transaction.atomic
def answer(
    *,
    ballot_id: int,
    version: int,
    answers: Mapping[int, str],
    name: str,
    remark: str = "",
    by: Actor,
    now: datetime,
) -> Ballot:
    """Writes what the organization said to every date; a later answer replaces it until the poll closes.

    The same answer again changes nothing, whatever its version. Records: ANSWERED the first time, ANSWER_CHANGED later.
    Raises PollIsClosed, UnknownOption, StaleVersion.
    """
    poll_id = Ballot.objects.values_list("poll_id", flat=True).get(pk=ballot_id)
    poll = DatePoll.objects.select_for_update(no_key=True).get(pk=poll_id)
    ballot = Ballot.objects.select_for_update(no_key=True).get(pk=ballot_id)
    if not poll.takes_answers(now):
        raise PollIsClosed
    if set(answers) != set(poll.options.values_list("id", flat=True)):
        raise UnknownOption
    name, remark = " ".join(name.split()), remark.strip()
    before = answers_of(ballot)
    if (before, ballot.answered_by, ballot.remark) == (dict(answers), name, remark):
        return ballot
    if ballot.version != version:
        raise StaleVersion
    Vote.objects.filter(ballot=ballot).delete()
    Vote.objects.bulk_create(
        Vote(ballot=ballot, option_id=option_id, answer=given) for option_id, given in answers.items()
    )
    ballot.answered_at, ballot.answered_by, ballot.remark = now, name, remark
    ballot.seen_at = ballot.seen_at or now
    ballot.version += 1
    ballot.save(update_fields=["answered_at", "answered_by", "remark", "seen_at", "version"])
    event = PollEvent.ANSWER_CHANGED if before else PollEvent.ANSWERED
    record(kind=event, by=by, subject=ballot, now=now, mesa_id=poll.mesa_id)
    return ballot
