"""The list of all minutes and the search in their text: what somebody may not read is not found, counted or quoted.

Words are looked for as Spanish stems without accents, in ``Section.words``. Superseded versions are read, not found.
"""

import re
from dataclasses import dataclass
from functools import reduce
from html import unescape
from operator import or_
from typing import Any

from django.contrib.postgres.search import SearchHeadline, SearchQuery
from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Left
from django.db.models.lookups import Exact
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


def found(actor: Actor, wanted: Wanted) -> QuerySet[Minutes]:
    """Those that match, latest session first, with what a row of the list shows."""
    rows = all_seen(actor)
    if wanted.mesa:
        rows = rows.filter(session__mesa=wanted.mesa)
    if wanted.year:
        rows = rows.filter(session__starts_at__year=wanted.year)
    if wanted.text:
        rows = rows.filter(_every_word(actor, wanted.text) | Q(number__iexact=wanted.text))
    return rows.select_related("session__mesa").order_by(
        F("session__starts_at").desc(nulls_last=True), "-version", "-pk"
    )


def quotes(actor: Actor, minutes: list[Minutes], text: str) -> dict[int, SafeString]:
    """For each of these minutes some words around the first match, marked. One query."""
    query = reduce(or_, map(_query, terms(text)))
    rows = _readable(actor).filter(words=query, minutes__in=minutes)
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


def _every_word(actor: Actor, text: str) -> Q:
    """Each word somewhere in the sections the actor may read. Words that say nothing (de, la) are always there."""
    condition = Q()
    for term in terms(text):
        query = _query(term)
        says_nothing = Exact(Func(query, function="numnode", output_field=IntegerField()), 0)
        there = _readable(actor).filter(words=query, minutes=OuterRef("pk"))
        condition &= Q(Exists(there)) | Q(says_nothing)
    return condition if condition else Q(pk__in=[])


def _readable(actor: Actor) -> QuerySet[Section]:
    """The sections that the actor may read, of minutes that were already seen through their door."""
    readable = Q(is_reserved=False)
    if actor.person_id is not None:
        circle = CircleMember.objects.current().filter(
            person_id=actor.person_id, level=CircleMember.Level.RECORD
        )
        readable |= Q(minutes__session__in=circle.values("session"))
    if actor.is_signed_in:
        keeps = at_mesas_with(actor, Permission.RECORD, "minutes__session__mesa")
        writing = Rapporteur.objects.filter(person_id=actor.person_id, until=None)
        keeps |= Q(minutes__session__in=writing.values("session"))
        readable |= Q(is_casa_adentro=False) & keeps
    return Section.objects.filter(readable)


def _query(text: str) -> SearchQuery:
    return SearchQuery(Plain(Value(text.lstrip("-"))), config="spanish", search_type="websearch")


def _marked(words: Any) -> SafeString:
    shown = escape(" ".join(unescape(str(words)).split()))
    return mark_safe(shown.replace(START, "<mark>").replace(STOP, "</mark>"))  # noqa: S308  escaped the line before
