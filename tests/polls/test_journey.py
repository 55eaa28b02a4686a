"""From the question to the convocation: the clock, the sweeps and the letters of a poll, read as people read them."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from coordination.attendees.models import Invitation
from coordination.mesas.models import Seat
from coordination.notifications.deliver import drain
from coordination.notifications.dispatch import dispatch
from coordination.notifications.models import Notification
from coordination.notifications.remind import reconcile, remind
from coordination.polls.models import Ballot, DatePoll
from coordination.sessions.models import Session
from tests.browser.mailbox import Mail, Mailbox
from tests.cast import NOW, Cast
from tests.polls.asking import polled, say
from tests.polls.test_pages import choices

pytestmark = pytest.mark.django_db


class Story:
    """The clock and the sweeps of one test."""

    def __init__(self, clock: time_machine.Traveller, mailbox: Mailbox) -> None:
        self.clock, self.mailbox = clock, mailbox

    def after(self, **time: float) -> None:
        """Time passes since the beginning and the timetable has been round, twice."""
        self.clock.move_to(NOW + timedelta(**time), tick=False)
        for _ring in range(2):
            remind(timezone.now())
            dispatch(timezone.now())
            drain(timezone.now)

    def letters(self, to: str, subject: str) -> list[Mail]:
        return self.mailbox.all(to, subject)


@pytest.fixture
def story(mailbox: Mailbox) -> Iterator[Story]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield Story(clock, mailbox)


def at(name: str, *args: object) -> str:
    with translation.override("es"):
        return reverse(name, args=args)


def path_of(letter: Mail, inside: str) -> str:
    return re.sub(r"^https?://[^/]+", "", letter.link(inside))


def test_from_the_question_to_the_convocation(cast: Cast, story: Story) -> None:
    rosa, anybody = Client(), Client()
    rosa.force_login(cast.rosa.user)
    asked = {
        "topic": "Plan de acogida", "kind": "ordinary", "modality": "in_person", "venue": "Casa del GAD",
        "minutes": 180, "time_zone": "America/Guayaquil", "closes_on": "2026-03-12", "must_attend": [cast.ngo.pk],
        "fecha-TOTAL_FORMS": 12, "fecha-INITIAL_FORMS": 0,
    }  # fmt: skip
    for place, day in enumerate(("2026-03-24", "2026-03-25")):
        asked |= {f"fecha-{place}-day": day, f"fecha-{place}-starts": "09:00"}
    page = rosa.post(at("polls:create", cast.mesa.slug), asked)["Location"]
    poll = DatePoll.objects.get()

    # The question reaches whoever speaks for each organization; reading it writes nothing.
    story.after(minutes=1)
    [letter] = story.letters(cast.carmen.email, "Qué fechas")
    assert "martes 24 de marzo de 2026, 09:00" in re.sub(r"\s+", " ", letter.text)
    assert "Fundación Puente Sur" in letter.text and not letter.calendar
    link = path_of(letter, "/f/")
    assert anybody.get(link).status_code == 200
    assert not Ballot.objects.exclude(seen_at=None).exists()

    # Carmen answers and changes her mind; the ministry is reminded, she is not.
    for version, said in enumerate((("yes", "no"), ("yes", "yes")), start=1):
        told = choices(poll, *said) | {"name": "Carmen Loja", "version": version}
        assert anybody.post(link, told).status_code == 302
    story.after(days=1, minutes=5)
    assert rosa.post(at("polls:remind", poll.public_id))["Location"] == page
    story.after(days=1, minutes=10)
    assert len(story.letters(cast.luis.email, "Falta su respuesta")) == 1
    assert story.letters(cast.carmen.email, "Falta su respuesta") == []
    luis = path_of(story.letters(cast.luis.email, "Falta su respuesta")[0], "/f/")
    told = choices(poll, "no", "yes") | {"name": "Luis Aguirre", "version": 1}
    assert anybody.post(luis, told).status_code == 302
    story.after(days=8, hours=20)
    assert len(story.letters(cast.luis.email, "Falta su respuesta")) == 1
    assert len(story.letters(cast.rosa.email, "Falta su respuesta")) == 2, "by hand and two days before"

    # One press makes the session; everybody is told the date, and the convocation follows as always.
    second = poll.options.last()
    session_page = rosa.post(at("polls:decide", poll.public_id), {"option": second.pk})["Location"]
    session = Session.objects.get()
    assert session_page == session.get_absolute_url()
    story.after(days=8, hours=21)
    for someone in (cast.carmen, cast.luis, cast.rosa):
        [news] = story.letters(someone.email, "Fecha elegida")
        assert "miércoles 25 de marzo de 2026" in news.text
        assert "/sesiones/" not in news.text, "the session is a draft: its page is nobody's yet"
    assert anybody.get(link).status_code == 410
    assert rosa.post(at("attendees:convene", session.public_id), {"message": ""}).status_code == 302
    story.after(days=8, hours=22)
    [called] = story.letters(cast.carmen.email, "Convocatoria")
    assert "miércoles 25 de marzo de 2026" in called.text
    assert Invitation.objects.count() == 3
    assert reconcile(timezone.now()) == 0
    assert not Notification.objects.exclude(state__in=["sent", "planned", "superseded"]).exists()


def test_a_withdrawal_tells_everybody_and_silences_the_rest(cast: Cast, story: Story) -> None:
    poll = polled(cast)
    story.after(minutes=1)
    rosa = Client()
    rosa.force_login(cast.rosa.user)
    rosa.post(at("polls:withdraw", poll.public_id), {"reason": "Paro nacional"})
    story.after(minutes=5)
    for someone in (cast.carmen, cast.luis, cast.rosa):
        [letter] = story.letters(someone.email, "Se retiró la consulta")
        assert "Paro nacional" in letter.text
    story.after(days=9)
    assert story.letters(cast.carmen.email, "Falta su respuesta") == []
    assert reconcile(timezone.now()) == 0


def test_who_left_the_mesa_hears_nothing_more(cast: Cast, story: Story) -> None:
    poll = polled(cast)
    Seat.objects.filter(organization=cast.ngo).update(ends_on=NOW.date() - timedelta(days=1))
    story.after(minutes=1)
    assert story.letters(cast.carmen.email, "Qué fechas") == []
    assert len(story.letters(cast.luis.email, "Qué fechas")) == 1
    say(cast, poll.ballots.get(organization=cast.university), ["yes"] * 3)
    story.after(days=9)
    assert story.letters(cast.luis.email, "Falta su respuesta") == []


def test_messages_of_a_poll_are_read_by_its_secretariat_alone(cast: Cast, story: Story) -> None:
    polled(cast)
    story.after(minutes=1)
    rows = Notification.objects.filter(kind="poll_invitation")
    assert set(rows.values_list("mesa_id", "state")) == {(cast.mesa.pk, "sent")}
    rosa, luis = Client(), Client()
    rosa.force_login(cast.rosa.user)
    luis.force_login(cast.luis.user)
    shown = rosa.get(at("notifications:messages")).content.decode()
    assert "Plan de acogida" in shown
    assert luis.get(at("notifications:messages")).status_code in (403, 404)
