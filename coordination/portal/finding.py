"""What the search page finds, in a constant number of queries."""

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, QuerySet, Value

from accounts.actor import Actor
from coordination.commitments.lights import by_urgency, with_light
from coordination.commitments.matrix.queries import ORDER, Bound, cells
from coordination.commitments.models import Commitment
from coordination.common.compiled import compiled
from coordination.common.models import Plain
from coordination.common.search import HasWords
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.sessions.models import Session
from coordination.taxonomies.models import Canton, Province

LIMIT = 20
MANY = 2_000  # commitments that are sorted for a page of them


@dataclass(frozen=True)
class Found:
    """Search results, a few of each kind and how many there are."""

    mesas: list[Mesa]
    sessions: list[Session]
    commitments: list[Commitment]
    organizations: list[Organization]

    @property
    def count(self) -> int:
        return len(self.mesas) + len(self.sessions) + len(self.commitments) + len(self.organizations)


def find(*, text: str, actor: Actor, today: date) -> Found:
    """What the actor may see and ``common.search`` finds. Seven queries, more where a word is in a good part of everything.

    A place finds what sits and happens there, an organization what it answers for: people ask for
    "Huaquillas" and not for the words of a commitment.
    """
    named: dict[str, list[int]] = {kind: [] for kind in ("mesa", "organization", "canton", "province")}
    for kind, pk in _named.rows(text):
        named[kind].append(pk)
    cantons, provinces, organizations = named["canton"], named["province"], named["organization"]
    there = _sitting.rows(cantons, provinces)
    return Found(
        mesas=_mesas.rows(actor, named["mesa"] + there),
        sessions=_sessions.rows(actor, text, cantons, provinces),
        commitments=_commitments(actor, text, organizations, there, today),
        organizations=_organizations.rows(actor, organizations),
    )


@compiled
def _named(text: str) -> Any:
    """What bears the words in its name, whoever may see it: what shows is decided where it is read."""
    # Names in two languages are read without modeltranslation, which leaves the columns of a union in no order.
    mesas: Any = Mesa.objects.filter(HasWords("plain_name", text))
    organizations: Any = Organization.objects.named_like(text)
    tables: dict[str, QuerySet[Any]] = {
        "mesa": mesas.rewrite(False),
        "organization": organizations.rewrite(False),
        "canton": Canton.objects.alias(plain=Plain("name")).filter(HasWords("plain", text)),
        "province": Province.objects.alias(plain=Plain("name")).filter(HasWords("plain", text)),
    }
    parts = [rows.order_by().values_list(Value(kind), "pk") for kind, rows in tables.items()]
    return parts[0].union(*parts[1:], all=True)


@compiled
def _sitting(cantons: list[int], provinces: list[int]) -> Any:
    return Mesa.objects.filter(Q(canton__any=cantons) | Q(province__any=provinces)).values_list(
        "pk", flat=True
    )


@compiled
def _mesas(actor: Actor, mesas: list[int]) -> Any:
    return Mesa.objects.visible_to(actor).filter(pk__any=mesas).order_by("plain_name")[:LIMIT]


@compiled
def _organizations(actor: Actor, organizations: list[int]) -> Any:
    rows = Organization.objects.visible_to(actor).filter(pk__any=organizations)
    return rows.order_by("plain_name")[:LIMIT]


@compiled
def _sessions(actor: Actor, text: str, cantons: list[int], provinces: list[int]) -> Any:
    """Of a closed one the topic is nobody's to look for, not even its circle's."""
    told = Q(HasWords("plain_topic", text), is_casa_adentro=False)
    rows = Session.objects.visible_to(actor).filter(
        told | Q(canton__any=cantons) | Q(province__any=provinces)
    )
    latest = F("starts_at").desc(nulls_last=True)
    return rows.select_related("mesa").order_by(latest, "-number", "-id")[:LIMIT]


def _commitments(
    actor: Actor, text: str, organizations: list[int], mesas: list[int], today: date
) -> list[Commitment]:
    """The most urgent of them. What is in more than ``MANY`` is looked for in the order by urgency, which finds it soon."""
    asked = (actor, text, organizations, mesas)
    keys = _keys.rows(*asked)
    if len(keys) > MANY:
        keys = []
        for rank in sorted({cell.rank for cell in cells(today)}):
            keys += _ranked.rows(*asked, today, Bound(rank))
            if len(keys) >= LIMIT:
                break
    return with_light(_most_urgent.rows(keys, today), today)


def _matching(actor: Actor, text: str, organizations: list[int], mesas: list[int]) -> QuerySet[Commitment]:
    found = Q(HasWords("plain_statement", text)) | Q(responsible__any=organizations) | Q(mesa__any=mesas)
    return Commitment.objects.visible_to(actor).filter(found)


@compiled
def _keys(actor: Actor, text: str, organizations: list[int], mesas: list[int]) -> Any:
    rows = _matching(actor, text, organizations, mesas)
    return rows.order_by().values_list("pk", flat=True)[: MANY + 1]


@compiled
def _ranked(
    actor: Actor, text: str, organizations: list[int], mesas: list[int], today: date, rank: Bound
) -> Any:
    """The first of one rank."""
    wanted = reduce(or_, (cell.rows for cell in cells(today) if cell.rank == rank))
    rows = _matching(actor, text, organizations, mesas).filter(wanted)
    return rows.order_by(*ORDER).values_list("pk", flat=True)[:LIMIT]


@compiled
def _most_urgent(keys: list[int], today: date) -> Any:
    rows = Commitment.objects.filter(pk__any=keys).select_related("mesa", "responsible")
    return by_urgency(rows, today)[:LIMIT]
