"""Each letter is written for real data in both languages; an unknown name in a template fails here."""

import email
import email.policy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from django.conf import settings

from coordination.attendees.models import Delegate
from coordination.commitments import actions as commitments
from coordination.commitments.agenda.actions import referring
from coordination.commitments.inbox import actions as receiving
from coordination.commitments.models import Acknowledgement, Commitment, Referral
from coordination.commitments.writing.actions import amending
from coordination.notifications import letters, subjects
from coordination.notifications.kinds import KINDS
from coordination.notifications.models import CalendarReply, Notification
from coordination.organizations.models import JoinRequest, Person
from coordination.polls import actions as polls
from coordination.sessions import actions as sessions
from coordination.sessions.models import AgendaProposal, Session
from tests.cast import acting, sector_type
from tests.commitments import settling_told
from tests.commitments.agenda import mesa_below
from tests.minutes import telling
from tests.notifications.conftest import ALTERNA, TITULAR, World
from tests.polls.asking import polled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strict_templates")]
FOLDER = Path(settings.BASE_DIR) / "templates" / "emails"


def subject_for(kind: str, world: World) -> tuple[int, Person, int | None]:
    """A subject of that kind with everything a letter may say, its reader and the organization written to."""
    cast = world.cast
    kept = KINDS[kind].subject_type
    if kept == "joinrequest":
        request = JoinRequest.objects.create(
            name="Red Costa Verde", sector_type=sector_type(), contact_name="Eva Lara", contact_post="Directora",
            contact_email="eva@cast.example", reason="Acogida", link_expires_at=world.now + timedelta(days=7),
            created_at=world.now, person=Person.objects.create(name="Eva Lara", email="eva@cast.example"),
        )  # fmt: skip
        if kind != "join_confirm":
            request.state = kind.removeprefix("join_")
            request.decided_at, request.decision_note = world.now, "Falta el acta de constitución"
            request.save()
        return request.pk, request.person, None
    if kept in settling_told.ABOUT:
        return settling_told.subject_for(kind, cast)
    if kept in telling.ABOUT:
        return telling.subject_for(kind, cast)
    if kept in ("ballot", "datepoll"):
        poll = polled(cast)
        if kept == "ballot":
            return poll.ballots.get(organization=cast.ngo).pk, cast.carmen, cast.ngo.pk
        if kind == "poll_decided":
            polls.decide(
                poll_id=poll.pk, option_id=poll.options.first().pk, by=cast.secretariat, now=world.now
            )
        else:
            polls.withdraw(poll_id=poll.pk, reason="Paro nacional", by=cast.secretariat, now=world.now)
        return poll.pk, cast.carmen, cast.ngo.pk
    world.convene()
    world.name(TITULAR, ALTERNA)
    delegate = Delegate.objects.get(person__name="Julia Paz")
    if kept == "delegate":
        return delegate.pk, delegate.person, cast.ngo.pk
    if kept == "calendarreply":
        reply = declined(world, delegate)
        return reply.pk, cast.rosa, cast.ministry.pk
    if kept == "agendaproposal":
        asked = sessions.propose(
            session_id=world.session.pk, organization_id=cast.ngo.pk, title="Agua segura", reason="Hay brotes",
            minutes=20, by=cast.secretariat, now=world.now,
        )  # fmt: skip
        return (
            (asked.pk, cast.rosa, cast.ministry.pk)
            if kind == "proposal_made"
            else (put_off(asked, world), cast.carmen, cast.ngo.pk)
        )
    if kept == "invitation":
        return world.invitation(cast.ngo).pk, cast.carmen, cast.ngo.pk
    commitment = world.promise()
    if kept == "session":
        Session.objects.filter(pk=world.session.pk).update(cancel_reason="Falta de quórum")
        sessions.plan_follow_up(session_id=world.session.pk, now=world.now + timedelta(days=31))
        if kind in ("follow_up_tasks", "task_due"):
            return world.session.pk, cast.rosa, cast.ministry.pk
        return world.session.pk, delegate.person if kind.startswith("session_") else cast.carmen, cast.ngo.pk
    if kept == "referral":
        return between_mesas(kind, world), cast.rosa, cast.ministry.pk
    if kept == "organization":
        return cast.ngo.pk, cast.carmen, cast.ngo.pk
    if kind == "preferences_link":
        return cast.carmen.pk, cast.carmen, None
    if kind == "daily_digest":
        keep_for_summary(world, commitment)
        return cast.carmen.pk, cast.carmen, None
    if kept == "commitment":
        if kind == "commitment_objected":
            receiving.object_to(
                commitment_id=commitment.pk, organization_id=cast.ngo.pk, person_id=cast.carmen.pk,
                text="Faltan dos camas por cuarto", by=cast.secretariat, now=world.now,
            )  # fmt: skip
        if kind == "commitment_changed":
            amending.correct(
                commitment_id=commitment.pk, version=commitment.version, texts={"deliverable": "Cuarenta plazas"},
                reason="Faltaba la cifra en letras", by=cast.secretariat, now=world.now,
            )  # fmt: skip
        if kind == "commitment_extended":
            Session.objects.filter(pk=world.session.pk).update(
                state="held", starts_at=world.now - timedelta(hours=4), ends_at=world.now - timedelta(hours=1)
            )
            commitments.extend(
                commitment_id=commitment.pk, version=commitment.version,
                new_due_on=commitment.due_on + timedelta(days=30), reason="Lluvias", session_id=commitment.session_id,
                by=cast.secretariat, now=world.now,
            )  # fmt: skip
        return commitment.pk, cast.carmen, cast.ngo.pk
    report = commitments.report(
        commitment_id=commitment.pk, organization_id=cast.ngo.pk, person_id=cast.carmen.pk, text="Las 40 plazas",
        progress=100, evidence_url="https://evidencia.example/1", asks_verification=True, by=cast.secretariat,
        now=world.now,
    )  # fmt: skip
    if kept == "report":
        return report.pk, cast.luis, cast.university.pk
    if kept == "verificationcode":
        code = commitments.request_verification_code(
            commitment_id=commitment.pk, organization_id=cast.university.pk, person_id=cast.luis.pk,
            by=cast.secretariat, now=world.now,
        )  # fmt: skip
        return code.pk, cast.luis, cast.university.pk
    decision = "returned" if kind == "commitment_returned" else "met"
    verification = commitments.verify(
        commitment_id=commitment.pk, organization_id=cast.university.pk, person_id=cast.luis.pk, decision=decision,
        text="Falta el acta firmada", by=cast.secretariat, now=world.now,
    )  # fmt: skip
    return verification.pk, cast.carmen, cast.ngo.pk


