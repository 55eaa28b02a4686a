"""The door: what its devices carry, what they send, and that the same queue twice is one."""

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.attendees import actions
from coordination.attendees.checkin import key_of
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.sessions.models import Block, CircleMember, Session
from tests.attendees.at_the_door import entry, named, opened, results, scan, send
from tests.attendees.inviting import called, delegates
from tests.cast import Cast, many_organizations, organization, signed_in


@pytest.fixture
def session(today: Cast) -> Session:
    return opened(today)


@pytest.fixture
def block(session: Session) -> Block:
    return session.blocks.get()


@pytest.fixture
def carmen(today: Cast, session: Session) -> Delegate:
    return named(today, session)[0]


@pytest.fixture
def door(today: Cast) -> Client:
    return signed_in(today.rosa.user)


def only(told: list[dict[str, str]], *keys: str) -> list[tuple[str, ...]]:
    return [tuple(one[key] for key in keys) for one in told]


def test_the_list_has_what_a_device_needs_and_no_pass(
    today: Cast, session: Session, block: Block, carmen: Delegate, door: Client
) -> None:
    Delegate.objects.filter(pk=carmen.pk).update(rank="head")
    results(door, session, [scan(block, carmen, today.now), walk_in(block, today)])
    response = door.get(reverse("attendees:door_list", args=[session.public_id]))
    told = response.json()
    assert "no-store" in response["Cache-Control"]
    assert list(told) == [
        "session", "server_now", "blocks", "block", "organizations", "people", "walk_ins",
    ]  # fmt: skip
    assert told["session"] == {
        "id": str(session.public_id),
        "title": session.title,
        "zone": "America/Guayaquil",
    }
    assert [one["id"] for one in told["blocks"]] == [block.pk] == [told["block"]]
    assert {"slug": today.ngo.slug, "name": today.ngo.name} in told["organizations"]
    first = told["people"][0]
    assert (first["id"], first["key"], first["slug"]) == (
        str(carmen.public_id),
        key_of(carmen),
        today.ngo.slug,
    )
    assert first["waiting"] is False
    assert first["rank"]
    assert first["marks"][str(block.pk)]["status"] == "present"
    assert told["people"][1]["marks"] == {}
    assert told["walk_ins"][0]["name"] == "Marta Quishpe"
    assert carmen.pass_token not in response.text


def walk_in(block: Block, cast: Cast, **told: object) -> dict[str, object]:
    return entry(
        block,
        "walk_in",
        **{"name": " Marta   Quishpe ", "organization": cast.ngo.slug, "at": cast.now.isoformat()} | told,
    )


def test_the_list_asks_as_often_for_three_hundred_as_for_one(
    today: Cast, session: Session, door: Client, django_assert_max_num_queries
) -> None:
    named(today, session)
    invitation = Invitation.objects.filter(session=session, organization=today.ngo).get()
    Invitation.objects.bulk_create(
        Invitation(
            session=session,
            organization=one,
            state="accepted",
            answered_at=today.now,
            link_expires_at=invitation.link_expires_at,
            created_at=today.now,
        )
        for one in many_organizations([f"Organización {n}" for n in range(300)])
    )
    Delegate.objects.bulk_create(
        Delegate(invitation=one, person=today.luis, role="principal", registered_at=today.now)
        for one in Invitation.objects.filter(session=session).exclude(pk=invitation.pk)
    )
    with django_assert_max_num_queries(12):
        told = door.get(reverse("attendees:door_list", args=[session.public_id])).json()
    assert len(told["people"]) > 300


