"""What each action changes, records and refuses."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts.actor import ANONYMOUS
from coordination.activity.models import Activity
from coordination.commitments import actions
from coordination.commitments.agreeing import AgreedFixed
from coordination.commitments.models import Commitment, Report, Verification
from coordination.commitments.writing.actions.proposing import IndicatorFixed
from coordination.common.errors import StaleVersion
from coordination.organizations.models import Post, Tenure
from coordination.sessions.models import Outcome
from tests.cast import NOW, SINCE, Cast
from tests.commitments.world import (
    DUE,
    PLACES,
    agreed,
    amended,
    historic,
    outcome,
    part_of,
    proposal,
    report,
    reported,
)


def last_activity(commitment: Commitment) -> Activity:
    return Activity.objects.about("commitment", commitment.pk).order_by("-id")[0]


def verify(
    cast: Cast, commitment: Commitment, decision: str = "met", text: str = "", **given: object
) -> Verification:
    values = {"organization_id": cast.university.pk, "person_id": cast.luis.pk} | given
    return actions.verify(
        commitment_id=commitment.pk, decision=decision, text=text, by=ANONYMOUS, now=NOW, **values
    )


def edited(commitment: Commitment, cast: Cast, now: datetime = NOW, **given: object) -> Commitment:
    values = {
        "version": commitment.version,
        "statement": commitment.statement,
        "deliverable": commitment.deliverable,
        "responsible_id": commitment.responsible_id,
        "verifier_id": commitment.verifier_id,
        "due_on": commitment.due_on,
        "means_of_verification": commitment.means_of_verification,
        "indicator": PLACES,
    } | given
    return actions.edit(commitment_id=commitment.pk, **values, by=cast.secretariat, now=now)


def test_propose_keeps_what_is_known_and_counts_in_the_mesa(cast: Cast) -> None:
    first = actions.propose(outcome_id=outcome(cast).pk, statement="Algo", by=cast.secretariat, now=NOW)
    second = proposal(cast, co_responsible_ids=[cast.ministry.pk, cast.ngo.pk])
    assert (first.code, first.state) == ("FS-001", Commitment.State.PROPOSED)
    assert second.code == "FS-002"
    assert list(second.co_responsible.all()) == [cast.ministry], "the responsible one answers already"
    assert second.indicators.get().target == 40
    assert last_activity(second).kind == "commitment.proposed"


def test_propose_refuses_another_kind_of_outcome(cast: Cast) -> None:
    with pytest.raises(actions.NotACommitment):
        actions.propose(
            outcome_id=outcome(cast, kind=Outcome.Kind.DECISION).pk,
            statement="x",
            by=cast.secretariat,
            now=NOW,
        )


def test_propose_refuses_a_second_commitment_of_one_outcome(cast: Cast) -> None:
    commitment = proposal(cast)
    with pytest.raises(actions.AlreadyProposed):
        actions.propose(outcome_id=commitment.outcome_id, statement="x", by=cast.secretariat, now=NOW)


def test_agree_keeps_the_original_due_date(cast: Cast) -> None:
    commitment = agreed(cast)
    commitment.refresh_from_db()
    assert (commitment.state, commitment.original_due_on, commitment.agreed_at) == ("agreed", DUE, NOW)
    assert last_activity(commitment).kind == "commitment.agreed"


def test_agree_names_what_is_missing(cast: Cast) -> None:
    commitment = proposal(cast, deliverable="", indicator=None)
    with pytest.raises(actions.GateNotPassed) as refusal:
        actions.agree(commitment_id=commitment.pk, by=cast.secretariat, now=NOW)
    assert [each.code for each in refusal.value.missing] == ["deliverable", "indicator"]
    commitment.refresh_from_db()
    assert commitment.state == "proposed"


def test_agree_refuses_a_due_date_that_passed(cast: Cast) -> None:
    commitment = proposal(cast, due_on=NOW.date())
    with pytest.raises(actions.DueDatePassed):
        actions.agree(commitment_id=commitment.pk, by=cast.secretariat, now=NOW + timedelta(days=1))
    with pytest.raises(actions.DueDatePassed):
        proposal(cast, due_on=NOW.date() - timedelta(days=1))


def test_agree_accepts_today_in_quito(cast: Cast) -> None:
    commitment = proposal(cast, due_on=date(2026, 3, 2))
    late = NOW.replace(day=3, hour=3)  # 22:00 of the 2nd in Quito
    assert actions.agree(commitment_id=commitment.pk, by=cast.secretariat, now=late).state == "agreed"


def test_edit_says_which_fields_changed(cast: Cast) -> None:
    commitment = edited(proposal(cast), cast, deliverable="50 plazas")
    assert commitment.deliverable == "50 plazas"
    assert commitment.version == 2
    assert last_activity(commitment).payload == {"changed": ["deliverable"]}


def test_edit_refuses_a_stale_version(cast: Cast) -> None:
    commitment = proposal(cast)
    edited(commitment, cast, deliverable="otra cosa")
    commitment.refresh_from_db()
    with pytest.raises(StaleVersion):
        edited(commitment, cast, version=1)


@pytest.mark.parametrize(
    "change",
    [
        {"statement": "Habilitar una plaza"},
        {"deliverable": "una plaza"},
        {"deliverable": " "},
        {"means_of_verification": ""},
        {"responsible_id": "ministry"},
        {"verifier_id": "ministry"},
        {"verifier_id": None},
        {"co_responsible_ids": ["ministry"]},
    ],
)
def test_edit_never_changes_what_was_agreed(cast: Cast, change: dict[str, Any]) -> None:
    commitment = agreed(cast)
    wanted = {
        name: [getattr(cast, each).pk for each in value]
        if isinstance(value, list)
        else getattr(cast, value).pk
        if value == "ministry"
        else value
        for name, value in change.items()
    }
    with pytest.raises(AgreedFixed) as refusal:
        edited(commitment, cast, **wanted)
    assert refusal.value.field in {"statement", "deliverable", "means_of_verification", "responsible", "verifier", "co_responsible"}  # fmt: skip
    stored = Commitment.objects.get(pk=commitment.pk)
    assert (stored.statement, stored.version) == (commitment.statement, commitment.version)


def test_edit_of_an_agreed_one_leaves_its_indicator_alone(cast: Cast) -> None:
    commitment = edited(agreed(cast), cast, indicator=None, remarks="Se avisó")
    assert (commitment.indicators.count(), commitment.remarks) == (1, "Se avisó")
    with pytest.raises(IndicatorFixed):
        edited(commitment, cast, indicator=replace(PLACES, target=Decimal(4)))


def test_edit_of_an_agreed_one_cannot_move_its_date(cast: Cast) -> None:
    commitment = agreed(cast)
    with pytest.raises(actions.DueDateFixed):
        edited(commitment, cast, due_on=DUE + timedelta(days=1))


def test_a_new_verifier_kills_the_links_mailed_before(cast: Cast) -> None:
    commitment = agreed(cast)
    before = commitment.token(Commitment.VERIFY_LINK)
    changed = amended(commitment, cast, verifier_id=cast.ministry.pk)
    assert changed.token(Commitment.VERIFY_LINK) != before


def test_report_moves_progress_and_the_indicator(cast: Cast) -> None:
    commitment = report(cast, agreed(cast), done=False)
    assert (commitment.state, commitment.progress) == ("in_progress", 60)
    assert commitment.indicators.get().value == Decimal(24)
    activity = last_activity(commitment)
    assert activity.kind == "commitment.reported"
    assert activity.payload == {"report": Report.objects.get().pk, "progress": 60, "asks_verification": False}


def test_report_may_fall_and_asks_for_verification(cast: Cast) -> None:
    commitment = report(cast, agreed(cast), done=False)
    commitment = report(cast, commitment, progress=30, value=None)
    assert (commitment.state, commitment.progress) == ("reported", 30)
    assert commitment.indicators.get().value == Decimal(24), "a report without a figure leaves the last one"


def test_report_refuses_another_organization(cast: Cast) -> None:
    commitment = agreed(cast)
    with pytest.raises(actions.NotResponsible):
        actions.report(
            commitment_id=commitment.pk, organization_id=cast.university.pk, person_id=None,
            text="x", progress=1, by=ANONYMOUS, now=NOW,
        )  # fmt: skip


def test_report_refuses_a_proposal_and_a_settled_one(cast: Cast) -> None:
    with pytest.raises(actions.NotOpen):
        report(cast, proposal(cast))
    commitment = reported(cast)
    verify(cast, commitment)
    with pytest.raises(actions.NotOpen):
        report(cast, commitment)


@pytest.mark.parametrize("decision", ["met", "partly_met"])
def test_verify_settles(cast: Cast, decision: str) -> None:
    commitment = reported(cast)
    made = verify(cast, commitment, decision)
    commitment.refresh_from_db()
    assert (commitment.state, commitment.settled_at) == (decision, NOW)
    assert made.report == commitment.reports.get()
    assert last_activity(commitment).kind == "commitment.verified"


def test_verify_returns_with_a_reason(cast: Cast) -> None:
    commitment = reported(cast)
    with pytest.raises(actions.ReasonMissing):
        verify(cast, commitment, "returned")
    verify(cast, commitment, "returned", "Las fotografías no muestran la fecha")
    commitment.refresh_from_db()
    assert (commitment.state, commitment.settled_at) == ("in_progress", None)
    assert last_activity(commitment).kind == "commitment.returned"


def test_verify_refuses_what_nobody_asked_to_verify(cast: Cast) -> None:
    with pytest.raises(actions.NotOpen):
        verify(cast, agreed(cast))


def test_verify_refuses_an_organization_that_is_not_the_verifier(cast: Cast) -> None:
    with pytest.raises(actions.NotVerifier):
        verify(cast, reported(cast), organization_id=cast.ministry.pk)


def test_propose_refuses_a_verifier_who_answers_for_it(cast: Cast) -> None:
    with pytest.raises(actions.OwnKey):
        proposal(cast, verifier_id=cast.ngo.pk)
    with pytest.raises(actions.OwnKey):
        proposal(cast, co_responsible_ids=[cast.university.pk])
    part_of(cast.ministry, cast.ngo)
    with pytest.raises(actions.OwnKey):
        proposal(cast, verifier_id=cast.ministry.pk)


@pytest.mark.parametrize("upside_down", [False, True])
def test_verify_refuses_parent_and_child_that_became_so_later(cast: Cast, upside_down: bool) -> None:
    commitment = reported(cast)
    part_of(*((cast.university, cast.ngo) if upside_down else (cast.ngo, cast.university)))
    with pytest.raises(actions.OwnKey):
        verify(cast, commitment)


def test_verify_refuses_the_kin_of_a_co_responsible_organization(cast: Cast) -> None:
    commitment = reported(cast, co_responsible_ids=[cast.ministry.pk])
    part_of(cast.ministry, cast.university)
    with pytest.raises(actions.OwnKey):
        verify(cast, commitment)


def test_verify_refuses_a_person_with_a_post_on_both_sides(cast: Cast) -> None:
    commitment = reported(cast)
    Tenure.objects.create(post=Post.objects.get(organization=cast.ngo), person=cast.luis, starts_on=SINCE)
    with pytest.raises(actions.OwnKey):
        verify(cast, commitment)


def test_verify_refuses_the_organization_that_reported_before_the_responsible_changed(cast: Cast) -> None:
    commitment = reported(cast)
    Commitment.objects.filter(pk=commitment.pk).update(responsible=cast.ministry, verifier=cast.ngo)
    with pytest.raises(actions.OwnKey):
        verify(cast, commitment, organization_id=cast.ngo.pk, person_id=cast.carmen.pk)


@pytest.mark.parametrize("side", ["own", "co-responsible", "parent", "child"])
def test_the_database_refuses_the_same_hand_on_both_keys(cast: Cast, side: str) -> None:
    commitment = reported(cast, co_responsible_ids=[cast.outsider.pk])
    who = {"own": cast.ngo, "co-responsible": cast.outsider, "parent": cast.ministry, "child": cast.ministry}[
        side
    ]
    if side == "parent":
        part_of(cast.ministry, cast.ngo)
    if side == "child":
        part_of(cast.ngo, cast.ministry)
    with pytest.raises(IntegrityError), transaction.atomic():
        Verification.objects.create(
            commitment=commitment,
            report=commitment.reports.get(),
            organization=who,
            decision="met",
            verified_at=NOW,
        )


def test_extend_keeps_the_old_date_and_the_reason(cast: Cast) -> None:
    commitment = agreed(cast)
    later = DUE + timedelta(days=30)
    made = actions.extend(
        commitment_id=commitment.pk, version=commitment.version, new_due_on=later, reason="Compra demorada",
        session_id=commitment.session_id, by=cast.secretariat, now=NOW,
    )  # fmt: skip
    commitment.refresh_from_db()
    assert (made.old_due_on, made.new_due_on, made.reason) == (DUE, later, "Compra demorada")
    assert (commitment.due_on, commitment.original_due_on, commitment.due_version) == (later, DUE, 2)
    assert last_activity(commitment).payload["due_version"] == 2


@pytest.mark.parametrize(
    ("days", "reason", "error"),
    [(0, "x", actions.DueDatePassed), (-9, "x", actions.DueDatePassed), (9, "  ", actions.ReasonMissing)],
)
def test_extend_refuses(cast: Cast, days: int, reason: str, error: type[Exception]) -> None:
    commitment = agreed(cast)
    with pytest.raises(error):
        actions.extend(
            commitment_id=commitment.pk, version=commitment.version, new_due_on=DUE + timedelta(days=days),
            reason=reason, session_id=commitment.session_id, by=cast.secretariat, now=NOW,
        )  # fmt: skip


def test_extend_refuses_a_stale_version(cast: Cast) -> None:
    commitment = agreed(cast)
    with pytest.raises(StaleVersion):
        actions.extend(
            commitment_id=commitment.pk, version=1, new_due_on=date(2027, 1, 1), reason="x", session_id=None,
            by=cast.secretariat, now=NOW,
        )  # fmt: skip


def test_withdraw_keeps_the_reason(cast: Cast) -> None:
    commitment = agreed(cast)
    decision = outcome(cast, "Se retira", kind="decision")
    gone = actions.withdraw(
        commitment_id=commitment.pk, reason="Decisión de la IV sesión", decision_id=decision.pk,
        by=cast.secretariat, now=NOW,
    )  # fmt: skip
    assert gone.withdrawn_by_id == decision.pk
    assert (gone.state, gone.withdrawn_reason, gone.settled_at) == (
        "withdrawn",
        "Decisión de la IV sesión",
        NOW,
    )
    assert last_activity(gone).kind == "commitment.withdrawn"
    with pytest.raises(actions.NotOpen):
        actions.withdraw(commitment_id=commitment.pk, reason="otra", by=cast.secretariat, now=NOW)


def test_historic_records_are_untouchable(cast: Cast) -> None:
    record = historic(cast, state=Commitment.State.AGREED, responsible=cast.ngo, due_on=DUE)
    by = {"by": cast.secretariat, "now": NOW}
    attempts = [
        lambda: edited(record, cast),
        lambda: actions.agree(commitment_id=record.pk, **by),
        lambda: report(cast, record),
        lambda: verify(cast, record),
        lambda: actions.extend(
            commitment_id=record.pk, version=1, new_due_on=date(2027, 1, 1), reason="x", session_id=None, **by
        ),
        lambda: actions.withdraw(commitment_id=record.pk, reason="x", **by),
        lambda: actions.request_link(commitment_id=record.pk, purpose="report", **by),
    ]
    for attempt in attempts:
        with pytest.raises(actions.HistoricRecord):
            attempt()
    assert not Activity.objects.about("commitment", record.pk).exists()


def test_a_proposal_rewritten_in_one_language_promises_nothing_else_in_the_other(cast: Cast) -> None:
    made = proposal(cast)
    Commitment.objects.filter(pk=made.pk).update(statement_en="Open 40 beds")
    with translation.override("en"):
        edited(made, cast, statement="Open 20 beds")
    row = Commitment.objects.get(pk=made.pk)
    assert (row.statement_en, row.statement_es or "") == ("Open 20 beds", "")
    assert row.statement == "Open 20 beds", "a page in Spanish shows the words there are"
