"""Who is written to while something is settled: planned from the state of things, taken back when it is no longer so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coordination.commitments.models import Commitment
from coordination.commitments.settling.actions import settling
from coordination.notifications import subjects
from coordination.notifications.models import Notification
from coordination.notifications.planning import Root, replan
from tests.cast import NOW, Cast
from tests.commitments import settled
from tests.commitments.settled import LATE, answer, chamber, decide, disputed, fresh
from tests.commitments.world import agreed

pytestmark = pytest.mark.django_db


def told(commitment: Commitment, state: str = "planned") -> set[tuple[str, str]]:
    """(kind, first name) of the rows that stand; planning twice changes nothing."""
    moment = settled_now(commitment)
    replan(Root("commitment", commitment.pk), moment)
    assert replan(Root("commitment", commitment.pk), moment).news == 0
    rows = Notification.objects.filter(root_type="commitment", root_id=commitment.pk, state=state)
    return {(row.kind, row.recipient.name.split()[0]) for row in rows.select_related("recipient")}


def settled_now(commitment: Commitment) -> object:
    return (LATE if commitment.non_fulfilments.exists() else NOW) + timedelta(hours=1)


def test_a_dispute_is_told_to_the_secretariat_and_to_the_verifier_until_it_is_resolved(cast: Cast) -> None:
    commitment = disputed(cast)
    assert {("dispute_opened", "Rosa"), ("dispute_decide", "Luis")} <= told(commitment)
    settled.resolve(cast, commitment, settling.STANDS)
    assert ("dispute_answered", "Carmen") in told(commitment)
    assert {("dispute_opened", "Rosa"), ("dispute_decide", "Luis")} <= told(commitment, "superseded")


def test_who_decides_anew_answers_the_dispute_with_the_decision_alone(cast: Cast) -> None:
    commitment = disputed(cast)
    decide(cast, commitment, "met")
    found = told(commitment)
    assert ("commitment_verified", "Carmen") in found
    assert not {kind for kind, _name in found} & {"dispute_answered", "dispute_opened", "dispute_decide"}


def test_another_verifier_gets_the_letter_and_its_own_link(cast: Cast) -> None:
    commitment = disputed(cast)
    other, _ines = chamber(cast)
    told(commitment)
    settled.resolve(cast, commitment, settling.ANOTHER, verifier_id=other.pk)
    assert ("dispute_decide", "Inés") in told(commitment)
    assert ("dispute_decide", "Luis") in told(commitment, "superseded")


def test_a_record_is_told_to_both_and_its_answer_to_the_secretariat(cast: Cast) -> None:
    commitment = agreed(cast)
    other, ines = chamber(cast)
    settled.record(cast, commitment, other)
    assert {("not_met_asked", "Inés"), ("not_met_recorded", "Carmen")} <= told(commitment)
    row = Notification.objects.get(kind="not_met_asked")
    subject = subjects.locked(row)
    assert subjects.is_true(row, subject, LATE)
    answer(cast, commitment, other, ines, True)
    assert not subjects.is_true(row, subjects.locked(row), LATE)
    assert {("not_met_answered", "Rosa"), ("not_met_recorded", "Carmen")} <= told(commitment)


def test_a_request_for_time_is_told_and_its_refusal(cast: Cast) -> None:
    commitment = agreed(cast)
    settled.ask(cast, commitment)
    assert ("extension_asked", "Rosa") in told(commitment)
    settled.extend(cast, fresh(commitment))
    found = told(commitment)
    assert ("commitment_extended", "Carmen") in found
    assert ("extension_asked", "Rosa") not in found


def test_of_something_closed_nobody_outside_its_circle_is_told(cast: Cast) -> None:
    commitment = disputed(cast)
    told(commitment)
    Commitment.objects.filter(pk=commitment.pk).update(is_casa_adentro=True)
    rows = Notification.objects.filter(kind="dispute_opened")
    now = timezone.now()
    assert not any(subjects.is_true(row, subjects.locked(row), now) for row in rows)
