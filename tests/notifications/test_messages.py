"""The list of messages and the page of one: who reads what, what it costs, and that no key gets out."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.links import make_token
from coordination.attendees.models import Delegate, Invitation
from coordination.commitments.models import VerificationCode
from coordination.notifications import ledger, reading, words
from coordination.notifications.kinds import CLOSED_PART, KINDS
from coordination.notifications.models import Notification
from coordination.notifications.permissions import readable_by
from coordination.organizations.models import JoinRequest, Person
from coordination.sessions.models import CircleMember, Session
from tests.cast import acting, person, sector_type
from tests.notifications.conftest import TITULAR, World
from tests.notifications.test_letters import subject_for

pytestmark = pytest.mark.django_db
LIST = "/es/mensajes/"
ROW = {"kind": "session_reminder", "subject_type": "session", "version": 1}


def planned(world: World, count: int = 1, **given: Any) -> list[Notification]:
    """Reminders of the world's session, each for somebody else."""
    Session.objects.filter(pk=world.session.pk, state="draft").update(state="convened")
    first = Person.objects.count()
    people = Person.objects.bulk_create(
        Person(name=f"Somebody {first + n}", email=f"p{first + n}@cast.example") for n in range(count)
    )
    given = {
        "subject_id": world.session.pk, "root_type": "session", "root_id": world.session.pk,
        "mesa_id": world.cast.mesa.pk, "organization": world.cast.ngo, "due_at": world.now,
        "not_after": world.now + timedelta(days=30), "next_try_at": world.now,
    } | ROW | given  # fmt: skip
    return Notification.objects.bulk_create(Notification(recipient=one, **given) for one in people)


def put(row: Notification, state: str, **given: Any) -> None:
    """Along the trigger's arrows to where a test wants the row."""
    rows = Notification.objects.filter(pk=row.pk)
    if state not in ("planned", "held", "superseded", "expired"):
        lease = {"lease_token": "12345678-1234-5678-1234-567812345678", "lease_until": timezone.now()}
        rows.update(state="claimed", **lease)
        rows.update(state="sending", attempts=1)
        given |= {"lease_token": None, "lease_until": None}
    if state == "sent":
        given = {"sent_at": timezone.now() - timedelta(hours=1)} | given
    rows.update(state=state, **given)


def closed(world: World) -> Session:
    Session.objects.filter(pk=world.session.pk).update(is_casa_adentro=True, topic_es="Canario secreto")
    return world.session


def test_the_secretariat_reads_its_mesa_and_an_administrator_everything(world: World, sign_in: Any) -> None:
    planned(world)
    asks = JoinRequest.objects.create(
        name="Red Costa Verde", sector_type=sector_type(), contact_name="Eva", contact_post="x", reason="x",
        contact_email="e@cast.example", link_expires_at=world.now, created_at=world.now,
    )  # fmt: skip
    planned(world, kind="join_confirm", subject_type="joinrequest", subject_id=asks.pk, root_type="joinrequest", root_id=asks.pk, mesa_id=None)  # fmt: skip
    planned(world, kind="preferences_link", subject_type="person", subject_id=1, root_type="person", root_id=1, mesa_id=None)  # fmt: skip
    cast = world.cast
    assert readable_by(cast.secretariat).count() == 1
    assert readable_by(acting(cast.ana)).count() == 3
    for other in (cast.luis, cast.tomas, cast.elena, cast.olga):
        assert not readable_by(acting(other)).exists()
        assert sign_in(other).get(LIST).status_code == 403
    assert "Red Costa Verde" in sign_in(cast.ana).get(f"{LIST}?group=all").content.decode()


def test_messages_of_another_mesa_are_not_there(world: World) -> None:
    row = planned(world, mesa_id=world.cast.mesa.pk + 1)[0]
    assert not readable_by(world.cast.secretariat).filter(pk=row.pk).exists()


