"""What became of a commitment that is owed although it was reported as done: its letters say it before they ask."""

from datetime import datetime
from typing import Any

from coordination.commitments.models import Commitment, Dispute, Report, Verification
from coordination.common import dates

EMPTY: dict[str, Any] = {
    "claimed": "", "decided": "", "decided_on": "", "decided_by": "", "missing": [], "disputed": "", "resolution": "",
    "resolved_on": "", "resolved_in": "",
}  # fmt: skip


def story(commitment: Commitment, before: datetime) -> dict[str, Any]:
    """``EMPTY`` where nobody said it was done and nobody objected; else the last time of each, with dates in words.

    ``decided`` is returned, partly_met or not_met, ``resolution`` one of the dispute's. Three queries.
    """
    claim = Report.objects.filter(commitment=commitment, asks_verification=True, reported_at__lt=before)
    claimed = claim.order_by("-reported_at", "-id").first()
    rows = Dispute.objects.filter(commitment=commitment, disputed_at__lt=before)
    dispute = rows.select_related("resolved_in", "non_fulfilment__second").order_by("-disputed_at").first()
    if claimed is None and dispute is None:
        return EMPTY
    return EMPTY | {
        "claimed": _day(commitment, claimed.reported_at) if claimed else "",
        **_decision(commitment, dispute, before),
        **_objection(commitment, dispute, before),
    }


def _decision(commitment: Commitment, dispute: Dispute | None, before: datetime) -> dict[str, Any]:
    if dispute and dispute.non_fulfilment:
        record = dispute.non_fulfilment
        on = record.answered_at or record.recorded_at
        return {
            "decided": "not_met",
            "decided_on": _day(commitment, on),
            "decided_by": record.second.name,
            "missing": [],
        }
    rows = Verification.objects.filter(commitment=commitment, verified_at__lt=before)
    last = rows.select_related("organization").first()
    if last is None:
        return {}
    return {
        "decided": last.decision,
        "decided_on": _day(commitment, last.verified_at),
        "decided_by": last.organization.name,
        "missing": last.missing or [last.remarks],
    }


def _objection(commitment: Commitment, dispute: Dispute | None, before: datetime) -> dict[str, str]:
    if dispute is None:
        return {}
    told = {"disputed": _day(commitment, dispute.disputed_at)}
    if dispute.resolved_at is None or dispute.resolved_at >= before:
        return told
    return told | {
        "resolution": dispute.resolution,
        "resolved_on": _day(commitment, dispute.resolved_at),
        "resolved_in": dispute.resolved_in.short_title if dispute.resolved_in else "",
    }


def _day(commitment: Commitment, at: datetime) -> str:
    return dates.date_words(at.astimezone(commitment.mesa.zone).date())
