"""What should exist for one session or commitment: pure functions from facts to messages, without a database.

The sweeps compare the answer with the rows and add, revive or supersede the difference (``planning``). Everything
follows from the state of things and not from the event that rang, so that asking twice, late or after a loss gives
the same rows (design: reminders 4, 10).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from coordination.commitments.escalation import days_begun_anew
from coordination.common.working_days import add_working_days
from coordination.mesas.ladders import HEAD_FROM, letter_step

DAY = timedelta(days=1)
DAY_IN_MINUTES = 24 * 60
COMMITMENT_HOUR = time(8)  # when the working day of a ministry begins
LATE_EVERY, LATE_TIMES = 2, 3  # working days between reminders of a late task, and how many it gets
ANSWER_RUNGS = (7, 2)  # days before registration closes
LONGEST = 2 * 365  # days; what lies further off is a slip of the hand, and beyond some years no date at all
SUMMARY_HOUR = time(7)  # of the daily summary, before the day begins
WEEK_HOUR = time(7, 30)  # of an organization's week, on Mondays
WEEK_LIFE = timedelta(hours=12)  # a week that was not told on Monday is told on the next
SURE = ("delegation_confirmed", "delegation_promoted")  # what tells somebody that they have a place
HORIZON = DAY  # a commitment's rung becomes a row this long before it is due, for whoever holds the post then


class Key(NamedTuple):
    """What makes a message one and the same. The database holds it unique."""

    kind: str
    rung: int
    subject_type: str
    subject_id: int
    recipient_id: int
    version: int


class Message(NamedTuple):
    key: Key
    due_at: datetime
    not_after: datetime
    organization_id: int | None


class Addressee(NamedTuple):
    person_id: int
    organization_id: int | None


@dataclass(frozen=True)
class InvitationFacts:
    """``addressee`` was named for this call, or holds the focal point's post today, or the head's; None when nobody can be written to."""

    id: int
    version: int
    state: str
    created_at: datetime
    answered_at: datetime | None
    addressee: Addressee | None
    second_notice_at: datetime | None = None


@dataclass(frozen=True)
class DelegateFacts:
    id: int
    person: Addressee
    registered_at: datetime
    withdrawn_at: datetime | None
    waiting_since: datetime | None = None
    promoted_at: datetime | None = None

    @property
    def is_coming(self) -> bool:
        return self.withdrawn_at is None and self.waiting_since is None


class ClosedPart(NamedTuple):
    """A closed block of an open session."""

    id: int
    starts_at: datetime


@dataclass(frozen=True)
class SessionFacts:
    """``left`` are (kind, subject id, person) already out of our hands; ``told_before`` who was told an older date."""

    id: int
    version: int
    state: str
    zone: ZoneInfo
    starts_at: datetime
    ends_at: datetime
    registration_closes_at: datetime | None
    moved_at: datetime | None
    cancelled_at: datetime | None
    follow_up_planned_at: datetime | None
    closed_at: datetime | None
    ladder: tuple[int, ...]
    debounce: timedelta
    invitations: tuple[InvitationFacts, ...] = ()
    delegates: tuple[DelegateFacts, ...] = ()
    secretariat: tuple[Addressee, ...] = ()
    promises: tuple[tuple[Addressee, datetime], ...] = ()
    left: frozenset[tuple[str, int, int]] = frozenset()
    told_before: frozenset[int] = frozenset()
    # The days open tasks are due, and the days of rest where the session took place; the hour is the mesa's.
    tasks: tuple[date, ...] = ()
    days_off: frozenset[date] = frozenset()
    mesa_zone: ZoneInfo | None = None
    # From when a step added later counts: what had gone by then is not sent after the fact.
    ladder_since: Mapping[int, datetime] = field(default_factory=dict)
    # Its closed blocks, and who stands in its circle since when.
    closed_parts: tuple[ClosedPart, ...] = ()
    circle: Mapping[int, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class CommitmentFacts:
    id: int
    state: str
    due_on: date | None
    due_version: int
    zone: ZoneInfo
    ladder: tuple[int, ...]
    agreed_at: datetime | None
    extended_at: datetime | None
    session_closed_at: datetime | None
    responsible: Addressee | None = None
    head: Addressee | None = None
    verifier: Addressee | None = None
    # The post that should follow it stands empty since somebody left it: the head is told too.
    post_is_vacant: bool = False
    waiting_report: tuple[int, datetime] | None = None
    decisions: tuple[tuple[int, str, datetime], ...] = ()
    # Until when what it lacks is completed; objections that stand, by receipt; who keeps the mesa's secretariat.
    exempt_until: date | None = None
    objections: tuple[tuple[int, datetime], ...] = ()
    secretariat: tuple[Addressee, ...] = ()
    ladder_since: Mapping[int, datetime] = field(default_factory=dict)
    # When somebody last spoke of it, or it was last decided on: the steps after its due date count from there.
    word_at: datetime | None = None

    @property
    def begun_anew(self) -> int:
        return days_begun_anew(self.due_on, self.word_at, self.zone)

    def rung(self, step: int) -> int:
        """How far from the due date a step comes now: what makes its message one and the same."""
        return step + self.begun_anew if step > 0 else step


def session_messages(facts: SessionFacts) -> list[Message]:
    """Every message a session should have, past ones included; one person gets one of a kind."""
    if facts.state == "cancelled":
        return list(_cancellation(facts))
    if facts.state not in ("convened", "held", "failed"):
        return []
    found: dict[Key, Message] = {}
    for message in (
        *_invitations(facts),
        *_delegations(facts),
        *_waiting(facts),
        *_change(facts),
        *_closed_parts(facts),
        *_follow_up(facts),
        *_tasks_due(facts),
    ):
        found.setdefault(message.key, message)
    return list(found.values())


def rungs_before(
    at: datetime,
    zone: ZoneInfo,
    minutes: Iterable[int],
    since: datetime,
    counted_from: Mapping[int, datetime] | None = None,
) -> Iterator[tuple[int, datetime, datetime]]:
    """(rung, due, not after) for the steps of a ladder that begin after ``since``, and after they were added.

    Whole days are counted on the wall clock of the place, hours and minutes on the real one. A step is worth
    sending until the next one is due, the last until the thing itself. Impossible steps are left out.
    """
    added = counted_from or {}
    steps = sorted({step for step in minutes if 0 < step <= LONGEST * DAY_IN_MINUTES}, reverse=True)
    due = [_before(at, zone, step) for step in steps]
    for place, step in enumerate(steps):
        end = due[place + 1] if place + 1 < len(due) else at
        if max(since, added.get(step, since)) < due[place] < end:
            yield step, due[place], end


def commitment_messages(facts: CommitmentFacts, now: datetime) -> list[Message]:
    """Every message a commitment should have by now; rungs of its ladder only inside the horizon."""
    return [*_due_dates(facts, now), *_keys(facts), *_agreement(facts)]


def next_summary(at: datetime, zone: ZoneInfo) -> datetime:
    """The morning whose summary tells what came at that moment."""
    local = at.astimezone(zone)
    morning = datetime.combine(local.date(), SUMMARY_HOUR, tzinfo=zone)
    return morning if local < morning else datetime.combine(local.date() + DAY, SUMMARY_HOUR, tzinfo=zone)


def summary_messages(person_id: int, collected: Iterable[datetime], zone: ZoneInfo) -> list[Message]:
    """One summary for each morning that has something to tell; the version is its day. Worth sending for a day."""
    mornings = sorted({next_summary(at, zone) for at in collected})
    return [
        Message(
            Key("daily_digest", 0, "person", person_id, person_id, _day_number(morning.date())),
            morning,
            morning + DAY,
            None,
        )
        for morning in mornings
    ]


def week_messages(organization_id: int, to: Addressee | None, now: datetime, zone: ZoneInfo) -> list[Message]:
    """The summary of this week and, from a day ahead, of the next; the version is its ISO year and week."""
    if to is None:
        return []
    found = []
    for due in week_mornings(now, zone):
        version = week_number(due.astimezone(zone).date())
        key = Key("organization_digest", 0, "organization", organization_id, to.person_id, version)
        found.append(Message(key, due, due + WEEK_LIFE, organization_id))
    return found


def week_mornings(now: datetime, zone: ZoneInfo) -> list[datetime]:
    """This week's Monday at its hour and, from a day ahead, the next one's."""
    today = now.astimezone(zone).date()
    monday = today - today.weekday() * DAY
    mornings = [datetime.combine(day, WEEK_HOUR, tzinfo=zone) for day in (monday, monday + 7 * DAY)]
    return [due for due in mornings if due <= now + HORIZON]


def week_number(day: date) -> int:
    year, week, _weekday = day.isocalendar()
    return year * 100 + week


def _day_number(day: date) -> int:
    return int(f"{day:%Y%m%d}")


def _before(at: datetime, zone: ZoneInfo, minutes: int) -> datetime:
    days, rest = divmod(minutes, DAY_IN_MINUTES)
    wall = at.astimezone(zone).replace(tzinfo=None) - days * DAY
    return wall.replace(tzinfo=zone).astimezone(at.tzinfo) - timedelta(minutes=rest)


def _session(
    facts: SessionFacts, kind: str, to: Addressee, due: datetime, until: datetime, rung: int = 0
) -> Message:
    key = Key(kind, rung, "session", facts.id, to.person_id, facts.version)
    return Message(key, due, until, to.organization_id)


def _cancellation(facts: SessionFacts) -> Iterator[Message]:
    at = facts.cancelled_at
    if at is None:
        return
    people = {
        delegate.person.person_id: delegate.person
        for delegate in facts.delegates
        if not delegate.withdrawn_at
    }
    for invitation in facts.invitations:
        if invitation.addressee:
            people.setdefault(invitation.addressee.person_id, invitation.addressee)
    for person in people.values():
        yield _session(facts, "session_cancelled", person, at, max(facts.ends_at, at + DAY))


def _invitations(facts: SessionFacts) -> Iterator[Message]:
    closes = facts.registration_closes_at or facts.starts_at
    for invitation in facts.invitations:
        to = invitation.addressee
        if to is None:
            continue
        since = max(invitation.created_at, facts.moved_at or invitation.created_at)

        def message(kind: str, due: datetime, until: datetime, version: int, rung: int = 0) -> Message:
            key = Key(kind, rung, "invitation", invitation.id, to.person_id, version)  # noqa: B023  used at once
            return Message(key, due, until, to.organization_id)  # noqa: B023

        if invitation.state in ("pending", "seen"):
            if ("invitation", invitation.id, to.person_id) not in facts.left:
                yield message("invitation", invitation.created_at, facts.starts_at, facts.version)
            minutes = [days * DAY_IN_MINUTES for days in ANSWER_RUNGS]
            again = invitation.second_notice_at
            for step, due, until in rungs_before(closes, facts.zone, minutes, since):
                # Whoever was written to by hand a day before is not asked the same by the clock.
                if again is None or not again <= due < again + DAY:
                    yield message("answer_reminder", due, until, facts.version, step // DAY_IN_MINUTES)
            if again and again < closes:
                called_on = invitation.created_at.astimezone(facts.zone).date()
                day = (again.astimezone(facts.zone).date() - called_on).days
                yield message("second_notice", again, closes, facts.version, day)
        elif invitation.state == "declined" and invitation.answered_at:
            yield message(
                "invitation_declined",
                invitation.answered_at,
                invitation.answered_at + DAY,
                invitation.version,
            )


def _delegations(facts: SessionFacts) -> Iterator[Message]:
    """The confirmation, the ladder, word to whoever waits, and to whoever was told to come and no longer is.

    Who was promoted from the waiting list is told so instead of being confirmed.
    """
    coming = sorted((d for d in facts.delegates if d.is_coming), key=lambda d: (d.registered_at, d.id))
    expected = {delegate.person.person_id for delegate in coming}
    for delegate in coming:
        to = delegate.person
        sure_at = delegate.promoted_at or delegate.registered_at
        kind = "delegation_promoted" if delegate.promoted_at else "delegation_confirmed"
        if (kind, delegate.id, to.person_id) not in facts.left:
            key = Key(kind, 0, "delegate", delegate.id, to.person_id, facts.version)
            yield Message(key, sure_at, facts.starts_at, to.organization_id)
        since = max(sure_at, facts.moved_at or sure_at)
        rungs = rungs_before(facts.starts_at, facts.zone, facts.ladder, since, facts.ladder_since)
        for step, due, until in rungs:
            yield _session(facts, "session_reminder", to, due, until, step)
    for delegate in facts.delegates:
        to = delegate.person
        told = any((kind, delegate.id, to.person_id) in facts.left for kind in SURE)
        if delegate.withdrawn_at and told and to.person_id not in expected:
            key = Key("delegation_withdrawn", 0, "delegate", delegate.id, to.person_id, 1)
            yield Message(key, delegate.withdrawn_at, facts.starts_at, to.organization_id)


def _waiting(facts: SessionFacts) -> Iterator[Message]:
    """That they wait, until no place can come any more; of a session that moved, again with its new date."""
    closes = facts.registration_closes_at or facts.starts_at
    for delegate in facts.delegates:
        if delegate.withdrawn_at or delegate.waiting_since is None:
            continue
        moved = facts.moved_at + facts.debounce if facts.moved_at else delegate.waiting_since
        due, to = max(delegate.waiting_since, moved), delegate.person
        if due < closes:
            key = Key("delegation_waiting", 0, "delegate", delegate.id, to.person_id, facts.version)
            yield Message(key, due, closes, to.organization_id)


def _change(facts: SessionFacts) -> Iterator[Message]:
    """One notice to whoever knows an older date. Several edits inside the pause become one mail: the last."""
    if facts.moved_at is None:
        return
    due = facts.moved_at + facts.debounce
    people = [delegate.person for delegate in facts.delegates if delegate.is_coming]
    people += [invitation.addressee for invitation in facts.invitations if invitation.addressee]
    for person in people:
        if person.person_id in facts.told_before:
            yield _session(facts, "session_moved", person, due, facts.ends_at)


def hours_mark(starts_at: datetime) -> int:
    """What makes a notice of other hours another message: the minute it begins."""
    return int(starts_at.timestamp()) // 60


def _closed_parts(facts: SessionFacts) -> Iterator[Message]:
    """To the delegates in the circle, of each closed block: that there is something to read, and once more the day before.

    An even rung is the first word, the odd one after it the reminder.
    """
    if facts.state != "convened":
        return
    inside = [delegate for delegate in facts.delegates if delegate.is_coming]
    for part in facts.closed_parts:
        mark, day_before = hours_mark(part.starts_at), _before(part.starts_at, facts.zone, DAY_IN_MINUTES)
        for delegate in inside:
            to = delegate.person
            since = facts.circle.get(to.person_id)
            if since is None:
                continue
            known = max(since, delegate.promoted_at or delegate.registered_at) + facts.debounce
            first = Key("closed_part", 2 * part.id, "session", facts.id, to.person_id, mark)
            yield Message(first, known, part.starts_at, to.organization_id)
            if known < day_before:
                again = Key("closed_part", 2 * part.id + 1, "session", facts.id, to.person_id, mark)
                yield Message(again, day_before, part.starts_at, to.organization_id)


def _follow_up(facts: SessionFacts) -> Iterator[Message]:
    """Once the end was noticed, closed or not: tasks to the secretariat, and to each organization what it has promised.

    Commitments agreed between that moment and the closing are told in a second letter, when the session is closed.
    """
    planned = facts.follow_up_planned_at
    if planned is None:
        return
    for person in facts.secretariat:
        yield _session(facts, "follow_up_tasks", person, planned, planned + 5 * DAY)
    for person, agreed_at in facts.promises:
        if agreed_at <= planned:
            yield _session(facts, "follow_up_commitments", person, planned, planned + 7 * DAY)
        elif facts.closed_at and agreed_at <= facts.closed_at:
            yield _session(
                facts, "follow_up_commitments", person, facts.closed_at, facts.closed_at + 7 * DAY, 1
            )


def task_mornings(due_on: date, days_off: frozenset[date]) -> list[date]:
    """The day a task is due, whatever became of that day, and each second working day after it, three times."""
    late = [add_working_days(due_on, LATE_EVERY * turn, days_off) for turn in range(1, LATE_TIMES + 1)]
    return [due_on, *late]


def _tasks_due(facts: SessionFacts) -> Iterator[Message]:
    """One mail a morning for all that is open then; the rung is the days since the session's end."""
    planned = facts.follow_up_planned_at
    if planned is None:
        return
    ended_on = facts.ends_at.astimezone(facts.zone).date()
    mornings = {day for due_on in set(facts.tasks) for day in task_mornings(due_on, facts.days_off)}
    for day in sorted(mornings):
        due = datetime.combine(day, COMMITMENT_HOUR, tzinfo=facts.mesa_zone or facts.zone)
        if due > planned:
            for person in facts.secretariat:
                yield _session(facts, "task_due", person, due, due + 2 * DAY, (day - ended_on).days)


