"""Two hands at the same instant, on committed rows."""

import pytest
from django.utils import timezone

from accounts.actor import ANONYMOUS
from coordination.commitments import actions
from coordination.commitments.models import Commitment, Verification, VerificationCode
from coordination.common.errors import StaleVersion
from tests.cast import NOW, Cast
from tests.commitments.world import agreed, outcome, reported
from tests.sessions.test_races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_simultaneous_proposals_get_different_numbers(cast: Cast) -> None:
    ids = [outcome(cast).pk for _ in range(3)]
    acts = [
        lambda pk=pk: actions.propose(outcome_id=pk, statement="x", by=cast.secretariat, now=NOW)
        for pk in ids
    ]
    assert sorted(made.number for made in at_once(*acts)) == [1, 2, 3]


def test_two_decisions_at_once_leave_one(cast: Cast) -> None:
    commitment = reported(cast)

    def decide(decision: str) -> Verification:
        return actions.verify(
            commitment_id=commitment.pk, organization_id=cast.university.pk, person_id=cast.luis.pk,
            decision=decision, text="x", by=ANONYMOUS, now=NOW,
        )  # fmt: skip

    results = at_once(lambda: decide("met"), lambda: decide("returned"))
    assert sorted(type(each).__name__ for each in results) == ["AlreadyDecided", "Verification"]
    commitment.refresh_from_db()
    assert Verification.objects.get().decision in ("met", "returned")
    assert (commitment.state == "met") == (commitment.settled_at is not None)


def test_two_extensions_at_once_leave_one(cast: Cast) -> None:
    commitment = agreed(cast)

    def extend(month: int) -> object:
        return actions.extend(
            commitment_id=commitment.pk, version=commitment.version, new_due_on=NOW.date().replace(year=2027, month=month),
            reason="x", session_id=commitment.session_id, by=cast.secretariat, now=NOW,
        )  # fmt: skip

    results = at_once(lambda: extend(1), lambda: extend(2))
    assert sum(isinstance(each, StaleVersion) for each in results) == 1
    assert Commitment.objects.get().due_version == 2


def test_wrong_codes_at_once_are_all_counted(cast: Cast) -> None:
    commitment, now = reported(cast), timezone.now()
    who = {"commitment_id": commitment.pk, "organization_id": cast.university.pk, "person_id": cast.luis.pk}
    code = actions.request_verification_code(**who, by=ANONYMOUS, now=now)
    wrong = f"{(int(code.digits) + 1) % 1_000_000:06d}"

    def attempt() -> object:
        return actions.verify_by_code(**who, code=wrong, decision="met", by=ANONYMOUS, now=now)

    results = at_once(*[attempt] * 7)
    assert all(isinstance(each, actions.WrongCode | actions.CodeDead) for each in results), results
    assert VerificationCode.objects.get().attempts == VerificationCode.ATTEMPTS
