"""A commitment's whole life by its real actions, in any order: the table, the database and the model agree."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from coordination.commitments import actions, agreeing, gate, lights
from coordination.commitments.models import Commitment, NonFulfilment, Verification
from coordination.commitments.settling.actions import settling
from coordination.commitments.states import DECIDED, SETTLED, STEPS, Step, lawful
from coordination.common.errors import DomainError
from coordination.sessions.models import Outcome
from tests.cast import NOW, Cast
from tests.commitments import settled
from tests.commitments.test_actions import edited
from tests.commitments.world import PLACES, outcome, proposal, report
from tests.scale import WHOLE

S = Commitment.State
LACKING = ({}, {"due_on": None}, {"verifier_id": None}, {"indicator": None}, {"responsible_id": None})
SIDES = ("ngo", "university", "ministry", "outsider")


class Life(RuleBasedStateMachine):
    """``state`` is the model: it moves only where an act that succeeded says so, and then by the table."""

    cast: Cast
    chamber: Any

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.now = NOW
        self.state: str = S.PROPOSED
        self.agreed_for: date | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)

    @initialize(lacking=st.sampled_from(LACKING))
    def propose(self, lacking: dict[str, Any]) -> None:
        self.pk = proposal(self.cast, **lacking).pk

    def row(self) -> Commitment:
        return Commitment.objects.select_related("mesa").get(pk=self.pk)

    def act(self, do: Callable[[Commitment], Any], *steps: Step) -> None:
        """Whatever a refusal says, it changes nothing; whatever succeeds takes one of these steps, or stays."""
        before = self.row()
        columns = {field.attname: getattr(before, field.attname) for field in before._meta.concrete_fields}
        try:
            with transaction.atomic():
                do(before)
        except DomainError:
            kept = self.row()
            assert {name: getattr(kept, name) for name in columns} == columns
            return
        after = self.row()
        taken = {STEPS[step].to for step in steps if before.state in STEPS[step].froms}
        assert after.state in (taken or {before.state})
        assert after.state == before.state or (before.state, after.state) in lawful()
        assert after.version >= before.version
        self.state = after.state

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        assert self.row().state == self.state, "nothing moves by itself"

    @rule()
    def agree(self) -> None:
        self.act(lambda row: actions.agree(commitment_id=row.pk, **self.by()), Step.AGREE)

    @rule(days=st.integers(-1, 100), reason=st.sampled_from(["", "Falta el censo"]))
    def agree_incomplete(self, days: int, reason: str) -> None:
        until = self.now.date() + timedelta(days=days)
        self.act(
            lambda row: agreeing.agree_incomplete(
                commitment_id=row.pk, reason=reason, until=until, **self.by()
            ),
            Step.AGREE,
        )

    @rule(
        side=st.sampled_from([None, *SIDES]),
        days=st.integers(-5, 200),
        deliverable=st.sampled_from(["", "40 plazas"]),
    )
    def edit(self, side: str | None, days: int, deliverable: str) -> None:
        def do(row: Commitment) -> None:
            due_on = row.due_on or self.now.date() + timedelta(days=days)
            verifier = getattr(self.cast, side).pk if side else row.verifier_id
            given = {
                "due_on": due_on,
                "verifier_id": verifier,
                "deliverable": deliverable,
                "indicator": PLACES,
            }
            edited(row, self.cast, **given, now=self.now)

        self.act(do)

    @rule(done=st.booleans(), side=st.sampled_from(SIDES))
    def report(self, done: bool, side: str) -> None:
        self.act(
            lambda row: actions.report(
                commitment_id=row.pk, organization_id=getattr(self.cast, side).pk, person_id=self.cast.carmen.pk,
                text="Abrimos plazas", progress=50, asks_verification=done, **self.by(),
            ),
            Step.ASK if done else Step.REPORT,
        )  # fmt: skip

    @rule(side=st.sampled_from(SIDES), decision=st.sampled_from(list(Verification.Decision)))
    def verify(self, side: str, decision: str) -> None:
        self.act(
            lambda row: actions.verify(
                commitment_id=row.pk, organization_id=getattr(self.cast, side).pk, person_id=None,
                decision=decision, text="Vimos las plazas", **self.by(),
            ),
            *{"met": (Step.CONFIRM,), "partly_met": (Step.CONFIRM_PARTLY,)}.get(
                decision, (Step.RETURN, Step.REOPEN)
            ),
        )  # fmt: skip

    @rule()
    def dispute(self) -> None:
        self.act(lambda row: settled.dispute(self.cast, row, now=self.now), Step.DISPUTE)

    @rule()
    def take_back(self) -> None:
        self.act(
            lambda row: settling.take_back(
                commitment_id=row.pk, organization_id=self.cast.ngo.pk, **self.by()
            ),
            *UPHELD,
        )

    @rule(how=st.sampled_from([settling.STANDS, settling.REOPENED]))
    def resolve(self, how: str) -> None:
        self.act(
            lambda row: settled.resolve(self.cast, row, how, now=self.now),
            *(UPHELD if how == settling.STANDS else (Step.REOPEN,)),
        )

    @rule()
    def record_not_met(self) -> None:
        self.act(lambda row: settled.record(self.cast, row, self.chamber[0], now=self.now))

    @rule(confirms=st.booleans())
    def answer_not_met(self, confirms: bool) -> None:
        self.act(
            lambda row: settled.answer(self.cast, row, *self.chamber, confirms, now=self.now),
            *((Step.NOT_MET,) if confirms and self.waits() else ()),
        )

    @rule(days=st.integers(-10, 200))
    def extend(self, days: int) -> None:
        self.act(lambda row: settled.extend(self.cast, row, days, now=self.now))

    @rule(by_decision=st.booleans())
    def withdraw(self, by_decision: bool) -> None:
        def do(row: Commitment) -> None:
            met = settled.meets(self.cast, self.now)
            made = outcome(self.cast, "Se retira", kind=Outcome.Kind.DECISION, of=met)
            decision = made.pk if by_decision else None
            actions.withdraw(commitment_id=row.pk, reason="x", decision_id=decision, **self.by())

        self.act(do, Step.WITHDRAW)

    @invariant()
    def the_row_is_sound(self) -> None:
        row = self.row()
        assert row.state == self.state
        if row.state in DECIDED:
            assert row.settled_by_id not in {None, *gate.own_side(row)}
        assert (row.settled_at is not None) == (row.state in SETTLED)
        assert row.state in (S.PROPOSED, S.WITHDRAWN) or row.responsible_id
        if row.agreed_at and row.exempt_until is None and row.state not in SETTLED:
            assert gate.gate(row) == []
        if row.state == S.MET:
            assert row.verifier_id and row.verifications.filter(decision="met").exists()
        if self.agreed_for:
            assert row.original_due_on == self.agreed_for, "what was agreed first stays in view"
        self.agreed_for = row.original_due_on
        assert lights.traffic_light(row, self.now.date()).code in lights.LIGHT_LABELS

    def waits(self) -> bool:
        return NonFulfilment.objects.filter(commitment=self.pk, answered_at=None).exists()

    def by(self) -> dict[str, Any]:
        return {"by": self.cast.secretariat, "now": self.now}


UPHELD = (Step.UPHOLD_MET, Step.UPHOLD_PARTLY, Step.UPHOLD_NOT_MET, Step.REOPEN)


def lived(cast: Cast, examples: int, steps: int) -> None:
    class ThisLife(Life):
        pass

    ThisLife.cast, ThisLife.chamber = cast, settled.chamber(cast)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        ThisLife,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_commitment_lives_by_its_table(cast: Cast) -> None:
    lived(cast, 12, 15)


@pytest.mark.slow
def test_many_commitments_live_by_their_table(cast: Cast) -> None:
    lived(cast, 80 if WHOLE else 40, 40 if WHOLE else 25)


def test_the_machine_reaches_every_settled_state(cast: Cast) -> None:
    """The walk above is only worth something where the ends can be reached by its acts."""
    found = {settled.decided(cast, "met").state, settled.decided(cast, "partly_met").state}
    found |= {settled.not_met(cast).state, report(cast, proposal_agreed(cast)).state}
    assert found == {S.MET, S.PARTLY_MET, S.NOT_MET, S.REPORTED}


def proposal_agreed(cast: Cast) -> Commitment:
    return actions.agree(commitment_id=proposal(cast).pk, by=cast.secretariat, now=NOW)
