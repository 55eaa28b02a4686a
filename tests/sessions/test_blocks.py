"""A session of several blocks: its hours are theirs, its rooms too, and what lies between belongs to nobody."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from coordination.activity.models import Activity
from coordination.common.errors import StaleVersion
from coordination.sessions import actions
from coordination.sessions.actions.blocks import (
    BlockEndsBeforeItStarts,
    BlockHasAttendance,
    BlocksOverlap,
    LastBlock,
    OnlyBreaks,
    TooManyBlocks,
)
from coordination.sessions.actions.planning import NoOnlineLink, SessionInThePast, SeveralBlocks
from coordination.sessions.actions.rooms import RoomTaken
from coordination.sessions.clashes import clashes, seated_at
from coordination.sessions.models import Block, Session
from coordination.sessions.program import parts, spans_of
from coordination.sessions.rooms import Reservation
from tests.cast import Cast, seat
from tests.sessions.scheduling import convened, drafted, with_item
from tests.sessions.test_rooms import other_secretariat, room

HOUR = timedelta(hours=1)


def more(cast: Cast, session: Session, start: float = 4, hours: float = 2, **fields: Any) -> Block:
    """A block so many hours after the session's first start."""
    session.refresh_from_db()
    first = session.blocks.first().starts_at
    given: dict[str, Any] = {
        "kind": "group", "title": "", "starts_at": first + start * HOUR, "ends_at": first + (start + hours) * HOUR,
        "modality": "", "venue": "", "online_url": "", "capacity": None, "audience_note": "",
        "room_id": None, "online_account_id": None,
    }  # fmt: skip
    return actions.add_block(
        session_id=session.pk, version=session.version, **(given | fields), by=cast.secretariat, now=cast.now
    )


def change(cast: Cast, block: Block, **fields: Any) -> Block:
    block = Block.objects.get(pk=block.pk)
    names = (
        "kind", "title", "starts_at", "ends_at", "modality", "venue", "online_url", "capacity", "audience_note",
        "room_id", "online_account_id",
    )  # fmt: skip
    given = {name: getattr(block, name) for name in names}
    version = Session.objects.get(pk=block.session_id).version
    return actions.edit_block(
        block_id=block.pk, version=version, **(given | fields), by=cast.secretariat, now=cast.now
    )


def take_out(cast: Cast, block: Block) -> Session:
    version = Session.objects.get(pk=block.session_id).version
    return actions.remove_block(block_id=block.pk, version=version, by=cast.secretariat, now=cast.now)


def moved(cast: Cast, session: Session, **changed: Any) -> Session:
    session.refresh_from_db()
    return actions.edit(
        session_id=session.pk, version=session.version, **changed, by=cast.secretariat, now=cast.now
    )


def hull(session: Session) -> tuple[datetime, datetime]:
    session.refresh_from_db()
    assert session.starts_at and session.ends_at
    return session.starts_at, session.ends_at


def last_event(session: Session) -> tuple[str, Any]:
    row = Activity.objects.filter(subject_id=session.pk, kind__startswith="session.").latest("id")
    return row.kind, row.payload.get("schedule_version")


def test_the_session_lasts_from_its_first_block_to_its_last(cast: Cast) -> None:
    session = drafted(cast)
    start, end = hull(session)
    second = more(cast, session, 24)
    assert hull(session) == (start, start + 26 * HOUR)
    change(cast, second, starts_at=start - 2 * HOUR, ends_at=start)
    assert hull(session) == (start - 2 * HOUR, end)
    assert [block.pk for block in session.blocks.all()] == [second.pk, session.blocks.last().pk]
    take_out(cast, second)
    assert hull(session) == (start, end)
    with pytest.raises(LastBlock):
        take_out(cast, session.blocks.get())


def test_people_are_told_of_hours_and_places_and_not_of_titles(cast: Cast) -> None:
    session = convened(cast)
    block = more(cast, session)
    assert last_event(session) == ("session.moved", 2)
    change(cast, block, title="Mesa de salud")
    assert last_event(session) == ("session.edited", None)
    change(cast, block, venue="Biblioteca")
    assert last_event(session) == ("session.moved", 3)
    before = Activity.objects.count()
    change(cast, block)
    assert Activity.objects.count() == before


