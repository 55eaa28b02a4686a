"""Two people at one section, at one session, at one number: real threads, and each with a control without the lock."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from coordination.common.errors import StaleVersion
from coordination.mesas.models import MesaQuerySet
from coordination.minutes import numbering
from coordination.minutes.actions import circulation, drafting, editing, publishing
from coordination.minutes.models import Minutes
from coordination.sessions.models import Session
from tests.cast import Cast
from tests.minutes.recorded import drafted, recorded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Runs them together, each on a connection of its own; what each gave back or raised."""
    gate, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def unlocked(monkeypatch: pytest.MonkeyPatch, *, meet: int) -> None:
    """The control: nobody waits for anybody, and all have read before anybody writes."""
    gate = threading.Barrier(meet)

    def lock(minutes_id: int) -> Minutes:
        return Minutes.objects.select_related("session__mesa").get(pk=minutes_id)

    monkeypatch.setattr(drafting, "lock", lock)
    original = editing._locked

    def held(section_id: int) -> Any:
        section = original(section_id)
        gate.wait(10)
        return section

    monkeypatch.setattr(editing, "_locked", held)


def edits(cast: Cast, minutes: Minutes, count: int = 2) -> list[Callable[[], Any]]:
    section = minutes.sections.get(kind="agenda")

    def edit(who: int) -> Callable[[], Any]:
        return lambda: editing.edit_section(
            section_id=section.pk, version=1, title="Orden", body=f"<p>Texto de {who}</p>", is_reserved=False,
            by=cast.secretariat, now=cast.now,
        )  # fmt: skip

    return [edit(who) for who in range(count)]


def test_of_two_rapporteurs_on_one_section_one_is_told(cast: Cast) -> None:
    minutes = drafted(cast, recorded(cast))
    results = at_once(*edits(cast, minutes, 4))
    assert sum(isinstance(one, StaleVersion) for one in results) == 3
    winner = next(one for one in results if not isinstance(one, Exception))
    section = minutes.sections.get(kind="agenda")
    assert (section.version, section.body) == (2, winner.body)


def test_control_without_the_lock_one_text_is_silently_overwritten(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = drafted(cast, recorded(cast))
    unlocked(monkeypatch, meet=2)
    results = at_once(*edits(cast, minutes))
    assert not any(isinstance(one, StaleVersion) for one in results)


def test_two_first_clicks_make_one_draft(cast: Cast) -> None:
    found = recorded(cast)
    results = at_once(*[lambda: drafted(cast, found)] * 3)
    assert len({one.pk for one in results}) == 1
    assert Minutes.objects.count() == 1


def _settling(cast: Cast, minutes: Minutes) -> Callable[[], Minutes]:
    def settle() -> Minutes:
        with transaction.atomic():
            return publishing.settle(minutes=circulation.lock(minutes.pk), by=cast.secretariat, now=cast.now)

    return settle


def _circulated(cast: Cast) -> list[Minutes]:
    made = [drafted(cast, recorded(cast, number=number)) for number in (3, 4)]
    Minutes.objects.update(state="circulated", circulated_at=cast.now)
    return made


def test_two_sessions_settled_at_once_take_two_numbers(cast: Cast) -> None:
    made = _circulated(cast)
    results = at_once(*(_settling(cast, one) for one in [*made, *made]))
    assert {one.number for one in results} == {"ACTA-FS-2026-001", "ACTA-FS-2026-002"}
    assert Minutes.objects.exclude(code=None).count() == 2


def test_control_without_the_lock_of_the_mesa_two_sessions_take_one_number(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _circulated(cast)
    gate = threading.Barrier(2)
    locked = numbering.next_number

    def unlocked_number(minutes: Minutes, now: Any) -> str:
        number = locked(minutes, now)
        gate.wait(10)
        return number

    monkeypatch.setattr(MesaQuerySet, "select_for_update", lambda rows, **_options: rows)
    monkeypatch.setattr(publishing, "next_number", unlocked_number)
    results = at_once(*(_settling(cast, one) for one in made))
    assert any(isinstance(one, Exception) for one in results), "the database refuses the second of one number"
    assert Session.objects.count() == 2
