"""The life of a commitment in one table: which step leads from where to where.

A historic record takes no step. The database refuses what is not in this table (migration 0004), and a test
compares the two.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from coordination.commitments.models import Commitment
from coordination.common.errors import DomainError
from coordination.common.models import Provenance

State = Commitment.State
S = State  # the table below reads better short


class NotOpen(DomainError):
    default_message = _(
        "This commitment does not take that step in its present state. Look at it again: somebody may have changed it."
    )


class Step(StrEnum):
    AGREE = "agree"
    REPORT = "report"  # progress, without asking anybody to confirm it
    ASK = "ask"  # a report that asks its verifier
    CONFIRM = "confirm"
    CONFIRM_PARTLY = "confirm_partly"
    RETURN = "return"
    DISPUTE = "dispute"
    UPHOLD_MET = "uphold_met"
    UPHOLD_PARTLY = "uphold_partly"
    UPHOLD_NOT_MET = "uphold_not_met"
    REOPEN = "reopen"  # a dispute ends with the commitment being worked on
    NOT_MET = "not_met"  # recorded by the mesa in a session, confirmed by a second organization
    WITHDRAW = "withdraw"


class Move(NamedTuple):
    froms: tuple[State, ...]
    to: State


STEPS: dict[Step, Move] = {
    Step.AGREE: Move((S.PROPOSED,), S.AGREED),
    Step.REPORT: Move((S.AGREED, S.IN_PROGRESS, S.REPORTED), S.IN_PROGRESS),
    Step.ASK: Move((S.AGREED, S.IN_PROGRESS, S.REPORTED), S.REPORTED),
    Step.CONFIRM: Move((S.REPORTED, S.DISPUTED), S.MET),
    Step.CONFIRM_PARTLY: Move((S.REPORTED, S.DISPUTED), S.PARTLY_MET),
    Step.RETURN: Move((S.REPORTED,), S.IN_PROGRESS),
    Step.DISPUTE: Move((S.PARTLY_MET, S.NOT_MET, S.IN_PROGRESS), S.DISPUTED),
    Step.UPHOLD_MET: Move((S.DISPUTED,), S.MET),
    Step.UPHOLD_PARTLY: Move((S.DISPUTED,), S.PARTLY_MET),
    Step.UPHOLD_NOT_MET: Move((S.DISPUTED,), S.NOT_MET),
    Step.REOPEN: Move((S.DISPUTED,), S.IN_PROGRESS),
    Step.NOT_MET: Move((S.AGREED, S.IN_PROGRESS, S.DISPUTED), S.NOT_MET),
    Step.WITHDRAW: Move((S.PROPOSED, S.AGREED, S.IN_PROGRESS, S.REPORTED, S.DISPUTED), S.WITHDRAWN),
}
# Settled by the word of an organization that is not the responsible one: ``settled_by``.
DECIDED = (S.MET, S.PARTLY_MET, S.NOT_MET)
SETTLED = (*DECIDED, S.WITHDRAWN)


def lawful() -> set[tuple[str, str]]:
    """Every change of state that some step makes, as (from, to)."""
    return {(each.value, move.to.value) for move in STEPS.values() for each in move.froms if each != move.to}


def may_take(commitment: Commitment, step: Step) -> bool:
    """For pages that offer the step and actions that look before they ask anything else."""
    return not commitment.is_historic and commitment.state in STEPS[step].froms


def move(
    commitment: Commitment,
    step: Step,
    *,
    now: datetime,
    settled_by_id: int | None = None,
    **columns: Any,
) -> Commitment:
    """Takes the step in one conditional UPDATE, with ``columns`` beside it, and bumps the version.

    The row must still be in one of the step's states and of the version that was read; else NotOpen and nothing
    is written. A step into a settled state dates it and keeps whose word it was; every other step clears both. The
    instance in hand is brought up to date. Only actions call this.
    """
    froms, to = STEPS[step]
    if (to in DECIDED) != (settled_by_id is not None):
        raise ValueError(f"{step}: met, partly met and not met have settled_by_id, nothing else has")
    changes = columns | {
        "state": to,
        "settled_at": now if to in SETTLED else None,
        "settled_by_id": settled_by_id,
    }
    live = Commitment.objects.filter(pk=commitment.pk, provenance=Provenance.LIVE)
    taken = live.filter(state__in=froms, version=commitment.version).update(
        **changes, version=F("version") + 1
    )
    if not taken:
        raise NotOpen
    for name, value in changes.items():
        setattr(commitment, name, value)
    commitment.version += 1
    return commitment
