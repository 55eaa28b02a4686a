"""A message told from its beginning: rows of the list, and the page of one."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coordination.activity.models import Activity
from coordination.notifications import ledger, subjects, words
from coordination.notifications.actions import GONE, MOST_COPIES
from coordination.notifications.events import MessageEvent
from coordination.notifications.ledger import About
from coordination.notifications.models import Notification
from coordination.organizations.models import Person

STATE = Notification.State


@dataclass(frozen=True)
class Line:
    """A row of the list."""

    row: Notification
    kind: str
    about: About | None
    said: words.Said
    at: datetime
    zone: str

    @property
    def day(self) -> date:
        """The day it is due, where the thing it is about takes place."""
        return self.at.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True)
class Step:
    """One thing that happened to it."""

    at: datetime | None
    text: str
    light: str = ""


@dataclass(frozen=True)
class Story:
    about: About | None
    zone: str
    said: words.Said
    steps: list[Step]
    copies: list[Notification]
    meaning: tuple[str, str] | None
    lateness: str
    would_leave: bool


def lines(rows: list[Notification], now: datetime) -> list[Line]:
    """The rows as the list tells them, in as many queries as there are types of plan among them."""
    abouts = ledger.abouts(rows)
    return [_line(row, abouts.get((row.root_type, row.root_id)), now) for row in rows]


def _line(row: Notification, about: About | None, now: datetime) -> Line:
    zone = about.zone if about and about.zone else settings.TIME_ZONE
    said = words.state_words(row, now, zone)
    return Line(row, words.kind_words(row.kind), about, said, row.due_at, zone)


def of(row: Notification, now: datetime) -> Story:
    """The whole story of one row, and whether the gate would let it pass now."""
    line = _line(row, ledger.abouts([row]).get((row.root_type, row.root_id)), now)
    copies = ledger.copies_of(row)
    return Story(
        about=line.about,
        zone=line.zone,
        said=line.said,
        steps=_steps(row, line, ledger.by_hand([row])),
        copies=[one for one in copies if one.pk != row.pk],
        meaning=words.meaning(row),
        lateness=words.lateness(row),
        would_leave=_would_leave(row, now),
    )


def what_may_be_done(row: Notification) -> dict[str, bool]:
    """Which of the three buttons make sense; the actions decide."""
    undecided = row.state == STATE.UNKNOWN and row.lease_token is not None
    return {
        "resend": row.state in GONE and not undecided and row.copy < MOST_COPIES,
        "hold": row.state == STATE.PLANNED,
        "release": row.state == STATE.HELD,
    }


def _would_leave(row: Notification, now: datetime) -> bool:
    """What the gate would say, asked without its locks: nothing is sent on this answer."""
    kind = subjects.SUBJECTS.get(row.subject_type)
    subject = kind.read(row.subject_id) if kind else None
    return bool(subject is not None and row.recipient.email and subjects.is_true(row, subject, now))


def _steps(row: Notification, line: Line, by_hand: list[Activity]) -> list[Step]:
    due = words.at_words(row.due_at, line.zone)
    planned = _("Sent again by hand, to leave %(at)s.") if row.copy else _("Planned, to leave %(at)s.")
    steps = [Step(row.created_at, planned % {"at": due})]
    names = _names(by_hand)
    steps += [_by_hand(act, names) for act in by_hand if act.kind in _HAND]
    if row.attempts > 1 or (row.attempts and row.state == STATE.PLANNED):
        tries = ngettext("Tried %(n)s time.", "Tried %(n)s times.", row.attempts) % {"n": row.attempts}
        answer = _("Last answer of the mail server: %(answer)s") % {"answer": words.answer_of(row)}
        steps.append(Step(None, f"{tries} {answer}" if row.answer_code else tries))
    steps.append(Step(_moment_of(row), _sentence(line.said.text), line.said.light))
    if row.read_at:
        steps.append(Step(row.read_at, _("Read in the inbox."), "green"))
    for reply in row.calendar_replies.all():
        light = "red" if reply.answer == reply.Answer.DECLINED else "green"
        steps.append(Step(reply.stamped_at, _sentence(reply.get_answer_display()), light))
    return steps


def _moment_of(row: Notification) -> datetime | None:
    """When its state began, or will end, where the row knows it."""
    if row.state == STATE.PLANNED:
        return row.next_try_at
    return row.not_after if row.state == STATE.EXPIRED else row.sent_at


def _by_hand(act: Activity, names: dict[int | None, str]) -> Step:
    name = names.get(act.actor_person_id) or _("an administrator")
    return Step(act.occurred_at, str(_HAND[act.kind]) % {"name": name})


def _names(by_hand: list[Activity]) -> dict[int | None, str]:
    ids = {act.actor_person_id for act in by_hand if act.actor_person_id}
    return dict(Person.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


_HAND = {
    MessageEvent.HELD.value: gettext_lazy("Held back by %(name)s."),
    MessageEvent.RELEASED.value: gettext_lazy("Let go by %(name)s."),
    MessageEvent.EXPIRED.value: gettext_lazy("Let go too late by %(name)s."),
    MessageEvent.RESENT.value: gettext_lazy("Sent again by %(name)s."),
}
