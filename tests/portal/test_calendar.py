"""The month as a table and as a list: which day a session stands on, who sees it, and what the page weighs."""

import gzip
from calendar import Calendar as WholeMonths
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from coordination.mesas.models import Mesa
from coordination.portal import months
from coordination.sessions.models import CalendarFeed, CircleMember, Session
from coordination.taxonomies.models import Province
from tests.cast import Cast

QUITO, GALAPAGOS = "America/Guayaquil", "Pacific/Galapagos"


def at(text: str, zone: str = QUITO) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))


def make(
    cast: Cast, starts: str, ends: str, zone: str = QUITO, count: int = 1, **fields: Any
) -> list[Session]:
    given: dict[str, Any] = {"mesa": cast.mesa, "state": "convened", "topic_es": "Alojamiento"} | fields
    first = Session.objects.count() + 1
    return Session.objects.bulk_create(
        Session(
            number=first + place, starts_at=at(starts, zone), ends_at=at(ends, zone), time_zone=zone, **given
        )
        for place in range(count)
    )


def seen(client: Client, **query: Any) -> Any:
    response = client.get(reverse("portal:calendar"), query)
    assert response.status_code == 200
    return response


def standing(month: months.Month) -> dict[str, int]:
    return {f"{day.day}": len(day.entries) for day in month.days if day.entries}


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31)))
def test_the_grid_is_six_weeks_from_a_monday_around_the_whole_month(day: date) -> None:
    first = day.replace(day=1)
    days = months.grid(first)
    assert len(days) == months.CELLS
    assert days[0].weekday() == 0
    assert days == sorted(set(days))
    whole = {d for d in WholeMonths().itermonthdates(first.year, first.month) if d.month == first.month}
    assert whole <= set(days)
    assert months.first_after(first) == max(whole) + timedelta(days=1)


@pytest.mark.parametrize(
    ("starts", "ends", "zone", "days"),
    [
        ("2028-02-29 09:00", "2028-02-29 12:00", QUITO, ["2028-02-29"]),
        ("2028-02-28 22:00", "2028-02-29 02:00", QUITO, ["2028-02-28", "2028-02-29"]),
        ("2028-02-29 22:00", "2028-03-01 02:00", QUITO, ["2028-02-29", "2028-03-01"]),
        ("2028-02-29 22:00", "2028-03-01 00:00", QUITO, ["2028-02-29"]),
        (
            "2028-02-29 23:30",
            "2028-02-29 23:45",
            GALAPAGOS,
            ["2028-02-29"],
        ),  # already March in Quito and in UTC
        ("2028-02-03 09:00", "2028-02-05 13:00", QUITO, ["2028-02-03", "2028-02-04", "2028-02-05"]),
        (
            "2028-01-30 09:00",
            "2028-02-01 13:00",
            QUITO,
            ["2028-01-31", "2028-02-01"],
        ),  # the grid begins on the 31st
        ("2028-03-01 00:30", "2028-03-01 02:00", "Pacific/Kiritimati", ["2028-03-01"]),
    ],
)
def test_a_session_stands_on_each_of_its_days_in_its_own_zone(
    cast: Cast, starts: str, ends: str, zone: str, days: list[str]
) -> None:
    make(cast, starts, ends, zone)
    month = months.month_of(
        Session.objects.all(), first=date(2028, 2, 1), today=date(2028, 2, 1), zone=ZoneInfo(QUITO)
    )
    assert standing(month) == dict.fromkeys(days, 1)


def test_a_reader_elsewhere_is_told_their_own_hour(cast: Cast) -> None:
    make(cast, "2028-02-10 09:00", "2028-02-10 11:00", GALAPAGOS)
    make(cast, "2028-02-11 23:30", "2028-02-11 23:45", GALAPAGOS)
    make(cast, "2028-02-12 09:00", "2028-02-12 11:00")
    page = seen(Client(), mes="2028-02").content.decode()
    assert "hora de Galápagos" in page
    assert "10:00, hora de Quito)" in page
    assert "sábado 12 de febrero de 2028, 00:30, hora de Quito)" in page
    table = seen(Client(), mes="2028-02", vista="mes").content.decode()
    assert "hora de Galápagos (10:00, hora de Quito)" in table
    month = seen(Client(), mes="2028-02").context["month"]
    assert [bool(entry.reader) for entry in month.listed] == [True, True, False]


