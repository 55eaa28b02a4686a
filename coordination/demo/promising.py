"""What the mesas of the demo promise: proposed from an outcome, measured, and agreed, whole or for a while incomplete."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.actor import Actor
from coordination.commitments import actions
from coordination.commitments.agreeing import agree_incomplete
from coordination.commitments.figures.actions.indicating import (
    IndicatorValues,
    add_indicator,
    change_indicator,
)
from coordination.commitments.figures.charts import Step
from coordination.commitments.models import Commitment
from coordination.organizations.models import Organization
from coordination.taxonomies.models import GcmObjective, Sdg, ThematicAxis

Find = Callable[[str], Organization]


def promise(
    outcome_id: int,
    row: dict[str, Any],
    *,
    find: Find,
    actors: dict[str, Actor],
    today: date,
    by: Actor,
    now: datetime,
) -> Commitment:
    """Opens the outcome as a commitment and, unless it is a draft, agrees it."""
    first = row.get("indicator")
    commitment = actions.propose(
        outcome_id=outcome_id,
        statement=row["statement_es"],
        deliverable=row["deliverable"],
        responsible_id=find(row["responsible"]).pk,
        verifier_id=find(row["verifier"]).pk if "verifier" in row else None,
        due_on=working(today + timedelta(days=row["due"])),
        means_of_verification=row.get("means", ""),
        resources=row.get("resources", ""),
        axis_id=ThematicAxis.objects.get(code=row["axis"]).pk,
        gcm_ids=GcmObjective.objects.filter(code__in=row["gcm"]).values_list("id", flat=True),
        sdg_ids=Sdg.objects.filter(code__in=row["sdg"]).values_list("id", flat=True),
        co_responsible_ids=[find(name).pk for name in row.get("co_responsible", [])],
        follow_up_owner_id=actors[row["owner"]].post_ids[0] if "owner" in row else None,
        indicator=_data(first) if first else None,
        by=by,
        now=now,
    )
    Commitment.objects.filter(pk=commitment.pk).update(statement_en=row["statement_en"])
    told = {"version": None, "by": by, "now": now}
    if first and {"formula", "steps"} & set(first):
        change_indicator(indicator_id=commitment.indicators.get().pk, values=_values(first, today), **told)
    for more in row.get("more_indicators", []):
        add_indicator(commitment_id=commitment.pk, values=_values(more, today), **told)
    if exception := row.get("incomplete"):
        agree_incomplete(
            commitment_id=commitment.pk, reason=exception["reason"],
            until=today + timedelta(days=exception["until"]), by=by, now=now,
        )  # fmt: skip
    elif not row.get("draft"):
        actions.agree(commitment_id=commitment.pk, by=by, now=now)
    return commitment


def working(day: date) -> date:
    """That day, or the Monday after it: no mesa agrees on a Sunday."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)


def _data(row: dict[str, Any]) -> actions.IndicatorData:
    return actions.IndicatorData(
        name=row["name"],
        unit=row["unit"],
        baseline=None if row["baseline"] is None else Decimal(row["baseline"]),
        baseline_is_unknown=row["baseline"] is None,
        target=Decimal(row["target"]),
    )


def _values(row: dict[str, Any], today: date) -> IndicatorValues:
    steps = [
        Step(today + timedelta(days=first), today + timedelta(days=last), Decimal(value))
        for first, last, value in row.get("steps", [])
    ]
    return IndicatorValues(**vars(_data(row)), formula=row.get("formula", "latest"), steps=tuple(steps))
