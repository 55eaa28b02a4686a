"""Who came, and whether they are enough."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coordination.activity.models import Activity
from coordination.attendees import actions, queries
from coordination.attendees.models import Attendance, Delegate
from coordination.mesas.models import Seat
from coordination.sessions.models import Block, FollowUpTask, Session
from tests.attendees.inviting import accept, called, delegates, invitation_of, kinds, mark, one
from tests.cast import Cast, seat


@pytest.fixture
def session(cast: Cast) -> Session:
    return called(cast)


def walk_in(cast: Cast, session: Session, name: str, org=None, **more) -> Attendance:
    told = {"client_id": uuid.uuid4(), **more}
    return actions.add_walk_in(
        block_id=session.blocks.get().pk, organization_id=(org or cast.ngo).pk, name=name, by=cast.secretariat, now=session.starts_at, **told
    )  # fmt: skip


def close(cast: Cast, session: Session, now=None) -> queries.Quorum:
    return actions.close_attendance(session_id=session.pk, by=cast.secretariat, now=now or session.ends_at)


def figures(session: Session) -> tuple[int, int, bool]:
    counted = queries.quorum(session)
    return counted.organizations, counted.sectors, counted.met


def test_mark_keeps_the_fact_and_records_it(cast: Cast, session: Session) -> None:
    principal, _alternate = delegates(accept(cast, invitation_of(session, cast.ngo)))
    made = mark(cast, principal)
    assert (made.status, made.organization, made.person, made.recorded_at) == (
        "present",
        cast.ngo,
        principal.person,
        session.starts_at,
    )
    assert kinds(made) == ["attendance.recorded"]
    assert Activity.objects.about("attendance", made.pk).get().payload == {
        "status": "present", "organization": cast.ngo.pk, "block": session.blocks.get().pk,
    }  # fmt: skip


def test_the_same_mark_again_changes_nothing_and_another_corrects_it(cast: Cast, session: Session) -> None:
    principal, _alternate = delegates(accept(cast, invitation_of(session, cast.ngo)))
    first = mark(cast, principal)
    later = session.starts_at + timedelta(minutes=12)
    assert mark(cast, principal, now=later).recorded_at == session.starts_at
    assert mark(cast, principal, "excused", now=later).recorded_at == later
    assert Attendance.objects.get() == first
    assert kinds(first) == ["attendance.recorded"] * 2


def test_a_replayed_mark_does_not_undo_its_correction(cast: Cast, session: Session) -> None:
    principal, alternate = delegates(accept(cast, invitation_of(session, cast.ngo)))
    first = mark(cast, principal)
    mark(cast, principal, "excused")
    told = {
        "block_id": first.block_id,
        "status": "present",
        "client_id": first.client_id,
        "by": cast.secretariat,
        "now": cast.now,
    }
    assert actions.mark_attendance(delegate_id=principal.pk, **told).status == "excused"
    with pytest.raises(actions.RegisterRefused):
        actions.mark_attendance(delegate_id=alternate.pk, **told)


def test_mark_refuses_an_unknown_state_and_another_sessions_delegate(cast: Cast, session: Session) -> None:
    principal, _alternate = delegates(accept(cast, invitation_of(session, cast.ngo)))
    with pytest.raises(actions.RegisterRefused):
        mark(cast, principal, "asleep")
    other = called(cast, starts_at=cast.in_days(40))
    with pytest.raises(actions.RegisterRefused):
        actions.mark_attendance(
            block_id=other.blocks.get().pk, delegate_id=principal.pk, status="present", client_id=uuid.uuid4(), by=cast.secretariat, now=cast.now
        )  # fmt: skip


def test_mark_organization_leaves_earlier_marks_alone(cast: Cast, session: Session) -> None:
    principal, alternate = delegates(accept(cast, invitation_of(session, cast.ngo)))
    mark(cast, principal, "excused")
    marked = actions.mark_organization(
        block_id=session.blocks.get().pk,
        organization_id=cast.ngo.pk,
        status="present",
        client_ids={one.pk: uuid.uuid4() for one in (principal, alternate)},
        by=cast.secretariat,
        now=session.starts_at,
    )
    assert [one.delegate for one in marked] == [alternate]
    assert Attendance.objects.get(delegate=principal).status == "excused"


def test_walk_in_is_written_once_and_finds_whoever_is_on_the_list(cast: Cast, session: Session) -> None:
    principal, _alternate = delegates(accept(cast, invitation_of(session, cast.ngo)))
    new = walk_in(cast, session, "  Marta   Quishpe ")
    assert (new.name, new.is_walk_in, new.status, kinds(new)) == (
        "Marta Quishpe",
        True,
        "present",
        ["attendance.walk_in"],
    )
    assert walk_in(cast, session, "marta quishpe") == new
    assert walk_in(cast, session, "Otra", client_id=new.client_id) == new
    assert walk_in(cast, session, "carmen loja").delegate == principal
    with pytest.raises(actions.RegisterRefused):
        walk_in(cast, session, " ")


def test_quorum_counts_voting_seats_with_a_principal_alternate_or_substitute(
    cast: Cast, session: Session
) -> None:
    people = [one("principal", "Ana Uno"), one("alternate", "Eva Dos"), one("companion", "Luz Tres")]
    principal, alternate, companion = delegates(accept(cast, invitation_of(session, cast.ngo), people))
    mark(cast, companion)
    assert figures(session) == (0, 0, False)
    mark(cast, principal, "excused")
    assert figures(session) == (0, 0, False)
    mark(cast, alternate)
    assert figures(session) == (1, 1, False)
    mark(cast, principal)
    assert figures(session) == (1, 1, False)
    mark(cast, delegates(accept(cast, invitation_of(session, cast.university)))[0], "substitute")
    assert figures(session) == (2, 2, True)


def test_quorum_leaves_out_observers_guests_and_voices_without_vote(cast: Cast) -> None:
    seat(cast.mesa, cast.outsider, Seat.Role.OBSERVER)
    Seat.objects.filter(pk=cast.seats["university"].pk).update(voting="voice")
    session = called(cast)
    for org in (cast.outsider, cast.university, cast.ngo):
        mark(cast, delegates(accept(cast, invitation_of(session, org)))[0])
    assert figures(session) == (1, 1, False)
    counted = queries.quorum(session)
    assert (counted.all_organizations, counted.people) == (3, 3)


def test_quorum_counts_a_walk_in_who_represents_the_organization(cast: Cast, session: Session) -> None:
    walk_in(cast, session, "Marta Quishpe")
    assert figures(session) == (0, 0, False)
    walk_in(cast, session, "Rita Paz", represents=True)
    walk_in(cast, session, "Zoe Mar", cast.outsider, represents=True)
    assert figures(session) == (1, 1, False)


def test_quorum_needs_its_sectors_too(cast: Cast, session: Session) -> None:
    cast.university.sector_override = cast.ngo.sector_type.sector
    cast.university.save()
    for org in (cast.ngo, cast.university):
        mark(cast, delegates(accept(cast, invitation_of(session, org)))[0])
    assert figures(session) == (2, 1, False)


def test_close_makes_the_unmarked_absent_and_records_the_totals_down(cast: Cast, session: Session) -> None:
    for org in (cast.ngo, cast.university):
        principal, _alternate = delegates(accept(cast, invitation_of(session, org)))
        mark(cast, principal)
    walk_in(cast, session, "Marta Quishpe", cast.outsider)
    assert queries.unmarked(session) == 2
    counted = close(cast, session)
    assert (counted.organizations, counted.sectors, counted.people, counted.met) == (2, 2, 3, True)
    session.refresh_from_db()
    kept = (
        session.present_organizations,
        session.present_sectors,
        session.present_people,
        session.quorum_met,
    )
    assert kept == (2, 2, 3, True)
    assert session.attendance_closed_at == session.ends_at
    assert Attendance.objects.filter(status="absent").count() == 2
    assert not FollowUpTask.objects.filter(kind="attendance", done_at=None).exists()


def test_closing_again_changes_nothing_and_a_closed_register_takes_no_marks(
    cast: Cast, session: Session
) -> None:
    principal, _alternate = delegates(accept(cast, invitation_of(session, cast.ngo)))
    first, before = close(cast, session), Activity.objects.count()
    assert (close(cast, session), Activity.objects.count()) == (first, before)
    with pytest.raises(actions.RegisterRefused):
        mark(cast, principal)
    with pytest.raises(actions.RegisterRefused):
        walk_in(cast, session, "Marta Quishpe")


def test_close_refuses_before_the_start_and_after_a_cancellation(cast: Cast, session: Session) -> None:
    with pytest.raises(actions.RegisterRefused):
        close(cast, session, now=session.starts_at - timedelta(minutes=1))
    Session.objects.filter(pk=session.pk).update(state="cancelled", cancelled_at=cast.now)
    with pytest.raises(actions.RegisterRefused):
        close(cast, session)


def test_the_register_shows_who_was_marked_and_then_withdrawn(cast: Cast, session: Session) -> None:
    invitation = invitation_of(session, cast.ngo)
    principal, _alternate = delegates(accept(cast, invitation))
    mark(cast, principal)
    accept(cast, invitation, [one("principal", "Eva Dos")])
    row, *_others = queries.register(session, session.blocks.get())
    assert [(d.person.name, bool(m)) for d, m in row.delegates] == [("Carmen Loja", True), ("Eva Dos", False)]
    assert (row.unmarked, row.is_here) == (1, True)


class TestSeveralBlocks:
    @pytest.fixture
    def blocks(self, cast: Cast, session: Session) -> list[Block]:
        """A plenary, two groups side by side, a break, and a plenary the next day."""
        start = session.starts_at
        rows = [("group", 4, 6), ("group", 5, 7), ("break", 7, 8), ("plenary", 24, 26)]
        for order, (kind, since, until) in enumerate(rows, start=2):
            Block.objects.create(
                session=session, order=order, kind=kind, starts_at=start + timedelta(hours=since),
                ends_at=start + timedelta(hours=until),
            )  # fmt: skip
        return list(session.blocks.all())

    def put(self, cast: Cast, block: Block, delegate: Delegate, status: str = "present") -> None:
        actions.mark_attendance(
            block_id=block.pk, delegate_id=delegate.pk, status=status, client_id=uuid.uuid4(), by=cast.secretariat,
            now=cast.now,
        )  # fmt: skip

    def test_a_break_has_no_register(self, cast: Cast, session: Session, blocks: list[Block]) -> None:
        principal, _alternate = delegates(accept(cast, invitation_of(session, cast.ngo)))
        with pytest.raises(actions.RegisterRefused):
            self.put(cast, blocks[3], principal)

    def test_who_sits_in_one_group_is_not_missed_in_the_other(
        self, cast: Cast, session: Session, blocks: list[Block]
    ) -> None:
        principal, alternate = delegates(accept(cast, invitation_of(session, cast.ngo)))
        for block in (blocks[0], blocks[1], blocks[4]):
            self.put(cast, block, principal)
        blocks[1].audience.add(cast.university.sector_type.sector)
        names = [
            [d.pk for row in queries.register(session, b) for d, _mark in row.delegates] for b in blocks[1:3]
        ]
        assert names == [[principal.pk], [alternate.pk]]
        assert queries.unmarked(session) == 1
        with pytest.raises(actions.RegisterRefused):
            close(cast, session, now=session.starts_at + timedelta(hours=23))
        close(cast, session, now=session.starts_at + timedelta(hours=24))
        absent = (
            Attendance.objects.filter(status="absent")
            .values_list("delegate", "block__order")
            .order_by("block")
        )
        assert list(absent) == [(alternate.pk, 1), (alternate.pk, 3), (alternate.pk, 5)]

    def test_the_page_marks_in_the_block_it_shows(
        self, cast: Cast, session: Session, blocks: list[Block], sign_in: Callable[[Any], Client]
    ) -> None:
        principal, _alternate = delegates(accept(cast, invitation_of(session, cast.ngo)))
        rosa, where = sign_in(cast.rosa), reverse("attendees:attendance", args=[session.public_id])
        page = rosa.get(where, {"bloque": blocks[4].pk})
        assert f'name="bloque" value="{blocks[4].pk}"' in page.content.decode()
        assert [one.pk for one in page.context["blocks"]] == [blocks[n].pk for n in (0, 1, 2, 4)]
        told = {"sheet": str(uuid.uuid4()), "mark": f"{principal.public_id}:present", "bloque": blocks[4].pk}
        rosa.post(reverse("attendees:mark", args=[session.public_id]), told)
        assert Attendance.objects.get().block == blocks[4]
        # A break, or a block of another session, is none to choose.
        assert rosa.get(where, {"bloque": blocks[3].pk}).context["stretch"] != blocks[3]

    def test_the_quorum_is_met_when_one_plenary_has_it(
        self, cast: Cast, session: Session, blocks: list[Block]
    ) -> None:
        ngo, _other = delegates(accept(cast, invitation_of(session, cast.ngo)))
        university, _another = delegates(accept(cast, invitation_of(session, cast.university)))
        self.put(cast, blocks[0], ngo)
        self.put(cast, blocks[4], university)
        whole = queries.quorum(session)
        assert whole.met and not queries.quorum_met(session, whole)
        self.put(cast, blocks[0], university)
        assert queries.quorum_met(session, queries.quorum(session))
