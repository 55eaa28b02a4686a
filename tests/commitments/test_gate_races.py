"""Two people take two steps at one instant: real threads. The row's lock, the conditional update and the database each
let one of them through; with the first two off both would have their way.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.actor import ANONYMOUS
from coordination.activity.models import Activity
from coordination.commitments import actions, agreeing
from coordination.commitments.models import Commitment
from coordination.commitments.settling.actions import keys, settling
from coordination.commitments.states import STEPS, Step
from coordination.common.errors import DomainError
from coordination.sessions.models import Outcome
from tests.cast import NOW, Cast
from tests.commitments.world import outcome, proposal, reported
from tests.sessions.test_races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for anybody, and both have read before either writes."""
    both = threading.Barrier(2, timeout=10)

    def read(commitment_id: int, _version: int | None = None) -> Commitment:
        found = Commitment.objects.select_related("mesa").get(pk=commitment_id)
        both.wait()
        return found

    for module in (agreeing, keys, settling):
        monkeypatch.setattr(module, "locked", read)


def unconditional(monkeypatch: pytest.MonkeyPatch) -> None:
    """The update no longer looks at the state it leaves."""

    def move(
        commitment: Commitment, step: Step, *, now: Any, settled_by_id: int | None = None, **columns: Any
    ) -> None:
        Commitment.objects.filter(pk=commitment.pk).update(
            state=STEPS[step].to, settled_at=now, settled_by_id=settled_by_id, **columns
        )

    for module in (agreeing, keys, settling):
        monkeypatch.setattr(module, "move", move)


def two_agree(cast: Cast) -> tuple[Commitment, list[Callable[[], Any]]]:
    made = proposal(cast)
    return made, [lambda: actions.agree(commitment_id=made.pk, by=cast.secretariat, now=NOW)] * 2


def agree_and_withdraw(cast: Cast) -> tuple[Commitment, list[Callable[[], Any]]]:
    made = proposal(cast)
    by = {"commitment_id": made.pk, "by": cast.secretariat, "now": NOW}
    return made, [lambda: actions.agree(**by), lambda: actions.withdraw(reason="x", **by)]


def verify_and_withdraw(cast: Cast) -> tuple[Commitment, list[Callable[[], Any]]]:
    made = reported(cast)
    decision = outcome(cast, "Se retira", kind=Outcome.Kind.DECISION).pk
    return made, [
        lambda: actions.verify(
            commitment_id=made.pk, organization_id=cast.university.pk, person_id=cast.luis.pk, decision="met",
            by=ANONYMOUS, now=NOW,
        ),
        lambda: actions.withdraw(
            commitment_id=made.pk, reason="x", decision_id=decision, by=cast.secretariat, now=NOW
        ),
    ]  # fmt: skip


RACES = [two_agree, agree_and_withdraw, verify_and_withdraw]


@pytest.mark.parametrize("race", RACES)
def test_of_two_steps_at_once_one_is_taken(cast: Cast, race: Any) -> None:
    _made, acts = race(cast)
    results = at_once(*acts)
    assert sum(isinstance(each, DomainError) for each in results) == 1, results


@pytest.mark.parametrize("race", RACES)
def test_the_conditional_update_alone_lets_one_through(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, race: Any
) -> None:
    made, acts = race(cast)
    unlocked(monkeypatch)
    results = at_once(*acts)
    assert sum(isinstance(each, actions.NotOpen) for each in results) == 1, results
    ends = Activity.objects.about("commitment", made.pk).filter(
        kind__in=["commitment.agreed", "commitment.withdrawn", "commitment.verified"]
    )
    assert ends.count() == (2 if race is verify_and_withdraw else 1), "reported ones were agreed before"


def test_without_either_both_would_agree(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were one refused here too, the tests above would prove nothing."""
    made, acts = two_agree(cast)
    unlocked(monkeypatch)
    unconditional(monkeypatch)
    assert not any(isinstance(each, Exception) for each in at_once(*acts))
    agreed = Activity.objects.about("commitment", made.pk).filter(kind="commitment.agreed")
    assert agreed.count() == 2


def test_without_either_the_database_still_refuses_an_unlawful_step(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, acts = verify_and_withdraw(cast)
    unlocked(monkeypatch)
    unconditional(monkeypatch)
    results = at_once(*acts)
    assert sum(isinstance(each, IntegrityError) for each in results) == 1, results
    assert Commitment.objects.get(pk=made.pk).state in ("met", "withdrawn")
