"""The one table, its predicates and their list twins."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actor import ANONYMOUS, Actor, LinkScope
from coordination.mesas.models import Mesa, Seat, SecretariatMandate
from coordination.mesas.permissions import (
    ROLE_PERMISSIONS,
    Permission,
    Role,
    can_create_mesa,
    can_edit_mesa,
    can_seat,
    has,
    mesas_with,
    roles,
)
from coordination.organizations.models import Organization, Post, Tenure
from coordination.organizations.permissions import can_edit_organization, editable_by
from coordination.organizations.queries import actor_of
from tests.cast import Cast, acting, person, seat

TABLE = """
                    secretariat chair       member      observer    auditor
edit_mesa           yes         -           -           -           -
seat_organizations  yes         -           -           -           -
schedule            yes         -           -           -           -
convene             yes         -           -           -           -
record              yes         yes         -           -           -
close               yes         yes         -           -           -
follow_up           yes         -           -           -           -
manage_commitments  yes         -           -           -           -
see_members         yes         yes         yes         yes         yes
see_delegations     yes         yes         -           -           yes
read_messages       yes         -           -           -           -
"""


def test_the_table_reads_as_it_is_printed_here() -> None:
    """Whoever changes what a role may do changes this picture with it."""
    lines = [" " * 20 + "".join(f"{role:<12}" for role in Role)]
    for permission in Permission:
        marks = ("yes" if permission in ROLE_PERMISSIONS[role] else "-" for role in Role)
        lines.append(f"{permission:<20}" + "".join(f"{mark:<12}" for mark in marks))
    printed = "\n".join(line.rstrip() for line in lines)
    print(printed)
    assert printed == TABLE.strip("\n")


def everybody(cast: Cast) -> dict[str, Actor]:
    """Every member of the cast, and the posts the cast lacks."""
    technical = person("Pía Nieto", at=cast.ministry, kind=Post.Kind.TECHNICAL, user=True)
    observing = person("Iván Sosa", at=cast.outsider, user=True)
    return {
        name: acting(someone)
        for name, someone in {
            "rosa": cast.rosa,
            "tomas": cast.tomas,
            "carmen": cast.carmen,
            "luis": cast.luis,
            "elena": cast.elena,
            "ana": cast.ana,
            "olga": cast.olga,
            "technical": technical,
            "observing": observing,
        }.items()
    } | {"anonymous": ANONYMOUS}


def test_predicate_and_list_agree_for_everybody_and_every_permission(cast: Cast) -> None:
    other = Mesa.objects.create(slug="otra", name_es="Otra", code_prefix="OT")
    seat(other, cast.outsider, Seat.Role.OBSERVER)
    seat(other, cast.university, Seat.Role.CHAIR)
    ended = Mesa.objects.create(slug="pasada", name_es="Pasada", code_prefix="PA", visibility="members")
    Seat.objects.create(mesa=ended, organization=cast.ngo, starts_on="2024-01-01", ends_on="2024-12-31")
    on = cast.now.date()
    for name, actor in everybody(cast).items():
        for permission in Permission:
            listed = set(mesas_with(actor, permission, on=on))
            asked = {mesa for mesa in Mesa.objects.all() if has(actor, permission, mesa, on=on)}
            assert listed == asked, f"{name} · {permission}"


def test_the_roles_are_those_of_seat_and_mandate(cast: Cast) -> None:
    found = {name: roles(actor, cast.mesa, on=cast.now.date()) for name, actor in everybody(cast).items()}
    assert found == {
        "rosa": {Role.SECRETARIAT, Role.CHAIR},
        "tomas": {Role.CHAIR},
        "technical": {Role.MEMBER},
        "carmen": set(),  # she comes by links: a person without an account has no posts in the actor
        "luis": {Role.MEMBER},
        "elena": set(),
        "observing": set(),
        "ana": set(),
        "olga": {Role.AUDITOR},
        "anonymous": set(),
    }


def test_whoever_left_yesterday_has_nothing_today(cast: Cast) -> None:
    today = timezone.localdate()
    Tenure.objects.filter(person=cast.rosa).update(ends_on=today - timedelta(days=1))
    rosa = actor_of(user=cast.rosa.user, on=today)
    assert rosa.post_ids == ()
    assert not any(has(rosa, permission, cast.mesa) for permission in Permission)
    assert not any(mesas_with(rosa, permission).exists() for permission in Permission)
    assert not can_create_mesa(rosa)
    assert not can_edit_organization(rosa, cast.ministry)


def test_a_mandate_that_ended_gives_nothing(cast: Cast) -> None:
    today = timezone.localdate()
    SecretariatMandate.objects.update(ends_on=today - timedelta(days=1))
    Seat.objects.filter(organization=cast.ministry).update(ends_on=today - timedelta(days=1))
    rosa = actor_of(user=cast.rosa.user, on=today)
    assert roles(rosa, cast.mesa) == frozenset()
    assert not can_edit_mesa(rosa, cast.mesa)
    assert not can_seat(rosa, cast.mesa)
    Mesa.objects.update(visibility="members")
    assert not Mesa.objects.visible_to(rosa).exists(), (
        "the former secretariat does not even see a closed mesa"
    )


def test_a_mandate_not_yet_begun_gives_nothing(cast: Cast) -> None:
    SecretariatMandate.objects.update(starts_on=timezone.localdate() + timedelta(days=1))
    assert not can_edit_mesa(cast.secretariat, cast.mesa)


@pytest.mark.parametrize("state", ["active", "draft"])
def test_a_closed_mesa_shows_to_its_own_and_to_their_links(state: str, cast: Cast) -> None:
    Mesa.objects.update(visibility="members", state=state)
    by_link = {
        "ngo": Actor(link=LinkScope("invitation", 1, cast.ngo.pk)),
        "outsider": Actor(link=LinkScope("invitation", 1, cast.outsider.pk)),
    }
    seen = {
        name for name, actor in (everybody(cast) | by_link).items() if Mesa.objects.visible_to(actor).exists()
    }
    assert seen == {"rosa", "tomas", "technical", "luis", "ana", "olga", "ngo"}


def test_a_seat_that_ended_closes_the_mesa_to_its_organization(cast: Cast) -> None:
    Mesa.objects.update(visibility="members")
    Seat.objects.filter(organization=cast.university).update(ends_on=timezone.localdate() - timedelta(days=1))
    assert not Mesa.objects.visible_to(acting(cast.luis)).exists()


def test_a_public_draft_shows_to_its_own_only(cast: Cast) -> None:
    Mesa.objects.update(state="draft")
    assert not Mesa.objects.visible_to(ANONYMOUS).exists()
    assert Mesa.objects.visible_to(acting(cast.luis)).exists()


def test_organizations_that_can_be_edited_agree_with_their_list(cast: Cast) -> None:
    for name, actor in everybody(cast).items():
        listed = set(editable_by(actor))
        asked = {each for each in Organization.objects.all() if can_edit_organization(actor, each)}
        assert listed == asked, name
    assert set(editable_by(acting(cast.luis))) == {cast.university}
    assert not set(editable_by(everybody(cast)["technical"]))


def test_a_mesa_is_created_by_who_keeps_a_secretariat_and_by_administrators(cast: Cast) -> None:
    able = {name for name, actor in everybody(cast).items() if can_create_mesa(actor)}
    assert able == {"rosa", "ana"}
