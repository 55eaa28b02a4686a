"""A letter leaves by SMTP or by a provider's API, and both answer in the same few words."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from coordination.notifications import channels, smtp
from coordination.notifications.letters import Letter
from coordination.notifications.models import Notification
from coordination.notifications.smtp import Outcome
from coordination.organizations.models import Person
from tests.notifications.conftest import TITULAR, World
from tests.notifications.provider import FakeProvider, fake_provider

pytestmark = pytest.mark.django_db
STATE = Notification.State
PLAIN = (
    "From: Mesa <avisos@minga.example>\r\nTo: Ana <ana@x.example>\r\nSubject: =?utf-8?q?Sesi=C3=B3n?=\r\n"
    "Message-ID: <a@x>\r\nAuto-Submitted: auto-generated\r\n\r\nHola\r\n"
)


def letter(recipient: str = "ana@x.example", content: str = PLAIN) -> Letter:
    return Letter("<a@x>", "avisos@minga.example", recipient, content.encode())


@pytest.fixture
def provider(settings: Any) -> Iterator[FakeProvider]:
    with fake_provider() as server:
        settings.EMAIL_PROVIDER = "postmark"
        settings.ANYMAIL = {
            "IGNORE_UNSUPPORTED_FEATURES": True,
            "POSTMARK_SERVER_TOKEN": "a-token",
            "POSTMARK_API_URL": server.url,
            "REQUESTS_TIMEOUT": 0.5,
        }
        yield server


def test_without_a_provider_mail_goes_by_smtp() -> None:
    assert isinstance(channels.chosen(), smtp.Line)


def test_nobody_pays_for_a_library_that_is_not_used() -> None:
    code = (
        "import django, sys; django.setup();"
        "import coordination.urls, coordination.notifications.deliver, coordination.notifications.channels;"
        "sys.exit(any(name.split('.')[0] in ('anymail', 'requests') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_letter_by_the_provider_says_what_it_says_by_smtp(world: World, provider: FakeProvider) -> None:
    world.convene()
    world.name(TITULAR)
    Person.objects.filter(email=TITULAR[2]).update(name="Peña, Carmen «Ñ» @")
    world.plan()
    Notification.objects.exclude(kind="delegation_confirmed").delete()
    assert world.send().sent == 1
    (row,) = world.rows("delegation_confirmed")
    assert (row.state, row.answer_code, row.answer_text) == (STATE.SENT, 200, "id pm-1")
    (sent,) = provider.requests
    assert sent["token"] == "a-token"
    assert sent["To"] == '"Peña, Carmen «Ñ» @" <carmen@cast.example>'
    assert "Mesa Zonal" in sent["From"] and "avisos@minga.example" in sent["From"]
    headers = {header["Name"]: header["Value"] for header in sent["Headers"]}
    assert headers["Message-ID"] == row.message_id
    assert sent["Metadata"]["minga_message"] == row.message_id
    assert "/i/" in sent["TextBody"] and "prefers-color-scheme" in sent["HtmlBody"]
    (file,) = sent["Attachments"]
    assert file["ContentType"].startswith("text/calendar") and 'method="REQUEST"' in file["ContentType"]
    calendar = Calendar.from_ical(base64.b64decode(file["Content"]))
    assert calendar["method"] == "REQUEST"


@pytest.mark.parametrize(
    ("order", "outcome", "code"),
    [
        ((429, {"Message": "slow down"}), Outcome.LATER, 429),
        ((500, {"Message": "oops"}), Outcome.LATER, 500),
        ((503, {}), Outcome.LATER, 503),
        ((401, {"Message": "bad token"}), Outcome.LATER, 401),
        ((422, {"ErrorCode": 300, "Message": "Error parsing 'To': Illegal email address 'ana@x.example'."}), Outcome.REFUSED, 422),
        ((422, {"ErrorCode": 406, "Message": "You tried to send to a recipient that has been marked as inactive.\n"
                "Found inactive addresses: ana@x.example."}), Outcome.REFUSED, 422),
        ((413, {"Message": "too large"}), Outcome.REFUSED, 413),
        ((200, "nonsense"), Outcome.UNKNOWN, 0),
        ((200, {"Message": "?"}), Outcome.UNKNOWN, 200),
        ("silence", Outcome.UNKNOWN, 0),
        ("hang up", Outcome.UNKNOWN, 0),
    ],
)  # fmt: skip
def test_its_answers_are_told_in_the_words_of_smtp(
    provider: FakeProvider, order: Any, outcome: Outcome, code: int
) -> None:
    provider.orders.append(order)
    with channels.chosen() as line:
        line.open()
        answer = line.send(letter())
        assert (answer.outcome, answer.code) == (outcome, code)
        assert "ana@x.example" not in answer.text
        assert line.send(letter()).outcome is Outcome.TAKEN  # the next one is not held up


def test_a_provider_that_cannot_be_reached_has_surely_not_taken_it(
    provider: FakeProvider, settings: Any
) -> None:
    settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_API_URL": "http://127.0.0.1:9/"}
    with channels.chosen() as line:
        assert line.send(letter()).outcome is Outcome.LATER


def test_a_provider_without_its_key_keeps_everything_waiting(world: World, settings: Any) -> None:
    settings.EMAIL_PROVIDER, settings.ANYMAIL = "postmark", {}
    world.convene()
    world.plan()
    assert world.send().sent == 0
    rows = world.rows("invitation")
    assert {(row.state, row.attempts) for row in rows} == {(STATE.PLANNED, 0)}


def test_a_request_without_an_answer_is_made_once_more_under_the_same_id(
    world: World, provider: FakeProvider
) -> None:
    world.convene()
    world.plan()
    Notification.objects.exclude(kind="invitation", recipient=world.cast.carmen).delete()
    provider.orders.append("silence")
    assert world.send().unknown == 1
    Notification.objects.update(state=STATE.PLANNED, lease_token=None, lease_until=None)
    assert world.send(world.now + timedelta(minutes=1)).sent == 1
    ids = [
        next(h["Value"] for h in sent["Headers"] if h["Name"] == "Message-ID") for sent in provider.requests
    ]
    assert len(ids) == 2 and len(set(ids)) == 1


def test_an_address_nobody_can_spell_is_refused_and_the_next_one_goes(provider: FakeProvider) -> None:
    with channels.chosen() as line:
        assert line.send(letter("a b@x.example")).outcome is Outcome.REFUSED
        assert line.send(letter()).outcome is Outcome.TAKEN
