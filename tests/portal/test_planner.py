"""The planner: whose sessions it draws, what it never tells, and what it weighs."""

import gzip
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.mesas.models import Mesa
from coordination.sessions.models import Block, CircleMember, Session
from coordination.sessions.rooms import Reservation, Room
from tests.cast import Cast

pytestmark = pytest.mark.django_db
QUITO, GALAPAGOS = "America/Guayaquil", "Pacific/Galapagos"
STATIC = Path(settings.BASE_DIR) / "static"


def make(cast: Cast, number: int = 1, zone: str = QUITO, hour: int = 9, **fields: Any) -> Session:
    day = timezone.localdate() + timedelta(days=20)
    starts = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone))
    given: dict[str, Any] = {"mesa": cast.mesa, "state": "convened", "topic_es": "Alojamiento"} | fields
    session = Session.objects.create(
        number=number, starts_at=starts, ends_at=starts + timedelta(hours=3), time_zone=zone, **given
    )
    Block.objects.create(session=session, starts_at=session.starts_at, ends_at=session.ends_at)
    return session


def drawn(client: Client, **query: Any) -> list[dict[str, Any]]:
    today = timezone.localdate()
    given = {"start": today.isoformat(), "end": (today + timedelta(days=60)).isoformat()} | query
    response = client.get(reverse("portal:planner_events"), given)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.json()


def test_it_draws_the_sessions_of_the_mesas_one_keeps_on_the_hour_of_their_place(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    other = Mesa.objects.create(slug="otra", name_es="Otra mesa", name_en="Other", code_prefix="OM")
    here, there = make(cast), make(cast, 2, GALAPAGOS, state="draft")
    make(cast, 3, mesa=other)
    held = make(cast, 4, state="held")
    rows = {row["id"]: row for row in drawn(sign_in(cast.rosa))}
    assert set(rows) == {str(one.public_id) for one in (here, there, held)}
    own = rows[str(here.public_id)]
    assert own["start"].endswith("T09:00:00") and "hora de" not in own["title"]
    assert own["editable"] and own["extendedProps"]["move"] == reverse("sessions:move", args=[here.public_id])
    assert own["extendedProps"]["version"] == here.version
    far = rows[str(there.public_id)]
    assert far["start"].endswith("T09:00:00") and "hora de Galápagos" in far["title"]
    assert (
        not rows[str(held.public_id)]["editable"] and not rows[str(held.public_id)]["extendedProps"]["move"]
    )


def test_a_closed_session_is_drawn_for_its_circle_alone_and_its_room_says_not_available(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    room = Room.objects.create(organization=cast.ministry, name="Sala Mera")
    closed = make(cast, 1, is_casa_adentro=True, topic_es="Canario", room=room)
    block = closed.blocks.get()
    Reservation.objects.create(room=room, block=block, starts_at=block.starts_at, ends_at=block.ends_at)
    later = block.ends_at + timedelta(hours=1)
    Reservation.objects.create(
        room=room, starts_at=later, ends_at=later + timedelta(hours=2), reason="Pintura"
    )
    client = sign_in(cast.rosa)
    assert drawn(client) == []
    taken = drawn(client, sala=room.pk)
    assert [(row["title"], row["editable"]) for row in taken] == [("No disponible", False)] * 2 or [
        row["title"] for row in taken
    ] == ["Not available"] * 2
    first, second = (row | {"start": "", "end": ""} for row in taken)
    assert first == second  # nothing tells a closed session from maintenance
    assert "id" not in first and "url" not in first
    assert "Canario" not in str(taken) and "Pintura" not in str(taken)
    page = client.get(reverse("portal:planner"), {"sala": room.pk}).content.decode()
    assert "Canario" not in page
    CircleMember.objects.create(session=closed, person=cast.rosa, level="logistics", since=timezone.now())
    known = drawn(client, sala=room.pk)
    assert [row.get("id") for row in known] == [str(closed.public_id), None]
    assert "is-casa" in known[0]["classNames"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"start": "x", "end": "y"},
        {"start": "2026-01-01"},
        {"start": "2026-02-01", "end": "2026-01-01"},
        {"start": "2026-01-01", "end": "2027-01-01"},
        {"start": "0001-01-01", "end": "0001-02-01"},
        {"start": "9999-12-31", "end": "9999-12-31T23:00:00Z"},
        {"start": "2026-13-45", "end": "2026-13-46"},
        {"start": "\x00", "end": "'"},
    ],
)
def test_what_is_no_range_is_refused(
    cast: Cast, sign_in: Callable[..., Client], query: dict[str, str]
) -> None:
    assert sign_in(cast.rosa).get(reverse("portal:planner_events"), query).status_code == 400


def test_what_cannot_be_chosen_filters_nothing(cast: Cast, sign_in: Callable[..., Client]) -> None:
    make(cast)
    client = sign_in(cast.rosa)
    for query in ({"mesa": "nada"}, {"sala": "999999"}, {"sala": "\x00"}, {"mesa": "x" * 999}):
        assert len(drawn(client, **query)) == 1
        assert client.get(reverse("portal:planner"), query | {"mes": "9999-99"}).status_code == 200


def test_it_asks_as_many_queries_for_one_session_as_for_many(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    client = sign_in(cast.rosa)
    room = Room.objects.create(organization=cast.ministry, name="Sala Mera")
    asked = []
    month = (timezone.localdate() + timedelta(days=20)).strftime("%Y-%m")
    for total in (1, 3, 60):
        for number in range(Session.objects.count() + 1, total + 1):
            make(cast, number)
        client.get(reverse("portal:planner"))
        counts = []
        for path, query in (
            (reverse("portal:planner"), {"mes": month, "mesa": cast.mesa.slug, "sala": str(room.pk)}),
            (reverse("portal:planner_events"), {"start": f"{month}-01", "end": f"{month}-28", "sala": str(room.pk)}),
        ):  # fmt: skip
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert client.get(path, query).status_code == 200
            counts.append(len(captured))
        asked.append(counts)
    assert asked[0] == asked[1] == asked[2]
    assert max(asked[0]) <= 12


def test_without_javascript_the_month_stands_there_and_each_session_has_its_page(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    session = make(cast)
    assert session.starts_at
    page = sign_in(cast.rosa).get(reverse("portal:planner"), {"mes": session.starts_at.strftime("%Y-%m")})
    body = page.content.decode()
    assert '<table class="m-month">' in body
    assert reverse("sessions:move", args=[session.public_id]) in body


def test_the_page_is_strict_with_what_runs_and_light(cast: Cast, sign_in: Callable[..., Client]) -> None:
    page = sign_in(cast.rosa).get(reverse("portal:planner"))
    policy = page["Content-Security-Policy"]
    body = page.content.decode()
    nonce = body.split('name="csp-nonce" content="')[1].split('"')[0]
    assert f"'nonce-{nonce}'" in policy and "unsafe" not in policy
    loaded = [
        "css/minga.css", "css/planner.css", "js/theme.js", "js/minga.js", "js/planner.js", "icons.svg", "simbolo.svg",
        "js/vendor/fullcalendar.min.js", "js/vendor/fullcalendar-es.min.js",
    ]  # fmt: skip
    weight = len(gzip.compress(page.content)) + sum(
        len(gzip.compress((STATIC / name).read_bytes())) for name in loaded
    )
    assert weight <= 150_000
    elsewhere = sign_in(cast.rosa).get(reverse("portal:calendar")).content.decode()
    assert "fullcalendar" not in elsewhere and reverse("portal:planner") in elsewhere
    assert reverse("portal:planner") not in Client().get(reverse("portal:calendar")).content.decode()