def _due_dates(facts: CommitmentFacts, now: datetime) -> Iterator[Message]:
    """The steps of the ladder. A dispute waits for the mesa, a report for its verifier: neither is silence.

    Since something new was said or decided the ladder begins anew: what fell before is not sent after the fact, and
    the steps that come after the due date count from that day.
    """
    if facts.state not in ("agreed", "in_progress") or facts.due_on is None or facts.agreed_at is None:
        return
    since = max(at for at in (facts.agreed_at, facts.extended_at, facts.word_at) if at)
    letter = letter_step(facts.ladder)
    for step, due, until in rungs_around(facts.due_on, facts.zone, facts.ladder, facts.begun_anew):
        if max(since, facts.ladder_since.get(step, since)) < due <= now + HORIZON:
            kind, readers = (
                ("commitment_letter", _addressees(facts))
                if step == letter
                else ("commitment_due", _followers(facts, step))
            )
            for to in readers:
                rung = facts.rung(step)
                key = Key(kind, rung, "commitment", facts.id, to.person_id, facts.due_version)
                yield Message(key, due, until, to.organization_id)


def _followers(facts: CommitmentFacts, step: int) -> list[Addressee]:
    """Who follows it, and the head in their place once it is late; while the post is vacant the head gets a copy."""
    if step >= HEAD_FROM:
        to = [facts.head or facts.responsible]
    else:
        to = [facts.responsible, facts.head if facts.post_is_vacant else None]
    return list({person.person_id: person for person in to if person}.values())


