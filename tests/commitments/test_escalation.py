"""When the ladder of reminders is over, mostly on rows that were never saved."""

from datetime import UTC, date, datetime, timedelta

import pytest

from coordination.commitments.deciding import is_silent
from coordination.commitments.escalation import last_word, past_ladder
from coordination.commitments.models import Commitment
from coordination.mesas import ladders
from coordination.mesas.models import Mesa
from tests.cast import NOW
from tests.commitments.settled import ask, disputed, fresh, resolve

DUE = date(2027, 6, 30)
USUAL = list(ladders.COMMITMENT_PRESETS["usual"])


def promise(**facts):
    ladder = facts.pop("ladder", USUAL)
    known = {"state": "agreed", "due_on": DUE, "agreed_at": datetime(2027, 1, 1, tzinfo=UTC)}
    return Commitment(mesa=Mesa(commitment_ladder=ladder), **known | facts)


def test_the_letter_is_the_last_step_when_it_comes_ten_days_late_or_more():
    assert ladders.letter_step(USUAL) == 10
    assert ladders.letter_step(ladders.COMMITMENT_PRESETS["insistent"]) == 15
    assert ladders.letter_step([10, 20, -5]) == 20
    assert ladders.letter_step(ladders.COMMITMENT_PRESETS["eve"]) is None
    assert ladders.letter_step([-15, 0, 9]) is None
    assert ladders.letter_step([]) is None


@pytest.mark.parametrize(
    ("ladder", "last"), [(USUAL, 10), ([-5, 0, 20], 20), ([-1], 10), ([], 10), ([3], 10)]
)
def test_a_commitment_is_past_its_ladder_the_day_after_the_last_step(ladder, last):
    commitment = promise(ladder=ladder)
    assert not past_ladder(commitment, DUE + timedelta(days=last))
    assert past_ladder(commitment, DUE + timedelta(days=last + 1))


def test_what_waits_for_others_is_not_past_its_ladder():
    late = DUE + timedelta(days=90)
    assert past_ladder(promise(state="in_progress"), late)
    for state in ("proposed", "reported", "met", "partly_met", "not_met", "withdrawn", "disputed"):
        assert not past_ladder(promise(state=state), late), state
    assert not past_ladder(promise(provenance="historic"), late)


def test_without_a_due_date_the_day_to_complete_it_counts():
    commitment = promise(due_on=None, exempt_until=DUE)
    assert past_ladder(commitment, DUE + timedelta(days=11))
    assert not past_ladder(promise(due_on=None), DUE + timedelta(days=400))


def test_the_days_count_from_the_last_word_of_a_row_that_was_read_with_it():
    commitment = promise(state="in_progress")
    commitment.word_at = datetime(2027, 7, 20, 18, tzinfo=UTC)
    assert not past_ladder(commitment, date(2027, 7, 30))
    assert past_ladder(commitment, date(2027, 7, 31))
    commitment.word_at = datetime(2027, 6, 1, tzinfo=UTC)
    assert past_ladder(commitment, DUE + timedelta(days=11)), "a word before the due date moves nothing"


@pytest.mark.django_db
def test_who_spoke_or_was_answered_is_not_silent_yet(cast):
    """Reported before it was late, returned, disputed and reopened after: the days count from the reopening."""
    made = disputed(cast, "returned", due_on=NOW.date() + timedelta(days=1))
    later = NOW + timedelta(days=25)
    resolve(cast, made, "reopened", now=later)
    made = fresh(made)
    assert last_word(made) == later
    assert not is_silent(made, later.date()) and not is_silent(made, (later + timedelta(days=9)).date())
    assert is_silent(made, (later + timedelta(days=11)).date())
    ask(cast, made, now=later + timedelta(days=5))
    assert last_word(made) == later + timedelta(days=5)
    assert not is_silent(made, (later + timedelta(days=11)).date())
