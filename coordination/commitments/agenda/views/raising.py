"""Asking that the next session deal with a commitment, by account or by the report link."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from coordination.commitments.agenda.actions import raising
from coordination.commitments.agenda.forms import AgendaRequestForm
from coordination.commitments.agenda.permissions import may_speak, may_take_back
from coordination.commitments.links.views import by_link, dead, seen
from coordination.commitments.models import AgendaRequest, Commitment
from coordination.common.errors import DomainError

REPORT = Commitment.REPORT_LINK


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    commitment = seen(request, str(public_id))
    return _ask(request, commitment, back=commitment.get_absolute_url(), frame="base_staff.html")


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def ask_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The responsible organization asks without an account; taking it back stands on the same page."""
    commitment = by_link(request, token, REPORT)
    if commitment is None:
        return dead(request, token, REPORT)
    return _ask(request, commitment, back=request.path, frame="base_link.html")


@never_cache
@login_not_required
@require_POST
def take_back_by_link(request: HttpRequest, token: str) -> HttpResponse:
    commitment = by_link(request, token, REPORT)
    if commitment is None:
        return dead(request, token, REPORT)
    organization = request.actor.link.organization_id
    mine = commitment.agenda_requests.filter(organization=organization, closed_at=None)
    found = get_object_or_404(mine)
    _take_back(request, found)
    return redirect("commitments:ask_agenda_by_link", token)


@require_POST
def take_back(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    rows = AgendaRequest.objects.visible_to(request.actor).select_related("commitment__mesa")
    found = get_object_or_404(rows, public_id=request_id)
    if not may_take_back(request.actor, found):
        raise PermissionDenied
    _take_back(request, found)
    return redirect(found.commitment)


def _take_back(request: HttpRequest, found: AgendaRequest) -> None:
    try:
        raising.take_back(request_id=found.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Taken back. It no longer stands under the first item for this reason."))


def _ask(request: HttpRequest, commitment: Commitment, *, back: str, frame: str) -> HttpResponse:
    speaks_for = may_speak(request.actor, commitment)
    by_the_link = request.actor.link is not None
    if not by_the_link and not speaks_for.exists():
        raise PermissionDenied
    form = AgendaRequestForm(request.POST or None, speaks_for=speaks_for)
    if request.method == "POST" and form.is_valid() and speaks_for.exists():
        try:
            raising.ask(
                commitment_id=commitment.pk,
                organization_id=form.asker.pk,
                reason=form.cleaned_data["reason"],
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Asked. It stands under the first item of the mesa’s next session."))
            return redirect(back)
    waiting = commitment.agenda_requests.filter(closed_at=None, organization__in=speaks_for)
    context = {
        "frame": frame,
        "commitment": commitment,
        "form": form,
        "waiting": list(waiting.select_related("organization")),
        "may": speaks_for.exists(),
        "token": request.resolver_match.kwargs.get("token", "") if request.resolver_match else "",
    }
    return render(request, "commitments/ask_agenda.html", context)
