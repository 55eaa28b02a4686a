"""One press for what the secretariat has done after a session, and one to take it back."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from coordination.common.errors import DomainError
from coordination.sessions import actions
from coordination.sessions.models import FollowUpTask, Session
from coordination.sessions.permissions import can_follow_up
from coordination.sessions.views.loading import load


@require_POST
def task_done(request: HttpRequest, public_id: object, kind: str) -> HttpResponse:
    session = load(request, public_id, can_follow_up)
    back = _way_back(request, session)
    if _did(request, session, kind, actions.complete_task):
        undo = reverse("sessions:task_undo", args=[session.public_id, kind])
        undo = f"{undo}?{urlencode({'next': back})}"
        messages.success(request, _told(kind), extra_tags=f"undo:{undo}")
    return redirect(back)


@require_POST
def task_undo(request: HttpRequest, public_id: object, kind: str) -> HttpResponse:
    session = load(request, public_id, can_follow_up)
    if _did(request, session, kind, actions.reopen_task):
        messages.success(request, _("The task is open again, with the day it had."))
    return redirect(_way_back(request, session))


def _did(request: HttpRequest, session: Session, kind: str, action: Callable[..., Session]) -> bool:
    try:
        action(session_id=session.pk, kind=kind, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
        return False
    return True


def _told(kind: str) -> str:
    return {
        FollowUpTask.Kind.MINUTES: _("The minutes are marked as circulated."),
        FollowUpTask.Kind.PUBLISH: _("The minutes and the outcomes are marked as published."),
    }.get(FollowUpTask.Kind(kind), _("The commitments are marked as reviewed."))


def _way_back(request: HttpRequest, session: Session) -> str:
    """Where the button stood, when it says so: the session's page otherwise."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if safe else session.get_absolute_url()
