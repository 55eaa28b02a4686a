"""A link to a poll that does not open any more is sent again, to the address on file and nowhere else."""

import pytest
from django.test import Client
from django.urls import reverse

from coordination.activity.models import Activity
from coordination.notifications.dispatch import dispatch
from coordination.notifications.models import Notification
from coordination.polls import actions
from coordination.polls.models import DatePoll
from coordination.polls.permissions import can_decide, decidable
from tests.cast import Cast, acting
from tests.polls.asking import ballot_of, polled

pytestmark = pytest.mark.django_db


@pytest.fixture
def poll(today: Cast) -> DatePoll:
    return polled(today, closes_at=today.in_days(10), now=today.in_days(-2))


def asked_again() -> int:
    return Activity.objects.filter(kind="poll.link_renewed").count()


def test_a_cut_link_offers_another_and_the_letter_goes_to_the_focal_point(
    today: Cast, poll: DatePoll, client: Client
) -> None:
    ballot = ballot_of(poll, today.ngo)
    cut = ballot.token[:-3]
    page = client.get(reverse("polls:answer", args=[cut]))
    door = reverse("polls:renew", args=[cut])
    assert page.status_code == 404 and door in page.content.decode()
    assert client.get(door).status_code == 405 and asked_again() == 0
    sent = client.post(door)
    assert sent.status_code == 200 and "no-store" in sent["Cache-Control"]
    dispatch(today.now)
    letter = Notification.objects.get(kind="poll_link")
    assert (letter.recipient, letter.organization) == (today.carmen, today.ngo)
    assert client.get(ballot.get_link()).status_code == 200  # the link is the one it was


def test_the_answer_tells_nothing_and_an_hour_takes_three(
    today: Cast, poll: DatePoll, client: Client
) -> None:
    ballot = ballot_of(poll, today.ngo)
    other = ballot_of(poll, today.university).token
    tokens = [ballot.token] * 5 + ["nada", f"{ballot.token.partition('.')[0]}.", other[:20], "x.y", "\x00."]
    bodies = set()
    for token in tokens:
        answer = client.post(f"/es/f/{token}/nuevo-enlace/")
        bodies.add((answer.status_code, answer.content.split(b"<main")[1]))
    assert len(bodies) == 1
    assert asked_again() == 3
    actions.withdraw(poll_id=poll.pk, reason="Paro", by=today.secretariat, now=today.now)
    client.post(f"/es/f/{other}/nuevo-enlace/")
    assert asked_again() == 3


def test_who_may_decide_is_the_same_asked_of_one_and_of_all(today: Cast, poll: DatePoll) -> None:
    for someone in (today.rosa, today.tomas, today.carmen, today.luis, today.elena, today.ana, today.olga):
        actor = acting(someone)
        assert can_decide(actor, poll) == decidable(actor).filter(pk=poll.pk).exists(), someone
    assert can_decide(today.secretariat, poll)


def test_each_date_says_its_moment_for_readers_elsewhere(today: Cast, poll: DatePoll, client: Client) -> None:
    link = ballot_of(poll, today.ngo).get_link()
    for page in (client.get(link), client.post(link, {"name": "Ana"})):
        body = page.content.decode()
        assert body.count('data-zone="America/Guayaquil"') >= poll.options.count()
        assert "&lt;time" not in body and body.count("<time ") == body.count("</time>")
