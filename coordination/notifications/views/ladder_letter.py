"""The letter at the end of the ladder, to keep or to print."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from coordination.commitments.models import Commitment
from coordination.commitments.permissions import can_manage, can_report
from coordination.documents.typst import NotRendered
from coordination.notifications.ladder_letter import file_name, last_left, made, may_hold_key, may_read


@require_safe
@never_cache
def ladder_letter(request: HttpRequest, public_id: str) -> HttpResponse:
    """For the mesa's secretariat and the organization it was written to; once it has left."""
    commitment = get_object_or_404(
        Commitment.objects.visible_to(request.actor).select_related(
            "mesa__convener", "session", "responsible", "verifier"
        ),
        public_id=public_id,
    )
    if not may_read(request.actor, commitment):
        raise PermissionDenied
    row = last_left(commitment)
    if row is None:
        raise Http404
    now, language = timezone.now(), get_language() or "es"
    try:
        # Who only belongs to the organization reads the letter; the key inside it speaks for the organization.
        may_hold = can_manage(request.actor, commitment) or can_report(request.actor, commitment)
        with_key = may_hold and may_hold_key(request.actor.person_id, commitment, timezone.localdate(now))
        paper = made(commitment, row, now=now, language=language, with_key=with_key)
    except NotRendered as error:
        context = {"title": _("The letter could not be made"), "text": error.message, "renew_url": ""}
        return render(request, "link_dead.html", context, status=503)
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{file_name(language)}"'
    return response
