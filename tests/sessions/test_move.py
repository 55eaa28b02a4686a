"""Moving a session by its own page: who will hear stands on it, and nothing moves before the button."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.sessions import actions
from coordination.sessions.models import Block, Session
from tests.attendees.inviting import called
from tests.cast import Cast
from tests.sessions.scheduling import drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def today(db: None) -> Cast:
    """The cast with the real clock's now: pages read it."""
    return Cast(now=timezone.now())


def page(session: Session) -> str:
    return reverse("sessions:move", args=[session.public_id])


def local(session: Session) -> Any:
    assert session.starts_at
    return session.starts_at.astimezone(session.zone)


def test_what_is_proposed_stands_there_and_moves_when_it_is_confirmed(today: Cast, sign_in: Any) -> None:
    session, client = called(today), sign_in(today.rosa)
    day = local(session).date() + timedelta(days=7)
    before = Activity.objects.count()
    shown = client.get(page(session), {"dia": day, "hora": "10:30", "version": session.version})
    assert shown.status_code == 200 and Activity.objects.count() == before
    assert shown.context["proposed"][0].astimezone(session.zone).strftime("%H:%M") == "10:30"
    assert shown.context["audience"].organizations == 3
    told = {"day": day, "starts": "10:30", "version": session.version}
    assert client.post(page(session), told).status_code == 302
    moved = Session.objects.get(pk=session.pk)
    assert local(moved).strftime("%Y-%m-%d %H:%M") == f"{day} 10:30"
    assert moved.ends_at - moved.starts_at == session.ends_at - session.starts_at  # type: ignore[operator]
    assert moved.schedule_version == session.schedule_version + 1
    assert client.post(page(session), told).status_code == 409  # the second click, or the other tab


def test_what_was_seen_before_somebody_else_moved_it_is_answered_409(today: Cast, sign_in: Any) -> None:
    session, client = called(today), sign_in(today.rosa)
    day = local(session).date()
    seen = session.version
    actions.edit(
        session_id=session.pk, version=seen, venue="Casa de la Cultura", by=today.secretariat, now=today.now
    )
    form = client.get(page(session), {"dia": day + timedelta(days=3), "hora": "09:00", "version": seen})
    assert f'name="version" value="{seen}"' in form.content.decode()
    told = {"day": day + timedelta(days=3), "starts": "09:00", "version": seen}
    answer = client.post(page(session), told)
    assert answer.status_code == 409 and answer.context["theirs"]
    assert Session.objects.get(pk=session.pk).starts_at == session.starts_at
    again = {"day": day + timedelta(days=3), "starts": "09:00", "version": seen + 1}
    assert client.post(page(session), again).status_code == 302


def test_who_belongs_to_two_sessions_then_is_named_once(today: Cast, sign_in: Any) -> None:
    other = called(today)
    session = drafted(today, starts_at=today.now + timedelta(days=27))
    client, at = sign_in(today.rosa), local(other)
    told = {"day": at.date(), "starts": at.strftime("%H:%M"), "version": session.version}
    asked = client.post(page(session), told)
    assert asked.status_code == 200 and asked.context["clashes"].seen[0].session == other
    mark = asked.context["clashes"].fingerprint
    assert client.post(page(session), told | {"anyway": mark}).status_code == 302


@pytest.mark.parametrize(
    "asked",
    [
        {"dia": "x", "hora": "99:99", "version": "x"},
        {"dia": "\x00", "version": "-1"},
        {"dia": "9999-12-31", "hora": "23:59"},
        {"dia": "0001-01-01"},
        {"version": "9" * 400},
    ],
)
def test_a_proposal_that_cannot_be_read_is_as_if_it_were_not_there(
    today: Cast, sign_in: Any, asked: dict[str, str]
) -> None:
    session = called(today)
    client = sign_in(today.rosa)
    assert client.get(page(session), asked).status_code == 200
    told = {
        "day": asked.get("dia", "x"),
        "starts": asked.get("hora", "y"),
        "version": asked.get("version", "1"),
    }
    assert client.post(page(session), told).status_code == 200
    assert Session.objects.get(pk=session.pk).version == session.version


def test_what_has_ended_or_was_called_off_does_not_move(today: Cast, sign_in: Any) -> None:
    session = called(today)
    actions.cancel(session_id=session.pk, reason="Paro", by=today.secretariat, now=timezone.now())
    client = sign_in(today.rosa)
    shown = client.get(page(session))
    assert shown.status_code == 200 and shown.context["fixed_because"]
    told = {
        "day": local(session).date() + timedelta(days=1),
        "starts": "09:00",
        "version": session.version + 1,
    }
    client.post(page(session), told)
    assert Session.objects.get(pk=session.pk).starts_at == session.starts_at


def test_several_blocks_move_by_whole_days_and_keep_their_hours(today: Cast, sign_in: Any) -> None:
    session, client = called(today), sign_in(today.rosa)
    second = Block.objects.create(
        session=session, order=2, title="Segundo día", starts_at=session.starts_at + timedelta(days=1),  # type: ignore[operator]
        ends_at=session.ends_at + timedelta(days=1),  # type: ignore[operator]
    )  # fmt: skip
    Session.objects.filter(pk=session.pk).update(ends_at=second.ends_at)
    day = local(session).date() + timedelta(days=7)
    shown = client.get(page(session), {"dia": day, "hora": "05:00"})
    assert shown.context["proposed"][0] == session.starts_at + timedelta(days=7)  # type: ignore[operator]
    assert (
        client.post(page(session), {"day": day, "starts": "05:00", "version": session.version}).status_code
        == 302
    )
    before = second.starts_at
    second.refresh_from_db()
    assert second.starts_at == before + timedelta(days=7)