def test_a_scan_marks_once_and_again_is_a_success(
    today: Cast, session: Session, block: Block, carmen: Delegate, door: Client
) -> None:
    at = today.now - timedelta(minutes=10)
    first = scan(block, carmen, at)
    hour = f"{at.astimezone(session.zone):%Hh%M}"
    told = results(door, session, [first, scan(block, carmen, today.now)])
    assert only(told, "result", "at", "name") == [
        ("new", hour, "Carmen Loja"),
        ("already", hour, "Carmen Loja"),
    ]
    assert only(results(door, session, [first]), "result", "at") == [("already", hour)]
    luis = Delegate.objects.get(role="alternate")
    stolen = entry(block, delegate=str(luis.public_id)) | {"client_id": first["client_id"]}
    assert only(results(door, session, [stolen]), "reason") == [("bad",)]
    mark = Attendance.objects.get()
    assert (mark.source, mark.arrived_at, mark.status) == ("scan", at, "present")
    assert Activity.objects.about("attendance", mark.pk).count() == 1


def test_a_bare_token_marks_too_and_a_name_is_of_the_door(
    today: Cast, session: Session, block: Block, door: Client
) -> None:
    carmen, luis = named(today, session)
    told = results(
        door,
        session,
        [
            entry(block, **{"pass": carmen.pass_token}),
            entry(block, delegate=str(luis.public_id), status="excused"),
        ],
    )
    assert only(told, "result", "status") == [("new", "present"), ("new", "excused")]
    marks = {mark.delegate_id: mark for mark in Attendance.objects.all()}
    assert marks[carmen.pk].source == "scan" and marks[carmen.pk].arrived_at is not None
    assert marks[luis.pk].source == "door" and marks[luis.pk].arrived_at is None


def test_the_same_queue_twice_or_in_parts_gives_the_same_rows(
    today: Cast, session: Session, block: Block, door: Client
) -> None:
    carmen, luis = named(today, session)
    early = today.now - timedelta(minutes=20)
    queue = [
        scan(block, carmen, early),
        entry(block, delegate=str(carmen.public_id), status="excused", at=(early + timedelta(minutes=5)).isoformat()),
        scan(block, luis, early),
        walk_in(block, today),
        entry(block, "left", delegate=str(luis.public_id), at=today.now.isoformat()),
        scan(block, carmen, today.now),
    ]  # fmt: skip
    assert {one["result"] for one in results(door, session, queue)} == {"new"}

    def rows() -> list[tuple[object, ...]]:
        return list(
            Attendance.objects.order_by("id").values_list(
                "pk", "status", "arrived_at", "left_at", "client_id"
            )
        )

    before, trail = rows(), Activity.objects.count()
    for part in (queue, queue[2:5], queue[:3], queue[3:]):
        assert {one["result"] for one in results(door, session, part)} == {"already"}
    assert rows() == before
    assert Activity.objects.count() == trail


def test_of_two_devices_the_later_hour_wins_whichever_comes_first(
    today: Cast, session: Session, block: Block, carmen: Delegate, door: Client
) -> None:
    early, late = today.now - timedelta(minutes=20), today.now - timedelta(minutes=10)
    excused = entry(block, delegate=str(carmen.public_id), status="excused", at=late.isoformat())
    told = results(door, session, [excused, scan(block, carmen, early)])
    assert only(told, "result", "status") == [("new", "excused"), ("already", "excused")]
    mark = Attendance.objects.get()
    assert mark.status == "excused"
    trail = Activity.objects.about("attendance", mark.pk)
    assert [one.payload.get("lost_to_later") for one in trail] == ["present", None]


def test_a_clock_wrong_by_hours_is_set_right_and_kept_within_the_day(
    today: Cast, session: Session, block: Block, door: Client
) -> None:
    carmen, luis = named(today, session)
    wrong = timezone.now() + timedelta(hours=7)
    queue = [scan(block, carmen, wrong - timedelta(minutes=10)), scan(block, luis, wrong - timedelta(days=3))]
    results(door, session, queue, sent_at=wrong)
    marks = {mark.delegate_id: mark.arrived_at for mark in Attendance.objects.all()}
    assert abs(marks[carmen.pk] - (timezone.now() - timedelta(minutes=10))) < timedelta(seconds=30)
    assert marks[luis.pk] == session.starts_at - timedelta(hours=6)
    results(door, session, [walk_in(block, today, at="9999-12-31T23:59:59Z")], sent_at=None)
    assert Attendance.objects.get(is_walk_in=True).arrived_at <= timezone.now()


