"""What a commitment lacks, which light it shows, who may never hold its second key."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.commitments.models import Commitment, CommitmentQuerySet, Indicator
from coordination.common.models import Plain, Provenance
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.taxonomies.models import ThematicAxis

AMBER_DAYS = 15  # design: product, traffic light; the first rung of the ladder is the same day
CONCRETE, MEASURABLE, VERIFIABLE = "concrete", "measurable", "verifiable"
GATE_GROUPS: dict[str, Any] = {
    CONCRETE: _("Concrete"),
    MEASURABLE: _("Measurable"),
    VERIFIABLE: _("Verifiable"),
}
# What stands beside a group that is complete.
GATE_NOTES: dict[str, Any] = {
    CONCRETE: _("deliverable, one responsible organization, date"),
    MEASURABLE: _("indicator, baseline, target"),
    VERIFIABLE: _("means, and another organization that verifies"),
}


class Missing(NamedTuple):
    """One thing the quality gate misses, and the form field where it is mended."""

    code: str
    message: str | Promise
    field: str

    @property
    def group(self) -> str:
        return _GROUP_OF[self.code]


_GROUP_OF = {
    "deliverable": CONCRETE,
    "responsible": CONCRETE,
    "due_on": CONCRETE,
    "due_passed": CONCRETE,
    "indicator": MEASURABLE,
    "unit": MEASURABLE,
    "baseline": MEASURABLE,
    "target": MEASURABLE,
    "means_of_verification": VERIFIABLE,
    "verifier": VERIFIABLE,
    "own_key": VERIFIABLE,
}


def gate(commitment: Commitment) -> list[Missing]:
    """What stands between a proposal and an agreement, in the order of the form; empty when it is complete.

    Source: design, product "Quality gate". A historic record has no gate.
    """
    if commitment.is_historic:
        return []
    missing = []
    if not commitment.deliverable.strip():
        missing.append(Missing("deliverable", _("what will be delivered"), "deliverable"))
    if commitment.responsible_id is None:
        missing.append(Missing("responsible", _("one responsible organization"), "responsible"))
    if commitment.due_on is None:
        missing.append(Missing("due_on", _("a due date"), "due_on"))
    missing += _unmeasured(commitment)
    if not commitment.means_of_verification.strip():
        missing.append(
            Missing("means_of_verification", _("the means of verification"), "means_of_verification")
        )
    if commitment.verifier_id is None:
        missing.append(Missing("verifier", _("the organization that verifies"), "verifier"))
    elif commitment.verifier_id in own_side(commitment):
        missing.append(
            Missing(
                "own_key",
                _("a verifier that is not one of those who answer for it, nor part of them, nor above them"),
                "verifier",
            )
        )
    return missing


def lacks(commitment: Commitment, today: date) -> list[Missing]:
    """What stands between a proposal and an agreement today: the gate, and a due date that has passed."""
    missing = gate(commitment)
    if commitment.due_on and commitment.due_on < today and not commitment.is_historic:
        missing.append(Missing("due_passed", _("a due date that has not passed"), "due_on"))
    return missing


def _unmeasured(commitment: Commitment) -> list[Missing]:
    """What the first indicator lacks; a commitment needs one that is whole."""
    lacks: list[list[Missing]] = []
    for indicator in commitment.indicators.all():
        found = []
        if not indicator.unit.strip():
            found.append(Missing("unit", _("the unit of the indicator"), "indicator_unit"))
        if indicator.baseline is None and not indicator.baseline_is_unknown:
            found.append(
                Missing("baseline", _("the baseline, or that it is not known"), "indicator_baseline")
            )
        if indicator.target is None:
            found.append(Missing("target", _("the target of the indicator"), "indicator_target"))
        if not found:
            return []
        lacks.append(found)
    return lacks[0] if lacks else [Missing("indicator", _("at least one indicator"), "indicator_name")]


def answering_ids(commitment: Commitment) -> set[int]:
    """The responsible and co-responsible organizations."""
    ids = {organization.pk for organization in commitment.co_responsible.all()}
    return ids | {commitment.responsible_id} if commitment.responsible_id else ids


def kin(organization_ids: Iterable[int]) -> set[int]:
    """These organizations, those they are part of and those that are part of them. One query."""
    ids = set(organization_ids)
    if not ids:
        return set()
    rows = Organization.objects.filter(Q(id__in=ids) | Q(parent__in=ids)).values_list("id", "parent_id")
    parents = {parent for organization, parent in rows if organization in ids and parent}
    return ids | parents | {organization for organization, _parent in rows}


def own_side(commitment: Commitment) -> set[int]:
    """Organizations that may never verify it: those that answer for it, their parents and their children."""
    return kin(answering_ids(commitment))


@dataclass(frozen=True)
class Light:
    """A colour and its words. Computed, never typed."""

    code: str
    label: str | Promise
    state: str  # what the light component draws: the code, or the settled state behind it


GREEN, AMBER, RED, GREY, DISPUTED = "green", "amber", "red", "grey", "disputed"
LIGHT_LABELS: dict[str, Any] = {
    RED: _("Overdue or not met"),
    AMBER: _("Due soon or partly met"),
    GREEN: _("On time or met"),
    DISPUTED: _("Disputed"),
    GREY: _("No data"),
}
_SETTLED = {
    Commitment.State.MET: Light(GREEN, _("Met"), "met"),
    Commitment.State.PARTLY_MET: Light(AMBER, _("Partly met"), "partly_met"),
    Commitment.State.NOT_MET: Light(RED, _("Not met"), "not_met"),
    Commitment.State.DISPUTED: Light(DISPUTED, _("Disputed"), DISPUTED),
    Commitment.State.WITHDRAWN: Light(GREY, _("Withdrawn"), "withdrawn"),
}


def traffic_light(commitment: Commitment, today: date) -> Light:
    """The light of a commitment on that day. Reads the row alone: no query.

    A historic record that is not settled says "no data": nobody knows how it stands today. What is reported
    and waits for its verifier is never overdue: the responsible organization has done its part.
    """
    if settled := _SETTLED.get(Commitment.State(commitment.state)):
        return settled
    if commitment.state == Commitment.State.PROPOSED:
        return Light(GREY, _("Proposed"), GREY)
    if commitment.is_historic or commitment.due_on is None:
        return Light(GREY, _("No data"), GREY)
    if commitment.due_on > today + timedelta(days=AMBER_DAYS):
        return Light(GREEN, _("On time"), GREEN)
    if commitment.due_on >= today:
        return Light(AMBER, _("Due soon"), AMBER)
    if commitment.state == Commitment.State.REPORTED:
        return Light(AMBER, _("Waiting for verification"), AMBER)
    return Light(RED, pgettext_lazy("commitment", "Overdue"), RED)


def with_light(commitments: Iterable[Commitment], today: date) -> list[Commitment]:
    """The same rows, each with its ``light`` for a template: ``<c-light :state="row.light.state" … />``."""
    rows = list(commitments)
    for row in rows:
        row.light = traffic_light(row, today)  # type: ignore[attr-defined]
    return rows


def annotate_light(queryset: CommitmentQuerySet, today: date) -> CommitmentQuerySet:
    """Adds ``light_code`` (the code of ``traffic_light``, in SQL) and ``urgency`` (what asks for action first)."""
    state = Commitment.State
    open_states = [state.AGREED, state.IN_PROGRESS, state.REPORTED]
    moving = Q(state__in=open_states, provenance=Provenance.LIVE, due_on__isnull=False)
    return queryset.annotate(
        light_code=Case(
            When(state=state.MET, then=Value(GREEN)),
            When(state=state.PARTLY_MET, then=Value(AMBER)),
            When(state=state.NOT_MET, then=Value(RED)),
            When(state=state.DISPUTED, then=Value(DISPUTED)),
            When(moving & Q(due_on__gt=today + timedelta(days=AMBER_DAYS)), then=Value(GREEN)),
            When(moving & (Q(due_on__gte=today) | Q(state=state.REPORTED)), then=Value(AMBER)),
            When(moving, then=Value(RED)),
            default=Value(GREY),
        ),
        urgency=Case(
            When(moving & Q(due_on__lt=today) & ~Q(state=state.REPORTED), then=Value(0)),
            When(Q(state=state.DISPUTED, provenance=Provenance.LIVE), then=Value(1)),
            When(moving, then=Value(2)),
            When(state=state.PROPOSED, then=Value(3)),
            When(provenance=Provenance.LIVE, then=Value(4)),
            default=Value(5),
            output_field=IntegerField(),
        ),
    )


def by_urgency(queryset: CommitmentQuerySet, today: date) -> CommitmentQuerySet:
    """With their light, what asks for action first; then by due date, then by mesa and number."""
    return annotate_light(queryset, today).order_by(
        "urgency", F("due_on").asc(nulls_last=True), "mesa_id", "number"
    )


def counts_by_light(queryset: CommitmentQuerySet, today: date) -> dict[str, int]:
    """How many of them show each light, zeros included, most urgent first. One query.

    Each commitment comes once: no filter of ours joins what has several rows (they ask by subquery), and counting
    distinct ones would sort a country's 200,000.
    """
    rows = annotate_light(queryset, today).order_by().values("light_code").annotate(rows=Count("pk"))
    found = {row["light_code"]: row["rows"] for row in rows}
    return {code: found.get(code, 0) for code in LIGHT_LABELS}


def for_list(queryset: CommitmentQuerySet) -> CommitmentQuerySet:
    """With everything a row of the matrix says, so that a list asks nothing more."""
    return queryset.select_related("mesa", "responsible", "axis").prefetch_related(
        "indicators", "historic_responsible"
    )


def filtered(queryset: CommitmentQuerySet, chosen: dict[str, str]) -> CommitmentQuerySet:
    """The rows that these filters leave: mesa and responsible by slug, axis by code, q without accents."""
    if mesa := chosen.get("mesa"):
        queryset = queryset.filter(mesa__slug=mesa)
    if axis := chosen.get("axis"):
        queryset = queryset.filter(axis__code=axis)
    if responsible := chosen.get("responsible"):
        answering = Organization.objects.filter(slug=responsible).values("id")
        past = Commitment.objects.filter(historic_responsible__in=answering).values("id")
        queryset = queryset.filter(Q(responsible__in=answering) | Q(id__in=past))
    if text := chosen.get("q"):
        found = Q(plain_statement__contains=Plain(Value(text)))
        prefix, dash, number = text.strip().rpartition("-")
        if dash and number.isascii() and number.isdigit():
            of_closed = prefix.upper().endswith("-CA")
            mesa_prefix = prefix[:-3] if of_closed else prefix
            found |= Q(
                mesa__code_prefix__iexact=mesa_prefix, is_casa_adentro=of_closed, number=int(number[:9])
            )
        queryset = queryset.filter(found)
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


@dataclass(frozen=True)
class Moment:
    """One entry of a commitment's history. ``what`` names the template's words, ``row`` carries its facts."""

    at: datetime
    what: str
    row: Any


def history(commitment: Commitment) -> list[Moment]:
    """Agreed, reported, verified, extended, withdrawn: latest first. Persons stay out: organizations answer."""
    moments = [
        Moment(row.reported_at, "report", row)
        for row in commitment.reports.select_related("organization", "person")
    ]
    moments += [
        Moment(row.verified_at, "verification", row)
        for row in commitment.verifications.select_related("organization", "person")
    ]
    moments += [Moment(row.extended_at, "extension", row) for row in commitment.extensions.all()]
    if commitment.agreed_at:
        moments.append(Moment(commitment.agreed_at, "agreed", commitment))
    if commitment.state == Commitment.State.WITHDRAWN and commitment.settled_at:
        moments.append(Moment(commitment.settled_at, "withdrawn", commitment))
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


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
