"""The gate, the lights (SQL and Python say the same), kin and the drawings."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from coordination.commitments import gate, queries
from coordination.commitments.actions import IndicatorData
from coordination.commitments.models import Commitment, Indicator
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
        ({"indicator": IndicatorData("Plazas", "plazas", Decimal(4), False, Decimal(4), True)}, [], None),
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
