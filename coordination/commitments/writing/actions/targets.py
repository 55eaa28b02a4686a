"""What an indicator promises moves like the rest of what was agreed: by a session, or as a slip of the pen put right."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from coordination.commitments.agreeing import keep_first_targets, mend
from coordination.commitments.figures.actions.indicating import (
    IndicatorValues,
    differences,
    put_indicator,
    rewrite,
    told_of,
)
from coordination.commitments.models import Commitment, Indicator
from coordination.commitments.terms import keep_amendment
from coordination.commitments.writing.actions.amending import (
    NothingChanged,
    refuse_session,
    standing_promise,
)


@transaction.atomic
def amend_indicator(
    *,
    indicator_id: int,
    version: int | None,
    values: IndicatorValues,
    session_id: int | None,
    reason: str,
    organization_id: int | None = None,
    person_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Indicator:
    """What the mesa decided in a session: another target, unit, baseline, formula, or other periods on the way.

    Whoever accepted is asked again; the target agreed first stays beside the new one. Records AMENDED; session, reason,
    old and new are kept in its Amendment. Raises HistoricRecord, StaleVersion, NotOpen, RecordWaits, ReasonMissing,
    SessionMissing, OwnDecision, IndicatorRefused, NothingChanged.
    """
    commitment = standing_promise(_of(indicator_id), version, reason)
    refuse_session(commitment, session_id, organization_id, person_id, now)
    return _write(commitment, indicator_id, values, session_id, reason, organization_id, by, now)


@transaction.atomic
def correct_indicator(
    *,
    indicator_id: int,
    version: int | None,
    values: IndicatorValues,
    reason: str,
    by: Actor,
    now: datetime,
) -> Indicator:
    """Puts a slip of the pen right, without a session: what was meant stays, and so does what was accepted.

    Records AMENDED; the reason, old and new are kept in its Amendment. Raises HistoricRecord, StaleVersion, NotOpen,
    RecordWaits, ReasonMissing, IndicatorRefused, NothingChanged.
    """
    commitment = standing_promise(_of(indicator_id), version, reason)
    return _write(commitment, indicator_id, values, None, reason, None, by, now)


@transaction.atomic
def agree_indicator(
    *,
    commitment_id: int,
    version: int | None,
    values: IndicatorValues,
    session_id: int | None,
    reason: str,
    organization_id: int | None = None,
    person_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Indicator:
    """One more indicator of what was agreed, decided in a session: it promises more.

    Records AMENDED. Raises HistoricRecord, StaleVersion, NotOpen, RecordWaits, ReasonMissing, SessionMissing,
    OwnDecision, IndicatorRefused, TooManyIndicators.
    """
    commitment = standing_promise(commitment_id, version, reason)
    refuse_session(commitment, session_id, organization_id, person_id, now)
    made = put_indicator(commitment, values, timezone.localdate(now))
    keep_amendment(
        commitment, was={}, told=told_of(values), reason=reason, session_id=session_id, indicator=made,
        organization_id=organization_id, by=by, now=now,
    )  # fmt: skip
    _end(commitment, by, now)
    return made


def _write(
    commitment: Commitment,
    indicator_id: int,
    values: IndicatorValues,
    session_id: int | None,
    reason: str,
    organization_id: int | None,
    by: Actor,
    now: datetime,
) -> Indicator:
    """The database asks for the amendment before it lets a figure of what was agreed move."""
    indicator = commitment.indicators.get(pk=indicator_id)
    was, told = differences(indicator, values)
    if not told:
        raise NothingChanged
    first = indicator.original_target
    keep_amendment(
        commitment, was=was, told=told, reason=reason, session_id=session_id, indicator=indicator,
        organization_id=organization_id, by=by, now=now,
    )  # fmt: skip
    if session_id is None and first is not None and first == indicator.target:
        indicator.original_target = values.target  # it was meant from the start
    rewrite(commitment, indicator, values, timezone.localdate(now))
    _end(commitment, by, now)
    return indicator


def _end(commitment: Commitment, by: Actor, now: datetime) -> None:
    keep_first_targets(commitment)
    commitment.version += 1
    commitment.save(update_fields=["version"])
    mend(commitment, by=by, now=now)


def _of(indicator_id: int) -> int:
    return Indicator.objects.values_list("commitment_id", flat=True).get(pk=indicator_id)
