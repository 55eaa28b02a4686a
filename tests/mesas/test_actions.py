"""Founding a mesa, editing it, seating and unseating."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.common.errors import StaleVersion
from coordination.mesas import actions
from coordination.mesas.models import Mesa, Seat
from coordination.mesas.permissions import can_edit_mesa
from coordination.mesas.queries import free_prefix, suggested_prefix
from coordination.taxonomies.models import ThematicAxis
from tests.cast import Cast, acting


def create(cast: Cast, **columns: object) -> Mesa:
    columns = {"name_es": "Mesa Cantonal de Trata de Personas", "level": "cantonal", **columns}
    return actions.create(**columns, by=cast.secretariat, now=cast.now)


def kinds() -> list[str]:
    return list(Activity.objects.order_by("id").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("Mesa Zonal Frontera Sur", "FS"),
        ("Mesa Nacional de Movilidad Humana", "MH"),
        ("Mesa Cantonal de Niñez", "NIN"),
        ("Mesa Técnica", "MT"),
        ("Ñandú", "NAN"),
        ("«»", "MES"),
        ("Uno dos tres cuatro cinco seis siete ocho nueve diez", "UDTCCSSO"),
    ],
)
def test_the_name_suggests_a_prefix(name: str, prefix: str) -> None:
    assert suggested_prefix(name) == prefix


def test_a_taken_prefix_gets_a_number(cast: Cast) -> None:
    assert free_prefix("Mesa Frontera Sur") == "FS2"


def test_a_name_and_a_level_are_enough(cast: Cast) -> None:
    mesa = create(cast)
    assert (mesa.slug, mesa.code_prefix, mesa.state) == ("mesa-cantonal-de-trata-de-personas", "TP", "active")
    assert (mesa.notice_days, mesa.delegation_size, mesa.convener) == (5, 3, cast.ministry)


def test_the_founder_keeps_the_secretariat_and_chairs(cast: Cast) -> None:
    legal = actions.LegalData(kind="resolution", number="007", issued_on=date(2026, 1, 15))
    mesa = create(cast, legal=legal)
    mandate = mesa.mandates.get()
    assert [*mandate.organizations.all()] == [cast.ministry]
    assert [*mandate.posts.values_list("pk", flat=True)] == list(cast.secretariat.post_ids)
    assert "007" in mandate.instrument
    assert mesa.seats.get().role == Seat.Role.CHAIR
    assert kinds() == ["mesa.created", "mesa.organization_seated", "mesa.mandate_given"]
    assert can_edit_mesa(cast.secretariat, mesa)


def test_an_administrator_without_a_post_founds_a_mesa_without_secretariat(cast: Cast) -> None:
    mesa = actions.create(name_es="Mesa del Agua", level="national", by=acting(cast.ana), now=cast.now)
    assert not mesa.mandates.exists()
    assert not mesa.seats.exists()


def test_two_mesas_of_one_name_get_two_addresses(cast: Cast) -> None:
    assert create(cast).slug != create(cast).slug


def test_a_prefix_of_another_mesa_is_refused(cast: Cast) -> None:
    with pytest.raises(actions.PrefixTaken) as refusal:
        create(cast, code_prefix="fs")
    assert refusal.value.field == "code_prefix"
    assert Mesa.objects.count() == 1


def test_a_mesa_is_not_part_of_itself(cast: Cast) -> None:
    child = create(cast, parent=cast.mesa)
    with pytest.raises(actions.ParentLoop):
        actions.edit(mesa_id=cast.mesa.pk, version=1, parent=child, by=cast.secretariat, now=cast.now)


def test_editing_changes_what_is_given_and_nothing_else(cast: Cast) -> None:
    axis = ThematicAxis.objects.create(code="trata", name_es="Trata")
    mesa = actions.edit(
        mesa_id=cast.mesa.pk, version=1, notice_days=8, axis_ids=[axis.pk], by=cast.secretariat, now=cast.now
    )
    assert (mesa.version, mesa.notice_days, mesa.code_prefix) == (2, 8, "FS")
    assert [*mesa.axes.all()] == [axis]
    assert Activity.objects.get().payload == {"fields": ["notice_days"]}


def test_a_stale_edit_is_refused(cast: Cast) -> None:
    actions.edit(mesa_id=cast.mesa.pk, version=1, notice_days=8, by=cast.secretariat, now=cast.now)
    with pytest.raises(StaleVersion):
        actions.edit(mesa_id=cast.mesa.pk, version=1, notice_days=9, by=cast.secretariat, now=cast.now)


def test_provenance_is_nobodys_to_edit(cast: Cast) -> None:
    with pytest.raises(TypeError):
        actions.edit(
            mesa_id=cast.mesa.pk, version=1, provenance="historic", by=cast.secretariat, now=cast.now
        )


def sit(
    cast: Cast, *organizations: object, role: str = "member", voting: str = "voice_vote", days: int = 0
) -> list[Seat]:
    ids = [each.pk for each in organizations]
    return actions.seat(
        mesa_id=cast.mesa.pk,
        organization_ids=ids,
        role=role,
        voting=voting,
        by=cast.secretariat,
        now=cast.in_days(days),
    )


def test_seating_leaves_those_who_sit_as_they_are(cast: Cast) -> None:
    seated = sit(cast, cast.outsider, cast.ministry, role="observer", voting="voice")
    assert [held.organization for held in seated] == [cast.outsider]
    cast.seats["ministry"].refresh_from_db()
    assert cast.seats["ministry"].role == Seat.Role.CHAIR
    assert kinds() == ["mesa.organization_seated"]


def test_seating_nobody_is_told(cast: Cast) -> None:
    with pytest.raises(actions.NobodyChosen):
        sit(cast)


def test_one_inactive_organization_seats_nobody(cast: Cast) -> None:
    cast.outsider.state = "inactive"
    cast.outsider.save()
    Seat.objects.filter(organization=cast.ngo).delete()
    with pytest.raises(actions.NotActive):
        sit(cast, cast.ngo, cast.outsider)
    assert not Seat.objects.filter(organization=cast.ngo).exists()


def test_an_observer_has_no_vote(cast: Cast) -> None:
    with pytest.raises(actions.ObserverVotes):
        sit(cast, cast.outsider, role="observer")
    with pytest.raises(actions.ObserverVotes):
        actions.change_seat(
            seat_id=cast.seats["ngo"].pk,
            role="observer",
            voting="voice_vote",
            by=cast.secretariat,
            now=cast.now,
        )


def test_an_ending_is_taken_back_the_same_day_and_not_later(cast: Cast) -> None:
    today = timezone.localdate(cast.now)
    held = actions.end_seat(seat_id=cast.seats["ngo"].pk, on=today, by=cast.secretariat, now=cast.now)
    assert held in Seat.objects.current(today)
    with pytest.raises(actions.SeatHasEnded):
        actions.end_seat(seat_id=held.pk, on=today, by=cast.secretariat, now=cast.now)
    assert actions.reopen_seat(seat_id=held.pk, by=cast.secretariat, now=cast.now).ends_on is None
    actions.end_seat(seat_id=held.pk, on=today, by=cast.secretariat, now=cast.now)
    with pytest.raises(actions.SeatHasEnded):
        actions.reopen_seat(seat_id=held.pk, by=cast.secretariat, now=cast.in_days(1))


def test_seating_again_on_the_last_day_keeps_one_seat_and_later_makes_another(cast: Cast) -> None:
    today = timezone.localdate(cast.now)
    actions.end_seat(seat_id=cast.seats["ngo"].pk, on=today, by=cast.secretariat, now=cast.now)
    assert [held.pk for held in sit(cast, cast.ngo)] == [cast.seats["ngo"].pk]
    actions.end_seat(seat_id=cast.seats["ngo"].pk, on=today, by=cast.secretariat, now=cast.now)
    assert [held.pk for held in sit(cast, cast.ngo, days=1)] != [cast.seats["ngo"].pk]


def test_a_seat_never_ends_before_it_starts(cast: Cast) -> None:
    (held,) = sit(cast, cast.outsider)
    ended = actions.end_seat(
        seat_id=held.pk, on=held.starts_on - timedelta(days=5), by=cast.secretariat, now=cast.now
    )
    assert ended.ends_on == held.starts_on