def test_the_same_block_sent_twice_is_one_and_another_is_stale(cast: Cast) -> None:
    session = drafted(cast)
    version = session.version
    first = more(cast, session)
    sent = {
        "session_id": session.pk, "version": version, "kind": "group", "title": "", "modality": "", "venue": "",
        "online_url": "", "capacity": None, "audience_note": "", "room_id": None, "online_account_id": None,
        "starts_at": first.starts_at, "ends_at": first.ends_at, "by": cast.secretariat, "now": cast.now,
    }  # fmt: skip
    assert actions.add_block(**sent) == first
    with pytest.raises(StaleVersion):
        actions.add_block(**sent | {"title": "Otra"})
    assert session.blocks.count() == 2


@pytest.mark.parametrize(
    ("kind", "beside", "refused"),
    [
        ("plenary", "plenary", True), ("plenary", "break", True), ("break", "plenary", True),
        ("group", "group", False), ("group", "plenary", False), ("break", "group", False),
    ],
)  # fmt: skip
def test_what_may_be_held_at_the_same_time(cast: Cast, kind: str, beside: str, refused: bool) -> None:
    session = drafted(cast)
    more(cast, session, 24, kind=beside)
    if refused:
        with pytest.raises(BlocksOverlap) as told:
            more(cast, session, 25, kind=kind)
        assert told.value.field == "starts"
    else:
        more(cast, session, 25, kind=kind)
    more(cast, session, 26, kind=kind)  # who ends when the other begins does not meet it


def test_impossible_blocks_are_refused(cast: Cast) -> None:
    session = drafted(cast)
    with pytest.raises(BlockEndsBeforeItStarts):
        more(cast, session, 5, hours=0)
    with pytest.raises(SessionInThePast):
        more(cast, session, -24 * 30)
    with pytest.raises(NoOnlineLink):
        more(cast, session, modality="online")
    with pytest.raises(OnlyBreaks):
        change(cast, session.blocks.get(), kind="break")
    Block.objects.bulk_create(
        Block(session=session, order=n, starts_at=session.starts_at, ends_at=session.ends_at)
        for n in range(2, 61)
    )
    with pytest.raises(TooManyBlocks):
        more(cast, session, 50)


def test_blocks_that_begin_together_are_ordered_by_hand_and_the_others_by_the_clock(cast: Cast) -> None:
    session = drafted(cast)
    a, b = more(cast, session, 4, title="A"), more(cast, session, 4, title="B")
    more(cast, session, 8, title="C")
    session.refresh_from_db()
    for block, up in ((b, True), (a, False), (b, True)):
        session.refresh_from_db()
        actions.order_block(
            block_id=block.pk, version=session.version, up=up, by=cast.secretariat, now=cast.now
        )
    assert [block.title for block in session.blocks.all()] == ["", "B", "A", "C"]


class TestMovingTheWhole:
    def test_all_blocks_go_along_by_days(self, cast: Cast) -> None:
        session = drafted(cast)
        more(cast, session, 24)
        start, end = hull(session)
        moved(cast, session, starts_at=start + 72 * HOUR, ends_at=end + 72 * HOUR)
        assert [block.starts_at for block in session.blocks.all()] == [start + 72 * HOUR, start + 96 * HOUR]

    @pytest.mark.parametrize("by", [(1, 1), (24, 25), (0, 24)])
    def test_anything_else_is_refused(self, cast: Cast, by: tuple[int, int]) -> None:
        session = drafted(cast)
        more(cast, session, 24)
        start, end = hull(session)
        with pytest.raises(SeveralBlocks) as told, transaction.atomic():
            moved(cast, session, starts_at=start + by[0] * HOUR, ends_at=end + by[1] * HOUR)
        assert told.value.field == "day"
        assert hull(session) == (start, end)

    def test_clocks_stay_as_they_are_over_the_change_to_summer_time(self, cast: Cast) -> None:
        """Madrid puts its clocks forward in the night to 28 March 2027."""
        madrid = ZoneInfo("Europe/Madrid")

        def at(day: int, hour: int) -> datetime:
            return datetime(2027, 3, day, hour, tzinfo=madrid)

        session = drafted(cast, starts_at=at(26, 9), time_zone="Europe/Madrid")
        more(cast, session, starts_at=at(27, 1), ends_at=at(27, 3))
        moved(cast, session, starts_at=at(27, 9), ends_at=at(28, 3))
        faces = [(b.starts_at.astimezone(madrid), b.ends_at.astimezone(madrid)) for b in session.blocks.all()]
        assert [(f"{a:%d %H:%M}", f"{b:%d %H:%M}") for a, b in faces] == [
            ("27 09:00", "27 12:00"),
            ("28 01:00", "28 03:00"),
        ]
        assert (
            faces[1][1] - faces[1][0].astimezone(ZoneInfo("UTC")) == HOUR
        )  # one of its two hours is struck out

    def test_another_zone_takes_the_clocks_along(self, cast: Cast) -> None:
        session = drafted(cast)
        more(cast, session, 24)
        start, end = hull(session)
        galapagos = {"time_zone": "Pacific/Galapagos", "starts_at": start + HOUR, "ends_at": end + HOUR}
        moved(cast, session, **galapagos)
        assert [block.starts_at for block in session.blocks.all()] == [start + HOUR, start + 25 * HOUR]


