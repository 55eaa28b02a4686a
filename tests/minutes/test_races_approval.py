"""The last observation against the clock, two beats, two hands on one pen: on connections of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from coordination.activity.models import Activity
from coordination.minutes.actions import approval, circulation, observing, signing
from coordination.minutes.actions.approval import approve_silent
from coordination.minutes.events import MinutesEvent
from coordination.minutes.models import Minutes, MinutesCopy, Observation
from coordination.minutes.paper import signed_sum
from coordination.sessions.models import Session
from tests.attendees.test_races import all_at_once
from tests.cast import Cast
from tests.minutes.going_round import by_link, circulated, copy_of, drafted, held, observe

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@contextmanager
def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The control: minutes are read as they are, and whoever reads them holds nobody up."""

    def open_door(minutes_id: int) -> Minutes:
        found = Minutes.objects.select_related("session__mesa").get(pk=minutes_id)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")  # both are inside before either writes
        return found

    def open_copy(copy_id: int) -> MinutesCopy:
        found = MinutesCopy.objects.select_related("organization").get(pk=copy_id)
        found.minutes = open_door(found.minutes_id)
        return found

    with monkeypatch.context() as changed:
        for module in (circulation, observing, approval):
            changed.setattr(module, "lock", open_door)
        for module in (observing, signing):
            changed.setattr(module, "lock_copy", open_copy)
        yield


def last_moment(minutes: Minutes, cast: Cast) -> bool:
    """An observation a second before the term and the beat a second after it; whether both had their way."""
    term = minutes.observations_until
    assert term
    all_at_once(
        [
            lambda: observe(minutes, cast.ngo, now=term - timedelta(seconds=1)),
            lambda: approve_silent(now=term + timedelta(seconds=1)),
        ]
    )
    minutes.refresh_from_db()
    waits = Observation.objects.filter(minutes=minutes, answer="").exists()
    return waits and minutes.state == Minutes.State.APPROVED


def test_minutes_are_never_approved_over_an_observation_that_was_taken() -> None:
    cast = Cast()
    for turn in range(4):
        session = held(cast, starts_at=cast.in_days(20 + turn, hour=14))
        assert not last_moment(circulated(cast, drafted(cast, session)), cast)


def test_without_the_lock_both_have_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = Cast()
    minutes = circulated(cast)
    with without_the_lock(monkeypatch):
        assert last_moment(minutes, cast)


def beats(cast: Cast) -> int:
    """How often the approval was said, by four beats at once."""
    minutes = circulated(cast)
    assert minutes.observations_until
    late = minutes.observations_until + timedelta(minutes=1)
    all_at_once([lambda: approve_silent(now=late) for _beat in range(4)])
    return Activity.objects.filter(kind=MinutesEvent.APPROVED).count()


def test_four_beats_approve_once() -> None:
    assert beats(Cast()) == 1


def test_without_the_lock_the_beats_approve_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with without_the_lock(monkeypatch):
        assert beats(Cast()) > 1


def pens(cast: Cast) -> tuple[int, str]:
    """Six presses of two organizations whose signatures are the last ones; how often SIGNED was said, and the state."""
    minutes = circulated(cast, approval="signature")
    text = signed_sum(minutes)
    copies = [copy_of(minutes, organization) for organization in (cast.ngo, cast.university)]
    all_at_once(
        [
            lambda copy=copy: signing.sign(  # type: ignore[misc]
                copy_id=copy.pk, sha256=text, name="Carmen Loja", title="Directora", person_id=None,
                by=by_link(copy), now=copy.sent_at,
            )
            for copy in copies * 3
        ]
    )  # fmt: skip
    minutes.refresh_from_db()
    return Activity.objects.filter(kind=MinutesEvent.SIGNED).count(), minutes.state


def test_pressed_at_once_each_organization_signs_once_and_the_last_one_approves() -> None:
    assert pens(Cast()) == (2, Minutes.State.APPROVED)
    assert Activity.objects.filter(kind=MinutesEvent.APPROVED).count() == 1


def test_without_the_lock_the_pens_write_over_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    with without_the_lock(monkeypatch):
        said, _state = pens(Cast())
    assert said != 2 or Activity.objects.filter(kind=MinutesEvent.APPROVED).count() != 1


def test_the_same_press_sent_at_once_is_one_observation() -> None:
    cast = Cast()
    minutes = circulated(cast)
    press = Session.objects.get().public_id  # any one number
    told = all_at_once([lambda: observe(minutes, cast.ngo, client_id=press) for _press in range(6)])
    assert len({one.pk for one in told if isinstance(one, Observation)}) == 1
    assert Observation.objects.count() == 1
