"""Who is let into a circle, at which level, by whom, until when; and what its page tells whom."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coordination.activity.models import Activity
from coordination.organizations.models import Person
from coordination.sessions.actions import circle
from coordination.sessions.actions.circle import (
    HasClosedParts,
    LastInTheCircle,
    NotADraft,
    NotInside,
    NumberWouldTell,
)
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast, acting
from tests.sessions.closing import colleague, event, let_in
from tests.sessions.scheduling import convened, drafted

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Level = CircleMember.Level


def standing(session: Session) -> dict[str, str]:
    return dict(session.circle.current().values_list("person__name", "level"))


def page(session: Session, name: str = "circle") -> str:
    return reverse(f"sessions:{name}", args=[session.public_id])


def test_who_closes_first_is_first_and_only_who_is_inside_lets_others_in(cast: Cast) -> None:
    made = event(cast).session
    assert standing(made) == {"Rosa Tandazo": "record"}
    given: dict[str, Any] = {"session_id": made.pk, "now": cast.now}
    for outside in (acting(cast.tomas), acting(cast.ana), acting(cast.olga)):
        with pytest.raises(NotInside):
            circle.admit(**given, person_ids=[outside.person_id], level=Level.RECORD, by=outside)
    let_in(cast, made, cast.luis, Level.LOGISTICS)
    with pytest.raises(NotInside):
        circle.change_level(**given, person_id=cast.luis.pk, level=Level.RECORD, by=acting(cast.luis))
    circle.change_level(**given, person_id=cast.luis.pk, level=Level.RECORD, by=cast.secretariat)
    assert standing(made) == {"Rosa Tandazo": "record", "Luis Aguirre": "record"}
    assert made.circle.filter(person=cast.luis).count() == 2  # from when until when at each level
    lines = Activity.objects.filter(kind="session.circle_changed")
    assert [line.payload["act"] for line in lines.order_by("id")] == ["admitted", "admitted", "level"]
    assert all(line.payload["casa"] for line in lines)


def test_twice_is_once_and_a_wider_level_is_not_narrowed(cast: Cast) -> None:
    made = event(cast).session
    let_in(cast, made, cast.luis)
    let_in(cast, made, cast.luis, Level.LOGISTICS)
    let_in(cast, made, cast.luis)
    assert made.circle.filter(person=cast.luis).count() == 1
    assert standing(made)["Luis Aguirre"] == "record"


def test_the_last_of_the_record_cannot_leave(cast: Cast) -> None:
    made = event(cast).session
    given: dict[str, Any] = {"session_id": made.pk, "person_id": cast.rosa.pk, "now": cast.now}
    with pytest.raises(LastInTheCircle):
        circle.let_out(**given, by=cast.secretariat)
    with pytest.raises(LastInTheCircle):
        circle.change_level(**given, level=Level.LOGISTICS, by=cast.secretariat)
    let_in(cast, made, cast.luis)
    circle.let_out(**given, by=cast.secretariat)
    assert standing(made) == {"Luis Aguirre": "record"}
    assert made.circle.get(person=cast.rosa).until == cast.now
    with pytest.raises(NotInside):  # who left keeps nothing
        circle.admit(
            session_id=made.pk,
            person_ids=[cast.rosa.pk],
            level=Level.RECORD,
            by=cast.secretariat,
            now=cast.now,
        )


def test_a_draft_is_closed_as_a_whole_and_opened_again(cast: Cast) -> None:
    session = drafted(cast)
    assert (session.number, session.is_casa_adentro) == (1, False)
    given: dict[str, Any] = {"session_id": session.pk, "by": cast.secretariat, "now": cast.now}
    closed = circle.close_session(**given)
    assert (closed.number, closed.is_casa_adentro) == (1, True)
    assert not Session.objects.visible_to(acting(cast.tomas)).filter(pk=session.pk).exists()
    assert drafted(cast).number == 1  # the open series has no gap
    opened = circle.open_session(**given)
    assert (opened.number, opened.is_casa_adentro) == (2, False)
    circle.close_session(**given)
    with pytest.raises(NotInside):
        circle.open_session(**given | {"by": acting(cast.tomas)})


def test_what_was_announced_stays_as_it_is(cast: Cast) -> None:
    given: dict[str, Any] = {"by": cast.secretariat, "now": cast.now}
    with pytest.raises(NotADraft):
        circle.close_session(session_id=convened(cast).pk, **given)
    first, _second = drafted(cast), drafted(cast)
    with pytest.raises(NumberWouldTell):
        circle.close_session(session_id=first.pk, **given)
    parts = event(cast, called=False).session
    with pytest.raises(HasClosedParts):
        circle.close_session(session_id=parts.pk, **given)


def test_the_page_is_of_the_circle_and_says_nothing_to_others(cast: Cast, sign_in: SignIn) -> None:
    made, other = event(cast).session, convened(cast)
    let_in(cast, made, cast.luis, Level.LOGISTICS)
    inside = sign_in(cast.rosa).get(page(made)).content.decode()
    assert "Luis Aguirre" in inside and "Rosa Tandazo" in inside and "Only 2 people" not in inside
    outer = sign_in(cast.luis).get(page(made)).content.decode()
    assert "Rosa Tandazo" not in outer and "m-casa" in outer
    nora = sign_in(colleague(cast))
    with_one, without = (nora.get(page(one)).content.decode() for one in (made, other))
    assert "Rosa Tandazo" not in with_one and ("m-casa" in with_one) == ("m-casa" in without)
    assert [line for line in with_one.split("<h2") if "m-casa" in line] == []
    for person in (cast.tomas, cast.elena, cast.ana, cast.olga):
        assert sign_in(person).get(page(made)).status_code == 403


def test_people_are_found_let_in_and_out_and_it_is_taken_back(cast: Cast, sign_in: SignIn) -> None:
    made, client = event(cast).session, sign_in(cast.rosa)
    assert "Luis Aguirre" in client.get(page(made), {"q": "aguirre"}).content.decode()
    found = client.get(page(made), {"q": "mora"})  # Elena's organization is not at the table
    assert found.context["found"] == []
    client.post(page(made, "circle_admit"), {"persona": cast.elena.pk, "nivel": "record"})
    assert len(standing(made)) == 1
    client.post(page(made, "circle_admit"), {"persona": cast.luis.pk, "nivel": "record"})
    client.post(page(made, "circle_admit"), {"organizacion": cast.ngo.pk})
    assert standing(made) == {
        "Rosa Tandazo": "record", "Luis Aguirre": "record", "Carmen Loja": "logistics",
    }  # fmt: skip
    member = reverse("sessions:circle_member", args=[made.public_id, cast.luis.public_id])
    answer = client.post(member, {"quitar": "1"}, follow=True)
    assert "Luis Aguirre" not in standing(made)
    undo = [m.extra_tags for m in answer.context["messages"]][-1].removeprefix("undo:")
    client.post(undo)
    assert standing(made)["Luis Aguirre"] == "record"
    assert sign_in(cast.tomas).post(undo).status_code == 403
    assert client.post(f"{page(made, 'circle_undo')}?hecho=nada").status_code == 302


@pytest.mark.parametrize("rows", [1, 40])
def test_the_page_asks_the_same_however_many_are_in_it(
    rows: int, cast: Cast, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    made = event(cast).session
    people = Person.objects.bulk_create(Person(name=f"Persona {n}") for n in range(rows))
    CircleMember.objects.bulk_create(
        CircleMember(session=made, person=one, level="logistics", since=cast.now) for one in people
    )
    client = sign_in(cast.rosa)
    client.get(page(made))
    with django_assert_max_num_queries(12):
        client.get(page(made), {"q": "persona"})
