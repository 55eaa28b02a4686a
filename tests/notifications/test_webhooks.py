"""What a provider tells afterwards: bounces, complaints, and whatever else somebody posts at its door."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from coordination.notifications.kinds import KINDS
from coordination.notifications.models import Notification, Preference
from tests.notifications.conftest import Sink, World

pytestmark = pytest.mark.django_db
DOOR = "/webhooks/correo/postmark/"
STATE = Notification.State


@pytest.fixture
def provider(settings: Any) -> None:
    settings.EMAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "a-token", "WEBHOOK_SECRET": "minga:a secret"}


@pytest.fixture
def sent(world: World, sink: Sink) -> Notification:
    """One letter that the server took."""
    world.convene()
    world.plan()
    Notification.objects.exclude(kind="invitation", recipient=world.cast.carmen).delete()
    world.send()
    return Notification.objects.get()


def tell(secret: str = "minga:a secret", path: str = DOOR, **event: Any) -> Any:
    key = base64.b64encode(secret.encode()).decode()
    body = json.dumps({"MessageID": "pm-1", "Email": "carmen@cast.example", "Metadata": {}} | event)
    return Client(enforce_csrf_checks=True).post(
        path, body, content_type="application/json", headers={"Authorization": f"Basic {key}"}
    )


def bounce(row: Notification, **more: Any) -> dict[str, Any]:
    told = {"RecordType": "Bounce", "Type": "HardBounce", "Metadata": {"minga_message": row.message_id}}
    return told | more


def test_a_bounce_fails_the_message_and_counts_against_the_address(
    sent: Notification, provider: None
) -> None:
    assert tell(**bounce(sent)).status_code == 200
    sent.refresh_from_db()
    assert (sent.state, sent.answer_text) == (STATE.FAILED, "bounced: bounced")
    assert sent.recipient.bounces == 1


def test_the_same_news_twice_counts_once(sent: Notification, provider: None) -> None:
    for _ in range(3):
        assert tell(**bounce(sent)).status_code == 200
    sent.recipient.refresh_from_db()
    assert sent.recipient.bounces == 1


@pytest.mark.parametrize("carried", ["message id", "given id"])
def test_a_provider_that_carries_no_facts_is_understood_by_its_ids(
    sent: Notification, provider: None, carried: str
) -> None:
    told = sent.message_id if carried == "message id" else "pm-7"
    Notification.objects.update(answer_text="id pm-7")
    tell(**bounce(sent, Metadata={}, MessageID=told))
    sent.refresh_from_db()
    assert sent.state == STATE.FAILED


def test_a_bounce_that_overtakes_our_mark_stands(sent: Notification, provider: None) -> None:
    Notification.objects.filter(pk=sent.pk).delete()
    sent.state, sent.lease_token, sent.pk = STATE.UNKNOWN, None, None
    sent.save(force_insert=True)
    tell(**bounce(sent))
    sent.refresh_from_db()
    assert sent.state == STATE.FAILED


def test_an_address_the_provider_will_not_write_to_fails_too(sent: Notification, provider: None) -> None:
    tell(**bounce(sent, Type="BadEmailAddress"))
    sent.refresh_from_db()
    assert (sent.state, sent.answer_text) == (STATE.FAILED, "bounced: invalid")


def test_a_complaint_stops_what_can_be_chosen_and_nothing_else(sent: Notification, provider: None) -> None:
    told = bounce(sent, RecordType="SpamComplaint", Type="SpamComplaint")
    for _ in range(2):
        assert tell(**told).status_code == 200
    chosen = set(Preference.objects.values_list("person_id", "kind", "choice"))
    assert chosen == {(sent.recipient_id, kind.name, "never") for kind in KINDS.values() if kind.choosable}
    assert "invitation" not in {kind for _person, kind, _choice in chosen}
    sent.refresh_from_db()
    assert (sent.state, sent.answer_text) == (STATE.SENT, "complaint")


@pytest.mark.parametrize("type_", ["Delivery", "Open", "Click", "SomethingNew"])
def test_other_news_change_nothing(sent: Notification, provider: None, type_: str) -> None:
    assert tell(**bounce(sent, RecordType=type_)).status_code == 200
    sent.refresh_from_db()
    assert sent.state == STATE.SENT


def test_a_message_of_somebody_else_is_ignored(sent: Notification, provider: None) -> None:
    assert tell(**bounce(sent, Metadata={"minga_message": "<other@x>"})).status_code == 200
    assert tell(**bounce(sent, Metadata={}, MessageID="")).status_code == 200
    sent.refresh_from_db()
    assert (sent.state, sent.recipient.bounces) == (STATE.SENT, 0)


def test_without_the_secret_nothing_is_believed(sent: Notification, provider: None) -> None:
    assert tell("minga:guess", **bounce(sent)).status_code == 400
    assert Client().post(DOOR, "{}", content_type="application/json").status_code == 400
    sent.refresh_from_db()
    assert sent.state == STATE.SENT


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '{"RecordType": "Inbound", "FromFull": {}}', "\xff"])
def test_what_cannot_be_read_is_refused_quietly(provider: None, body: str) -> None:
    key = base64.b64encode(b"minga:a secret").decode()
    answer = Client().post(
        DOOR, body, content_type="application/json", headers={"Authorization": f"Basic {key}"}
    )
    assert answer.status_code == 400


def test_the_door_exists_for_the_configured_provider_alone(
    sent: Notification, provider: None, settings: Any
) -> None:
    assert tell(path="/webhooks/correo/mailgun/", **bounce(sent)).status_code == 404
    assert Client().get(DOOR).status_code == 405
    settings.EMAIL_PROVIDER = ""
    assert tell(**bounce(sent)).status_code == 404


@pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailInsecureWebhookWarning")
def test_a_door_without_a_lock_stays_shut(sent: Notification, provider: None, settings: Any) -> None:
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "a-token"}
    assert tell(**bounce(sent)).status_code == 404


def test_a_signature_is_asked_of_providers_that_sign(sent: Notification, settings: Any) -> None:
    settings.EMAIL_PROVIDER = "mailgun"
    settings.ANYMAIL = {"MAILGUN_API_KEY": "key", "MAILGUN_WEBHOOK_SIGNING_KEY": "signing"}
    event = {
        "signature": {"token": "t", "timestamp": "1", "signature": "forged"},
        "event-data": {"event": "failed", "message": {"headers": {"message-id": sent.message_id}}},
    }
    assert tell(path="/webhooks/correo/mailgun/", **event).status_code == 400
    sent.refresh_from_db()
    assert sent.state == STATE.SENT
