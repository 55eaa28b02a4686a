"""A ready text for WhatsApp: who sees it, what it says, and what it never says."""

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.attendees import actions as attendees
from coordination.attendees.actions import DelegateData
from coordination.attendees.models import Delegate
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast
from tests.notifications.conftest import TITULAR, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(cast: Cast) -> World:
    """Pages know the real clock, so that this session lies ahead of it."""
    cast.now = timezone.now()
    return World(cast)


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person.user)
    return client


def texts(page: Any) -> list[str]:
    """Every ready text of a page; the link beside it says the same."""
    body = page.content.decode()
    found = [
        html.unescape(text) for text in re.findall(r"<textarea[^>]*readonly>(.*?)</textarea>", body, re.S)
    ]
    links = [html.unescape(link) for link in re.findall(r'href="(https://wa\.me/[^"]+)"', body)]
    assert [parse_qs(urlsplit(link).query)["text"][0] for link in links] == found
    assert body.count('rel="noopener noreferrer"') >= len(links)
    return found


def test_each_invitation_has_its_own_text_with_its_own_link(world: World) -> None:
    world.convene()
    page = signed_in(world.cast.rosa).get(reverse("attendees:delegations", args=[world.session.public_id]))
    said = {text for text in texts(page) if "Fundación Puente Sur" in text}
    (text,) = said
    assert world.invitation(world.cast.ngo).token in text
    assert "09:00 a 13:00, hora de Quito" in text
    assert "Auditorio municipal" in text
    assert text.splitlines()[-1].startswith("http://127.0.0.1")


def test_the_text_comes_in_the_language_of_the_page(world: World) -> None:
    world.convene()
    address = reverse("attendees:delegations", args=[world.session.public_id])
    page = signed_in(world.cast.rosa).get(address.replace("/es/", "/en/"))
    assert any(text.startswith("Kind regards from the secretariat") for text in texts(page))


def test_who_may_not_send_a_link_sees_no_text(world: World) -> None:
    world.convene()
    for path in (
        reverse("attendees:delegations", args=[world.session.public_id]),
        reverse("portal:session", args=[world.session.public_id]),
    ):
        for person in (world.cast.tomas, world.cast.luis):
            assert b"wa.me" not in signed_in(person).get(path).content
    assert b"wa.me" not in Client().get(reverse("portal:session", args=[world.session.public_id])).content


def test_a_session_and_a_commitment_are_handed_on_without_anybodys_key(world: World) -> None:
    world.convene()
    rosa = signed_in(world.cast.rosa)
    (said,) = texts(rosa.get(world.session.get_absolute_url()))
    assert world.session.title in said and world.session.get_absolute_url() in said and "/i/" not in said
    commitment = world.promise()
    (said,) = texts(rosa.get(commitment.get_absolute_url()))
    assert commitment.code in said and commitment.get_absolute_url() in said
    assert "/c/" not in said and "/v/" not in said
    assert b"wa.me" not in signed_in(world.cast.luis).get(commitment.get_absolute_url()).content


def test_casa_adentro_says_nothing(world: World) -> None:
    for person in (world.cast.rosa, world.cast.carmen):
        CircleMember.objects.create(session=world.session, person=person, level="record", since=world.now)
    Session.objects.filter(pk=world.session.pk).update(is_casa_adentro=True, topic_es="Canario")
    world.convene()
    rosa = signed_in(world.cast.rosa)
    for path in (
        reverse("attendees:delegations", args=[world.session.public_id]),
        world.session.get_absolute_url(),
    ):
        said = texts(rosa.get(path))
        assert said
        for text in said:
            assert text.startswith("Hay un aviso para usted en Minga.")
            for canary in ("Canario", "Frontera", "Auditorio", "09:00", "Puente", "/i/"):
                assert canary not in text


class TestWithoutAnAddress:
    def test_the_focal_point_is_told_and_gets_a_text_to_pass_on(self, world: World) -> None:
        world.convene()
        invitation = world.invitation(world.cast.ngo)
        at = reverse("attendees:delegation", args=[invitation.token])
        answer = Client().post(
            at,
            {
                "version": invitation.version,
                "modality": "in_person",
                "principal_name": TITULAR[1],
                "principal_email": TITULAR[2],
                "companion1_name": "Manuel Quizhpe",
            },
        )
        assert answer.status_code == 302
        assert Delegate.objects.current().get(role="companion").person.email == ""
        page = Client().get(answer["Location"])
        assert "Manuel Quizhpe" in page.content.decode()
        (text,) = texts(page)
        assert "Fundación Puente Sur" in text and "/i/" not in text
        world.plan()
        world.send()
        assert not world.rows("delegation_confirmed", recipient__name="Manuel Quizhpe")

    def test_with_every_address_nothing_is_said(self, world: World) -> None:
        world.convene()
        world.name(TITULAR)
        page = Client().get(reverse("attendees:answered", args=[world.invitation(world.cast.ngo).token]))
        assert b"wa.me" not in page.content

    @pytest.mark.parametrize("role", ["principal", "alternate"])
    def test_who_holds_the_seat_needs_one(self, world: World, role: str) -> None:
        world.convene()
        invitation = world.invitation(world.cast.ngo)
        people = [
            DelegateData(role="principal", name="Ana", email="" if role == "principal" else "a@x.example")
        ]
        if role == "alternate":
            people.append(DelegateData(role="alternate", name="Eva", email=""))
        with pytest.raises(attendees.DelegationRefused):
            attendees.answer(
                invitation_id=invitation.pk, version=invitation.version, modality="in_person", delegates=people,
                by=world.cast.secretariat, now=world.now,
            )  # fmt: skip
