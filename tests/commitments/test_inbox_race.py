"""Two clicks at the same instant, on committed rows."""

import threading
from typing import Any

import pytest

from coordination.activity.models import Activity
from coordination.commitments.inbox import actions as receiving
from coordination.commitments.models import Acknowledgement, Commitment
from tests.cast import NOW, Cast
from tests.commitments.world import agreed
from tests.sessions.test_races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def both(cast: Cast, commitment: Commitment) -> list[object]:
    def click() -> object:
        return receiving.accept(
            commitment_id=commitment.pk, organization_id=cast.ngo.pk, person_id=cast.carmen.pk,
            by=cast.secretariat, now=NOW,
        )  # fmt: skip

    return at_once(click, click, click)


def accepted(commitment: Commitment) -> int:
    return (
        Activity.objects.about("commitment", commitment.pk)
        .filter(kind__in=["commitment.accepted", "commitment.acknowledged"])
        .count()
    )


def test_three_clicks_at_once_are_one_acceptance(cast: Cast) -> None:
    commitment = agreed(cast)
    results = both(cast, commitment)
    assert all(isinstance(each, Acknowledgement) for each in results), results
    assert Acknowledgement.objects.count() == 1
    assert accepted(commitment) == 2


def test_control_without_the_lock_it_is_accepted_more_than_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    commitment = agreed(cast)
    receiving.acknowledge(
        commitment_id=commitment.pk, organization_id=cast.ngo.pk, person_id=None, by=cast.secretariat, now=NOW
    )
    meeting = threading.Barrier(3, timeout=20)
    original = receiving.received

    def together(*args: Any, **kwargs: Any) -> Acknowledgement:
        found = original(*args, **kwargs)
        meeting.wait()
        return found

    monkeypatch.setattr(receiving, "locked", lambda pk: Commitment.objects.get(pk=pk))
    monkeypatch.setattr(receiving, "received", together)
    both(cast, commitment)
    assert accepted(commitment) > 2
