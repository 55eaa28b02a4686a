"""Search over all minutes: by stems and without accents, and never what somebody may not read."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from coordination.minutes import finding
from coordination.minutes.models import Minutes, Section
from coordination.organizations.models import Person
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast
from tests.minutes.recorded import CLOSED, RESERVED, drafted, recorded, with_closed_part, with_reserved
from tests.minutes.test_publishing import approve, publish

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def search(client: Client, text: str, **more: str) -> str:
    return client.get(reverse("minutes:list"), {"q": text, **more}).content.decode()


@pytest.fixture
def minutes(cast: Cast) -> Minutes:
    found = recorded(cast)
    with_reserved(cast, found)
    with_closed_part(cast, found, inside=cast.luis)
    made = publish(cast, approve(cast, drafted(cast, found)))
    Section.objects.create(
        minutes=made,
        order=90,
        title="Niñez",
        body="<p>Las <strong>niñas</strong> migrantes & sus <em>pasaportes</em>.</p>",
    )
    return made


def test_words_are_found_whatever_their_ending_and_accents(minutes: Minutes) -> None:
    here = reverse("minutes:minutes", args=[minutes.session.public_id])
    for text in (
        "nina migrante",
        "NIÑAS",
        "pasaporte de la niñez",
        '"niñas migrantes"',
        "albergue pasaporte",
        "ACTA-FS-2026-001",
    ):
        assert here in search(Client(), text), text
    for text in ("zapato", "niñas zapato", '"migrantes niñas"', "strong", "%%%", "<b>", "'", "x" * 300):
        assert here not in search(Client(), text), text
    quoted = search(Client(), "migrantes")
    assert "<mark>migrantes</mark> &amp; sus pasaportes" in quoted


def test_nobody_finds_counts_or_reads_a_word_of_what_they_may_not_read(
    cast: Cast, minutes: Minutes, sign_in: SignIn
) -> None:
    here = reverse("minutes:minutes", args=[minutes.session.public_id])
    for client in (Client(), sign_in(cast.elena), sign_in(cast.olga), sign_in(cast.ana)):
        for text in (RESERVED, CLOSED, "Carmen"):
            html = search(client, text)
            assert here not in html, text
            assert "<mark>" not in html
    rosa, luis = sign_in(cast.rosa), sign_in(cast.luis)
    assert here in search(rosa, RESERVED)
    assert here not in search(rosa, CLOSED)
    assert here in search(luis, CLOSED)


def test_drafts_and_closed_minutes_are_found_by_their_own_people_alone(cast: Cast, sign_in: SignIn) -> None:
    found = recorded(cast, closed=True)
    CircleMember.objects.create(session=found.session, person=cast.luis, level="record", since=cast.now)
    CircleMember.objects.create(session=found.session, person=cast.tomas, level="logistics", since=cast.now)
    inside = approve(cast, drafted(cast, found))
    draft = drafted(cast, recorded(cast, number=7))
    closed_page, draft_page = (str(one.session.public_id) for one in (inside, draft))
    for client in (Client(), sign_in(cast.rosa), sign_in(cast.tomas), sign_in(cast.olga)):
        html = search(client, "albergue")
        assert closed_page not in html
        assert search(client, inside.number).count("m-rows") == 0
    assert closed_page in search(sign_in(cast.luis), "albergue")
    assert draft_page in search(sign_in(cast.rosa), "albergue")
    assert draft_page not in search(Client(), "albergue")


def test_filters_offer_only_what_there_is_and_wrong_ones_change_nothing(cast: Cast, minutes: Minutes) -> None:
    here = reverse("minutes:minutes", args=[minutes.session.public_id])
    assert here in search(Client(), "", mesa=cast.mesa.slug, anio="2026")
    assert here in search(Client(), "", mesa="otra", anio="abc", page="zz")
    html = search(Client(), "")
    assert '<option value="2026">' in html
    assert '<option value="2027">' not in html


def test_a_replaced_version_is_read_and_not_found(cast: Cast, minutes: Minutes) -> None:
    Minutes.objects.filter(pk=minutes.pk).update(state="superseded")
    assert str(minutes.session.public_id) not in search(Client(), "albergue")


def test_the_list_asks_the_same_for_one_and_for_many(
    cast: Cast, minutes: Minutes, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    sessions = Session.objects.bulk_create(
        Session(mesa=cast.mesa, number=100 + n, state="held", starts_at=cast.now, ends_at=cast.in_days(1))
        for n in range(60)
    )
    made = Minutes.objects.bulk_create(
        Minutes(
            session=one, form="acta", approval="silence", state="published", drafted_at=cast.now, circulated_at=cast.now,
            approved_at=cast.now, published_at=cast.now, code=f"X{one.number}", sha256="x", number=f"N-{one.number}",
        )
        for one in sessions
    )  # fmt: skip
    Section.objects.bulk_create(Section(minutes=one, title="Punto", body="<p>albergue</p>") for one in made)
    client = Client()
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        html = search(client, "albergue")
    assert html.count("<mark>") >= 50
    assert "61" in html
    actor = cast.secretariat
    assert len(finding.found(actor, finding.Wanted(text="albergue"))) == 61
