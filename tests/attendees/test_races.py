"""Convocations, answers and marks sent by many at once on connections of their own."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from coordination.attendees import actions
from coordination.attendees.models import Attendance, Convocation, Invitation
from tests.attendees.inviting import by_link, called, delegates, invitation_of, mark, one, pair
from tests.cast import Cast
from tests.sessions.scheduling import drafted

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def all_at_once(works: list[Callable[[], object]]) -> list[object]:
    """Runs each in a thread with its own connection, started together; gives results or refusals in order."""
    start = threading.Barrier(len(works))
    told: list[object] = [None] * len(works)

    def run(place: int) -> None:
        try:
            start.wait(timeout=30)
            told[place] = works[place]()
        except Exception as refused:  # the refusals are what is counted
            told[place] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return told


def ask(cast: Cast, invitation: Invitation) -> Callable[[], Invitation]:
    return lambda: actions.answer(
        invitation_id=invitation.pk,
        version=1,
        modality="in_person",
        delegates=[one("principal", f"Persona {invitation.pk}")],
        by=by_link(invitation),
        now=cast.now,
    )


def test_many_clicks_on_convene_send_one_convocation() -> None:
    cast = Cast()
    session = drafted(cast)
    told = all_at_once(
        [
            lambda: actions.convene(session_id=session.pk, by=cast.secretariat, now=cast.now)
            for _click in range(8)
        ]
    )
    assert {one.pk for one in told if isinstance(one, Convocation)} == {Convocation.objects.get().pk}
    assert Invitation.objects.count() == 3


def test_two_convocations_of_a_mesa_take_two_numbers() -> None:
    cast = Cast()
    sessions = [drafted(cast), drafted(cast, starts_at=cast.in_days(40))]
    all_at_once(
        [
            lambda session=session: actions.convene(session_id=session.pk, by=cast.secretariat, now=cast.now)
            for session in sessions
        ]
    )
    assert set(Convocation.objects.values_list("number", flat=True)) == {"FS-2026-001", "FS-2026-002"}


def test_the_same_answer_sent_at_once_is_one_answer() -> None:
    cast = Cast()
    invitation = invitation_of(called(cast), cast.ngo)
    told = all_at_once(
        [
            lambda: actions.answer(
                invitation_id=invitation.pk, version=1, modality="in_person", delegates=pair(), by=by_link(invitation), now=cast.now
            )
            for _click in range(8)
        ]
    )  # fmt: skip
    assert all(isinstance(one, Invitation) for one in told)
    assert Invitation.objects.get(pk=invitation.pk).version == 2
    assert len(delegates(invitation)) == 2


def test_two_phones_at_the_door_write_one_mark() -> None:
    cast = Cast()
    invitation = invitation_of(called(cast), cast.ngo)
    ask(cast, invitation)()
    [delegate] = delegates(invitation)
    told = all_at_once([lambda: mark(cast, delegate) for _phone in range(8)])
    assert {one.pk for one in told if isinstance(one, Attendance)} == {Attendance.objects.get().pk}