def test_a_closed_session_is_not_in_the_list_of_a_secretariat_outside_its_circle(
    world: World, sign_in: Any
) -> None:
    """Neither its rows nor their number, nor a page, nor a letter; not even for an administrator."""
    world.convene()
    row = planned(world, 3)[0]
    commitment = world.promise()
    planned(world, kind="commitment_due", subject_type="commitment", subject_id=commitment.pk, root_type="commitment", root_id=commitment.pk)  # fmt: skip
    closed(world)
    for who in (world.cast.rosa, world.cast.ana):
        client = sign_in(who)
        page = client.get(f"{LIST}?group=all&q=somebody").content.decode()
        assert "Canario" not in page and "Somebody" not in page
        assert ledger.counted(readable_by(acting(who))) == dict.fromkeys(ledger.Group.values, 0)
        assert client.get(f"{LIST}?session={world.session.public_id}&group=all").status_code == 200
        assert (
            world.session.title
            not in client.get(f"{LIST}?session={world.session.public_id}").content.decode()
        )
        for name in ("message", "letter"):
            assert client.get(reverse(f"notifications:{name}", args=[row.public_id])).status_code == 404
        for name in ("resend", "keep_back", "let_go"):
            assert client.post(reverse(f"notifications:{name}", args=[row.public_id])).status_code == 404


def test_who_knows_when_and_where_does_not_read_who_was_written_to(world: World) -> None:
    planned(world)
    closed(world)
    member = CircleMember.objects.create(session=world.session, person=world.cast.rosa, level="logistics", since=world.now)  # fmt: skip
    assert not readable_by(world.cast.secretariat).exists()
    member.level = "record"
    member.save()
    assert readable_by(world.cast.secretariat).count() == 1


def test_the_list_reads_as_often_at_1_3_and_300_rows(world: World, sign_in: Any) -> None:
    client, asked = sign_in(world.cast.rosa), []
    client.get(LIST)
    world.convene()
    commitment = world.promise()
    planned(world, kind="commitment_due", subject_type="commitment", subject_id=commitment.pk, root_type="commitment", root_id=commitment.pk, due_at=world.now + timedelta(days=3))  # fmt: skip
    for more in (1, 2, 297):
        planned(world, more)
        with CaptureQueriesContext(connection) as spent:
            page = client.get(f"{LIST}?group=all").content.decode()
        asked.append(len(spent))
    assert asked[0] == asked[1] == asked[2] <= 12, asked
    assert page.count('scope="row"') == 50
    assert "group=all&amp;page=2" in page


def test_a_code_is_about_its_commitment(world: World, sign_in: Any) -> None:
    subject_id, _reader, _organization = subject_for("verify_code", world)
    planned(world, kind="verify_code", subject_type="verificationcode", subject_id=subject_id, root_type="verificationcode", root_id=subject_id)  # fmt: skip
    assert "FS-001" in sign_in(world.cast.rosa).get(f"{LIST}?group=all").content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"q": "somebody"}, 1),
        ({"q": "PUENTE"}, 2),
        ({"q": "cast.example"}, 2),
        ({"q": "fundacion"}, 2),
        ({"q": "registro en"}, 1),
        ({"q": "I"}, 1),
        ({"q": "fs-001"}, 1),
        ({"q": "nadie así"}, 0),
        ({"q": "%"}, 0),
        ({"kind": "commitment_due"}, 1),
        ({"kind": "no existe"}, 2),
        ({"mesa": "frontera-sur"}, 2),
        ({"group": "ahead"}, 2),
        ({"group": "problem"}, 0),
    ],
)
def test_filters_leave_the_rows_they_name(
    world: World, sign_in: Any, query: dict[str, str], shown: int
) -> None:
    planned(world)
    commitment = world.promise()
    Notification.objects.create(
        recipient=world.cast.carmen, organization=world.cast.ngo, kind="commitment_due", subject_type="commitment",
        subject_id=commitment.pk, root_type="commitment", root_id=commitment.pk, mesa_id=world.cast.mesa.pk, version=1,
        due_at=world.now, not_after=world.now + timedelta(days=9), next_try_at=world.now,
    )  # fmt: skip
    page = sign_in(world.cast.rosa).get(LIST, {"group": "all"} | query).content.decode()
    assert page.count('scope="row"') == shown


def test_an_empty_list_says_what_brings_it(world: World, sign_in: Any) -> None:
    client = sign_in(world.cast.rosa)
    assert "m-empty" in client.get(LIST).content.decode()
    planned(world)
    assert "m-empty" in client.get(f"{LIST}?q=nada+de+esto").content.decode()


