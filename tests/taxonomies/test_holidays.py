"""The shipped days of rest against the law's rules, worked out here a second time and in another way."""

import json
import shutil
from calendar import FRIDAY, MONDAY, SATURDAY, SUNDAY, THURSDAY, TUESDAY, WEDNESDAY
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from dateutil.easter import easter
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from coordination.common.working_days import add_working_days, is_working_day
from coordination.taxonomies import loader
from coordination.taxonomies.models import Canton, Holiday, Province
from coordination.taxonomies.queries import holidays_in
from tests.cast import Cast

DAY = timedelta(days=1)
FILE: dict[str, Any] = json.loads((loader.DATA / "holidays_ec.json").read_text(encoding="utf-8"))
YEARS = range(2024, 2031)
# Ley Orgánica Reformatoria a la LOSEP y al Código del Trabajo (2016): where the rest of each weekday is moved to.
MOVES = {TUESDAY: -1, WEDNESDAY: 2, THURSDAY: 1, SATURDAY: -1, SUNDAY: 1}
STAYS = {weekday: move for weekday, move in MOVES.items() if weekday in (SATURDAY, SUNDAY)}
# Of 2 and 3 November together, by the weekday of the first.
TWO_IN_A_ROW = {
    MONDAY: (0, 0), TUESDAY: (0, -2), WEDNESDAY: (2, 0), THURSDAY: (0, 0), FRIDAY: (0, -2), SATURDAY: (-1, 1),
    SUNDAY: (2, 0),
}  # fmt: skip


def rest(day: date, rule: dict[int, int] = MOVES) -> date:
    return day + rule.get(day.weekday(), 0) * DAY


def by_the_law(year: int) -> set[date]:
    sunday = easter(year)
    second, third = date(year, 11, 2), date(year, 11, 3)
    of_second, of_third = TWO_IN_A_ROW[second.weekday()]
    return {
        rest(date(year, 1, 1), STAYS), sunday - 48 * DAY, sunday - 47 * DAY, sunday - 2 * DAY, rest(date(year, 5, 1)),
        rest(date(year, 5, 24)), rest(date(year, 8, 10)), rest(date(year, 10, 9)), second + of_second * DAY,
        third + of_third * DAY, rest(date(year, 12, 25), STAYS),
    }  # fmt: skip


def test_the_national_days_are_those_of_the_law() -> None:
    shipped = {date.fromisoformat(row["date"]) for row in FILE["national"]}
    law = {day for year in [*YEARS, YEARS[-1] + 1] for day in by_the_law(year) if day.year in YEARS}
    assert shipped == law
    assert len(FILE["national"]) == len(shipped) == 11 * len(YEARS)


@pytest.mark.parametrize(
    "published",
    [
        # Ministerio de Turismo, calendar of 2024, as the press printed it.
        ["2024-01-01", "2024-02-12", "2024-02-13", "2024-03-29", "2024-05-03", "2024-05-24", "2024-08-09", "2024-10-11",
         "2024-11-01", "2024-11-04", "2024-12-25"],
        # The rest of 2025, and Carnival of 2026.
        ["2025-04-18", "2025-05-02", "2025-05-23", "2025-08-11", "2025-10-10", "2025-11-03", "2025-11-04", "2025-12-25",
         "2026-02-16", "2026-02-17"],
    ],
)  # fmt: skip
def test_what_the_ministry_published_is_shipped(published: list[str]) -> None:
    assert set(published) <= {row["date"] for row in FILE["national"]}


def test_every_day_is_a_weekday_with_a_source_and_both_names() -> None:
    for row in [*FILE["national"], *FILE["decreed"], *FILE["local"]]:
        assert date.fromisoformat(row["date"]).weekday() < SATURDAY
        assert FILE["sources"][row["source"]]["title"]
        assert FILE["sources"][row["source"]]["url"].startswith("https://")
        assert row["name_es"]
        assert row["name_en"]


def test_local_days_have_one_territory_and_fall_on_no_national_one() -> None:
    national = {row["date"] for row in FILE["national"]}
    assert all(("canton" in row) != ("province" in row) for row in FILE["local"])
    assert not [row for row in FILE["local"] if row["date"] in national]


@pytest.mark.parametrize(
    ("canton", "day"),
    [
        ("1701", "2024-12-06"), ("1701", "2025-12-05"), ("1701", "2026-12-07"), ("0901", "2024-07-26"),
        ("0901", "2025-07-25"), ("0101", "2025-04-11"), ("0501", "2025-11-10"), ("1101", "2025-11-17"),
        ("1001", "2025-09-29"), ("0707", "2026-10-05"),
    ],
)  # fmt: skip
def test_local_days_move_as_the_press_said(canton: str, day: str) -> None:
    assert [row for row in FILE["local"] if row.get("canton") == canton and row["date"] == day]


