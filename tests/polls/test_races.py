"""Two secretaries choose at once, on connections of their own."""

from collections.abc import Callable

import pytest

from coordination.polls import actions
from coordination.polls.actions import deciding
from coordination.polls.models import DatePoll
from coordination.sessions.models import Session
from tests.attendees.test_races import all_at_once
from tests.cast import Cast
from tests.polls.asking import ballot_of, polled, say

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
CLICKS = 8


def choose(cast: Cast, poll: DatePoll, option_id: int) -> Callable[[], DatePoll]:
    return lambda: actions.decide(poll_id=poll.pk, option_id=option_id, by=cast.secretariat, now=cast.now)


def test_many_clicks_on_one_date_make_one_session() -> None:
    cast = Cast()
    poll = polled(cast)
    first = poll.options.first().pk
    told = all_at_once([choose(cast, poll, first) for _click in range(CLICKS)])
    assert {one.session_id for one in told if isinstance(one, DatePoll)} == {Session.objects.get().pk}
    assert all(isinstance(one, DatePoll) for one in told)


def test_two_secretaries_with_two_dates_make_one_session() -> None:
    cast = Cast()
    poll = polled(cast)
    options = list(poll.options.values_list("pk", flat=True))
    told = all_at_once([choose(cast, poll, options[click % 2]) for click in range(CLICKS)])
    winner = DatePoll.objects.get().decided_option_id
    assert sum(isinstance(one, DatePoll) for one in told) == CLICKS / 2
    assert sum(isinstance(one, actions.AlreadyDecided) for one in told) == CLICKS / 2
    assert winner in options
    assert Session.objects.count() == 1


def test_without_the_lock_there_are_several_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were this to give one session, the tests above would prove nothing."""
    cast = Cast()
    poll = polled(cast)
    first = poll.options.first().pk

    def unlocked(poll_id: int) -> DatePoll:
        return DatePoll.objects.select_related("mesa").get(pk=poll_id)

    monkeypatch.setattr(deciding, "_locked", unlocked)
    all_at_once([choose(cast, poll, first) for _click in range(CLICKS)])
    assert Session.objects.count() > 1


def test_an_answer_that_comes_with_the_decision_is_whole_or_refused() -> None:
    cast = Cast()
    poll = polled(cast)
    ballot, first = ballot_of(poll, cast.ngo), poll.options.first().pk
    told = all_at_once([lambda: say(cast, ballot, ["yes"] * 3), choose(cast, poll, first)])
    given = ballot.given.count()
    assert given == (0 if isinstance(told[0], actions.PollIsClosed) else 3)
    assert Session.objects.count() == 1
