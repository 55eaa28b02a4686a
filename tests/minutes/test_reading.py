"""The minutes as a document: who reads what, the minutes before and after, and how little it weighs and asks."""

import gzip
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from coordination.minutes.models import Minutes, Section
from coordination.organizations.models import Person
from coordination.sessions.models import CircleMember
from tests.cast import Cast
from tests.minutes.recorded import CLOSED, RESERVED, drafted, recorded, with_closed_part, with_reserved
from tests.minutes.test_publishing import approve, publish

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def read(client: Client, minutes: Minutes, query: str = "") -> str:
    answer = client.get(reverse("minutes:minutes", args=[minutes.session.public_id]) + query)
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


def test_each_circle_reads_its_own_and_cannot_tell_that_there_is_more(cast: Cast, sign_in: SignIn) -> None:
    found = recorded(cast)
    with_reserved(cast, found)
    with_closed_part(cast, found, inside=cast.luis)
    minutes = drafted(cast, found)
    assert read(Client(), minutes) == "404"
    publish(cast, approve(cast, minutes))
    outside = [read(client, minutes) for client in (Client(), sign_in(cast.elena), sign_in(cast.olga))]
    for html in outside:
        assert "Abrir el albergue" in html
        assert RESERVED not in html
        assert CLOSED not in html
        assert "reservada" not in html
    keeps = read(sign_in(cast.rosa), minutes)
    assert RESERVED in keeps
    assert CLOSED not in keeps
    inside = read(sign_in(cast.luis), minutes)
    assert RESERVED in inside
    assert CLOSED in inside
    as_public = sign_in(cast.rosa).get(
        reverse("minutes:version", args=[minutes.session.public_id, 1]) + "?publica"
    )
    assert RESERVED not in as_public.content.decode()


def test_closed_minutes_are_the_circles_of_the_record_alone(cast: Cast, sign_in: SignIn) -> None:
    found = recorded(cast, closed=True)
    CircleMember.objects.create(session=found.session, person=cast.luis, level="record", since=cast.now)
    CircleMember.objects.create(session=found.session, person=cast.tomas, level="logistics", since=cast.now)
    minutes = approve(cast, drafted(cast, found))
    pages = [
        ("minutes", []),
        ("version", [1]),
        ("differences", [1]),
        ("file", [1, "reservada", "pdf"]),
        ("correct", []),
    ]
    for who in (cast.rosa, cast.tomas, cast.elena, cast.olga, cast.ana):
        client = sign_in(who)
        for name, more in pages:
            url = reverse(f"minutes:{name}", args=[minutes.session.public_id, *more])
            assert client.get(url).status_code == 404, (who.name, name)
        assert client.post(reverse("minutes:publish", args=[minutes.session.public_id])).status_code == 404
    # Luis knows what was said, and keeps no record: he reads and no more.
    html = read(sign_in(cast.luis), minutes)
    assert "Alojamiento temporal" in html
    assert minutes.number in html


def test_paragraphs_have_numbers_one_can_link_to_and_contents_lead_there(cast: Cast) -> None:
    minutes = publish(cast, approve(cast, drafted(cast, recorded(cast))))
    html = read(Client(), minutes)
    assert 'id="s1-p1"' in html
    assert 'href="#s1-p1"' in html
    assert html.count('<li><a href="#s') == minutes.sections.filter(is_reserved=False).count()
    assert html.count("<h1") == 1


def test_minutes_lead_to_the_ones_before_and_after(cast: Cast) -> None:
    made = [
        publish(cast, approve(cast, drafted(cast, recorded(cast, number=number, days=-number))))
        for number in (3, 2, 1)
    ]
    waiting = drafted(cast, recorded(cast, number=4, days=-0.5))
    html = read(Client(), made[1])
    for other, rel in ((made[0], "prev"), (made[2], "next")):
        url = reverse("minutes:minutes", args=[other.session.public_id])
        assert f'rel="{rel}" href="{url}"' in html
    assert str(waiting.session.public_id) not in read(Client(), made[2])


def test_the_session_and_its_mesa_lead_to_the_minutes_once_they_are_public(
    cast: Cast, sign_in: SignIn
) -> None:
    minutes = approve(cast, drafted(cast, recorded(cast)))
    url = reverse("minutes:minutes", args=[minutes.session.public_id])
    page = minutes.session.get_absolute_url()
    assert url not in Client().get(page).content.decode()
    assert url in sign_in(cast.rosa).get(page).content.decode()
    publish(cast, minutes)
    assert url in Client().get(page).content.decode()
    assert (
        f"{reverse('minutes:list')}?mesa={cast.mesa.slug}"
        in Client().get(cast.mesa.get_absolute_url()).content.decode()
    )


def test_long_minutes_stay_light_and_ask_the_same(
    cast: Cast, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    minutes = publish(cast, approve(cast, drafted(cast, recorded(cast))))
    words = " ".join(f"palabra{n % 700}" for n in range(120))
    Section.objects.bulk_create(
        Section(minutes=minutes, order=100 + n, title=f"Parte {n}", body=f"<p>{words}</p>" * 20)
        for n in range(30)
    )
    client, url = Client(), reverse("minutes:minutes", args=[minutes.session.public_id])
    client.get(url)
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        answer = client.get(url)
    packed = answer.content if answer.get("Content-Encoding") == "gzip" else gzip.compress(answer.content)
    assert len(packed) < 60_000
