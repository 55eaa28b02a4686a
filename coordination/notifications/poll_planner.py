"""What should exist for one poll: a pure function from facts to messages, without a database (see ``planner``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordination.notifications.planner import (
    DAY,
    DAY_IN_MINUTES,
    Addressee,
    Key,
    Message,
    rungs_before,
)

REMINDED_BEFORE = 2  # days before a poll closes on which the silent are reminded
NEWS_LIFE = timedelta(days=7)  # how long it is worth saying that a date was chosen, or that none will be


@dataclass(frozen=True)
class BallotFacts:
    """``addressee`` speaks for the organization today; None when nobody can be written to."""

    id: int
    is_silent: bool
    addressee: Addressee | None


@dataclass(frozen=True)
class PollFacts:
    """``reminders`` counts those sent by hand; ``meets_at`` is the date that was chosen."""

    id: int
    state: str
    zone: ZoneInfo
    created_at: datetime
    closes_at: datetime
    reminders: int = 0
    reminded_at: datetime | None = None
    decided_at: datetime | None = None
    withdrawn_at: datetime | None = None
    meets_at: datetime | None = None
    ballots: tuple[BallotFacts, ...] = ()


def poll_messages(facts: PollFacts) -> list[Message]:
    """Every message a poll should have, past ones included; one person gets one of a kind about one subject."""
    found: dict[Key, Message] = {}
    for message in _messages(facts):
        found.setdefault(message.key, message)
    return list(found.values())


def _messages(facts: PollFacts) -> Iterator[Message]:
    if facts.state == "open":
        for ballot in facts.ballots:
            if ballot.is_silent and ballot.addressee:
                yield from _questions(facts, ballot, ballot.addressee)
    elif facts.state == "decided" and facts.decided_at:
        until = min(facts.decided_at + NEWS_LIFE, facts.meets_at or facts.decided_at + NEWS_LIFE)
        yield from _news(facts, "poll_decided", facts.decided_at, until)
    elif facts.state == "withdrawn" and facts.withdrawn_at:
        yield from _news(facts, "poll_withdrawn", facts.withdrawn_at, facts.withdrawn_at + NEWS_LIFE)


def _questions(facts: PollFacts, ballot: BallotFacts, to: Addressee) -> Iterator[Message]:
    """The question, the reminder before the poll closes, and the last one sent by hand."""

    def message(kind: str, due: datetime, until: datetime, rung: int = 0, version: int = 1) -> Message:
        key = Key(kind, rung, "ballot", ballot.id, to.person_id, version)
        return Message(key, due, until, to.organization_id)

    yield message("poll_invitation", facts.created_at, facts.closes_at)
    steps = [REMINDED_BEFORE * DAY_IN_MINUTES]
    since = max(facts.created_at, facts.reminded_at or facts.created_at)
    for _step, due, until in rungs_before(facts.closes_at, facts.zone, steps, since):
        yield message("poll_reminder", due, until, REMINDED_BEFORE)
    if facts.reminded_at:
        until = min(facts.reminded_at + DAY, facts.closes_at)
        yield message("poll_reminder", facts.reminded_at, until, 0, facts.reminders)


def _news(facts: PollFacts, kind: str, due: datetime, until: datetime) -> Iterator[Message]:
    for ballot in facts.ballots:
        if to := ballot.addressee:
            yield Message(Key(kind, 0, "datepoll", facts.id, to.person_id, 1), due, until, to.organization_id)
