"""The frame of the door: what a phone keeps of it says nothing of the session or of who is signed in."""

import json
import re
from datetime import timedelta
from pathlib import Path

import brotli
from django.conf import settings
from django.test import Client
from django.urls import reverse

from coordination.attendees import actions
from coordination.attendees.views.door_page import ASSETS
from coordination.sessions.models import Session
from tests.attendees.inviting import called
from tests.cast import Cast, signed_in

STATIC = Path(settings.BASE_DIR) / "static"


def door(name: str, session: Session) -> str:
    return reverse(f"attendees:{name}", args=[session.public_id])


def test_the_frame_knows_neither_the_session_nor_its_reader(cast: Cast) -> None:
    first, second = called(cast), called(cast)
    rosa = signed_in(cast.rosa.user)
    pages = []
    for session in (first, second):
        answer = rosa.get(door("door", session))
        assert answer.status_code == 200 and "csrftoken" in answer.cookies
        assert "nonce" not in answer["Content-Security-Policy"]
        pages.append(answer.content.decode().replace(str(session.public_id), ""))
    assert pages[0] == pages[1]
    for told in (first.title, cast.mesa.name, "Rosa", cast.ngo.name, "csrfmiddlewaretoken"):
        assert told not in pages[0]


def test_the_frame_costs_few_queries(cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    session, rosa = called(cast), signed_in(cast.rosa.user)
    with django_assert_max_num_queries(12):
        rosa.get(door("door", session))


def test_the_worker_names_what_the_frame_loads(cast: Cast) -> None:
    session, rosa = called(cast), signed_in(cast.rosa.user)
    frame = rosa.get(door("door", session)).content.decode()
    answer = rosa.get(door("door_worker", session))
    assert answer["Content-Type"].startswith("text/javascript")
    told = json.loads(re.search(r"self\.DOOR = (\{.*?\});", answer.content.decode()).group(1))  # type: ignore[union-attr]
    loaded = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', frame))
    assert loaded == set(told["assets"])
    assert told["page"] == door("door", session) and str(session.public_id) in told["prefix"]
    # Another frame is another version: phones fetch it anew.
    rosa.cookies["django_language"] = "en"
    english = rosa.get(told["page"].replace("/es/", "/en/") + "sw.js").content.decode()
    assert told["version"] not in english


def test_the_manifest_opens_this_door(cast: Cast) -> None:
    session = called(cast)
    answer = signed_in(cast.rosa.user).get(door("door_manifest", session))
    assert answer["Content-Type"] == "application/manifest+json"
    told = answer.json()
    assert told["start_url"] == told["scope"] == door("door", session)
    assert session.title not in answer.content.decode()


def test_a_closed_session_has_no_door_outside_its_circle(cast: Cast) -> None:
    session = called(cast)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    for name in ("door", "door_worker", "door_manifest"):
        assert signed_in(cast.rosa.user).get(door(name, session)).status_code == 404
        assert Client().get(door(name, session)).status_code == 302


def test_the_way_to_the_door_is_on_the_register_while_it_is_open(cast: Cast) -> None:
    session, rosa = called(cast), signed_in(cast.rosa.user)
    assert door("door", session) in rosa.get(door("attendance", session)).content.decode()
    actions.close_attendance(
        session_id=session.pk, by=cast.secretariat, now=session.starts_at + timedelta(hours=1)
    )
    assert door("door", session) not in rosa.get(door("attendance", session)).content.decode()


def test_what_a_phone_loads_is_small() -> None:
    weight = sum(len(brotli.compress((STATIC / name).read_bytes())) for name in ASSETS)
    assert weight <= 60_000
