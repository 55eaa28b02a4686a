"""What the devices at the door read and send: two addresses in JSON. Their page is another's."""

import json
import uuid
from dataclasses import asdict
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from coordination.attendees import checkin
from coordination.attendees.actions.checkin import take_queue
from coordination.attendees.permissions import blocks_kept_by
from coordination.attendees.views.convocation import visible_session
from coordination.sessions.models import Session
from coordination.sessions.permissions import can_record


@login_not_required
@never_cache
@require_safe
def door_list(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Everybody who is expected, for a device that will soon have no connection."""
    if not request.actor.is_signed_in:
        return _sign_in(public_id)
    session = _kept(request, public_id)
    told = checkin.door_list(session, blocks_kept_by(request.actor, session), timezone.now())
    return JsonResponse(told)


@login_not_required
@never_cache
@require_POST
def door_sync(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A device's queue; each entry gets its own answer, and what was sent before is answered again."""
    if not request.actor.is_signed_in:
        return _sign_in(public_id)
    session = _kept(request, public_id)
    try:
        body = request.body
    except RequestDataTooBig:
        return _too_big()
    if len(body) > checkin.MOST_BYTES:
        return _too_big()
    try:
        told = json.loads(body)
        entries = told["entries"]
    except (ValueError, RecursionError, KeyError, TypeError):
        entries = None
    if not isinstance(entries, list):
        return JsonResponse(
            {"error": _("This could not be read. What is on the device stays there.")}, status=400
        )
    if len(entries) > checkin.MOST_ENTRIES:
        return _too_big()
    now = timezone.now()
    results = take_queue(
        session_id=session.pk,
        blocks=blocks_kept_by(request.actor, session),
        entries=[checkin.read_entry(raw) for raw in entries],
        clock=checkin.clock_of(session, checkin.read_moment(told.get("sent_at")), now),
        by=request.actor,
        now=now,
    )
    return JsonResponse({"server_now": now.isoformat(), "results": [asdict(one) for one in results]})


def _kept(request: HttpRequest, public_id: uuid.UUID) -> Session:
    session = visible_session(request, public_id)
    if not can_record(request.actor, session):
        raise PermissionDenied
    return session


def _sign_in(public_id: uuid.UUID) -> HttpResponse:
    """For a script a redirect would end in a page it cannot read."""
    page = reverse("attendees:door", args=[public_id])
    told: dict[str, Any] = {"sign_in": f"{resolve_url('account_login')}?next={page}"}
    return JsonResponse(told, status=401)


def _too_big() -> HttpResponse:
    words = _("These are too many entries at once. What is on the device stays there: send up to %(n)s.")
    return JsonResponse({"error": words % {"n": checkin.MOST_ENTRIES}}, status=413)
