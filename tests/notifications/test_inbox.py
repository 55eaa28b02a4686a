"""The inbox shows what was written to whoever is signed in, by any way, and only to them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.notifications.models import Notification
from coordination.organizations.models import Person
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast
from tests.notifications.conftest import World

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def here(world: World) -> str:
    world.convene()
    return reverse("notifications:inbox")


def written(
    world: World, person: Person, *, at: datetime | None = None, rung: int = 0, **changed: Any
) -> Notification:
    moment = at or timezone.now()
    given = {
        "root_type": "session", "root_id": world.session.pk, "kind": "session_reminder", "subject_type": "session",
        "subject_id": world.session.pk, "recipient": person, "version": 1, "rung": rung, "due_at": moment,
        "not_after": moment, "next_try_at": moment, "state": "sent", "sent_at": moment, "channel": "email",
    }  # fmt: skip
    return Notification.objects.create(**given | changed)


def test_what_was_written_by_any_way_is_there_newest_first(world: World, here: str, sign_in: SignIn) -> None:
    now = timezone.now()
    rows = [
        written(world, world.cast.luis, at=now - timedelta(hours=3), rung=1),
        written(world, world.cast.luis, at=now - timedelta(hours=2), rung=2, channel="digest"),
        written(world, world.cast.luis, at=now - timedelta(hours=1), rung=3, channel="inbox"),
        written(world, world.cast.luis, at=now, rung=4, state="failed", sent_at=None, channel=""),
    ]
    written(world, world.cast.rosa, rung=5)
    written(world, world.cast.luis, rung=6, state="planned", sent_at=None)
    page = sign_in(world.cast.luis).get(here)
    assert [line.row for line in page.context["lines"]] == rows[::-1]
    assert world.session.title in page.text and world.session.get_absolute_url() in page.text


def test_opening_the_inbox_writes_nothing(world: World, here: str, sign_in: SignIn) -> None:
    row = written(world, world.cast.luis)
    page = sign_in(world.cast.luis).get(here)
    row.refresh_from_db()
    assert row.read_at is None and page.context["lines"][0].is_new


def test_one_or_all_are_marked_as_read(world: World, here: str, sign_in: SignIn) -> None:
    first, second = (written(world, world.cast.luis, rung=rung) for rung in (1, 2))
    others = written(world, world.cast.rosa, rung=3)
    client = sign_in(world.cast.luis)
    assert client.get(here).context["unread_notices"]() == 2
    assert client.post(reverse("notifications:inbox_read", args=[first.public_id])).status_code == 302
    assert client.get(here).context["unread_notices"]() == 1
    assert client.post(reverse("notifications:inbox_read_all")).status_code == 302
    assert client.get(here).context["unread_notices"]() == 0
    for row in (first, second, others):
        row.refresh_from_db()
    assert first.read_at and second.read_at and others.read_at is None


def test_nobody_marks_another_persons(world: World, here: str, sign_in: SignIn) -> None:
    row = written(world, world.cast.rosa)
    assert (
        sign_in(world.cast.luis).post(reverse("notifications:inbox_read", args=[row.public_id])).status_code
        == 404
    )


def test_a_closed_matter_is_named_only_to_its_circle(world: World, here: str, sign_in: SignIn) -> None:
    written(world, world.cast.luis)
    Session.objects.update(is_casa_adentro=True, topic_es="Canario secreto")
    client = sign_in(world.cast.luis)
    page = client.get(here)
    main = page.text.split("<main")[1]
    assert page.context["lines"][0].is_reserved
    assert (
        "Frontera" not in main
        and "sesiones/" not in main
        and "Recordatorio" not in main
        and "Reminder" not in main
    )
    CircleMember.objects.create(
        session=world.session, person=world.cast.luis, level="logistics", since=world.now
    )
    assert world.session.title in client.get(here).text


def test_what_is_old_is_not_new(world: World, here: str, sign_in: SignIn) -> None:
    written(world, world.cast.luis, at=timezone.now() - timedelta(days=40))
    page = sign_in(world.cast.luis).get(here)
    assert page.context["unread_notices"]() == 0 and not page.context["lines"][0].is_new


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_the_inbox_asks_as_often_for_300_as_for_1(
    rows: int, world: World, here: str, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for rung in range(rows):
        written(world, world.cast.luis, rung=rung)
    client = sign_in(world.cast.luis)
    with django_assert_max_num_queries(12) as asked:
        page = client.get(here)
    assert len(page.context["lines"]) == min(rows, 50)
    assert len(asked) <= 11


def test_an_account_that_is_nobodys_has_an_empty_inbox(cast: Cast, sign_in: SignIn) -> None:
    Person.objects.filter(pk=cast.ana.pk).update(user=None)
    page = sign_in(cast.ana).get(reverse("notifications:inbox"))
    assert page.status_code == 200 and page.context["lines"] == []
    assert sign_in(cast.ana).post(reverse("notifications:inbox_read_all")).status_code == 302


def test_the_anonymous_pay_nothing_for_the_bell(cast: Cast, django_assert_num_queries: Any) -> None:
    page = Client().get(reverse("portal:accessibility"))
    assert "avisos/" not in page.text
