"""The way of a focal point, from the link of the letter to the calendar, without an account."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.attendees import actions
from coordination.attendees.models import Invitation
from coordination.sessions.models import Session
from tests.attendees.inviting import accept, called, delegates, invitation_of, kinds, one
from tests.cast import Cast


@pytest.fixture
def invitation(today: Cast) -> Invitation:
    return invitation_of(called(today), today.ngo)


def at(name: str, invitation: Invitation) -> str:
    return reverse(f"attendees:{name}", args=[invitation.token])


def written(**told: str) -> dict[str, str]:
    people = {"principal_name": "Ana Uno", "principal_email": "ana@puente.example"}
    return {"version": "1", "modality": "in_person", **people, **told}


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_two_screens_name_a_delegation(client: Client, invitation: Invitation) -> None:
    first = client.get(invitation.get_link())
    assert first.status_code == 200
    assert "Fundación Puente Sur" in text_of(first)
    assert "hora de Quito" in text_of(first)
    second = client.post(invitation.get_link(), {"answer": "in_person", "version": 1}, follow=True)
    assert second.redirect_chain == [(at("delegation", invitation) + "?modo=in_person", 302)]
    done = client.post(
        at("delegation", invitation),
        written(alternate_name="Luis Paredes", alternate_email="ana@puente.example", alternate_needs="Rampa"),
        follow=True,
    )
    assert done.redirect_chain == [(at("answered", invitation), 302)]
    assert "Ana Uno" in text_of(done)
    assert at("calendar", invitation) in text_of(done)
    assert [(d.role, d.person.email, d.needs) for d in delegates(invitation)] == [
        ("principal", "ana@puente.example", ""), ("alternate", "ana@puente.example", "Rampa"),
    ]  # fmt: skip
    assert kinds(invitation) == ["invitation.sent", "invitation.seen", "invitation.accepted"]
    assert Activity.objects.filter(kind="invitation.accepted").get().actor_user_id is None


def test_reading_writes_nothing(client: Client, invitation: Invitation) -> None:
    before = Activity.objects.count()
    for name in ("invitation", "delegation", "answered", "calendar"):
        client.get(at(name, invitation))
    for name in ("seen", "renew", "decline"):
        assert client.get(at(name, invitation)).status_code == 405
    assert Activity.objects.count() == before
    assert client.post(at("seen", invitation)).status_code == 204
    assert Invitation.objects.get(pk=invitation.pk).state == "seen"


def test_staff_who_try_a_link_are_not_its_reader(invitation: Invitation, today: Cast, sign_in) -> None:
    sign_in(today.rosa).post(at("seen", invitation))
    assert Invitation.objects.get(pk=invitation.pk).seen_at is None


def test_what_was_typed_is_kept_and_the_summary_says_what_is_missing(
    client: Client, invitation: Invitation
) -> None:
    page = client.post(
        at("delegation", invitation), written(alternate_name="Luis Paredes", principal_email="ana@")
    )
    assert page.status_code == 422
    assert {"principal_email", "alternate_email"} == set(page.context["form"].errors)
    body = text_of(page)
    assert 'value="Luis Paredes"' in body
    assert 'href="#id_alternate_email"' in body
    assert "<title>Error:" in body
    # Post, rank, telephone and both needs of each of three; never the name and address that are missing.
    assert body.count('class="m-optional"') == 16
    assert client.post(invitation.get_link(), {}).status_code == 422
    assert kinds(invitation) == ["invitation.sent"]


def test_the_actions_refusal_is_shown_on_the_form(client: Client, today: Cast) -> None:
    twice = {"alternate_name": "ana uno", "alternate_email": "ANA@puente.example"}
    page = client.post(at("delegation", invitation_of(called(today), today.ngo)), written(**twice))
    assert page.status_code == 422
    assert 'value="Ana Uno"' in text_of(page)
    assert page.context["form"].non_field_errors()


def test_a_stale_form_shows_both_delegations_and_then_wins(
    client: Client, invitation: Invitation, today: Cast
) -> None:
    accept(today, invitation)
    page = client.post(at("delegation", invitation), written())
    assert page.status_code == 409
    body = text_of(page)
    assert 'value="Ana Uno"' in body
    assert "Luis Paredes" in body
    assert 'name="version" value="2"' in body
    client.post(at("delegation", invitation), written(version="2"))
    assert [d.person.name for d in delegates(invitation)] == ["Ana Uno"]


def test_a_double_click_is_one_answer(client: Client, invitation: Invitation) -> None:
    for _twice in range(2):
        assert client.post(at("delegation", invitation), written()).status_code == 302
    assert kinds(invitation) == ["invitation.sent", "invitation.accepted"]


def test_declining_takes_one_screen_and_a_remark_can_follow(client: Client, invitation: Invitation) -> None:
    page = client.post(invitation.get_link(), {"answer": "no", "version": 1}, follow=True)
    assert page.redirect_chain == [(at("answered", invitation), 302)]
    client.post(at("decline", invitation), {"note": "Estamos en terreno", "version": 2})
    invitation.refresh_from_db()
    assert (invitation.state, invitation.note) == ("declined", "Estamos en terreno")
    assert "Estamos en terreno" in text_of(client.get(at("answered", invitation)))


def test_an_answered_link_opens_on_the_answer_and_changes_it(
    client: Client, invitation: Invitation, today: Cast
) -> None:
    accept(today, invitation)
    assert client.get(invitation.get_link()).url == at("answered", invitation)
    assert client.get(invitation.get_link() + "?cambiar=1").status_code == 200
    assert 'value="Luis Paredes"' in text_of(client.get(at("delegation", invitation)))
    client.post(at("decline", invitation), {"version": 2})
    assert delegates(invitation) == []


def test_the_form_starts_from_the_last_delegation_to_this_mesa_alone(client: Client, today: Cast) -> None:
    accept(
        today,
        invitation_of(called(today), today.ngo),
        [one("principal", "Carmen Loja", post_title="Directora")],
    )
    again = called(today, starts_at=today.now + timedelta(days=60))
    body = text_of(client.get(at("delegation", invitation_of(again, today.ngo))))
    assert 'value="Carmen Loja"' in body
    assert 'value="Directora"' in body
    assert "Carmen Loja" not in text_of(client.get(at("delegation", invitation_of(again, today.university))))


def test_a_last_delegation_to_a_closed_session_prefills_no_open_one(client: Client, today: Cast) -> None:
    closed = called(today)
    accept(today, invitation_of(closed, today.ngo))
    Session.objects.filter(pk=closed.pk).update(is_casa_adentro=True)
    again = called(today, starts_at=today.now + timedelta(days=60))
    assert "Carmen Loja" not in text_of(client.get(at("delegation", invitation_of(again, today.ngo))))


def test_casa_adentro_shows_when_and_where_and_nothing_else(client: Client, invitation: Invitation) -> None:
    Session.objects.filter(pk=invitation.session_id).update(is_casa_adentro=True)
    body = text_of(client.get(invitation.get_link()))
    assert "Auditorio municipal" in body
    assert "Alojamiento temporal" not in body
    assert invitation.session.short_title not in body
    assert "Alojamiento" not in client.get(at("calendar", invitation)).content.decode()


def test_the_online_link_is_shown_to_those_confirmed_online_alone(client: Client, today: Cast) -> None:
    session = called(today, modality="hybrid", online_url="https://reunion.example/abc")
    invitation = invitation_of(session, today.ngo)
    assert "reunion.example" not in text_of(client.get(invitation.get_link()))
    accept(today, invitation, modality="in_person")
    assert "reunion.example" not in text_of(client.get(at("answered", invitation)))
    accept(today, invitation, modality="online")
    assert "reunion.example/abc" in text_of(client.get(at("answered", invitation)))


def test_the_calendar_opens_anywhere_and_asks_for_no_answer(client: Client, invitation: Invitation) -> None:
    sheet = client.get(at("calendar", invitation))
    assert sheet["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert b"METHOD:PUBLISH" in sheet.content
    assert invitation.token.encode() not in sheet.content


def test_pages_by_link_are_sealed_and_set_no_cookie_but_the_one_against_forgery(
    client: Client, invitation: Invitation
) -> None:
    pages = [
        client.get(invitation.get_link()),
        client.get(at("delegation", invitation)),
        client.get("/es/i/x.y/"),
    ]
    for page in pages:
        assert page["Cache-Control"] == "no-store"
        assert page["X-Robots-Tag"] == "noindex, nofollow"
        assert page["Referrer-Policy"] == "same-origin"
    assert set(client.cookies) == {"csrftoken"}


def test_a_form_from_elsewhere_is_refused(invitation: Invitation) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(at("delegation", invitation), written()).status_code == 403


def test_dead_links_say_what_happened_and_never_whose_they_are(
    client: Client, invitation: Invitation, today: Cast
) -> None:
    cut = client.get(f"/es/i/{invitation.token[:-2]}/")
    assert cut.status_code == 404
    assert "Puente" not in text_of(cut)
    actions.revoke_link(invitation_id=invitation.pk, by=today.secretariat, now=today.now)
    revoked = client.get(invitation.get_link())
    assert revoked.status_code == 410
    assert "c•••@c•••.example" in text_of(revoked)
    assert today.carmen.email not in text_of(revoked)
    assert "Puente" not in text_of(revoked)


def test_over_and_cancelled_sessions_have_pages_of_their_own(client: Client, invitation: Invitation) -> None:
    rows = Session.objects.filter(pk=invitation.session_id)
    rows.update(state="cancelled", cancelled_at=timezone.now(), cancel_reason="Deslave en la vía")
    cancelled = client.get(invitation.get_link())
    assert cancelled.status_code == 410
    assert "Deslave en la vía" in text_of(cancelled)
    rows.update(
        state="convened",
        starts_at=timezone.now() - timedelta(days=2),
        ends_at=timezone.now() - timedelta(days=1),
    )
    Invitation.objects.update(link_expires_at=timezone.now() - timedelta(days=1))
    assert client.get(invitation.get_link()).status_code == 410
    assert client.post(at("delegation", invitation), written()).status_code == 410


def test_asking_for_a_new_link_is_answered_alike_whatever_the_token(
    client: Client, invitation: Invitation, today: Cast
) -> None:
    actions.revoke_link(invitation_id=invitation.pk, by=today.secretariat, now=today.now)
    genuine = client.post(at("renew", invitation))
    assert kinds(invitation)[-1] == "invitation.link_renewed"
    nobody = client.post(reverse("attendees:renew", args=["AAAA.BBBB"]))
    bodies = [re.sub(r'(value|href)="[^"]*"', "", text_of(page)) for page in (genuine, nobody)]
    assert bodies[0] == bodies[1]
    for _more in range(4):
        assert client.post(at("renew", invitation)).status_code == 200
    assert kinds(invitation).count("invitation.link_renewed") == 3


def test_one_link_never_shows_another_organizations_people(client: Client, today: Cast) -> None:
    session = called(today)
    accept(today, invitation_of(session, today.university), [one("principal", "Secreta Persona")])
    mine = invitation_of(session, today.ngo)
    accept(today, mine)
    for name in ("answered", "delegation"):
        assert "Secreta Persona" not in text_of(client.get(at(name, mine)))


def test_the_first_load_weighs_little(client: Client, invitation: Invitation) -> None:
    import gzip
    from pathlib import Path

    static = Path(__file__).parents[2] / "static"
    files = ["css/minga.css", "js/theme.js", "js/minga.js", "js/delegation.js", "icons.svg", "simbolo.svg"]
    loaded = [client.get(invitation.get_link()).content, *((static / name).read_bytes() for name in files)]
    assert sum(len(gzip.compress(content)) for content in loaded) <= 60_000


def test_who_is_named_in_english_is_written_to_in_english(client: Client, invitation: Invitation) -> None:
    english = at("delegation", invitation).replace("/es/", "/en/", 1)
    assert client.post(english, written()).status_code == 302
    assert [delegate.person.language for delegate in delegates(invitation)] == ["en"]
