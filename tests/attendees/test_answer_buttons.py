"""The letter's two buttons: each opens the page with its answer chosen, and nothing is written before one POST."""

import re

import pytest
from django.test import Client

from coordination.activity.models import Activity
from coordination.attendees.models import Invitation
from tests.attendees.inviting import accept, called, invitation_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def chosen(page: object) -> list[str]:
    found = re.findall(r"<input[^>]*name=\"answer\"[^>]*>", page.content.decode())  # type: ignore[attr-defined]
    return [re.search(r'value="(\w+)"', one).group(1) for one in found if "checked" in one]  # type: ignore[union-attr]


def test_no_is_chosen_and_one_post_declines(today: Cast, client: Client) -> None:
    invitation = invitation_of(called(today), today.ngo)
    before = Activity.objects.count()
    page = client.get(f"{invitation.get_link()}?respuesta=no")
    assert page.status_code == 200 and chosen(page) == ["no"]
    assert Activity.objects.count() == before
    client.post(f"{invitation.get_link()}?respuesta=no", {"answer": "no", "version": 1})
    assert Invitation.objects.get(pk=invitation.pk).state == "declined"


def test_yes_goes_to_the_names_and_one_post_confirms(today: Cast, client: Client) -> None:
    invitation = invitation_of(called(today), today.ngo)
    page = client.get(f"{invitation.get_link()}?respuesta=si", follow=True)
    assert page.redirect_chain[0][0].endswith("/delegacion/")
    assert Invitation.objects.get(pk=invitation.pk).state == "pending"
    told = {"version": 1, "modality": "in_person", "principal_name": "Ana", "principal_email": "a@p.example"}
    client.post(page.redirect_chain[0][0], told)
    assert Invitation.objects.get(pk=invitation.pk).state == "accepted"


def test_where_there_are_two_ways_to_come_it_is_asked_which(today: Cast, client: Client) -> None:
    invitation = invitation_of(called(today, modality="hybrid", online_url="https://r.example/"), today.ngo)
    page = client.get(f"{invitation.get_link()}?respuesta=si")
    assert page.status_code == 200 and chosen(page) == []


def test_the_no_of_an_old_letter_takes_no_delegation_away(today: Cast, client: Client) -> None:
    invitation = invitation_of(called(today), today.ngo)
    accept(today, invitation)
    answer = client.get(f"{invitation.get_link()}?respuesta=no")
    assert answer.status_code == 302 and answer.url.endswith("/listo/")
    assert client.get(f"{invitation.get_link()}?respuesta=zz%00", follow=True).status_code == 200
    assert Invitation.objects.get(pk=invitation.pk).state == "accepted"
