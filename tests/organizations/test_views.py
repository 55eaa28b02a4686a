"""The pages of organizations, station by station."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.links import make_token
from coordination.organizations.models import FormerName, JoinRequest, Organization
from tests.cast import Cast, organization, sector_type
from tests.security.matrix.organizations import asked

SignIn = Callable[..., Client]
LIST, JOIN = "/es/organizaciones/", "/es/organizaciones/unirse/"


def plea(**changes: object) -> dict[str, object]:
    return {
        "name": "Red Andina de Acogida",
        "sector_type": sector_type().pk,
        "level": "national",
        "contact_name": "Marta Ruiz",
        "contact_post": "Directora",
        "contact_email": "marta@redandina.example",
        "reason": "Trabajamos en la frontera.",
        **changes,
    }


def test_the_list_is_public_and_finds_without_accents(cast: Cast, client: Client) -> None:
    page = client.get(LIST, {"q": "fundacion puente"}).content.decode()
    assert "Fundación Puente Sur" in page
    assert "Universidad" not in page


def test_the_list_finds_a_former_name(cast: Cast, client: Client) -> None:
    FormerName.objects.create(organization=cast.ngo, name="Comité Mi Compañera")
    assert "Fundación Puente Sur" in client.get(LIST, {"q": "companera"}).content.decode()


def test_the_list_filters_by_sector_and_counts_each(cast: Cast, client: Client) -> None:
    response = client.get(LIST, {"sector": "academia"})
    assert [row.name for row in response.context["page"]] == ["Universidad del Páramo"]
    assert {sector.code: sector.organization_count for sector in response.context["sectors"]} == {
        "central_government": 1,
        "civil_society": 1,
        "academia": 1,
        "private_sector": 1,
    }


def test_a_filter_nobody_understands_filters_nothing(cast: Cast, client: Client) -> None:
    response = client.get(LIST, {"sector": "x'--", "level": "🙂", "province": "\u0000", "page": "zz"})
    assert response.status_code == 200
    assert len(response.context["page"]) == 4


def test_proposed_ones_show_to_administrators_only(cast: Cast, client: Client, sign_in: SignIn) -> None:
    Organization.objects.filter(pk=cast.outsider.pk).update(state="proposed")
    assert "Cámara Boreal" not in client.get(LIST).content.decode()
    assert "Cámara Boreal" in sign_in(cast.ana).get(LIST).content.decode()
    assert "Cámara Boreal" in sign_in(cast.elena).get(LIST).content.decode(), "its own people see it"


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_the_list_asks_the_same_queries_whatever_its_length(
    rows: int, cast: Cast, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    kind = sector_type()
    Organization.objects.bulk_create(
        Organization(slug=f"muchas-{n}", name_es=f"Muchas {n}", name_en="", sector_type=kind, state="active")
        for n in range(rows)
    )
    client = sign_in(cast.luis)
    client.get(LIST)
    with django_assert_max_num_queries(12) as asked_:
        assert client.get(LIST, {"q": "muchas"}).status_code == 200
    counts[rows] = len(asked_)
    assert len(set(counts.values())) == 1


counts: dict[int, int] = {}


def test_a_form_that_is_sent_waits_for_its_mail(cast: Cast, client: Client) -> None:
    assert client.get(JOIN).status_code == 200
    response = client.post(JOIN, plea())
    assert response.status_code == 302
    kept = JoinRequest.objects.get()
    assert (kept.state, kept.language) == ("unconfirmed", "es")
    assert client.get(response.url).status_code == 200


def test_a_form_with_gaps_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    page = client.post(JOIN, plea(contact_email="sin arroba")).content.decode()
    assert "Red Andina de Acogida" in page
    assert 'aria-invalid="true"' in page
    assert not JoinRequest.objects.exists()


def test_a_machine_in_the_trap_is_thanked_and_nothing_is_kept(cast: Cast, client: Client) -> None:
    assert client.post(JOIN, plea(address_2="Calle 2")).status_code == 302
    assert not JoinRequest.objects.exists()


def test_an_organization_that_is_here_is_told_politely(cast: Cast, client: Client) -> None:
    page = client.post(JOIN, plea(name="FUNDACION  puente sur")).content.decode()
    assert cast.ngo.get_absolute_url() in page
    assert not JoinRequest.objects.exists()


def test_a_colleague_of_an_organization_that_is_here_is_asked_and_may_go_on(
    cast: Cast, client: Client
) -> None:
    Organization.objects.filter(pk=cast.ngo.pk).update(website="https://www.redandina.example/quienes")
    page = client.post(JOIN, plea()).content.decode()
    assert "Fundación Puente Sur" in page
    assert 'name="is_another"' in page
    assert client.post(JOIN, plea(is_another="on")).status_code == 302


def test_a_common_mailbox_says_nothing(cast: Cast, client: Client) -> None:
    Organization.objects.filter(pk=cast.ngo.pk).update(website="https://gmail.com")
    assert client.post(JOIN, plea(contact_email="marta@gmail.com")).status_code == 302


def test_the_link_does_nothing_on_get_and_confirms_on_post(cast: Cast, client: Client) -> None:
    request = asked(cast)
    url = f"{JOIN}{request.token}/"
    for _time in range(2):
        assert client.get(url).status_code == 200
    request.refresh_from_db()
    assert request.state == "unconfirmed"
    assert client.post(url).url == url
    request.refresh_from_db()
    assert request.state == "waiting"
    page = client.get(url).content.decode()
    assert "marta@red.example" not in page


def test_a_dead_link_offers_a_new_one_without_saying_whose_it_is(cast: Cast, client: Client) -> None:
    request = asked(cast)
    JoinRequest.objects.filter(pk=request.pk).update(link_expires_at=timezone.now() - timedelta(hours=1))
    url = f"{JOIN}{request.token}/"
    answer = client.get(url)
    assert answer.status_code == 410
    assert "marta" not in answer.content.decode().lower()
    assert client.post(url).status_code == 302
    request.refresh_from_db()
    assert (request.state, request.link_generation) == ("unconfirmed", 2)
    assert client.get(url).status_code == 410, "the old link stays dead"


@pytest.mark.parametrize(
    "token",
    ["x", "a.b", "…", make_token("join", uuid.UUID(int=1), 1), make_token("verify", uuid.UUID(int=2), 1)],
    ids=["a letter", "two parts", "an ellipsis", "nobody's", "another purpose"],
)
def test_a_link_that_is_not_ours_opens_nothing(token: str, cast: Cast, client: Client) -> None:
    assert client.get(reverse("organizations:join_confirm", args=[token])).status_code == 404


def test_a_link_for_another_purpose_opens_nothing(cast: Cast, client: Client) -> None:
    request = asked(cast)
    assert client.get(f"{JOIN}{make_token('report', request.public_id, 1)}/").status_code == 404


def test_an_organization_edits_its_own_page(cast: Cast, sign_in: SignIn) -> None:
    client, url = sign_in(cast.elena), reverse("organizations:edit", args=[cast.outsider.slug])
    assert client.get(url).status_code == 200
    answer = client.post(
        url, {"version": 1, "name_es": "Cámara Boreal", "mission_es": "Unir.", "website": "camara.example"}
    )
    assert answer.url == cast.outsider.get_absolute_url()
    cast.outsider.refresh_from_db()
    assert (cast.outsider.mission_es, cast.outsider.website) == ("Unir.", "https://camara.example")


def test_technical_staff_do_not_speak_for_their_organization(cast: Cast, sign_in: SignIn) -> None:
    cast.elena.tenures.get().post.__class__.objects.filter(organization=cast.outsider).update(
        kind="technical"
    )
    assert (
        sign_in(cast.elena).get(reverse("organizations:edit", args=[cast.outsider.slug])).status_code == 403
    )


def test_others_and_strangers_do_not_edit_it(cast: Cast, client: Client, sign_in: SignIn) -> None:
    url = reverse("organizations:edit", args=[cast.outsider.slug])
    assert sign_in(cast.luis).get(url).status_code == 403
    assert "/cuenta/" in client.get(url).url
    assert sign_in(cast.luis).get(reverse("organizations:edit", args=["no-existe"])).status_code == 404


def test_a_stale_form_answers_with_both_texts(cast: Cast, sign_in: SignIn) -> None:
    client, url = sign_in(cast.elena), reverse("organizations:edit", args=[cast.outsider.slug])
    client.post(url, {"version": 1, "name_es": "Cámara Boreal", "mission_es": "La de ellos."})
    answer = client.post(url, {"version": 1, "name_es": "Cámara Boreal", "mission_es": "La mía."})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "La de ellos." in page
    assert "La mía." in page
    assert (
        client.post(url, {**answer.context["form"].data.dict(), "mission_es": "Las dos."}).status_code == 302
    )


@pytest.mark.parametrize("name", ["list", "join_sent"])
def test_pages_that_only_show_refuse_post(name: str, cast: Cast, client: Client) -> None:
    assert client.post(reverse(f"organizations:{name}")).status_code == 405


def test_an_organization_called_like_a_page_gets_another_address(cast: Cast) -> None:
    from coordination.common.models import free_slug

    organization("Unirse")
    assert free_slug(Organization, "Unirse") == "unirse-2"
    assert free_slug(Organization, "«»") == "organization"
