"""Consensus with reservations on record, and votes by seat."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.attendees.models import Attendance
from coordination.common.errors import StaleVersion
from coordination.mesas.models import Seat
from coordination.minutes import seats
from coordination.minutes.actions import agreeing
from coordination.minutes.models import RecordedReservation, SeatVote
from coordination.organizations.models import Person
from coordination.sessions.actions.record import AgreementHangsOnIt, remove_outcome
from coordination.sessions.models import Outcome, Session
from tests.cast import Cast
from tests.minutes.table import outcome, running

SignIn = Callable[[Person], Client]


@pytest.fixture
def session(cast: Cast) -> Session:
    return running(cast)


@pytest.fixture
def decision(cast: Cast, session: Session) -> Outcome:
    return outcome(cast, session)


def there(session: Session, decision: Outcome, name: str = "agreement") -> str:
    return reverse(f"minutes:{name}", args=[session.public_id, decision.public_id])


def vote(cast: Cast, decision: Outcome, **choices: str) -> seats.Tally:
    decision.refresh_from_db()
    return agreeing.record_votes(
        outcome_id=decision.pk,
        version=decision.version,
        choices={getattr(cast, name).pk: choice for name, choice in choices.items()},
        by=cast.secretariat,
        now=timezone.now(),
    )


@pytest.mark.parametrize(
    ("choices", "adopted"),
    [
        (["for", "for", "against"], True),
        (["for", "against"], False),
        (["for", "abstain", "abstain"], True),
        (["abstain"], False),
        (["against", "for", "against"], False),
    ],
)
def test_the_simple_majority_of_the_votes_cast_decides(choices: list[str], adopted: bool) -> None:
    assert seats.tally(choices).is_adopted is adopted


def test_seats_vote_and_are_counted_and_corrected(cast: Cast, decision: Outcome) -> None:
    counted = vote(cast, decision, ngo="for", university="against")
    assert (counted.in_favour, counted.against, counted.is_adopted, counted.is_tie) == (1, 1, False, True)
    assert vote(cast, decision, ngo="for", university="abstain").is_adopted
    decision.refresh_from_db()
    assert decision.agreement == "vote" and decision.version == 3
    assert dict(SeatVote.objects.values_list("organization_id", "choice")) == {
        cast.ngo.pk: "for", cast.university.pk: "abstain",
    }  # fmt: skip


def test_only_voting_seats_that_are_present_vote(cast: Cast, session: Session, decision: Outcome) -> None:
    for name in ("ministry", "outsider"):
        with pytest.raises(agreeing.NotAVotingSeat):
            vote(cast, decision, ngo="for", **{name: "for"})
    Seat.objects.filter(organization=cast.university).update(role="observer", voting=Seat.Voting.VOICE)
    with pytest.raises(agreeing.NotAVotingSeat):
        vote(cast, decision, university="for")
    with pytest.raises(agreeing.NoVotes):
        vote(cast, decision, ngo="quizás")
    vote(cast, decision, ngo="for")
    Attendance.objects.filter(organization=cast.ngo).update(status="absent")
    assert vote(cast, decision, ngo="against").against == 1


def test_all_in_favour_but_one_takes_two_presses(
    cast: Cast, session: Session, decision: Outcome, sign_in: SignIn
) -> None:
    rosa = sign_in(cast.rosa)
    page = rosa.get(there(session, decision))
    assert [choice for _seat, choice in page.context["voting"]] == ["for", "for"]
    assert [seat.organization for seat in page.context["absent"]] == [cast.ministry]
    sent = {f"voto-{seat.organization.pk}": choice for seat, choice in page.context["voting"]}
    sent |= {f"voto-{cast.university.pk}": "against", "version": "1"}
    assert rosa.post(there(session, decision, "votes"), sent).status_code == 302
    shown = rosa.get(there(session, decision))
    assert shown.context["tally"].is_tie
    stale = rosa.post(there(session, decision, "votes"), sent)
    assert stale.status_code == 409 and SeatVote.objects.count() == 2
    for broken in (
        {},
        {"voto-x": "for"},
        {"voto-99999999999999999999": "for"},
        {f"voto-{cast.ngo.pk}": "<b>"},
    ):
        assert rosa.post(there(session, decision, "votes"), broken | {"version": "2"}).status_code == 422


def test_a_vote_taken_away_comes_back(
    cast: Cast, session: Session, decision: Outcome, sign_in: SignIn
) -> None:
    vote(cast, decision, ngo="for", university="against")
    rosa = sign_in(cast.rosa)
    answer = rosa.post(there(session, decision, "votes_clear"), {"version": "2"}, follow=True)
    assert not SeatVote.objects.exists() and Outcome.objects.get().agreement == ""
    undo = next(str(m.extra_tags) for m in answer.context["messages"]).removeprefix("undo:")
    rosa.post(undo)
    assert SeatVote.objects.count() == 2 and Outcome.objects.get().agreement == "vote"


def test_consensus_goes_with_reservations_on_record(
    cast: Cast, session: Session, decision: Outcome, sign_in: SignIn
) -> None:
    rosa = sign_in(cast.rosa)
    answer = rosa.post(
        there(session, decision, "reservation_add"),
        {"organization": str(cast.ngo.pk), "text": "Sin fondos propios"},
    )
    assert answer.status_code == 302 and Outcome.objects.get().agreement == "consensus"
    rosa.post(
        there(session, decision, "reservation_add"), {"organization": str(cast.ngo.pk), "text": "Sin fondos"}
    )
    kept = RecordedReservation.objects.get()
    assert kept.text == "Sin fondos"
    for away in (cast.ministry, cast.outsider):
        refused = rosa.post(
            there(session, decision, "reservation_add"), {"organization": str(away.pk), "text": "x"}
        )
        assert refused.status_code == 422
    with pytest.raises(AgreementHangsOnIt):
        remove_outcome(outcome_id=decision.pk, by=cast.secretariat, now=timezone.now())
    gone = rosa.post(
        reverse("minutes:reservation_remove", args=[session.public_id, decision.public_id, kept.pk]),
        follow=True,
    )
    undo = next(str(m.extra_tags) for m in gone.context["messages"]).removeprefix("undo:")
    assert not RecordedReservation.objects.exists()
    rosa.post(undo)
    assert RecordedReservation.objects.get().text == "Sin fondos"


def test_a_vote_stands_before_a_consensus(
    cast: Cast, session: Session, decision: Outcome, sign_in: SignIn
) -> None:
    rosa = sign_in(cast.rosa)
    assert rosa.post(there(session, decision, "consensus"), {"version": "1"}).status_code == 302
    assert Outcome.objects.get().agreement == "consensus"
    assert rosa.post(there(session, decision, "consensus"), {"version": "1"}).status_code == 409
    vote(cast, decision, ngo="for")
    assert rosa.post(there(session, decision, "consensus"), {"version": "3"}).status_code == 422
    with pytest.raises(StaleVersion):
        agreeing.clear_votes(outcome_id=decision.pk, version=1, by=cast.secretariat, now=timezone.now())


def test_a_closed_record_is_read_and_not_changed(
    cast: Cast, session: Session, decision: Outcome, sign_in: SignIn
) -> None:
    vote(cast, decision, ngo="for")
    Session.objects.filter(pk=session.pk).update(closed_at=timezone.now(), state="held")
    rosa = sign_in(cast.rosa)
    assert rosa.get(there(session, decision)).status_code == 200
    sent = {f"voto-{cast.ngo.pk}": "against", "version": "2"}
    assert rosa.post(there(session, decision, "votes"), sent).status_code == 422
    assert SeatVote.objects.get().choice == "for"
