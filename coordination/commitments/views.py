"""The page of a commitment: what every room knows of it, in one place."""

from datetime import date
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coordination.commitments import gate, lights, permissions, queries
from coordination.commitments.agenda import raised
from coordination.commitments.alliances.queries import panel
from coordination.commitments.figures import permissions as measuring_rights
from coordination.commitments.history import History, Moment, history
from coordination.commitments.inbox.queries import chain_of
from coordination.commitments.models import Commitment
from coordination.commitments.reports.evidence import shelf_for
from coordination.commitments.standing import keep_untold, standing_of
from coordination.commitments.why import Back, Why, why
from coordination.commitments.writing.views.agreeing import told_when
from coordination.commitments.writing.views.keep import gate_rows, missing_of, seen

S = Commitment.State
# Reported as done: the responsible organization has turned its key.
TURNED = (S.REPORTED, S.MET, S.PARTLY_MET, S.DISPUTED)


@require_safe
@login_not_required
def detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    commitment = seen(request, public_id, with_helping=False)
    today = timezone.localdate()
    keeps = permissions.can_manage(request.actor, commitment)
    told = history(commitment, today, keeps=keeps)
    missing = missing_of(commitment)
    decided = [each.amendment.session for each in told.moments if each.amendment]
    keep_untold(commitment, request.actor, [*decided, *(each.session for each in told.extensions)])
    reports = permissions.can_report(request.actor, commitment)
    context = {
        "commitment": commitment,
        "light": lights.traffic_light(commitment, today),
        "raised": raised.panel(commitment, request.actor, keeps=keeps),
        "why": _why(commitment, told, today),
        "today": today,
        "keeps": keeps,
        "may_hand_on": keeps and commitment.state in Commitment.OPEN_STATES and bool(commitment.responsible),
        "overdue": bool(commitment.due_on and commitment.due_on < today),
        "may_report": reports,
        "may_verify": permissions.can_verify(request.actor, commitment),
        "gate": gate_rows(missing),
        "missing": missing,
        "may_except": keeps
        and commitment.state == Commitment.State.PROPOSED
        and bool(missing)
        and gate.is_excepted(missing),
        "rest": _rest_day(commitment, keeps=keeps),
        "measures": measuring_rights.panel(request.actor, commitment, today, keeps=keeps, may_report=reports),
        "road": queries.due_road(commitment, today),
        # A live proposal decides later; a historic record has nobody left to ask.
        "unknown": _unknown(commitment),
        "history": told,
        "alliances": panel(request.actor, commitment=commitment, may_add=keeps),
        "shelf": shelf_for(request.actor, commitment, keeps=keeps),
        "last_report": told.last("report"),
        "first_key": commitment.state in TURNED,
        "when_told": told_when(commitment) if keeps else "",
        "last_verification": told.last("verification"),
        "exception": told.last("excepted") if commitment.exempt_until else None,
        "extensions": told.extensions,
        "standing": standing_of(commitment, request.actor, today, keeps=keeps),
        "chain": chain_of(commitment),
    }
    return render(request, "commitments/detail.html", context)


def _why(commitment: Commitment, told: History, today: date) -> Why:
    """What history has read already dates the sentence: no query of its own."""

    def day(moment: Moment | None) -> date | None:
        return timezone.localdate(moment.at) if moment else None

    asked = next((each for each in told.moments if each.what == "report" and each.flag), None)
    decided_by = commitment.settled_by.name if commitment.settled_by else ""
    reported = told.last("report")
    back = _back(told, reported) if reported and reported is asked else None
    return why(
        commitment, today, reported_on=day(reported), asked_on=day(asked), decided_by=decided_by, back=back
    )


def _back(told: History, reported: Moment) -> Back | None:
    """Why what was last reported as done is worked on again."""
    for moment in told.moments:  # latest first
        if moment.at < reported.at:
            break
        if moment.what == "verification" and moment.more == "returned":
            return Back(
                timezone.localdate(moment.at), moment.organization.name if moment.organization else ""
            )
        if moment.what == "dispute_resolved":
            return Back(timezone.localdate(moment.at))
    return None


def _rest_day(commitment: Commitment, *, keeps: bool) -> gate.RestDay | None:
    """Asked while the date may still move without an extension."""
    if not keeps or commitment.state != Commitment.State.PROPOSED or commitment.due_on is None:
        return None
    return gate.rest_day(commitment.mesa, commitment.due_on)


def _unknown(commitment: Commitment) -> SafeString:
    words = _("not on record") if commitment.is_historic else _("not decided")
    return format_html('<span class="m-unknown">{}</span>', words)
