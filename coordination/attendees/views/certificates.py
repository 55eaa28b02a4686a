"""Certificates: issued for all at once after the register closed, made when somebody takes them."""

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.attendees.actions.certificates import issue_certificates
from coordination.attendees.certificates import FILE_NAME, TOGETHER, paper, standing
from coordination.attendees.models import Certificate
from coordination.attendees.views.convocation import visible_session
from coordination.attendees.views.letters import pdf
from coordination.common.errors import DomainError
from coordination.common.forms import row_number
from coordination.sessions.models import Session
from coordination.sessions.permissions import can_close


@require_http_methods(["GET", "HEAD", "POST"])
def certificates(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who has one, who would get one, and the button that issues them."""
    session = _closable(request, public_id)
    if request.method == "POST":
        try:
            issued = issue_certificates(session_id=session.pk, by=request.actor, now=timezone.now())
        except DomainError as refused:
            messages.error(request, str(refused.message))
        else:
            told = ngettext("%(n)s certificate was issued.", "%(n)s certificates were issued.", issued)
            messages.success(request, told % {"n": issued})
        return redirect("attendees:certificates", session.public_id)
    found = standing(session)
    page = Paginator(found.current, TOGETHER).get_page(request.GET.get("page"))
    context = {
        "session": session,
        "standing": found,
        "page": page,
        "changed": {old.pk: new.name for old, new in found.corrected},
        "parts": range(1, page.paginator.num_pages + 1),
    }
    return render(request, "attendees/certificates.html", context)


@require_safe
def certificates_pdf(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A page each: those in force, fifty in a file."""
    session = _closable(request, public_id)
    rows = session.certificates.filter(revoked_at=None).select_related("organization")
    ordered = rows.order_by("organization__plain_name", "attendance_id", "id")
    pages = Paginator(ordered, TOGETHER)
    number = row_number(request.GET.get("parte", "1"))
    if not pages.count or number not in pages.page_range:
        raise Http404
    return taken(request, session, list(pages.page(number)))


@require_safe
def certificate_pdf(request: HttpRequest, public_id: uuid.UUID, certificate: uuid.UUID) -> HttpResponse:
    session = _closable(request, public_id)
    found = get_object_or_404(
        session.certificates.select_related("organization"), public_id=certificate, revoked_at=None
    )
    return taken(request, session, [found])


def taken(request: HttpRequest, session: Session, found: Sequence[Certificate]) -> HttpResponse:
    """The paper, in the reader's language. Where it cannot be made, words and the way back."""
    for one in found:
        one.session = session
    try:
        response = pdf(paper(found, now=timezone.now(), language=get_language() or "es"))
    except DomainError as refused:
        context = {"title": _("The certificate could not be made"), "text": refused.message}
        return render(request, "link_dead.html", context, status=503)
    response["Content-Disposition"] = f'inline; filename="{FILE_NAME}"'
    return response


def _closable(request: HttpRequest, public_id: uuid.UUID) -> Session:
    session = visible_session(request, public_id)
    if not can_close(request.actor, session):
        raise PermissionDenied
    return session
