"""Answers that calendars send: taken for who gave them, and for nobody else."""

import base64
import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coordination.activity.models import Activity
from coordination.attendees.models import Delegate, Invitation
from coordination.notifications import tasks
from coordination.notifications.mailbox import KEYWORD, read_mailbox
from coordination.notifications.models import CalendarReply, Heartbeat, Notification
from coordination.notifications.replies import Taken, take
from coordination.sessions.models import Session
from tests.notifications.conftest import ALTERNA, TITULAR, Sink, World
from tests.notifications.imap import Mailbox, mailbox

pytestmark = pytest.mark.django_db
JULIA = "julia@cast.example"


@pytest.fixture
def invited(world: World, sink: Sink) -> World:
    """Carmen and Julia have the invitation in their calendars."""
    world.convene()
    world.name(TITULAR, ALTERNA)
    world.plan()
    world.send()
    return world


def calendar(world: World, address: str = JULIA, partstat: str = "DECLINED", **told: Any) -> str:
    facts = {
        "method": "REPLY",
        "uid": f"session-{world.session.public_id}@127.0.0.1",
        "sequence": world.session.schedule_version,
        "stamp": world.now + timedelta(hours=1),
        "name": "Julia Paz",
        "more": "",
    } | told
    lines = [
        "BEGIN:VCALENDAR", "PRODID:-//Example//Calendar//EN", "VERSION:2.0", f"METHOD:{facts['method']}", "BEGIN:VEVENT",
        f"UID:{facts['uid']}", f"SEQUENCE:{facts['sequence']}", f"DTSTAMP:{facts['stamp']:%Y%m%dT%H%M%SZ}",
        f'ATTENDEE;CN="{facts["name"]}";PARTSTAT={partstat}:MAILTO:{address}', "SUMMARY:No",
    ]  # fmt: skip
    if facts["more"]:
        lines.append(facts["more"])
    return "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""])


