"""Disputing a decision, resolving a dispute, taking a commitment off."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.commitments import permissions
from coordination.commitments.deciding import (
    deciding_sessions,
    decisions,
    is_of_own_side,
    keeper,
    other_verifiers,
    resolvable_since,
    too_early,
)
from coordination.commitments.links.views import page, seen
from coordination.commitments.models import Commitment, Dispute
from coordination.commitments.settling import permissions as settling_permissions
from coordination.commitments.settling.actions import settling as acts
from coordination.commitments.settling.forms import DisputeForm, Offer, ResolveForm, WithdrawalForm
from coordination.commitments.settling.views.door import Door, both_doors
from coordination.common.errors import DomainError

REPORT = Commitment.REPORT_LINK


def tell(form: Form, error: DomainError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def kept(request: HttpRequest, public_id: str) -> Commitment:
    """The commitment, for those who keep its mesa's secretariat."""
    commitment = seen(request, public_id)
    if not permissions.can_manage(request.actor, commitment):
        raise PermissionDenied
    return commitment


@both_doors(REPORT, settling_permissions.is_responsible, "GET", "POST")
def _dispute(request: HttpRequest, door: Door) -> HttpResponse:
    """The responsible organization gives its version of a decision."""
    commitment = door.commitment
    form = DisputeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.dispute(
                commitment_id=commitment.pk,
                organization_id=commitment.responsible_id or 0,
                person_id=request.actor.person_id,
                **form.cleaned_data,
                by=request.actor,
                now=timezone.now(),
            )
        except acts.AlreadyDisputed as error:
            messages.info(request, str(error.message))
            return redirect(request.path)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(
                request, _("Your version is recorded. Both stand on the page of the commitment.")
            )
            return redirect(request.path)
    shown = page(commitment, request.actor, organization=commitment.responsible)
    context = shown | {"form": form, "door": door, "dispute": open_dispute(commitment)}
    return render(request, "commitments/dispute.html", context)


@both_doors(REPORT, settling_permissions.is_responsible, "POST")
def _take_back(request: HttpRequest, door: Door) -> HttpResponse:
    """The responsible organization takes its objection back."""
    commitment = door.commitment

    def act() -> Any:
        return acts.take_back(
            commitment_id=commitment.pk,
            organization_id=commitment.responsible_id or 0,
            by=request.actor,
            now=timezone.now(),
        )

    done(request, act, _("Taken back. The decision stands again, and your version stays in the history."))
    return redirect(door.back)


dispute, dispute_by_link = _dispute
take_back, take_back_by_link = _take_back


def done(request: HttpRequest, act: Callable[[], Any], words: str) -> bool:
    """Does it and says so, or says why not."""
    try:
        act()
    except DomainError as error:
        messages.error(request, str(error.message))
        return False
    messages.success(request, words)
    return True


@require_http_methods(["GET", "POST"])
def resolve(request: HttpRequest, public_id: str) -> HttpResponse:
    """What the mesa resolved about a dispute, as its secretariat records it."""
    commitment, now = kept(request, public_id), timezone.now()
    today = timezone.localdate(now)
    mine = keeper(request.actor, commitment.mesa, today)
    own = is_of_own_side(mine.pk if mine else None, request.actor.person_id, commitment, today)
    row = open_dispute(commitment)
    since = resolvable_since(commitment, row)
    sessions = deciding_sessions(commitment, now, since)
    form = ResolveForm(
        request.POST or None,
        sessions=Offer(sessions, too_early(since), request.GET.get("sesion", "")),
        verifiers=other_verifiers(commitment, today),
    )
    if request.method == "POST" and (own or mine is None):
        raise PermissionDenied
    if request.method == "POST" and form.is_valid() and mine:
        try:
            made = acts.resolve(
                commitment_id=commitment.pk,
                organization_id=mine.pk,
                person_id=request.actor.person_id,
                **form.values(),
                by=request.actor,
                now=now,
            )
        except DomainError as error:
            tell(form, error)
        else:
            waits = _("Recorded. The organization you named gets a mail and decides.")
            messages.success(
                request, _("Recorded. Both versions stay on the page.") if made.resolved_at else waits
            )
            return redirect(commitment)
    context = {"commitment": commitment, "form": form, "dispute": row, "own": own}
    return render(request, "commitments/resolve.html", context)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """An agreed commitment by a decision of the mesa; a proposal with a reason alone."""
    commitment, now = kept(request, public_id), timezone.now()
    proposed = commitment.state == Commitment.State.PROPOSED
    since = resolvable_since(commitment, open_dispute(commitment))
    found = decisions(commitment, now, since)
    choices = None if proposed else Offer(found, too_early(since), request.GET.get("sesion", ""))
    form = WithdrawalForm(request.POST or None, decisions=choices)
    if request.method == "POST" and form.is_valid():
        try:
            acts.withdraw(commitment_id=commitment.pk, **form.values(), by=request.actor, now=now)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Withdrawn. Its page and its history stay."))
            return redirect(commitment)
    context = {"commitment": commitment, "form": form, "proposed": proposed}
    return render(request, "commitments/withdraw.html", context)


def open_dispute(commitment: Commitment) -> Dispute | None:
    """What is disputed now, with both versions; no query where nothing is."""
    if commitment.state != Commitment.State.DISPUTED:
        return None
    rows = Dispute.objects.filter(commitment=commitment, resolved_at=None)
    return rows.select_related(
        "verification__organization", "non_fulfilment__second", "organization", "resolved_in", "resolved_by"
    ).first()
