"""Rooms of blocks and series at the same instant, on committed rows."""

import uuid
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from coordination.sessions.actions.rooms import RoomTaken
from coordination.sessions.models import Block, Series, Session
from coordination.sessions.rooms import NO_DOUBLE_BOOKING, Reservation
from coordination.sessions.series import days_of
from tests.cast import Cast
from tests.sessions.scheduling import drafted
from tests.sessions.test_blocks import more
from tests.sessions.test_races import at_once
from tests.sessions.test_rooms import room
from tests.sessions.test_series import made

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def rush(cast: Cast, monkeypatch: pytest.MonkeyPatch, *, locked: bool) -> list[object]:
    """Four sessions want one small room for a block of the same hours."""
    small = room(cast, name="Sala Zaruma")
    sessions = [drafted(cast, starts_at=cast.in_days(20, hour=14)) for _each in range(4)]
    if not locked:
        monkeypatch.setattr(
            "django.db.models.query.QuerySet.select_for_update", lambda self, **_options: self.all()
        )

    def want(session: Session) -> Block:
        with transaction.atomic():
            block = more(cast, session, 24, room_id=small.pk)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.3)")
            return block

    return at_once(*[lambda session=session: want(session) for session in sessions])


def test_of_many_blocks_that_want_one_room_one_gets_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    results = rush(cast, monkeypatch, locked=True)
    assert sorted(type(one) is Block for one in results) == [False, False, False, True], results
    assert sum(isinstance(one, RoomTaken) for one in results) == 3
    assert Block.objects.count() == 5


def test_without_lock_and_constraint_several_would_have_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: were this to give the room once, the test above would prove nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [NO_DOUBLE_BOOKING]
        )
        wall = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE mesa_sessions_reservation DROP CONSTRAINT {NO_DOUBLE_BOOKING}")
    try:
        rush(cast, monkeypatch, locked=False)
        assert Reservation.objects.filter(is_held=True).count() > 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM mesa_sessions_reservation")
            cursor.execute(f"ALTER TABLE mesa_sessions_reservation ADD CONSTRAINT {NO_DOUBLE_BOOKING} {wall}")


def clicked_twice(cast: Cast) -> list[object]:
    token, days = uuid.uuid4(), days_of(date(2026, 4, 14), "monthly", count=3)
    return at_once(*[lambda: made(cast, days, token=token)] * 3)


def test_a_series_clicked_three_times_is_one(cast: Cast) -> None:
    results = clicked_twice(cast)
    assert all(isinstance(one, Series) for one in results), results
    assert (Series.objects.count(), Session.objects.count()) == (1, 3)


def test_without_the_mesas_lock_the_second_would_fail(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: only the lock lets the second find what the first has made."""
    monkeypatch.setattr(
        "django.db.models.query.QuerySet.select_for_update", lambda self, **_options: self.all()
    )
    assert any(isinstance(one, IntegrityError) for one in clicked_twice(cast))
