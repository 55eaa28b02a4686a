"""What the secretariat owes after a session: planned once, completed by what it asks for or by hand."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import SYSTEM, Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.common.working_days import add_working_days
from coordination.mesas.models import Mesa
from coordination.sessions.actions.planning import lock_session
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import FollowUpTask, Session
from coordination.sessions.queries import days_off

KIND = FollowUpTask.Kind
FOLLOWED = (Session.State.CONVENED, Session.State.HELD, Session.State.FAILED)


class CompletesItself(DomainError):
    default_message = _(
        "This task is done when its own page is: complete the register, or close the session."
    )


class NoSuchTask(DomainError):
    default_message = _("This session has no such task. Nothing has changed.")


@transaction.atomic
def plan_follow_up(*, session_id: int, by: Actor = SYSTEM, now: datetime) -> Session:
    """Plans what the secretariat owes after the end, once, whether or not anybody closed the session.

    Tasks already done are born done. A session that has not ended, was never convened, was cancelled in the
    meantime or is historic is left alone: the sweep that calls this chose it a moment ago. Records: ENDED.
    """
    session = lock_session(session_id)
    over = session.ends_at is not None and session.ends_at <= now
    if session.follow_up_planned_at or session.is_historic or session.state not in FOLLOWED or not over:
        return session
    plan(session, by, now)
    return session


@transaction.atomic
def complete_task(*, session_id: int, kind: str, by: Actor, now: datetime) -> Session:
    """Ticks off what only a person can know; one that is done stays as it is. Records: TASK_DONE when it was open.

    Raises CompletesItself for the register and the closing, NoSuchTask.
    """
    session = _asked(session_id, kind)
    complete(session, kind, by, now)
    return session


@transaction.atomic
def reopen_task(*, session_id: int, kind: str, by: Actor, now: datetime) -> Session:
    """Takes a tick back; the day it is due stays. Records: TASK_REOPENED when it was done.

    Raises CompletesItself for the register and the closing, NoSuchTask.
    """
    session = _asked(session_id, kind)
    done = FollowUpTask.objects.filter(session=session, kind=kind, done_at__isnull=False)
    if done.update(done_at=None):
        _record(SessionEvent.TASK_REOPENED, session, kind, by, now)
    return session


def plan(session: Session, by: Actor, now: datetime) -> None:
    """Writes the tasks of a locked session, with the days its mesa gives, counted where it took place.

    The days stay as they are written: neither another setting nor a holiday added later moves them.
    """
    ended_on = session.local_end_day or now.date()
    days = task_days(session.mesa)
    off = days_off(session, since=ended_on, until=ended_on + timedelta(days=30 + 2 * max(days.values())))
    done = {KIND.ATTENDANCE: session.attendance_closed_at, KIND.CLOSE: session.closed_at}
    FollowUpTask.objects.bulk_create(
        FollowUpTask(
            session=session,
            kind=kind,
            due_on=add_working_days(ended_on, count, off.keys()),
            done_at=done.get(kind),
        )
        for kind, count in days.items()
    )
    session.follow_up_planned_at = now
    session.save(update_fields=["follow_up_planned_at"])
    record(kind=SessionEvent.ENDED, by=by, subject=session, now=now, mesa_id=session.mesa_id)


def task_days(mesa: Mesa) -> dict[FollowUpTask.Kind, int]:
    """How many working days after the end each task is due."""
    return {
        KIND.ATTENDANCE: mesa.closing_days,
        KIND.CLOSE: mesa.closing_days,
        KIND.MINUTES: mesa.circulating_days,
        KIND.FOLLOW_UP: mesa.circulating_days,
        KIND.PUBLISH: mesa.publishing_days,
    }


def complete(session: Session, kind: str, by: Actor, now: datetime) -> None:
    """Ticks a task of a locked session off; one that is done or was never planned stays as it is."""
    if FollowUpTask.objects.filter(session=session, kind=kind, done_at=None).update(done_at=now):
        _record(SessionEvent.TASK_DONE, session, kind, by, now)


def undo(session: Session, kind: str, by: Actor, now: datetime) -> None:
    """Takes the tick of a locked session's task back; one that is open or was never planned stays as it is."""
    if FollowUpTask.objects.filter(session=session, kind=kind, done_at__isnull=False).update(done_at=None):
        _record(SessionEvent.TASK_REOPENED, session, kind, by, now)


def _asked(session_id: int, kind: str) -> Session:
    """The session, locked, of a task that a person completes."""
    session = lock_session(session_id)
    if kind in FollowUpTask.BY_ITSELF:
        raise CompletesItself
    if not session.tasks.filter(kind=kind).exists():
        raise NoSuchTask
    return session


def _record(event: SessionEvent, session: Session, kind: str, by: Actor, now: datetime) -> None:
    record(kind=event, by=by, subject=session, now=now, mesa_id=session.mesa_id, payload={"task": str(kind)})
