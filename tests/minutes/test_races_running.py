"""Two people write the same record at the same instant, on committed rows."""

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, connections
from django.utils import timezone

from coordination.common.errors import StaleVersion
from coordination.minutes import rounds
from coordination.minutes.actions import notes as notes_actions
from coordination.minutes.actions.agreeing import record_votes
from coordination.minutes.actions.floor import give_floor
from coordination.minutes.actions.notes import save_notes
from coordination.minutes.actions.round import AnsweredBefore, answer_round
from coordination.minutes.models import ItemRecord, NotesVersion, RoundAnswer, RoundVoter, SeatVote, Turn
from coordination.sessions import actions
from coordination.sessions.models import AgendaItem, Session
from tests.cast import Cast, acting
from tests.minutes.table import item, outcome, running

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 200


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
        thread.join(60)
    return results


@pytest.fixture
def session(cast: Cast) -> Session:
    return running(cast)


def write(cast: Cast, session: Session, who: str, rounds_: int) -> Callable[[], tuple[set[str], int]]:
    """A rapporteur who replaces the whole text again and again: what was accepted, and how often they were told."""

    def acts() -> tuple[set[str], int]:
        actor, place = acting(getattr(cast, who)), item(session).pk
        accepted, told = set(), 0
        for number in range(rounds_):
            version = ItemRecord.objects.filter(item=place).values_list("version", flat=True).first() or 0
            text = f"{who} {number}"
            try:
                save_notes(
                    item_id=place,
                    version=version,
                    notes=text,
                    reserved_notes="",
                    by=actor,
                    now=timezone.now(),
                )
            except StaleVersion:
                told += 1
            else:
                accepted.add(text)
        return accepted, told

    return acts


def lost(results: list[Any]) -> int:
    """Texts that were accepted and stand nowhere."""
    kept = set(NotesVersion.objects.values_list("notes", flat=True))
    return sum(len({one for one in accepted if one not in kept}) for accepted, _told in results)


def test_of_two_rapporteurs_every_text_is_kept_or_told(cast: Cast, session: Session) -> None:
    results = at_once(write(cast, session, "rosa", ROUNDS), write(cast, session, "tomas", ROUNDS))
    assert all(isinstance(one, tuple) for one in results), results
    assert sum(len(accepted) + told for accepted, told in results) == 2 * ROUNDS
    assert lost(results) == 0
    # Every version follows the one before: nobody wrote over what they had not read.
    numbers = list(NotesVersion.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert ItemRecord.objects.get().version == sum(len(accepted) for accepted, _told in results)


def test_without_the_lock_texts_would_be_written_over(
    cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: were this to keep everything without the lock, the test above would prove nothing."""
    monkeypatch.setattr(
        notes_actions, "lock_recording", lambda session_id, _now: Session.objects.get(pk=session_id)
    )
    results = at_once(write(cast, session, "rosa", 60), write(cast, session, "tomas", 60))
    broken = [one for one in results if isinstance(one, Exception)]
    whole = [one for one in results if isinstance(one, tuple)]
    accepted = sum(len(texts) for texts, _told in whole)
    record = ItemRecord.objects.first()
    assert broken or lost(whole) or (record and record.version != accepted)


def test_items_started_at_once_leave_one_running(cast: Cast, session: Session) -> None:
    acts = [
        lambda place=place: actions.start_item(
            item_id=item(session, place).pk, by=cast.secretariat, now=timezone.now()
        )
        for place in (1, 2, 3)
    ]
    at_once(*acts)
    running_now = AgendaItem.objects.filter(session=session, started_at__isnull=False, ended_at=None)
    assert running_now.count() == 1


def test_turns_given_at_once_leave_one_open(cast: Cast, session: Session) -> None:
    made = at_once(
        *[
            lambda org=org: give_floor(
                session_id=session.pk, organization_id=org.pk, by=cast.secretariat, now=timezone.now()
            )
            for org in (cast.ngo, cast.university, cast.ministry)
        ]
    )
    assert all(isinstance(one, Turn) for one in made), made
    assert Turn.objects.filter(ended_at=None).count() == 1


def test_of_two_votes_recorded_at_once_one_is_told(cast: Cast, session: Session) -> None:
    decision = outcome(cast, session)
    made = at_once(
        *[
            lambda choice=choice: record_votes(
                outcome_id=decision.pk, version=1, choices={cast.ngo.pk: choice}, by=cast.secretariat,
                now=timezone.now(),
            )
            for choice in ("for", "against")
        ]
    )  # fmt: skip
    assert sorted(isinstance(one, StaleVersion) for one in made) == [False, True]
    assert SeatVote.objects.count() == 1


def test_one_delegate_pressing_twice_is_counted_once(session: Session) -> None:
    delegate = rounds.asked(session).first()
    count = itertools.count()
    made = at_once(
        *[
            lambda: answer_round(
                delegate_id=delegate.pk, worked=f"{next(count)}", change="", score=None, now=timezone.now()
            )
        ]
        * 5
    )
    assert sum(isinstance(one, AnsweredBefore) for one in made) == 4
    assert RoundAnswer.objects.count() == RoundVoter.objects.count() == 1