def test_a_record_without_hours_says_so(cast: Cast) -> None:
    make(cast, "2017-07-11 00:00", "2017-07-11 00:00", has_hours=False, provenance="historic", state="held")
    month = seen(Client(), mes="2017-07").context["month"]
    assert [(entry.hour, entry.day) for entry in month.listed] == [("", date(2017, 7, 11))]


def test_today_is_marked_once_and_the_table_is_a_table(cast: Cast) -> None:
    today = timezone.localdate()
    make(cast, f"{today} 09:00", f"{today} 11:00")
    page = seen(Client(), vista="mes").content.decode()
    assert page.count('aria-current="date"') == 1
    assert page.count("<td") == 42
    assert page.count('<th scope="col"') == 7
    assert page.index('abbr="lunes"') < page.index('abbr="martes"')
    assert "m-cal__list" not in page


def test_more_than_three_lead_to_their_day_in_the_list(cast: Cast) -> None:
    make(cast, "2028-02-10 09:00", "2028-02-10 11:00", count=49)
    make(cast, "2028-02-15 09:00", "2028-02-15 11:00", count=5)
    make(cast, "2028-02-20 09:00", "2028-02-20 11:00", count=4)
    page = seen(Client(), mes="2028-02", mesa=cast.mesa.slug, vista="mes").content.decode()
    start = f"?mesa={cast.mesa.slug}&amp;mes=2028-02&amp;vista=lista"
    assert f'{start}#d-2028-02-10"' in page
    assert f'{start}#d-2028-02-15"' in page
    assert f'{start}&amp;page=2#d-2028-02-20"' in page
    assert 'id="d-2028-02-20"' in seen(Client(), mes="2028-02", vista="lista", page=2).content.decode()


def test_each_reader_sees_what_is_theirs(cast: Cast, sign_in: Callable) -> None:
    make(cast, "2028-02-10 09:00", "2028-02-10 11:00", state="draft")
    closed = make(
        cast,
        "2028-02-11 09:00",
        "2028-02-11 11:00",
        is_casa_adentro=True,
        topic_es="CANARIO",
        venue="CANARIO",
    )[0]
    CircleMember.objects.create(session=closed, person=cast.luis, level="logistics", since=timezone.now())
    counts = {}
    for name in ("tomas", "elena", "luis", "rosa", "ana", "olga"):
        response = seen(sign_in(getattr(cast, name)), mes="2028-02")
        counts[name] = len(response.context["month"].listed)
        assert ("CANARIO" in response.content.decode()) == (name == "luis")
        assert (str(closed.public_id) in response.content.decode()) == (name == "luis")
    assert counts == {"tomas": 0, "elena": 0, "luis": 1, "rosa": 1, "ana": 0, "olga": 0}
    empty = seen(Client(), mes="2028-02")
    assert empty.context["next"] is None
    assert "m-empty" in empty.content.decode()


def test_an_empty_month_leads_to_the_nearest_session(cast: Cast) -> None:
    make(cast, "2028-05-10 09:00", "2028-05-10 11:00")
    page = seen(Client(), mes="2028-02", vista="lista").content.decode()
    assert "?vista=lista&amp;mes=2028-05" in page
    assert "?mes=2028-05" in seen(Client(), mes="2028-09").content.decode()


