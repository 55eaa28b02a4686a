"""The responsible organization reports, by its link or signed in."""

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
from coordination.commitments.models import Commitment
from coordination.commitments.reporting_forms import ReportForm
from coordination.commitments.views.links import by_link, dead, page, renew, seen
from coordination.common.errors import DomainError

REPORT = Commitment.REPORT_LINK


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, token: str) -> HttpResponse:
    """The responsible organization reports without an account."""
    commitment = by_link(request, token, REPORT)
    if commitment is None:
        return dead(request, token, REPORT)
    return _report(
        request,
        commitment,
        organization_id=request.actor.link.organization_id,
        back=request.path,
        by_link=True,
    )


@require_http_methods(["GET", "POST"])
def report_signed_in(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment = seen(request, public_id)
    if not permissions.can_report(request.actor, commitment):
        raise PermissionDenied
    return _report(
        request,
        commitment,
        organization_id=commitment.responsible_id,
        back=commitment.get_absolute_url(),
        by_link=False,
    )


def _report(
    request: HttpRequest, commitment: Commitment, *, organization_id: int | None, back: str, by_link: bool
) -> HttpResponse:
    form = ReportForm(request.POST or None, commitment=commitment)
    if request.method == "POST" and form.is_valid():
        try:
            actions.report(
                commitment_id=commitment.pk,
                organization_id=organization_id or 0,
                person_id=request.actor.person_id,
                **form.cleaned_data,
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, str(error.message))
        else:
            asked = form.cleaned_data["asks_verification"] and commitment.verifier
            thanks = (
                _("Saved. We tell %(organization)s, which verifies it.") % {"organization": asked}
                if asked
                else _("Saved. Thank you: the progress is on the public page.")
            )
            messages.success(request, thanks)
            return redirect(back)
    context = page(commitment, organization=commitment.responsible) | {
        "form": form,
        "frame": "base_link.html" if by_link else "base_staff.html",
        "may": permissions.can_report(request.actor, commitment),
    }
    return render(request, "commitments/report.html", context)


@never_cache
@login_not_required
@require_POST
def renew_report(request: HttpRequest, token: str) -> HttpResponse:
    return renew(request, token, REPORT)
