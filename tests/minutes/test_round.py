"""The closing round: by the delegate's own link, once, counted, tied to nobody."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.attendees.models import Attendance, Delegate
from coordination.minutes import rounds
from coordination.minutes.actions.round import AnsweredBefore, RoundIsClosed, answer_round
from coordination.minutes.models import RoundAnswer, RoundVoter
from coordination.organizations.models import Person
from coordination.sessions.models import Session
from tests.attendees.inviting import accept, invitation_of, one
from tests.cast import Cast
from tests.minutes.table import running

SignIn = Callable[[Person], Client]


@pytest.fixture
def session(cast: Cast) -> Session:
    made = running(cast)
    people = [one("principal", "Tomás Vera"), one("companion", "Pía Mena")]
    accept(cast, invitation_of(made, cast.ministry), people, now=cast.now)
    return made


def all_of(session: Session) -> list[Delegate]:
    return list(rounds.asked(session).select_related("invitation__session").order_by("pk"))


def link(delegate: Delegate) -> str:
    return reverse("minutes:round_answer", args=[delegate.pass_token])


def answer(delegate: Delegate, worked: str, score: int | None = 4) -> None:
    answer_round(delegate_id=delegate.pk, worked=worked, change="", score=score, now=timezone.now())


def test_a_delegate_answers_once_by_the_link_of_the_pass(session: Session) -> None:
    delegate, client = all_of(session)[0], Client()
    page = client.get(link(delegate))
    assert page.status_code == 200 and page["X-Robots-Tag"] == "noindex, nofollow"
    assert delegate.person.name not in page.content.decode()
    assert client.post(link(delegate), {"worked": "", "change": "", "score": ""}).status_code == 422
    assert client.post(link(delegate), {"worked": "La hora", "score": "9"}).status_code == 422
    client.post(link(delegate), {"worked": "La hora", "change": "El café", "score": "5"})
    client.post(link(delegate), {"worked": "Otra vez", "score": "1"})
    kept = RoundAnswer.objects.get()
    assert (kept.worked, kept.change, kept.score) == ("La hora", "El café", 5)
    assert RoundVoter.objects.get().delegate == delegate
    assert Activity.objects.get(kind="record.round_answered").actor_person_id is None


def test_nothing_in_the_tables_says_whose_answer_it_is(session: Session) -> None:
    """Not an id, not an order, not even the transaction that wrote a row: all answers are written anew each time."""
    for number, delegate in enumerate(all_of(session)):
        answer(delegate, f"Respuesta {number}")
    fields = {field.name for field in RoundAnswer._meta.get_fields()}
    assert fields == {"id", "session", "worked", "change", "score"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT cmin::text || xmin::text) FROM minutes_roundanswer")
        assert cursor.fetchone()[0] == 1
    orders = set()
    for _try in range(12):
        rows = [(row.worked, row.change, row.score) for row in RoundAnswer.objects.order_by("pk")]
        orders.add(tuple(rows))
        RoundVoter.objects.filter(delegate=all_of(session)[0]).delete()
        RoundAnswer.objects.filter(worked="Respuesta 0").first().delete()
        answer(all_of(session)[0], "Respuesta 0")
    assert len(orders) > 1


def test_the_secretariat_sees_the_count_and_from_three_on_the_words(
    cast: Cast, session: Session, sign_in: SignIn
) -> None:
    there = reverse("minutes:closing_round", args=[session.public_id])
    rosa, delegates = sign_in(cast.rosa), all_of(session)
    for number, delegate in enumerate(delegates, start=1):
        answer(delegate, f"Dicho {number}")
        page = rosa.get(there)
        told = page.context["round"]
        assert (told.answered, told.asked) == (number, 4)
        assert ("Dicho 1" in page.content.decode()) is (number >= 3)
    assert told.average == 4 and dict(told.scores)[4] == 4
    assert sign_in(cast.luis).get(there).status_code == 403


def test_it_is_open_from_the_last_block_until_seven_days_after(session: Session) -> None:
    opens, ends = rounds.opens_at(session), session.ends_at
    assert not rounds.is_open(session, opens - timedelta(seconds=1)) and rounds.is_open(session, opens)
    assert rounds.is_open(session, ends + timedelta(days=7))
    assert not rounds.is_open(session, ends + timedelta(days=7, seconds=1))
    for state in ("cancelled", "failed", "draft"):
        session.state = state
        assert not rounds.is_open(session, opens)
    delegate = all_of(session)[0]
    Session.objects.filter(pk=session.pk).update(
        starts_at=timezone.now() - timedelta(days=9), ends_at=timezone.now() - timedelta(days=8)
    )
    assert Client().get(link(delegate)).status_code == 410
    with pytest.raises(RoundIsClosed):
        answer(delegate, "Tarde")


def test_a_link_that_is_no_pass_opens_nothing(session: Session) -> None:
    delegate = all_of(session)[0]
    good = link(delegate)
    for broken in (good[:-6] + "/", reverse("minutes:round_answer", args=["x"]), good.replace(".", ".A")):
        assert Client().get(broken).status_code == 404
    Delegate.objects.filter(pk=delegate.pk).update(pass_generation=2)
    assert Client().get(good).status_code == 404
    other = all_of(session)[1]
    Delegate.objects.filter(pk=other.pk).update(withdrawn_at=timezone.now())
    assert Client().get(link(other)).status_code == 404


def test_who_the_register_says_was_away_is_not_asked(cast: Cast, session: Session) -> None:
    away = Attendance.objects.filter(organization=cast.ngo)
    away.update(status="absent")
    assert len(all_of(session)) == 3
    answer(all_of(session)[0], "Bien")
    with pytest.raises(AnsweredBefore):
        answer(all_of(session)[0], "Bien")


def test_the_page_of_a_closed_session_says_nothing_of_it(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True, topic_es="Canario")
    shown = Client().get(link(all_of(session)[0])).content.decode()
    assert "Canario" not in shown and "Frontera Sur" not in shown
