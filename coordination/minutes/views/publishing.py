"""What was approved is published, or corrected by a new version."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.common.errors import DomainError
from coordination.minutes.actions import drafting
from coordination.minutes.actions import publishing as actions
from coordination.minutes.forms import CorrectionForm
from coordination.minutes.permissions import can_publish
from coordination.minutes.views.loading import newest


@require_POST
def publish(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    found = newest(request, public_id, can_publish)
    try:
        actions.publish(minutes_id=found.pk, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.message))
    else:
        messages.success(request, _("The minutes are published. Everybody who sees the session reads them."))
    return redirect("minutes:minutes", public_id)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A reason opens the next version; what was approved stays readable."""
    found = newest(request, public_id, can_publish)
    if not found.is_settled:
        messages.error(request, str(drafting.NothingToCorrect.default_message))
        return redirect("minutes:minutes", public_id)
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            drafting.correct(minutes_id=found.pk, **form.cleaned_data, by=request.actor, now=timezone.now())
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
        else:
            messages.success(request, _("The correction is a draft now, with the text that was approved."))
            return redirect("minutes:minutes", public_id)
    context = {"section": "sessions", "session": found.session, "minutes": found, "form": form}
    return render(request, "minutes/publish_correct.html", context)
