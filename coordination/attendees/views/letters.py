"""The convocation as a PDF: before it is sent, of each organization once it is, and by the organization's link."""

import uuid
from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from coordination.attendees import queries
from coordination.attendees.letter import FILE_NAME, Draft, preview_letter, sent_letter
from coordination.attendees.models import Convocation, Invitation
from coordination.attendees.permissions import can_convene
from coordination.attendees.views.by_link import by_link
from coordination.attendees.views.convocation import visible_session
from coordination.common.errors import DomainError
from coordination.common.forms import row_number
from coordination.sessions.models import Session


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, public_id: uuid.UUID, slug: str) -> HttpResponse:
    """What one organization would receive, with what stands in the form (POST) or without. Writes nothing."""
    session = visible_session(request, public_id)
    if not can_convene(request.actor, session):
        raise PermissionDenied
    if Convocation.objects.filter(session=session).exists():
        return redirect("attendees:delegations", public_id)
    now = timezone.now()
    called = queries.invitees(session, timezone.localtime(now, session.zone).date())
    one = next((one for one in called if one.organization.slug == slug), None)
    if one is None:
        raise Http404
    draft = _draft(request, session, now)
    language = one.person.language if one.person else "es"
    return _shown_to_staff(
        request,
        lambda: preview_letter(session, one, draft, now=now, language=language),
        otherwise=redirect("attendees:convene", public_id),
    )


@require_safe
def letter(request: HttpRequest, public_id: uuid.UUID, invitation: uuid.UUID) -> HttpResponse:
    """The letter as the organization opens it. It carries the link: for those who may send it and nobody else."""
    session = visible_session(request, public_id)
    if not can_convene(request.actor, session):
        raise PermissionDenied
    rows = Invitation.objects.visible_to(request.actor).filter(session=session)
    found = get_object_or_404(rows.select_related("organization", "post", "addressee"), public_id=invitation)
    found.session = session
    now = timezone.now()
    reader = queries.recipient(found, timezone.localdate(now))
    language = reader.language if reader else "es"
    return _shown_to_staff(
        request,
        lambda: sent_letter(found, now=now, language=language),
        otherwise=redirect("attendees:delegations", public_id),
    )


@by_link
@require_safe
def letter_by_link(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """The organization's own letter, in the language of its link."""
    try:
        paper = sent_letter(invitation, now=timezone.now(), language=get_language() or "es")
    except DomainError as refused:
        context = {"refused": refused.message, "token": invitation.token}
        return render(request, "attendees/no_letter.html", context, status=503)
    return pdf(paper)


def pdf(paper: bytes) -> HttpResponse:
    """Opened in place, under the same name for every session, and kept by nobody on the way."""
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{FILE_NAME}"'
    response["Content-Length"] = str(len(paper))
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _draft(request: HttpRequest, session: Session, now: datetime) -> Draft:
    """What stands in the form. Signed by whom it names, if they may sign; else by whom it would name at first."""
    message, asked = (
        request.POST.get("message", "")[:2000],
        row_number(request.POST.get("signatory_post", "")),
    )
    signing = queries.signatories(session.mesa, timezone.localtime(now, session.mesa.zone).date())
    tenure = next((one for one in signing if one.post_id == asked), signing[0] if signing else None)
    if tenure is None:
        return Draft(message=message)
    return Draft(message, tenure.post, tenure.person.name, tenure.post.title)


def _shown_to_staff(
    request: HttpRequest, make: Callable[[], bytes], *, otherwise: HttpResponse
) -> HttpResponse:
    try:
        return pdf(make())
    except DomainError as refused:
        messages.error(request, str(refused))
        return otherwise
