"""Through the door, then the question: what every page about one session begins with."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from accounts.actor import Actor
from coordination.sessions.models import Session


def load(request: HttpRequest, public_id: object, may: Callable[[Actor, Session], bool]) -> Session:
    """The session if the actor sees it (else 404) and may (else 403)."""
    sessions = Session.objects.visible_to(request.actor).select_related("mesa", "canton", "province")
    session = get_object_or_404(sessions, public_id=public_id)
    if not may(request.actor, session):
        raise PermissionDenied
    return session


def sent(request: HttpRequest) -> tuple[QueryDict | None, Any]:
    """What a form is bound with: an empty POST is one too, and is told what it lacks."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