def test_a_code_of_another_session_is_refused_and_named_only_to_who_may_see_it(
    today: Cast, session: Session, block: Block, door: Client
) -> None:
    other = called(today)
    [theirs, _] = named(today, other)
    asked = scan(block, theirs, today.now)
    [told] = results(door, session, [asked])
    assert (told["result"], told["reason"], told["name"]) == ("refused", "other_session", "")
    assert other.title in told["message"]
    Session.objects.filter(pk=other.pk).update(is_casa_adentro=True)
    [hidden] = results(door, session, [asked])
    [nobody] = results(door, session, [{**asked, "pass": f"/p/{'A' * 22}.{'b' * 32}/"}])
    assert hidden == nobody
    assert hidden["reason"] == "unknown"
    assert not Attendance.objects.exists()


def test_who_has_no_place_is_refused_with_what_to_do(
    today: Cast, session: Session, block: Block, door: Client
) -> None:
    carmen, luis = named(today, session)
    scans = [scan(block, carmen, today.now), scan(block, luis, today.now)]
    Delegate.objects.filter(pk=carmen.pk).update(withdrawn_at=today.now - timedelta(minutes=5))
    Delegate.objects.filter(pk=luis.pk).update(waiting_since=today.now)
    told = results(door, session, scans)
    assert only(told, "result", "reason") == [("refused", "withdrawn"), ("refused", "waiting")]
    came_before = scan(block, carmen, today.now - timedelta(minutes=9))
    assert only(results(door, session, [came_before]), "result") == [("new",)]
    Delegate.objects.filter(pk=luis.pk).update(waiting_since=None, pass_generation=2)
    assert only(results(door, session, scans[1:]), "reason") == [("unknown",)]


def test_a_closed_register_keeps_what_came_and_refuses_the_rest_until_reopened(
    today: Cast, session: Session, block: Block, door: Client
) -> None:
    carmen, luis = named(today, session)
    first, late = scan(block, carmen, today.now), scan(block, luis, today.now)
    results(door, session, [first])
    actions.close_attendance(session_id=session.pk, by=today.secretariat, now=timezone.now())
    assert Attendance.objects.get(delegate=luis).status == "absent"
    told = results(door, session, [first, late])
    assert only(told, "result", "reason") == [("already", ""), ("refused", "closed")]
    response = door.post(reverse("attendees:reopen", args=[session.public_id]))
    assert response.status_code == 302
    assert not Attendance.objects.filter(status="absent").exists()
    assert only(results(door, session, [late]), "result", "status") == [("new", "present")]
    closed = actions.close_attendance(session_id=session.pk, by=today.secretariat, now=timezone.now())
    session.refresh_from_db()
    assert session.present_people == closed.people == 2


def test_reopening_waits_for_nobody_once_the_session_is_closed(
    today: Cast, session: Session, door: Client
) -> None:
    actions.close_attendance(session_id=session.pk, by=today.secretariat, now=timezone.now())
    Session.objects.filter(pk=session.pk).update(closed_at=timezone.now(), state="held")
    door.post(reverse("attendees:reopen", args=[session.public_id]))
    session.refresh_from_db()
    assert session.attendance_closed_at


def test_walk_ins_and_substitutes_come_in_once(
    today: Cast, session: Session, block: Block, carmen: Delegate, door: Client
) -> None:
    stand_in = walk_in(block, today, name="Pedro Guamán", replaces=str(carmen.public_id))
    told = results(door, session, [walk_in(block, today), walk_in(block, today), stand_in])
    assert only(told, "result", "status") == [
        ("new", "present"),
        ("already", "present"),
        ("new", "substitute"),
    ]
    assert Attendance.objects.get(name="Pedro Guamán").replaces == carmen
    listed = walk_in(block, today, name="luis paredes", represents=True)
    assert only(results(door, session, [listed]), "name", "status") == [("Luis Paredes", "substitute")]
    foreign = walk_in(
        block, today, name="Otro", organization=today.university.slug, replaces=str(carmen.public_id)
    )
    assert only(results(door, session, [foreign]), "reason") == [("bad",)]


