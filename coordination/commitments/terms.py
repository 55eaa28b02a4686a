"""What an organization is asked to accept: what was agreed, in its wording of today."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from accounts.actor import Actor
from coordination.activity.actions import acts_for
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import (
    Amendment,
    Commitment,
    CommitmentQuerySet,
    Extension,
    Indicator,
)
from coordination.commitments.row import note


def keep_amendment(
    commitment: Commitment,
    *,
    was: Mapping[str, Any],
    told: Mapping[str, Any],
    reason: str,
    session_id: int | None,
    indicator: Indicator | None = None,
    organization_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Amendment:
    """Keeps old and new with why, who and the session; without one it is a slip of the pen put right.

    Whatever was accepted before a session's change was another text. Records AMENDED with ids and names of columns:
    the words stay in the row. For every action that changes what was agreed, before it does.
    """
    made = Amendment.objects.create(
        commitment=commitment,
        indicator=indicator,
        session_id=session_id,
        is_slip=session_id is None,
        reason=reason.strip(),
        was=dict(was),
        now=dict(told),
        organization_id=organization_id or acts_for(by),
        person_id=by.person_id,
        amended_at=now,
    )
    if session_id is not None:
        begin_anew(commitment, now)
    note(CommitmentEvent.AMENDED, commitment, by, now, {"amendment": made.pk, "changed": list(told)})
    return made


def begin_anew(commitment: Commitment, now: datetime) -> None:
    """Receipts, acceptances and objections stay, dated, with the text they were said of; everybody is asked again."""
    commitment.amended_at = now
    commitment.save(update_fields=["amended_at"])
    commitment.acknowledgements.standing().update(superseded_at=now)


def with_wording(rows: CommitmentQuerySet) -> CommitmentQuerySet:
    """Adds ``wording``: which text of it somebody reads. A form that accepts it sends this back; empty until it changed.

    A slip put right counts: who accepted before it stays as they are, but nobody accepts it without having read it. How
    many changes there were, and no key of a row: between two keys one could count what is closed.
    """
    changed = Amendment.objects.order_by()
    moved = Extension.objects.order_by().filter(new_target__isnull=False)
    each = [its.filter(commitment=OuterRef("pk")).values("commitment") for its in (changed, moved)]
    one, other = (Coalesce(Subquery(its.annotate(n=Count("pk")).values("n")), 0) for its in each)
    told = Cast(NullIf(one + other, Value(0)), CharField())
    return rows.annotate(wording=Coalesce(told, Value("")))


def wording_of(commitment_id: int) -> str:
    """``with_wording`` of one. One query."""
    rows = with_wording(Commitment.objects.order_by()).filter(pk=commitment_id)
    return str(rows.values_list("wording", flat=True).get())
