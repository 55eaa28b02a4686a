"""What a ladder would send for one session or commitment, in words. Asks the planner itself, so that it cannot differ.

The facts are those of the sweep with the ladder replaced; an example has invented facts and nobody in them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.common.dates import moment
from coordination.mesas.ladders import HEAD_FROM, letter_step
from coordination.notifications.models import Notification
from coordination.notifications.planner import (
    DAY_IN_MINUTES,
    Addressee,
    CommitmentFacts,
    Message,
    SessionFacts,
    commitment_messages,
    rungs_around,
    rungs_before,
    session_messages,
)
from coordination.organizations.models import Organization, Person

EVER = datetime(1, 1, 3, tzinfo=UTC)
STATE = Notification.State
GONE = (STATE.SENDING, STATE.SENT, STATE.UNKNOWN, STATE.FAILED)
NEVER_LEAVES = (*GONE, STATE.EXPIRED)
EXAMPLE_HOUR = time(9)
EXAMPLE_LEAD = 8  # days between today and the first step of an example, so that none has passed


@dataclass(frozen=True)
class Step:
    """One line of the preview. ``state``: ahead, late (leaves at once), sent, past, swallowed (by the next one)."""

    kind: str
    step: int
    due_at: datetime
    state: str
    recipients: tuple[int, ...]
    when: str
    sentence: str


def session_steps(
    facts: SessionFacts, ladder: Sequence[int], since: Mapping[int, datetime], now: datetime
) -> list[Step]:
    """The reminders before a session with this ladder, and those to who has not answered, in the order they leave."""
    facts = replace(facts, ladder=tuple(ladder), ladder_since=since)
    messages = session_messages(facts)
    done = _done("session", facts.id, ("session_reminder",), facts.version)
    due = {step: at for step, at, _until in rungs_before(facts.starts_at, facts.zone, ladder, EVER)}
    lines = []
    for step in ladder:
        words, at = before_words(step), due.get(step)
        to = [m for m in messages if m.key.kind == "session_reminder" and m.key.rung == step]
        state, people = _state(to, done.get(step, {}), at, now)
        sentence = f"{_session_sentence(state, len(people))} ({words})"
        lines.append(
            line("session_reminder", step, at or facts.starts_at, state, people, facts.zone.key, sentence)
        )
    return sorted([*lines, *_unanswered(facts, messages, now)], key=lambda line: line.due_at)


def commitment_steps(
    facts: CommitmentFacts,
    ladder: Sequence[int],
    since: Mapping[int, datetime],
    now: datetime,
    *,
    responsible: Organization | None = None,
) -> list[Step]:
    """The reminders around a due date with this ladder, as the posts are held today."""
    if facts.due_on is None:
        return []
    day, facts = facts.due_on, replace(facts, ladder=tuple(ladder), ladder_since=since)
    due = {step: at for step, at, _until in rungs_around(day, facts.zone, ladder, facts.begun_anew)}
    horizon = max(due.values(), default=now)
    letter = letter_step(ladder)
    kinds = ("commitment_due", "commitment_letter")
    messages = [m for m in commitment_messages(facts, horizon) if m.key.kind in kinds]
    done = _done("commitment", facts.id, kinds, facts.due_version)
    asked = {m.key.recipient_id for m in messages} | {person for left in done.values() for person in left}
    names = Person.objects.in_bulk(asked) if asked else {}
    lines = []
    for step in ladder:
        at, rung = due.get(step), facts.rung(step)
        to = [m for m in messages if m.key.rung == rung]
        state, people = _state(to, done.get(rung, {}), at, now)
        who = ", ".join(names[pk].name for pk in people if pk in names)
        if step == letter:
            sentence = _letter_sentence(state, who, responsible)
        else:
            sentence = _commitment_sentence(state, step, who, facts.head, responsible)
        sentence = f"{sentence} ({around_words(rung)})"
        kind = "commitment_letter" if step == letter else "commitment_due"
        lines.append(line(kind, step, at or horizon, state, people, facts.zone.key, sentence))
    return lines


def example_session(ladder: Sequence[int], zone: ZoneInfo, now: datetime) -> SessionFacts:
    """A session at nine in the morning, far enough for every step to lie ahead. Nobody has been named for it."""
    day = now.astimezone(zone).date() + timedelta(
        days=max(ladder, default=0) // DAY_IN_MINUTES + EXAMPLE_LEAD
    )
    starts_at = datetime.combine(day, EXAMPLE_HOUR, tzinfo=zone)
    return SessionFacts(
        id=0, version=1, state="convened", zone=zone, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3),
        registration_closes_at=None, moved_at=None, cancelled_at=None, follow_up_planned_at=None, closed_at=None,
        ladder=(), debounce=timedelta(),
    )  # fmt: skip


def example_commitment(ladder: Sequence[int], zone: ZoneInfo, now: datetime) -> CommitmentFacts:
    """A commitment agreed now and due far enough for every step to lie ahead. Nobody answers for it yet."""
    day = now.astimezone(zone).date() + timedelta(days=max(0, -min(ladder, default=0)) + EXAMPLE_LEAD)
    return CommitmentFacts(
        id=0, state="agreed", due_on=day, due_version=1, zone=zone, ladder=(), agreed_at=now, extended_at=None,
        session_closed_at=None,
    )  # fmt: skip


def _done(
    subject_type: str, subject_id: int, kinds: Sequence[str], version: int
) -> dict[int, dict[int, bool]]:
    """Per step, who is not written to any more, and whether it left. One query."""
    rows = Notification.objects.filter(
        subject_type=subject_type,
        subject_id=subject_id,
        kind__in=kinds,
        version=version,
        state__in=NEVER_LEAVES,
    )
    found: dict[int, dict[int, bool]] = {}
    for rung, recipient, state in rows.values_list("rung", "recipient_id", "state"):
        left = found.setdefault(rung, {})
        left[recipient] = left.get(recipient, False) or state in GONE
    return found


def _state(
    to: Sequence[Message], done: Mapping[int, bool], due_at: datetime | None, now: datetime
) -> tuple[str, tuple[int, ...]]:
    """The state of a step and whom it speaks of."""
    if due_at is None:
        return "swallowed", ()
    waiting = tuple(m.key.recipient_id for m in to if m.not_after > now and m.key.recipient_id not in done)
    if due_at > now:
        return "ahead", waiting
    if waiting:
        return "late", waiting
    left = tuple(person for person, has_left in done.items() if has_left)
    return ("sent", left) if left else ("past", ())


def _session_sentence(state: str, people: int) -> str:
    if state == "ahead" and not people:
        return _("reminder to whoever is registered by then")
    texts = {
        "ahead": ngettext("reminder to %(n)s person", "reminder to %(n)s people", people),
        "late": ngettext("leaves now, to %(n)s person", "leaves now, to %(n)s people", people),
        "sent": ngettext("already sent to %(n)s person", "already sent to %(n)s people", people),
    }
    return texts[state] % {"n": people} if state in texts else _not_sent(state)


def _commitment_sentence(
    state: str, step: int, who: str, head: Addressee | None, responsible: Organization | None
) -> str:
    if state in ("past", "swallowed"):
        return _not_sent(state)
    to_head = step >= HEAD_FROM
    if responsible is None:
        return (
            _("reminder to the head of the organization")
            if to_head
            else _("reminder to the post that answers for it")
        )
    name = responsible.short_name
    if not who:
        return _("nobody to write to: no post of %(name)s has a person with an address") % {"name": name}
    texts = {
        "ahead": _("reminder to %(who)s, head of %(name)s")
        if to_head and head
        else _("reminder to %(who)s, of %(name)s"),
        "late": _("leaves now, to %(who)s, of %(name)s"),
        "sent": _("already sent to %(who)s, of %(name)s"),
    }
    return texts[state] % {"who": who, "name": name}


def _letter_sentence(state: str, who: str, responsible: Organization | None) -> str:
    """The last step: a paper, to the head and, as a copy, to the focal point."""
    if state in ("past", "swallowed"):
        return _not_sent(state)
    if responsible is None:
        return _("letter (PDF) to the head of the organization, with a copy to the focal point")
    texts = {
        "ahead": _("letter (PDF) to %(name)s: %(who)s"),
        "late": _("letter (PDF) that leaves now to %(name)s: %(who)s"),
        "sent": _("letter (PDF) already sent to %(name)s: %(who)s"),
    }
    return texts[state] % {"who": who or _("the secretariat hands it over"), "name": responsible.short_name}


def _not_sent(state: str) -> str:
    if state == "swallowed":
        return _("not sent: it falls together with the next step")
    return _("already past: it is not sent")


def _unanswered(facts: SessionFacts, messages: Sequence[Message], now: datetime) -> list[Step]:
    """The reminders to organizations that have not answered: outside the ladder, and part of what is sent."""
    found: dict[tuple[int, datetime], list[int]] = {}
    for message in messages:
        if message.key.kind == "answer_reminder" and message.due_at > now:
            found.setdefault((message.key.rung, message.due_at), []).append(message.key.recipient_id)
    lines = []
    for (days, at), people in found.items():
        text = ngettext(
            "%(n)s organization is asked for its answer",
            "%(n)s organizations are asked for their answer",
            len(people),
        )
        closing = ngettext(
            "%(n)s day before registration closes", "%(n)s days before registration closes", days
        )
        sentence = f"{text % {'n': len(people)}} ({closing % {'n': days}})"
        lines.append(line("answer_reminder", days, at, "ahead", tuple(people), facts.zone.key, sentence))
    return lines


def line(
    kind: str, step: int, at: datetime, state: str, people: tuple[int, ...], zone: str, sentence: str
) -> Step:
    return Step(kind, step, at, state, people, moment(at, zone), sentence)


def before_words(minutes: int) -> str:
    """7 días antes, 2 horas antes, 90 minutos antes: in the largest unit that says it whole."""
    number, unit = as_written(minutes)
    if unit == "days":
        return ngettext("%(n)s day before", "%(n)s days before", number) % {"n": number}
    if unit == "hours":
        return ngettext("%(n)s hour before", "%(n)s hours before", number) % {"n": number}
    return ngettext("%(n)s minute before", "%(n)s minutes before", number) % {"n": number}


def around_words(days: int) -> str:
    """15 días antes, el mismo día, 3 días después."""
    if days == 0:
        return _("the very day")
    if days < 0:
        return ngettext("%(n)s day before", "%(n)s days before", -days) % {"n": -days}
    return ngettext("%(n)s day after", "%(n)s days after", days) % {"n": days}


def as_written(minutes: int) -> tuple[int, str]:
    """(7, "days"): how a person writes so many minutes."""
    for size, unit in ((DAY_IN_MINUTES, "days"), (60, "hours")):
        if minutes % size == 0:
            return minutes // size, unit
    return minutes, "minutes"
