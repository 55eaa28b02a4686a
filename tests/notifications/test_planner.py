"""The planner is a pure function: the same facts give the same messages, whatever the order or the moment."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from coordination.notifications.planner import (
    DAY,
    Addressee,
    CommitmentFacts,
    DelegateFacts,
    InvitationFacts,
    SessionFacts,
    commitment_messages,
    rungs_before,
    session_messages,
)

QUITO = ZoneInfo("America/Guayaquil")
ZONES = [QUITO, ZoneInfo("Pacific/Galapagos"), ZoneInfo("Europe/Madrid"), ZoneInfo("America/New_York")]
START = datetime(2026, 4, 1, 14, tzinfo=UTC)
LADDER = (7 * 1440, 1440, 120)

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC))
ladders = st.lists(st.integers(1, 30 * 1440), max_size=6)


def facts(**changed: object) -> SessionFacts:
    given_ = {
        "id": 1, "version": 1, "state": "convened", "zone": QUITO, "starts_at": START, "ends_at": START + timedelta(hours=4),
        "registration_closes_at": None, "moved_at": None, "cancelled_at": None, "follow_up_planned_at": None,
        "closed_at": None, "ladder": LADDER, "debounce": timedelta(minutes=10),
    }  # fmt: skip
    return SessionFacts(**given_ | changed)  # type: ignore[arg-type]


def invitation(pk: int, person: int, state: str = "pending") -> InvitationFacts:
    at = START - 40 * DAY
    return InvitationFacts(
        pk, 1, state, at, at if state in ("accepted", "declined") else None, Addressee(person, 100 + pk)
    )


def delegate(pk: int, person: int, *, withdrawn: bool = False, before: timedelta = 30 * DAY) -> DelegateFacts:
    at = START - before
    return DelegateFacts(pk, Addressee(person, 100 + pk), at, at + DAY if withdrawn else None)


people = st.lists(
    st.tuples(st.integers(1, 20), st.integers(1, 6), st.booleans()), max_size=8, unique_by=lambda x: x[0]
)


@given(at=moments, zone=st.sampled_from(ZONES), ladder=ladders, since=moments)
def test_a_rung_is_after_the_registration_and_before_the_session(
    at: datetime, zone: ZoneInfo, ladder: list[int], since: datetime
) -> None:
    found = list(rungs_before(at, zone, ladder, since))
    for _rung, due, until in found:
        assert since < due < until <= at
    assert [due for _, due, _ in found] == sorted(due for _, due, _ in found)
    assert len({rung for rung, _, _ in found}) == len(found)


@given(at=moments, zone=st.sampled_from(ZONES), days=st.integers(1, 20))
def test_a_rung_of_whole_days_falls_on_the_same_wall_clock(at: datetime, zone: ZoneInfo, days: int) -> None:
    for _rung, due, _until in rungs_before(at, zone, [days * 1440], at - 40 * DAY):
        wall = at.astimezone(zone).replace(tzinfo=None) - timedelta(days=days)
        shown = due.astimezone(zone).replace(tzinfo=None)
        skipped_hour = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall
        assert shown == wall or skipped_hour


@given(
    named=people, invited=st.lists(st.sampled_from(["pending", "seen", "accepted", "declined"]), max_size=5)
)
def test_nobody_gets_two_messages_of_one_kind_and_rung(
    named: list[tuple[int, int, bool]], invited: list[str]
) -> None:
    world = facts(
        delegates=tuple(delegate(pk, person, withdrawn=gone) for pk, person, gone in named),
        invitations=tuple(invitation(pk, 50 + pk, state) for pk, state in enumerate(invited, start=1)),
    )
    messages = session_messages(world)
    assert len({message.key for message in messages}) == len(messages)
    reminders = [m.key for m in messages if m.key.kind == "session_reminder"]
    assert len({(key.recipient_id, key.rung) for key in reminders}) == len(reminders)
    coming = {person for _pk, person, gone in named if not gone}
    assert {key.recipient_id for key in reminders} <= coming
    assert session_messages(world) == messages


@given(named=people)
def test_a_cancelled_session_says_so_once_to_each_and_nothing_else(
    named: list[tuple[int, int, bool]],
) -> None:
    world = facts(
        state="cancelled", version=2, cancelled_at=START - 3 * DAY, invitations=(invitation(1, 3), invitation(2, 77)),
        delegates=tuple(delegate(pk, person, withdrawn=gone) for pk, person, gone in named),
    )  # fmt: skip
    messages = session_messages(world)
    assert {message.key.kind for message in messages} == {"session_cancelled"}
    reached = [message.key.recipient_id for message in messages]
    assert sorted(reached) == sorted({3, 77} | {person for _pk, person, gone in named if not gone})


def test_a_late_registration_skips_the_rungs_that_have_passed() -> None:
    messages = session_messages(facts(delegates=(delegate(1, 1, before=3 * DAY),)))
    assert [m.key.rung for m in messages if m.key.kind == "session_reminder"] == [1440, 120]


def test_a_draft_writes_to_nobody() -> None:
    for state in ("draft", "announced"):
        assert session_messages(facts(state=state, invitations=(invitation(1, 1),))) == []


def test_who_never_heard_the_old_date_gets_no_change_notice() -> None:
    moved = facts(version=2, moved_at=START - 20 * DAY, invitations=(invitation(1, 1), invitation(2, 2)),
                  told_before=frozenset({1}), left=frozenset({("invitation", 1, 1)}))  # fmt: skip
    kinds = {
        (m.key.kind, m.key.recipient_id) for m in session_messages(moved) if m.key.kind != "answer_reminder"
    }
    assert kinds == {("session_moved", 1), ("invitation", 2)}


def test_commitments_agreed_after_the_follow_up_come_with_the_closing() -> None:
    ended, closed = START + DAY, START + 3 * DAY
    ngo, ministry = Addressee(1, 101), Addressee(2, 102)
    promises = ((ngo, START), (ngo, START + 2 * DAY), (ministry, START + 2 * DAY))
    world = facts(follow_up_planned_at=ended, closed_at=closed, promises=promises)
    found = {
        (m.key.recipient_id, m.key.rung, m.due_at)
        for m in session_messages(world)
        if m.key.kind == "follow_up_commitments"
    }
    assert found == {(1, 0, ended), (1, 1, closed), (2, 1, closed)}


def commitment(**changed: object) -> CommitmentFacts:
    given_ = {
        "id": 1, "state": "agreed", "due_on": date(2026, 4, 1), "due_version": 1, "zone": QUITO,
        "ladder": (-15, -5, 0, 3, 10), "agreed_at": START - 90 * DAY, "extended_at": None, "session_closed_at": None,
        "responsible": Addressee(1, 101), "head": Addressee(2, 101), "verifier": Addressee(3, 102),
    }  # fmt: skip
    return CommitmentFacts(**given_ | changed)  # type: ignore[arg-type]


CHASING = ("commitment_due", "commitment_letter")


def test_the_ladder_of_a_commitment_reaches_the_post_and_at_last_the_head() -> None:
    seen = {}
    for day in range(-30, 30):
        for message in commitment_messages(commitment(), START + day * DAY):
            seen.setdefault(message.key.rung, (message.key.recipient_id, message.due_at.astimezone(QUITO)))
    assert [(rung, person, due.date().isoformat(), due.hour) for rung, (person, due) in sorted(seen.items())] == [
        (-15, 1, "2026-03-17", 8), (-5, 1, "2026-03-27", 8), (0, 1, "2026-04-01", 8),
        (3, 1, "2026-04-04", 8), (10, 2, "2026-04-11", 8),
    ]  # fmt: skip


@given(
    state=st.sampled_from(["proposed", "reported", "met", "partly_met", "not_met", "withdrawn"]),
    day=st.integers(-30, 30),
)
def test_a_settled_or_reported_commitment_is_not_chased(state: str, day: int) -> None:
    assert commitment_messages(commitment(state=state), START + day * DAY) == []


def test_an_extension_starts_the_ladder_again() -> None:
    extended = commitment(
        due_on=date(2026, 5, 1), due_version=2, extended_at=datetime(2026, 4, 20, 15, tzinfo=UTC)
    )
    rungs = {
        m.key.rung
        for day in range(60)
        for m in commitment_messages(extended, START + day * DAY)
        if m.key.kind in CHASING
    }
    assert rungs == {-5, 0, 3, 10}


def chased(facts: CommitmentFacts) -> list[tuple[str, int, int, str]]:
    """Kind, rung, reader and day of everything the ladder sends, as the sweep finds it day after day."""
    found = {
        (m.key.kind, m.key.rung, m.key.recipient_id, f"{m.due_at:%m-%d}")
        for day in range(-30, 60)
        for m in commitment_messages(facts, START + day * DAY)
        if m.key.kind in CHASING
    }
    return sorted(found, key=lambda one: one[1:])


def test_after_a_decision_the_ladder_begins_anew_from_its_day() -> None:
    """Returned or reopened when its date was long past: no letter that day, but after as many days as the ladder has."""
    reopened = commitment(state="in_progress", word_at=datetime(2026, 4, 11, 20, tzinfo=UTC))
    assert chased(reopened) == [
        ("commitment_due", 13, 1, "04-14"), ("commitment_letter", 20, 1, "04-21"), ("commitment_letter", 20, 2, "04-21"),
    ]  # fmt: skip
    spoke_in_time = commitment(word_at=datetime(2026, 3, 20, tzinfo=UTC))
    assert [rung for _kind, rung, *_ in chased(spoke_in_time)] == [-5, 0, 3, 10, 10]


def test_a_dispute_is_not_chased() -> None:
    assert chased(commitment(state="disputed")) == []


def promise(**changed: object) -> CommitmentFacts:
    given_ = {
        "id": 1, "state": "agreed", "due_on": date(2026, 4, 20), "due_version": 1, "zone": QUITO,
        "ladder": (-15, -5, 0, 3, 10), "agreed_at": START - 40 * DAY, "extended_at": None, "session_closed_at": None,
        "responsible": Addressee(1, 100), "head": Addressee(2, 100),
    }  # fmt: skip
    return CommitmentFacts(**given_ | changed)  # type: ignore[arg-type]


def test_a_vacant_post_brings_the_head_a_copy_of_each_rung() -> None:
    def told(facts: CommitmentFacts) -> set[tuple[int, int]]:
        messages = commitment_messages(facts, datetime(2026, 5, 1, tzinfo=UTC))
        return {(m.key.rung, m.key.recipient_id) for m in messages if m.key.kind in CHASING}

    # The last step is a letter: to the head, with a copy to who follows it.
    held = {(-15, 1), (-5, 1), (0, 1), (3, 1), (10, 1), (10, 2)}
    assert told(promise()) == held
    assert told(promise(post_is_vacant=True)) == held | {(-15, 2), (-5, 2), (0, 2), (3, 2)}
    assert told(promise(post_is_vacant=True, head=None)) == {(rung, 1) for rung in (-15, -5, 0, 3, 10)}
    assert told(promise(post_is_vacant=True, responsible=Addressee(2, 100))) == {
        (rung, 2) for rung in (-15, -5, 0, 3, 10)
    }
