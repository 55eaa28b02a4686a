"""The traffic light: ordered rules in one table, of which the first that holds decides.

The same table is read in Python for a row, made into SQL for lists and counts, and shown to whoever asks how it is
computed. A light is never typed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.commitments.models import Commitment, CommitmentQuerySet
from coordination.common.models import Provenance

AMBER_DAYS = 15  # design: product, traffic light; the first rung of the ladder is the same day
GREEN, AMBER, RED, GREY, DISPUTED = "green", "amber", "red", "grey", "disputed"
LIGHT_LABELS: dict[str, Any] = {
    RED: _("Overdue or not met"),
    AMBER: _("Due soon or partly met"),
    GREEN: _("On time or met"),
    DISPUTED: _("Disputed"),
    # Proposed, withdrawn and what nobody knows of: each row says which.
    GREY: _("Without a light"),
}
S = Commitment.State


@dataclass(frozen=True)
class Light:
    """A colour and its words. Computed, never typed."""

    code: str
    label: str | Promise
    state: str  # what the light component draws: the code, or the settled state behind it


class Days(NamedTuple):
    """A date counted from today, both ends included; None is open. No date at all never fits."""

    first: int | None
    last: int | None

    def holds(self, day: date | None, today: date) -> bool:
        if day is None:
            return False
        distance = (day - today).days
        return (self.first is None or distance >= self.first) and (self.last is None or distance <= self.last)

    def q(self, column: str, today: date) -> Q:
        ends: dict[str, Any] = {f"{column}__isnull": False}
        if self.first is not None:
            ends[f"{column}__gte"] = today + timedelta(days=self.first)
        if self.last is not None:
            ends[f"{column}__lte"] = today + timedelta(days=self.last)
        return Q(**ends)


PAST, SOON, LATER = Days(None, -1), Days(0, AMBER_DAYS), Days(AMBER_DAYS + 1, None)
AHEAD = Days(0, None)


@dataclass(frozen=True)
class Rule:
    """One line of the table. What a line does not say does not matter; what it says must hold together."""

    code: str
    light: Light
    when: str | Promise
    urgency: int  # what asks for action first in a list: 0 before 5
    states: tuple[str, ...] = ()
    historic: bool | None = None
    due: Days | None = None
    undated: bool = False
    exempt: Days | None = None

    def holds(self, commitment: Commitment, today: date) -> bool:
        return (
            (not self.states or commitment.state in self.states)
            and (self.historic is None or commitment.is_historic == self.historic)
            and (self.due is None or self.due.holds(commitment.due_on, today))
            and (not self.undated or commitment.due_on is None)
            and (self.exempt is None or self.exempt.holds(commitment.exempt_until, today))
        )

    def q(self, today: date) -> Q:
        found = Q()
        if self.states:
            found &= Q(state__in=self.states)
        if self.historic is not None:
            found &= Q(provenance=Provenance.HISTORIC if self.historic else Provenance.LIVE)
        if self.due:
            found &= self.due.q("due_on", today)
        if self.undated:
            found &= Q(due_on=None)
        if self.exempt:
            found &= self.exempt.q("exempt_until", today)
        return found


WORKED_ON = (S.AGREED, S.IN_PROGRESS)
MOVING = (*WORKED_ON, S.REPORTED)
# Source: design, product "Traffic light". What is reported and waits for its verifier is never overdue: the
# responsible organization has done its part. A historic record that is not settled says "no data": nobody knows how
# it stands today.
RULES = (
    Rule("met", Light(GREEN, _("Met"), "met"), _("Another organization confirmed that it is met."), 4, (S.MET,)),
    Rule(
        "partly_met", Light(AMBER, _("Partly met"), "partly_met"),
        _("Another organization confirmed that it is met in part."), 4, (S.PARTLY_MET,),
    ),
    Rule(
        "not_met", Light(RED, _("Not met"), "not_met"),
        _("It was recorded that it was not met, and a second organization confirmed it."), 4, (S.NOT_MET,),
    ),
    Rule(
        "disputed", Light(DISPUTED, _("Disputed"), DISPUTED),
        _("The responsible organization does not agree with how it was decided. Both versions can be read."), 1,
        (S.DISPUTED,),
    ),
    Rule("withdrawn", Light(GREY, _("Withdrawn"), "withdrawn"), _("It was withdrawn, with its reason."), 4, (S.WITHDRAWN,)),
    Rule("proposed", Light(GREY, _("Proposed"), GREY), _("The mesa has not agreed it yet."), 3, (S.PROPOSED,)),
    Rule(
        "historic", Light(GREY, _("No data"), GREY),
        _("It comes from public sources, which do not say how it ended."), 5, historic=True,
    ),
    Rule(
        "waiting", Light(AMBER, _("Waiting for verification"), AMBER),
        _("It was reported as done, its due date has passed, and whoever verifies has not answered yet."), 2,
        (S.REPORTED,), due=PAST,
    ),
    Rule(
        "overdue", Light(RED, pgettext_lazy("commitment", "Overdue"), RED),
        _(
            "Its due date has passed. Nobody has reported that it is done, or what was reported was returned or opened again."
        ), 0, WORKED_ON, due=PAST,
    ),
    Rule(
        "undated_late", Light(RED, _("Without a due date"), RED),
        _("It was agreed without a due date, and the day to give it one has passed."), 0, WORKED_ON, undated=True,
        exempt=PAST,
    ),
    Rule(
        "undated", Light(AMBER, _("Due date missing"), AMBER),
        _("It was agreed without a due date; there is a day until which it gets one."), 2, MOVING, undated=True,
    ),
    Rule(
        "due_soon", Light(AMBER, _("Due soon"), AMBER), _("It is due within the next 15 days."), 2, MOVING, due=SOON,
    ),
    Rule(
        "incomplete_late", Light(AMBER, _("Still incomplete"), AMBER),
        _("It was agreed although something was missing, and the day to complete it has passed."), 2, MOVING,
        exempt=PAST,
    ),
    # Green says that nobody has to do anything now. What cannot be measured or verified yet cannot say it (docs/decisions/0035).
    Rule(
        "incomplete", Light(AMBER, pgettext_lazy("commitment", "Incomplete"), AMBER),
        _("It was agreed although something is missing; there is a day until which it is completed."), 2, MOVING,
        exempt=AHEAD,
    ),
    Rule(
        "on_time", Light(GREEN, _("On time"), GREEN), _("It is due in more than 15 days."), 2, MOVING, due=LATER,
    ),
    Rule("no_data", Light(GREY, _("No data"), GREY), _("Nothing of this is known."), 4),
)  # fmt: skip


def rule_of(commitment: Commitment, today: date) -> Rule:
    """The first rule that holds on that day. Reads the row alone: no query."""
    return next(rule for rule in RULES if rule.holds(commitment, today))


def traffic_light(commitment: Commitment, today: date) -> Light:
    """The light of a commitment on that day. Reads the row alone: no query."""
    return rule_of(commitment, today).light


def with_light(commitments: Iterable[Commitment], today: date) -> list[Commitment]:
    """The same rows, each with its ``light`` for a template: ``<c-light :state="row.light.state" … />``."""
    rows = list(commitments)
    for row in rows:
        row.light = traffic_light(row, today)  # type: ignore[attr-defined]
    return rows


def annotate_light(queryset: CommitmentQuerySet, today: date) -> CommitmentQuerySet:
    """Adds ``light_code`` (the code of ``traffic_light``, in SQL) and ``urgency`` (what asks for action first)."""
    held = [(rule, rule.q(today)) for rule in RULES[:-1]]
    last = RULES[-1]
    return queryset.annotate(
        light_code=Case(
            *(When(q, then=Value(rule.light.code)) for rule, q in held), default=Value(last.light.code)
        ),
        urgency=Case(
            When(provenance=Provenance.HISTORIC, then=Value(5)),
            *(When(q, then=Value(rule.urgency)) for rule, q in held),
            default=Value(last.urgency),
            output_field=IntegerField(),
        ),
    )


def by_urgency(queryset: CommitmentQuerySet, today: date) -> CommitmentQuerySet:
    """With their light, what asks for action first; then by due date, then by mesa and number."""
    return annotate_light(queryset, today).order_by(
        "urgency", F("due_on").asc(nulls_last=True), "mesa_id", "number"
    )


def light_rows(queryset: CommitmentQuerySet, today: date) -> Any:
    """How many of them show each light: rows for ``counted``.

    Each commitment comes once: no filter of ours joins what has several rows (they ask by subquery), and counting
    distinct ones would sort a country's 200,000.
    """
    return annotate_light(queryset, today).order_by().values("light_code").annotate(rows=Count("pk"))


def counted(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """By light, zeros included, most urgent first."""
    found = {row["light_code"]: row["rows"] for row in rows}
    return {code: found.get(code, 0) for code in LIGHT_LABELS}


def counts_by_light(queryset: CommitmentQuerySet, today: date) -> dict[str, int]:
    """How many of them show each light, zeros included, most urgent first. One query."""
    return counted(light_rows(queryset, today))
