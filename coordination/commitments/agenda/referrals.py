"""Reads of the cascade: which mesas a mesa is related to, what it sent and received, who may act."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from accounts.actor import Actor
from coordination.commitments.models import Commitment, Referral
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, has
from coordination.sessions.models import Session


@dataclass(frozen=True)
class Relatives:
    """Those it is part of, nearest first, and those that are part of it, however far."""

    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)

    @property
    def ids(self) -> set[int]:
        return {*self.above, *self.below}


def relatives(mesa_id: int) -> Relatives:
    """One query. A circle of parents, which a slip of the hand may make, ends where it began."""
    parents = dict(Mesa.objects.live().values_list("pk", "parent_id"))
    above: list[int] = []
    at = parents.get(mesa_id)
    while at is not None and at in parents and at != mesa_id and at not in above:
        above.append(at)
        at = parents.get(at)
    children: dict[int, list[int]] = {}
    for pk, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(pk)
    below: list[int] = []
    waiting = list(children.get(mesa_id, []))
    while waiting:
        pk = waiting.pop()
        if pk != mesa_id and pk not in below and pk not in above:
            below.append(pk)
            waiting += children.get(pk, [])
    return Relatives(above, below)


def targets(mesa: Mesa, actor: Actor) -> tuple[list[Mesa], list[Mesa]]:
    """Where the actor may send something from this mesa: above, nearest first, and below, by name. Two queries."""
    known = relatives(mesa.pk)
    rows = Mesa.objects.visible_to(actor).filter(pk__in=known.ids, state=Mesa.State.ACTIVE)
    found = {row.pk: row for row in rows.order_by("plain_name")}
    return [found[pk] for pk in known.above if pk in found], [
        row for pk, row in found.items() if pk in known.below
    ]


def can_refer(actor: Actor, mesa: Mesa) -> bool:
    """The mesa's secretariat."""
    return not mesa.is_historic and has(actor, Permission.MANAGE_COMMITMENTS, mesa)


def can_answer(actor: Actor, referral: Referral) -> bool:
    """The secretariat of the mesa it was raised to."""
    return has(actor, Permission.MANAGE_COMMITMENTS, referral.target)


def referrals_of(mesa: Mesa, actor: Actor) -> "tuple[QuerySet[Referral], QuerySet[Referral]]":
    """What it sent, and what it received, as far as the actor sees it."""
    seen = Referral.objects.visible_to(actor).select_related("origin", "target", "commitment__mesa")
    return seen.filter(origin=mesa), seen.filter(target=mesa)


def raisable(mesa: Mesa) -> "QuerySet[Commitment]":
    """The mesa's commitments that may stand before another one: agreed, open to everybody, not settled."""
    rows = Commitment.objects.open().filter(mesa=mesa, is_casa_adentro=False)
    return rows.exclude(session__is_casa_adentro=True).select_related("mesa").order_by("number")


def born_of_it(mesa: Mesa) -> "QuerySet[Commitment]":
    """What the answering mesa may name: its commitments in course, newest first."""
    return raisable(mesa).order_by("-number")


def may_have_decided(mesa: Mesa, now: datetime) -> "QuerySet[Session]":
    """The mesa's open sessions that have begun, newest first."""
    rows = Session.objects.live().filter(mesa=mesa, is_casa_adentro=False, starts_at__lte=now)
    return rows.filter(state__in=["convened", "held"]).order_by("-starts_at")


def may_deal_with(mesa: Mesa, now: datetime) -> "QuerySet[Session]":
    """The mesa's open sessions ahead, soonest first."""
    rows = Session.objects.live().filter(mesa=mesa, is_casa_adentro=False, ends_at__gt=now)
    return rows.exclude(state="cancelled").select_related("mesa").order_by("starts_at")
