"""The facts that letters about settling, disputing and prolonging a commitment state (see ``contents``)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from coordination.commitments.amendments import amended, read, with_facts
from coordination.commitments.models import Commitment, Dispute, ExtensionRequest, NonFulfilment
from coordination.common import dates
from coordination.notifications.models import Notification
from coordination.notifications.settling_planner import CONFIRMED

Facts = dict[str, Any]


def dispute_facts(row: Notification, dispute: Dispute, now: datetime) -> Facts:
    """Both versions, and the page where the reader acts: the verifier by its link, the secretariat by its account."""
    commitment, decided, record = dispute.commitment, dispute.verification, dispute.non_fulfilment
    pages = {
        "dispute_opened": commitment.get_absolute_url(),
        "dispute_decide": commitment.get_verify_link(),
        "dispute_answered": commitment.get_absolute_url(),
    }
    return _of(commitment) | {
        "their_version": dispute.text,
        "decided_by": decided.organization.name if decided else record.second.name if record else "",
        "decision": decided.decision if decided else "not_met",
        "remarks": decided.text if decided else record.reason if record else "",
        "resolution": dispute.resolution,
        "resolution_text": dispute.resolution_text,
        "session": dispute.resolved_in.title if dispute.resolved_in else "",
        "url": _absolute(pages[row.kind]),
    }


def record_facts(row: Notification, record: NonFulfilment, now: datetime) -> Facts:
    """What the mesa recorded; the second organization gets its own link, the responsible one the link to report."""
    commitment = record.commitment
    confirmed = row.version == CONFIRMED if row.kind == "not_met_recorded" else bool(record.is_confirmed)
    pages = {
        "not_met_asked": record.get_link(),
        "not_met_answered": commitment.get_absolute_url(),
        "not_met_recorded": commitment.get_report_link(),
    }
    objects = reverse("commitments:dispute_by_link", args=[commitment.token(Commitment.REPORT_LINK)])
    return _of(commitment) | {
        "second": record.second.name,
        "finding": record.reason,
        "session": record.session.title,
        "confirmed": confirmed,
        "remarks": record.answer,
        "url": _absolute(objects if confirmed and row.kind == "not_met_recorded" else pages[row.kind]),
    }


def request_facts(row: Notification, request: ExtensionRequest, now: datetime) -> Facts:
    commitment = request.commitment
    asked = row.kind == "extension_asked"
    page = reverse("commitments:extend", args=[commitment.public_id])
    return _of(commitment) | {
        "until": dates.date_words(request.asked_until),
        "asked_why": request.reason,
        "refusal": request.answer,
        "url": _absolute(page if asked else commitment.get_report_link()),
    }


def changed_facts(row: Notification, commitment: Commitment, now: datetime) -> Facts:
    """What was agreed and what it says now. Who no longer has a part in it, and who only helps, reads its page."""
    entry = with_facts(amended(commitment.pk)).values_list("facts", flat=True)[row.version - 1]
    (told,) = read([entry], is_casa_adentro=commitment.is_casa_adentro)
    doors = {
        commitment.responsible_id: commitment.get_report_link(),
        commitment.verifier_id: commitment.get_verify_link(),
    }
    sides = {*doors, *(each.pk for each in commitment.co_responsible.all())}
    return {
        "indicator": told.indicator,
        # What was accepted before was another text (docs/decisions/0043).
        "asks": told.is_decided and row.organization_id in sides,
        "changes": [change._asdict() for change in told.changes],
        "why": told.reason,
        "session": told.session.title if told.session else "",
        "slip": told.is_slip,
        "url": _absolute(doors.get(row.organization_id, commitment.get_absolute_url())),
        "acts": row.organization_id in doors,
        # The link of a report has the button; whoever verifies or helps says it with an account.
        "accepts": row.organization_id == commitment.responsible_id,
    }


def _of(commitment: Commitment) -> Facts:
    return {
        "sender": commitment.mesa.name,
        "mesa": commitment.mesa.name,
        "code": commitment.code,
        "statement": commitment.statement,
        "due": dates.date_words(commitment.due_on) if commitment.due_on else "",
        "responsible": commitment.responsible.name if commitment.responsible else "",
        "verifier": commitment.verifier.name if commitment.verifier else "",
        "page_url": _absolute(commitment.get_absolute_url()),
    }


def _absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


OF_SUBJECT: dict[str, Callable[[Notification, Any, datetime], Facts]] = {
    "dispute": dispute_facts,
    "nonfulfilment": record_facts,
    "extensionrequest": request_facts,
}
OF_KIND: dict[str, Callable[[Notification, Any, datetime], Facts]] = {"commitment_changed": changed_facts}