def test_filters_narrow_and_nonsense_filters_nothing(cast: Cast, sign_in: Callable) -> None:
    other = Mesa.objects.create(slug="otra", name_es="Otra", name_en="Other", code_prefix="OT")
    loja = Province.objects.create(code="11", name="Loja")
    make(cast, "2028-02-10 09:00", "2028-02-10 11:00")
    make(cast, "2028-02-11 09:00", "2028-02-11 11:00", mesa=other, province=loja)

    def days(client: Client, **query: Any) -> list[int]:
        return [entry.day.day for entry in seen(client, mes="2028-02", **query).context["month"].listed]

    visitor = Client()
    assert days(visitor) == [10, 11]
    assert days(visitor, mesa="otra") == [11]
    assert days(visitor, provincia="11") == [11]
    assert days(visitor, organizacion=cast.university.slug) == [10]
    assert days(visitor, mesa="nadie", provincia="x\0", organizacion="x\0", vista="x\0", page="x") == [10, 11]
    assert days(visitor, mias="on") == [10, 11]
    assert days(sign_in(cast.rosa), mias="on") == [10]
    assert days(sign_in(cast.elena), mias="on") == []
    for wrong in ("2028-13", "0000-01", "2028", "x", "9999-12", "2028-02\0"):
        assert seen(visitor, mes=wrong).context["is_now"]


def test_the_box_makes_changes_and_takes_back_an_address(cast: Cast, sign_in: Callable) -> None:
    client, page = sign_in(cast.luis), reverse("portal:calendar")
    assert seen(client).context["feed"]["state"] == "none"
    sent = client.post(reverse("sessions:feed_open"), {"mesa": cast.mesa.slug})
    assert sent["Location"] == f"{page}?mesa={cast.mesa.slug}#suscribirse"
    shown = seen(client, mesa=cast.mesa.slug)
    first = shown.context["feed"]["address"]
    assert f'value="{first}"' in shown.content.decode()
    assert seen(client).context["feed"]["state"] == "none"
    feed = CalendarFeed.objects.get()
    client.post(reverse("sessions:feed_renew", args=[feed.public_id]))
    second = seen(client, mesa=cast.mesa.slug).context["feed"]["address"]
    assert second != first
    client.post(reverse("sessions:feed_revoke", args=[feed.public_id]))
    assert seen(client, mesa=cast.mesa.slug).context["feed"]["state"] == "none"
    Mesa.objects.filter(pk=cast.mesa.pk).update(visibility=Mesa.Visibility.MEMBERS)
    assert (
        sign_in(cast.elena).post(reverse("sessions:feed_open"), {"mesa": cast.mesa.slug}).status_code == 404
    )


def test_visitors_are_given_the_public_address(cast: Cast) -> None:
    Province.objects.create(code="11", name="Loja")
    box = seen(Client(), mesa=cast.mesa.slug).context["feed"]
    assert box["address"].endswith(f"/es/calendario/mesas/{cast.mesa.slug}.ics")
    assert box["webcal"].startswith("webcal://")
    assert seen(Client(), provincia="11").context["feed"]["state"] == "public"
    assert seen(Client()).context["feed"]["state"] == "choose"
    assert seen(Client(), provincia="11", mesa=cast.mesa.slug).context["feed"]["state"] == "too_many"


@pytest.mark.parametrize("who", ["visitor", "rosa"])
def test_the_same_queries_and_a_light_page_at_one_three_and_three_hundred(
    cast: Cast, sign_in: Callable, who: str
) -> None:
    client = Client() if who == "visitor" else sign_in(cast.rosa)
    counts = []
    for more in (1, 2, 297):
        for place in range(min(more, 28)):
            day = f"2028-02-{place + 1:02}"
            make(cast, f"{day} 09:00", f"{day} 11:00", count=-(-more // 28) if more > 28 else 1)
        with CaptureQueriesContext(connection) as queries:
            page = seen(client, mes="2028-02")
        counts.append(len(queries))
    assert Session.objects.count() >= 300
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 12
    assert len(gzip.compress(page.content)) < 20_000


def test_nothing_is_written_by_looking(cast: Cast, sign_in: Callable) -> None:
    client = sign_in(cast.rosa)
    with CaptureQueriesContext(connection) as queries:
        seen(client, mias="on", mesa=cast.mesa.slug)
    assert not [q["sql"] for q in queries if q["sql"].split(" ", 1)[0] in ("INSERT", "UPDATE", "DELETE")]
    assert client.post(reverse("portal:calendar")).status_code == 405
