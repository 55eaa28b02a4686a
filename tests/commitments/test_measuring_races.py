"""Two figures, and two presses of one button, at the same instant; the control shows what the lock is for."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from coordination.commitments.figures.actions import measuring
from coordination.commitments.figures.actions.importing import AlreadyApplied, apply_sheet, keep_sheet
from coordination.commitments.figures.actions.measuring import FigureRefused, record_measurement
from coordination.commitments.figures.sheet import Row
from coordination.commitments.models import Commitment, Indicator, Measurement
from tests.cast import NOW, Cast
from tests.commitments.world import agreed
from tests.sessions.test_races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ON = NOW.date()


@pytest.fixture
def slow_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Widens the gap between looking at what stands and writing beside it."""
    rules = measuring.figure_problems

    def slowly(*args: Any, **kwargs: Any) -> Any:
        found = rules(*args, **kwargs)
        time.sleep(0.4)
        return found

    monkeypatch.setattr(measuring, "figure_problems", slowly)


def _figure(cast: Cast, indicator: Indicator, value: int) -> Callable[[], Measurement]:
    return lambda: record_measurement(
        indicator_id=indicator.pk, organization_id=cast.ngo.pk, person_id=None, value=Decimal(value),
        measured_on=ON, source="Registro", by=cast.secretariat, now=NOW,
    )  # fmt: skip


@pytest.mark.usefixtures("slow_rules")
def test_two_figures_of_one_day_at_once_leave_one(cast: Cast) -> None:
    indicator = agreed(cast).indicators.get()
    results = at_once(_figure(cast, indicator, 10), _figure(cast, indicator, 20))
    assert sorted(type(each).__name__ for each in results) == ["FigureRefused", "Measurement"]
    assert [each.code for each in results if isinstance(each, FigureRefused)] == ["twice"]
    indicator.refresh_from_db()
    assert indicator.value == Measurement.objects.get().value


@pytest.mark.usefixtures("slow_rules")
def test_control_without_the_lock_both_figures_stand(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    indicator = agreed(cast).indicators.get()
    monkeypatch.setattr(measuring, "locked", lambda pk: Commitment.objects.select_related("mesa").get(pk=pk))
    at_once(_figure(cast, indicator, 10), _figure(cast, indicator, 20))
    assert Measurement.objects.count() == 2


def test_one_sheet_saved_twice_at_once_is_written_once(cast: Cast) -> None:
    commitment = agreed(cast)
    indicator = commitment.indicators.get()
    row = Row(
        3, indicator=indicator, measured_on=ON, value=Decimal(9), source="Conteo", state="new", label="1. x"
    )
    sheet = keep_sheet(commitment_id=commitment.pk, rows=[row], by=cast.secretariat, now=NOW)

    def save() -> int:
        return apply_sheet(sheet_id=sheet.pk, organization_id=cast.ngo.pk, by=cast.secretariat, now=NOW)

    results = at_once(save, save)
    assert sorted(map(str, results)) == ["1", str(AlreadyApplied())] and Measurement.objects.count() == 1
