"""Places by room and by sector, and who waits for one."""

from datetime import timedelta

import pytest

from coordination.activity.models import Activity
from coordination.attendees import actions, places, queries
from coordination.attendees.models import Delegate, Invitation
from coordination.mesas.delegations import set_delegation_rules
from coordination.sessions.models import Session
from tests.attendees.inviting import accept, called, delegates, invitation_of, one, pair
from tests.cast import Cast, organization, person, seat


def standing_of(invitation: Invitation) -> list[tuple[str, bool]]:
    return [(row.person.name, row.waiting_since is None) for row in delegates(invitation)]


def limit(session: Session, sector: str, number: int | None, cast: Cast) -> None:
    wanted = {row.sector.pk: row.places for row in places.by_sector(session)}
    ids = {row.sector.code: row.sector.pk for row in places.by_sector(session)}
    actions.set_places(
        session_id=session.pk, wanted=wanted | {ids[sector]: number}, by=cast.secretariat, now=cast.now
    )


def test_who_finds_no_place_waits_principal_first(cast: Cast) -> None:
    session = called(cast, capacity=3)
    accept(cast, invitation_of(session, cast.ngo))
    second = accept(cast, invitation_of(session, cast.university), pair())
    assert standing_of(second) == [("Carmen Loja", True), ("Luis Paredes", False)]
    third = accept(cast, invitation_of(session, cast.ministry), [one("principal", "Zoe Tres")])
    assert standing_of(third) == [("Zoe Tres", False)]
    assert queries.places_taken(session.pk) == 3
    told = Activity.objects.about("invitation", third.pk).first().payload
    assert told["waiting"] == [delegates(third)[0].person_id]


def test_a_freed_place_goes_to_who_waited_longest_in_the_same_transaction(cast: Cast) -> None:
    session = called(cast, capacity=2)
    first = invitation_of(session, cast.ngo)
    accept(cast, first)
    second = accept(cast, invitation_of(session, cast.university), pair(), now=cast.in_days(1))
    third = accept(cast, invitation_of(session, cast.ministry), pair()[:1], now=cast.in_days(2))
    version = Invitation.objects.get(pk=first.pk).version
    actions.decline(invitation_id=first.pk, version=version, by=cast.secretariat, now=cast.in_days(3))
    assert standing_of(second) == [("Carmen Loja", True), ("Luis Paredes", True)]
    assert standing_of(third) == [("Carmen Loja", False)]
    promoted = delegates(second)[0]
    assert promoted.promoted_at == cast.in_days(3)
    assert Activity.objects.about("delegate", promoted.pk).get().kind == "delegation.promoted"


def test_a_promotion_passes_over_a_sector_that_is_full(cast: Cast) -> None:
    """Without its own sector's place a free chair is no chair: the next of another sector takes it."""
    session = called(cast, capacity=3)
    limit(session, "academia", 1, cast)
    accept(cast, invitation_of(session, cast.ngo))
    academics = accept(cast, invitation_of(session, cast.university), pair(), now=cast.in_days(1))
    ministry = accept(cast, invitation_of(session, cast.ministry), pair()[:1], now=cast.in_days(2))
    assert standing_of(academics) == [("Carmen Loja", True), ("Luis Paredes", False)]
    assert standing_of(ministry) == [("Carmen Loja", False)]
    accept(cast, invitation_of(session, cast.ngo), pair()[:1], now=cast.in_days(3))
    assert standing_of(academics)[1] == ("Luis Paredes", False)
    assert standing_of(ministry) == [("Carmen Loja", True)]
    limit(session, "academia", 2, cast)
    assert standing_of(academics)[1] == ("Luis Paredes", False), (
        "its sector has a place now, the room has none"
    )
    Session.objects.filter(pk=session.pk).update(capacity=4)
    assert actions.promote_waiting(session_id=session.pk, now=cast.in_days(4)) == 1
    assert standing_of(academics)[1] == ("Luis Paredes", True)


def test_after_registration_closed_nobody_is_promoted(cast: Cast) -> None:
    session = called(cast, capacity=2, registration_closes_at=cast.in_days(5))
    first = invitation_of(session, cast.ngo)
    accept(cast, first)
    second = accept(cast, invitation_of(session, cast.university), pair()[:1])
    actions.decline(invitation_id=first.pk, version=2, by=cast.secretariat, now=cast.in_days(6))
    assert standing_of(second) == [("Carmen Loja", False)]


