"""What else a commitment asks for: what it lacked is completed, and an objection reaches the secretariat. Pure."""

from collections.abc import Iterator
from datetime import datetime

from coordination.mesas.ladders import HEAD_FROM
from coordination.notifications.planner import (
    DAY,
    HORIZON,
    Addressee,
    CommitmentFacts,
    Key,
    Message,
    rungs_around,
)

OBJECTION_LIFE = 10 * DAY


def receipt_messages(facts: CommitmentFacts, now: datetime) -> list[Message]:
    """Every message about receiving and completing a commitment that should exist by now."""
    return [*_mending(facts, now), *_objections(facts)]


def _mending(facts: CommitmentFacts, now: datetime) -> Iterator[Message]:
    """Agreed without being complete: the steps of the ladder around the day it should be, to who answers for it and to
    the secretariat, who completes it. Never a letter: what is missing is nobody's silence alone."""
    until, since = facts.exempt_until, facts.agreed_at
    if until is None or since is None or facts.state not in ("agreed", "in_progress"):
        return
    version = int(f"{until:%Y%m%d}")  # a day that was moved is told again
    steps = [step for step in facts.ladder if step < HEAD_FROM]
    for step, due, ends in rungs_around(until, facts.zone, steps):
        if max(since, facts.ladder_since.get(step, since)) < due <= now + HORIZON:
            for to in _once((facts.responsible, *facts.secretariat)):
                key = Key("commitment_mend", step, "commitment", facts.id, to.person_id, version)
                yield Message(key, due, ends, to.organization_id)


def _objections(facts: CommitmentFacts) -> Iterator[Message]:
    """One message for each organization that objected, to the secretariat; the version is its receipt's number."""
    if facts.state not in ("agreed", "in_progress", "reported", "disputed"):
        return
    for receipt, at in facts.objections:
        for to in facts.secretariat:
            key = Key("commitment_objected", 0, "commitment", facts.id, to.person_id, receipt)
            yield Message(key, at, at + OBJECTION_LIFE, to.organization_id)


def _once(people: tuple[Addressee | None, ...]) -> list[Addressee]:
    return list({person.person_id: person for person in people if person}.values())
