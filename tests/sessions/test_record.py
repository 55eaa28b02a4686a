"""What came of a session, what is left to do, and its end."""

from datetime import UTC, date, datetime

import pytest

from coordination.activity.models import Activity
from coordination.commitments.models import Commitment
from coordination.common.errors import StaleVersion
from coordination.sessions import actions
from coordination.sessions.actions import planning
from coordination.sessions.actions import record as room
from coordination.sessions.models import Outcome, Session
from tests.cast import Cast
from tests.sessions.scheduling import after, convened, drafted, during, with_item


def kinds(session: Session) -> list[str]:
    return list(Activity.objects.about("session", session.pk).order_by("id").values_list("kind", flat=True))


def counted(cast: Cast, session: Session, now: datetime) -> Session:
    return actions.record_attendance_totals(
        session_id=session.pk,
        organizations=2,
        sectors=2,
        people=3,
        quorum_met=True,
        by=cast.secretariat,
        now=now,
    )


@pytest.fixture
def outcome(cast: Cast) -> Outcome:
    session = convened(cast)
    item = with_item(cast, session)
    return actions.record_outcome(
        item_id=item.pk,
        kind="commitment",
        text=" Abrir el albergue ",
        by=cast.secretariat,
        now=during(session),
    )


def test_an_outcome_is_recorded_without_its_text_in_history(cast: Cast, outcome: Outcome) -> None:
    assert (outcome.text, outcome.order, outcome.recorded_at) == (
        "Abrir el albergue",
        1,
        during(outcome.session),
    )
    happened = Activity.objects.about("session", outcome.session_id).first()
    assert happened.kind == "session.outcome_recorded"
    assert happened.payload == {"outcome": outcome.pk, "item": outcome.item_id, "kind": "commitment"}


def test_outcomes_wait_for_the_first_minute(cast: Cast) -> None:
    item = with_item(cast, convened(cast))
    with pytest.raises(room.NotStartedYet):
        actions.record_outcome(item_id=item.pk, kind="decision", text="x", by=cast.secretariat, now=cast.now)


def test_outcomes_need_a_convened_session(cast: Cast) -> None:
    session = drafted(cast)
    with pytest.raises(room.NotConvened):
        actions.record_outcome(
            item_id=session.agenda.get().pk,
            kind="decision",
            text="x",
            by=cast.secretariat,
            now=during(session),
        )


def test_an_outcome_is_rewritten_by_its_version(cast: Cast, outcome: Outcome) -> None:
    change = {
        "outcome_id": outcome.pk,
        "version": 1,
        "kind": "decision",
        "by": cast.secretariat,
        "now": during(outcome.session),
    }
    edited = actions.edit_outcome(text="Se abre", **change)
    assert (edited.text, edited.kind, edited.version) == ("Se abre", "decision", 2)
    assert kinds(outcome.session)[-1] == "session.outcome_edited"
    with pytest.raises(StaleVersion):
        actions.edit_outcome(text="Otra cosa", **change)


def test_an_outcome_that_a_commitment_hangs_on_stays_and_keeps_its_kind(cast: Cast, outcome: Outcome) -> None:
    Commitment.objects.create(
        mesa=cast.mesa, session=outcome.session, outcome=outcome, number=1, statement_es="Abrir el albergue"
    )
    now = during(outcome.session)
    with pytest.raises(room.CommitmentHangsOnIt):
        actions.remove_outcome(outcome_id=outcome.pk, by=cast.secretariat, now=now)
    with pytest.raises(room.CommitmentHangsOnIt):
        actions.edit_outcome(
            outcome_id=outcome.pk, version=1, kind="lesson", text="x", by=cast.secretariat, now=now
        )
    edited = actions.edit_outcome(
        outcome_id=outcome.pk, version=1, kind="commitment", text="Abrir dos", by=cast.secretariat, now=now
    )
    assert edited.text == "Abrir dos"


def test_an_outcome_written_by_mistake_goes(cast: Cast, outcome: Outcome) -> None:
    actions.remove_outcome(outcome_id=outcome.pk, by=cast.secretariat, now=during(outcome.session))
    assert not Outcome.objects.exists()
    assert Activity.objects.first() is not None
    assert Activity.objects.order_by("id").last().payload["act"] == "removed"


def test_totals_of_attendance_are_kept_with_the_quorum(cast: Cast) -> None:
    session = convened(cast)
    seen = counted(cast, session, during(session))
    assert (seen.present_organizations, seen.present_sectors, seen.present_people, seen.quorum_met) == (
        2,
        2,
        3,
        True,
    )
    assert seen.attendance_closed_at == during(session)
    assert kinds(session)[-1] == "session.attendance_closed"


