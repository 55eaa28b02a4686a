"""The calendar is open; an address of one's own belongs to whoever made it."""

from typing import Any

from django.utils import timezone

from coordination.sessions.models import CalendarFeed
from coordination.taxonomies.models import Province
from tests.security.matrix.base import ANONYMOUS, LOGIN, MEMBER, ROLES, Row, everybody, only
from tests.security.matrix.world import World

NO_GET = {role: LOGIN if role == ANONYMOUS else 405 for role in ROLES}


def feed(world: World) -> CalendarFeed:
    """Luis's, for his own sessions."""
    made = {"created_at": timezone.now()}
    return CalendarFeed.objects.get_or_create(owner=world.luis, purpose="person", defaults=made)[0]


def public_id(world: World) -> dict[str, Any]:
    return {"public_id": feed(world).public_id}


def province(_world: World) -> dict[str, Any]:
    return {"code": Province.objects.get_or_create(code="11", defaults={"name": "Loja"})[0].code}


ROWS = [
    Row("portal:calendar", get=everybody(200), why="each reader sees what is theirs to see"),
    Row(
        "sessions:feed", lambda w: {"token": feed(w).token}, get=everybody(200), why="the address is the key"
    ),
    Row("sessions:feed_mesa", lambda w: {"slug": w.mesa.slug}, get=everybody(200), why="a public mesa"),
    Row("sessions:feed_province", province, get=everybody(200), why="only what anybody may see"),
    Row("sessions:feed_open", get=NO_GET, post=everybody(302), why="whoever signs in may have one"),
    Row("sessions:feed_renew", public_id, get=NO_GET, post=only(MEMBER, ok=302, refused=404)),
    Row("sessions:feed_revoke", public_id, get=NO_GET, post=only(MEMBER, ok=302, refused=404)),
]