@pytest.mark.parametrize(
    ("state", "given", "light"),
    [
        ("planned", {}, "grey"),
        ("planned", {"doubts": 1}, "amber"),
        ("planned", {"attempts": 2, "next_try_at": timezone.now() + timedelta(days=400)}, "amber"),
        ("held", {}, "amber"),
        ("expired", {}, "red"),
        ("superseded", {}, "grey"),
        ("sent", {}, "green"),
        ("sent", {"doubts": 1}, "green"),
        ("sent", {"channel": "inbox"}, "green"),
        ("sent", {"channel": "digest"}, "green"),
        ("failed", {"answer_code": 550, "answer_text": "5.1.1 no such user"}, "red"),
        ("unknown", {"doubts": 1}, "amber"),
        ("unknown", {"doubts": 2}, "amber"),
        (
            "sending",
            {"lease_token": "12345678-1234-5678-1234-567812345678", "lease_until": timezone.now()},
            "grey",
        ),
    ],
)
def test_every_state_is_a_sentence_with_a_light(
    world: World, sign_in: Any, state: str, given: dict[str, Any], light: str
) -> None:
    row = planned(world)[0]
    put(row, state, **given) if state != "sending" else _sending(row, given)
    row = Notification.objects.get(pk=row.pk)
    said = words.state_words(row, timezone.now())
    assert said.light == light and len(said.text) > 5
    page = sign_in(world.cast.rosa).get(reverse("notifications:message", args=[row.public_id]))
    assert page.status_code == 200
    if state == "failed":
        assert "5.1.1 no such user" in page.content.decode()


def _sending(row: Notification, lease: dict[str, Any]) -> None:
    Notification.objects.filter(pk=row.pk).update(state="claimed", **lease)
    Notification.objects.filter(pk=row.pk).update(state="sending")


@pytest.mark.parametrize("code", [421, 451, 452, 535, 550, 552, 553, 554])
def test_what_a_server_answers_is_told_with_what_to_do(code: int) -> None:
    meaning = words.meaning(Notification(answer_code=code, answer_text=""))
    assert meaning and all(len(part) > 20 for part in meaning)
    assert words.meaning(Notification(answer_code=250)) is None
    assert words.meaning(Notification()) is None


