"""The pages of mesas, station by station."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from coordination.mesas.models import Mesa, Seat
from coordination.taxonomies.models import Canton, Province
from tests.cast import Cast, many_organizations

SignIn = Callable[..., Client]
LIST, CREATE = "/es/mesas/", "/es/mesas/nueva/"


def url(name: str, cast: Cast, *args: object) -> str:
    return reverse(f"mesas:{name}", args=[cast.mesa.slug, *args])


def mesa_form(cast: Cast, **changes: object) -> dict[str, object]:
    return {
        "version": cast.mesa.version,
        "name_es": cast.mesa.name_es,
        "level": "zonal",
        "kind": "mesa",
        "visibility": "public",
        "time_zone": "America/Guayaquil",
        **changes,
    }


def test_the_list_is_public_and_finds_without_accents(cast: Cast, client: Client) -> None:
    Mesa.objects.create(slug="ninez", name_es="Mesa de Niñez", code_prefix="NI", level="national")
    page = client.get(LIST, {"q": "NINEZ"}).content.decode()
    assert "Mesa de Niñez" in page
    assert "Frontera Sur" not in page


def test_the_list_filters_and_marks_what_is_historic(cast: Cast, client: Client) -> None:
    province = Province.objects.create(code="11", name="Loja")
    canton = Canton.objects.create(code="1101", name="Loja", province=province)
    Mesa.objects.create(
        slug="v", name_es="Vieja", code_prefix="V", canton=canton, provenance="historic", level="cantonal"
    )
    for query in ({"state": "historic"}, {"province": "11"}, {"level": "cantonal"}):
        response = client.get(LIST, query)
        assert [mesa.slug for mesa in response.context["page"]] == ["v"], query
    assert "Histórica" in response.content.decode() or "Historic" in response.content.decode()
    assert [mesa.slug for mesa in client.get(LIST, {"state": "active"}).context["page"]] == ["frontera-sur"]


def test_a_filter_nobody_understands_filters_nothing(cast: Cast, client: Client) -> None:
    response = client.get(LIST, {"state": "x", "level": "🙂", "province": "\u0000", "page": "-1"})
    assert [mesa.slug for mesa in response.context["page"]] == ["frontera-sur"]


def test_own_mesas_come_first(cast: Cast, sign_in: SignIn) -> None:
    Mesa.objects.create(slug="a", name_es="A, antes en el alfabeto", code_prefix="AA")
    rows = sign_in(cast.luis).get(LIST).context["page"]
    assert [(mesa.slug, mesa.is_own) for mesa in rows] == [("frontera-sur", True), ("a", False)]
    assert rows[0].seat_count == 3


def test_a_closed_mesa_is_not_listed_for_strangers(cast: Cast, client: Client, sign_in: SignIn) -> None:
    Mesa.objects.update(visibility="members")
    assert not client.get(LIST).context["page"].object_list
    assert not sign_in(cast.elena).get(LIST).context["page"].object_list
    assert sign_in(cast.luis).get(LIST).context["page"].object_list


counts: dict[int, int] = {}


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_the_list_asks_the_same_queries_whatever_its_length(
    rows: int, cast: Cast, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Mesa.objects.bulk_create(
        Mesa(slug=f"m{n}", name_es=f"Muchas {n}", code_prefix="MU", parent=cast.mesa) for n in range(rows)
    )
    client = sign_in(cast.rosa)
    client.get(LIST)
    with django_assert_max_num_queries(12) as asked:
        assert client.get(LIST, {"q": "muchas"}).status_code == 200
    counts[rows] = len(asked)
    assert len(set(counts.values())) == 1


seat_counts: dict[int, int] = {}


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_the_seats_ask_the_same_queries_whatever_their_number(
    rows: int, cast: Cast, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made = many_organizations([f"Red {n}" for n in range(rows)])
    Seat.objects.bulk_create(
        Seat(mesa=cast.mesa, organization=each, starts_on="2025-01-01") for each in made[: rows // 2]
    )
    client = sign_in(cast.rosa)
    client.get(url("seats", cast))
    with django_assert_max_num_queries(12) as asked:
        assert client.get(url("seats", cast), {"q": "red"}).status_code == 200
    seat_counts[rows] = len(asked)
    assert len(set(seat_counts.values())) == 1


def test_a_mesa_is_founded_with_a_name_and_a_level(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.rosa)
    form = client.get(CREATE).context["form"]
    defaults = {name: form[name].value() for name in form.fields if form[name].value() not in (None, [])}
    answer = client.post(CREATE, {**defaults, "name_es": "Mesa de Salud", "level": "national"})
    mesa = Mesa.objects.get(slug="mesa-de-salud")
    assert answer.url == reverse("mesas:seats", args=[mesa.slug])
    assert (mesa.code_prefix, mesa.notice_days, mesa.quorum_sectors) == ("SAL", 5, 0)
    assert client.get(answer.url).status_code == 200


def test_settings_left_empty_mean_their_defaults(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.rosa).post(
        CREATE, mesa_form(cast, name_es="Mesa de Salud", notice_days="", delegation_size="")
    )
    assert answer.status_code == 302
    assert Mesa.objects.get(slug="mesa-de-salud").notice_days == 5


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name_es": ""}, "name_es"),
        ({"level": "galactic"}, "level"),
        ({"notice_days": "400"}, "notice_days"),
        ({"quorum_sectors": "8"}, "quorum_sectors"),
        ({"delegation_size": "0"}, "delegation_size"),
        ({"code_prefix": "F S"}, "code_prefix"),
        ({"code_prefix": "FS"}, "code_prefix"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"legal_kind": "resolution"}, "legal_number"),
        ({"legal_kind": "resolution", "legal_number": "7", "legal_issued_on": "ayer"}, "legal_issued_on"),
    ],
)
def test_a_wrong_answer_keeps_what_was_typed(
    wrong: dict[str, str], field: str, cast: Cast, sign_in: SignIn
) -> None:
    answer = sign_in(cast.rosa).post(
        CREATE, mesa_form(cast, **{"name_es": "Mesa de Salud", "objectives_es": "Cuidar", **wrong})
    )
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {field}
    assert "Cuidar" in answer.content.decode()
    assert Mesa.objects.count() == 1


def test_a_canton_brings_its_province_and_refuses_another(cast: Cast, sign_in: SignIn) -> None:
    loja = Province.objects.create(code="11", name="Loja")
    oro = Province.objects.create(code="07", name="El Oro")
    canton = Canton.objects.create(code="0701", name="Machala", province=oro)
    client = sign_in(cast.rosa)
    answer = client.post(url("edit", cast), mesa_form(cast, canton=canton.pk, province=loja.pk))
    assert set(answer.context["form"].errors) == {"canton"}
    assert client.post(url("edit", cast), mesa_form(cast, canton=canton.pk)).status_code == 302
    cast.mesa.refresh_from_db()
    assert cast.mesa.province == oro


def test_editing_keeps_the_prefix_and_the_first_legal_basis(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.rosa)
    legal = {"legal_kind": "resolution", "legal_number": "007", "legal_issued_on": "2026-01-15"}
    assert client.post(url("edit", cast), mesa_form(cast, **legal)).url == cast.mesa.get_absolute_url()
    client.post(url("edit", cast), mesa_form(cast, version=2, **{**legal, "legal_number": "008"}))
    cast.mesa.refresh_from_db()
    assert cast.mesa.code_prefix == "FS"
    assert [basis.number for basis in cast.mesa.legal_bases.all()] == ["008"]
    assert 'value="2026-01-15"' in client.get(url("edit", cast)).content.decode()


def test_a_stale_form_answers_with_both_texts(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.rosa)
    client.post(url("edit", cast), mesa_form(cast, objectives_es="Lo de ellos"))
    answer = client.post(url("edit", cast), mesa_form(cast, objectives_es="Lo mío"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Lo de ellos" in page
    assert "Lo mío" in page
    assert client.post(url("edit", cast), {**answer.context["form"].data.dict()}).status_code == 302


@pytest.mark.parametrize("name", ["edit", "seats"])
def test_only_the_secretariat_comes_in(name: str, cast: Cast, client: Client, sign_in: SignIn) -> None:
    assert sign_in(cast.rosa).get(url(name, cast)).status_code == 200
    for someone in (cast.luis, cast.tomas, cast.elena, cast.ana, cast.olga):
        assert sign_in(someone).get(url(name, cast)).status_code == 403, someone
    assert "/cuenta/" in client.get(url(name, cast)).url
    assert sign_in(cast.rosa).get(reverse(f"mesas:{name}", args=["no-existe"])).status_code == 404
    Mesa.objects.update(visibility="members")
    assert sign_in(cast.elena).get(url(name, cast)).status_code == 404, (
        "a stranger does not learn that it exists"
    )


def test_organizations_are_found_and_seated_without_a_script(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.rosa)
    private = cast.outsider.sector_type.sector
    offered = client.get(url("seats", cast), {"q": "camara", "sector": private.pk}).context["page"]
    assert [row.name for row in offered] == ["Cámara Boreal"]
    answer = client.post(
        url("seats", cast), {"organization": [cast.outsider.pk], "role": "observer", "voting": "voice_vote"}
    )
    assert answer.status_code == 302
    held = Seat.objects.get(organization=cast.outsider)
    assert (held.role, held.voting) == ("observer", "voice")
    page = client.get(answer.url)
    assert "Cámara Boreal" in page.content.decode()
    assert not page.context["page"].object_list


def test_nobody_ticked_is_told(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.rosa)
    answer = client.post(
        url("seats", cast), {"organization": ["x"], "role": "member", "voting": "voice_vote"}, follow=True
    )
    assert 'role="alert"' in answer.content.decode()
    assert Seat.objects.count() == 3


def test_a_seat_changes_ends_and_comes_back(cast: Cast, sign_in: SignIn) -> None:
    client, held = sign_in(cast.rosa), cast.seats["ngo"]
    client.post(url("seats", cast), {"seat": held.pk, "role": "member", "voting": "voice"})
    held.refresh_from_db()
    assert held.voting == "voice"
    page = client.post(url("seat_end", cast, held.pk), follow=True).content.decode()
    held.refresh_from_db()
    assert held.ends_on is not None
    undo = f"{url('seats', cast)}?reopen={held.pk}"
    assert undo in page
    client.post(undo)
    held.refresh_from_db()
    assert held.ends_on is None


def test_a_seat_of_another_mesa_is_not_touched(cast: Cast, sign_in: SignIn) -> None:
    other = Mesa.objects.create(slug="otra", name_es="Otra", code_prefix="OT")
    held = Seat.objects.create(mesa=other, organization=cast.ngo, starts_on="2025-01-01")
    client = sign_in(cast.rosa)
    assert client.post(url("seat_end", cast, held.pk)).status_code == 404
    assert (
        client.post(url("seats", cast), {"seat": held.pk, "role": "chair", "voting": "voice"}).status_code
        == 404
    )
    assert client.post(f"{url('seats', cast)}?reopen={held.pk}").status_code == 404


def test_ending_a_seat_is_for_post_only(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.rosa).get(url("seat_end", cast, cast.seats["ngo"].pk)).status_code == 405


def test_the_form_begins_with_what_is_essential_and_folds_the_rest(cast: Cast, sign_in: SignIn) -> None:
    Mesa.objects.update(quorum_organizations=5, quorum_sectors=3)
    context = sign_in(cast.rosa).get(url("edit", cast).replace("/es/", "/en/")).context
    form, folds = context["form"], {fold.key: fold for fold in context["folds"]}
    shown = [field.name for field in context["essential"]]
    shown += [field.name for fold in folds.values() for field in fold.fields]
    assert sorted([*shown, "version"]) == sorted(form.fields)
    assert not any(fold.is_open for fold in folds.values())
    assert (
        "5 days of notice, quorum: 5 organizations of 3 sectors, 3 people per delegation"
        in folds["rules"].says
    )
    assert "codes with FS" in folds["names"].says
    assert "Quito time" in folds["belongs"].says


def test_a_fold_with_a_mistake_is_open_and_says_what_was_typed(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.rosa).post(
        url("edit", cast).replace("/es/", "/en/"),
        mesa_form(cast, quorum_sectors="8", notice_days="9", acronym="MFS"),
    )
    folds = {fold.key: fold for fold in answer.context["folds"]}
    assert [key for key, fold in folds.items() if fold.is_open] == ["rules"]
    assert folds["rules"].says.startswith("9 days of notice, no quorum")
    assert "Acronym MFS" in folds["names"].says
    assert '<details class="m-card m-fold mt-4" id="g-rules" open>' in answer.content.decode()


def test_a_zone_that_no_longer_exists_is_told_and_mended_by_saving(cast: Cast, sign_in: SignIn) -> None:
    Mesa.objects.update(time_zone="America/Atlantis")
    client = sign_in(cast.rosa)
    page = client.get(url("edit", cast))
    assert "America/Atlantis" in page.content.decode()
    assert page.context["form"]["time_zone"].value() == "America/Guayaquil"
    assert "America/Atlantis" in client.get(cast.mesa.get_absolute_url()).content.decode()
    assert "America/Atlantis" not in sign_in(cast.luis).get(cast.mesa.get_absolute_url()).content.decode()
    client.post(url("edit", cast), mesa_form(cast))
    cast.mesa.refresh_from_db()
    assert not cast.mesa.zone_is_gone
