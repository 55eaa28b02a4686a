"""The responsible organization reports, by its link or signed in: one page to fill in, one that thanks."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.commitments import permissions
from coordination.commitments.links.views import by_link, dead, page, renew, seen
from coordination.commitments.models import Acknowledgement, Commitment, Report
from coordination.commitments.reports import evidence, situation
from coordination.commitments.reports.actions import reporting as actions
from coordination.commitments.reports.asking import Question
from coordination.commitments.reports.forms import NothingNewForm, ReportForm
from coordination.commitments.reports.views.evidence import Offer, offered, took
from coordination.commitments.standing import standing_of
from coordination.common.errors import DomainError, StaleVersion

REPORT = Commitment.REPORT_LINK


@dataclass(frozen=True)
class Door:
    """The way somebody came in: by the link, or signed in. The pages are the same, their addresses are not."""

    commitment: Commitment
    token: str = ""

    @property
    def form(self) -> str:
        if self.token:
            return reverse("commitments:report", args=[self.token])
        return reverse("commitments:report_signed_in", args=[self.commitment.public_id])

    def done(self, report: Report) -> str:
        name = "commitments:report_done" if self.token else "commitments:report_done_signed_in"
        return reverse(name, args=[self.token or self.commitment.public_id, report.public_id])

    @property
    def ask_time(self) -> str:
        name = "commitments:ask_time_by_link" if self.token else "commitments:ask_time"
        return reverse(name, args=[self.token or self.commitment.public_id])

    @property
    def frame(self) -> str:
        return "base_link.html" if self.token else "base_staff.html"


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, token: str) -> HttpResponse:
    """The responsible organization reports without an account."""
    commitment = by_link(request, token, REPORT)
    if commitment is None:
        return dead(request, token, REPORT)
    return _report(request, Door(commitment, token), request.actor.link.organization_id)


@require_http_methods(["GET", "POST"])
def report_signed_in(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    commitment = seen(request, public_id)
    if not permissions.can_report(request.actor, commitment):
        raise PermissionDenied
    return _report(request, Door(commitment), commitment.responsible_id or 0)


@never_cache
@login_not_required
@require_safe
def report_done(request: HttpRequest, token: str, report_id: uuid.UUID) -> HttpResponse:
    commitment = by_link(request, token, REPORT)
    if commitment is None:
        return dead(request, token, REPORT)
    return _done(request, Door(commitment, token), report_id)


@require_safe
def report_done_signed_in(request: HttpRequest, public_id: uuid.UUID, report_id: uuid.UUID) -> HttpResponse:
    commitment = seen(request, public_id)
    if commitment.responsible_id not in evidence.speaks_for(request.actor):
        raise PermissionDenied
    return _done(request, Door(commitment), report_id)


@never_cache
@login_not_required
@require_POST
def renew_report(request: HttpRequest, token: str) -> HttpResponse:
    return renew(request, token, REPORT)


def _report(request: HttpRequest, door: Door, organization_id: int) -> HttpResponse:
    commitment = door.commitment
    may = permissions.can_report(request.actor, commitment)
    posted = request.method == "POST" and may
    if posted and "nothing_new" in request.POST:
        return _nothing_new(request, door, organization_id)
    draft = _uuid(request.GET.get("borrador", "")) if may and not posted else None
    if draft and (sent := _sent(commitment, organization_id, draft)):
        return redirect(door.done(sent))
    last = commitment.reports.first()
    form = ReportForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        commitment=commitment,
        last=last,
        corrects=_corrected(request, commitment, organization_id),
        key=draft,
    )
    taken: list[Offer] = offered(commitment, organization_id, draft) if draft else []
    asked: list[Question] = []
    status = 200
    if posted:
        taken = took(request, form, commitment, organization_id)
        if form.is_valid():
            asked = form.asked(has_evidence=_shows(commitment, organization_id, form, taken))
        if form.is_valid() and not asked:
            try:
                made = actions.report(
                    commitment_id=commitment.pk,
                    organization_id=organization_id,
                    person_id=request.actor.person_id,
                    **form.said(),
                    evidence_ids=[row.piece.pk for row in taken if row.is_ticked],
                    public_ids=[row.piece.pk for row in taken if row.is_open],
                    by=request.actor,
                    now=timezone.now(),
                )
            except StaleVersion:
                status = 409
                form = _again(form, last)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                return redirect(door.done(made))
    return _form_page(request, door, form, may=may, taken=taken, asked=asked, status=status)


def _form_page(
    request: HttpRequest,
    door: Door,
    form: ReportForm,
    *,
    may: bool,
    taken: list[Offer],
    asked: Sequence[Question] = (),
    nothing: NothingNewForm | None = None,
    status: int = 200,
) -> HttpResponse:
    commitment = door.commitment
    if taken:
        form["readers"].label = _("Who may open the files that you choose now")
    shared = page(commitment, request.actor, organization=commitment.responsible)
    standing = standing_of(commitment, request.actor, shared["today"], keeps=False)
    receipt = _receipt(commitment)
    context = shared | {
        "form": form,
        "standing": standing,
        "decided": standing.may_dispute,
        "returned": situation.returned(commitment, shared["history"]),
        "meets_after": situation.meets_after(request.actor, commitment, standing.asked),
        "is_late": situation.is_late(commitment, shared["today"]),
        "nothing": nothing or NothingNewForm(),
        "frame": door.frame,
        "may": may,
        "door": door,
        "receipt": receipt,
        "asks_to_accept": bool(door.token) and _asks_to_accept(commitment, receipt, shared["last_report"]),
        "stale": status == 409,
        "taken": taken,
        "asked": asked,
        "shelf": evidence.shelf_for(request.actor, commitment),
    }
    return render(request, "commitments/report.html", context, status=status)


def _receipt(commitment: Commitment) -> Acknowledgement | None:
    said = Acknowledgement.objects.standing()
    return said.filter(commitment=commitment, organization=commitment.responsible_id).first()


def _asks_to_accept(commitment: Commitment, receipt: Acknowledgement | None, last: Report | None) -> bool:
    """Who reported what is agreed today has accepted it; an objection is taken back by accepting."""
    if receipt and receipt.accepted_at:
        return False
    if receipt and receipt.objected_at:
        return True
    changed = commitment.amended_at
    return not last or bool(changed and last.reported_at < changed)


def _nothing_new(request: HttpRequest, door: Door, organization_id: int) -> HttpResponse:
    form = NothingNewForm(request.POST)
    if form.is_valid():
        try:
            made = actions.nothing_new(
                commitment_id=door.commitment.pk,
                organization_id=organization_id,
                person_id=request.actor.person_id,
                obstacles=form.cleaned_data["why"],
                key=form.cleaned_data["key"],
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, str(error.message))
        else:
            return redirect(door.done(made))
    blank = ReportForm(commitment=door.commitment, last=door.commitment.reports.first())
    return _form_page(request, door, blank, may=True, taken=[], nothing=form)


def _done(request: HttpRequest, door: Door, report_id: uuid.UUID) -> HttpResponse:
    commitment = door.commitment
    rows = commitment.reports.filter(organization=commitment.responsible_id)
    made = get_object_or_404(rows.prefetch_related("measurements__indicator"), public_id=report_id)
    context = {
        "commitment": commitment,
        "report": made,
        "frame": door.frame,
        "door": door,
        "shelf": evidence.shelf_for(request.actor, commitment, report_id=made.pk),
        "is_late": situation.is_late(commitment, timezone.localdate()),
        "waits": commitment.extension_requests.filter(answered_at=None).exists(),
        "may_correct": made.has_news and permissions.can_report(request.actor, commitment),
        "may_report": permissions.can_report(request.actor, commitment),
    }
    return render(request, "commitments/report_done.html", context)


def _corrected(request: HttpRequest, commitment: Commitment, organization_id: int) -> Report | None:
    """The report whose words the form starts with: what was sent is corrected by sending it again."""
    key = _uuid(request.GET.get("corrige", ""))
    if key is None:
        return None
    own = commitment.reports.filter(organization=organization_id, has_news=True)
    return own.prefetch_related("measurements").filter(public_id=key).first()


def _sent(commitment: Commitment, organization_id: int, key: uuid.UUID) -> Report | None:
    """The report of a form whose answer got lost: the device comes back with its key."""
    return commitment.reports.filter(organization=organization_id, public_id=key).first()


def _shows(commitment: Commitment, organization_id: int, form: ReportForm, taken: list[Offer]) -> bool:
    """Whether anything shows what was done: with this report or an earlier one."""
    if any(row.is_ticked for row in taken) or not form.cleaned_data["asks_verification"]:
        return True
    return commitment.evidence.standing().filter(organization=organization_id).exists()


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _again(form: ReportForm, last: Report | None) -> ReportForm:
    """The same words under the last report of now: sending once more is a decision."""
    data: Any = form.data
    form.data = data = data.copy()
    data["after"] = str(last.public_id) if last else ""
    return form
