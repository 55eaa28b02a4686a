"""Two hands on one commitment at the same instant, on committed rows; each with a control that fails unlocked."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.actor import ANONYMOUS
from coordination.commitments import actions
from coordination.commitments.models import Commitment, Dispute, NonFulfilment, Verification
from coordination.commitments.settling.actions import settling
from tests.cast import NOW, Cast
from tests.commitments import settled
from tests.commitments.settled import answer, ask, chamber, decide, decided, dispute, extend, fresh
from tests.commitments.world import agreed, reported
from tests.sessions.test_races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def names(results: list[Any]) -> list[str]:
    return sorted(type(each).__name__ for each in results)


def test_two_verifiers_at_once_leave_one_decision(cast: Cast) -> None:
    commitment = reported(cast)
    results = at_once(lambda: decide(cast, commitment, "met"), lambda: decide(cast, commitment, "partly_met"))
    assert names(results) == ["AlreadyDecided", "Verification"]
    assert fresh(commitment).state == Verification.objects.get().decision


def test_confirming_against_a_report_never_settles_what_was_not_read(cast: Cast) -> None:
    commitment = reported(cast)
    seen = commitment.reports.get().pk

    def say() -> Any:
        return actions.report(
            commitment_id=commitment.pk, organization_id=cast.ngo.pk, person_id=cast.carmen.pk,
            text="Otra vez", progress=100, asks_verification=True, by=ANONYMOUS, now=NOW,
        )  # fmt: skip

    results = at_once(lambda: decide(cast, commitment, "met", report_id=seen), say)
    assert names(results) in (["NotOpen", "Verification"], ["Report", "ReportChanged"])
    assert (fresh(commitment).state == "met") == (Verification.objects.count() == 1)


def test_an_extension_against_the_verification_never_extends_what_is_met(cast: Cast) -> None:
    commitment = reported(cast)
    results = at_once(lambda: decide(cast, commitment, "met"), lambda: extend(cast, commitment))
    found = names(results)
    assert "Verification" in found
    assert found[0] in ("AlreadySettled", "Extension", "StaleVersion")
    row = fresh(commitment)
    assert row.state == "met"
    assert row.extensions.count() == (found[0] == "Extension")


def test_the_same_dispute_twice_leaves_one(cast: Cast) -> None:
    commitment = decided(cast, "partly_met")
    results = at_once(lambda: dispute(cast, commitment), lambda: dispute(cast, commitment))
    assert names(results) == ["AlreadyDisputed", "Dispute"]
    assert Dispute.objects.count() == 1


def test_two_answers_to_one_record_leave_one(cast: Cast) -> None:
    commitment = agreed(cast)
    other, ines = chamber(cast)
    settled.record(cast, commitment, other)
    results = at_once(
        lambda: answer(cast, commitment, other, ines, True),
        lambda: answer(cast, commitment, other, ines, False),
    )
    assert names(results) == ["AlreadyAnswered", "NonFulfilment"]
    assert (fresh(commitment).state == "not_met") == NonFulfilment.objects.get().is_confirmed


def test_two_requests_for_time_leave_one(cast: Cast) -> None:
    commitment = agreed(cast)
    assert names(at_once(lambda: ask(cast, commitment), lambda: ask(cast, commitment, 40))) == [
        "AlreadyAsked",
        "ExtensionRequest",
    ]


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock off, as if ``select_for_update`` were forgotten."""
    plain: Callable[..., Any] = lambda self, *args, **kwargs: self  # noqa: E731
    monkeypatch.setattr(QuerySet, "select_for_update", plain)


def test_without_the_lock_the_same_dispute_is_not_told_kindly(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the constraint still keeps one, but whoever came second reads an error."""
    commitment = decided(cast, "partly_met")
    unlocked(monkeypatch)
    seen = settling.disputable
    monkeypatch.setattr(settling, "disputable", lambda row: (slow(), seen(row))[1])
    results = at_once(lambda: dispute(cast, commitment), lambda: dispute(cast, commitment))
    assert names(results) != ["AlreadyDisputed", "Dispute"]
    assert Dispute.objects.count() == 1


def test_without_the_lock_two_answers_contradict_each_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: both are recorded, the later over the earlier."""
    commitment = agreed(cast)
    other, ines = chamber(cast)
    settled.record(cast, commitment, other)
    unlocked(monkeypatch)
    own = settling.is_of_own_side
    monkeypatch.setattr(settling, "is_of_own_side", lambda *a: (slow(), own(*a))[1])
    results = at_once(
        lambda: answer(cast, commitment, other, ines, False),
        lambda: answer(cast, commitment, other, ines, False, text="Otra razón"),
    )
    assert names(results) == ["NonFulfilment", "NonFulfilment"]
    assert Commitment.objects.get().state == "agreed"


def slow() -> None:
    time.sleep(0.3)  # long enough for the other hand to read what is about to change
