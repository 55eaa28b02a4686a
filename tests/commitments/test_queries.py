"""The gate, the lights (SQL and Python say the same), kin and the drawings."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordination.commitments import gate, lights, queries
from coordination.commitments.actions import IndicatorData
from coordination.commitments.models import Commitment, Indicator
from coordination.commitments.states import DECIDED
from tests.cast import Cast
from tests.commitments.world import DUE, historic, part_of, proposal

S = Commitment.State
TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("lacking", "codes", "group"),
    [
        ({}, [], None),
        ({"deliverable": "  "}, ["deliverable"], "concrete"),
        ({"responsible_id": None}, ["responsible"], "concrete"),
        ({"due_on": None}, ["due_on"], "concrete"),
        ({"indicator": None}, ["indicator"], "measurable"),
        ({"indicator": IndicatorData("Plazas", "", Decimal(0), False, Decimal(4))}, ["unit"], "measurable"),
        (
            {"indicator": IndicatorData("Plazas", "plazas", None, False, Decimal(4))},
            ["baseline"],
            "measurable",
        ),
        ({"indicator": IndicatorData("Plazas", "plazas", None, True, Decimal(4))}, [], None),
        ({"indicator": IndicatorData("Plazas", "plazas", Decimal(0), False, None)}, ["target"], "measurable"),
        ({"indicator": IndicatorData("Plazas", "plazas", Decimal(0), False, Decimal(0))}, [], None),
        ({"means_of_verification": ""}, ["means_of_verification"], "verifiable"),
        ({"verifier_id": None}, ["verifier"], "verifiable"),
    ],
)
def test_gate_names_what_is_missing(
    cast: Cast, lacking: dict[str, object], codes: list[str], group: str | None
) -> None:
    missing = gate.gate(proposal(cast, **lacking))
    assert [each.code for each in missing] == codes
    assert {each.group for each in missing} == ({group} if group else set())


def test_gate_names_everything_in_the_order_of_the_form(cast: Cast) -> None:
    nothing = {"deliverable": "", "responsible_id": None, "due_on": None, "indicator": None}
    missing = gate.gate(proposal(cast, **nothing, means_of_verification="", verifier_id=None))
    assert [field for _code, _message, field in missing] == [
        "deliverable", "responsible", "due_on", "indicator_name", "means_of_verification", "verifier",
    ]  # fmt: skip


def test_gate_sees_a_verifier_that_became_kin(cast: Cast) -> None:
    commitment = proposal(cast)
    part_of(cast.ngo, cast.university)
    assert [each.code for each in gate.gate(commitment)] == ["own_key"]


def test_gate_is_satisfied_by_one_whole_indicator(cast: Cast) -> None:
    commitment = proposal(cast)
    Indicator.objects.create(commitment=commitment, name="Otra cosa", unit="")
    assert gate.gate(commitment) == []


def test_historic_records_have_no_gate(cast: Cast) -> None:
    assert gate.gate(historic(cast)) == []


def test_lacks_a_date_that_has_not_passed(cast: Cast) -> None:
    commitment = proposal(cast)
    assert gate.lacks(commitment, DUE) == []
    assert [each.code for each in gate.lacks(commitment, DUE + timedelta(days=1))] == ["due_passed"]


def test_kin_are_parents_and_children_and_not_siblings(cast: Cast) -> None:
    part_of(cast.ministry, cast.ngo)
    part_of(cast.ministry, cast.university)
    assert gate.kin([cast.ngo.pk]) == {cast.ngo.pk, cast.ministry.pk}
    assert gate.kin([cast.ministry.pk]) == {cast.ministry.pk, cast.ngo.pk, cast.university.pk}
    assert gate.kin([]) == set()


@pytest.mark.parametrize(
    ("state", "days", "code", "drawn"),
    [
        (S.AGREED, 16, "green", "green"),
        (S.AGREED, 15, "amber", "amber"),
        (S.IN_PROGRESS, 0, "amber", "amber"),
        (S.IN_PROGRESS, -1, "red", "red"),
        (S.REPORTED, -30, "amber", "amber"),
        (S.REPORTED, 40, "green", "green"),
        (S.MET, -30, "green", "met"),
        (S.PARTLY_MET, -30, "amber", "partly_met"),
        (S.NOT_MET, 30, "red", "not_met"),
        (S.WITHDRAWN, -30, "grey", "withdrawn"),
        (S.DISPUTED, -30, "disputed", "disputed"),
        (S.PROPOSED, -30, "grey", "grey"),
    ],
)
def test_light_of_a_live_commitment(state: str, days: int, code: str, drawn: str) -> None:
    light = lights.traffic_light(Commitment(state=state, due_on=TODAY + timedelta(days=days)), TODAY)
    assert (light.code, light.state) == (code, drawn)
    assert str(light.label)


@pytest.mark.parametrize(("state", "code"), [(S.UNKNOWN, "grey"), (S.AGREED, "grey"), (S.MET, "green")])
def test_light_of_a_historic_one_never_reproaches(state: str, code: str) -> None:
    record = Commitment(state=state, provenance="historic", due_on=TODAY - timedelta(days=999))
    assert lights.traffic_light(record, TODAY).code == code


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(list(S)),
            st.sampled_from(["live", "historic"]),
            st.one_of(st.none(), st.integers(-40, 40)),
        ),
        max_size=12,
    ),
    today=st.dates(date(2020, 2, 1), date(2030, 12, 31)),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_and_python_show_the_same_light(
    cast: Cast, rows: list[tuple[str, str, int | None]], today: date
) -> None:
    with transaction.atomic():
        made = []
        for number, (state, provenance, days) in enumerate(rows, start=1):
            if (
                provenance == "live"
                and (state == S.UNKNOWN or days is None)
                and state not in (S.PROPOSED, S.WITHDRAWN)
            ):
                continue  # the database refuses these
            made.append(
                Commitment(
                    mesa=cast.mesa, number=number, statement_es="x", state=state, provenance=provenance,
                    due_on=None if days is None else today + timedelta(days=days), deliverable="x",
                    means_of_verification="x", responsible=cast.ngo, verifier=cast.university, withdrawn_reason="x",
                    settled_by=cast.university if state in DECIDED else None,
                )
            )  # fmt: skip
        Commitment.objects.bulk_create(made)
        found = list(lights.annotate_light(Commitment.objects.all(), today))
        assert all(row.light_code == lights.traffic_light(row, today).code for row in found)
        with CaptureQueriesContext(connection) as counted:
            counts = lights.counts_by_light(Commitment.objects.all(), today)
        assert len(counted) == 1
        assert counts == {
            code: sum(lights.traffic_light(row, today).code == code for row in found)
            for code in lights.LIGHT_LABELS
        }
        transaction.set_rollback(True)


def test_by_urgency_begins_with_what_is_overdue(cast: Cast) -> None:
    given_dates = {"late": -3, "soon": 5, "later": 50}
    made = {}
    for name, days in given_dates.items():
        commitment = proposal(cast, due_on=TODAY + timedelta(days=days))
        Commitment.objects.filter(pk=commitment.pk).update(state=S.AGREED)
        made[name] = commitment.pk
    waiting = proposal(cast, due_on=TODAY - timedelta(days=90))
    old = historic(cast, due_on=date(2018, 1, 1))
    order = [row.pk for row in lights.by_urgency(Commitment.objects.all(), TODAY)]
    assert order == [made["late"], made["soon"], made["later"], waiting.pk, old.pk]


@pytest.mark.parametrize(
    ("baseline", "value", "target", "bar"),
    [
        (0, 24, 40, {"base": "0.0%", "now": "60.0%", "mark": "100.0%"}),
        (None, None, 40, {"base": "", "now": "", "mark": "100.0%"}),
        (80, 60, 40, {"base": "100.0%", "now": "75.0%", "mark": "50.0%"}),
        (0, None, None, None),
        (0, 0, 0, None),
        (-5, 1, 4, None),
    ],
)
def test_indicator_bar_places_baseline_value_and_target(
    baseline: int | None, value: int | None, target: int | None, bar: dict[str, str] | None
) -> None:
    assert queries.indicator_bar(Indicator(baseline=baseline, value=value, target=target)) == bar