@pytest.mark.parametrize(
    "kind", sorted(kind for kind in KINDS if KINDS[kind].subject_type not in ("person", "organization"))
)
def test_no_letter_shown_to_staff_holds_a_key(kind: str, world: World, sign_in: Any) -> None:
    """Whatever a recipient could act with is gone: from the page, from the frame, in text and in HTML."""
    subject_id, reader, organization_id = subject_for(kind, world)
    if kind == CLOSED_PART:  # shows to who stands in the circle of the record alone
        CircleMember.objects.create(
            session=world.session, person=world.cast.rosa, level="record", since=world.now
        )
    row = Notification.objects.create(
        kind=kind, subject_type=KINDS[kind].subject_type, subject_id=subject_id, recipient=reader, version=1,
        root_type="session", root_id=world.session.pk, mesa_id=world.cast.mesa.pk, organization_id=organization_id,
        due_at=world.now, not_after=world.now, next_try_at=world.now,
    )  # fmt: skip
    client = sign_in(world.cast.rosa)
    page = client.get(reverse("notifications:message", args=[row.public_id])).content.decode()
    frame = client.get(reverse("notifications:letter", args=[row.public_id]))
    assert frame.status_code == 200
    for said in (page, frame.content.decode()):
        assert not re.search(r"[\w-]{22}\.[\w-]{32}", said)
        assert not re.search(r"/(i|c|v|unirse|preferencias)/[\w-]{20,}", said)
    policy = frame["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "script-src" not in policy
    assert "no-store" in frame["Cache-Control"]
    assert f'src="{reverse("notifications:letter", args=[row.public_id])}" sandbox' in page
    assert (
        "frame-src 'self'"
        in client.get(reverse("notifications:message", args=[row.public_id]))["Content-Security-Policy"]
    )


def test_the_code_that_verifies_is_not_shown_to_staff(world: World, sign_in: Any) -> None:
    subject_id, _reader, _organization = subject_for("verify_code", world)
    code = VerificationCode.objects.get(pk=subject_id)
    row = planned(world, kind="verify_code", subject_type="verificationcode", subject_id=subject_id, root_type="verificationcode", root_id=subject_id)[0]  # fmt: skip
    client = sign_in(world.cast.rosa)
    for name in ("message", "letter"):
        answer = client.get(reverse(f"notifications:{name}", args=[row.public_id]))
        assert answer.status_code == 200
        assert code.digits not in answer.content.decode()


def test_a_link_of_any_purpose_is_made_useless() -> None:
    token = make_token("whatever", uuid.uuid4(), 3)
    shown = reading.without_keys(
        reading.Shown(f"a {token}", f"https://x/{token}/?a=1", f'<a href="/i/{token[:30]}">')
    )
    for part in (shown.subject, shown.text, shown.html):
        assert token[:30] not in part and "…" in part
    assert shown.text == "https://x/…/?a=1"


def test_a_summary_is_not_shown_for_it_may_gather_what_its_reader_alone_sees(
    world: World, sign_in: Any
) -> None:
    world.convene()
    ngo = world.cast.ngo.pk
    row = planned(world, kind="organization_digest", subject_type="organization", subject_id=ngo, root_type="organization", root_id=ngo, mesa_id=None)[0]  # fmt: skip
    client = sign_in(world.cast.ana)
    assert client.get(reverse("notifications:message", args=[row.public_id])).status_code == 200
    assert client.get(reverse("notifications:letter", args=[row.public_id])).status_code == 404


def test_who_gets_no_mail_is_told_to_the_secretariat(world: World, sign_in: Any) -> None:
    world.convene()
    world.name(TITULAR)
    today = timezone.localdate(world.now)
    here = Session.objects.filter(pk=world.session.pk)
    assert ledger.not_reached(here, today) == []
    Person.objects.filter(email=TITULAR[2]).update(bounces=2)
    Person.objects.filter(pk=world.cast.luis.pk).update(email="")
    found = ledger.not_reached(here, today)
    assert [(one.name, one.organization, one.bounces) for one in found] == [
        ("Carmen Loja", "Fundación Puente Sur", True),
        ("", "Universidad del Páramo", False),
    ]
    shift = timezone.now() - world.now
    Session.objects.update(starts_at=world.session.starts_at + shift, ends_at=world.session.ends_at + shift)
    rosa = sign_in(world.cast.rosa)
    assert "Universidad del Páramo" in rosa.get(LIST).content.decode()
    assert "m-note is-amber mb-3" in rosa.get(world.session.get_absolute_url()).content.decode()
    closed(world)
    assert "Universidad del Páramo" not in sign_in(world.cast.rosa).get(LIST).content.decode()


def test_a_session_tells_what_it_will_send_and_sent_last(world: World, sign_in: Any) -> None:
    start = timezone.now() + timedelta(days=20)
    Session.objects.filter(pk=world.session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    rows = planned(world, 14, due_at=start - timedelta(days=1))
    put(planned(world, kind="invitation", subject_type="invitation")[0], "sent")
    page = sign_in(world.cast.rosa).get(world.session.get_absolute_url()).content.decode()
    assert f"{LIST}?session={world.session.public_id}&amp;group=all" in page
    ahead, left = ledger.around(world.session)
    assert ahead == [ledger.Coming("session_reminder", rows[0].due_at, 14)]
    assert [(row.kind, row.people) for row in left] == [("invitation", 1)]
    outside = sign_in(world.cast.elena).get(world.session.get_absolute_url())
    assert outside.status_code == 200 and LIST not in outside.content.decode()


def test_the_sections_name_messages_to_whoever_reads_them(world: World, sign_in: Any) -> None:
    for who, there in ((world.cast.rosa, True), (world.cast.ana, True), (world.cast.luis, False)):
        assert (f'href="{LIST}"' in sign_in(who).get("/es/mi-trabajo/").content.decode()) is there
    assert f'href="{LIST}"' not in Client().get("/es/").content.decode()


def test_nobody_outside_learns_of_a_message_by_its_address(world: World, sign_in: Any) -> None:
    row = planned(world)[0]
    assert (
        sign_in(world.cast.luis).get(reverse("notifications:message", args=[row.public_id])).status_code
        == 404
    )
    assert Client().get(reverse("notifications:message", args=[row.public_id])).status_code == 302


def test_every_delegate_counts_once_in_what_is_not_reached(world: World) -> None:
    world.convene()
    someone = person("Sin Correo", email="x@cast.example")
    Person.objects.filter(pk=someone.pk).update(email="")
    invitation = Invitation.objects.get(session=world.session, organization=world.cast.ngo)
    Delegate.objects.create(invitation=invitation, person=someone, role="companion", registered_at=world.now)
    found = ledger.not_reached(Session.objects.filter(pk=world.session.pk), timezone.localdate(world.now))
    assert [one.name for one in found] == ["Sin Correo"]
