"""The moment of agreement, with or without an exception of the gate; and how the traffic light is computed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.commitments import agreeing, gate, lights, permissions
from coordination.commitments.models import Commitment
from coordination.commitments.writing.exception_forms import ExceptionForm
from coordination.common.dates import date_words
from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import row_number


@require_POST
def agree(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment = _kept(request, public_id)
    try:
        agreeing.agree(commitment_id=commitment.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, f"{_('Agreed. It is public now.')} {told_when(commitment)}")
    return redirect(commitment)


@require_http_methods(["GET", "POST"])
def agree_incomplete(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment = _kept(request, public_id)
    today = timezone.localdate()
    missing = gate.lacks(commitment, today)
    if commitment.state != Commitment.State.PROPOSED or not gate.is_excepted(missing) or not missing:
        return redirect(commitment)
    form = ExceptionForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            agreeing.agree_incomplete(
                commitment_id=commitment.pk, **form.cleaned_data, by=request.actor, now=timezone.now()
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            words = _("Agreed. It is listed as incomplete until what is missing has been filled in.")
            messages.success(request, f"{words} {told_when(commitment)}")
            return redirect(commitment)
    context = {"commitment": commitment, "form": form, "missing": missing}
    return render(request, "commitments/agree_incomplete.html", context)


@require_POST
def working_day(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment = _kept(request, public_id)
    try:
        moved = agreeing.due_on_working_day(
            commitment_id=commitment.pk,
            version=row_number(request.POST.get("version", "")),
            by=request.actor,
            now=timezone.now(),
        )
    except StaleVersion:
        messages.error(
            request, _("Somebody changed it in the meantime: nothing was moved. Look at it again.")
        )
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        assert moved.due_on is not None  # noqa: S101  the action has moved it
        messages.success(request, _("Due on %(day)s.") % {"day": date_words(moved.due_on)})
    return redirect(commitment)


@require_safe
@login_not_required
def light_rules(request: HttpRequest) -> HttpResponse:
    """Public: the table of which every light is made, in its order."""
    return render(request, "commitments/light_rules.html", {"rules": lights.RULES})


def told_when(commitment: Commitment) -> str:
    """When the responsible organization hears of what is agreed now: ``planner._follow_up`` and ``_agreement``."""
    session = commitment.session
    if session is None or session.closed_at:
        return _("The responsible organization gets a mail with its link now.")
    if session.follow_up_planned_at:
        return _("The responsible organization gets a mail with its link when the session is closed.")
    return _("The responsible organization gets a mail with its link when the session is over.")


def _kept(request: HttpRequest, public_id: str) -> Commitment:
    rows = Commitment.objects.visible_to(request.actor).select_related("mesa", "session__mesa", "responsible")
    commitment = get_object_or_404(rows, public_id=public_id)
    if not permissions.can_manage(request.actor, commitment):
        raise PermissionDenied
    return commitment
