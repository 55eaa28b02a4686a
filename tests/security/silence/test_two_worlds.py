"""Two worlds that differ in one closed session alone answer every outsider the same, byte by byte.

Counts, gaps in numbers, room calendars, sort orders and search results that canaries would miss are caught here.
"""

import re
from collections.abc import Iterator
from copy import deepcopy

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from coordination.attendees.models import Invitation
from coordination.sessions.models import AgendaItem, Block, CircleMember, Session
from tests.keeping import kept
from tests.scale import WHOLE
from tests.security.silence.crawl import Address, addresses, ask
from tests.security.silence.planting import Planted
from tests.security.silence.test_canaries import OFTEN, ROLES
from tests.security.silence.world import ClosedWorld
from tests.security.test_matrix import ROWS

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("two worlds")]
# The administrator learns how many closed sessions there are (product), so also how many mails left in all.
TOLD_BY_ROLE = {("administrator", "portal:system"), ("administrator", "health_ready")}
# What no two answers share: proofs against forgery, nonces, ids made for one form, the moment it was made.
PASSING = re.compile(
    r'csrfmiddlewaretoken" value="[^"]*"|csrftoken=[^;]*|nonce(?:="|-|" content=")[\w+/=-]+|"X-CSRFToken": "[^"]*"|sessionid=[^;]*'
    r"|(?:client_id|sheet|token|key)\" value=\"[\w-]+\"|expires=[^;]*|X-Request-ID: \S+|Content-Length: \d+"
)
SEARCHED = ("portal:search", "sessions:list", "portal:calendar", "commitments:list", "minutes:search")


@pytest.fixture(scope="module")
def kept_open(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[ClosedWorld, list[Address]]]:
    def make() -> tuple[ClosedWorld, list[Address]]:
        world = ClosedWorld()
        places = addresses(ROWS, world)
        CircleMember.objects.all().delete()  # rows of the matrix let in whom they need
        return world, places

    with kept(make, django_db_blocker) as made:
        yield made


def second_session(world: ClosedWorld) -> Session:
    """Another session of the same mesa, at the same hour as the open one, with everything a closed one can have."""
    world.open_session = world.session
    closed = Session.objects.create(
        mesa=world.mesa, number=1, state=Session.State.CONVENED, is_casa_adentro=True, convened_at=timezone.now(),
        starts_at=world.session.starts_at, ends_at=world.session.ends_at, venue="Auditorio",
    )  # fmt: skip
    world.session = closed
    world.block = Block.objects.create(session=closed, starts_at=closed.starts_at, ends_at=closed.ends_at)
    world.item = AgendaItem.objects.create(session=closed, block=world.block, order=2, title_es="x")
    world.invitation = Invitation.objects.create(
        session=closed, organization=world.inner, link_expires_at=closed.ends_at, created_at=timezone.now()
    )
    world.spares, world.planted = [], Planted()  # what is open stays open
    world.close_whole(over=False)
    return closed


def answers(world: ClosedWorld, places: list[Address], role: str) -> dict[str, str]:
    client, found = world.outsiders[role], {}
    for where in places:
        if (role, where.route) in TOLD_BY_ROLE:
            continue
        with transaction.atomic():
            found[f"{where.route} {where.url}"] = PASSING.sub("", ask(client, where))
            transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("role", ROLES if WHOLE else OFTEN)
def test_what_is_closed_changes_nothing_for_whoever_is_outside(
    kept_open: tuple[ClosedWorld, list[Address]], role: str
) -> None:
    """A closed session beside the open one; and, of the open one, a closed block with all that hangs from it."""
    world, places = deepcopy(kept_open)
    places = [
        *places,
        *(Address(one.route, f"{one.url}?q=sala", False) for one in places if one.route in SEARCHED),
    ]
    with time_machine.travel(timezone.now(), tick=False):
        before = answers(world, places, role)
        world.close_part()
        with_a_part = answers(world, places, role)
        second_session(world)
        with_another = answers(world, places, role)
    assert differences(before, with_a_part) == []
    assert differences(before, with_another) == []


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [told(where, before[where], after[where]) for where in before if before[where] != after[where]]


def told(where: str, before: str, after: str) -> str:
    """Where two answers part."""
    place = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), -1)
    return f"{where}: …{before[place - 60 : place + 80]!r} became …{after[place - 60 : place + 80]!r}"


def test_the_circle_sees_the_difference(kept_open: tuple[ClosedWorld, list[Address]]) -> None:
    """The control: the same crawl tells the two worlds apart for who is inside."""
    world, places = deepcopy(kept_open)
    client, pages = (
        world.insiders["sara"],
        [one for one in places if one.route in ("portal:mesa", "sessions:list")],
    )
    before = [ask(client, where) for where in pages]
    second_session(world)
    after = [ask(client, where) for where in pages]
    assert all(one != other for one, other in zip(before, after, strict=True))
