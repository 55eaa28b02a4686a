"""What should exist for what is settled, disputed and prolonged of a commitment: pure functions (see ``planner``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordination.notifications.planner import DAY, Addressee, Key, Message

WAITS = 30 * DAY  # how long it is worth saying that somebody's answer is waited for
NEWS_LIFE = 7 * DAY
RECORDED, CONFIRMED = 1, 2  # what the responsible organization is told of a record that it did not fulfil


@dataclass(frozen=True)
class DisputeFacts:
    """``decides_since`` is when the verifier came to hold it; None when nothing was ever reported as done.

    ``by_mesa``: resolved in a session; what the verifier decides anew has a letter of its own.
    """

    id: int
    disputed_at: datetime
    resolved_at: datetime | None = None
    by_mesa: bool = False
    decides_since: datetime | None = None


@dataclass(frozen=True)
class RecordFacts:
    """``second`` confirms that it was not met. ``spoke``: that organization answered, nobody lifted the record."""

    id: int
    second: Addressee | None
    recorded_at: datetime
    answered_at: datetime | None = None
    is_confirmed: bool = False
    spoke: bool = False


@dataclass(frozen=True)
class RequestFacts:
    id: int
    asked_at: datetime
    refused_at: datetime | None = None
    is_open: bool = True


@dataclass(frozen=True)
class AmendmentFacts:
    """What was agreed changed: the ``number``-th time, and who has, or had, a part in it."""

    number: int
    changed_at: datetime
    to: tuple[Addressee, ...] = ()


@dataclass(frozen=True)
class SettlingFacts:
    """``generation`` of the commitment's links: a letter whose link died is another letter."""

    id: int
    state: str
    generation: int
    responsible: Addressee | None = None
    verifier: Addressee | None = None
    secretariat: tuple[Addressee, ...] = ()
    disputes: tuple[DisputeFacts, ...] = ()
    records: tuple[RecordFacts, ...] = ()
    requests: tuple[RequestFacts, ...] = ()
    amendments: tuple[AmendmentFacts, ...] = ()


def settling_messages(facts: SettlingFacts) -> list[Message]:
    """Every message about it, past ones included; one person gets one of a kind about one subject."""
    found: dict[Key, Message] = {}
    for message in (*_disputes(facts), *_records(facts), *_requests(facts), *_amendments(facts)):
        found.setdefault(message.key, message)
    return list(found.values())


def _message(
    kind: str, about: str, pk: int, to: Addressee, due: datetime, life: timedelta, version: int = 1
) -> Message:
    return Message(Key(kind, 0, about, pk, to.person_id, version), due, due + life, to.organization_id)


def _disputes(facts: SettlingFacts) -> Iterator[Message]:
    for one in facts.disputes:
        if one.resolved_at is None and facts.state == "disputed":
            for to in facts.secretariat:
                yield _message("dispute_opened", "dispute", one.id, to, one.disputed_at, WAITS)
            if one.decides_since and (verifier := facts.verifier):
                yield _message(
                    "dispute_decide", "dispute", one.id, verifier, one.decides_since, WAITS, facts.generation
                )
        elif one.resolved_at and one.by_mesa and (told := facts.responsible):
            yield _message("dispute_answered", "dispute", one.id, told, one.resolved_at, NEWS_LIFE)


def _records(facts: SettlingFacts) -> Iterator[Message]:
    about = "nonfulfilment"
    for one in facts.records:
        to = facts.responsible
        if one.answered_at is None and facts.state in ("agreed", "in_progress"):
            if one.second:
                yield _message(
                    "not_met_asked", about, one.id, one.second, one.recorded_at, WAITS, facts.generation
                )
            if to:
                yield _message("not_met_recorded", about, one.id, to, one.recorded_at, WAITS, RECORDED)
        elif one.answered_at and one.spoke:
            for keeper in facts.secretariat:
                yield _message("not_met_answered", about, one.id, keeper, one.answered_at, NEWS_LIFE)
            if to and one.is_confirmed:
                yield _message("not_met_recorded", about, one.id, to, one.answered_at, NEWS_LIFE, CONFIRMED)


def _requests(facts: SettlingFacts) -> Iterator[Message]:
    for one in facts.requests:
        if one.is_open:
            for to in facts.secretariat:
                yield _message("extension_asked", "extensionrequest", one.id, to, one.asked_at, WAITS)
        elif one.refused_at and (told := facts.responsible):
            yield _message("extension_refused", "extensionrequest", one.id, told, one.refused_at, NEWS_LIFE)


def _amendments(facts: SettlingFacts) -> Iterator[Message]:
    for one in facts.amendments:
        for to in one.to:
            yield _message(
                "commitment_changed", "commitment", facts.id, to, one.changed_at, NEWS_LIFE, one.number
            )