def between_mesas(kind: str, world: World) -> int:
    """An issue that a mesa below raises to the cast's, or the answer to one that went up from the cast's."""
    other = mesa_below(world.cast)
    raised = referring.refer(
        origin_id=other.pk, target_id=world.cast.mesa.pk, title="Salud en los albergues", text="No hay personal",
        by=acting(other.vera), now=world.now,
    )  # fmt: skip
    if kind == "referral_answered":
        Referral.objects.filter(pk=raised.pk).update(origin=world.cast.mesa, target=other)
        referring.answer(
            referral_id=raised.pk, version=raised.version, kind="partly", text="Habrá dos enfermeras",
            by=acting(other.vera), now=world.now,
        )  # fmt: skip
    return raised.pk


def put_off(asked: AgendaProposal, world: World) -> int:
    """It waits for a later session: the answer that knows least."""
    return sessions.put_off_proposal(
        proposal_id=asked.pk, version=1, answer="Otro tema", by=world.cast.secretariat, now=world.now
    ).pk


def declined(world: World, delegate: Delegate) -> CalendarReply:
    """Their calendar said no to the confirmation."""
    world.plan()
    letter = Notification.objects.get(kind="delegation_confirmed", recipient=delegate.person)
    return CalendarReply.objects.create(
        session=world.session, person=delegate.person, notification=letter, answer="declined",
        sequence=world.session.schedule_version, stamped_at=world.now, taken_at=world.now,
    )  # fmt: skip


