"""What the pages of a commitment read: lists and their filters, its history, its drawings."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, LPad, NullIf
from django.utils import timezone

from accounts.actor import Actor
from coordination.commitments.models import Commitment, CommitmentQuerySet, Indicator
from coordination.common.compiled import compiled
from coordination.common.dates import spoken
from coordination.common.models import Provenance
from coordination.common.search import HasWords
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.taxonomies.models import Sector, ThematicAxis


def filtered(queryset: CommitmentQuerySet, chosen: dict[str, str]) -> CommitmentQuerySet:
    """The rows that these filters leave: mesa and responsible by slug, axis by code, q by its words (``common.search``)
    or a code."""
    if mesa := chosen.get("mesa"):
        queryset = queryset.filter(mesa__slug=mesa)
    if axis := chosen.get("axis"):
        queryset = queryset.filter(axis__code=axis)
    if responsible := chosen.get("responsible"):
        who = Organization.objects.order_by().filter(slug=responsible)
        past = Commitment.objects.order_by().filter(historic_responsible__slug=responsible)
        queryset = queryset.filter(
            Q(responsible__any=ArraySubquery(who.values("id"))) | Q(id__any=ArraySubquery(past.values("id")))
        )
    if text := chosen.get("q"):
        prefix, dash, number = text.strip().rpartition("-")
        if not (dash and number.isascii() and number.isdigit()):
            return queryset.filter(HasWords("plain_statement", text))
        of_closed = prefix.upper().endswith("-CA")
        found = Commitment.objects.filter(HasWords("plain_statement", text))
        coded = Commitment.objects.filter(
            mesa__code_prefix__iexact=prefix[:-3] if of_closed else prefix,
            is_casa_adentro=of_closed,
            number=int(number[:9]),
        )
        queryset = queryset.filter(pk__in=found.values("pk").union(coded.values("pk")))
    return queryset


OFFERED = ("mesas", "organizations", "axes", "sectors")


def choices(actor: Actor) -> dict[str, list[tuple[str, str]]]:
    """What filters offer: mesas and organizations with a visible commitment, every axis and sector. One query."""
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in OFFERED}
    for name, key, label, _order in sorted(
        _offered.rows(actor), key=lambda row: (row[3] or "", row[2] or "")
    ):
        found[name].append((key, label))
    return found


def has_any(rows: "QuerySet[Any, Any]") -> Subquery:
    """True where there is a row of the outer one. Asked row by row of a small table, it stops at its first find: as an
    ``Exists`` it would be planned a second time, to be answered for all of them by reading every commitment."""
    return Subquery(rows.order_by().annotate(found=Value(True)).values("found")[:1])


def answers_for_any(actor: Actor) -> Coalesce:
    """Whether an organization answers for something the actor sees, or its source names it."""
    rows = Commitment.objects.visible_to(actor).order_by()
    through: Any = Commitment.historic_responsible.through
    told = through.objects.filter(
        organization=OuterRef("pk"), commitment__in=rows.filter(provenance=Provenance.HISTORIC).values("pk")
    )
    return Coalesce(has_any(rows.filter(responsible=OuterRef("pk"))), has_any(told))


@compiled
def _offered(actor: Actor) -> Any:
    """Whose filter, key, label, order."""
    rows = Commitment.objects.visible_to(actor).order_by()
    tables: dict[str, tuple[QuerySet[Any], Any, Any]] = {
        "mesas": (
            Mesa.objects.alias(has=has_any(rows.filter(mesa=OuterRef("pk")))).filter(has=True),
            F("slug"),
            F("plain_name"),
        ),
        "organizations": (
            Organization.objects.alias(has=answers_for_any(actor)).filter(has=True),
            F("slug"),
            F("plain_name"),
        ),
        "axes": (ThematicAxis.objects.all(), F("code"), LPad(Cast("order", TextField()), 6, Value("0"))),
        "sectors": (Sector.objects.all(), F("code"), LPad(Cast("order", TextField()), 6, Value("0"))),
    }
    parts = [
        table.order_by().values_list(
            Value(name),
            Cast(key, TextField()),
            Cast(Coalesce(NullIf(F(f"name_{spoken()}"), Value("")), F("name_es")), TextField()),
            Cast(order, TextField()),
        )
        for name, (table, key, order) in tables.items()
    ]
    return parts[0].union(*parts[1:], all=True)


def indicator_bar(indicator: Indicator) -> dict[str, str] | None:
    """Where baseline, value and target stand on the bar, in per cent; nothing to draw without a target above zero."""
    known = [each for each in (indicator.baseline, indicator.value, indicator.target) if each is not None]
    if indicator.target is None or min(known) < 0 or not max(known):
        return None
    top = max(known)

    def place(value: Decimal | None) -> str:
        return "" if value is None else f"{float(100 * value / top):.1f}%"

    return {"base": place(indicator.baseline), "now": place(indicator.value), "mark": place(indicator.target)}


def due_road(commitment: Commitment, today: date) -> dict[str, str] | None:
    """The original date, the present one and today on one line, in per cent. Nothing to draw before it is agreed."""
    was, due, since = commitment.original_due_on, commitment.due_on, commitment.agreed_at
    if was is None or due is None or since is None:
        return None
    first = min(timezone.localdate(since), was, due)
    last = max(was, due, today) + timedelta(days=7)
    length = max((last - first).days, 1)

    def place(day: date) -> str:
        return f"{max(0, min(100, 100 * (day - first).days / length)):.1f}%"

    return {"was": place(was), "due": place(due), "today": place(max(today, first)), "late": str(due < today)}