class TestRooms:
    def rows(self, session: Session) -> list[tuple[str, float, float]]:
        found = Reservation.objects.filter(block__session=session, is_held=True).order_by(
            "room__name", "starts_at"
        )
        start = session.blocks.first().starts_at
        return [(r.room.name, (r.starts_at - start) / HOUR, (r.ends_at - start) / HOUR) for r in found.select_related("room")]  # fmt: skip

    def test_each_block_holds_the_room_it_is_in(self, cast: Cast) -> None:
        hall, small = room(cast), room(cast, name="Sala Zaruma")
        session = drafted(cast, room_id=hall.pk)
        more(cast, session, 4, title="A")
        more(cast, session, 4, title="B", room_id=small.pk)
        more(cast, session, 5, title="C", venue="Biblioteca")
        assert self.rows(session) == [
            ("Auditorio Loja", 0, 3),
            ("Auditorio Loja", 4, 6),
            ("Sala Zaruma", 4, 6),
        ]
        drafted(cast, room_id=hall.pk, starts_at=session.starts_at + 3 * HOUR, hours=1)

    def test_groups_side_by_side_in_one_hall_hold_it_together(self, cast: Cast) -> None:
        session = drafted(cast, room_id=room(cast).pk)
        more(cast, session, 4, title="A")
        more(cast, session, 5, title="B")
        assert self.rows(session) == [("Auditorio Loja", 0, 3), ("Auditorio Loja", 4, 7)]

    def test_a_room_chosen_for_one_group_is_not_given_to_the_next(self, cast: Cast) -> None:
        session, small = drafted(cast), room(cast, name="Sala Zaruma")
        more(cast, session, 4, title="A", room_id=small.pk)
        with pytest.raises(RoomTaken) as told:
            more(cast, session, 5, title="B", room_id=small.pk)
        assert told.value.field == "room" and "A" in str(told.value.message)

    def test_a_session_that_moves_by_a_day_does_not_meet_itself(self, cast: Cast) -> None:
        session = drafted(cast, room_id=room(cast).pk)
        more(cast, session, 24, hours=3)
        start, end = hull(session)
        moved(cast, session, starts_at=start + 24 * HOUR, ends_at=end + 24 * HOUR)
        assert self.rows(session) == [("Auditorio Loja", 0, 3), ("Auditorio Loja", 24, 27)]

    def test_a_block_in_a_taken_room_is_refused_and_nothing_changes(self, cast: Cast) -> None:
        small = room(cast, name="Sala Zaruma")
        taken = drafted(cast, room_id=small.pk, starts_at=cast.in_days(21, hour=14))
        session = drafted(cast)
        with pytest.raises(RoomTaken) as told, transaction.atomic():
            more(cast, session, 24, room_id=small.pk)
        assert taken.title in str(told.value.message)
        assert session.blocks.count() == 1

    def test_removing_and_cancelling_let_go(self, cast: Cast) -> None:
        small = room(cast, name="Sala Zaruma")
        session = drafted(cast, room_id=small.pk)
        block = more(cast, session, 24)
        take_out(cast, block)
        assert self.rows(session) == [("Sala Zaruma", 0, 3)]
        actions.cancel(session_id=session.pk, reason="Vía cerrada", by=cast.secretariat, now=cast.now)
        assert self.rows(session) == []