def keep_for_summary(world: World, commitment: Commitment, at: datetime | None = None) -> Notification:
    """A due date that waits for Carmen's summary."""
    moment = at or world.now - timedelta(hours=1)
    return Notification.objects.create(
        root_type="commitment", root_id=commitment.pk, kind="commitment_due", subject_type="commitment",
        subject_id=commitment.pk, recipient=world.cast.carmen, organization=world.cast.ngo, rung=-5,
        version=commitment.due_version, due_at=moment, not_after=moment + timedelta(days=5), next_try_at=moment,
        state="sent", channel="digest", sent_at=moment,
    )  # fmt: skip


ROOT = {"root_type": "session", "root_id": 1}  # a letter does not ask whose plan it belongs to


def written(kind: str, language: str, world: World) -> tuple[Any, Any]:
    subject_id, person, organization_id = subject_for(kind, world)
    Person.objects.filter(pk=person.pk).update(language=language)
    # The version of an objection names the receipt that holds its words.
    version = Acknowledgement.objects.get().pk if kind == "commitment_objected" else 1
    row = Notification.objects.create(
        **ROOT, kind=kind, subject_type=KINDS[kind].subject_type, subject_id=subject_id, recipient=person,
        version=version,
        organization_id=organization_id, due_at=world.now, not_after=world.now, next_try_at=world.now,
    )  # fmt: skip
    row = Notification.objects.select_related("recipient", "organization").get(pk=row.pk)
    subject = subjects.locked(row)
    letter = letters.write(row, subject, world.now)
    return row, email.message_from_bytes(letter.content, policy=email.policy.default)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_letter_is_whole_in_every_language(kind: str, language: str, world: World) -> None:
    row, message = written(kind, language, world)
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert message["Message-ID"] == letters.message_id(row)
    assert message["To"].addresses[0].addr_spec == row.recipient.email
    assert len(message["Subject"]) > 10
    assert row.recipient.name.split()[0] in text
    assert ("Reciba un cordial saludo" if language == "es" else "Dear ") in text
    assert f'lang="{language}"' in html
    assert "<style>" in html and "prefers-color-scheme: dark" in html
    assert 'style="' in html
    links = [part for part in text.split() if part.startswith("http://127.0.0.1")]
    assert all(f"/{language}/" in link for link in links)
    for whole in (str(message["Subject"]), text, html):
        assert "{{" not in whole and "{%" not in whole
    assert "&amp;" not in text


