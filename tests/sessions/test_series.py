"""A series: its dates, what is told of each, and sessions that afterwards live by themselves."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.sessions import actions
from coordination.sessions.actions.planning import SessionInThePast
from coordination.sessions.actions.rooms import RoomTaken
from coordination.sessions.actions.series import TooFewDates, TooManyDates
from coordination.sessions.models import Series, Session
from coordination.sessions.series import days_of, preview, siblings, with_siblings
from coordination.taxonomies.models import Canton, Holiday, Province
from tests.cast import Cast
from tests.sessions.scheduling import drafted
from tests.sessions.test_rooms import room

QUITO = ZoneInfo("America/Guayaquil")
SignIn = Callable[[Any], Client]


def words(days: list[date]) -> list[str]:
    return [f"{day:%a %d %b %y}" for day in days]


@pytest.mark.parametrize(
    ("first", "preset", "by", "count", "wanted"),
    [
        ((2027, 3, 9), "weekly", "nth", 3, ["Tue 09 Mar 27", "Tue 16 Mar 27", "Tue 23 Mar 27"]),
        ((2027, 12, 21), "fortnightly", "nth", 2, ["Tue 21 Dec 27", "Tue 04 Jan 28"]),
        ((2027, 3, 9), "monthly", "nth", 3, ["Tue 09 Mar 27", "Tue 13 Apr 27", "Tue 11 May 27"]),
        ((2027, 3, 30), "monthly", "nth", 3, ["Tue 30 Mar 27", "Tue 27 Apr 27", "Tue 25 May 27"]),
        ((2027, 3, 9), "monthly", "weekday", 3, ["Tue 09 Mar 27", "Tue 06 Apr 27", "Tue 11 May 27"]),
        ((2027, 11, 9), "bimonthly", "nth", 3, ["Tue 09 Nov 27", "Tue 11 Jan 28", "Tue 14 Mar 28"]),
        ((2028, 2, 29), "quarterly", "nth", 3, ["Tue 29 Feb 28", "Tue 30 May 28", "Tue 29 Aug 28"]),
        ((2028, 2, 29), "quarterly", "weekday", 5, ["Tue 29 Feb 28", "Tue 30 May 28", "Tue 29 Aug 28", "Tue 28 Nov 28", "Tue 27 Feb 29"]),
        ((2027, 1, 31), "monthly", "weekday", 2, ["Sun 31 Jan 27", "Sun 28 Feb 27"]),
    ],
)  # fmt: skip
def test_the_rhythms(
    first: tuple[int, int, int], preset: str, by: str, count: int, wanted: list[str]
) -> None:
    assert words(days_of(date(*first), preset, by=by, count=count)) == wanted


def test_a_rhythm_ends_by_count_or_by_day_and_never_drifts() -> None:
    first = date(2027, 3, 9)
    assert len(days_of(first, "weekly", until=date(2027, 3, 22))) == 2
    assert (
        len(days_of(first, "weekly", until=date(2199, 1, 1))) == 54
    )  # one too many, so that it can be refused
    for preset in Series.Preset.values:
        for by in ("nth", "weekday"):
            days = days_of(first, preset, by=by, count=53)
            assert len(set(days)) == 53 and {day.weekday() for day in days} == {1}
            assert days == sorted(days)


def made(cast: Cast, days: list[date], **fields: Any) -> Series:
    first = days[0]
    start = datetime(first.year, first.month, first.day, 9, tzinfo=QUITO)
    given: dict[str, Any] = {
        "mesa_id": cast.mesa.pk, "token": uuid.uuid4(), "preset": "monthly", "first": first,
        "span": (start, start + timedelta(hours=3)), "days": days, "kind": "ordinary", "topic": "Rutas",
        "time_zone": "America/Guayaquil", "modality": "in_person", "venue": "Casa", "by": cast.secretariat,
        "now": cast.now,
    }  # fmt: skip
    return actions.schedule_series(**(given | fields))


DAYS = days_of(date(2026, 4, 14), "monthly", count=3)


def test_each_date_becomes_a_draft_with_its_number_and_its_review(cast: Cast) -> None:
    drafted(cast, starts_at=cast.in_days(30))
    series = made(cast, DAYS, exceptions=[date(2026, 7, 14)])
    rows = list(series.sessions.order_by("starts_at"))
    assert [row.number for row in rows] == [2, 3, 4]
    assert [row.local_day for row in rows] == DAYS
    assert {row.starts_at.astimezone(QUITO).hour for row in rows if row.starts_at} == {9}
    assert all(row.agenda.get().is_generated and row.blocks.count() == 1 for row in rows)
    assert (series.exceptions, len({row.public_id for row in rows})) == (["2026-07-14"], 3)


def test_moving_or_cancelling_one_leaves_the_others(cast: Cast) -> None:
    series = made(cast, DAYS)
    first, second, third = series.sessions.order_by("number")
    actions.cancel(session_id=second.pk, reason="Paro", by=cast.secretariat, now=cast.now)
    late = {"starts_at": third.starts_at + timedelta(days=40), "ends_at": third.ends_at + timedelta(days=40)}
    actions.edit(session_id=first.pk, version=1, **late, by=cast.secretariat, now=cast.now)
    row = with_siblings(Session.objects.filter(pk=third.pk), cast.secretariat).get()
    assert [each.number for each in siblings(row)] == [1, 2, 3]
    third.refresh_from_db()
    assert third.state == "draft" and third.local_day == DAYS[2]
    assert drafted(cast, starts_at=cast.in_days(300)).number == 4


def test_the_same_token_makes_one_series(cast: Cast) -> None:
    token = uuid.uuid4()
    assert made(cast, DAYS, token=token) == made(cast, DAYS[:2], token=token)
    assert Session.objects.count() == 3


def test_a_series_is_made_whole_or_not_at_all(cast: Cast) -> None:
    place = room(cast)
    taken = drafted(cast, room_id=place.pk, starts_at=datetime(2026, 5, 12, 10, tzinfo=QUITO))
    with pytest.raises(RoomTaken) as told, transaction.atomic():
        made(cast, DAYS, room_id=place.pk)
    assert "12" in str(told.value.message) and told.value.field == "room"
    with pytest.raises(SessionInThePast), transaction.atomic():
        made(cast, [date(2026, 1, 13), *DAYS])
    for days, error in ((DAYS[:1], TooFewDates), (days_of(DAYS[0], "weekly", count=54), TooManyDates)):
        with pytest.raises(error), transaction.atomic():
            made(cast, days)
    assert (list(Session.objects.all()), Series.objects.count()) == ([taken], 0)


def test_the_deadline_goes_along(cast: Cast) -> None:
    closes = datetime(2026, 4, 10, 0, tzinfo=QUITO)
    rows = made(cast, DAYS, registration_closes_at=closes).sessions.order_by("number")
    assert [(row.starts_at - row.registration_closes_at).days for row in rows] == [4, 4, 4]


class TestPreview:
    def seen(self, cast: Cast, days: list[date], **fields: Any) -> list[Any]:
        start = datetime(days[0].year, days[0].month, days[0].day, 9, tzinfo=QUITO)
        given: dict[str, Any] = {
            "mesa": cast.mesa, "days": days, "first": days[0], "span": (start, start + timedelta(hours=3)),
            "room_ids": [], "canton_id": None, "actor": cast.secretariat,
        }  # fmt: skip
        return preview(**(given | fields))

    def test_what_is_known_of_each_date_is_told(self, cast: Cast) -> None:
        loja = Province.objects.create(code="11", name="Loja")
        canton = Canton.objects.create(code="1101", name="Loja", province=loja)
        Holiday.objects.create(date=date(2026, 4, 14), name="Feria", canton=canton, source="Ordenanza")
        Holiday.objects.create(date=date(2026, 4, 15), name="Nacional", source="Ley")
        place = room(cast)
        own = drafted(cast, room_id=place.pk, starts_at=datetime(2026, 4, 21, 11, tzinfo=QUITO))
        days = [date(2026, 4, 14), date(2026, 4, 21), date(2026, 4, 25), date(2026, 4, 28)]
        first, second, third, last = self.seen(cast, days, room_ids=[place.pk], canton_id=canton.pk)
        assert first.here.holiday.name == "Feria" and first.moved.day == date(2026, 4, 16)
        assert (second.here.rooms, second.here.own, second.moved) == (("Auditorio Loja",), (own,), None)
        assert third.here.is_weekend and third.moved.day == date(2026, 4, 27)
        assert last.here.is_clear
        assert self.seen(cast, days)[0].here.is_clear  # elsewhere nobody rests for Loja

    def test_a_closed_session_is_not_told_to_who_is_outside(self, cast: Cast) -> None:
        session = drafted(cast, starts_at=datetime(2026, 4, 14, 10, tzinfo=QUITO), is_casa_adentro=True)
        assert self.seen(cast, DAYS)[0].here.own == (session,)
        session.circle.all().delete()
        assert self.seen(cast, DAYS)[0].here.is_clear

    def test_many_dates_read_as_often_as_few(self, cast: Cast) -> None:
        counted = []
        for count in (2, 10, 53):
            days = days_of(date(2026, 4, 14), "weekly", count=count)
            with CaptureQueriesContext(connection) as spent:
                assert len(self.seen(cast, days, room_ids=[1])) == count
            counted.append(len(spent))
        assert counted[0] == counted[1] == counted[2] <= 5


class TestPages:
    @pytest.fixture
    def today(self, cast: Cast) -> Cast:
        cast.now = timezone.now()
        return cast

    def sent(self, cast: Cast, **given: Any) -> dict[str, Any]:
        day = cast.in_days(20)
        return {
            "day": f"{day - timedelta(days=day.weekday()):%Y-%m-%d}", "starts": "09:00", "ends": "12:00",
            "modality": "in_person", "time_zone": "America/Guayaquil", "kind": "ordinary", "topic": "Rutas <b>",
            "venue": "", "preset": "weekly", "by": "nth", "count": "4", "until": "", "token": str(uuid.uuid4()),
        } | given  # fmt: skip

    def test_dates_are_read_left_out_counted_and_made_once(self, today: Cast, sign_in: SignIn) -> None:
        rosa, where = sign_in(today.rosa), reverse("sessions:series", args=[today.mesa.slug])
        assert rosa.get(where).status_code == 200
        told = self.sent(today)
        page = rosa.post(where, told)
        assert page.context["number"] == 4 and "Rutas &lt;b&gt;" in page.content.decode()
        assert Session.objects.count() == 0
        skipped = page.context["rows"][1][0].key
        chosen = told | {f"fecha-{skipped}": "no", "step": "create", "number": "4"}
        page = rosa.post(where, chosen)
        assert (page.context["number"], page.context["changed"], Session.objects.count()) == (3, True, 0)
        for _twice in range(2):
            assert rosa.post(where, chosen | {"number": "3"}).status_code == 302
        series = Series.objects.get()
        assert (series.sessions.count(), series.exceptions) == (3, [skipped])
        second = series.sessions.order_by("number")[1]
        page = rosa.get(second.get_absolute_url())
        assert (page.context["series"]["place"], page.context["series"]["count"]) == (2, 3)
        assert page.context["series"]["before"].get_absolute_url() in page.content.decode()

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"count": "", "until": ""}, "count"), ({"until": "2090-01-01"}, "count"),
            ({"count": "", "until": "2090-01-01"}, "until"), ({"count": "1"}, "count"), ({"count": "54"}, "count"),
            ({"count": "", "until": "2001-01-01"}, "until"), ({"preset": "yearly"}, "preset"),
            ({"day": "2027-02-29"}, "day"), ({"day": "9999-12-31"}, "day"), ({"token": "x"}, "token"),
            ({"ends": "08:00"}, "ends"),
        ],
    )  # fmt: skip
    def test_bad_input_is_named(
        self, today: Cast, sign_in: SignIn, given: dict[str, str], field: str
    ) -> None:
        where = reverse("sessions:series", args=[today.mesa.slug])
        page = sign_in(today.rosa).post(where, self.sent(today, **given))
        assert field in page.context["form"].errors and not Session.objects.exists()

    def test_a_taken_room_is_told_and_nothing_is_made(self, today: Cast, sign_in: SignIn) -> None:
        place, where = room(today), reverse("sessions:series", args=[today.mesa.slug])
        told = self.sent(today, room=place.pk)
        day = datetime.fromisoformat(f"{told['day']}T10:00").replace(tzinfo=QUITO)
        drafted(
            today, room_id=place.pk, starts_at=day + timedelta(days=7), is_casa_adentro=True, topic="CANARIO"
        )
        rosa = sign_in(today.rosa)
        assert "Auditorio Loja" in rosa.post(where, told).content.decode()
        page = rosa.post(where, told | {"step": "create", "number": "4"})
        assert list(page.context["form"].errors) == ["__all__"] and Series.objects.count() == 0
