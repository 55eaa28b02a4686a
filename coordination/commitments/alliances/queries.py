"""Alliances read: who finances or assists what, as far as the reader may know."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from accounts.actor import Actor
from coordination.commitments.alliances.amounts import sums
from coordination.commitments.models import Commitment
from coordination.commitments.models.supporting import Support
from coordination.common.compiled import compiled
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.sessions.models import Session

MOST = 50  # on the page of what is supported; the list has them all


@dataclass(frozen=True)
class Panel:
    """The supports of one thing, or (``given``) of one organization, and their amounts added up.

    ``add_url`` is where one is added, empty for who may not.
    """

    rows: list[Support]
    sums: tuple[str, ...]
    more_url: str = ""
    add_url: str = ""
    given: bool = False


def with_flag(rows: Any, name: str) -> Any:
    """The mesas or sessions of a page, with ``is_supported``: of most there is nothing to ask for."""
    return rows.annotate(
        is_supported=Exists(Support.objects.filter(**{name: OuterRef("pk")}, withdrawn_at=None))
    )


def panel(
    actor: Actor,
    *,
    commitment: Commitment | None = None,
    session: Session | None = None,
    mesa: Mesa | None = None,
    organization: Organization | None = None,
    may_add: bool = False,
) -> Panel:
    """Of a thing that the actor sees, or what an organization supports. One query, none where
    ``with_flag`` says that there is nothing."""
    add_url = _add_url(commitment, session, mesa) if may_add else ""
    if not getattr(commitment or session or mesa, "is_supported", True):
        return Panel([], (), add_url=add_url)
    if organization:
        found = _given_by.rows(actor, organization.pk)
    else:
        found = _given_to.rows(actor, *(one.pk if one else None for one in (commitment, session, mesa)))
    kept = found[:MOST]
    more = reverse("commitments:account_supports") if len(found) > MOST else ""
    return Panel(
        kept,
        () if more else sums_of(kept),
        f"{more}?by={organization.pk}" if more and organization else more,
        add_url,
        given=organization is not None,
    )


@compiled
def _given_by(actor: Actor, organization: int) -> "QuerySet[Support]":
    return with_whose(Support.objects.visible_to(actor)).filter(organization=organization)[: MOST + 1]


@compiled
def _given_to(
    actor: Actor, commitment: int | None, session: int | None, mesa: int | None
) -> "QuerySet[Support]":
    rows = with_whose(Support.objects.visible_to(actor))
    return rows.filter(commitment=commitment, session=session, mesa=mesa)[: MOST + 1]


def _add_url(commitment: Commitment | None, session: Session | None, mesa: Mesa | None) -> str:
    if commitment:
        return reverse("commitments:support_commitment", args=[commitment.public_id])
    if session:
        return reverse("commitments:support_session", args=[session.public_id])
    return reverse("commitments:support_mesa", args=[mesa.slug]) if mesa else ""


def with_whose(rows: QuerySet[Support]) -> QuerySet[Support]:
    """With what a line of a list says."""
    return rows.select_related("organization", "mesa", "session__mesa", "commitment__mesa").order_by(
        "kind", "organization__plain_name", "pk"
    )


def sums_of(rows: Iterable[Support]) -> tuple[str, ...]:
    money: dict[str, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    bare = 0
    for row in rows:
        if row.amount is None:
            bare += 1
        else:
            n, total = money[row.currency]
            money[row.currency] = n + 1, total + row.amount
    return sums(dict(sorted(money.items())), bare)