def test_a_swap_never_loses_a_place_and_online_needs_none_in_the_room(cast: Cast) -> None:
    session = called(cast, capacity=2, modality="hybrid", online_url="https://reunion.example/x")
    mine = invitation_of(session, cast.ngo)
    accept(cast, mine)
    other = invitation_of(session, cast.university)
    online = [one("principal", "Eva Dos", modality="online"), one("alternate", "Luz Tres")]
    accept(cast, other, online)
    assert standing_of(other) == [("Eva Dos", True), ("Luz Tres", False)]
    # The room became smaller than what is held: who has a place keeps it, also through a swap.
    Session.objects.filter(pk=session.pk).update(capacity=1)
    accept(cast, mine, [one("principal", "Sol Cuatro"), one("alternate", "Carmen Loja")], now=cast.in_days(1))
    assert standing_of(mine) == [("Sol Cuatro", True), ("Carmen Loja", True)]
    assert standing_of(other)[1] == ("Luz Tres", False)
    accept(cast, mine, pair(), modality="online", now=cast.in_days(2))
    assert standing_of(other)[1] == ("Luz Tres", True)


def test_the_place_follows_whoever_is_principal(cast: Cast) -> None:
    session = called(cast, capacity=1)
    mine = invitation_of(session, cast.ngo)
    accept(cast, mine)
    (principal, had), (alternate, waited) = standing_of(mine)
    assert (had, waited) == (True, False)
    mine.refresh_from_db()
    actions.swap(invitation_id=mine.pk, version=mine.version, by=cast.secretariat, now=cast.in_days(1))
    assert standing_of(mine) == [(alternate, True), (principal, False)]


def test_a_convocation_copies_the_places_of_its_mesa_and_then_they_are_its_own(cast: Cast) -> None:
    ids = {row.sector.code: row.sector.pk for row in places.by_sector(called(cast))}
    rules = {"mesa_id": cast.mesa.pk, "needs_letter": False, "by": cast.secretariat, "now": cast.now}
    set_delegation_rules(places={ids["academia"]: 1, ids["civil_society"]: None}, **rules)
    session = called(cast, starts_at=cast.in_days(40))
    set_delegation_rules(places={ids["academia"]: 9}, **rules)
    assert [(row.sector.code, row.places) for row in session.sector_places.select_related("sector")] == [
        ("academia", 1)
    ]


def test_a_quota_below_what_is_used_is_refused_with_the_number(cast: Cast) -> None:
    session = called(cast)
    limit(session, "civil_society", 5, cast)
    accept(cast, invitation_of(session, cast.ngo))
    with pytest.raises(actions.PlacesRefused, match="2") as refused:
        limit(session, "civil_society", 1, cast)
    assert refused.value.field == f"sector_{places.sector_of(cast.ngo.pk)}"
    limit(session, "civil_society", 2, cast)
    assert session.sector_places.get().places == 2
    limit(session, "civil_society", None, cast)
    assert not session.sector_places.exists()


def test_the_register_does_not_expect_who_waits(cast: Cast) -> None:
    session = called(cast, capacity=1)
    accept(cast, invitation_of(session, cast.ngo))
    [row] = queries.register(session, session.blocks.get())
    assert [delegate.person.name for delegate, _mark in row.delegates] == ["Carmen Loja"]
    after = session.ends_at + timedelta(minutes=1)
    actions.close_attendance(session_id=session.pk, by=cast.secretariat, now=after)
    assert session.blocks.get().attendances.count() == 1


def test_places_are_counted_with_the_same_queries_whatever_the_crowd(
    cast: Cast, django_assert_num_queries
) -> None:
    session = called(cast, capacity=500)
    for number in range(30):
        org = organization(f"Organización {number:02}")
        person(f"Persona {number:02}", at=org)
        seat(cast.mesa, org)
    actions.call_missing(
        session_id=session.pk,
        organization_ids=[row.organization_id for row in cast.mesa.seats.all()],
        by=cast.secretariat,
        now=cast.now,
    )
    for invitation in session.invitations.all():
        accept(cast, invitation, [one("principal", f"Persona {invitation.pk}")])
    with django_assert_num_queries(4):
        rows = places.by_sector(session)
    assert sum(row.used for row in rows) == Delegate.objects.with_a_place().count() == 33
