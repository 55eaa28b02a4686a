"""What a ladder of reminders may hold, and from when each of its steps counts. Pure.

Steps before a session are minutes, steps around a due date are days (negative: before it).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

# A person who gets more than this about one thing stops reading; the column itself would take any number.
MOST_STEPS = 20
SESSION_MINUTES = (10, 365 * 24 * 60)
COMMITMENT_DAYS = (-365, 365)
HOUR, DAY = 60, 24 * 60
HEAD_FROM = 10  # days late from which the head of the organization is written to (design: reminders 16)

SESSION_PRESETS: dict[str, tuple[int, ...]] = {
    "usual": (7 * DAY, DAY, 2 * HOUR),
    "insistent": (15 * DAY, 7 * DAY, 3 * DAY, DAY, 4 * HOUR, HOUR),
    "eve": (DAY,),
}
COMMITMENT_PRESETS: dict[str, tuple[int, ...]] = {
    "usual": (-15, -5, 0, 3, 10),
    "insistent": (-30, -15, -7, -3, -1, 0, 1, 3, 7, 10, 15),
    "eve": (-1,),
}


def before_a_session(steps: Iterable[int]) -> list[int]:
    """Each step once, the earliest first."""
    return sorted(set(steps), reverse=True)


def around_a_due_date(steps: Iterable[int]) -> list[int]:
    """Each step once, the earliest first."""
    return sorted(set(steps))


def counted_from(
    old: Sequence[int], known: Mapping[str, str], new: Sequence[int], now: datetime
) -> dict[str, str]:
    """From when each step of the new ladder counts: what was already there keeps its moment, a new one has this one.

    Without it, a step added today whose hour went by yesterday would be sent at once to everybody.
    """
    before = set(old)
    found = {str(step): known.get(str(step)) if step in before else now.isoformat() for step in new}
    return {step: moment for step, moment in found.items() if moment}


def moments(known: Mapping[str, str]) -> dict[int, datetime]:
    """The same as the planner wants it."""
    return {int(step): datetime.fromisoformat(moment) for step, moment in known.items()}


def letter_step(steps: Iterable[int]) -> int | None:
    """The step that is a letter to the head of the organization: the last one, when it comes ten days late or more.

    Nothing else is stored: a mesa chooses the day of its letter by writing the last step, and has none with a ladder
    that ends sooner.
    """
    last = max(steps, default=0)
    return last if last >= HEAD_FROM else None


def silent_after(steps: Iterable[int]) -> int:
    """How many days late nothing is left to send and the commitment goes to the mesa's agenda.

    A ladder without a step so late still gives ten days: who is not written to has not been silent for less.
    """
    return max(HEAD_FROM, *steps, 0)


def past_when_due_before(steps: Iterable[int], today: date) -> date:
    """What was due before this day has its whole ladder behind it: for filters, one mesa at a time."""
    return today - timedelta(days=silent_after(steps))
