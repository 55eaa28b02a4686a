"""What a role may do: one table, short stable strings, read by everybody above.

Roles over a mesa come from a seat or a secretariat mandate through a post held today, never from the user.
"""

from dataclasses import replace
from datetime import date
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from accounts.actor import Actor
from coordination.common.compiled import compiled
from coordination.mesas.models import Mesa, MesaQuerySet, Seat, SecretariatMandate
from coordination.organizations.models import SPEAKING_POSTS, Post
from coordination.organizations.permissions import speaks_for


class Permission(StrEnum):
    EDIT_MESA = "edit_mesa"
    SEAT_ORGANIZATIONS = "seat_organizations"
    SCHEDULE = "schedule"
    CONVENE = "convene"
    RECORD = "record"
    CLOSE = "close"
    FOLLOW_UP = "follow_up"
    MANAGE_COMMITMENTS = "manage_commitments"
    SEE_MEMBERS = "see_members"
    SEE_DELEGATIONS = "see_delegations"
    READ_MESSAGES = "read_messages"


class Role(StrEnum):
    SECRETARIAT = "secretariat"
    CHAIR = "chair"
    MEMBER = "member"
    OBSERVER = "observer"
    AUDITOR = "auditor"


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SECRETARIAT: frozenset(Permission),
    Role.CHAIR: frozenset(
        {Permission.SEE_MEMBERS, Permission.SEE_DELEGATIONS, Permission.CLOSE, Permission.RECORD}
    ),
    Role.MEMBER: frozenset({Permission.SEE_MEMBERS}),
    Role.OBSERVER: frozenset({Permission.SEE_MEMBERS}),
    Role.AUDITOR: frozenset({Permission.SEE_MEMBERS, Permission.SEE_DELEGATIONS}),
}
# Whoever belongs to an organization that keeps the secretariat sees the mesa; only its posts of the mandate act.
INSIDER = "insider"


def resolve(actor: Actor, *, on: date) -> Actor:
    """The same actor with the roles its posts reach on that day. One query, none without a post."""
    return replace(actor, mesa_roles=_reached(actor, on))


@compiled
def _reaching(posts: list[int], organizations: list[int], on: date) -> QuerySet[Seat, tuple[int, str, bool]]:
    """The seats of these organizations and the mandates of these posts, with whether somebody speaks for the seat."""
    acting = Post.objects.filter(
        id__any=posts, organization=OuterRef("organization"), kind__in=SPEAKING_POSTS
    )
    seats = Seat.objects.current(on).filter(organization__any=organizations)
    mandates = SecretariatMandate.objects.current(on)
    return (
        seats.annotate(acts=Exists(acting))
        .values_list("mesa_id", "role", "acts")
        .union(
            mandates.filter(posts__any=posts).values_list(
                "mesa_id", Value(Role.SECRETARIAT.value), Value(True)
            ),
            mandates.filter(organizations__any=organizations).values_list(
                "mesa_id", Value(INSIDER), Value(True)
            ),
        )
    )


def _reached(actor: Actor, on: date) -> tuple[tuple[int, str], ...]:
    """Every (mesa id, role) of the actor's posts; INSIDER marks who belongs to a keeping organization."""
    if not actor.post_ids:
        return ()
    rows = _reaching.rows(posts=[*actor.post_ids], organizations=[*actor.organization_ids], on=on)
    return tuple(
        (mesa, Role.MEMBER if role == Role.CHAIR and not acts else role) for mesa, role, acts in rows
    )


def _pairs(actor: Actor, on: date | None) -> tuple[tuple[int, str], ...]:
    if on is None and actor.mesa_roles is not None:
        return actor.mesa_roles
    return _reached(actor, on or timezone.localdate())


def roles(actor: Actor, mesa: Mesa, *, on: date | None = None) -> frozenset[Role]:
    """The roles the actor has at this mesa on that day (today by default). No query once resolved."""
    found = {Role(role) for mesa_id, role in _pairs(actor, on) if mesa_id == mesa.pk and role != INSIDER}
    return frozenset(found | {Role.AUDITOR} if actor.is_auditor else found)


def granted(actor: Actor, mesa: Mesa, *, on: date | None = None) -> frozenset[Permission]:
    """Everything the actor may do at the mesa: for a page that asks more than one question."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles(actor, mesa, on=on)))


def has(actor: Actor, permission: Permission, mesa: Mesa, *, on: date | None = None) -> bool:
    """True when one of the actor's roles at the mesa carries the permission."""
    return permission in granted(actor, mesa, on=on)


def _ids_with(actor: Actor, permission: Permission, on: date | None) -> set[int] | None:
    """The mesas where the actor has the permission; None when it is all of them."""
    if actor.is_auditor and permission in ROLE_PERMISSIONS[Role.AUDITOR]:
        return None
    carrying = {role.value for role, granted_by in ROLE_PERMISSIONS.items() if permission in granted_by}
    return {mesa for mesa, role in _pairs(actor, on) if role in carrying}


def mesas_with(actor: Actor, permission: Permission, *, on: date | None = None) -> MesaQuerySet:
    """The list twin of ``has``: the mesas where the actor has the permission."""
    ids = _ids_with(actor, permission, on)
    return Mesa.objects.all() if ids is None else Mesa.objects.filter(id__in=ids)


def somewhere(actor: Actor, permission: Permission) -> bool:
    """Whether the actor has the permission at any mesa at all: for a link in the navigation. No query once resolved."""
    ids = _ids_with(actor, permission, None)
    return ids is None or bool(ids)


def at_mesas_with(actor: Actor, permission: Permission, field: str) -> Q:
    """The same as a condition on a foreign key to a mesa (``"mesa"``, ``"session__mesa"``), without a subquery."""
    ids = _ids_with(actor, permission, None)
    return Q(**{f"{field}__isnull": False}) if ids is None else Q(**{f"{field}__in": ids})


def can_create_mesa(actor: Actor) -> bool:
    """Whoever keeps a secretariat today, and administrators."""
    return actor.is_admin or mesas_with(actor, Permission.EDIT_MESA).exists()


def can_edit_mesa(actor: Actor, mesa: Mesa) -> bool:
    return has(actor, Permission.EDIT_MESA, mesa)


def can_seat(actor: Actor, mesa: Mesa) -> bool:
    return has(actor, Permission.SEAT_ORGANIZATIONS, mesa)


def can_set_standing(actor: Actor, seat: Seat) -> bool:
    """Who stands for an organization at a mesa is for its own voice and for the secretariat to write."""
    return can_seat(actor, seat.mesa) or speaks_for(actor, seat.organization_id)
