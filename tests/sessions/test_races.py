"""Two secretariats at the same instant, on committed rows."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, close_old_connections, connection, connections

from coordination.common.errors import StaleVersion
from coordination.mesas.models import Mesa
from coordination.sessions import actions
from coordination.sessions.actions import planning
from coordination.sessions.models import Session
from coordination.sessions.queries import next_number
from tests.cast import Cast
from tests.sessions.scheduling import drafted

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Runs each in its own connection; gives what each returned or raised."""
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        close_old_connections()
        try:
            results[place] = act()
        except Exception as error:  # noqa: BLE001  the race's loser is the result
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.fixture
def slow_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Widens the gap between reading the last number and using it."""

    def slowly(mesa: Mesa, *, closed: bool = False) -> int:
        number = next_number(mesa, closed=closed)
        time.sleep(0.3)
        return number

    monkeypatch.setattr(planning, "next_number", slowly)


def test_simultaneous_sessions_get_different_numbers(cast: Cast, slow_count: None) -> None:
    made = at_once(*[lambda: drafted(cast)] * 3)
    assert sorted(session.number for session in made) == [1, 2, 3]


def test_without_the_mesas_lock_two_would_take_one_number(
    cast: Cast, slow_count: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: were this to pass without the lock, the test above would prove nothing."""
    monkeypatch.setattr(
        "django.db.models.query.QuerySet.select_for_update", lambda self, **_options: self.all()
    )
    made = at_once(*[lambda: drafted(cast)] * 2)
    assert any(isinstance(result, IntegrityError) for result in made)


def test_of_two_edits_of_one_version_one_is_told(cast: Cast) -> None:
    session = drafted(cast)

    def rewrite(venue: str) -> Session:
        return actions.edit(session_id=session.pk, version=1, venue=venue, by=cast.secretariat, now=cast.now)

    made = at_once(lambda: rewrite("Casa comunal"), lambda: rewrite("Biblioteca"))
    assert sorted(isinstance(result, StaleVersion) for result in made) == [False, True]
    session.refresh_from_db()
    assert session.version == 2


def test_items_moved_at_once_keep_an_order_without_gaps(cast: Cast) -> None:
    session = drafted(cast)
    items = [
        actions.add_item(
            session_id=session.pk, kind="discussion", title=title, by=cast.secretariat, now=cast.now
        )
        for title in "ABCD"
    ]
    at_once(
        *[
            lambda item=item: actions.move_item(item_id=item.pk, up=True, by=cast.secretariat, now=cast.now)
            for item in items
        ],
        lambda: actions.remove_item(item_id=items[0].pk, by=cast.secretariat, now=cast.now),
    )
    assert list(session.agenda.values_list("order", flat=True)) == [1, 2, 3, 4]
    assert session.agenda.first().is_generated
    connection.close()
