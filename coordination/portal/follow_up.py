"""The tasks of a secretariat as pages show them: when they are due, in words, and what completes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from coordination.common import dates
from coordination.common.working_days import DAY
from coordination.sessions.models import FollowUpTask, Session
from coordination.sessions.queries import days_off
from coordination.taxonomies.models import Holiday

KIND = FollowUpTask.Kind
TOLD = ("id", "kind", "due_on", "done_at")  # ``tasks_there``
AHEAD = timedelta(days=120)  # longer than any setting makes a task wait


@dataclass(frozen=True)
class TaskRow:
    """``url`` leads to the page that completes the task; ``press`` is the button where a person says it is done."""

    task: FollowUpTask
    is_late: bool
    is_today: bool
    due: str
    rest: str
    url: str
    action: str
    press: str

    @property
    def state(self) -> str:
        if self.task.done_at:
            return "green"
        return "red" if self.is_late else "amber" if self.is_today else "grey"


def of_session(session: Session, *, now: datetime) -> list[TaskRow]:
    """Every task of the session, done ones too, with the day of rest that comes in between. Two queries, one where nothing
    lies ahead; one less of a row that was read with ``tasks_there``."""
    told: list[dict[str, Any]] | None = getattr(session, "tasks_there", None)
    tasks = list(session.tasks.all()) if told is None else [_told(each) for each in told]
    today = now.astimezone(session.mesa.zone).date()
    ahead = any(task.done_at is None and task.due_on >= today for task in tasks)
    off = days_off(session, since=today, until=today + AHEAD) if ahead else {}
    for task in tasks:
        task.session = session
    return [row(task, now=now, off=off) for task in tasks]


def _told(facts: dict[str, Any]) -> FollowUpTask:
    fields = [field for field in FollowUpTask._meta.concrete_fields if field.attname in facts]
    return FollowUpTask(**{field.attname: field.to_python(facts[field.attname]) for field in fields})


def row(
    task: FollowUpTask, *, now: datetime, off: Mapping[date, Holiday] | None = None, ahead: bool = False
) -> TaskRow:
    """One task, on the calendar of its mesa. ``ahead``: in a list of many sessions, where how far it is counts most."""
    session = task.session
    today = now.astimezone(session.mesa.zone).date()
    is_late = not task.done_at and task.due_on < today
    url, action = _door(task)
    return TaskRow(
        task=task,
        is_late=is_late,
        is_today=not task.done_at and task.due_on == today,
        due=dates.relative_days(task.due_on, today) if ahead else _due(task, today),
        rest="" if task.done_at or is_late else _rest(task.due_on, today, off or {}),
        url=url,
        action=action,
        # Who keeps the secretariat may stand outside the record of a closed session: its page decides.
        press="" if ahead and session.is_casa_adentro else _press(task),
    )


def _due(task: FollowUpTask, today: date) -> str:
    if task.done_at:
        day = task.done_at.astimezone(task.session.mesa.zone).date()
        return _("done on %(day)s") % {"day": dates.near_day(day, today)}
    if task.due_on == today:
        return _("due today")
    if task.due_on == today + DAY:
        return _("due tomorrow")
    words = dates.near_day(task.due_on, today)
    return (_("was due on %(day)s") if task.due_on < today else _("due on %(day)s")) % {"day": words}


def _rest(due_on: date, today: date, off: Mapping[date, Holiday]) -> str:
    """The day of rest that whoever plans the week must know of; a weekend is known to everybody."""
    between = [day for day in sorted(off) if today <= day <= due_on and day.weekday() < 5]
    if not between:
        return ""
    day = due_on if due_on in between else between[0]
    holiday = off[day]
    where = _("in %(place)s") % {"place": holiday.place} if holiday.place else _("in the whole country")
    if day == today:
        return _("today is a holiday %(where)s") % {"where": where}
    if day == due_on:
        return _("that day is a holiday %(where)s") % {"where": where}
    if day == today + DAY:
        return _("tomorrow is a holiday %(where)s") % {"where": where}
    return _("%(day)s is a holiday %(where)s") % {"day": dates.near_day(day, today), "where": where}


def _door(task: FollowUpTask) -> tuple[str, str]:
    here = [task.session.public_id]
    if task.done_at:
        return "", ""
    if task.kind == KIND.ATTENDANCE:
        return reverse("attendees:attendance", args=here), _("Open the register")
    if task.kind == KIND.CLOSE:
        return reverse("sessions:close", args=here), _("Close it")
    return "", ""


def _press(task: FollowUpTask) -> str:
    if task.done_at:
        return ""
    return {
        KIND.MINUTES: _("Mark as circulated"),
        KIND.PUBLISH: _("Mark as published"),
        KIND.FOLLOW_UP: _("Mark as reviewed"),
    }.get(KIND(task.kind), "")
