"""The list of all minutes and the search in their text: what somebody may not read is not found, counted or quoted.

Words are looked for as Spanish stems without accents, in ``Section.words``. Superseded versions are read, not found.
"""

from dataclasses import dataclass
from html import unescape
from typing import Any

from django.contrib.postgres.search import SearchHeadline, SearchQuery
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
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
        mine = _with_words(actor, wanted.text).filter(minutes=OuterRef("pk"))
        rows = rows.filter(Exists(mine) | Q(number__iexact=wanted.text))
    return rows.select_related("session__mesa").order_by(
        F("session__starts_at").desc(nulls_last=True), "-version", "-pk"
    )


def quotes(actor: Actor, minutes: list[Minutes], text: str) -> dict[int, SafeString]:
    """For each of these minutes some words around the first match, marked. One query."""
    rows = _with_words(actor, text).filter(minutes__in=minutes)
    bare = Func(
        Left("body", LONGEST), Value("<[^>]*>"), Value(" "), Value("g"), function="regexp_replace", output_field=TextField()
    )  # fmt: skip
    told = SearchHeadline(
        bare, _query(text), config="spanish", start_sel=START, stop_sel=STOP, max_words=28, min_words=12
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


def _with_words(actor: Actor, text: str) -> QuerySet[Section]:
    """The sections with these words that the actor may read, of minutes that were already seen through their door."""
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
    return Section.objects.filter(readable, words=_query(text))


def _query(text: str) -> SearchQuery:
    return SearchQuery(Plain(Value(text)), config="spanish", search_type="websearch")


def _marked(words: Any) -> SafeString:
    shown = escape(" ".join(unescape(str(words)).split()))
    return mark_safe(shown.replace(START, "<mark>").replace(STOP, "</mark>"))  # noqa: S308  escaped the line before