def mail(content: str, sender: str = JULIA, **headers: str) -> bytes:
    """As Outlook and Google send it: words, and the calendar as an alternative."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "avisos@minga.example", "Declined: III"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Julia no puede.")
    message.add_alternative(content.encode(), maintype="text", subtype="calendar", params={"method": "REPLY"})
    return message.as_bytes()


def answered(world: World, raw: bytes, at: datetime | None = None) -> Taken:
    return take(raw=raw, now=at or world.now + timedelta(hours=2))


def test_a_no_is_kept_beside_who_gave_it_and_told_without_changing_the_delegation(
    invited: World, sink: Sink
) -> None:
    world, later = invited, invited.now + timedelta(hours=2)
    before = list(Delegate.objects.order_by("id").values()), list(Invitation.objects.order_by("id").values())
    assert answered(world, mail(calendar(world), sender="Julia Paz <JULIA@cast.example>")) is Taken.TAKEN
    reply = CalendarReply.objects.get()
    assert (reply.person.name, reply.answer, reply.sequence) == ("Julia Paz", "declined", 1)
    assert reply.notification.kind == "delegation_confirmed" and reply.notification.recipient == reply.person
    assert before == (
        list(Delegate.objects.order_by("id").values()),
        list(Invitation.objects.order_by("id").values()),
    )
    world.plan(later)
    sink.taken.clear()
    world.send(later)
    told = {message["To"].addresses[0].addr_spec: message for message in sink.taken}
    assert set(told) == {world.cast.rosa.email, world.cast.carmen.email}
    focal = told[world.cast.carmen.email].get_body(("plain",)).get_content()
    assert world.invitation(world.cast.ngo).token in focal and "Julia Paz" in focal
    keeper = told[world.cast.rosa.email].get_body(("plain",)).get_content()
    assert world.invitation(world.cast.ngo).token not in keeper and "/delegaciones/" in keeper


def test_changing_ones_mind_is_told_once_for_each_date(invited: World, sink: Sink) -> None:
    world = invited
    for hour, partstat in enumerate(["DECLINED", "ACCEPTED", "DECLINED", "TENTATIVE", "DECLINED"], start=1):
        at = world.now + timedelta(hours=hour)
        assert answered(world, mail(calendar(world, partstat=partstat, stamp=at)), at) is Taken.TAKEN
    assert CalendarReply.objects.get().answer == "declined"
    assert Activity.objects.filter(kind="calendar_reply.taken").count() == 5
    world.plan(world.now + timedelta(hours=6))
    assert len(world.rows("calendar_declined")) == 2
    assert not Notification.objects.filter(kind="calendar_declined", recipient__email=JULIA).exists()


def test_a_yes_after_the_no_keeps_the_notice_back(invited: World, sink: Sink) -> None:
    world, later = invited, invited.now + timedelta(hours=3)
    answered(world, mail(calendar(world)))
    world.plan(later)
    answered(world, mail(calendar(world, partstat="ACCEPTED", stamp=later)), later)
    sink.taken.clear()
    world.send(later)
    assert sink.taken == []


def test_a_replay_and_an_older_answer_change_nothing(invited: World) -> None:
    world = invited
    first = mail(calendar(world, stamp=world.now + timedelta(minutes=1)))
    second = mail(calendar(world, partstat="ACCEPTED", stamp=world.now + timedelta(minutes=2)))
    assert answered(world, first) is answered(world, second) is Taken.TAKEN
    assert answered(world, first) is answered(world, second) is Taken.OLD
    ahead = mail(calendar(world, stamp=world.now + timedelta(days=9)))
    assert answered(world, ahead) is Taken.OLD
    assert CalendarReply.objects.get().answer == "accepted"
    assert Activity.objects.filter(kind="calendar_reply.taken").count() == 2


@pytest.mark.parametrize(
    ("sender", "address", "taken"),
    [
        ("malo@elsewhere.example", JULIA, Taken.FORGED),
        ("carmen@cast.example", JULIA, Taken.FORGED),
        (JULIA, "carmen@cast.example", Taken.FORGED),
        ("malo@elsewhere.example", "malo@elsewhere.example", Taken.NOT_INVITED),
        (f"{JULIA}, malo@elsewhere.example", JULIA, Taken.NO_REPLY),
        (f'"{JULIA}" <malo@elsewhere.example>', JULIA, Taken.FORGED),
        ("", JULIA, Taken.NO_REPLY),
    ],
)
def test_nobody_answers_for_another(invited: World, sender: str, address: str, taken: Taken) -> None:
    raw = b"From: %s\r\n" % sender.encode() + mail(calendar(invited, address)).partition(b"\n")[2]
    assert answered(invited, raw) is taken
    assert not CalendarReply.objects.exists()


def test_who_was_written_to_without_an_invitation_cannot_answer(invited: World) -> None:
    """Luis got the convocation, which puts nothing on a calendar: an answer of his is to nothing."""
    luis = invited.cast.luis.email
    raw = mail(calendar(invited, luis, partstat="ACCEPTED", name="Luis Aguirre"), sender=luis)
    assert answered(invited, raw) is Taken.NOT_INVITED
    assert invited.invitation(invited.cast.university).state == "pending"


def test_who_left_the_delegation_and_who_answers_an_older_date_are_not_taken(invited: World) -> None:
    world = invited
    older = calendar(world)
    world.move(1, world.now + timedelta(minutes=5))
    assert answered(world, mail(older)) is Taken.OTHER_DATE
    assert answered(world, mail(calendar(world, sequence=3))) is Taken.OTHER_DATE
    assert answered(world, mail(calendar(world))) is Taken.TAKEN
    world.name(TITULAR, at=world.now + timedelta(minutes=6))
    stamp = world.now + timedelta(minutes=100)
    assert answered(world, mail(calendar(world, partstat="ACCEPTED", stamp=stamp))) is Taken.NOT_COMING
    assert CalendarReply.objects.get().answer == "declined"


def test_of_two_people_with_one_mailbox_the_name_decides(world: World, sink: Sink) -> None:
    world.convene()
    both = [("principal", "Carmen Loja", JULIA), ("alternate", "Julia Paz", JULIA)]
    world.name(*both)
    world.plan()
    world.send()
    assert answered(world, mail(calendar(world, name="Oficina"))) is Taken.NOT_INVITED
    assert answered(world, mail(calendar(world))) is Taken.TAKEN
    assert CalendarReply.objects.get().person.name == "Julia Paz"


@pytest.mark.parametrize("state", ["cancelled", "held", "over", "closed"])
def test_sessions_that_are_not_ahead_or_not_open_take_no_answer(invited: World, state: str) -> None:
    world, rows = invited, Session.objects.filter(pk=invited.session.pk)
    at = world.now + timedelta(hours=2)
    if state == "cancelled":
        world.cancel()
        world.session.refresh_from_db()
    elif state == "held":
        rows.update(state="held")
    elif state == "over":
        at = world.session.ends_at
    else:
        rows.update(is_casa_adentro=True)
    assert answered(world, mail(calendar(world)), at) is Taken.NO_SESSION
    assert not CalendarReply.objects.exists()


@pytest.mark.parametrize(
    "told",
    [
        {"method": "REQUEST"},
        {"method": "COUNTER"},
        {"method": "CANCEL"},
        {"partstat": "DELEGATED"},
        {"partstat": "NEEDS-ACTION"},
        {"partstat": ""},
        {"uid": "session-1@127.0.0.1"},
        {"uid": ""},
        {"sequence": "-1"},
        {"sequence": "9" * 300},
        {"more": "RECURRENCE-ID:20260401T140000Z"},
        {"more": "ATTENDEE;PARTSTAT=ACCEPTED:mailto:carmen@cast.example"},
        {"more": "DTSTAMP:20260401T140000Z"},
        {"more": "END:VEVENT\r\nBEGIN:VEVENT"},
        {"more": "END:VCALENDAR"},
        {"address": "julia@cast.example\x00"},
    ],
)
def test_what_is_no_plain_answer_is_not_taken(invited: World, told: dict[str, Any]) -> None:
    raw = mail(calendar(invited, **told))
    refused = (Taken.NO_REPLY, Taken.NO_ANSWER, Taken.NO_SESSION, Taken.FORGED)
    assert answered(invited, raw) in refused
    foreign = calendar(invited, uid=f"session-{invited.session.public_id}@elsewhere.example")
    assert answered(invited, mail(foreign)) is Taken.NO_SESSION
    assert not CalendarReply.objects.exists()


def hostile(world: World) -> dict[str, bytes]:
    plain = calendar(world)
    head = f"From: {JULIA}\r\n".encode()
    each_second = "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    return {
        "a megabyte": mail(plain.replace("SUMMARY:No", f"SUMMARY:{'x' * 1_000_000}")),
        "a large calendar": mail(plain.replace("SUMMARY:No", "COMMENT:no\r\n" * 20_000)),
        "nothing": b"",
        "no mail": bytes(range(256)) * 50,
        "boxes in boxes": head + b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(3000)),
        "mails in mails": head + b"Content-Type: message/rfc822\r\n\r\n" * 3000,
        "many parts": head + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 50_000,
        "an odd charset": head + b"Content-Type: text/calendar; charset=rot13\r\n\r\n" + plain.encode(),
        "a wrong base64": head + b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"=" * 9999,
        "many senders": b"From: " + b"a@b.c," * 60_000 + b"\r\nContent-Type: text/calendar\r\n\r\n" + plain.encode(),
        "brackets": b"From: " + b"(" * 400_000 + b"\r\nContent-Type: text/calendar\r\n\r\n" + plain.encode(),
        "endless folds": head + b"Content-Type: text/calendar\r\n\r\nX" + b"\r\n " * 10_000,
        "taken all the same": mail(plain.replace("BEGIN:VEVENT", each_second + "BEGIN:VEVENT")),
    }  # fmt: skip


def test_hostile_mail_costs_little_and_changes_nothing(invited: World) -> None:
    for name, raw in hostile(invited).items():
        started = time.process_time()
        taken = answered(invited, raw)
        assert time.process_time() - started < 3, name
        assert (taken is Taken.TAKEN) == (name == "taken all the same"), name


def test_where_our_server_checks_senders_its_word_is_asked(invited: World, settings: Any) -> None:
    settings.REPLIES_AUTHSERV = "mx.minga.example"
    content = calendar(invited)
    passed = "mx.minga.example; spf=pass smtp.mailfrom=x; dmarc=pass header.from=cast.example"
    for result in (
        None,
        "mx.elsewhere.example; dmarc=pass",
        "mx.minga.example; dmarc=fail (dmarc=pass)",
        "mx.minga.example; spf=pass",
    ):
        headers = {"Authentication_Results": result} if result else {}
        assert answered(invited, mail(content, **headers)) is Taken.NO_REPLY
    below = b"Authentication-Results: mx.minga.example; dmarc=fail\r\n"
    assert answered(invited, below + mail(content, Authentication_Results=passed)) is Taken.NO_REPLY
    assert answered(invited, mail(content, Authentication_Results=passed)) is Taken.TAKEN


def test_staff_read_it_beside_the_delegate_and_on_the_message(invited: World, client: Client) -> None:
    world = invited
    answered(world, mail(calendar(world)))
    client.force_login(world.cast.rosa.user)
    page = client.get(reverse("attendees:delegations", args=[world.session.public_id]))
    assert page.content.decode().count("Rechazó en su calendario") == 1
    row = CalendarReply.objects.get().notification
    story = client.get(reverse("notifications:message", args=[row.public_id])).context["story"]
    assert [step.light for step in story.steps][-1] == "red"
    Session.objects.filter(pk=world.session.pk).update(schedule_version=2)
    page = client.get(reverse("attendees:delegations", args=[world.session.public_id]))
    assert "en su calendario" not in page.content.decode()


@pytest.fixture
def box(settings: Any) -> Iterator[Mailbox]:
    with mailbox() as made:
        settings.REPLIES_IMAP_URL = f"imap://avisos%40minga.example:una%20clave@127.0.0.1:{made.port}/INBOX"
        yield made


@pytest.mark.parametrize("keywords", [True, False])
def test_the_mailbox_is_read_once_and_stays_unread_for_people(
    invited: World, box: Mailbox, keywords: bool
) -> None:
    world, later = invited, invited.now + timedelta(hours=2)
    box.keywords = keywords
    mark = KEYWORD if keywords else "\\Seen"
    box.mails = [b"From: a@b.example\r\n\r\nHola", hostile(world)["a megabyte"], mail(calendar(world))]
    assert read_mailbox(later) == 3
    assert CalendarReply.objects.get().answer == "declined"
    assert [box.flags[number] for number in (1, 2, 3)] == [{mark}] * 3
    assert not any("BODY.PEEK" in said and " 2 " in said for said in box.said)
    assert read_mailbox(later) == 0


def test_a_mailbox_that_is_away_or_refuses_us_is_asked_again_later(
    invited: World, box: Mailbox, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REPLIES_IMAP_URL = settings.REPLIES_IMAP_URL.replace("una%20clave", "otra")
    assert read_mailbox(invited.now) == 0
    settings.REPLIES_IMAP_URL = "imap://x:y@127.0.0.1:9/INBOX"
    assert read_mailbox(invited.now) == 0
    assert caplog.text.count("is away") == 2 and "minga.example" not in caplog.text


def test_the_sweep_notes_itself_only_where_there_is_a_mailbox(box: Mailbox, settings: Any) -> None:
    assert tasks.replies_once() == 0
    assert Heartbeat.objects.filter(sweep="replies").exists()
    settings.REPLIES_IMAP_URL = ""
    Heartbeat.objects.all().delete()
    assert tasks.replies_once() == 0
    assert not Heartbeat.objects.exists()


def test_a_provider_that_receives_hands_answers_over(invited: World, settings: Any) -> None:
    world = invited
    world.session.refresh_from_db()
    settings.EMAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "a-token", "WEBHOOK_SECRET": "minga:a secret"}
    Session.objects.filter(pk=world.session.pk).update(ends_at=datetime(2099, 1, 1, tzinfo=world.now.tzinfo))
    attached = {
        "Name": "invite.ics",
        "ContentType": "text/calendar; method=REPLY",
        "Content": base64.b64encode(calendar(world).encode()).decode(),
    }
    posted = {
        "FromFull": {"Email": JULIA, "Name": "Julia Paz"},
        "From": JULIA,
        "ToFull": [{"Email": "avisos@minga.example", "Name": ""}],
        "Subject": "Declined",
        "TextBody": "No",
        "Headers": [],
        "Attachments": [attached],
    }

    def post(secret: str, path: str = "/webhooks/correo/postmark/entrada/") -> int:
        key = base64.b64encode(secret.encode()).decode()
        return (
            Client(enforce_csrf_checks=True)
            .post(path, json.dumps(posted), content_type="application/json", headers={"Authorization": f"Basic {key}"})
            .status_code
        )  # fmt: skip

    assert post("minga:guess") == 400
    assert post("minga:a secret", "/webhooks/correo/mailgun/entrada/") == 404
    assert not CalendarReply.objects.exists()
    assert post("minga:a secret") == 200
    assert CalendarReply.objects.get().answer == "declined"
