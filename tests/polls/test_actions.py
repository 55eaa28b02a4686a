"""Opening, answering, reminding, withdrawing, deciding."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from coordination.activity.models import Activity
from coordination.common.errors import StaleVersion
from coordination.mesas.models import Mesa, Seat
from coordination.polls import actions
from coordination.polls.models import Ballot, DatePoll, Vote
from coordination.sessions.actions.planning import MesaDoesNotMeet, NoOnlineLink, ReasonMissing
from coordination.sessions.models import Session
from tests.cast import Cast, seat
from tests.polls.asking import ballot_of, polled, say


def kinds() -> list[str]:
    return list(Activity.objects.order_by("id").values_list("kind", flat=True))


def test_every_seated_organization_is_asked_once(cast: Cast) -> None:
    seat(cast.mesa, cast.outsider, Seat.Role.OBSERVER)
    poll = polled(cast, must_attend_ids=[cast.ngo.pk, 987654])
    assert dict(poll.ballots.values_list("organization__slug", "votes")) == {
        cast.ministry.slug: True, cast.ngo.slug: True, cast.university.slug: True, cast.outsider.slug: False,
    }  # fmt: skip
    assert list(poll.must_attend.all()) == [cast.ngo]
    assert kinds() == ["poll.opened"]


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"starts": []}, actions.WrongDates),
        ({"days": [20]}, actions.WrongDates),
        ({"days": [20, 20]}, actions.WrongDates),
        ({"days": range(20, 33)}, actions.WrongDates),
        ({"days": [-1, 20]}, actions.WrongDates),
        ({"closes": -1}, actions.ClosesTooSoon),
        ({"closes": 21}, actions.ClosesTooLate),
        ({"modality": "online"}, NoOnlineLink),
    ],
)
def test_open_refuses_what_cannot_be(cast: Cast, told: dict, refusal: type[Exception]) -> None:
    if "days" in told:
        told = {"starts": [cast.in_days(day, hour=14) for day in told["days"]]}
    if "closes" in told:
        told = {"closes_at": cast.in_days(told["closes"])}
    with pytest.raises(refusal):
        polled(cast, **told)
    assert not DatePoll.objects.exists()


def test_open_refuses_a_mesa_that_ended_or_has_no_seats(cast: Cast) -> None:
    Seat.objects.all().delete()
    with pytest.raises(actions.NobodyToAsk):
        polled(cast)
    Mesa.objects.update(state="ended")
    with pytest.raises(MesaDoesNotMeet):
        polled(cast)


def test_a_later_answer_replaces_the_first_and_the_same_again_changes_nothing(cast: Cast) -> None:
    ballot = ballot_of(polled(cast), cast.ngo)
    say(cast, ballot, ["yes", "no", "if_need_be"])
    say(cast, ballot, ["yes", "no", "if_need_be"], version=1)
    say(cast, ballot, ["no", "no", "yes"], remark="De viaje")
    assert list(Vote.objects.order_by("option__starts_at").values_list("answer", flat=True)) == [
        "no",
        "no",
        "yes",
    ]
    assert kinds() == ["poll.opened", "poll.answered", "poll.answer_changed"]
    with pytest.raises(StaleVersion):
        say(cast, ballot, ["no", "no", "no"], version=1)


def test_an_answer_needs_an_open_poll_and_its_own_dates(cast: Cast) -> None:
    poll, other = polled(cast), polled(cast)
    ballot = ballot_of(poll, cast.ngo)
    foreign = {pk: "yes" for pk in other.options.values_list("pk", flat=True)}
    told = {"ballot_id": ballot.pk, "version": 1, "name": "Carmen", "by": cast.secretariat}
    with pytest.raises(actions.UnknownOption):
        actions.answer(answers=foreign, now=cast.now, **told)
    with pytest.raises(actions.PollIsClosed):
        say(cast, ballot, ["yes"] * 3, now=poll.closes_at)
    assert not Vote.objects.exists()


def test_the_silent_are_reminded_once_a_day(cast: Cast) -> None:
    poll = polled(cast)
    told = {"poll_id": poll.pk, "by": cast.secretariat}
    with pytest.raises(actions.AlreadyReminded):
        actions.remind(now=cast.now + timedelta(hours=23), **told)
    actions.remind(now=cast.in_days(1), **told)
    with pytest.raises(actions.AlreadyReminded):
        actions.remind(now=cast.in_days(1.9), **told)
    actions.remind(now=cast.in_days(2), **told)
    for ballot in poll.ballots.select_related("poll"):
        say(cast, ballot, ["yes"] * 3)
    with pytest.raises(actions.NobodyIsSilent):
        actions.remind(now=cast.in_days(4), **told)


def test_the_chosen_date_becomes_a_draft_with_everything_the_poll_knows(cast: Cast) -> None:
    poll = polled(cast, kind="extraordinary")
    option = poll.options.all()[1]
    decided = actions.decide(poll_id=poll.pk, option_id=option.pk, by=cast.secretariat, now=cast.now)
    session = decided.session
    assert (session.state, session.kind, session.topic) == ("draft", "extraordinary", "Plan de acogida")
    assert (session.starts_at, session.ends_at, session.venue) == (
        option.starts_at,
        option.ends_at,
        "Casa del GAD",
    )
    assert kinds() == ["poll.opened", "session.scheduled", "poll.decided"]
    again = actions.decide(poll_id=poll.pk, option_id=option.pk, by=cast.secretariat, now=cast.now)
    assert again.session_id == session.pk
    with pytest.raises(actions.AlreadyDecided):
        actions.decide(poll_id=poll.pk, option_id=poll.options.first().pk, by=cast.secretariat, now=cast.now)
    with pytest.raises(actions.AlreadyDecided):
        actions.withdraw(poll_id=poll.pk, reason="No", by=cast.secretariat, now=cast.now)
    with pytest.raises(actions.PollIsClosed):
        say(cast, ballot_of(poll, cast.ngo), ["yes"] * 3)
    assert Session.objects.count() == 1


def test_a_date_of_another_poll_is_not_chosen(cast: Cast) -> None:
    poll, other = polled(cast), polled(cast)
    with pytest.raises(actions.UnknownOption):
        actions.decide(poll_id=poll.pk, option_id=other.options.first().pk, by=cast.secretariat, now=cast.now)
    assert not Session.objects.exists()


def test_when_the_session_cannot_be_the_poll_stays_open(cast: Cast) -> None:
    poll = polled(cast)
    Mesa.objects.update(state="ended")
    with pytest.raises(MesaDoesNotMeet):
        actions.decide(poll_id=poll.pk, option_id=poll.options.first().pk, by=cast.secretariat, now=cast.now)
    assert DatePoll.objects.get().state == "open"


def test_a_withdrawal_needs_its_reason_and_ends_the_poll(cast: Cast) -> None:
    poll = polled(cast)
    told = {"poll_id": poll.pk, "by": cast.secretariat, "now": cast.now}
    with pytest.raises(ReasonMissing):
        actions.withdraw(reason="  ", **told)
    actions.withdraw(reason="Paro nacional", **told)
    assert actions.withdraw(reason="Otra", **told).withdraw_reason == "Paro nacional"
    with pytest.raises(actions.PollIsWithdrawn):
        actions.decide(option_id=poll.options.first().pk, **told)


def test_the_database_holds_one_ballot_an_organization_and_one_answer_a_date(cast: Cast) -> None:
    poll = polled(cast)
    ballot, option = ballot_of(poll, cast.ngo), poll.options.first()
    Vote.objects.create(ballot=ballot, option=option, answer="yes")
    for row in (
        Ballot(poll=poll, organization=cast.ngo, link_expires_at=cast.now),
        Vote(ballot=ballot, option=option, answer="no"),
        Vote(ballot=ballot, option=poll.options.last(), answer="maybe"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
    for changes in ({"state": "decided"}, {"state": "withdrawn"}, {"closes_at": poll.created_at}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DatePoll.objects.filter(pk=poll.pk).update(**changes)