@pytest.mark.django_db
def test_what_an_administrator_added_mended_or_unticked_survives_a_reload() -> None:
    loader.load()
    own = Holiday.objects.create(
        date=date(2027, 6, 1), name_es="Día propio", name_en="Own day", source="Decreto 9"
    )
    Holiday.objects.filter(date=date(2026, 12, 25)).update(name_es="Natividad", is_kept=False)
    count = Holiday.objects.count()
    loader.load()
    assert Holiday.objects.count() == count
    assert Holiday.objects.filter(pk=own.pk).exists()
    mended = Holiday.objects.get(date=date(2026, 12, 25))
    assert (mended.name_es, mended.is_kept) == ("Natividad", False)
    loader.load(refresh=True)
    assert Holiday.objects.count() == count
    assert Holiday.objects.get(date=date(2026, 12, 25)).name_es == "Navidad"


@pytest.mark.django_db
def test_a_day_of_an_unknown_canton_loads_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(loader.DATA, folder)
    broken = {**FILE, "local": [{**FILE["local"][0], "canton": "9999"}]}
    broken["local"][0].pop("province", None)
    (folder / "holidays_ec.json").write_text(json.dumps(broken))
    with pytest.raises(KeyError):
        loader.load(folder=folder)
    assert not Province.objects.exists()


@pytest.mark.django_db
def test_a_territory_has_a_day_once_and_only_one_territory() -> None:
    loader.load()
    quito = Canton.objects.get(code="1701")
    with pytest.raises(IntegrityError), transaction.atomic():
        Holiday.objects.create(date=date(2026, 12, 25), name_es="Otra", source="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Holiday.objects.create(
            date=date(2026, 6, 2), name_es="Otra", source="x", canton=quito, province=quito.province
        )
    with pytest.raises(ValidationError, match="territori|territory"):
        Holiday(date=date(2026, 12, 25), name="Otra", name_es="Otra", source="x").full_clean()


@pytest.mark.django_db
def test_a_canton_rests_with_its_province_and_its_country(django_assert_num_queries: Any) -> None:
    loader.load()
    san_cristobal, galapagos = Canton.objects.get(code="2001"), Province.objects.get(code="20")
    year = {"since": date(2026, 1, 1), "until": date(2026, 12, 31)}
    with django_assert_num_queries(1):
        there = holidays_in(canton_id=san_cristobal.pk, province_id=None, **year)
        assert there[date(2026, 2, 18)].place == "Galápagos"
        assert there[date(2026, 2, 16)].place == ""
    assert date(2026, 2, 18) in holidays_in(canton_id=None, province_id=galapagos.pk, **year)
    country = holidays_in(canton_id=None, province_id=None, **year)
    assert date(2026, 2, 18) not in country
    assert len(country) == 12  # eleven of the law and the 2 January of Decreto 249
    guayaquil = Canton.objects.get(code="0901")
    assert date(2026, 12, 7) not in holidays_in(canton_id=guayaquil.pk, province_id=None, **year)


@pytest.mark.django_db
def test_a_day_that_is_no_longer_kept_counts_as_a_working_day() -> None:
    loader.load()
    Holiday.objects.filter(date=date(2026, 12, 25)).update(is_kept=False)
    found = holidays_in(canton_id=None, province_id=None, since=date(2026, 12, 1), until=date(2026, 12, 31))
    assert found == {}


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),
        (date(2026, 3, 2), 5, date(2026, 3, 9)),
        (date(2028, 2, 25), 1, date(2028, 3, 1)),  # the leap day is the Tuesday of Carnival
        (date(2026, 2, 13), 1, date(2026, 2, 18)),  # Friday before Carnival
        (date(2026, 2, 13), 5, date(2026, 2, 24)),
        (date(2026, 12, 24), 1, date(2026, 12, 28)),
        (date(2026, 3, 6), 0, date(2026, 3, 6)),
    ],
)
def test_working_days_skip_weekends_and_days_of_rest(day: date, count: int, expected: date) -> None:
    off = {date.fromisoformat(row["date"]) for row in FILE["national"]}
    assert add_working_days(day, count, off) == expected
    assert not is_working_day(date(2026, 2, 16), off)


def test_working_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_working_days(date(2026, 3, 6), -1)


@pytest.mark.django_db
def test_the_administration_finds_days_by_year_and_place() -> None:
    loader.load()
    client = Client()
    client.force_login(Cast().ana.user)
    page = client.get(
        reverse("admin:taxonomies_holiday_changelist"), {"q": "Quito", "year": "2026"}, follow=True
    )
    assert page.status_code == 200
    body = page.content.decode()
    assert "Fundación de Quito" in body
    assert "Fundación de Guayaquil" not in body
