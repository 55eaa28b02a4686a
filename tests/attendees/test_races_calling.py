"""Second notices and guests pressed by several at once, on connections of their own; with the locks off they double."""

import pytest
from django.db import IntegrityError

from coordination.activity.models import Activity
from coordination.attendees import actions
from coordination.attendees.actions import convocation, guests
from coordination.attendees.addresses import Address
from coordination.attendees.models import Invitation, InvitationQuerySet
from coordination.sessions.models import Session
from tests.attendees.inviting import called
from tests.attendees.test_races import all_at_once
from tests.cast import Cast

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
CLICKS = 6


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same acts without their locks."""
    free = lambda session_id, now: Session.objects.get(pk=session_id)  # noqa: E731
    monkeypatch.setattr(convocation, "locked_convened", free)
    monkeypatch.setattr(guests, "locked_convened", free)
    monkeypatch.setattr(InvitationQuerySet, "select_for_update", lambda rows, **_options: rows)


def reminded_by_many(cast: Cast, days: int = 20) -> int:
    """How many second notices are recorded for a session of three silent organizations."""
    session = called(cast, starts_at=cast.in_days(days))
    later = cast.in_days(2)
    all_at_once(
        [
            lambda: actions.remind_silent(session_id=session.pk, by=cast.secretariat, now=later)
            for _click in range(CLICKS)
        ]
    )
    invitations = list(session.invitations.values_list("pk", flat=True))
    return Activity.objects.filter(
        kind="invitation.second_notice", subject_type="invitation", subject_id__in=invitations
    ).count()


def guests_by_many(cast: Cast, days: int = 20) -> list[object]:
    session = called(cast, starts_at=cast.in_days(days))
    row = Address(2, "Cámara Boreal", "Iris Paz", "iris@camara.example")
    return all_at_once(
        [
            lambda: actions.call_guests(session_id=session.pk, rows=[row], by=cast.secretariat, now=cast.now)
            for _click in range(CLICKS)
        ]
    )


def test_many_clicks_on_remind_are_one_notice_for_each() -> None:
    assert reminded_by_many(Cast()) == 3


def test_without_the_locks_the_same_clicks_are_several_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = Cast()
    unlocked(monkeypatch)
    assert any(reminded_by_many(cast, days) > 3 for days in range(20, 30))


def test_a_guest_called_by_several_at_once_is_called_once_and_the_others_are_told() -> None:
    told = guests_by_many(Cast())
    assert Invitation.objects.filter(role="guest").count() == 1
    assert sum(isinstance(one, actions.GuestsRefused) for one in told) == CLICKS - 1


def test_without_the_lock_the_others_meet_a_fault_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = Cast()
    unlocked(monkeypatch)
    assert any(
        isinstance(one, IntegrityError) for days in range(20, 30) for one in guests_by_many(cast, days)
    )
