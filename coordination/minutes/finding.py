"""The list of all minutes and the search in their text: what somebody may not read is not found, counted or quoted.

Words are looked for as Spanish stems without accents, in ``Section.words``. Superseded versions are read, not found.
"""

import re
from dataclasses import dataclass
from functools import reduce
from html import unescape
from operator import or_
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.search import SearchHeadline, SearchQuery
from django.db import transaction
from django.db.models import (
    Case,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Left
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from accounts.actor import Actor
from coordination.common.models import Plain
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.minutes.texts import Minutes, Section
from coordination.sessions.models import CircleMember, Rapporteur

START, STOP = (
    "\N{START OF TEXT}",
    "\N{END OF TEXT}",
)  # nobody types these: everything between is escaped, then marked
TERM, WORD, MOST_TERMS = re.compile(r'"[^"]+"|[^\s"]+'), re.compile(r"\w"), 8
# Of the transaction that asks for it and no other.
NO_SEQUENTIAL_READING = Func(
    Value("enable_seqscan"), Value("off"), Value(True), function="set_config", output_field=TextField()
)
LONGEST = 20_000  # characters of a section that are looked through for the words to quote


@dataclass(frozen=True)
class Wanted:
    """What somebody asked for."""

    text: str = ""
    mesa: Mesa | None = None
    year: int | None = None


def all_seen(actor: Actor) -> QuerySet[Minutes]:
    """Every version that the actor sees and that stands."""
    return Minutes.objects.visible_to(actor).exclude(state=Minutes.State.SUPERSEDED)


def found(actor: Actor, wanted: Wanted) -> list[int]:
    """The ids of those that match, latest session first. One query; three with words, however many.

    With words: which minutes have each of them in sections of which kind is looked up once by the index, and then
    joined with what the actor is to each minutes. Asking the sections of each minutes one by one would take seconds.
    """
    rows = all_seen(actor)
    if wanted.mesa:
        rows = rows.filter(session__mesa=wanted.mesa)
    if wanted.year:
        rows = rows.filter(session__starts_at__year=wanted.year)
    rows = rows.order_by(F("session__starts_at").desc(nulls_last=True), "-version", "-pk")
    if not wanted.text:
        return list(rows.values_list("pk", flat=True))
    keeps: Case | Value = Value(False)
    inside: Case | Value = Value(False)
    if actor.is_signed_in:
        keeps = Case(When(_keeps(actor, "session"), then=Value(True)), default=Value(False))
    if actor.person_id is not None:
        inside = Case(When(_inside(actor, "session"), then=Value(True)), default=Value(False))
    asked = list(rows.annotate(keeps=keeps, inside=inside).values_list("pk", "number", "keeps", "inside"))
    hits = _hits(terms(wanted.text))
    number = wanted.text.upper()
    return [
        pk
        for pk, called, is_kept, is_inside in asked
        if called == number or (hits and all(_reads(one.get(pk), is_kept, is_inside) for one in hits))
    ]


def _reads(hit: "tuple[bool, bool] | None", keeps: bool, inside: bool) -> bool:
    """Whether a word that stands in the minutes stands in a section that this reader may read."""
    if hit is None:
        return False
    is_public, is_open = hit
    return is_public or inside or (keeps and is_open)


def _hits(asked: list[str]) -> "list[dict[int, tuple[bool, bool]]]":
    """For each word that says something: in which minutes, whether in a public section, whether in one not closed.

    The index is asked by name, so to speak: the planner takes reading the whole table for as cheap, not knowing that
    every text index entry of it would have to be unpacked.
    """
    queries = [_query(term) for term in asked]
    if not queries:
        return []
    names = [f"n{at}" for at in range(len(queries))]
    sizes = {
        name: Func(query, function="numnode", output_field=IntegerField())
        for name, query in zip(names, queries, strict=True)
    }
    with transaction.atomic():
        rows = Section.objects.order_by().annotate(off=NO_SEQUENTIAL_READING, **sizes)
        counted = next(iter(rows.values_list(*names, "off")[:1]), ())
        saying = [query for query, size in zip(queries, counted, strict=False) if size]
        hits: list[dict[int, tuple[bool, bool]]] = [{} for _query in saying]
        parts = [_standing(query, at) for at, query in enumerate(saying)]
        for at, pk, is_public, is_open in parts[0].union(*parts[1:], all=True) if parts else ():
            hits[at][pk] = (is_public, is_open)
    return hits


def _standing(query: SearchQuery, at: int) -> Any:
    """Where these words stand, as rows of (``at``, minutes, in a public section, in one that is not closed)."""
    rows = Section.objects.filter(words=query).order_by().annotate(at=Value(at)).values("at", "minutes")
    return rows.annotate(
        is_public=BoolOr(Q(is_reserved=False)), is_open=BoolOr(Q(is_casa_adentro=False))
    ).values_list("at", "minutes", "is_public", "is_open")


def in_order(ids: list[int]) -> list[Minutes]:
    """These minutes with what a row of the list shows, in this order. One query."""
    rows = {one.pk: one for one in Minutes.objects.filter(pk__in=ids).select_related("session__mesa")}
    return [rows[pk] for pk in ids if pk in rows]


def quotes(actor: Actor, minutes: list[Minutes], text: str) -> dict[int, SafeString]:
    """For each of these minutes some words around the first match, marked. One query."""
    query = reduce(or_, map(_query, terms(text)))
    rows = Section.objects.filter(_readable(actor), words=query, minutes__in=minutes)
    bare = Func(
        Left("body", LONGEST), Value("<[^>]*>"), Value(" "), Value("g"), function="regexp_replace", output_field=TextField()
    )  # fmt: skip
    told = SearchHeadline(
        bare, query, config="spanish", start_sel=START, stop_sel=STOP, max_words=28, min_words=12
    )
    first = rows.annotate(told=told).order_by("minutes", "order").distinct("minutes")
    return {pk: _marked(words) for pk, words in first.values_list("minutes", "told")}


def choices(actor: Actor) -> tuple[QuerySet[Mesa], list[int]]:
    """What the filters offer: mesas and years that some minutes the actor sees have. Two queries."""
    rows = all_seen(actor).order_by()
    mesas = Mesa.objects.filter(pk__in=rows.values("session__mesa")).order_by("plain_name")
    years = (
        rows.exclude(session__starts_at=None).values_list("session__starts_at__year", flat=True).distinct()
    )
    return mesas, sorted(years, reverse=True)


def terms(text: str) -> list[str]:
    """The words, and phrases between quotation marks, that were asked for: eight at most, signs alone left out."""
    return [one for one in TERM.findall(text.replace("“", '"').replace("”", '"')) if WORD.search(one)][
        :MOST_TERMS
    ]


def _readable(actor: Actor) -> Q:
    """The condition on sections that the actor may read, of minutes that were already seen through their door."""
    readable = Q(is_reserved=False)
    if actor.is_signed_in:
        readable |= Q(is_casa_adentro=False) & _keeps(actor, "minutes__session")
    if actor.person_id is not None:
        readable |= _inside(actor, "minutes__session")
    return readable


def _keeps(actor: Actor, session: str) -> Q:
    """Whose session's record the actor keeps: by a role at its mesa, or as its rapporteur."""
    writing = Rapporteur.objects.filter(person_id=actor.person_id, until=None)
    return at_mesas_with(actor, Permission.RECORD, f"{session}__mesa") | Q(
        **{f"{session}__in": writing.values("session")}
    )


def _inside(actor: Actor, session: str) -> Q:
    """In whose session's circle of the record the actor stands."""
    circle = CircleMember.objects.current().filter(person_id=actor.person_id, level=CircleMember.Level.RECORD)
    return Q(**{f"{session}__in": circle.values("session")})


def _query(text: str) -> SearchQuery:
    return SearchQuery(Plain(Value(text.lstrip("-"))), config="spanish", search_type="websearch")


def _marked(words: Any) -> SafeString:
    shown = escape(" ".join(unescape(str(words)).split()))
    return mark_safe(shown.replace(START, "<mark>").replace(STOP, "</mark>"))  # noqa: S308  escaped the line before
