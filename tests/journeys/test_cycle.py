"""The whole story in one go, without a browser: four months of a mesa, told by requests, sweeps and letters.

The clock is moved for everybody at once; the sweeps are called as the timetable would, and speak to a real SMTP server.
"""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from coordination.attendees.models import Delegate, Invitation
from coordination.commitments.models import Commitment
from coordination.mesas.models import Mesa
from coordination.notifications.deliver import drain
from coordination.notifications.dispatch import dispatch
from coordination.notifications.models import Notification
from coordination.notifications.remind import reconcile, remind
from coordination.organizations.models import Post
from coordination.sessions.models import Outcome, Session
from tests.browser.mailbox import Mail, Mailbox
from tests.cast import NOW, Cast, person

ENGLISH = re.compile(r"\b(Dear|Regards|session|the|your|will|commitment|None|True|False)\b|\{[{%]")


class Story:
    """The clock, the sweeps and the letters of one test."""

    def __init__(self, clock: time_machine.Traveller, mailbox: Mailbox) -> None:
        self.clock, self.mailbox = clock, mailbox

    def go_to(self, when: datetime) -> None:
        """Time passes and the timetable has been round."""
        self.clock.move_to(when, tick=False)
        now = timezone.now()
        for _ring in range(2):  # a second ring finds nothing to do
            remind(now)
            dispatch(now)
            drain(timezone.now)

    def letters(self, to: str, subject: str) -> list[Mail]:
        return self.mailbox.all(to, subject)

    def letter(self, to: str, subject: str) -> Mail:
        """The one letter to that address with that subject."""
        found = self.letters(to, subject)
        assert len(found) == 1, [f"{mail.to}: {mail.subject}" for mail in self.mailbox.all()]
        return found[0]


@pytest.fixture
def story(mailbox: Mailbox) -> Iterator[Story]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield Story(clock, mailbox)


def at(name: str, *args: object) -> str:
    with translation.override("es"):
        return reverse(name, args=args)


def path_of(letter: Mail, inside: str) -> str:
    return re.sub(r"^https?://[^/]+", "", letter.link(inside))


def sent(client: Client, path: str, **data: object) -> str:
    """Posts a form that must be taken; gives where it leads."""
    answer = client.post(path, data)
    assert answer.status_code == 302, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))[
        :3000
    ]
    return str(answer["Location"])


