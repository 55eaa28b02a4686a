"""F9, F10: sessions are called off or moved while their messages go out."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.actor import SYSTEM
from coordination.attendees.models import Delegate
from coordination.notifications.models import Notification
from coordination.sessions import actions
from coordination.sessions.models import Session
from tests.faults.fault import fault
from tests.faults.outcome import Outcome, Row, rows
from tests.faults.stage import Stage

CHANGES = 50
SESSIONS = 100
Tries = dict[int, int]  # how often each row had passed the gate at a commit


@fault(
    "F9",
    "50 sessions cancelled while messages go out",
    "0 pass the gate after the commit, one cancellation each",
)
def sessions_are_cancelled(stage: Stage, messages: int) -> Outcome:
    stage.crowd.register(messages, sessions=SESSIONS)
    stage.start()
    tries: Tries = {}
    cancelled = stage.crowd.sessions[::2]
    for number, session in enumerate(cancelled):
        stage.wait_arrivals(messages * (number + 1) // (2 * SESSIONS))
        with transaction.atomic():
            actions.cancel(session_id=session.pk, reason="Falta de quórum", by=SYSTEM, now=timezone.now())
            tries |= _tries(session)
        stage.ring()
    outcome = stage.finish(messages // 2)
    outcome.demand_nothing_lost()
    _demand_nothing_passed(outcome, tries)
    _demand_one_each(outcome, {session.pk for session in cancelled}, "session_cancelled")
    _demand_others_told(outcome, stage.crowd.sessions[1::2])
    return outcome


@fault(
    "F10",
    "50 sessions moved while messages go out, some twice, some back",
    "last version only, one notice each",
)
def sessions_are_moved(stage: Stage, messages: int) -> Outcome:
    """Three seconds of pause stand for the ten minutes in which several edits become one notice."""
    stage.crowd.register(messages, sessions=SESSIONS)
    stage.start(MINGA_DEBOUNCE_SECONDS="3")
    tries: Tries = {}
    moved = stage.crowd.sessions[::2]
    for number, session in enumerate(moved):
        stage.wait_arrivals(messages * (number + 1) // (2 * SESSIONS))
        hours = [(1,), (1, 1), (1, -1)][number % 3]
        for hour in hours:
            tries |= _move(session, hour)
        stage.ring()
    stage.pause(5)
    outcome = stage.finish(messages // 2)
    outcome.demand_nothing_lost()
    _demand_nothing_passed(outcome, tries)
    _demand_last_version(outcome, moved)
    _demand_others_told(outcome, stage.crowd.sessions[1::2])
    return outcome


def _tries(session: Session) -> Tries:
    """Read in the transaction that holds the session's lock: no message about it can pass the gate meanwhile."""
    return {row.pk: row.attempts for row in rows(root_type="session", root_id=session.pk)}


def _move(session: Session, hours: int) -> Tries:
    with transaction.atomic():
        session.refresh_from_db()
        shift = timedelta(hours=hours)
        actions.edit(
            session_id=session.pk, version=session.version, by=SYSTEM, now=timezone.now(),
            starts_at=session.starts_at + shift, ends_at=session.ends_at + shift,
        )  # fmt: skip
        return _tries(session)


def _demand_nothing_passed(outcome: Outcome, tries: Tries) -> None:
    """Whatever passed the gate after the commit has been tried more often than it had been then."""
    passed = [row for row in outcome.rows if row.pk in tries and row.attempts > tries[row.pk]]
    spared = sum(row.pk in tries and row.state == Notification.State.SUPERSEDED for row in outcome.rows)
    outcome.notes.append(f"{len(passed)} passed after the commit, {spared} taken back")
    outcome.demand(not passed, f"0 pass the gate after the commit, not {len(passed)}")
    outcome.demand(spared > 0, "some messages were still to be taken back, or the fault was none")


def _demand_one_each(outcome: Outcome, sessions: set[int], kind: str) -> None:
    """Each registered person of these sessions has exactly one message of this kind, and it arrived once."""
    people = _registered(sessions)
    told = Counter(
        (row.root, row.recipient)
        for row in outcome.rows
        if row.root in sessions and row.kind == kind and outcome.times[row.message_id] == 1
    )
    wrong = [one for one in people if told[one] != 1]
    outcome.demand(
        bool(people) and not wrong, f"one {kind} each: {len(wrong)} of {len(people)} people have not"
    )


def _demand_others_told(outcome: Outcome, others: list[Session]) -> None:
    """Whoever is registered in a session that nobody touched got both messages."""
    people = _registered(session.pk for session in others)
    arrived = Counter((row.root, row.recipient) for row in outcome.rows if row.message_id in outcome.times)
    missing = [one for one in people if arrived[one] != 2]
    outcome.demand(
        not missing, f"two messages in the other sessions: {len(missing)} of {len(people)} people have not"
    )


def _registered(sessions: Iterable[int]) -> set[tuple[int, int]]:
    named = Delegate.objects.current().filter(invitation__session__in=list(sessions))
    return set(named.values_list("invitation__session_id", "person_id"))


def _demand_last_version(outcome: Outcome, moved: list[Session]) -> None:
    """Each person knows the last date, by one mail: a notice, or the first confirmation when there was none before."""
    last = dict(
        Session.objects.filter(pk__in=[one.pk for one in moved]).values_list("pk", "schedule_version")
    )

    def says_the_date(row: Row) -> bool:
        kinds = ("session_moved", "delegation_confirmed")
        return row.root in last and row.kind in kinds and row.version == last[row.root]

    told = Counter(
        (row.root, row.recipient)
        for row in outcome.rows
        if says_the_date(row) and outcome.times[row.message_id] == 1
    )
    people = _registered(last)
    wrong = [one for one in people if told[one] != 1]
    outcome.demand(
        bool(people) and not wrong, f"the last date once: {len(wrong)} of {len(people)} people do not know it"
    )
