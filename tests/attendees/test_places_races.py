"""The last places, asked for and given back by many at once on connections of their own."""

import os
import queue
import random
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from coordination.attendees import actions, places
from coordination.attendees.actions import answers
from coordination.attendees.actions import places as placing
from coordination.attendees.models import Delegate, Invitation, SectorPlaces
from coordination.sessions.models import Session
from tests.attendees.inviting import by_link, called, one
from tests.cast import Cast, organization, seat

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
WORKERS = 20  # connections at once; PostgreSQL allows a hundred
ROUNDS = int(os.environ.get("MINGA_RACE_ROUNDS", "1"))


def at_once(works: list[Callable[[], object]], workers: int = WORKERS) -> list[Exception]:
    """Runs all of them on so many connections of their own, started together. Gives the refusals."""
    todo: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
    for work in works:
        todo.put(work)
    start, refused = threading.Barrier(workers), []

    def run() -> None:
        try:
            start.wait(timeout=30)
            while True:
                todo.get_nowait()()
        except queue.Empty:
            pass
        except Exception as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return refused


def crowd(cast: Cast, size: int, **fields: int) -> tuple[Session, list[Invitation]]:
    """A convened session and so many invitations, of two sectors by turns."""
    for number in range(size - 3):
        kind = ("national_ngo", "civil_society") if number % 2 else ("academia", "academia")
        seat(cast.mesa, organization(f"Organización {number:03}", kind=kind[0], sector=kind[1]))
    session = called(cast, **fields)
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE"
        )  # or it plans by what it saw of other tests' rows: minutes in place of seconds
    return session, list(session.invitations.order_by("id"))


def asking(cast: Cast, invitation: Invitation, version: int = 1) -> Callable[[], Invitation]:
    return lambda: actions.answer(
        invitation_id=invitation.pk,
        version=version,
        modality="in_person",
        delegates=[one("principal", f"Persona {invitation.pk}")],
        by=by_link(invitation),
        now=cast.now,
    )


def leaving(cast: Cast, invitation: Invitation) -> Callable[[], Invitation]:
    return lambda: actions.decline(
        invitation_id=invitation.pk,
        version=Invitation.objects.values_list("version", flat=True).get(pk=invitation.pk),
        by=by_link(invitation),
        now=cast.now,
    )


def count(session: Session) -> tuple[int, int]:
    """How many have a place, and how many wait."""
    rows = Delegate.objects.current().filter(invitation__session=session, invitation__state="accepted")
    return rows.filter(waiting_since=None).count(), rows.exclude(waiting_since=None).count()


def emptied(session: Session) -> None:
    Delegate.objects.filter(invitation__session=session).delete()
    Invitation.objects.filter(session=session).update(state="pending", answered_at=None, version=1)


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were the counts right without it, the tests below would prove nothing."""

    def unlocked(invitation_id: int, _now: object) -> Invitation:
        return Invitation.objects.select_related("session__mesa").get(pk=invitation_id)

    monkeypatch.setattr(answers, "locked", unlocked)


def together(monkeypatch: pytest.MonkeyPatch, runners: int) -> None:
    """Everybody has counted before anybody writes."""
    counted, meet = placing.places.free, threading.Barrier(runners)

    def slow(session: Session, *, but: int | None = None) -> places.Free:
        found = counted(session, but=but)
        if but is not None:
            meet.wait(timeout=30)
        return found

    monkeypatch.setattr(placing.places, "free", slow)


def test_two_hundred_ask_for_thirty_places() -> None:
    cast = Cast()
    session, invitations = crowd(cast, 200, capacity=30)
    for _round in range(ROUNDS):
        random.shuffle(invitations)
        assert at_once([asking(cast, invitation) for invitation in invitations]) == []
        assert count(session) == (30, 170)
        emptied(session)


def test_fifty_ask_for_one_place() -> None:
    cast = Cast()
    session, invitations = crowd(cast, 50, capacity=1)
    for _round in range(ROUNDS):
        assert at_once([asking(cast, invitation) for invitation in invitations], workers=50) == []
        assert count(session) == (1, 49)
        emptied(session)


def test_without_the_lock_the_room_is_overbooked(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = Cast()
    session, invitations = crowd(cast, 24, capacity=10)
    without_the_lock(monkeypatch)
    together(monkeypatch, 24)
    assert at_once([asking(cast, invitation) for invitation in invitations], workers=24) == []
    assert count(session) == (24, 0)


def test_the_places_of_a_sector_are_given_exactly() -> None:
    cast = Cast()
    session, invitations = crowd(cast, 60)
    sector = places.sector_of(cast.university.pk)
    SectorPlaces.objects.create(session=session, sector_id=sector, places=5)
    assert at_once([asking(cast, invitation) for invitation in invitations]) == []
    assert places.taken(session.pk).sectors[sector] == 5
    academics = sum(places.sector_of(invitation.organization_id) == sector for invitation in invitations)
    assert count(session) == (60 - academics + 5, academics - 5)


def test_without_the_lock_a_sector_is_overbooked(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = Cast()
    session, invitations = crowd(cast, 20)
    sector = places.sector_of(cast.university.pk)
    academics = [one for one in invitations if places.sector_of(one.organization_id) == sector]
    SectorPlaces.objects.create(session=session, sector_id=sector, places=2)
    without_the_lock(monkeypatch)
    together(monkeypatch, len(academics))
    at_once([asking(cast, invitation) for invitation in academics], workers=len(academics))
    assert places.taken(session.pk).sectors[sector] == len(academics) > 2


def coming_and_going(cast: Cast) -> tuple[Session, list[Callable[[], object]]]:
    """Twenty of sixty have the places; they leave while twenty others ask and twenty wait."""
    session, invitations = crowd(cast, 60, capacity=20)
    for invitation in invitations[:40]:
        asking(cast, invitation)()
    works = [leaving(cast, one) for one in invitations[:20]] + [asking(cast, one) for one in invitations[40:]]
    random.shuffle(works)
    return session, works


def test_who_leaves_and_who_comes_at_once_keep_the_count() -> None:
    cast = Cast()
    session, works = coming_and_going(cast)
    assert at_once(works) == []
    assert count(session) == (20, 20)
    assert Delegate.objects.filter(promoted_at__isnull=False).count() >= 1


def test_without_the_lock_who_leaves_and_who_comes_lose_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty at once: each counts before any other has written, so that one place is given several times."""
    cast = Cast()
    session, works = coming_and_going(cast)
    without_the_lock(monkeypatch)
    counted, meet = placing.places.free, threading.Barrier(40)

    def slow(session: Session, *, but: int | None = None) -> places.Free:
        found = counted(session, but=but)
        meet.wait(timeout=3)
        return found

    monkeypatch.setattr(placing.places, "free", slow)
    at_once(works, workers=40)
    assert count(session) != (20, 20)
