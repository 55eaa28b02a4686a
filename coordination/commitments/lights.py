"""Which light a commitment shows: in Python for a row, in SQL for lists and counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.commitments.models import Commitment, CommitmentQuerySet
from coordination.common.models import Provenance

AMBER_DAYS = 15  # design: product, traffic light; the first rung of the ladder is the same day


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
