"""Alliances of a commitment, a session or a mesa: the secretariat writes who finances or assists."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.commitments.alliances import actions
from coordination.commitments.alliances.forms import SupportForm
from coordination.commitments.models import Commitment, Support
from coordination.commitments.permissions import can_manage, can_support
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa
from coordination.sessions.models import Session

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
def of_commitment(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    seen = Commitment.objects.visible_to(request.actor).select_related("mesa", "session__mesa")
    commitment = get_object_or_404(seen, public_id=public_id)
    if not can_manage(request.actor, commitment):
        raise PermissionDenied
    return _added(request, commitment, commitment_id=commitment.pk)


@require_http_methods(FORM)
def of_session(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    seen = Session.objects.visible_to(request.actor).select_related("mesa")
    session = get_object_or_404(seen, public_id=public_id)
    if not can_support(request.actor, session.mesa, session):
        raise PermissionDenied
    return _added(request, session, session_id=session.pk)


@require_http_methods(FORM)
def of_mesa(request: HttpRequest, slug: str) -> HttpResponse:
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_support(request.actor, mesa):
        raise PermissionDenied
    return _added(request, mesa, mesa_id=mesa.pk)


@require_http_methods(FORM)
def change(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    support = _kept(request, public_id)
    form = SupportForm(request.POST if request.method == "POST" else None, instance=support)
    # A bound form changes its instance: the page speaks of what is stored.
    stored = _kept(request, public_id)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_support(
                support_id=stored.pk, data=form.given(), by=request.actor, now=timezone.now()
            )
        except DomainError as error:
            _tell(form, error)
        else:
            messages.success(request, _("Saved. The entry as it was before is kept."))
            return redirect(_thing(stored).get_absolute_url())
    return _page(request, form, _thing(stored), support=stored)


@require_POST
def withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    support = _kept(request, public_id)
    try:
        actions.withdraw_support(support_id=support.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        undo = reverse("commitments:support_restore", args=[support.public_id])
        messages.success(request, _("Taken off the page. It stays on file."), extra_tags=f"undo:{undo}")
    return redirect(_thing(support).get_absolute_url())


@require_POST
def restore(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    support = _kept(request, public_id, withdrawn=True)
    actions.restore_support(support_id=support.pk, by=request.actor, now=timezone.now())
    messages.success(request, _("It is on the page again."))
    return redirect(_thing(support).get_absolute_url())


def _added(request: HttpRequest, thing: Any, **of: int) -> HttpResponse:
    form = SupportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_support(data=form.given(), by=request.actor, now=timezone.now(), **of)
        except DomainError as error:
            _tell(form, error)
        else:
            messages.success(request, _("Saved. It stands on the page of what is supported."))
            return redirect(thing.get_absolute_url())
    return _page(request, form, thing)


def _page(request: HttpRequest, form: SupportForm, thing: Any, **more: Any) -> HttpResponse:
    context = {"form": form, "thing": thing, "section": "commitments", **more}
    return render(request, "commitments/support_form.html", context, status=422 if form.errors else 200)


def _kept(request: HttpRequest, public_id: uuid.UUID, *, withdrawn: bool = False) -> Support:
    """A support that the actor may change: of a thing they see and keep."""
    rows = Support.objects.of_visible(request.actor).select_related(
        "organization", "mesa", "session__mesa", "commitment__mesa", "commitment__session__mesa"
    )
    support = get_object_or_404(rows, public_id=public_id)
    thing = _thing(support)
    if isinstance(thing, Commitment):
        allowed = can_manage(request.actor, thing)
    elif isinstance(thing, Session):
        allowed = can_support(request.actor, thing.mesa, thing)
    else:
        allowed = can_support(request.actor, thing)
    if not allowed:
        # One that is not public is not there for whoever may not see it.
        if not Support.objects.visible_to(request.actor).filter(pk=support.pk).exists():
            raise Http404
        raise PermissionDenied
    if support.withdrawn_at and not withdrawn:
        raise Http404
    return support


def _thing(support: Support) -> Any:
    return support.commitment or support.session or support.mesa


def _tell(form: Form, error: DomainError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))
