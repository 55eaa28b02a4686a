"""What should exist for the minutes of a session, and for what is shared of it: pure functions (see ``planner``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from coordination.common.working_days import is_working_day
from coordination.notifications.planner import DAY, Addressee, Key, Message

REMINDED_BEFORE = 2  # working days before the term on which the silent are reminded
MORNING = time(8)  # when the working day of a ministry begins
NEWS_LIFE = timedelta(days=7)  # how long it is worth saying what was answered, approved or published
OWED_LIFE = timedelta(days=10)


@dataclass(frozen=True)
class CopyFacts:
    """``addressee`` speaks for the organization today, of a closed session somebody of its circle; None when nobody can be
    written to. ``answered`` is the sum of what was answered to it, and when last; None while something waits."""

    id: int
    is_silent: bool
    addressee: Addressee | None
    answered: tuple[int, datetime] | None = None


@dataclass(frozen=True)
class MinutesFacts:
    """``is_held_up``: something is unanswered, or signatures are awaited, so that the term alone approves nothing."""

    id: int
    version: int
    state: str
    zone: ZoneInfo
    circulated_at: datetime
    until: datetime
    approved_at: datetime | None = None
    is_held_up: bool = False
    debounce: timedelta = timedelta()
    days_off: frozenset[date] = frozenset()
    copies: tuple[CopyFacts, ...] = ()
    secretariat: tuple[Addressee, ...] = ()
    codes: tuple[tuple[int, Addressee, datetime, datetime], ...] = ()


@dataclass(frozen=True)
class ClearanceFacts:
    """``person`` answers for the organization and is of the circle; None when nobody can be written to."""

    id: int
    is_pending: bool
    person: Addressee | None


@dataclass(frozen=True)
class SheetFacts:
    """``asked`` is how often it was put to the participants, and when last."""

    id: int
    state: str
    zone: ZoneInfo
    asked: tuple[int, datetime] | None = None
    clear_until: datetime | None = None
    published_at: datetime | None = None
    days_off: frozenset[date] = frozenset()
    clearances: tuple[ClearanceFacts, ...] = ()


def minutes_messages(facts: MinutesFacts) -> list[Message]:
    """Every message the minutes should have, past ones included."""
    found: dict[Key, Message] = {}
    for message in _minutes(facts):
        found.setdefault(message.key, message)
    return list(found.values())


def sharing_messages(facts: SheetFacts) -> list[Message]:
    """Every message a sharing sheet should have, past ones included."""
    return list(_sharing(facts))


def reminded_at(until: datetime, zone: ZoneInfo, days_off: frozenset[date]) -> datetime:
    """The morning two working days before the last day."""
    day, left = until.astimezone(zone).date(), REMINDED_BEFORE
    while left:
        day -= DAY
        left -= is_working_day(day, days_off)
    return datetime.combine(day, MORNING, tzinfo=zone)


def term_number(until: datetime, zone: ZoneInfo) -> int:
    """A term that was moved is another one: what is said before and after it is said again."""
    return int(f"{until.astimezone(zone).date():%Y%m%d}")


def _minutes(facts: MinutesFacts) -> Iterator[Message]:
    if facts.state not in ("circulated", "approved", "published"):
        return
    term = term_number(facts.until, facts.zone)
    for copy in facts.copies:
        if to := copy.addressee:
            yield from _of_copy(facts, copy, to, term)
    if facts.state == "circulated":
        for to in facts.secretariat if facts.is_held_up else ():
            key = Key("minutes_unanswered", 0, "minutes", facts.id, to.person_id, term)
            yield Message(key, facts.until, facts.until + OWED_LIFE, to.organization_id)
        for code, to, requested_at, expires_at in facts.codes:
            key = Key("sign_code", 0, "signcode", code, to.person_id, 1)
            yield Message(key, requested_at, expires_at, to.organization_id)


def _of_copy(facts: MinutesFacts, copy: CopyFacts, to: Addressee, term: int) -> Iterator[Message]:
    def message(kind: str, due: datetime, until: datetime, version: int = 1) -> Message:
        return Message(
            Key(kind, 0, "minutescopy", copy.id, to.person_id, version), due, until, to.organization_id
        )

    if facts.state == "circulated":
        kind = "minutes_corrected" if facts.version > 1 else "minutes_circulated"
        yield message(kind, facts.circulated_at, facts.until)
        due = reminded_at(facts.until, facts.zone, facts.days_off)
        if copy.is_silent and due > facts.circulated_at + DAY:
            yield message("minutes_reminder", due, facts.until, term)
    elif facts.approved_at:
        yield message("minutes_approved", facts.approved_at, facts.approved_at + NEWS_LIFE)
    if copy.answered:
        told, last = copy.answered
        due = last + facts.debounce
        yield message("minutes_answered", due, due + NEWS_LIFE, told)


def _sharing(facts: SheetFacts) -> Iterator[Message]:
    if facts.state == "published" and facts.published_at:
        for one in facts.clearances:
            if to := one.person:
                key = Key("sharing_published", 0, "sharingsheet", facts.id, to.person_id, 1)
                yield Message(key, facts.published_at, facts.published_at + NEWS_LIFE, to.organization_id)
    if facts.state != "clearing" or facts.asked is None or facts.clear_until is None:
        return
    (times, at), until = facts.asked, facts.clear_until
    due = reminded_at(until, facts.zone, facts.days_off)
    for one in facts.clearances:
        if one.is_pending and (to := one.person):
            yield Message(
                Key("sharing_clearance", 0, "clearance", one.id, to.person_id, times),
                at,
                until,
                to.organization_id,
            )
            if due > at + DAY:
                version = term_number(until, facts.zone)
                key = Key("sharing_reminder", 0, "clearance", one.id, to.person_id, version)
                yield Message(key, due, until, to.organization_id)
