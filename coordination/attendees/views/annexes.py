"""Annexes of the register: the signed sheet, photos. A file opens to who may see the row, asked every time."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.attendees.actions import annexes as actions
from coordination.attendees.models import RegisterAnnex
from coordination.attendees.permissions import can_see_delegations
from coordination.attendees.register_forms import AnnexForm
from coordination.attendees.views.convocation import visible_session
from coordination.common.errors import DomainError
from coordination.files.serving import respond
from coordination.sessions.circle import has_closed_parts, stands_in
from coordination.sessions.models import Session
from coordination.sessions.permissions import can_record


@require_http_methods(["GET", "HEAD", "POST"])
def annexes(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What belongs to the register, and one more."""
    session = visible_session(request, public_id)
    may_add = can_record(request.actor, session)
    if not (may_add if request.method == "POST" else may_add or can_see_delegations(request.actor, session)):
        raise PermissionDenied
    form = AnnexForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        session=session,
        inside=has_closed_parts(session) and stands_in(request.actor, session),
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            annex = actions.add_annex(
                session_id=session.pk,
                kind=data["kind"],
                upload=data["file"],
                caption=data["caption"],
                has_consent=data.get("has_consent", False),
                is_public=data.get("is_public", False),
                is_casa_adentro=data.get("is_casa_adentro", False),
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
        else:
            messages.success(
                request, _("“%(name)s” belongs to the register now.") % {"name": annex.file.name}
            )
            return redirect("attendees:annexes", session.public_id)
    context = {
        "session": session,
        "form": form if may_add and session.state != Session.State.CANCELLED else None,
        "may_add": may_add,
        "annexes": RegisterAnnex.objects.shown_to(request.actor, session)
        .select_related("file")
        .order_by("-id"),
    }
    return render(request, "attendees/annexes.html", context, status=422 if form.errors else 200)


@login_not_required
@require_safe
def annex_file(request: HttpRequest, public_id: uuid.UUID, annex: uuid.UUID) -> HttpResponseBase:
    """The file: of the register's keepers, and a published photo of an open session of everybody who sees it."""
    session = get_object_or_404(
        Session.objects.visible_to(request.actor).select_related("mesa"), public_id=public_id
    )
    rows = RegisterAnnex.objects.shown_to(request.actor, session).select_related("file")
    found = get_object_or_404(rows, public_id=annex)
    is_published = found.is_public and not session.is_casa_adentro
    if not (
        is_published or can_see_delegations(request.actor, session) or can_record(request.actor, session)
    ):
        raise Http404
    return respond(found.file)


@require_POST
def annex_remove(request: HttpRequest, public_id: uuid.UUID, annex: uuid.UUID) -> HttpResponse:
    """Takes an annex away, or with ``volver`` puts it back: the notice offers that."""
    session = visible_session(request, public_id)
    if not can_record(request.actor, session):
        raise PermissionDenied
    found: Any = get_object_or_404(
        RegisterAnnex.objects.filter(session=session).select_related("file"), public_id=annex
    )
    if found.is_casa_adentro and not stands_in(request.actor, session):
        raise Http404
    back = "volver" in request.GET
    try:
        actions.remove_annex(annex_id=found.pk, back=back, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.message))
    else:
        told = {"name": found.file.name}
        if back:
            messages.success(request, _("“%(name)s” is among the annexes again.") % told)
        else:
            undo = f"{reverse('attendees:annex_remove', args=[session.public_id, found.public_id])}?volver=1"
            messages.success(
                request, _("“%(name)s” was removed from the annexes.") % told, extra_tags=f"undo:{undo}"
            )
    return redirect("attendees:annexes", session.public_id)