def _addressees(facts: CommitmentFacts) -> list[Addressee]:
    """The head, with a copy to whoever follows it; while nobody can be written to, the secretariat hands it over."""
    own = {person.person_id: person for person in (facts.head, facts.responsible) if person}
    return list(own.values()) or list(facts.secretariat)


def rungs_around(
    day: date, zone: ZoneInfo, days: Iterable[int], later: int = 0
) -> Iterator[tuple[int, datetime, datetime]]:
    """(step, due, not after) for the steps around a due date, at the hour the working day begins there; those after it
    so many days later.

    A step is worth sending until the next one is due, the last for five days. Impossible steps are left out.
    """
    first, last = (date.min - day).days + 2, (date.max - day).days - 7 - later
    steps = sorted({step for step in days if max(first, -LONGEST) <= step <= min(last, LONGEST)})
    due = [
        datetime.combine(day + (step + (later if step > 0 else 0)) * DAY, COMMITMENT_HOUR, tzinfo=zone)
        for step in steps
    ]
    for place, step in enumerate(steps):
        yield step, due[place], due[place + 1] if place + 1 < len(due) else due[place] + 5 * DAY


def _keys(facts: CommitmentFacts) -> Iterator[Message]:
    """The second key: a report waits for its verifier, a decision goes back to whoever reported."""
    if facts.state == "reported" and facts.waiting_report and facts.verifier:
        report, at = facts.waiting_report
        key = Key("commitment_reported", 0, "report", report, facts.verifier.person_id, 1)
        yield Message(key, at, at + 15 * DAY, facts.verifier.organization_id)
    for verification, decision, at in facts.decisions:
        if facts.responsible:
            kind = "commitment_returned" if decision == "returned" else "commitment_verified"
            key = Key(kind, 0, "verification", verification, facts.responsible.person_id, 1)
            yield Message(key, at, at + 7 * DAY, facts.responsible.organization_id)


def _agreement(facts: CommitmentFacts) -> Iterator[Message]:
    """What the follow-up letter of the session did not say: agreed after its closing, or given a later date."""
    to = facts.responsible
    if to is None or facts.state not in ("agreed", "in_progress"):
        return
    if facts.agreed_at and facts.session_closed_at and facts.agreed_at > facts.session_closed_at:
        key = Key("commitment_agreed", 0, "commitment", facts.id, to.person_id, 1)
        yield Message(key, facts.agreed_at, facts.agreed_at + 7 * DAY, to.organization_id)
    if facts.extended_at:
        key = Key("commitment_extended", 0, "commitment", facts.id, to.person_id, facts.due_version)
        yield Message(key, facts.extended_at, facts.extended_at + 3 * DAY, to.organization_id)