def test_undo_takes_back_only_its_own_mark_and_stays_taken_back(
    today: Cast, session: Session, block: Block, carmen: Delegate, door: Client
) -> None:
    mine = scan(block, carmen, today.now)
    undo = {**mine, "kind": "undo"}
    results(door, session, [mine])
    assert only(results(door, session, [{**undo, "client_id": str(uuid.uuid4())}]), "result") == [("new",)]
    assert Attendance.objects.count() == 1
    assert only(results(door, session, [undo, undo, mine]), "result") == [
        ("new",),
        ("already",),
        ("already",),
    ]
    assert not Attendance.objects.exists()
    assert Activity.objects.about("block", block.pk).filter(kind="attendance.undone").count() == 2
    other = scan(block, carmen, today.now)
    results(door, session, [other])
    corrected = entry(block, delegate=str(carmen.public_id), status="excused", at=timezone.now().isoformat())
    results(door, session, [corrected])
    assert only(results(door, session, [{**other, "kind": "undo"}]), "reason") == [("bad",)]
    late = walk_in(block, today)
    assert only(results(door, session, [{**late, "kind": "undo"}, late]), "result") == [
        ("new",),
        ("already",),
    ]
    assert not Attendance.objects.filter(is_walk_in=True).exists()


def test_who_left_and_came_back_is_here(
    today: Cast, session: Session, block: Block, carmen: Delegate, door: Client
) -> None:
    hours = [today.now - timedelta(minutes=minutes) for minutes in (20, 10, 2)]
    left = entry(block, "left", delegate=str(carmen.public_id), at=hours[1].isoformat())
    assert only(results(door, session, [left]), "reason") == [("unknown",)]
    results(door, session, [scan(block, carmen, hours[0]), left])
    assert Attendance.objects.get().left_at == hours[1]
    assert only(results(door, session, [scan(block, carmen, hours[2])]), "result") == [("new",)]
    mark = Attendance.objects.get()
    assert (mark.arrived_at, mark.left_at) == (hours[0], None)
    here = walk_in(block, today)
    gone = entry(block, "left", name="marta quishpe", organization=today.ngo.slug, at=today.now.isoformat())
    assert only(results(door, session, [here, gone]), "result", "name") == [
        ("new", "Marta Quishpe"),
        ("new", "Marta Quishpe"),
    ]


def test_hostile_entries_are_refused_one_by_one(
    today: Cast, session: Session, block: Block, carmen: Delegate, door: Client
) -> None:
    pause = Block.objects.create(
        session=session, order=9, kind="break", starts_at=session.starts_at, ends_at=session.ends_at
    )
    elsewhere = called(today).blocks.get()
    bad = [
        None,
        [],
        "x",
        {},
        entry(block, "dance"),
        {**entry(block, delegate=str(carmen.public_id)), "client_id": "1"},
        {**entry(block, delegate=str(carmen.public_id)), "block": True},
        {**entry(block, delegate=str(carmen.public_id)), "block": 10**40},
        entry(pause, delegate=str(carmen.public_id)),
        entry(elsewhere, delegate=str(carmen.public_id)),
        entry(block, delegate=str(carmen.public_id), status="absent"),
        entry(block, delegate={"a": 1}, **{"pass": 7}),
        entry(block, **{"pass": "javascript:alert(1)"}),
        walk_in(block, today, name="N" * 5000),
        walk_in(block, today, name="\0"),
        walk_in(block, today, organization="no-hay"),
        walk_in(block, today, organization="\0" * 9),
    ]
    told = results(door, session, [*bad, scan(block, carmen, today.now)])
    assert {one["result"] for one in told[:-1]} == {"refused"}
    assert {one["reason"] for one in told[:-1]} == {"bad", "unknown"}
    assert all(one["message"] for one in told)
    assert told[-1]["result"] == "new"
    odd = walk_in(block, today, name="Zoë\0 \ud800Núñez", at="ayer")
    assert only(results(door, session, [odd]), "result", "name") == [("new", "Zoë Núñez")]