def test_a_mesa_from_its_founding_to_a_verified_commitment(cast: Cast, story: Story) -> None:
    head = person("Pilar Chimbo", at=cast.ngo, kind=Post.Kind.HEAD)
    EmailAddress.objects.create(user=cast.rosa.user, email=cast.rosa.user.email, verified=True, primary=True)
    rosa, anybody = Client(), Client()

    # 1. Sign in
    assert sent(rosa, at("account_login"), login=cast.rosa.user.email, password="una clave larga").startswith(
        "/es/mi-trabajo"
    )

    # 2. A mesa and its seats
    seats = sent(
        rosa, at("mesas:create"), name_es="Mesa Cantonal de Puerto Ceibo", name_en="Puerto Ceibo Cantonal Mesa",
        kind="mesa", level="cantonal", visibility="public", time_zone="America/Guayaquil", parent=cast.mesa.pk,
        code_prefix="PC", quorum_organizations=2, quorum_sectors=2, delegation_size=3, notice_days=5,
    )  # fmt: skip
    sent(rosa, seats, organization=[cast.ngo.pk, cast.university.pk], role="member", voting="voice_vote")
    mesa = Mesa.objects.get(code_prefix="PC")

    # 3. A session and its agenda
    agenda = sent(
        rosa, at("sessions:schedule", mesa.slug), kind="ordinary", topic="Plan de acogida", day="2026-03-24",
        starts="09:00", ends="12:00", time_zone="America/Guayaquil", modality="in_person", venue="Casa del GAD",
    )  # fmt: skip
    sent(rosa, agenda, title="Plazas de alojamiento", kind="discussion", minutes=60)
    session = Session.objects.get(mesa=mesa)
    assert [item.title for item in session.agenda.order_by("order")] == [
        "Estado de los compromisos",
        "Plazas de alojamiento",
    ]

    # 4. Convene
    sent(rosa, at("attendees:convene", session.public_id), message="Traiga sus cifras.")
    story.go_to(NOW + timedelta(minutes=1))
    letter = story.letter(cast.carmen.email, "Convocatoria")
    assert "martes 24 de marzo de 2026" in letter.text
    assert "Traiga sus cifras." in letter.text

    # 5. Answer by the link, twice; another declines
    path = path_of(letter, "/i/")
    assert anybody.get(path).status_code == 200
    people = {"principal_name": "Carmen Loja", "principal_email": "oficina@puente.example"}
    names = sent(anybody, path, answer="in_person", version=1)
    sent(anybody, names, modality="in_person", version=_version(session, cast), **people)
    both = people | {"alternate_name": "Luis Paredes", "alternate_email": "oficina@puente.example"}
    sent(anybody, names, modality="in_person", version=_version(session, cast), **both)
    story.go_to(NOW + timedelta(minutes=5))
    assert len(story.letters("oficina@puente.example", "Le esperamos")) == 2  # one mailbox, two people
    other = path_of(story.letter(cast.luis.email, "Convocatoria"), "/i/")
    sent(anybody, other, answer="no", version=1)
    story.go_to(NOW + timedelta(minutes=6))
    assert story.letter(cast.luis.email, "Recibimos su respuesta")

    # 6. It moves by two days: one notice; then the ladder
    form = {"kind": "ordinary", "topic": "Plan de acogida", "starts": "09:00", "ends": "12:00", "time_zone": "America/Guayaquil",
            "modality": "in_person", "venue": "Casa del GAD"}  # fmt: skip
    for day in ("2026-03-25", "2026-03-26"):
        session.refresh_from_db()
        sent(rosa, at("sessions:edit", session.public_id), version=session.version, day=day, **form)
    story.go_to(NOW + timedelta(minutes=30))
    moved = story.letters("oficina@puente.example", "Cambio")
    assert len(moved) == 2  # each of the two once, though the session moved twice
    assert moved[0].calendar is not None
    assert moved[0].calendar.start.date() == date(2026, 3, 26)
    session.refresh_from_db()
    start = session.starts_at
    assert start
    for count, before in enumerate((timedelta(days=7), timedelta(days=1), timedelta(hours=2)), 1):
        story.go_to(start - before - timedelta(minutes=2))
        assert len(story.letters("oficina@puente.example", "Recordatorio")) == 2 * (count - 1)
        story.go_to(start - before + timedelta(minutes=2))
        assert len(story.letters("oficina@puente.example", "Recordatorio")) == 2 * count
    assert not [
        mail
        for mail in story.letters(cast.luis.email, "Recordatorio")
        if mail.subject.startswith("Recordatorio")
    ]

    # 7. On the day
    story.go_to(start + timedelta(minutes=10))
    rosa.force_login(cast.rosa.user)
    sheet = str(uuid.uuid4())
    for delegate in Delegate.objects.current().filter(invitation__session=session):
        sent(rosa, at("attendees:mark", session.public_id), sheet=sheet, mark=f"{delegate.public_id}:present")
    sent(
        rosa, at("attendees:walk_in", session.public_id), organization=cast.ministry.pk, name="Jorge Salas",
        represents="on", client_id=str(uuid.uuid4()),
    )  # fmt: skip
    sent(rosa, at("attendees:close", session.public_id))
    session.refresh_from_db()
    assert session.quorum_met is True

    # 8. An outcome becomes a commitment
    story.clock.move_to(start + timedelta(hours=2), tick=False)
    item = session.agenda.get(is_generated=False)
    propose = sent(
        rosa,
        at("sessions:outcomes", session.public_id),
        punto=str(item.public_id),
        kind="commitment",
        text="Habilitar 40 plazas",
    )
    told = {
        "statement": "Habilitar 40 plazas",
        "deliverable": "40 plazas con camas",
        "responsible": cast.ngo.pk,
        "version": 1,
    }
    sent(rosa, propose, **told)
    commitment = Commitment.objects.get(outcome=Outcome.objects.get(session=session))
    sent(rosa, at("commitments:agree", commitment.public_id))
    commitment.refresh_from_db()
    assert commitment.state == "proposed"  # the gate
    whole = told | {
        "due_on": "2026-05-15", "indicator_name": "Plazas", "indicator_unit": "plazas", "indicator_baseline": "0",
        "indicator_target": "40", "means_of_verification": "Acta de entrega", "verifier": cast.university.pk,
        "version": commitment.version,
    }  # fmt: skip
    sent(rosa, at("commitments:edit", commitment.public_id), **whole)
    sent(rosa, at("commitments:agree", commitment.public_id))
    commitment.refresh_from_db()
    assert commitment.state == "agreed"

    # 9. The end is noticed, then it is closed; due dates come near; a report; a verification by another
    story.go_to(start + timedelta(hours=3, minutes=1))
    assert story.letter(cast.rosa.email, "tareas de la secretaría")
    promised = story.letter(cast.carmen.email, "Sus compromisos")
    assert "viernes 15 de mayo de 2026" in promised.text
    sent(rosa, at("sessions:close", session.public_id), result="held")
    due = datetime(2026, 5, 15, 14, tzinfo=UTC)
    for day, to in ((-15, cast.carmen), (-5, cast.carmen), (0, cast.carmen), (3, cast.carmen), (10, head)):
        before = len(story.mailbox.all())
        story.go_to(due + timedelta(days=day - 1))
        story.go_to(due + timedelta(days=day))
        came = story.mailbox.all()[before:]
        new = [
            mail for mail in came if not mail.subject.startswith("La semana de")
        ]  # Mondays bring that as well
        # The last step is a letter to the head, with a copy to who follows it.
        expected = [head.email, cast.carmen.email] if to == head else [to.email]
        assert sorted(mail.to for mail in new) == sorted(expected), (day, [mail.subject for mail in new])
        assert commitment.code in new[0].text
    report = path_of(new[0], "/c/")
    shown = {f"figure_{commitment.indicators.get().pk}": 40, "evidence_url": "https://acta.example/1"}
    sent(anybody, report, text="Abrimos las 40 plazas.", progress=100, asks_verification="on", **shown)
    story.go_to(due + timedelta(days=10, hours=1))
    verify = path_of(story.letter(cast.luis.email, "Por verificar"), "/v/")
    assert anybody.post(verify, {"decision": "met", "text": "Las visitamos."}).status_code == 302
    story.go_to(due + timedelta(days=10, hours=1, minutes=1))
    code = story.letter(cast.luis.email, "Su código").code
    sent(anybody, verify, decision="met", text="Las visitamos.", code=code)
    story.go_to(due + timedelta(days=10, hours=2))
    assert story.letter(cast.carmen.email, "Verificado")

    # 10. What everybody sees
    for path in (
        at("portal:mesa", mesa.slug),
        at("portal:session", session.public_id),
        at("commitments:detail", commitment.public_id),
    ):
        text = anybody.get(path).content.decode()
        assert not any(
            name in text
            for name in ("Carmen Loja", "Luis Paredes", "Rosa Tandazo", "Jorge Salas", "@cast", "oficina@")
        )
    assert commitment.code in anybody.get(at("portal:mesa", mesa.slug)).content.decode()

    # Nothing is owed, nothing was forgotten, and every letter is in Spanish
    assert reconcile(timezone.now()) == 0
    assert not Notification.objects.filter(state__in=["claimed", "sending", "unknown", "failed"]).exists()
    for mail in story.mailbox.all():
        english = ENGLISH.search(re.sub(r"https?://\S+|\S+@\S+", "", f"{mail.subject}\n{mail.text}"))
        assert english is None, f"{mail.subject}: {english}\n{mail.text}"
        assert mail.html
        assert mail.message["Message-ID"]


def _version(session: Session, cast: Cast) -> int:
    return Invitation.objects.get(session=session, organization=cast.ngo).version
