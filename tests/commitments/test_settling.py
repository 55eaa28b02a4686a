"""Deciding, disputing, recording as not met, withdrawing and prolonging: every act and every refusal."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.actor import ANONYMOUS
from coordination.activity.models import Activity
from coordination.commitments import actions, permissions
from coordination.commitments.deciding import (
    Bar,
    barred,
    deciding_sessions,
    is_silent,
    resolvable_since,
    rest_of,
)
from coordination.commitments.models import Commitment, ExtensionRequest, Verification
from coordination.commitments.settling.actions import extending, settling
from coordination.commitments.settling.actions.keys import AlreadyDecided, NotDecided, ReportChanged
from coordination.commitments.standing import keep_untold
from coordination.common.errors import StaleVersion
from coordination.mesas import ladders
from coordination.mesas.models import Mesa
from coordination.sessions.models import CircleMember, Session
from tests.cast import NOW, Cast, acting, organization, seat
from tests.commitments import settled
from tests.commitments.settled import (
    LATE,
    answer,
    ask,
    chamber,
    decide,
    decided,
    dispute,
    disputed,
    extend,
    fresh,
    meets,
)
from tests.commitments.world import DUE, agreed, outcome, part_of, proposal, report, reported

pytestmark = pytest.mark.django_db


def kinds(commitment: Commitment) -> list[str]:
    rows = Activity.objects.about("commitment", commitment.pk).order_by("id")
    return list(rows.values_list("kind", flat=True))


def test_met_says_whose_word_it_was_and_closes_what_waits(cast: Cast) -> None:
    commitment = agreed(cast)
    ask(cast, commitment)
    decide(cast, report(cast, commitment), "met", text="")
    commitment = fresh(commitment)
    assert (commitment.state, commitment.settled_by_id) == ("met", cast.university.pk)
    assert ExtensionRequest.objects.get().answered_at == NOW


def test_returned_keeps_what_is_missing_as_a_list(cast: Cast) -> None:
    text = Verification.written(["Acta  de\nentrega", " ", "Fotos"], "Gracias.")
    made = decide(cast, reported(cast), "returned", text=text)
    assert (made.missing, made.remarks) == (["Acta de entrega", "Fotos"], "Gracias.")
    assert Verification(text="Solo palabras").missing == []


def test_two_verifiers_at_once_the_second_is_told_who_decided(cast: Cast) -> None:
    commitment = reported(cast)
    decide(cast, commitment, "met")
    with pytest.raises(AlreadyDecided, match="Universidad del Páramo"):
        decide(cast, commitment, "returned")
    assert fresh(commitment).state == "met"


def test_a_decision_on_an_older_report_is_refused(cast: Cast) -> None:
    commitment = reported(cast)
    seen = commitment.reports.get().pk
    report(cast, commitment, text="Ahora sí, con el acta")
    with pytest.raises(ReportChanged):
        decide(cast, commitment, "met", report_id=seen)
    with pytest.raises(NotDecided):
        decide(cast, commitment, "perhaps")
    assert decide(cast, commitment, "met", report_id=commitment.reports.first().pk)


def test_a_verifier_whose_organization_merges_with_the_responsible_no_longer_decides(cast: Cast) -> None:
    commitment = reported(cast)
    part_of(cast.ngo, cast.university)
    assert barred(fresh(commitment)) == Bar.KIN
    assert not permissions.can_verify(acting(cast.luis), fresh(commitment))
    assert commitment not in permissions.verifiable_by(acting(cast.luis))
    with pytest.raises(actions.OwnKey):
        decide(cast, commitment, "met")
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.filter(pk=commitment.pk).update(settled_by=commitment.responsible)


def test_a_verifier_of_the_same_sector_is_refused_where_the_mesa_asks_for_another(cast: Cast) -> None:
    like = organization("Fundación Hermana")
    seat(cast.mesa, like)
    commitment = reported(cast, verifier_id=like.pk)
    assert barred(fresh(commitment)) is None
    cast.mesa.verifier_of_another_sector = True
    cast.mesa.save(update_fields=["verifier_of_another_sector"])
    assert barred(fresh(commitment)) == Bar.SECTOR
    with pytest.raises(actions.OwnKey, match="sector"):
        decide(cast, commitment, "met", organization_id=like.pk, person_id=None)


@pytest.mark.parametrize("decision", ["partly_met", "returned"])
def test_a_dispute_keeps_both_versions_and_is_taken_back(cast: Cast, decision: str) -> None:
    commitment = decided(cast, decision)
    before = commitment.state
    made = dispute(cast, commitment)
    commitment = fresh(commitment)
    assert (commitment.state, commitment.settled_at, commitment.settled_by_id) == ("disputed", None, None)
    assert (made.state_before, made.verification.text) == (before, "Faltan diez plazas")
    back = settling.take_back(commitment_id=commitment.pk, organization_id=cast.ngo.pk, by=ANONYMOUS, now=NOW)
    commitment = fresh(commitment)
    assert (back.resolution, commitment.state) == ("withdrawn", before)
    assert commitment.settled_by_id == (cast.university.pk if decision == "partly_met" else None)
    with pytest.raises(settling.NothingToDispute):
        dispute(cast, commitment)
    assert kinds(commitment)[-2:] == ["commitment.disputed", "commitment.dispute_answered"]


def test_dispute_refuses(cast: Cast) -> None:
    commitment = decided(cast, "partly_met")
    with pytest.raises(actions.NotResponsible):
        dispute(cast, commitment, organization_id=cast.university.pk)
    with pytest.raises(actions.ReasonMissing):
        dispute(cast, commitment, text="  ")
    dispute(cast, commitment)
    with pytest.raises(settling.AlreadyDisputed):
        dispute(cast, commitment)
    for state in ("met", "agreed"):
        other = decided(cast, "met") if state == "met" else agreed(cast)
        with pytest.raises(settling.NothingToDispute):
            dispute(cast, other)
    with pytest.raises(actions.NotResponsible):
        settling.take_back(
            commitment_id=commitment.pk, organization_id=cast.university.pk, by=ANONYMOUS, now=NOW
        )


@pytest.mark.parametrize(
    ("first", "then", "resolution", "state"),
    [
        ("partly_met", "partly_met", "upheld", "partly_met"),
        ("partly_met", "met", "changed", "met"),
        ("returned", "returned", "upheld", "in_progress"),
        ("returned", "met", "changed", "met"),
    ],
)
def test_the_verifier_decides_anew(cast: Cast, first: str, then: str, resolution: str, state: str) -> None:
    commitment = disputed(cast, first)
    assert commitment in permissions.verifiable_by(acting(cast.luis))
    decide(cast, commitment, then)
    row = commitment.disputes.get()
    assert (row.resolution, row.resolved_by_id) == (resolution, cast.university.pk)
    assert fresh(commitment).state == state


def test_the_mesa_resolves_in_a_session_but_never_says_met_itself(cast: Cast) -> None:
    stands = disputed(cast)
    row = settled.resolve(cast, stands, settling.STANDS)
    assert (row.resolution, row.resolved_in_id) == ("upheld", meets(cast).pk)
    assert (fresh(stands).state, fresh(stands).settled_by_id) == ("partly_met", cast.university.pk)
    opened = disputed(cast)
    assert settled.resolve(cast, opened, settling.REOPENED).resolution == "changed"
    assert fresh(opened).state == "in_progress"
    other, ines = chamber(cast)
    asked = disputed(cast)
    row = settled.resolve(cast, asked, settling.ANOTHER, verifier_id=other.pk)
    asked = fresh(asked)
    assert (row.resolved_at, asked.state, asked.verifier_id) == (None, "disputed", other.pk)
    with pytest.raises(actions.NotVerifier):
        decide(cast, asked, "met")
    decide(cast, asked, "met", organization_id=other.pk, person_id=ines.pk)
    assert (fresh(asked).state, fresh(asked).settled_by_id) == ("met", other.pk)


def test_resolve_refuses(cast: Cast) -> None:
    commitment = disputed(cast)
    elsewhere = Session.objects.create(
        mesa=cast.mesa, number=9, starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=3, hours=1)
    )
    with pytest.raises(settling.NotInSession):
        settled.resolve(cast, commitment, settling.STANDS, session_id=elsewhere.pk)
    with pytest.raises(actions.ReasonMissing):
        settled.resolve(cast, commitment, settling.STANDS, reason=" ")
    for verifier in (None, cast.ngo.pk, cast.university.pk, cast.outsider.pk):
        with pytest.raises(settling.NotSecond):
            settled.resolve(cast, commitment, settling.ANOTHER, verifier_id=verifier)
    with pytest.raises(actions.OwnKey):
        settled.resolve(cast, commitment, settling.STANDS, organization_id=cast.ngo.pk)
    settled.resolve(cast, commitment, settling.STANDS)
    with pytest.raises(settling.NoDispute):
        settled.resolve(cast, commitment, settling.STANDS)


def test_silence_is_recorded_and_a_second_organization_confirms_it(cast: Cast) -> None:
    commitment = agreed(cast)
    other, ines = chamber(cast)
    settled.record(cast, commitment, other)
    assert fresh(commitment).state == "agreed", "until it is confirmed it stays as it is"
    with pytest.raises(settling.AlreadyRecorded):
        settled.record(cast, commitment, other)
    with pytest.raises(settling.NotSecond):
        answer(cast, commitment, cast.university, cast.luis, True)
    made = answer(cast, commitment, other, ines, True)
    commitment = fresh(commitment)
    assert (made.is_confirmed, commitment.state, commitment.settled_by_id) == (True, "not_met", other.pk)
    with pytest.raises(settling.AlreadyAnswered):
        answer(cast, commitment, other, ines, False)
    dispute(cast, commitment, now=LATE)
    with pytest.raises(actions.NotOpen):
        decide(cast, commitment, "met")
    with pytest.raises(settling.NotAsked):
        settled.resolve(cast, fresh(commitment), settling.ANOTHER, verifier_id=cast.university.pk, now=LATE)
    settled.resolve(cast, fresh(commitment), settling.STANDS, now=LATE)
    assert (fresh(commitment).state, fresh(commitment).settled_by_id) == ("not_met", other.pk)


def test_a_second_organization_that_does_not_confirm_leaves_it_open(cast: Cast) -> None:
    commitment = agreed(cast)
    other, ines = chamber(cast)
    settled.record(cast, commitment, other)
    with pytest.raises(actions.ReasonMissing):
        answer(cast, commitment, other, ines, False, text=" ")
    made = answer(cast, commitment, other, ines, False)
    assert (made.is_confirmed, made.answer, fresh(commitment).state) == (False, "Vi las plazas", "agreed")


def test_not_met_refuses(cast: Cast) -> None:
    commitment = agreed(cast)
    other, ines = chamber(cast)
    with pytest.raises(settling.NotSilent):
        settled.record(cast, commitment, other, now=LATE.replace(month=7, day=9))
    part_of(cast.ngo, other)
    for who in (cast.ngo, cast.ministry, cast.outsider, other):
        with pytest.raises(settling.NotSecond):
            settled.record(cast, commitment, who)
    settled.record(cast, commitment, cast.university)
    part_of(cast.ngo, cast.university)
    with pytest.raises(actions.OwnKey):
        answer(cast, commitment, cast.university, cast.luis, True)
    lifted = settling.lift_not_met(
        commitment_id=commitment.pk, reason="Se fusionaron", by=cast.secretariat, now=LATE
    )
    assert (lifted.is_confirmed, fresh(commitment).state) == (False, "agreed")


def test_whoever_reports_meanwhile_is_not_silent(cast: Cast) -> None:
    commitment = agreed(cast)
    other, ines = chamber(cast)
    settled.record(cast, commitment, other)
    actions.report(
        commitment_id=commitment.pk, organization_id=cast.ngo.pk, person_id=cast.carmen.pk, text="Abrimos",
        progress=50, by=ANONYMOUS, now=LATE + timedelta(days=1),
    )  # fmt: skip
    with pytest.raises(settling.SpokeMeanwhile):
        answer(cast, commitment, other, ines, True, now=LATE + timedelta(days=2))
    answer(cast, commitment, other, ines, False, now=LATE + timedelta(days=2))
    with pytest.raises(settling.NotSilent):
        settled.record(cast, commitment, other, now=LATE + timedelta(days=3))


def test_an_agreed_one_is_withdrawn_by_a_decision_of_its_own_mesa(cast: Cast) -> None:
    gone = settling.withdraw(commitment_id=proposal(cast).pk, reason="Repetido", by=cast.secretariat, now=NOW)
    assert (gone.state, gone.withdrawn_by_id) == ("withdrawn", None)
    commitment = disputed(cast)
    told = {"commitment_id": commitment.pk, "reason": "Se une a otro", "by": cast.secretariat, "now": NOW}
    other = outcome(cast, "Se toma nota", kind="recommendation")
    for wrong in (None, other.pk):
        with pytest.raises(settling.DecisionMissing):
            settling.withdraw(**told, decision_id=wrong)
    early = outcome(cast, "Se retira", kind="decision")
    with pytest.raises(settling.DecisionMissing):
        settling.withdraw(**told, decision_id=early.pk)
    decision = outcome(cast, "Se retira", kind="decision", of=meets(cast))
    assert settling.withdraw(**told, decision_id=decision.pk).withdrawn_by_id == decision.pk
    row = commitment.disputes.get()
    assert (row.resolution, row.resolved_in_id) == ("changed", decision.session_id)


def test_an_extension_keeps_both_dates_both_targets_who_and_where(cast: Cast) -> None:
    commitment = agreed(cast)
    ask(cast, commitment)
    indicator = commitment.indicators.get()
    made = extend(cast, fresh(commitment), indicator_id=indicator.pk, new_target=Decimal(30))
    indicator.refresh_from_db()
    assert (made.old_due_on, made.new_due_on) == (DUE, DUE + timedelta(days=30))
    assert (made.old_target, made.new_target, indicator.target) == (40, 30, 30)
    assert (made.session_id, made.organization_id) == (meets(cast).pk, cast.ministry.pk)
    assert ExtensionRequest.objects.get().extension_id == made.pk


def test_an_extension_of_something_already_met_is_refused(cast: Cast) -> None:
    commitment = decided(cast, "met")
    with pytest.raises(extending.AlreadySettled, match="cumplido"):
        extend(cast, commitment)
    with pytest.raises(extending.AlreadySettled):
        ask(cast, commitment)


def test_extend_refuses(cast: Cast) -> None:
    commitment = agreed(cast)
    for days in (0, -1):
        with pytest.raises(actions.DueDatePassed):
            extend(cast, commitment, days)
    with pytest.raises(actions.DueDatePassed):
        extend(cast, commitment, 10, now=LATE)
    with pytest.raises(extending.SessionMissing):
        extend(cast, commitment, session_id=None)
    with pytest.raises(extending.TargetWrong):
        extend(cast, commitment, indicator_id=commitment.indicators.get().pk, new_target=Decimal(0))
    with pytest.raises(StaleVersion):
        extend(cast, commitment, version=1)
    own = agreed(cast, responsible_id=cast.ministry.pk)
    with pytest.raises(extending.OwnDecision):
        extend(cast, own)
    outcome(cast, "Se prorroga", kind="decision", of=meets(cast))
    assert extend(cast, own)


def test_more_time_is_asked_for_once_and_refused_with_words(cast: Cast) -> None:
    commitment = agreed(cast)
    with pytest.raises(actions.DueDatePassed):
        ask(cast, commitment, 0)
    ask(cast, commitment)
    with pytest.raises(extending.AlreadyAsked):
        ask(cast, commitment)
    told = {"commitment_id": commitment.pk, "by": cast.secretariat, "now": NOW}
    with pytest.raises(actions.ReasonMissing):
        extending.refuse(**told, answer=" ")
    assert extending.refuse(**told, answer="La mesa mantiene la fecha").extension_id is None
    with pytest.raises(extending.NoRequest):
        extending.refuse(**told, answer="otra vez")
    assert fresh(commitment).due_on == DUE


def test_only_open_sessions_of_the_mesa_that_were_held_or_run_agree_anything(cast: Cast) -> None:
    commitment = agreed(cast)
    common = {"mesa": cast.mesa, "starts_at": NOW, "ends_at": NOW + timedelta(hours=2)}
    running = Session.objects.create(**common, number=2, state="convened")
    Session.objects.create(**common, number=3, state="held", is_casa_adentro=True)
    Session.objects.create(**common, number=4, state="cancelled", cancelled_at=NOW)
    found = set(deciding_sessions(fresh(commitment), NOW).values_list("pk", flat=True))
    assert found == {running.pk, commitment.session_id}


def test_a_session_that_was_over_before_the_dispute_resolves_nothing(cast: Cast) -> None:
    """Of the day itself it may: nobody knows in which order they came. Recorded late, its own day counts."""
    commitment = disputed(cast)
    day = settled.day_before(cast, NOW)
    for outcome_ in (settling.STANDS, settling.REOPENED):
        with pytest.raises(settling.NotInSession, match="2 de marzo de 2026"):
            settled.resolve(cast, commitment, outcome_, session_id=day.pk, now=NOW + timedelta(days=60))
    morning = meets(cast, NOW - timedelta(hours=4))
    assert settled.resolve(cast, commitment, settling.STANDS, session_id=morning.pk).resolved_in == morning


def test_a_session_that_still_runs_when_it_is_disputed_resolves_it(cast: Cast) -> None:
    """One of two days, whose first one came before; and one that runs today."""
    commitment = disputed(cast)
    two_days = meets(
        cast, NOW - timedelta(days=1), ends_at=NOW + timedelta(hours=3), state=Session.State.CONVENED
    )
    today = meets(cast, NOW, state=Session.State.CONVENED)
    found = deciding_sessions(commitment, NOW, resolvable_since(commitment, commitment.disputes.get()))
    assert list(found) == [today, two_days]


def test_nothing_is_not_met_in_a_session_before_the_silence_was_complete(cast: Cast) -> None:
    """Neither before it was due, nor while a reminder was still to come, nor less than a ladder after the last word."""
    commitment = agreed(cast)
    other, _ines = chamber(cast)
    over = datetime.combine(DUE, time(15), tzinfo=UTC) + timedelta(days=11)
    for early in (DUE - timedelta(days=1), DUE + timedelta(days=1), DUE + timedelta(days=10)):
        session = meets(cast, datetime.combine(early, time(15), tzinfo=UTC))
        with pytest.raises(settling.NotInSession, match="11 de julio de 2026"):
            settled.record(cast, commitment, other, session_id=session.pk)
    report(cast, commitment, done=False, now=over + timedelta(days=2))
    with pytest.raises(settling.NotInSession, match="24 de julio de 2026"):
        settled.record(cast, commitment, other, session_id=meets(cast, over).pk)
    assert settled.record(cast, commitment, other, session_id=meets(cast, over + timedelta(days=13)).pk)


@given(
    ladder=st.lists(st.integers(-40, 40), max_size=6),
    offsets=st.lists(st.integers(-60, 90), max_size=4),
    day=st.integers(-30, 120),
)
@settings(max_examples=60)
def test_silence_is_the_same_said_by_its_first_day(ladder: list[int], offsets: list[int], day: int) -> None:
    """From that day on, and not before, the ladder is over, counted from the last word where that came late."""
    made = Commitment(mesa=Mesa(commitment_ladder=ladder), state="agreed", due_on=DUE)
    at = [datetime.combine(DUE + timedelta(days=each), time(15), tzinfo=UTC) for each in offsets]
    made.word_at = max(at, default=None)  # type: ignore[attr-defined]
    today, lasts = DUE + timedelta(days=day), timedelta(days=ladders.silent_after(ladder))
    quiet = all(timezone.localdate(each) < today - lasts for each in at)
    assert is_silent(made, today) == (today - lasts > DUE and quiet)


def test_more_time_is_not_granted_in_a_session_before_it_was_asked_for(cast: Cast) -> None:
    """Nor moves a session back what a later one decided."""
    commitment = agreed(cast)
    ask(cast, commitment)
    early = settled.day_before(cast, NOW)
    with pytest.raises(extending.SessionMissing, match="2 de marzo de 2026"):
        extend(cast, fresh(commitment), session_id=early.pk)
    extend(cast, fresh(commitment), 60, session_id=meets(cast, NOW + timedelta(days=9)).pk, now=LATE)
    for when in (NOW, NOW + timedelta(days=8)):
        with pytest.raises(extending.SessionMissing, match="11 de marzo de 2026"):
            extend(cast, fresh(commitment), 90, session_id=meets(cast, when).pk, now=LATE)
    assert extend(cast, fresh(commitment), 90, session_id=meets(cast, NOW + timedelta(days=9)).pk, now=LATE)


def test_what_was_agreed_without_a_session_is_moved_by_none_before(cast: Cast) -> None:
    commitment = agreed(cast)
    Commitment.objects.filter(pk=commitment.pk).update(session=None, outcome=None)
    settled.day_before(cast, NOW)
    assert list(deciding_sessions(fresh(commitment), NOW)) == []
    today = meets(cast)
    assert list(deciding_sessions(fresh(commitment), NOW)) == [today]


def test_what_is_closed_is_settled_in_a_closed_session_that_its_whole_circle_knows(cast: Cast) -> None:
    """Any other would be told of to whoever sees the commitment; and who comes into the circle later is not told."""
    commitment = agreed(cast)
    Session.objects.filter(pk=commitment.session_id).update(is_casa_adentro=True)
    Commitment.objects.filter(pk=commitment.pk).update(is_casa_adentro=True)
    for who in (cast.rosa, cast.luis):
        CircleMember.objects.create(session_id=commitment.session_id, person=who, level="record", since=NOW)
    closed = meets(cast, is_casa_adentro=True)
    CircleMember.objects.create(session=closed, person=cast.rosa, level="record", since=NOW)
    commitment, open_one = fresh(commitment), meets(cast)
    own = commitment.session_id
    assert set(deciding_sessions(commitment, NOW).values_list("pk", flat=True)) == {own, open_one.pk}
    CircleMember.objects.create(session=closed, person=cast.luis, level="logistics", since=NOW)
    found = set(deciding_sessions(commitment, NOW).values_list("pk", flat=True))
    assert found == {own, open_one.pk, closed.pk}
    made = extend(cast, commitment, session_id=closed.pk)
    CircleMember.objects.create(session_id=own, person=cast.carmen, level="record", since=NOW)
    for who, told in ((cast.rosa, True), (cast.luis, True), (cast.carmen, False)):
        keep_untold(fresh(commitment), acting(who), [made.session])
        assert made.session.is_untold != told


def test_a_day_of_rest_is_told(cast: Cast) -> None:
    assert rest_of(cast.mesa, DUE) is None
    assert rest_of(cast.mesa, DUE + timedelta(days=4)) == "weekend"
