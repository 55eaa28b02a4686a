"""Before a session each responsible organization is asked once; a session that moves takes its question along."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.activity.models import Activity
from coordination.commitments.agenda import reviewing
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment
from coordination.notifications import letters, subjects
from coordination.notifications.agenda_clock import tend
from coordination.notifications.agenda_planner import AskingFacts, asking_messages
from coordination.notifications.models import Notification
from coordination.notifications.planner import Addressee
from coordination.notifications.planning import Root, replan
from coordination.sessions.models import Session
from tests.cast import NOW, Cast
from tests.commitments.agenda import STARTS, commitment, reports, session_ahead

pytestmark = pytest.mark.django_db
QUITO = ZoneInfo("America/Guayaquil")
ASKING = STARTS.replace(hour=13) - timedelta(days=7)  # at eight in the morning in Quito


def letters_planned() -> list[Notification]:
    return list(Notification.objects.filter(kind="commitments_asked", state="planned").order_by("pk"))


def sent(row: Notification, at: object) -> None:
    Notification.objects.filter(pk=row.pk).update(state="claimed", lease_token="0" * 32, lease_until=at)
    Notification.objects.filter(pk=row.pk).update(state="sending")
    Notification.objects.filter(pk=row.pk).update(
        state="sent", sent_at=at, channel="email", lease_token=None, lease_until=None
    )


def test_one_letter_an_organization_names_all_it_answers_for(cast: Cast) -> None:
    session_ahead(cast)
    first, second = commitment(cast), commitment(cast)
    other = commitment(cast, responsible=cast.university, verifier=cast.ngo)
    fresh = commitment(cast)
    reports(cast, fresh, ASKING - timedelta(days=1))
    tend(NOW)
    assert letters_planned() == []
    tend(ASKING - timedelta(hours=20))
    rows = letters_planned()
    assert {(row.recipient.name, row.organization, row.due_at) for row in rows} == {
        ("Carmen Loja", cast.ngo, ASKING), ("Luis Aguirre", cast.university, ASKING)
    }  # fmt: skip
    row = next(row for row in rows if row.organization == cast.ngo)
    subject = subjects.locked(row)
    assert subjects.is_true(row, subject, ASKING)
    words = letters.compose(
        "commitments_asked", "es", letters.contents.facts(row, letters.KINDS[row.kind], subject, ASKING)
    )
    for one in (first, second):
        assert one.code in words.text
        assert one.get_report_link() in words.text
    assert other.code not in words.text
    assert fresh.code not in words.text
    assert "#sin-novedad" in words.text


def test_what_was_asked_is_recorded_below_and_silence_follows(cast: Cast) -> None:
    session = session_ahead(cast)
    made = commitment(cast)
    tend(ASKING - timedelta(hours=1))
    sent(letters_planned()[0], ASKING)
    tend(ASKING + timedelta(minutes=1))
    tend(ASKING + timedelta(minutes=2))
    told = Activity.objects.get(kind=CommitmentEvent.ASKED)
    assert told.payload == {"organization": cast.ngo.pk, "commitments": [made.pk]}
    line = reviewing.content(session, actor=None, now=STARTS).lines[0]
    assert line.was_asked and line.was_silent
    reports(cast, made, ASKING + timedelta(days=1), has_news=False, text="")
    line = reviewing.content(session, actor=None, now=STARTS).lines[0]
    assert line.was_asked and not line.was_silent
    tend(STARTS + timedelta(hours=4))
    assert Activity.objects.filter(kind=CommitmentEvent.REVIEWED).count() == 1


def test_a_session_that_moves_takes_the_question_along(cast: Cast) -> None:
    session = session_ahead(cast)
    commitment(cast)
    tend(ASKING - timedelta(hours=1))
    (row,) = letters_planned()
    later = STARTS + timedelta(days=20)
    Session.objects.filter(pk=session.pk).update(
        starts_at=later,
        ends_at=later + timedelta(hours=3),
        moved_at=ASKING - timedelta(minutes=30),
        schedule_version=2,
    )
    replan(Root("session", session.pk), ASKING)
    assert letters_planned() == []
    tend(ASKING + timedelta(days=20))
    (again,) = letters_planned()
    assert again.due_at == ASKING + timedelta(days=20)
    Session.objects.filter(pk=session.pk).update(state="cancelled", cancelled_at=ASKING)
    replan(Root("session", session.pk), ASKING + timedelta(days=20))
    assert letters_planned() == []
    assert not subjects.is_true(row, Session.objects.get(pk=session.pk), ASKING)


def test_nobody_is_asked_for_a_closed_session(cast: Cast) -> None:
    session_ahead(cast, is_casa_adentro=True)
    commitment(cast)
    tend(ASKING)
    assert letters_planned() == []


def test_who_reported_in_the_meantime_gets_no_letter(cast: Cast) -> None:
    session = session_ahead(cast)
    made = commitment(cast)
    tend(ASKING - timedelta(hours=1))
    (row,) = letters_planned()
    reports(cast, made, ASKING - timedelta(minutes=10))
    assert not subjects.is_true(row, subjects.locked(row), ASKING)
    Commitment.objects.filter(pk=made.pk).update(state="reported")
    replan(Root("session", session.pk), ASKING)
    assert letters_planned() == []


@given(
    days=st.integers(1, 60),
    hours=st.integers(-2000, 2000),
    state=st.sampled_from(["draft", "announced", "convened", "held", "cancelled"]),
)
def test_a_question_is_never_planned_after_the_start_nor_more_than_a_day_ahead(
    days: int, hours: int, state: str
) -> None:
    now = STARTS + timedelta(hours=hours)
    facts = AskingFacts(
        1,
        state,
        QUITO,
        STARTS,
        STARTS - timedelta(days=days),
        organizations=(Addressee(7, 9), Addressee(8, 10)),
    )
    made = asking_messages(facts, now)
    assert asking_messages(facts, now) == made
    assert len({message.key for message in made}) == len(made)
    for message in made:
        assert state in ("announced", "convened")
        assert message.due_at < message.not_after == STARTS
        assert message.due_at <= now + timedelta(days=1)
