"""Who would be in two places is told with the names the reader may see; casa adentro is not even counted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actor import Actor
from coordination.attendees.models import Delegate, Invitation
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import resolve
from coordination.sessions import actions
from coordination.sessions.clashes import Attending, Clashes, attending, clashes, seated_at
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast, organization, seat
from tests.sessions.scheduling import drafted
from tests.sessions.test_rooms import other_secretariat

CANARY = "CANARIO"
SignIn = Callable[[Any], Client]


@pytest.fixture
def north(cast: Cast) -> tuple[Mesa, Actor]:
    """A mesa of others, where the university sits too."""
    mesa, keeper = other_secretariat()
    seat(mesa, cast.university)
    return mesa, keeper


def there(cast: Cast, north: tuple[Mesa, Actor], *, state: str = "announced", **fields: Any) -> Session:
    mesa, keeper = north
    session = drafted(cast, mesa_id=mesa.pk, by=keeper, now=cast.now, **fields)
    if state == "announced":
        actions.announce(session_id=session.pk, by=keeper, now=cast.now)
    elif state == "convened":
        actions.mark_convened(session_id=session.pk, by=keeper, now=cast.now)
    session.refresh_from_db()
    return session


def invite(session: Session, org: Any, *, people: tuple[Any, ...] = (), **fields: Any) -> Invitation:
    made = Invitation.objects.create(
        session=session,
        organization=org,
        link_expires_at=session.ends_at,
        created_at=timezone.now(),
        **fields,
    )
    for someone in people:
        Delegate.objects.create(
            invitation=made, person=someone, role="companion", registered_at=timezone.now()
        )
    return made


def met(cast: Cast, who: Attending | None = None, *, by: Actor | None = None, hours: float = 3) -> Clashes:
    """What our secretariat reads about 09:00 in twenty days."""
    start = cast.in_days(20, hour=14)
    return clashes(
        who=who or seated_at(cast.mesa.pk, cast.now.date()),
        starts_at=start,
        ends_at=start + timedelta(hours=hours),
        actor=by or cast.secretariat,
        on=cast.now.date(),
    )


def test_a_seat_at_another_mesa_is_told_with_its_session(cast: Cast, north: tuple[Mesa, Actor]) -> None:
    session = there(cast, north)
    (clash,) = met(cast).seen
    assert (clash.session, clash.organizations, clash.people) == (session, ["Universidad del Páramo"], [])


def test_who_ends_when_the_other_begins_does_not_clash(cast: Cast, north: tuple[Mesa, Actor]) -> None:
    there(cast, north, starts_at=cast.in_days(20, hour=17))
    there(cast, north, starts_at=cast.in_days(20, hour=11))
    assert not met(cast)
    assert met(cast, hours=3.5)


def test_after_the_call_the_invited_count_and_not_the_seats(cast: Cast, north: tuple[Mesa, Actor]) -> None:
    session = there(cast, north, state="convened")
    assert not met(cast)
    invitation = invite(session, cast.ngo)
    assert [clash.organizations for clash in met(cast).seen] == [["Fundación Puente Sur"]]
    Invitation.objects.filter(pk=invitation.pk).update(state="declined", answered_at=cast.now)
    assert not met(cast)


def test_one_that_declines_does_not_hide_another(cast: Cast, north: tuple[Mesa, Actor]) -> None:
    session = there(cast, north, state="convened")
    invite(session, cast.ngo, state="declined", answered_at=cast.now)
    invite(session, cast.university)
    assert [clash.organizations for clash in met(cast).seen] == [["Universidad del Páramo"]]


@pytest.mark.parametrize("gone", ["cancelled", "held", "failed"])
def test_what_is_called_off_or_done_does_not_clash(cast: Cast, north: tuple[Mesa, Actor], gone: str) -> None:
    session = there(cast, north)
    Session.objects.filter(pk=session.pk).update(state=gone, cancelled_at=cast.now)
    assert not met(cast)


def test_a_session_does_not_clash_with_itself(cast: Cast) -> None:
    session = drafted(cast)
    who = attending(session, cast.now.date())
    again = clashes(
        who=who, starts_at=session.starts_at, ends_at=session.ends_at, actor=cast.secretariat,
        on=cast.now.date(), but=session.pk,
    )  # fmt: skip
    assert not again and met(cast)


def test_of_a_session_the_reader_does_not_see_only_how_many_are_taken(
    cast: Cast, north: tuple[Mesa, Actor]
) -> None:
    Mesa.objects.filter(pk=north[0].pk).update(visibility="members")
    seat(north[0], cast.ngo)
    there(cast, north, topic=CANARY)
    there(cast, north, topic=CANARY)
    assert met(cast) == Clashes([], unseen=2)
    assert len(met(cast, by=north[1]).seen) == 2


def test_a_draft_of_others_is_not_even_counted(cast: Cast, north: tuple[Mesa, Actor]) -> None:
    there(cast, north, state="draft")
    assert not met(cast)


def test_a_closed_session_is_told_to_its_circle_and_to_nobody_else(
    cast: Cast, north: tuple[Mesa, Actor]
) -> None:
    session = there(cast, north, state="convened", is_casa_adentro=True, topic=CANARY)
    invite(session, cast.university, people=(cast.luis,))
    who = Attending(frozenset([cast.university.pk, cast.ngo.pk]), frozenset([cast.luis.pk]))
    assert met(cast, who) == Clashes([])
    for level, told in (("logistics", 0), ("record", 1)):
        CircleMember.objects.update_or_create(
            session=session, person=cast.rosa, defaults={"level": level, "since": cast.now}
        )
        assert len(met(cast, who).seen) == told


def test_people_named_twice_are_told_where_the_reader_may_read_the_delegations(
    cast: Cast, north: tuple[Mesa, Actor]
) -> None:
    """Luis was named by another organization there, so nothing but his name ties the two together."""
    ours = drafted(cast)
    actions.mark_convened(session_id=ours.pk, by=cast.secretariat, now=cast.now)
    ours.refresh_from_db()
    invite(ours, cast.university, people=(cast.luis,))
    theirs = there(cast, north, state="convened")
    invite(theirs, organization("Red Andina"), people=(cast.luis,))
    who = attending(ours, cast.now.date())
    assert who == Attending(frozenset([cast.university.pk]), frozenset([cast.luis.pk]))
    assert [clash.people for clash in met(cast, who, by=north[1]).seen if clash.session == theirs] == [
        ["Luis Aguirre"]
    ]
    assert theirs not in [clash.session for clash in met(cast, who).seen]


def test_the_queries_do_not_grow_with_the_sessions(cast: Cast, north: tuple[Mesa, Actor]) -> None:
    reader = resolve(cast.secretariat, on=cast.now.date())  # as the middleware does once a request
    costs = []
    for more in (1, 2, 12):
        for _ in range(more):
            invite(there(cast, north, state="convened"), cast.university, people=(cast.luis,))
            there(cast, north)
        who = Attending(frozenset([cast.university.pk]), frozenset([cast.luis.pk]))
        with CaptureQueriesContext(connection) as captured:
            met(cast, who, by=reader)
        costs.append(len(captured))
    assert costs[0] == costs[-1] <= 7


class TestPages:
    @pytest.fixture
    def today(self, cast: Cast) -> Cast:
        cast.now = timezone.now().replace(second=0, microsecond=0)
        return cast

    def sent(self, cast: Cast, **given: Any) -> dict[str, Any]:
        return {
            "day": f"{cast.in_days(20, hour=14):%Y-%m-%d}", "starts": "09:00", "ends": "12:00",
            "time_zone": "America/Guayaquil", "kind": "ordinary", "topic": "Rutas", "modality": "in_person",
        } | given  # fmt: skip

    def test_scheduling_says_it_once_and_then_saves_anyway(
        self, today: Cast, north: tuple[Mesa, Actor], sign_in: SignIn
    ) -> None:
        theirs = there(today, north)
        rosa, address = sign_in(today.rosa), reverse("sessions:schedule", args=[today.mesa.slug])
        answer = rosa.post(address, self.sent(today))
        page = answer.content.decode()
        assert answer.status_code == 200 and not Session.objects.filter(mesa=today.mesa).exists()
        assert theirs.title in page and "Universidad del Páramo" in page
        read = answer.context["form"].data["anyway"]
        assert f'value="{read}"' in page
        answer = rosa.post(address, self.sent(today, anyway=read))
        assert answer.status_code == 302 and Session.objects.filter(mesa=today.mesa).count() == 1

    def test_another_clash_since_then_is_told_too(
        self, today: Cast, north: tuple[Mesa, Actor], sign_in: SignIn
    ) -> None:
        there(today, north)
        rosa, address = sign_in(today.rosa), reverse("sessions:schedule", args=[today.mesa.slug])
        read = rosa.post(address, self.sent(today)).context["form"].data["anyway"]
        there(today, north)
        answer = rosa.post(address, self.sent(today, anyway=read))
        assert answer.status_code == 200 and len(answer.context["clashes"].seen) == 2

    def test_only_a_move_is_warned_of_when_editing(
        self, today: Cast, north: tuple[Mesa, Actor], sign_in: SignIn
    ) -> None:
        there(today, north)
        there(today, north, starts_at=today.in_days(21, hour=14))
        session = drafted(today, now=today.now)
        rosa, address = sign_in(today.rosa), reverse("sessions:edit", args=[session.public_id])
        kept = self.sent(today, version=session.version, venue=session.venue, topic="Otro")
        assert rosa.post(address, kept).status_code == 302
        moved = kept | {"version": session.version + 1, "day": f"{today.in_days(21, hour=14):%Y-%m-%d}"}
        answer = rosa.post(address, moved)
        assert answer.status_code == 200 and len(answer.context["clashes"].seen) == 1
        assert (
            rosa.post(address, moved | {"anyway": answer.context["form"].data["anyway"]}).status_code == 302
        )

    def test_the_convocation_names_who_has_another_session(
        self, today: Cast, north: tuple[Mesa, Actor], sign_in: SignIn
    ) -> None:
        theirs, ours = there(today, north), drafted(today, now=today.now)
        page = sign_in(today.rosa).get(reverse("attendees:convene", args=[ours.public_id]))
        assert theirs.title in page.content.decode()

    def test_no_page_speaks_of_a_closed_session(
        self, today: Cast, north: tuple[Mesa, Actor], sign_in: SignIn
    ) -> None:
        hidden = there(today, north, state="convened", is_casa_adentro=True, topic=CANARY)
        invite(hidden, today.university, people=(today.luis,))
        rosa = sign_in(today.rosa)
        assert (
            rosa.post(reverse("sessions:schedule", args=[today.mesa.slug]), self.sent(today)).status_code
            == 302
        )
        ours = Session.objects.get(mesa=today.mesa)
        page = rosa.get(reverse("attendees:convene", args=[ours.public_id])).content.decode()
        assert "m-note is-amber" not in page and CANARY not in page and north[0].name not in page