class TestClashes:
    def met(self, cast: Cast, start: float, hours: float = 1) -> bool:
        begin = cast.in_days(20, hour=14) + start * HOUR
        return bool(
            clashes(
                who=seated_at(cast.mesa.pk, cast.now.date()), starts_at=begin, ends_at=begin + hours * HOUR,
                actor=cast.secretariat, on=cast.now.date(),
            )
        )  # fmt: skip

    def test_what_lies_between_two_blocks_is_free(self, cast: Cast) -> None:
        mesa, keeper = other_secretariat()
        seat(mesa, cast.university)
        session = drafted(cast, mesa_id=mesa.pk, by=keeper)
        more(cast, session, 24)
        more(cast, session, 30, kind="break")
        actions.announce(session_id=session.pk, by=keeper, now=cast.now)
        assert [self.met(cast, start) for start in (0, 3, 12, 23, 24, 30)] == [
            True,
            False,
            False,
            False,
            True,
            False,
        ]

    def test_ours_counts_by_its_blocks_too(self, cast: Cast) -> None:
        mesa, keeper = other_secretariat()
        seat(mesa, cast.university)
        theirs = drafted(cast, mesa_id=mesa.pk, by=keeper, starts_at=cast.in_days(20, hour=20))
        actions.announce(session_id=theirs.pk, by=keeper, now=cast.now)
        ours = drafted(cast)
        more(cast, ours, 24)
        start, end = hull(ours)
        asked: dict[str, Any] = {
            "who": seated_at(cast.mesa.pk, cast.now.date()), "starts_at": start, "ends_at": end,
            "actor": cast.secretariat, "on": cast.now.date(), "but": ours.pk,
        }  # fmt: skip
        assert clashes(**asked)
        assert not clashes(**asked, spans=spans_of(ours))
        assert not clashes(**asked, as_it_stands=True)
        more(cast, ours, 6, hours=1)
        assert clashes(**asked, as_it_stands=True)


def test_the_agenda_follows_its_blocks(cast: Cast) -> None:
    session = drafted(cast)
    second = more(cast, session, 24)
    item = with_item(cast, session)
    actions.edit_item(
        item_id=item.pk, version=1, kind=item.kind, title=item.title, minutes=40, block_id=second.pk,
        by=cast.secretariat, now=cast.now,
    )  # fmt: skip
    third = with_item(cast, session, "Rutas")
    assert [row.pk for row in session.agenda.all()][1:] == [third.pk, item.pk]
    take_out(cast, second)
    assert {row.block_id for row in session.agenda.all()} == {session.blocks.get().pk}
    assert [row.order for row in session.agenda.all()] == [1, 2, 3]


def test_a_block_with_attendance_stays(cast: Cast) -> None:
    session = convened(cast)
    block = more(cast, session, 24)
    block.attendances.create(
        organization=cast.ngo, name="Eva", status="present", is_walk_in=True, recorded_at=cast.now
    )
    with pytest.raises(BlockHasAttendance):
        take_out(cast, block)


def test_the_programme_in_words(cast: Cast) -> None:
    session = drafted(cast)
    assert parts(session) == []
    more(cast, session, 24, title="Mesa de salud", audience_note="provincias", venue="Biblioteca")
    more(cast, session, 30, modality="online", online_url="https://reunion.example/2")
    lines = [part.line for part in parts(session)]
    assert lines[1].endswith(": Mesa de salud (provincias). Biblioteca") and "hora de Quito" in lines[0]
    assert parts(session)[2].url == "https://reunion.example/2"
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    session = Session.objects.get(pk=session.pk)
    assert not any(part.title or part.place or part.url for part in parts(session))


def test_29_february_and_midnight(cast: Cast) -> None:
    quito = ZoneInfo("America/Guayaquil")
    session = drafted(cast, starts_at=datetime(2028, 2, 29, 20, tzinfo=quito), hours=2)
    more(cast, session, 3, hours=3)
    start, end = hull(session)
    assert (session.local_day.isoformat(), session.local_end_day.isoformat()) == ("2028-02-29", "2028-03-01")
    moved(cast, session, starts_at=start + 366 * 24 * HOUR, ends_at=end + 366 * 24 * HOUR)
    assert session.blocks.first().starts_at.astimezone(quito).date().isoformat() == "2029-03-01"
