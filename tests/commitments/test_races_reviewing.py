"""Two clocks at the same instant keep one review."""

from datetime import timedelta

import pytest

from coordination.activity.models import Activity
from coordination.commitments.agenda.actions import reviewing
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Review
from coordination.sessions.models import Session
from tests.cast import Cast
from tests.commitments.agenda import STARTS, commitment, session_ahead
from tests.sessions.test_races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
AFTER = STARTS + timedelta(hours=4)


def race(cast: Cast) -> int:
    """How often the review was written down."""
    session = session_ahead(cast)
    for _ in range(3):
        commitment(cast)
    at_once(*[lambda: reviewing.freeze(session_id=session.pk, now=AFTER)] * 4)
    assert Review.objects.count() == 3
    return Activity.objects.filter(kind=CommitmentEvent.REVIEWED).count()


def test_two_clocks_keep_one_review(cast: Cast) -> None:
    assert race(cast) == 1


def test_without_the_lock_they_would_keep_several(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what stands between them is the lock on the session."""
    monkeypatch.setattr(reviewing, "lock_session", lambda pk: Session.objects.get(pk=pk))
    assert race(cast) > 1
