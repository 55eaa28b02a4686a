"""A report and a decision at the same instant, and one report sent by two presses; each with its control."""

import time
import uuid
from contextlib import contextmanager
from typing import Any

import pytest

from accounts.actor import ANONYMOUS
from coordination.commitments import actions
from coordination.commitments.models import Commitment, Report, Verification
from coordination.commitments.reports.actions import reporting
from coordination.commitments.settling.actions import keys
from tests.cast import NOW, Cast
from tests.commitments.world import agreed, reported
from tests.sessions.test_races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@contextmanager
def without_locks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The row as it is, locked by nobody, and a wide gap between looking and writing."""

    def loose(commitment_id: int, version: int | None = None) -> Commitment:
        found = Commitment.objects.select_related("mesa").get(pk=commitment_id)
        time.sleep(0.3)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(reporting, "locked", loose)
        patch.setattr(keys, "locked", loose)
        yield


def send(cast: Cast, commitment: Commitment, key: uuid.UUID | None = None) -> Report:
    return reporting.report(
        commitment_id=commitment.pk, organization_id=cast.ngo.pk, person_id=cast.carmen.pk, text="Faltan seis plazas",
        progress=80, key=key, by=ANONYMOUS, now=NOW,
    )  # fmt: skip


def decide(cast: Cast, commitment: Commitment) -> Verification:
    return actions.verify(
        commitment_id=commitment.pk, organization_id=cast.university.pk, person_id=cast.luis.pk, decision="met",
        text="x", by=ANONYMOUS, now=NOW,
    )  # fmt: skip


def test_a_report_and_a_decision_at_once_never_settle_what_was_taken_back(cast: Cast) -> None:
    commitment = reported(cast)
    results = at_once(lambda: send(cast, commitment), lambda: decide(cast, commitment))
    assert sorted(type(each).__name__ for each in results).count("NotOpen") == 1, results
    commitment.refresh_from_db()
    settled = Verification.objects.exists()
    assert (commitment.state == "met") == settled
    assert Report.objects.count() == (1 if settled else 2)


def test_two_presses_make_one_report(cast: Cast) -> None:
    commitment, key = agreed(cast), uuid.uuid4()
    results = at_once(*[lambda: send(cast, commitment, key)] * 3)
    assert len({each.pk for each in results}) == 1
    assert Report.objects.get().public_id == key


def test_without_the_lock_two_presses_make_trouble(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the lock is there for happens without it."""
    commitment, key = agreed(cast), uuid.uuid4()
    with without_locks(monkeypatch):
        results = at_once(*[lambda: send(cast, commitment, key)] * 3)
    assert sum(isinstance(each, Exception) for each in results) >= 1
