"""A room is never held twice at one time, and who may not know by whom is not told."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actor import Actor
from coordination.activity.models import Activity
from coordination.mesas.models import Mesa, SecretariatMandate
from coordination.sessions import actions
from coordination.sessions.actions.rooms import NoSuchRoom, RoomTaken, RoomTooSmall
from coordination.sessions.models import Session
from coordination.sessions.rooms import NO_DOUBLE_BOOKING, Reservation, Room
from tests.cast import SINCE, Cast, acting, organization, person
from tests.sessions.scheduling import convened, drafted
from tests.sessions.test_races import at_once

CANARY = "CANARIO"
SignIn = Callable[[Any], Client]


def room(cast: Cast, **fields: Any) -> Room:
    given = {"organization": cast.university, "name": "Auditorio Loja", "address": "Calle 1", "capacity": 60}
    return Room.objects.create(**given | fields)


def other_secretariat() -> tuple[Mesa, Actor]:
    """A second mesa, and who keeps it: nobody of the first."""
    keepers = organization("Prefectura del Norte")
    pablo = person("Pablo Cruz", at=keepers, user=True)
    mesa = Mesa.objects.create(slug="norte", name_es="Mesa Norte", name_en="Northern Mesa", code_prefix="NO")
    mandate = SecretariatMandate.objects.create(mesa=mesa, instrument="Acuerdo 9", starts_on=SINCE)
    mandate.organizations.add(keepers)
    mandate.posts.add(pablo.tenures.get().post)
    return mesa, acting(pablo)


def edited(session: Session, cast: Cast, **changed: Any) -> Session:
    session.refresh_from_db()
    return actions.edit(
        session_id=session.pk, version=session.version, **changed, by=cast.secretariat, now=cast.now
    )


def held(session: Session) -> list[tuple[str, bool]]:
    rows = Reservation.objects.filter(block__session=session).order_by("room__name")
    return list(rows.values_list("room__name", "is_held"))


def test_a_session_takes_place_and_capacity_from_its_room(cast: Cast) -> None:
    session = drafted(cast, room_id=room(cast).pk, venue="otra cosa")
    assert (session.venue, session.address, session.capacity) == ("Auditorio Loja", "Calle 1", 60)
    assert held(session) == [("Auditorio Loja", True)]


def test_more_people_than_the_room_holds_are_refused(cast: Cast) -> None:
    with pytest.raises(RoomTooSmall):
        drafted(cast, room_id=room(cast).pk, capacity=61)


def test_a_room_no_longer_offered_stays_with_who_has_it_and_is_given_to_nobody_else(cast: Cast) -> None:
    place = room(cast)
    session = drafted(cast, room_id=place.pk)
    Room.objects.update(is_active=False, name="Auditorio viejo")
    assert edited(session, cast, topic="Otro", room_id=place.pk, venue="x").venue == "Auditorio Loja"
    with pytest.raises(NoSuchRoom):
        drafted(cast, room_id=place.pk, starts_at=cast.in_days(40))


def test_two_sessions_at_one_time_cannot_have_one_room(cast: Cast) -> None:
    place = room(cast)
    first = drafted(cast, room_id=place.pk)
    with pytest.raises(RoomTaken) as refused:
        drafted(cast, room_id=place.pk, starts_at=first.ends_at - timedelta(minutes=1))
    told = str(refused.value.message)
    assert "Auditorio Loja" in told and first.title in told
    assert Session.objects.count() == 1


def test_one_begins_when_the_other_ends(cast: Cast) -> None:
    place = room(cast)
    first = drafted(cast, room_id=place.pk)
    drafted(cast, room_id=place.pk, starts_at=first.ends_at)
    drafted(cast, room_id=place.pk, starts_at=first.starts_at - timedelta(hours=3))
    assert Reservation.objects.filter(is_held=True).count() == 3


def test_an_online_account_holds_one_meeting_at_a_time(cast: Cast) -> None:
    account = room(cast, name="Cuenta 1", is_online_account=True)
    online = {
        "modality": "online",
        "online_url": "https://reunion.example/1",
        "online_account_id": account.pk,
    }
    session = drafted(cast, **online)
    assert held(session) == [("Cuenta 1", True)] and session.venue == "Auditorio municipal"
    with pytest.raises(RoomTaken) as refused:
        drafted(cast, **online)
    assert refused.value.field == "online_account"
    with pytest.raises(NoSuchRoom):
        drafted(cast, room_id=account.pk, starts_at=cast.in_days(40))


def test_the_modality_lets_go_of_what_it_has_no_use_for(cast: Cast) -> None:
    account, place = room(cast, name="Cuenta 1", is_online_account=True), room(cast)
    both = {"room_id": place.pk, "online_account_id": account.pk, "online_url": "https://reunion.example/1"}
    session = drafted(cast, modality="hybrid", **both)
    assert held(session) == [("Auditorio Loja", True), ("Cuenta 1", True)]
    edited(session, cast, modality="online")
    assert held(session) == [("Cuenta 1", True)]
    edited(session, cast, modality="in_person", **both)
    assert held(session) == [("Auditorio Loja", True)]


def test_a_cancelled_session_frees_its_room(cast: Cast) -> None:
    place = room(cast)
    session = drafted(cast, room_id=place.pk)
    actions.cancel(session_id=session.pk, reason="Vía cerrada", by=cast.secretariat, now=cast.now)
    assert held(session) == [("Auditorio Loja", False)]
    drafted(cast, room_id=place.pk)


def test_a_session_that_moves_takes_its_room_along_or_stays(cast: Cast) -> None:
    place = room(cast)
    blocking, session = (
        drafted(cast, room_id=place.pk),
        drafted(cast, room_id=place.pk, starts_at=cast.in_days(30)),
    )
    with pytest.raises(RoomTaken), transaction.atomic():
        edited(session, cast, starts_at=blocking.starts_at, ends_at=blocking.ends_at)
    session.refresh_from_db()
    assert session.starts_at == cast.in_days(30)
    later = {"starts_at": cast.in_days(31), "ends_at": cast.in_days(31) + timedelta(hours=3)}
    edited(session, cast, **later)
    assert Reservation.objects.get(block__session=session).starts_at == cast.in_days(31)
    drafted(cast, room_id=place.pk, starts_at=cast.in_days(30))


def test_another_room_is_a_move_and_a_corrected_entry_is_not(cast: Cast) -> None:
    first, second = room(cast), room(cast, name="Sala Zaruma")
    session = convened(cast, room_id=first.pk)
    Room.objects.filter(pk=first.pk).update(address="Calle 1 y Quito")
    assert edited(session, cast, topic="Rutas", room_id=first.pk).schedule_version == 1
    moved = edited(session, cast, room_id=second.pk)
    assert (moved.schedule_version, moved.venue) == (2, "Sala Zaruma")
    assert held(moved) == [("Sala Zaruma", True)]
    assert Activity.objects.filter(kind="session.moved").count() == 1


class TestWhoHoldsIt:
    def told(self, cast: Cast, place: Room) -> str:
        """What the keeper of another mesa reads when it wants the same room."""
        mesa, keeper = other_secretariat()
        with pytest.raises(RoomTaken) as refused:
            drafted(cast, mesa_id=mesa.pk, room_id=place.pk, by=keeper)
        return str(refused.value.message)

    def test_an_announced_session_is_named(self, cast: Cast) -> None:
        place = room(cast)
        session = drafted(cast, room_id=place.pk)
        actions.announce(session_id=session.pk, by=cast.secretariat, now=cast.now)
        assert session.title in self.told(cast, place)

    def test_casa_adentro_maintenance_and_drafts_read_the_same(self, cast: Cast) -> None:
        told = []
        for number in range(3):
            place = room(cast, name="Sala")
            if number == 0:
                closed = drafted(
                    cast, room_id=place.pk, is_casa_adentro=True, topic=f"{CANARY} tema", hours=5
                )
                actions.mark_convened(session_id=closed.pk, by=cast.secretariat, now=cast.now)
            elif number == 1:
                start = cast.in_days(20, hour=13)
                Reservation.objects.create(
                    room=place,
                    starts_at=start,
                    ends_at=start + timedelta(hours=6),
                    reason=f"{CANARY} pintura",
                )
            else:
                drafted(cast, room_id=place.pk, topic=f"{CANARY} borrador")
            told.append(self.told(cast, place))
            Mesa.objects.filter(slug="norte").update(slug=f"norte-{number}", code_prefix=f"N{number}")
            Room.objects.filter(pk=place.pk).update(name=f"Sala {number}")
        assert len(set(told)) == 1
        assert CANARY not in told[0] and cast.mesa.name not in told[0]

    def test_its_circle_reads_who_holds_it(self, cast: Cast) -> None:
        place = room(cast)
        closed = drafted(cast, room_id=place.pk, is_casa_adentro=True)
        with pytest.raises(RoomTaken) as refused:
            drafted(cast, room_id=place.pk)
        assert closed.title in str(refused.value.message)


class TestPages:
    @pytest.fixture
    def today(self, cast: Cast) -> Cast:
        cast.now = timezone.now()
        return cast

    def sent(self, cast: Cast, **given: Any) -> dict[str, Any]:
        return {
            "day": f"{cast.in_days(20):%Y-%m-%d}", "starts": "09:00", "ends": "12:00", "modality": "in_person",
            "time_zone": "America/Guayaquil", "kind": "ordinary", "topic": "Rutas", "venue": "",
        } | given  # fmt: skip

    def test_without_rooms_on_file_the_place_is_a_text(self, today: Cast, sign_in: SignIn) -> None:
        place = reverse("sessions:schedule", args=[today.mesa.slug])
        assert 'name="room"' not in sign_in(today.rosa).get(place).content.decode()

    def test_a_clash_is_named_at_the_room_and_nothing_typed_is_lost(
        self, today: Cast, sign_in: SignIn
    ) -> None:
        place, rosa = room(today), sign_in(today.rosa)
        address = reverse("sessions:schedule", args=[today.mesa.slug])
        assert rosa.post(address, self.sent(today, room=place.pk)).status_code == 302
        again = self.sent(today, room=place.pk, topic="Niñez")
        answer = rosa.post(address, again)  # the mesa's own organizations clash too: read and accepted
        answer = rosa.post(address, again | {"anyway": answer.context["form"].data["anyway"]})
        assert list(answer.context["form"].errors) == ["room"]
        assert "Niñez" in answer.content.decode()

    def test_the_edit_form_comes_with_its_room(self, today: Cast, sign_in: SignIn) -> None:
        session = drafted(today, room_id=room(today).pk, now=today.now)
        Room.objects.update(is_active=False)
        page = sign_in(today.rosa).get(reverse("sessions:edit", args=[session.public_id]))
        assert page.context["form"]["room"].value() == session.room_id
        assert "Auditorio Loja" in page.content.decode()

    def test_a_closure_over_a_held_room_is_refused_without_saying_why(
        self, today: Cast, sign_in: SignIn
    ) -> None:
        place = room(today)
        session = drafted(today, room_id=place.pk, is_casa_adentro=True, topic=CANARY, now=today.now)
        address = reverse("admin:mesa_sessions_room_change", args=[place.pk])
        data = {
            "name": place.name, "organization": place.organization_id, "is_active": "on", "capacity": 60,
            "reservations-TOTAL_FORMS": 1, "reservations-INITIAL_FORMS": 0,
            "reservations-0-reason": "Pintura", "reservations-0-room": place.pk,
            "reservations-0-starts_at_0": f"{session.starts_at:%Y-%m-%d}", "reservations-0-starts_at_1": "00:00",
            "reservations-0-ends_at_0": f"{session.ends_at + timedelta(days=1):%Y-%m-%d}",
            "reservations-0-ends_at_1": "23:00",
        }  # fmt: skip
        ana = sign_in(today.ana)
        answer = ana.post(address, data)
        assert answer.status_code == 200
        assert "not available" in answer.content.decode() or "no está disponible" in answer.content.decode()
        assert CANARY not in ana.get(address).content.decode()
        assert Reservation.objects.count() == 1
        session.refresh_from_db()
        actions.cancel(session_id=session.pk, reason="x", by=today.secretariat, now=today.now)
        assert ana.post(address, data).status_code == 302
        assert Reservation.objects.filter(block=None).count() == 1

    def test_two_closures_that_overlap_are_refused_together(self, today: Cast, sign_in: SignIn) -> None:
        place = room(today)
        data = {
            "name": place.name, "organization": place.organization_id, "is_active": "on", "capacity": 60,
            "reservations-TOTAL_FORMS": 2, "reservations-INITIAL_FORMS": 0,
        }  # fmt: skip
        for number, hours in enumerate((("08:00", "12:00"), ("11:00", "15:00"))):
            for name, hour in zip(("starts_at", "ends_at"), hours, strict=True):
                data[f"reservations-{number}-{name}_0"] = "2030-05-06"
                data[f"reservations-{number}-{name}_1"] = hour
        address = reverse("admin:mesa_sessions_room_change", args=[place.pk])
        assert sign_in(today.ana).post(address, data).status_code == 200
        assert not Reservation.objects.exists()
        data["reservations-1-starts_at_1"] = "12:00"
        assert sign_in(today.ana).post(address, data).status_code == 302
        assert Reservation.objects.count() == 2

    def test_the_staff_page_says_how_one_gets_in_and_the_public_one_does_not(
        self, today: Cast, sign_in: SignIn, client: Client
    ) -> None:
        session = drafted(today, room_id=room(today, access="Llave en portería").pk, now=today.now)
        actions.announce(session_id=session.pk, by=today.secretariat, now=today.now)
        assert "Llave en portería" in sign_in(today.rosa).get(session.get_absolute_url()).content.decode()
        assert "Llave en portería" not in client.get(session.get_absolute_url()).content.decode()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_of_many_who_want_one_room_at_one_time_one_gets_it(self, cast: Cast) -> None:
        place = room(cast)
        mesa, keeper = other_secretariat()
        ours = [lambda: drafted(cast, room_id=place.pk)] * 3
        theirs = [lambda: drafted(cast, mesa_id=mesa.pk, room_id=place.pk, by=keeper)] * 3
        made = at_once(*ours, *theirs)
        assert sum(isinstance(one, Session) for one in made) == 1, made
        assert sum(isinstance(one, RoomTaken) for one in made) == 5

    def test_the_constraint_alone_keeps_the_second_out(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without the lock on the room's row: both have written before either commits."""
        assert self.both_have_it(cast, monkeypatch) == 1

    def test_without_the_constraint_both_would_have_it(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The control: were this to give one room once, the tests above would prove nothing."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [NO_DOUBLE_BOOKING]
            )
            wall = cursor.fetchone()[0]
            cursor.execute(f"ALTER TABLE mesa_sessions_reservation DROP CONSTRAINT {NO_DOUBLE_BOOKING}")
        try:
            assert self.both_have_it(cast, monkeypatch) == 2
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM mesa_sessions_reservation")
                cursor.execute(
                    f"ALTER TABLE mesa_sessions_reservation ADD CONSTRAINT {NO_DOUBLE_BOOKING} {wall}"
                )

    def both_have_it(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> int:
        place = room(cast)
        mesa, keeper = other_secretariat()
        monkeypatch.setattr(
            "django.db.models.query.QuerySet.select_for_update", lambda self, **_options: self.all()
        )
        barrier = threading.Barrier(2)

        def wanting(**fields: Any) -> Callable[[], Session]:
            def want() -> Session:
                with transaction.atomic():
                    barrier.wait(10)
                    return drafted(cast, room_id=place.pk, **fields)

            return want

        at_once(wanting(), wanting(mesa_id=mesa.pk, by=keeper))
        return Reservation.objects.filter(room=place, is_held=True).count()


def test_the_database_refuses_by_itself(cast: Cast) -> None:
    place, start = room(cast), cast.in_days(20)
    Reservation.objects.create(room=place, starts_at=start, ends_at=start + timedelta(hours=2))
    with pytest.raises(IntegrityError, match=NO_DOUBLE_BOOKING), transaction.atomic():
        Reservation.objects.create(
            room=place, starts_at=start + timedelta(hours=1), ends_at=start + timedelta(hours=3)
        )
    Reservation.objects.create(
        room=room(cast, name="Otra"), starts_at=start, ends_at=start + timedelta(hours=2)
    )