def test_the_end_plans_what_follows_once(cast: Cast) -> None:
    # Thursday 5 March 2026, 14:00 to 17:00 UTC; the weekend lies between it and the fifth working day.
    session = convened(cast, starts_at=datetime(2026, 3, 5, 14, tzinfo=UTC))
    for hours in (1, 2):
        actions.plan_follow_up(session_id=session.pk, now=after(session, hours))
    assert dict(session.tasks.values_list("kind", "due_on")) == {
        "attendance": date(2026, 3, 6),
        "close": date(2026, 3, 6),
        "minutes": date(2026, 3, 12),
        "follow_up": date(2026, 3, 12),
        "publish": date(2026, 3, 26),
    }
    assert kinds(session).count("session.ended") == 1
    session.refresh_from_db()
    assert session.follow_up_planned_at == after(session, 1)


def test_the_day_of_the_end_is_the_day_where_the_session_was(cast: Cast) -> None:
    # Friday 6 March 2026, 23:30 in Galápagos is Saturday in UTC; the next working day is Monday all the same.
    session = convened(
        cast, starts_at=datetime(2026, 3, 6, 2, 30, tzinfo=UTC), hours=3, time_zone="Pacific/Galapagos"
    )
    actions.plan_follow_up(session_id=session.pk, now=after(session))
    assert session.tasks.get(kind="close").due_on == date(2026, 3, 6)


def test_nothing_follows_from_what_did_not_end_or_did_not_happen(cast: Cast) -> None:
    ahead, gone, never = convened(cast), convened(cast), drafted(cast)
    actions.cancel(session_id=gone.pk, reason="x", by=cast.secretariat, now=cast.now)
    actions.plan_follow_up(session_id=ahead.pk, now=cast.now)
    actions.plan_follow_up(session_id=gone.pk, now=after(gone))
    actions.plan_follow_up(session_id=never.pk, now=after(never))
    assert not any(session.tasks.exists() for session in (ahead, gone, never))


def test_tasks_done_before_the_plan_are_born_done(cast: Cast) -> None:
    session = convened(cast)
    counted(cast, session, during(session))
    actions.plan_follow_up(session_id=session.pk, now=after(session))
    assert session.tasks.get(kind="attendance").done_at == during(session)
    assert session.tasks.get(kind="close").done_at is None


def test_a_task_is_ticked_off_once(cast: Cast) -> None:
    session = convened(cast)
    actions.plan_follow_up(session_id=session.pk, now=after(session))
    for hours in (2, 3):
        actions.complete_task(
            session_id=session.pk, kind="follow_up", by=cast.secretariat, now=after(session, hours)
        )
    assert session.tasks.get(kind="follow_up").done_at == after(session, 2)
    assert kinds(session).count("session.task_done") == 1


@pytest.mark.parametrize("swept_first", [True, False])
def test_closing_completes_the_record_whether_or_not_the_sweep_came_first(
    cast: Cast, swept_first: bool
) -> None:
    session = convened(cast)
    if swept_first:
        actions.plan_follow_up(session_id=session.pk, now=after(session))
    counted(cast, session, after(session, 2))
    closed = actions.close(session_id=session.pk, result="held", by=cast.secretariat, now=after(session, 3))
    assert (closed.state, closed.closed_at) == ("held", after(session, 3))
    assert closed.tasks.get(kind="close").done_at == after(session, 3)
    assert closed.tasks.get(kind="attendance").done_at == after(session, 2)
    assert closed.tasks.get(kind="follow_up").done_at is None
    assert kinds(session).count("session.ended") == 1
    happened = Activity.objects.about("session", session.pk).first()
    assert (happened.kind, happened.payload) == ("session.closed", {"result": "held"})


def test_close_names_what_is_missing(cast: Cast) -> None:
    session, never = convened(cast), drafted(cast)
    change = {"result": "held", "by": cast.secretariat}
    with pytest.raises(room.NotConvened):
        actions.close(session_id=never.pk, now=after(never), **change)
    with pytest.raises(room.NotOverYet):
        actions.close(session_id=session.pk, now=during(session), **change)
    with pytest.raises(room.AttendanceIsOpen):
        actions.close(session_id=session.pk, now=after(session), **change)
    counted(cast, session, after(session))
    with pytest.raises(room.UnknownResult):
        actions.close(session_id=session.pk, now=after(session), result="cancelled", by=cast.secretariat)


def test_a_closed_record_does_not_change(cast: Cast, outcome: Outcome) -> None:
    session = outcome.session
    counted(cast, session, after(session))
    told = {"result": "failed", "failure_note": "Se fue la luz"}
    actions.close(session_id=session.pk, **told, by=cast.secretariat, now=after(session))
    for act in (
        lambda: actions.record_outcome(
            item_id=outcome.item_id, kind="lesson", text="x", by=cast.secretariat, now=after(session)
        ),
        lambda: actions.remove_outcome(outcome_id=outcome.pk, by=cast.secretariat, now=after(session)),
        lambda: counted(cast, session, after(session)),
        lambda: actions.close(session_id=session.pk, result="held", by=cast.secretariat, now=after(session)),
        lambda: with_item(cast, session),
    ):
        with pytest.raises(planning.SessionIsClosed):
            act()
