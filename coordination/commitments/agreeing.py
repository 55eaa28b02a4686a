"""The quality gate at the moment of agreement: passed, or left open for a while with a reason and a date."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.gate import EXCEPTION_DAYS, NEVER_EXCEPTED, Missing, gate, rest_day
from coordination.commitments.models import Commitment, GateException
from coordination.commitments.row import NotOpen, ReasonMissing, locked, note
from coordination.commitments.states import Step, may_take, move
from coordination.common.errors import DomainError


class GateNotPassed(DomainError):
    """``missing`` lists what ``gate.gate`` found."""

    default_message = _("The commitment is not complete yet.")

    def __init__(self, missing: list[Missing]) -> None:
        self.missing = missing
        words = ", ".join(str(each.message) for each in missing)
        super().__init__(
            _("It was not agreed, nothing has been lost. Still missing: %(what)s.") % {"what": words},
            field=missing[0].field,
        )


class DueDatePassed(DomainError):
    default_message = _("The due date has already passed. Give a later one.")


class RecordWaits(NotOpen):
    default_message = _(
        "It is recorded as not met, and another organization is asked to confirm it. Take that record back before what was agreed changes."
    )


class AgreedFixed(DomainError):
    default_message = _(
        "It was agreed: saving does not change it. “Change what was agreed” does, with the session that decided it and a reason; the old text stays."
    )


# What the gate looked at and the mesa agreed, by column. The indicator and who helps are fixed like these.
AGREED = (
    "statement",
    "deliverable",
    "responsible_id",
    "verifier_id",
    "due_on",
    "means_of_verification",
)


class NotWithinReach(DomainError):
    default_message = _("Choose a day from tomorrow on, at most 90 days away.")


@transaction.atomic
def agree(*, commitment_id: int, by: Actor, now: datetime) -> Commitment:
    """A complete proposal becomes AGREED; its due date is kept as the original one.

    Records AGREED. Raises HistoricRecord, NotOpen, GateNotPassed (naming what is missing), DueDatePassed.
    """
    commitment = locked(commitment_id)
    if not may_take(commitment, Step.AGREE):
        raise NotOpen
    if missing := gate(commitment):
        raise GateNotPassed(missing)
    refuse_past(commitment.due_on, now)
    move(commitment, Step.AGREE, now=now, original_due_on=commitment.due_on, agreed_at=now)
    keep_first_targets(commitment)
    note(CommitmentEvent.AGREED, commitment, by, now)
    return commitment


@transaction.atomic
def agree_incomplete(
    *, commitment_id: int, reason: str, until: date, by: Actor, now: datetime
) -> GateException:
    """AGREED although something is missing: what, why and until when stay on its page. Without the second key's
    organization it can be reported and never verified.

    Records AGREED with the exception's id, what is missing and the date. Raises HistoricRecord, NotOpen (also when
    nothing is missing), GateNotPassed (naming what no exception reaches), DueDatePassed, ReasonMissing,
    NotWithinReach.
    """
    commitment = locked(commitment_id)
    missing = gate(commitment)
    if not may_take(commitment, Step.AGREE) or not missing:
        raise NotOpen
    if needed := [each for each in missing if each.code in NEVER_EXCEPTED]:
        raise GateNotPassed(needed)
    refuse_past(commitment.due_on, now)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if not 0 < (until - timezone.localdate(now)).days <= EXCEPTION_DAYS:
        raise NotWithinReach(field="until")
    move(
        commitment,
        Step.AGREE,
        now=now,
        original_due_on=commitment.due_on,
        agreed_at=now,
        exempt_until=until,
    )
    keep_first_targets(commitment)
    made = GateException.objects.create(
        commitment=commitment,
        missing=[each.code for each in missing],
        reason=reason,
        until=until,
        granted_at=now,
    )
    payload = {"exception": made.pk, "missing": made.missing, "until": until.isoformat()}
    note(CommitmentEvent.AGREED, commitment, by, now, payload)
    return made


@transaction.atomic
def due_on_working_day(*, commitment_id: int, version: int, by: Actor, now: datetime) -> Commitment:
    """A proposal due on a day of rest becomes due on the next working day.

    Records EDITED. Raises HistoricRecord, StaleVersion, NotOpen (also for a working day).
    """
    commitment = locked(commitment_id, version)
    if not may_take(commitment, Step.AGREE) or commitment.due_on is None:
        raise NotOpen
    found = rest_day(commitment.mesa, commitment.due_on)
    if found is None:
        raise NotOpen
    commitment.due_on = found.next_day
    commitment.version += 1
    commitment.save(update_fields=["due_on", "version"])
    note(CommitmentEvent.EDITED, commitment, by, now, {"changed": ["due_on"]})
    return commitment


def mend(commitment: Commitment, *, by: Actor, now: datetime) -> bool:
    """Ends the exception of the gate of a locked commitment that lacks nothing any more. Records MENDED.

    For every action that may complete what was agreed incomplete, as its last step.
    """
    if commitment.exempt_until is None or gate(commitment):
        return False
    commitment.exempt_until = None
    commitment.save(update_fields=["exempt_until"])
    commitment.gate_exceptions.filter(mended_at=None).update(mended_at=now)
    note(CommitmentEvent.MENDED, commitment, by, now)
    return True


def keep_first_targets(commitment: Commitment) -> None:
    """What was agreed first stays beside what a session makes of it; for every action that agrees on a target."""
    commitment.indicators.filter(original_target=None).update(original_target=F("target"))


def fixed(commitment: Commitment) -> frozenset[str]:
    """Of ``AGREED`` what a save no longer changes: nothing of a proposal, nor what an exception of the gate left open."""
    if commitment.state == Commitment.State.PROPOSED:
        return frozenset()
    return frozenset(name for name in AGREED if _is_said(getattr(commitment, name)))


def refuse_agreed(commitment: Commitment, wanted: Mapping[str, Any]) -> None:
    """Raises AgreedFixed for the first of these columns that would change what was agreed. Reads the row as stored."""
    kept = fixed(commitment)
    for name, value in wanted.items():
        if name in kept and getattr(commitment, name) != value:
            raise AgreedFixed(field=name.removesuffix("_id"))


def _is_said(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def refuse_past(due_on: date | None, now: datetime) -> None:
    """Raises DueDatePassed for a day before today."""
    if due_on is not None and due_on < timezone.localdate(now):
        raise DueDatePassed(field="due_on")
