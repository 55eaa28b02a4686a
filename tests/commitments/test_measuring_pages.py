"""Indicators on their pages: added by the secretariat, measured by who answers, read by everybody."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.commitments.figures.actions.measuring import record_measurement
from coordination.commitments.figures.rules import Part
from coordination.commitments.models import Commitment, Indicator, Measurement, MeasurementPart, PeriodTarget
from tests.cast import Cast
from tests.commitments.world import agreed, historic, proposal

pytestmark = pytest.mark.django_db
SignIn = Callable[[Any], Client]


def soon(cast: Cast, **given: Any) -> Commitment:
    return agreed(cast, due_on=timezone.localdate() + timedelta(days=30), **given)


def of_luis(cast: Cast) -> Commitment:
    """The university answers for it, and Luis has an account there."""
    return soon(cast, responsible_id=cast.university.pk, verifier_id=cast.ngo.pk)


def measured(
    cast: Cast, indicator: Indicator, value: Any, on: date | None = None, **given: Any
) -> Measurement:
    return record_measurement(
        indicator_id=indicator.pk, organization_id=cast.ngo.pk, person_id=None, value=Decimal(value),
        measured_on=on or timezone.localdate(), source=given.pop("source", "Registro del albergue"), **given,
        by=cast.secretariat, now=timezone.now(),
    )  # fmt: skip


def form(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Personas alojadas", "unit": "personas", "baseline": "10", "target": "50", "formula": "latest",
        "targets-TOTAL_FORMS": "1", "targets-INITIAL_FORMS": "0",
    } | changed  # fmt: skip


def page(name: str, row: Any, **more: Any) -> str:
    return reverse(f"commitments:{name}", kwargs={"public_id": row.public_id, **more})


def test_the_secretariat_adds_an_indicator_to_a_proposal(cast: Cast, sign_in: SignIn) -> None:
    commitment = proposal(cast)
    client = sign_in(cast.rosa)
    response = client.post(page("indicator_add", commitment), form(version=commitment.version))
    assert response.status_code == 302
    made = commitment.indicators.last()
    assert made and (made.name, made.order, made.target) == ("Personas alojadas", 2, 50)
    client.post(page("indicator_remove", made))
    assert commitment.indicators.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"baseline": "50"}, "target"),
        ({"unit": "%", "target": "101"}, "target"),
        ({"unit": "porcentaje", "baseline": "120"}, "baseline"),
        ({"unit": "%", "formula": "sum"}, "formula"),
        ({"baseline_is_unknown": "on"}, "baseline"),
        ({"baseline_on": "2999-01-01"}, "baseline_on"),
        ({"target": "1e30"}, "target"),
    ],
    ids=["target equal to baseline", "percent over 100", "baseline over 100", "sum of percents", "both", "future", "huge"],
)  # fmt: skip
def test_an_indicator_that_cannot_be_is_refused_with_its_field(
    cast: Cast, sign_in: SignIn, changed: dict[str, str], field: str
) -> None:
    commitment = proposal(cast)
    response = sign_in(cast.rosa).post(
        page("indicator_add", commitment), form(version=commitment.version, **changed)
    )
    assert field in response.context["form"].errors and commitment.indicators.count() == 1


def test_the_level_may_be_kept_on_purpose(cast: Cast, sign_in: SignIn) -> None:
    commitment = proposal(cast)
    data = form(version=commitment.version, baseline="50", keeps_level="on")
    assert sign_in(cast.rosa).post(page("indicator_add", commitment), data).status_code == 302


def test_a_stale_indicator_form_is_told_and_nothing_is_lost(cast: Cast, sign_in: SignIn) -> None:
    commitment = proposal(cast)
    response = sign_in(cast.rosa).post(
        page("indicator_add", commitment), form(version=commitment.version - 1)
    )
    assert response.status_code == 409 and b"Personas alojadas" in response.content


def test_periods_are_filled_in_evenly_and_written_when_they_are_saved(cast: Cast, sign_in: SignIn) -> None:
    commitment = soon(cast)
    row = commitment.indicators.get()
    client = sign_in(cast.rosa)
    data = form(version=commitment.version, name=row.name, unit=row.unit, baseline="0", target="40")
    since = (timezone.localdate() - timedelta(days=200)).isoformat()
    response = client.post(page("indicator_edit", row), data | {"baseline_on": since, "fill": "quarter"})
    steps = response.context["targets"].initial
    assert len(steps) >= 3 and steps[-1]["ends_on"] == commitment.due_on and steps[-1]["value"] == "40"
    assert not PeriodTarget.objects.exists()
    periods: dict[str, Any] = {"targets-TOTAL_FORMS": len(steps), "targets-INITIAL_FORMS": "0"}
    for number, step in enumerate(steps):
        periods |= {f"targets-{number}-{name}": str(value) for name, value in step.items()}
    assert client.post(page("indicator_edit", row), data | periods).status_code == 302
    assert row.period_targets.count() == len(steps)
    overlapping = periods | {
        "targets-1-starts_on": periods["targets-0-starts_on"],
        "version": data["version"] + 1,
    }
    response = client.post(page("indicator_edit", row), data | overlapping)
    assert response.status_code == 200 and response.context["form"].non_field_errors()


def test_whoever_answers_adds_a_figure_with_an_account(cast: Cast, sign_in: SignIn) -> None:
    row = of_luis(cast).indicators.get()
    client = sign_in(cast.luis)
    today = timezone.localdate().isoformat()
    data = {"value": "24", "measured_on": today, "source": "Registro", "sex:women": "14", "age:0_4": "3"}
    response = client.post(page("measure", row), data)
    assert response.status_code == 302
    made = row.measurements.get()
    assert made.organization == cast.university and made.person == cast.luis and made.parts.count() == 2
    response = client.post(page("measure", row), data)  # the second press of the button
    assert "measured_on" in response.context["form"].errors and row.measurements.count() == 1
    response = client.post(page("measure", row) + f"?corrige={made.public_id}", data | {"value": "22"})
    row.refresh_from_db()
    assert response.status_code == 302 and row.value == 22
    assert client.get(page("measure", row) + f"?corrige={made.public_id}").status_code == 404
    assert client.get(page("measure", row) + "?corrige=x").status_code == 404
    response = client.post(page("measure", row), data | {"value": "5", "since": "2026-01-01"})
    assert "sex:women" in response.context["form"].errors


def test_whoever_answers_adds_a_figure_by_the_link(cast: Cast, client: Client) -> None:
    commitment = soon(cast)
    row = commitment.indicators.get()
    token = commitment.token(Commitment.REPORT_LINK)
    address = reverse("commitments:measure_by_link", args=[token, row.public_id])
    listed = client.get(reverse("commitments:measures_by_link", args=[token])).content.decode()
    assert address in listed
    data = {"value": "24", "measured_on": timezone.localdate().isoformat(), "source": "Registro"}
    assert client.post(address, data).status_code == 302
    made = row.measurements.get()
    assert made.organization == cast.ngo and made.person == cast.carmen
    other = soon(cast).indicators.get()
    foreign = reverse("commitments:measure_by_link", args=[token, other.public_id])
    assert client.post(foreign, data).status_code == 404 and not other.measurements.exists()
    verify = commitment.token(Commitment.VERIFY_LINK)
    wrong = reverse("commitments:measure_by_link", args=[verify, row.public_id])
    assert client.post(wrong, data).status_code == 404


def test_a_closed_commitment_takes_no_figure_by_link_and_corrections_from_the_secretariat(
    cast: Cast, client: Client, sign_in: SignIn
) -> None:
    commitment = soon(cast)
    row = commitment.indicators.get()
    measured(cast, row, 20)
    Commitment.objects.filter(pk=commitment.pk).update(state="in_progress")
    Commitment.objects.filter(pk=commitment.pk).update(state="reported")
    Commitment.objects.filter(pk=commitment.pk).update(
        state="met", settled_at=timezone.now(), settled_by=cast.university
    )
    token = commitment.token(Commitment.REPORT_LINK)
    address = reverse("commitments:measure_by_link", args=[token, row.public_id])
    data = {"value": "24", "measured_on": "2026-03-02", "source": "Registro"}
    assert client.post(address, data).status_code == 200 and row.measurements.count() == 1
    assert sign_in(cast.rosa).post(page("measure", row), data).status_code == 302


def test_a_figure_taken_back_stays_in_view_with_its_reason(cast: Cast, sign_in: SignIn) -> None:
    row = soon(cast).indicators.get()
    made = measured(cast, row, 20)
    client = sign_in(cast.rosa)
    assert client.post(page("measurement_withdraw", made), {"reason": ""}).context["form"].errors
    client.post(page("measurement_withdraw", made), {"reason": "Era de otro albergue"})
    shown = client.get(page("indicator", row)).content.decode()
    assert "Era de otro albergue" in shown and "m-gone" in shown
    row.refresh_from_db()
    assert row.value is None


def test_small_groups_are_shown_to_who_counts_them_and_hidden_from_others(
    cast: Cast, client: Client, sign_in: SignIn
) -> None:
    row = soon(cast).indicators.get()
    parts = [
        Part("sex", "women", 17), Part("sex", "men", 6), Part("sex", "other", 1), Part("population", "refugees", 2),
        Part("territory", "17", 3),
    ]  # fmt: skip
    measured(cast, row, 24, parts=parts)

    def told(one: Client) -> dict[str, Any]:
        kept = one.get(page("measures_file", row.commitment, kind="json")).json()
        found: dict[str, Any] = kept["indicators"][0]["measurements"][0]["groups"]
        return found

    whole, public = told(sign_in(cast.rosa)), told(client)
    assert whole["sex:other"] == 1 and whole["population:refugees"] == 2
    assert (public["sex:women"], public["sex:men"], public["sex:other"]) == (17, "hidden", "hidden")
    # One hidden alone would be found by subtraction: nothing of that question is told.
    assert {public[name] for name in public if name.startswith("population")} == {"hidden"}
    assert public["territory:17"] == 3
    assert told(sign_in(cast.elena)) == public and told(sign_in(cast.luis)) == whole
    shown = client.get(page("indicator", row)).content.decode()
    assert ">17<" in shown and ">6<" not in shown


def test_what_a_correction_replaced_tells_nobody_of_its_groups(cast: Cast, client: Client) -> None:
    row = soon(cast).indicators.get()
    old = measured(cast, row, 24, parts=[Part("sex", "women", 20)])
    measured(cast, row, 24, parts=[Part("sex", "women", 19)], corrects_id=old.pk)
    rows = client.get(page("measures_file", row.commitment, kind="json")).json()["indicators"][0][
        "measurements"
    ]
    assert [each["state"] for each in rows] == ["standing", "corrected"] and rows[1]["groups"] == {}


def test_files_hold_text_that_no_spreadsheet_computes(cast: Cast, client: Client) -> None:
    row = soon(cast).indicators.get()
    measured(cast, row, 24, source='=HYPERLINK("http://x.example")')
    content = client.get(page("measures_file", row.commitment, kind="csv")).content.decode()
    assert "'=HYPERLINK" in content and ",24.00," in content
    book = client.get(page("measures_file", row.commitment, kind="xlsx"))
    assert book.content[:2] == b"PK"
    assert client.get(page("measures_file", row.commitment, kind="exe")).status_code == 404


def test_the_chart_says_in_words_what_it_shows(cast: Cast, client: Client) -> None:
    commitment = soon(cast)
    row = commitment.indicators.get()
    empty = client.get(commitment.get_absolute_url()).content.decode()
    assert 'role="img"' in empty and "m-chart__gap" in empty and 'm-chart__line" x1="0%' not in empty
    measured(cast, row, 12, timezone.localdate() - timedelta(days=40))
    measured(cast, row, 24)
    shown = client.get(commitment.get_absolute_url()).content.decode()
    assert "m-chart__gap" not in shown and shown.count("Registro del albergue") == 2
    label = shown.split('class="m-chart" role="img" aria-label="')[1].split('"')[0]
    assert "12" in label and "24" in label and "40" in label
    assert "style=" not in shown.split("m-chart")[1].split("</svg>")[0]


def test_what_a_figure_says_of_itself_stands_under_its_source(cast: Cast, client: Client) -> None:
    commitment = soon(cast)
    row = commitment.indicators.get()
    Measurement.objects.create(
        indicator=row, measured_on=timezone.localdate(), value=27, source="Registro", organization=cast.ngo,
        note="La fuente dice «más de 27» <b>", recorded_at=timezone.now(),
    )  # fmt: skip
    for address in (commitment.get_absolute_url(), page("indicator", row)):
        shown = client.get(address).content.decode()
        assert shown.count("<small>La fuente dice «más de 27» &lt;b&gt;</small>") == 1


def test_a_historic_value_keeps_its_bar_and_invents_no_figure(cast: Cast, client: Client) -> None:
    commitment = historic(cast)
    Indicator.objects.create(
        commitment=commitment, name="Vacunas", unit="personas", target=Decimal(523500), value=Decimal(270000)
    )
    shown = client.get(commitment.get_absolute_url()).content.decode()
    assert "m-indicator__now" in shown and "m-chart__dot" not in shown
    for address in (commitment.get_absolute_url(), reverse("commitments:list")):
        shown = client.get(address).content.decode()
        assert "523.500" in shown and "270.000" in shown and "523500" not in shown


def test_the_numbers_of_the_scale_stand_outside_of_what_is_drawn(cast: Cast, client: Client) -> None:
    row = soon(cast).indicators.get()
    for value, days_ago, is_long in ((30, 1, False), (123_456, 0, True)):
        measured(cast, row, value, timezone.localdate() - timedelta(days=days_ago))
        drawing = client.get(page("indicator", row)).content.decode()
        drawing = drawing[drawing.index('class="m-chart') :].split("</svg>")[0]
        numbers = re.findall(r'<text class="m-chart__n" x="0" ([^>]*)>', drawing)
        assert numbers and all('dx="-8"' in each and 'text-anchor="end"' in each for each in numbers)
        assert drawing.startswith('class="m-chart is-long"') == is_long


@pytest.mark.parametrize("page_name", ["detail", "indicator"])
def test_pages_ask_the_same_of_1_3_and_300_figures(
    cast: Cast, client: Client, django_assert_max_num_queries: Any, page_name: str
) -> None:
    commitment = soon(cast)
    row = commitment.indicators.get()
    target = commitment if page_name == "detail" else row
    asked = []
    start = date(2025, 1, 1)
    for count in (1, 3, 300):
        given = Measurement.objects.count()
        rows = Measurement.objects.bulk_create(
            Measurement(
                indicator=row, measured_on=start + timedelta(days=number), value=number, source="Registro",
                organization=cast.ngo, recorded_at=timezone.now(),
            )
            for number in range(given, count)
        )  # fmt: skip
        MeasurementPart.objects.bulk_create(
            MeasurementPart(measurement=each, dimension="sex", group="women", count=0) for each in rows
        )
        with django_assert_max_num_queries(12) as captured:
            assert client.get(page(page_name, target)).status_code == 200
        asked.append(len(captured))
    assert len(set(asked)) == 1


def test_three_indicators_cost_no_more_than_one(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    commitment = soon(cast)
    asked = []
    for count in (1, 3):
        while commitment.indicators.count() < count:
            extra = Indicator.objects.create(
                commitment=commitment, name="Otra", unit="plazas", target=Decimal(9)
            )
            measured(cast, extra, 3)
        with django_assert_max_num_queries(12) as captured:
            client.get(commitment.get_absolute_url())
        asked.append(len(captured))
    assert asked[0] == asked[1]


def test_json_names_what_everybody_may_know(cast: Cast, client: Client) -> None:
    row = soon(cast).indicators.get()
    measured(cast, row, 24)
    told = json.loads(client.get(page("measures_file", row.commitment, kind="json")).content)
    assert told["indicators"][0]["value"] == "24.00" and "Carmen" not in json.dumps(told)


def test_pages_of_who_keeps_and_who_answers_stay_within_their_queries(
    cast: Cast, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    commitment = of_luis(cast)
    row = commitment.indicators.get()
    made = measured(cast, row, 12, parts=[Part("sex", "women", 7)])
    for who in (cast.rosa, cast.luis):
        client = sign_in(who)
        client.get(page("indicator", row))  # the first page of a session asks for more
        for address in (
            page("indicator", row), page("measure", row), page("measures_import", commitment),
            page("measurement_withdraw", made),
        ):  # fmt: skip
            with django_assert_max_num_queries(12):
                assert client.get(address).status_code == 200, address
