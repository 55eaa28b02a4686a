"""What should exist before a session reviews commitments, and between mesas: pure functions (see ``planner``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordination.notifications.planner import DAY, HORIZON, Addressee, Key, Message

ASKED_WHILE = ("announced", "convened")
ASKED_AGAIN = timedelta(days=3)  # who was asked shortly before a date that moved is not asked the same again
REFERRAL_LIFE = timedelta(days=30)  # how long it is worth saying that an issue came, or its answer


@dataclass(frozen=True)
class AskingFacts:
    """``organizations`` have something to answer and somebody to write to; ``asked`` when each was asked last, about
    this session."""

    session_id: int
    state: str
    zone: ZoneInfo
    starts_at: datetime
    asking_at: datetime
    moved_at: datetime | None = None
    debounce: timedelta = timedelta()
    organizations: tuple[Addressee, ...] = ()
    asked: Mapping[int, datetime] | None = None


@dataclass(frozen=True)
class ReferralFacts:
    """``secretariat`` of the mesa that is told: the target's while it waits, the origin's once it is answered."""

    id: int
    state: str
    raised_at: datetime
    answered_at: datetime | None = None
    secretariat: tuple[Addressee, ...] = ()


def asking_messages(facts: AskingFacts, now: datetime) -> list[Message]:
    """One letter for each organization, made a day ahead for whoever speaks for it then.

    Its version is the session's day: other hours of the same day are the same question. Of a session that moved the
    letter moves along; who has been asked within three days is not asked again.
    """
    if facts.state not in ASKED_WHILE:
        return []
    due = facts.asking_at
    if facts.moved_at and facts.moved_at + facts.debounce > due:
        due = facts.moved_at + facts.debounce
    if due > now + HORIZON or due >= facts.starts_at:
        return []
    version = day_number(facts.starts_at, facts.zone)
    found = []
    for to in facts.organizations:
        organization = to.organization_id or 0
        before = (facts.asked or {}).get(organization)
        if before is not None and before > due - ASKED_AGAIN:
            continue
        key = Key("commitments_asked", organization, "session", facts.session_id, to.person_id, version)
        found.append(Message(key, due, facts.starts_at, to.organization_id))
    return found


def day_number(starts_at: datetime, zone: ZoneInfo) -> int:
    return int(f"{starts_at.astimezone(zone).date():%Y%m%d}")


def referral_messages(facts: ReferralFacts) -> list[Message]:
    """That something was raised to a mesa, and that its answer is there."""
    due, kind = (
        (facts.answered_at, "referral_answered")
        if facts.state == "answered"
        else (facts.raised_at if facts.state == "raised" else None, "referral_raised")
    )
    if due is None:
        return []
    return [
        Message(
            Key(kind, 0, "referral", facts.id, to.person_id, 1), due, due + REFERRAL_LIFE, to.organization_id
        )
        for to in facts.secretariat
    ]


def near(asking_at: datetime, starts_at: datetime, now: datetime) -> bool:
    """Whether the question is due now, or within the day for which rows are made."""
    return asking_at <= now + DAY and now < starts_at
