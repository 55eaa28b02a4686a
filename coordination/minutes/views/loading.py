"""Through the door of the minutes: the session, the circle of the record, then the question."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from accounts.actor import Actor
from coordination.minutes.permissions import can_draft, knows_closed
from coordination.minutes.texts import Minutes
from coordination.sessions.models import Session


def recorded_session(request: HttpRequest, public_id: object) -> Session:
    """The session if the actor sees it; of a closed one the circle of the record alone: else 404."""
    rows = Session.objects.visible_to(request.actor)
    session = get_object_or_404(
        rows.select_related("mesa__convener", "canton", "province", "host"), public_id=public_id
    )
    if session.is_casa_adentro and not knows_closed(request.actor, session):
        raise Http404
    return session


def newest(
    request: HttpRequest,
    public_id: object,
    may: Callable[[Actor, Session], bool] = can_draft,
    version: int | None = None,
) -> Minutes:
    """The newest version (or that one) of the session's minutes, for who may; 404 where there are none."""
    session = recorded_session(request, public_id)
    if not may(request.actor, session):
        raise PermissionDenied
    rows = Minutes.objects.filter(session=session).order_by("-version")
    minutes = rows.first() if version is None else rows.filter(version=version).first()
    if minutes is None:
        raise Http404
    minutes.session = session
    return minutes