def test_what_is_no_queue_is_answered_in_json(
    today: Cast, session: Session, block: Block, door: Client
) -> None:
    for body in ("", "{", "[]", "7", '{"entries": 3}', "[" * 100_000, '{"entries": [' + "9" * 5000 + "]}"):
        response = send(door, session, [], body=body)
        assert (response.status_code, "error" in response.json()) == (400, True), body[:20]
    assert send(door, session, [entry(block)] * 201).status_code == 413
    assert send(door, session, [], body=json.dumps({"entries": [], "x": "y" * 300_000})).status_code == 413
    assert send(door, session, []).json()["results"] == []


def test_the_door_is_for_who_keeps_the_register_and_says_where_to_sign_in(
    today: Cast, session: Session, block: Block, carmen: Delegate
) -> None:
    nobody = send(Client(), session, [scan(block, carmen, today.now)])
    assert nobody.status_code == 401
    assert "next=" in nobody.json()["sign_in"]
    assert send(signed_in(today.olga.user), session, []).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(today.rosa.user).cookies
    assert send(strict, session, []).status_code == 403
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    assert send(signed_in(today.rosa.user), session, []).status_code == 404
    CircleMember.objects.create(session=session, person=today.rosa, level="record", since=today.now)
    assert (
        results(signed_in(today.rosa.user), session, [scan(block, carmen, today.now)])[0]["result"] == "new"
    )


def test_a_cancelled_session_takes_nobody_in(
    today: Cast, session: Session, block: Block, carmen: Delegate, door: Client
) -> None:
    Session.objects.filter(pk=session.pk).update(state="cancelled", cancelled_at=today.now)
    [told] = results(door, session, [scan(block, carmen, today.now)])
    assert (told["result"], told["reason"]) == ("refused", "closed")


def test_a_closed_block_of_an_open_session_is_for_its_circle_alone(
    today: Cast, session: Session, carmen: Delegate, door: Client
) -> None:
    inner = Block.objects.create(
        session=session, order=2, starts_at=session.starts_at, ends_at=session.ends_at, is_casa_adentro=True, title="Interno"
    )  # fmt: skip
    where = reverse("attendees:door_list", args=[session.public_id])
    assert "Interno" not in door.get(where).text
    assert results(door, session, [scan(inner, carmen, today.now)])[0]["reason"] == "bad"
    CircleMember.objects.create(session=session, person=today.rosa, level="record", since=today.now)
    assert "Interno" in door.get(where).text
    assert results(door, session, [scan(inner, carmen, today.now)])[0]["result"] == "new"


def test_rank_goes_with_the_mark_as_it_was_that_day(
    today: Cast, session: Session, block: Block, carmen: Delegate, door: Client
) -> None:
    Delegate.objects.filter(pk=carmen.pk).update(rank="head")
    results(door, session, [scan(block, carmen, today.now)])
    Delegate.objects.filter(pk=carmen.pk).update(rank="")
    assert Attendance.objects.get().rank == "head"
    assert delegates(carmen.invitation)[0].rank == ""


def test_the_organizations_of_the_list_are_active_or_called(
    today: Cast, session: Session, door: Client
) -> None:
    proposed = organization("Propuesta")
    proposed.state = "proposed"
    proposed.save()
    told = door.get(reverse("attendees:door_list", args=[session.public_id])).json()
    assert proposed.slug not in [one["slug"] for one in told["organizations"]]
