"""Dates in words and what templates say with them, in both languages."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages.storage.base import Message
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from coordination.common import dates
from coordination.common.templatetags import minga
from coordination.organizations.models import Organization

QUITO = "America/Guayaquil"


@pytest.fixture(autouse=True)
def _spanish():
    with translation.override("es"):
        yield


def at(*parts: int, zone: str = QUITO) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))


def test_a_date_is_written_in_words():
    assert dates.date_words(date(2017, 7, 11)) == "martes 11 de julio de 2017"
    assert dates.date_words(date(2017, 7, 11), "en") == "Tuesday 11 July 2017"


def test_the_leap_day_has_its_weekday():
    assert dates.date_words(date(2024, 2, 29)) == "jueves 29 de febrero de 2024"
    assert dates.short_date(date(2024, 2, 29)) == "29 feb. 2024"
    assert dates.short_date(date(2024, 2, 29), "en") == "29 Feb 2024"


def test_words_follow_the_active_language_and_fall_back_to_spanish():
    with translation.override("en"):
        assert dates.date_words(date(2026, 12, 1)) == "Tuesday 1 December 2026"
    assert dates.date_words(date(2026, 12, 1), "qu") == "martes 1 de diciembre de 2026"
    assert dates.date_words(date(2026, 12, 1), "es-ec") == "martes 1 de diciembre de 2026"


def test_a_moment_names_its_zone():
    start = at(2026, 12, 1, 9)
    assert dates.moment(start, QUITO) == "martes 1 de diciembre de 2026, 09:00, hora de Quito"
    assert dates.moment(start, QUITO, "en") == "Tuesday 1 December 2026, 09:00, Quito time"
    assert (
        dates.moment(start, "Pacific/Galapagos") == "martes 1 de diciembre de 2026, 08:00, hora de Galápagos"
    )


def test_a_moment_just_after_midnight_belongs_to_the_day_of_its_zone():
    stored = datetime(2026, 12, 2, 4, 30, tzinfo=UTC)
    assert dates.moment(stored, QUITO) == "martes 1 de diciembre de 2026, 23:30, hora de Quito"


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        dates.moment(datetime(2026, 12, 1, 9), QUITO)


def test_a_span_within_a_day_names_the_day_once():
    start, end = at(2026, 12, 1, 9), at(2026, 12, 1, 13)
    assert dates.span(start, end, QUITO) == "martes 1 de diciembre de 2026, 09:00 a 13:00, hora de Quito"
    assert dates.span(start, end, QUITO, "en") == "Tuesday 1 December 2026, 09:00 to 13:00, Quito time"
    assert dates.span(start, None, QUITO) == dates.moment(start, QUITO)


def test_a_span_over_midnight_or_several_days_names_both():
    assert dates.span(at(2026, 12, 1, 22), at(2026, 12, 2, 1), QUITO) == (
        "del martes 1 de diciembre de 2026, 22:00, al miércoles 2 de diciembre de 2026, 01:00, hora de Quito"
    )
    assert dates.span(at(2024, 2, 28, 9), at(2024, 2, 29, 17), QUITO, "en") == (
        "from Wednesday 28 February 2024, 09:00, to Thursday 29 February 2024, 17:00, Quito time"
    )


def test_a_span_that_crosses_midnight_only_in_another_zone_stays_one_day_at_home():
    start, end = datetime(2026, 12, 1, 23, tzinfo=UTC), datetime(2026, 12, 2, 1, tzinfo=UTC)
    assert dates.span(start, end, QUITO) == "martes 1 de diciembre de 2026, 18:00 a 20:00, hora de Quito"


@pytest.mark.parametrize(
    ("days", "spanish", "english"),
    [
        (0, "hoy", "today"),
        (1, "mañana", "tomorrow"),
        (-1, "ayer", "yesterday"),
        (9, "en 9 días", "in 9 days"),
        (-22, "hace 22 días", "22 days ago"),
        (-99, "hace 99 días", "99 days ago"),
        (-210, "hace 7 meses", "7 months ago"),
        (800, "en 2 años", "in 2 years"),
    ],
)
def test_distance_in_days_is_said_in_words(days: int, spanish: str, english: str):
    today = date(2026, 11, 22)
    day = date.fromordinal(today.toordinal() + days)
    assert dates.relative_days(day, today) == spanish
    assert dates.relative_days(day, today, "en") == english


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        (QUITO, "hora de Quito"),
        ("Europe/Madrid", "hora de Madrid"),
        ("America/New_York", "hora de Nueva York"),
        ("America/Argentina/Buenos_Aires", "hora de Buenos Aires"),
        ("UTC", "hora universal (UTC)"),
    ],
)
def test_a_zone_is_called_by_its_city(zone: str, name: str):
    assert dates.zone_name(zone) == name


@pytest.mark.parametrize(
    ("number", "numeral"), [(1, "I"), (4, "IV"), (21, "XXI"), (49, "XLIX"), (1999, "MCMXCIX"), (4000, "4000")]
)
def test_sessions_are_numbered_in_roman(number: int, numeral: str):
    assert dates.roman(number) == numeral


@pytest.mark.parametrize("number", [0, -1])
def test_what_has_no_numeral_is_refused(number: int):
    with pytest.raises(ValueError):
        dates.roman(number)


def test_per_cent_has_its_comma_and_a_space_that_does_not_break():
    assert dates.percent(60) == "60\N{NO-BREAK SPACE}%"
    assert dates.percent(12.5) == "12,5\N{NO-BREAK SPACE}%"
    assert dates.percent(12.5, "en") == "12.5%"
    assert minga.percent(3, 5) == "60\N{NO-BREAK SPACE}%"
    assert minga.percent(0, 0) == ""


def test_filters_say_nothing_about_nothing():
    assert [minga.date_words(None), minga.moment(None), minga.days_until(None), minga.short_date(None)] == [
        ""
    ] * 4


def test_a_zero_is_a_fact_and_an_absence_says_so():
    assert minga.or_unknown(0) == 0
    assert 'class="m-unknown"' in minga.or_unknown(None)


def test_what_is_kept_in_another_language_than_the_page_is_marked():
    both = Organization(name_es="Alto Comisionado", name_en="Refugee Agency", acronym_es="ACNUR")
    one = Organization(name_es="Cruz Roja", name_en="")
    foreign = Organization(name_es="", name_en="Refugee Council")
    assert [minga.tongue(each) for each in (both, one, "Se abrió", "")] == [""] * 4
    assert minga.tongue(foreign) == ' lang="en"'
    with translation.override("en"):
        assert minga.tongue(both) == minga.tongue(foreign) == minga.tongue("") == minga.tongue(None) == ""
        assert (
            minga.tongue(one) == minga.tongue(both, "short_name") == minga.tongue("Se abrió") == ' lang="es"'
        )
        assert Template("<b{{ one|tongue }}>").render(Context({"one": one})) == '<b lang="es">'


def test_a_text_from_outside_is_escaped_in_a_component():
    page = Template("{% icon 'clock' name %}").render(Context({"name": '"><script>'}))
    assert "<script>" not in page


def test_the_parts_of_a_share_bar_fill_it_and_skip_the_empty():
    drawn = minga.share_parts(
        [{"state": "green", "count": 3}, {"state": "red", "count": 0}, {"state": "grey", "count": 1}]
    )
    assert [part["state"] for part in drawn] == ["green", "grey"]
    assert drawn[0]["x"] == "0.20%"
    assert drawn[1]["x"] == "75.20%"
    assert minga.share_parts([{"state": "green", "count": 0}]) == []


def test_the_gauge_counts_sectors_and_names_the_missing():
    sectors = [{"label": label, "count": count} for label, count in (("A", 2), ("B", 1), ("C", 0))]
    drawn = minga.gauge_seats(sectors)
    assert (drawn["filled"], drawn["all"], drawn["missing"]) == (2, 3, ["C"])
    assert [seat["state"] for seat in drawn["seats"]] == ["", "is-thin", "is-missing"]
    assert (drawn["seats"][0]["x"], drawn["seats"][0]["y"]) == ("100.0", "24.0")


def test_initials_take_first_and_last():
    assert minga.initials("Rosa Elena Tandazo") == "RT"
    assert minga.initials("rosa@mesa.example") == "R"
    assert minga.initials("") == ""


def test_an_undo_address_travels_in_the_tags_of_a_message():
    assert minga.undo_url(Message(20, "Punto eliminado.", extra_tags="undo:/es/puntos/4/deshacer/")) == (
        "/es/puntos/4/deshacer/"
    )
    assert minga.undo_url(Message(20, "Guardado.")) == ""


def test_the_same_page_keeps_its_address_and_filters_in_the_other_language():
    request = RequestFactory().get("/es/no-existe/?estado=red")
    assert minga.same_page({"request": request}, "en") == "/en/"
    assert minga.same_page({"request": request}, "es") == "/es/no-existe/?estado=red"
    assert minga.same_page({}, "en") == "/en/"
