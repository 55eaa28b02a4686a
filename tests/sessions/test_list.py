"""The public list: who sees what, the filters, and as many queries for three hundred rows as for one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.mesas.models import Mesa
from coordination.sessions.models import Session
from coordination.taxonomies.models import Canton, Province
from tests.cast import Cast


def make(cast: Cast, count: int = 1, *, days: float = 10, **fields: Any) -> list[Session]:
    start = timezone.now() + timedelta(days=days)
    first = Session.objects.filter(mesa=fields.get("mesa", cast.mesa)).count() + 1
    given: dict[str, Any] = {"mesa": cast.mesa, "state": "convened", "topic_es": "Alojamiento"} | fields
    return Session.objects.bulk_create(
        Session(
            number=first + place,
            starts_at=start + timedelta(days=place),
            ends_at=start + timedelta(days=place, hours=3),
            **given,
        )
        for place in range(count)
    )


def seen(client: Client, **query: Any) -> Any:
    return client.get(reverse("sessions:list"), query).context


def topics(context: Any) -> list[str]:
    return [session.topic for session in context["page"]]


@pytest.fixture
def visitor(cast: Cast) -> Client:
    return Client()


def test_an_empty_list_says_what_will_be_here(visitor: Client) -> None:
    page = visitor.get(reverse("sessions:list")).content.decode()
    assert "<h1" in page
    assert "m-empty" in page


def test_visitors_see_no_drafts_and_no_closed_sessions(
    visitor: Client, cast: Cast, sign_in: Callable
) -> None:
    make(cast, state="draft", topic_es="Borrador")
    make(cast, is_casa_adentro=True, topic_es="Reservado")
    make(cast, topic_es="Abierta")
    assert topics(seen(visitor)) == ["Abierta"]
    assert seen(visitor)["counts"] == {"ahead": 1, "past": 0}
    assert topics(seen(sign_in(cast.rosa))) == ["Borrador", "Abierta"]


def test_what_is_to_come_is_first_soonest_first_and_the_past_latest_first(
    visitor: Client, cast: Cast
) -> None:
    make(cast, days=20, topic_es="Luego")
    make(cast, days=2, topic_es="Pronto")
    make(cast, days=-40, topic_es="Hace tiempo", state="held")
    make(cast, days=-5, topic_es="Hace poco", state="held")
    Session.objects.create(
        mesa=cast.mesa, number=90, topic_es="Sin fecha", state="held", provenance="historic"
    )
    assert topics(seen(visitor)) == ["Pronto", "Luego"]
    assert topics(seen(visitor, when="past")) == ["Hace poco", "Hace tiempo", "Sin fecha"]
    assert seen(visitor)["counts"] == {"ahead": 2, "past": 3}


def test_without_anything_to_come_the_past_is_shown(visitor: Client, cast: Cast) -> None:
    make(cast, days=-5, topic_es="Hace poco", state="held")
    assert topics(seen(visitor)) == ["Hace poco"]


def test_months_are_headings_in_the_zone_of_the_session(visitor: Client, cast: Cast) -> None:
    session = make(cast)[0]
    # Half past three UTC on the first of March is still February in Quito.
    start = session.starts_at.replace(year=2031, month=3, day=1, hour=3, minute=30)
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=1))
    assert [month for month, _rows in seen(visitor)["months"]] == ["Febrero de 2031"]


def test_filters_narrow_and_search_is_blind_to_accents(visitor: Client, cast: Cast) -> None:
    province = Province.objects.create(code="11", name="Loja")
    canton = Canton.objects.create(code="1101", name="Loja", province=province)
    other = Mesa.objects.create(
        slug="otra", name_es="Mesa Provincial", name_en="Provincial Mesa", code_prefix="MP"
    )
    make(cast, topic_es="Niñez y adolescencia", canton=canton)
    make(cast, topic_es="Rutas", mesa=other, state="announced")
    assert topics(seen(visitor, q="ninez")) == ["Niñez y adolescencia"]
    assert topics(seen(visitor, q="provincial")) == ["Rutas"]
    assert topics(seen(visitor, mesa="otra")) == ["Rutas"]
    assert topics(seen(visitor, state="convened")) == ["Niñez y adolescencia"]
    assert topics(seen(visitor, province="11")) == ["Niñez y adolescencia"]
    assert topics(seen(visitor, year=timezone.now().year + 5)) == []
    assert len(topics(seen(visitor, state="nonsense", mesa="nadie"))) == 2


def test_fifty_a_page_and_filters_stay_in_the_address(visitor: Client, cast: Cast) -> None:
    make(cast, 51)
    first = visitor.get(reverse("sessions:list"), {"q": "alojamiento"})
    assert len(first.context["page"]) == 50
    assert "?q=alojamiento&amp;page=2" in first.content.decode()
    assert len(seen(visitor, q="alojamiento", page=2)["page"]) == 1


@pytest.mark.parametrize("who", ["visitor", "rosa"])
def test_the_same_queries_at_one_three_and_three_hundred(cast: Cast, sign_in: Callable, who: str) -> None:
    client = Client() if who == "visitor" else sign_in(cast.rosa)
    province = Province.objects.create(code="11", name="Loja")
    canton = Canton.objects.create(code="1101", name="Loja", province=province)
    counts = []
    for more in (1, 2, 297):
        make(cast, more, canton=canton, province=province)
        client.get(reverse("sessions:list"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse("sessions:list")).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 12
