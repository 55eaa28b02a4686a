"""Closed blocks and items of an open session: who sees them, and that nothing of them shows to anybody else."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.actor import ANONYMOUS, Actor
from coordination.activity.models import Activity
from coordination.organizations.models import Person
from coordination.sessions import actions
from coordination.sessions.actions.agenda import BlockIsClosed
from coordination.sessions.actions.blocks import LastOpenBlock, OnlyBreaks, SessionIsClosedAlready
from coordination.sessions.actions.circle import NotInside
from coordination.sessions.actions.rooms import RoomTaken
from coordination.sessions.calendar import closed_hours, session_event
from coordination.sessions.clashes import clashes, seated_at
from coordination.sessions.feeds import for_feed
from coordination.sessions.models import AgendaItem, Block, CircleMember, Outcome, Paper, Session
from coordination.sessions.permissions import papers_shown
from coordination.sessions.program import parts
from coordination.sessions.queries import agenda_with_times, outcomes_by_item, with_parts
from coordination.sessions.writers import why_not_recording
from tests.cast import Cast, acting
from tests.sessions.closing import CANARY, DAY, Event, block, came_of, colleague, event, item, let_in, rewrite
from tests.sessions.scheduling import convened, drafted
from tests.sessions.test_golden import MADE, kept, request
from tests.sessions.test_rooms import room

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def outsiders(cast: Cast) -> list[Actor]:
    """Everybody whose rights come from a role: the same secretariat, the chair, an administrator, an auditor, nobody."""
    return [
        acting(colleague(cast)),
        acting(cast.tomas),
        acting(cast.ana),
        acting(cast.olga),
        acting(cast.luis),
        ANONYMOUS,
    ]


def loaded(made: Event, actor: Actor) -> Session:
    rows = with_parts(Session.objects.visible_to(actor), actor, "blocks", "agenda", "outcomes", "papers")
    return rows.select_related("mesa", "canton", "province").get(pk=made.session.pk)


def titles(session: Session) -> list[str]:
    return [one.title for one in session.agenda.all()]


def test_the_hours_of_the_session_are_those_of_its_open_blocks(cast: Cast) -> None:
    made = event(cast)
    assert (made.session.starts_at, made.session.ends_at) == (
        made.open_block.starts_at,
        made.open_block.ends_at,
    )
    before = (made.session.version, made.session.schedule_version, made.session.moved_at)
    rewrite(cast, made.closed_block, ends_at=made.closed_block.ends_at + HOUR)
    made.session.refresh_from_db()
    assert (made.session.version, made.session.schedule_version, made.session.moved_at) == before
    kinds = Activity.objects.filter(kind__startswith="session.").exclude(payload__has_key="casa")
    assert not kinds.filter(kind__in=["session.moved", "session.part_changed"]).exists()


def test_every_part_has_one_door(cast: Cast) -> None:
    made = event(cast)
    outcome = came_of(made.closed_item, f"{CANARY} resultado", cast.now)
    reserved = came_of(made.item, f"{CANARY} reservado", cast.now, is_reserved=True)
    paper = Paper.objects.create(session=made.session, item=made.closed_item, title=CANARY, is_public=True)
    closed: list[tuple[Any, int]] = [
        (Block, made.closed_block.pk), (AgendaItem, made.closed_item.pk), (Outcome, outcome.pk),
        (Outcome, reserved.pk), (Paper, paper.pk),
    ]  # fmt: skip
    for actor in outsiders(cast):
        for model, pk in closed:
            assert not model.objects.visible_to(actor).filter(pk=pk).exists(), (actor.name, model)
        assert CANARY not in str(titles(loaded(made, actor)))
        assert (
            loaded(made, actor).blocks.all()[0] == made.open_block
            and len(loaded(made, actor).blocks.all()) == 1
        )
        assert not papers_shown(actor, made.session).exists()
    for model, pk in closed:
        assert model.objects.visible_to(cast.secretariat).filter(pk=pk).exists()
    # Who forgets to ask shows what everybody sees.
    session = Session.objects.get(pk=made.session.pk)
    assert [session.blocks.count(), session.agenda.count(), session.outcomes.count(), session.papers.count()] == [
        1, 2, 0, 0,
    ]  # fmt: skip


def test_the_outer_ring_knows_when_and_where_and_not_what(cast: Cast) -> None:
    made = event(cast)
    let_in(cast, made.session, cast.luis, CircleMember.Level.LOGISTICS)
    session = loaded(made, acting(cast.luis))
    assert len(session.blocks.all()) == 2 and titles(session) == titles(loaded(made, ANONYMOUS))
    told = parts(session, inside=True)
    assert [part.closed for part in told] == [True, False]
    assert told[0].title == "" and told[0].place == f"{CANARY} casa"
    assert session.blocks.all()[0].name == "Casa adentro"
    inner = parts(loaded(made, cast.secretariat), inside=True)
    assert inner[0].title == f"{CANARY} bloque ({CANARY} quienes)"


def test_numbers_hours_and_minutes_count_only_what_is_seen(cast: Cast) -> None:
    made = event(cast)
    outer, inner = (loaded(made, actor) for actor in (ANONYMOUS, cast.secretariat))
    seen, known = agenda_with_times(outer), agenda_with_times(inner)
    assert [timed.item.title for timed in seen.items] == ["Estado de los compromisos", "Rutas abiertas"]
    assert seen.minutes == 60 and known.minutes == 60 + 30 + 17 and not seen.over
    assert agenda_with_times(inner, outside=True).minutes == 60
    assert [row.number for row in outcomes_by_item(made.session, ANONYMOUS)] == [1, 2]
    assert len(outcomes_by_item(made.session, cast.secretariat)) == 4


def test_calendars_and_feeds_of_the_open_part_are_silent_whoever_loads_it(cast: Cast) -> None:
    made = event(cast)
    day = f"{made.closed_block.starts_at:%Y%m%d}"
    for actor in (cast.secretariat, ANONYMOUS):
        file = session_event(
            session=loaded(made, actor), method="PUBLISH", attendee=None, url="", language="es"
        ).decode()
        assert CANARY not in file and day not in file.replace("DTSTAMP", "")
        rows = for_feed(Session.objects.visible_to(actor), cast.now)
        assert CANARY not in str([[part.line for part in parts(row)] + titles(row) for row in rows])
    hours = closed_hours(session=made.session, blocks=[made.closed_block], language="es").decode()
    assert CANARY not in hours and day in hours and "CLASS:PRIVATE" in hours and "LOCATION" not in hours
    assert made.session.mesa.name not in hours and str(made.session.public_id) not in hours


def test_clashes_know_of_closed_parts_only_inside(cast: Cast) -> None:
    made = event(cast)
    who = seated_at(cast.mesa.pk, cast.now.date())
    given: dict[str, Any] = {
        "who": who, "starts_at": made.closed_block.starts_at, "ends_at": made.closed_block.ends_at,
        "on": cast.now.date(),
    }  # fmt: skip
    for actor in outsiders(cast):
        assert not clashes(**given, actor=actor)
    Session.objects.filter(pk=made.session.pk).update(state="announced")  # those with a seat
    assert [clash.session for clash in clashes(**given, actor=cast.secretariat).seen] == [made.session]


def test_a_room_of_a_closed_part_is_not_available_and_that_is_all(cast: Cast) -> None:
    hall = room(cast)
    made = event(cast)
    rewrite(cast, made.closed_block, room_id=hall.pk, modality="in_person")
    assert made.closed_block.reservations.filter(is_held=True).exists()
    start = made.closed_block.starts_at + HOUR
    chair = acting(cast.tomas)
    for by, names in ((chair, False), (cast.secretariat, True)):
        with pytest.raises(RoomTaken) as refused:
            drafted(cast, starts_at=start, room_id=hall.pk, venue="", by=by)
        told = str(refused.value.message)
        assert CANARY not in told and (made.session.title in told) is names
    # Another open block of the same event, by somebody who does not know: the same words.
    made.session.refresh_from_db()
    with pytest.raises(RoomTaken) as refused:
        actions.add_block(
            session_id=made.session.pk, version=made.session.version, kind="plenary", title="", starts_at=start,
            ends_at=start + HOUR, modality="", venue="", online_url="", capacity=None, audience_note="",
            room_id=hall.pk, online_account_id=None, by=chair, now=cast.now,
        )  # fmt: skip
    assert CANARY not in str(refused.value.message)


def test_hours_of_a_closed_plenary_refuse_nothing_to_who_does_not_know(cast: Cast) -> None:
    made = event(cast)
    chair = acting(cast.tomas)
    moved = rewrite(
        cast,
        made.open_block,
        by=chair,
        starts_at=made.closed_block.starts_at,
        ends_at=made.closed_block.ends_at,
    )
    assert moved.starts_at == made.closed_block.starts_at


def test_closing_a_block_closes_what_is_in_it_and_tells_of_the_open_programme(cast: Cast) -> None:
    session = convened(cast)
    assert session.starts_at
    second = block(cast, session, session.starts_at + DAY, title="Cierre")
    inside = item(cast, session, "Bases", block_id=second.pk)
    session.refresh_from_db()
    before = session.schedule_version
    rewrite(cast, second, is_casa_adentro=True)
    inside.refresh_from_db()
    session.refresh_from_db()
    assert inside.is_casa_adentro and session.schedule_version == before + 1
    assert session.ends_at == Block.objects.get(session=session, is_casa_adentro=False).ends_at
    assert session.circle.current().get().person == cast.rosa
    rewrite(cast, second, is_casa_adentro=False)
    inside.refresh_from_db()
    session.refresh_from_db()
    assert inside.is_casa_adentro and session.schedule_version == before + 2  # each item is opened by hand


def test_a_session_keeps_an_open_block_in_which_somebody_meets(cast: Cast) -> None:
    made = event(cast)
    with pytest.raises(LastOpenBlock):
        rewrite(cast, made.open_block, is_casa_adentro=True)
    with pytest.raises(OnlyBreaks):
        rewrite(cast, made.open_block, kind="break")
    whole = drafted(cast, is_casa_adentro=True)
    with pytest.raises(SessionIsClosedAlready):
        item(cast, whole, "Punto", is_casa_adentro=True)


def test_who_is_outside_an_existing_circle_closes_and_opens_nothing(cast: Cast) -> None:
    made, chair = event(cast), acting(cast.tomas)
    with pytest.raises(NotInside) as refused:
        actions.add_item(
            session_id=made.session.pk, kind="discussion", title="Otro", is_casa_adentro=True, by=chair,
            now=cast.now,
        )  # fmt: skip
    assert "circle" not in str(refused.value.message)
    with pytest.raises(NotInside):
        rewrite(cast, made.closed_block, by=chair, is_casa_adentro=False)
    assert list(made.session.circle.current().values_list("person", flat=True)) == [cast.rosa.pk]


def test_an_item_is_as_closed_as_its_block(cast: Cast) -> None:
    made = event(cast)
    given: dict[str, Any] = {"kind": "discussion", "title": "Rutas", "by": cast.secretariat, "now": cast.now}
    into = actions.edit_item(item_id=made.item.pk, version=1, **given, block_id=made.closed_block.pk)
    assert into.is_casa_adentro
    with pytest.raises(BlockIsClosed):
        actions.edit_item(item_id=into.pk, version=into.version, **given, is_casa_adentro=False)
    out = actions.edit_item(item_id=into.pk, version=into.version, **given, block_id=made.open_block.pk)
    assert out.is_casa_adentro  # it stays closed until it is opened
    opened = actions.edit_item(item_id=out.pk, version=out.version, **given, is_casa_adentro=False)
    assert not opened.is_casa_adentro


def test_items_are_ordered_among_those_one_sees(cast: Cast) -> None:
    made, chair = event(cast), acting(cast.tomas)
    second = item(cast, made.session, f"{CANARY} otro", is_casa_adentro=True)
    third = item(cast, made.session, "Tercero")
    actions.move_item(item_id=third.pk, up=True, by=chair, now=cast.now)
    assert titles(loaded(made, chair)) == ["Estado de los compromisos", "Tercero", "Rutas abiertas"]
    actions.place_item(item_id=third.pk, before_id=None, by=chair, now=cast.now)
    assert titles(loaded(made, chair))[-1] == "Tercero"
    second.refresh_from_db()
    assert second.is_casa_adentro and set(Block.objects.values_list("is_casa_adentro", flat=True)) == {
        False,
        True,
    }


def test_a_session_that_moves_by_days_takes_its_closed_parts_along(cast: Cast) -> None:
    made = event(cast)
    session, chair = made.session, acting(cast.tomas)
    actions.edit(
        session_id=session.pk, version=session.version, starts_at=session.starts_at + 7 * DAY,
        ends_at=session.ends_at + 7 * DAY, by=chair, now=cast.now,
    )  # fmt: skip
    moved = Block.objects.get(pk=made.closed_block.pk)
    assert moved.starts_at == made.closed_block.starts_at + 7 * DAY
    session.refresh_from_db()
    actions.edit(
        session_id=session.pk, version=session.version, ends_at=session.ends_at + HOUR, by=chair, now=cast.now
    )
    assert Block.objects.get(pk=made.closed_block.pk).starts_at == moved.starts_at


def test_the_door_is_cheap(cast: Cast, django_assert_num_queries: Any) -> None:
    made = event(cast)
    people = Person.objects.bulk_create(Person(name=f"P{n}") for n in range(60))
    CircleMember.objects.bulk_create(
        CircleMember(session=made.session, person=one, level="record", since=cast.now) for one in people
    )
    for actor in (ANONYMOUS, Actor(person_id=cast.rosa.pk)):
        with django_assert_num_queries(3):
            list(with_parts(Session.objects.visible_to(actor), actor))
    assert "circlemember" not in str(Block.objects.shown_to(ANONYMOUS).query)


def test_the_files_of_both_views_are_kept(cast: Cast) -> None:
    """What leaves for everybody names the open day alone, whoever loaded it; the circle's says a meeting and when."""
    made = event(cast)
    Session.objects.filter(pk=made.session.pk).update(
        public_id=UUID(int=0x4000_8000_0000_0000_0000 + 5), created_at=MADE, convened_at=MADE, moved_at=None
    )
    for actor in (cast.secretariat, ANONYMOUS):
        kept("open_part.ics", request(loaded(made, actor)))
    block = Block(pk=7, starts_at=made.closed_block.starts_at, ends_at=made.closed_block.ends_at)
    kept("closed_part.ics", closed_hours(session=loaded(made, ANONYMOUS), blocks=[block], language="es"))


def test_the_record_of_a_closed_first_day_begins_with_it(cast: Cast) -> None:
    made = event(cast)
    on_the_day = made.closed_block.starts_at + HOUR
    written = actions.record_outcome(
        item_id=made.closed_item.pk, kind="decision", text="Rutas", by=cast.secretariat, now=on_the_day
    )
    assert written.pk and Activity.objects.get(kind="session.outcome_recorded").payload["casa"]
    told = [why_not_recording(loaded(made, actor), on_the_day) for actor in (cast.secretariat, ANONYMOUS)]
    assert told[0] == "" and told[1] != ""
