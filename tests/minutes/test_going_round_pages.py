"""The pages of minutes that go round: for the organization by its link or account, and for the secretariat."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.minutes.models import Minutes, MinutesCopy, Observation, SignCode
from coordination.minutes.paper import signed_sum
from coordination.organizations.models import Person
from coordination.sessions.models import CircleMember
from tests.cast import Cast
from tests.minutes.going_round import answer, circulated, closed, copy_of, drafted, held, observe

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def lately(cast: Cast) -> Cast:
    """The cast three weeks ago: its session was the day before yesterday, its minutes go round since yesterday."""
    cast.now = timezone.now() - timedelta(days=22)
    return cast


def at(copy: MinutesCopy, name: str = "copy") -> str:
    return reverse(f"minutes:{name}", args=[copy.token])


def staff(minutes: Minutes, name: str, *more: object) -> str:
    return reverse(f"minutes:{name}", args=[minutes.session.public_id, *more])


def field(minutes: Minutes, text: str = "Son 45 plazas.", paragraph: int = 1) -> dict[str, object]:
    return {
        "section": minutes.sections.get(order=1).public_id, "paragraph": paragraph, "text": text,
        "client_id": uuid.uuid4(),
    }  # fmt: skip


def test_whoever_has_the_link_reads_observes_and_withdraws(lately: Cast, client: Client) -> None:
    minutes = circulated(lately)
    copy = copy_of(minutes, lately.ngo)
    before = Observation.objects.count()
    page = client.get(at(copy)).content.decode()
    assert "abrir 40 plazas" in page and "Palabra-reservada" not in page and "Nota reservada" not in page
    assert page.count("</details>") >= 3 and Observation.objects.count() == before
    assert copy_of(minutes, lately.ngo).seen_at is None, "opening writes nothing"
    sent = field(minutes)
    for _press in range(2):
        told = client.post(at(copy, "observe"), sent, follow=True)
    made = Observation.objects.get(minutes=minutes)
    assert f"o-{made.public_id}" in told.content.decode()
    back = reverse("minutes:observation_withdraw", args=[copy.token, made.public_id])
    assert client.post(back).status_code == 302
    assert "Son 45 plazas." not in client.get(at(copy)).content.decode()
    assert client.post(at(copy, "copy_seen")).status_code == 204
    assert copy_of(minutes, lately.ngo).seen_at


def test_an_empty_observation_keeps_its_field_open_and_a_late_one_its_words(
    lately: Cast, client: Client
) -> None:
    minutes = circulated(lately)
    copy = copy_of(minutes, lately.ngo)
    told = client.post(at(copy, "observe"), field(minutes, ""))
    assert told.status_code == 422 and "m-observe" in told.content.decode()
    assert " open><summary>" in told.content.decode()
    Minutes.objects.update(observations_until=timezone.now() - timedelta(minutes=1))
    late = client.post(at(copy, "observe"), field(minutes, "Lo escribí tarde."))
    assert late.status_code == 422
    assert Observation.objects.count() == 0


def test_to_agree_is_one_press_and_shows(lately: Cast, client: Client) -> None:
    minutes = circulated(lately)
    copy = copy_of(minutes, lately.ngo)
    assert client.get(at(copy, "agree")).status_code == 405
    assert client.post(at(copy, "agree"), follow=True).status_code == 200
    assert copy_of(minutes, lately.ngo).agreed_at


def test_everybody_reads_what_everybody_said_and_nobodys_address(lately: Cast, client: Client) -> None:
    minutes = circulated(lately)
    answer(lately, observe(minutes, lately.university), "not", reason="Consta en el anexo 2.")
    page = client.get(at(copy_of(minutes, lately.ngo))).content.decode()
    assert "Universidad del Páramo" in page and "Son 45 plazas." in page and "anexo 2" in page
    assert "@cast.example" not in page


def test_a_reserved_section_takes_no_observation_by_link(lately: Cast, client: Client) -> None:
    minutes = circulated(lately)
    sent = field(minutes) | {"section": minutes.sections.get(order=2).public_id}
    assert client.post(at(copy_of(minutes, lately.ngo), "observe"), sent).status_code == 404


def test_a_dead_link_offers_a_new_one_and_tells_nothing(lately: Cast, client: Client) -> None:
    copy = copy_of(circulated(lately), lately.ngo)
    cut = client.get(reverse("minutes:copy", args=[copy.token[:-4]]))
    assert cut.status_code == 404 and "Puente Sur" not in cut.content.decode()
    MinutesCopy.objects.update(link_expires_at=timezone.now() - timedelta(days=1))
    assert client.get(at(copy)).status_code == 410
    assert client.post(reverse("minutes:copy_renew", args=[copy.token[:-4]])).status_code == 200
    assert client.get(at(copy)).status_code == 200
    assert client.post(reverse("minutes:copy_renew", args=["x.y"])).status_code == 200


def test_by_account_the_own_people_read_and_who_speaks_for_it_acts(lately: Cast, sign_in: SignIn) -> None:
    minutes = circulated(lately)
    own = reverse("minutes:own_copy", args=[copy_of(minutes, lately.university).public_id])
    assert sign_in(lately.luis).get(own).status_code == 200
    assert sign_in(lately.elena).get(own).status_code == 404
    told = sign_in(lately.luis).post(f"{own}observar/", field(minutes))
    assert told.status_code == 302
    assert Observation.objects.get().author == "Punto focal"


def test_the_link_of_a_closed_session_asks_to_sign_in_and_opens_for_the_circle_alone(
    lately: Cast, client: Client, sign_in: SignIn
) -> None:
    minutes = circulated(lately, drafted(lately, closed(lately, lately.rosa, lately.luis)))
    copy = copy_of(minutes, lately.university)
    asked = client.get(at(copy))
    assert asked.status_code == 302 and "/cuenta/login/" in asked["Location"]
    assert client.post(at(copy, "observe"), field(minutes)).status_code == 302
    assert Observation.objects.count() == 0
    assert sign_in(lately.elena).get(at(copy)).status_code == 404
    assert sign_in(lately.rosa).get(at(copy)).status_code == 404, "of the circle, not of the organization"
    page = sign_in(lately.luis).get(at(copy))
    assert page.status_code == 200 and "Palabra-reservada" in page.content.decode()
    CircleMember.objects.filter(person=lately.luis).update(until=timezone.now())
    assert sign_in(lately.luis).get(at(copy)).status_code == 404
    own = reverse("minutes:own_copy", args=[copy.public_id])
    assert sign_in(lately.luis).get(own).status_code == 404


def test_the_secretariat_circulates_sees_every_copy_and_sends_one_again(
    lately: Cast, sign_in: SignIn
) -> None:
    minutes = drafted(lately, held(lately))
    rosa = sign_in(lately.rosa)
    page = rosa.get(staff(minutes, "circulate")).content.decode()
    assert "Fundación Puente Sur" in page and "Ministerio Central" in page
    sent = {"until": (timezone.localdate() + timedelta(days=20)).isoformat(), "version": minutes.edit_version}
    assert rosa.post(staff(minutes, "circulate"), sent | {"until": "2020-01-01"}).status_code == 422
    assert rosa.post(staff(minutes, "circulate"), sent | {"version": 99}).status_code == 409
    assert rosa.post(staff(minutes, "circulate"), sent).status_code == 302
    assert rosa.get(staff(minutes, "circulate")).status_code == 302
    minutes.refresh_from_db()
    observe(minutes, lately.ngo)
    page = rosa.get(staff(minutes, "circulation")).content.decode()
    assert "Universidad del Páramo" in page
    copy = copy_of(minutes, lately.ngo)
    assert rosa.post(staff(minutes, "copy_resend", copy.public_id)).status_code == 302
    later = (timezone.localdate() + timedelta(days=30)).isoformat()
    assert rosa.post(staff(minutes, "circulation_term"), {"until": later}).status_code == 302
    assert rosa.post(staff(minutes, "circulation_term"), {"until": sent["until"]}).status_code == 422
    assert sign_in(lately.luis).get(staff(minutes, "circulation")).status_code == 403


def test_the_answer_changes_the_observed_paragraph_and_nothing_else(lately: Cast, sign_in: SignIn) -> None:
    minutes = circulated(lately)
    made = observe(minutes, lately.ngo)
    rosa, url = sign_in(lately.rosa), staff(minutes, "answer", made.public_id)
    assert "abrir 40 plazas" in rosa.get(url).content.decode()
    sent = {
        "answer": "accepted",
        "wording": "La mesa acordó abrir 45 plazas.",
        "version": 1,
        "section_version": 1,
    }
    assert rosa.post(url, sent | {"answer": "partly"}).status_code == 422
    assert rosa.post(url, sent | {"version": 7}).status_code == 409
    assert rosa.post(url, sent).status_code == 302
    assert minutes.sections.get(order=1).body == (
        "<p>La mesa acordó abrir 45 plazas.</p><p>La Fundación informó sobre los albergues.</p>"
    )
    page = rosa.get(staff(minutes, "answers")).content.decode()
    assert "abrir 40 plazas" in page, "the quote stays"


def test_two_who_change_one_section_see_both_texts(lately: Cast, sign_in: SignIn) -> None:
    minutes = circulated(lately)
    one, two = observe(minutes, lately.ngo), observe(minutes, lately.university)
    answer(lately, one, section_version=1, body="<p>La mesa acordó abrir 50 plazas.</p>")
    sent = {"answer": "accepted", "wording": "Abrir 45.", "version": 1, "section_version": 1}
    rosa, url = sign_in(lately.rosa), staff(minutes, "answer", two.public_id)
    told = rosa.post(url, sent)
    assert told.status_code == 409 and "Abrir 45." in told.content.decode()


def test_signing_by_link_asks_for_the_code_and_by_account_does_not(
    lately: Cast, client: Client, sign_in: SignIn
) -> None:
    minutes = circulated(lately, approval="signature")
    copy = copy_of(minutes, lately.ngo)
    url, who = at(copy, "sign"), {"name": "Carmen Loja", "title": "Directora", "sha256": signed_sum(minutes)}
    assert client.get(url).status_code == 200
    asked = client.post(url, who)
    assert asked.status_code == 200 and 'name="code"' in asked.content.decode()
    code = SignCode.objects.get()
    assert code.digits not in asked.content.decode()
    assert client.post(url, who | {"code": "12"}).status_code == 422
    assert client.post(url, who | {"code": code.digits}).status_code == 302
    own = reverse("minutes:own_sign", args=[copy_of(minutes, lately.university).public_id])
    assert sign_in(lately.luis).post(own, who | {"sha256": "x" * 64}).status_code == 409
    assert sign_in(lately.luis).post(own, who | {"name": "Luis Aguirre"}).status_code == 302
    minutes.refresh_from_db()
    assert minutes.state == Minutes.State.APPROVED
    assert minutes.number in client.get(at(copy)).content.decode()


def test_pages_ask_as_much_for_many_organizations_as_for_one(
    lately: Cast, sign_in: SignIn, django_assert_max_num_queries: object
) -> None:
    minutes = circulated(lately)
    for number in range(30):
        observe(minutes, lately.ngo, f"Observación {number}")
    copy = copy_of(minutes, lately.ngo)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert Client().get(at(copy)).status_code == 200
    rosa = sign_in(lately.rosa)
    for name in ("circulation", "answers"):
        with django_assert_max_num_queries(12):  # type: ignore[operator]
            assert rosa.get(staff(minutes, name)).status_code == 200


def test_my_work_leads_to_the_copy_until_the_organization_has_said_something(
    lately: Cast, sign_in: SignIn
) -> None:
    minutes = circulated(lately)
    own = reverse("minutes:own_copy", args=[copy_of(minutes, lately.university).public_id])
    page = reverse("portal:my_work")
    assert own in sign_in(lately.luis).get(page).content.decode()
    assert own not in sign_in(lately.elena).get(page).content.decode()
    observe(minutes, lately.university, now=timezone.now())
    assert own not in sign_in(lately.luis).get(page).content.decode()


def test_of_a_closed_session_my_work_leads_its_circle_alone(lately: Cast, sign_in: SignIn) -> None:
    circulated(lately, drafted(lately, closed(lately, lately.rosa, lately.luis)))
    page = reverse("portal:my_work")
    assert "/actas/copia/" in sign_in(lately.luis).get(page).content.decode()
    assert "/actas/copia/" not in sign_in(lately.tomas).get(page).content.decode()


def test_what_is_signed_is_the_text_that_was_read(lately: Cast, client: Client, sign_in: SignIn) -> None:
    """The page of the text hands its sum on: a change between reading and signing shows."""
    minutes = circulated(lately, approval="signature")
    own = reverse("minutes:own_copy", args=[copy_of(minutes, lately.university).public_id])
    luis, read = sign_in(lately.luis), signed_sum(minutes)
    assert f"?texto={read}" in luis.get(own).content.decode()
    made = observe(minutes, lately.ngo)
    answer(lately, made, section_version=1, body="<p>La mesa acordó abrir 45 plazas.</p>")
    page = luis.get(f"{own}firmar/?texto={read}").content.decode()
    assert f'value="{read}"' in page
    told = luis.post(f"{own}firmar/", {"name": "Luis Aguirre", "title": "Rector", "sha256": read})
    assert told.status_code == 409 and not minutes.signatures.exists()


def test_strange_numbers_and_endless_words_are_refused_in_words(lately: Cast, client: Client) -> None:
    minutes = circulated(lately)
    url = at(copy_of(minutes, lately.ngo), "observe")
    strange: list[dict[str, object]] = [
        {"section": "no"}, {"section": uuid.uuid4()}, {"paragraph": -1}, {"paragraph": 10**9}, {"paragraph": 77},
        {"client_id": "x"}, {"text": "a" * 4000}, {"text": "a\0b"},
    ]  # fmt: skip
    codes = {client.post(url, field(minutes) | one).status_code for one in strange}
    assert codes == {422, 404}
    assert Observation.objects.count() == 0
    client.post(url, field(minutes, "<script>alert(1)</script>"))
    page = client.get(at(copy_of(minutes, lately.ngo))).content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
