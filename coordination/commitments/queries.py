"""What the pages of a commitment read: lists and their filters, its history, its drawings."""

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from coordination.commitments.models import Commitment, CommitmentQuerySet, Indicator
from coordination.common.search import HasWords
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.taxonomies.models import ThematicAxis


def filtered(queryset: CommitmentQuerySet, chosen: dict[str, str]) -> CommitmentQuerySet:
    """The rows that these filters leave: mesa and responsible by slug, axis by code, q by its words (``common.search``)
    or a code."""
    if mesa := chosen.get("mesa"):
        queryset = queryset.filter(mesa__slug=mesa)
    if axis := chosen.get("axis"):
        queryset = queryset.filter(axis__code=axis)
    if responsible := chosen.get("responsible"):
        answering = Organization.objects.filter(slug=responsible).values("id")
        past = Commitment.objects.filter(historic_responsible__in=answering).values("id")
        queryset = queryset.filter(Q(responsible__in=answering) | Q(id__in=past))
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


def filter_choices(visible: CommitmentQuerySet) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer: only what some visible commitment has. Three queries."""
    rows = visible.order_by()
    mesas = Mesa.objects.filter(id__in=rows.values("mesa")).order_by("plain_name")
    answering = Organization.objects.filter(
        Q(id__in=rows.filter(responsible__isnull=False).values("responsible"))
        | Q(id__in=rows.filter(historic_responsible__isnull=False).values("historic_responsible"))
    )
    axes = ThematicAxis.objects.filter(id__in=rows.filter(axis__isnull=False).values("axis"))
    return {
        "mesas": list(mesas.values_list("slug", "name")),
        "organizations": list(answering.order_by("plain_name").values_list("slug", "name")),
        "axes": list(axes.values_list("code", "name")),
    }


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
