"""The second key: verifying, by a signed link or signed in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from coordination.commitments import actions, permissions
from coordination.commitments.forms import CodeForm, VerificationForm
from coordination.commitments.models import Commitment
from coordination.commitments.views.links import by_link, dead, page, renew, seen
from coordination.common.errors import DomainError

VERIFY = Commitment.VERIFY_LINK


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """The verifier reads the report; deciding asks for a code mailed at that moment.

    The first post holds the decision and sends the code; the second brings both.
    """
    commitment = by_link(request, token, VERIFY)
    if commitment is None:
        return dead(request, token, VERIFY)
    form = VerificationForm(request.POST or None)
    step, may = "decide", permissions.can_verify(request.actor, commitment)
    if request.method == "POST" and may and form.is_valid():
        if "code" in request.POST and "again" not in request.POST:
            form, step = CodeForm(request.POST), "code"
            if form.is_valid() and _decided(request, commitment, form):
                return redirect(request.path)
        else:
            form, step = _with_code(request, commitment, form)
    context = page(commitment, organization=commitment.verifier) | {
        "form": form,
        "step": step,
        "frame": "base_link.html",
        "may": may,
        "decision": dict(VerificationForm.DECISIONS).get(request.POST.get("decision", "")),
    }
    return render(request, "commitments/verify.html", context)


@require_http_methods(["GET", "POST"])
def verify_signed_in(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment = seen(request, public_id)
    if not permissions.can_verify(request.actor, commitment):
        raise PermissionDenied
    form = VerificationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.verify(
                commitment_id=commitment.pk,
                organization_id=commitment.verifier_id or 0,
                person_id=request.actor.person_id,
                **form.cleaned_data,
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Your decision is recorded. Thank you."))
            return redirect(commitment)
    context = page(commitment, organization=commitment.verifier)
    return render(
        request,
        "commitments/verify.html",
        context | {"form": form, "step": "signed_in", "frame": "base_staff.html", "may": True},
    )


@never_cache
@login_not_required
@require_POST
def renew_verify(request: HttpRequest, token: str) -> HttpResponse:
    return renew(request, token, VERIFY)


def _decided(request: HttpRequest, commitment: Commitment, form: CodeForm) -> bool:
    try:
        actions.verify_by_code(
            commitment_id=commitment.pk,
            organization_id=request.actor.link.organization_id,
            person_id=request.actor.person_id,
            **form.cleaned_data,
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as error:
        form.add_error("code" if error.field == "code" else None, str(error.message))
        return False
    messages.success(request, _("Your decision is recorded. Thank you."))
    return True


def _with_code(
    request: HttpRequest, commitment: Commitment, form: VerificationForm
) -> tuple[VerificationForm, str]:
    """Sends the code and keeps the decision for the next step; stays where it is when that is refused."""
    try:
        actions.request_verification_code(
            commitment_id=commitment.pk,
            organization_id=request.actor.link.organization_id,
            person_id=request.actor.person_id,
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as error:
        form.add_error(None, str(error.message))
        return form, "decide"
    return CodeForm(initial=form.cleaned_data), "code"