def test_every_kind_has_its_six_files() -> None:
    wanted = {
        f"{name}{end}" for name in [*KINDS, letters.CLOSED_DOOR] for end in (".subject.txt", ".txt", ".html")
    }
    for language in ("es", "en"):
        assert wanted <= {path.name for path in (FOLDER / language).iterdir()}


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("delegation_confirmed", "REQUEST"),
        ("delegation_withdrawn", "CANCEL"),
        ("session_cancelled", "CANCEL"),
        ("session_moved", "REQUEST"),
    ],
)
def test_the_calendar_comes_as_an_alternative_and_as_a_file(kind: str, method: str, world: World) -> None:
    _row, message = written(kind, "es", world)
    assert message.get_content_type() == "multipart/mixed"
    alternative, attachment = message.iter_parts()
    assert [part.get_content_type() for part in alternative.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    calendar = list(alternative.iter_parts())[-1]
    assert calendar["Content-Type"].params["method"] == method
    assert str(calendar["Content-Type"]).count("charset") == 1
    assert attachment.get_filename() == "invitacion.ics"
    for part in (calendar, attachment):
        parsed = icalendar.Calendar.from_ical(part.get_payload(decode=True))
        assert parsed["METHOD"] == method
        event = parsed.walk("VEVENT")[0]
        assert event["SEQUENCE"] == world.session.schedule_version
        assert str(world.session.public_id) in event["UID"]


def test_a_focal_point_who_is_not_going_gets_no_entry_in_the_calendar(world: World) -> None:
    world.convene()
    row = Notification.objects.create(
        **ROOT, kind="session_moved", subject_type="session", subject_id=world.session.pk, recipient=world.cast.luis, version=1,
        organization=world.cast.university, due_at=world.now, not_after=world.now, next_try_at=world.now,
    )  # fmt: skip
    letter = letters.write(row, subjects.locked(row), world.now)
    assert b"text/calendar" not in letter.content


@pytest.mark.parametrize(
    "kind",
    ["invitation", "session_reminder", "session_cancelled", "delegation_confirmed", "follow_up_commitments"],
)
def test_a_closed_session_says_nothing_in_its_letter(kind: str, world: World) -> None:
    subject_id, person, organization_id = subject_for(kind, world)
    Session.objects.filter(pk=world.session.pk).update(is_casa_adentro=True, topic_es="Canario secreto")
    row = Notification.objects.create(
        **ROOT, kind=kind, subject_type=KINDS[kind].subject_type, subject_id=subject_id, recipient=person, version=1,
        organization_id=organization_id, due_at=world.now, not_after=world.now, next_try_at=world.now,
    )  # fmt: skip
    letter = letters.write(row, subjects.locked(row), world.now)
    message = email.message_from_bytes(letter.content, policy=email.policy.default)
    assert message["Subject"] == "Un aviso de Minga"
    words = [part.get_content() for part in message.walk() if not part.is_multipart()]
    said = "\n".join(
        [*map(str, message.values()), *(part.get_content_type() for part in message.walk()), *words]
    )
    for canary in ("Canario", "Auditorio", "Frontera", "reunion.example", "text/calendar", "/i/"):
        assert canary not in said


def test_words_of_people_stay_words(world: World) -> None:
    """What a person wrote is escaped in HTML and left alone in text."""
    world.convene()
    Commitment.objects.update(statement_es="<script>")
    commitment = world.promise()
    Commitment.objects.filter(pk=commitment.pk).update(statement_es="Plazas <b>& más</b>")
    row = Notification.objects.create(
        **ROOT, kind="commitment_due", subject_type="commitment", subject_id=commitment.pk, recipient=world.cast.carmen,
        organization=world.cast.ngo, version=1, due_at=world.now, not_after=world.now, next_try_at=world.now,
    )  # fmt: skip
    message = email.message_from_bytes(
        letters.write(row, subjects.locked(row), world.now).content, policy=email.policy.default
    )
    assert "Plazas <b>& más</b>" in message.get_body(("plain",)).get_content()
    assert "Plazas &lt;b&gt;&amp; más&lt;/b&gt;" in message.get_body(("html",)).get_content()


def test_the_message_id_tells_two_messages_apart_and_one_message_always_the_same(world: World) -> None:
    def row(**changed: Any) -> Notification:
        given = {
            "kind": "invitation",
            "rung": 0,
            "subject_type": "invitation",
            "subject_id": 7,
            "version": 1,
            "recipient": world.cast.carmen,
        }
        return Notification(**given | changed)

    ids = {
        letters.message_id(row(**one))
        for one in ({}, {"version": 2}, {"rung": 3}, {"subject_id": 8}, {"recipient": world.cast.luis})
    }
    assert len(ids) == 5
    assert letters.message_id(row()) == letters.message_id(row())


def test_the_invitation_carries_one_link_that_opens_it(world: World) -> None:
    _row, message = written("invitation", "es", world)
    invitation = world.invitation(world.cast.ngo)
    text = message.get_body(("plain",)).get_content()
    links = [word for word in text.split() if "/i/" in word]
    assert links and all(link.split("/i/")[1].startswith(f"{invitation.token}/") for link in links)
    html = message.get_body(("html",)).get_content()
    assert [html.count(f"{invitation.token}/?respuesta={answer}") for answer in ("si", "no")] == [1, 1]
