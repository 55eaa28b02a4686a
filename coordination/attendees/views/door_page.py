"""The door on a phone: the frame of its page, and the script that keeps this frame for when there is no network.

None of the three answers says anything about the session or the reader: the phone keeps them, the list comes apart
from them (``door_list``) and goes when the shift is closed.
"""

import hashlib
import json
import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from coordination.attendees.views.convocation import visible_session
from coordination.sessions.permissions import can_record

TEMPLATE = "attendees/door.html"
# What the page needs to show itself; the reader of codes comes along when it is first used.
ASSETS = (
    "css/minga.css",
    "css/door.css",
    "js/theme.js",
    "js/door/store.js",
    "js/door/send.js",
    "js/door/scan.js",
    "js/door/screen.js",
    "js/door/door.js",
    "icons.svg",
    "simbolo.svg",
)
READER = "js/vendor/jsqr.js"


@require_GET
@ensure_csrf_cookie
def door(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The frame. Also of a session whose register is closed: a phone may still hold what could not be sent."""
    _recordable(request, public_id)
    return render(request, TEMPLATE, _frame(public_id))


@require_GET
def worker(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the browser runs beside the page. A changed frame or script changes this text, and is fetched anew."""
    _recordable(request, public_id)
    page = render_to_string(TEMPLATE, _frame(public_id), request)
    told = {
        "page": reverse("attendees:door", args=[public_id]),
        "assets": [static(name) for name in ASSETS],
        "later": [static(READER)],
        "prefix": f"minga-door-{public_id}-{get_language()}-",
        "version": hashlib.sha256(page.encode()).hexdigest()[:16],
    }
    script = f'self.DOOR = {json.dumps(told)};\nimportScripts("{static("js/door/worker.js")}");\n'
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_GET
def manifest(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Lets the door stand on the phone's first screen."""
    _recordable(request, public_id)
    page = reverse("attendees:door", args=[public_id])
    told = {
        "name": _("Door · Minga"),
        "short_name": _("Door"),
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "background_color": "#f4f6f5",
        "theme_color": "#28478f",
        "icons": [{"src": static("simbolo.svg"), "type": "image/svg+xml", "sizes": "any"}],
    }
    return JsonResponse(told, content_type="application/manifest+json")


def _frame(public_id: uuid.UUID) -> dict[str, object]:
    return {"public_id": public_id, "reader": static(READER)}


def _recordable(request: HttpRequest, public_id: uuid.UUID) -> None:
    if not can_record(request.actor, visible_session(request, public_id)):
        raise PermissionDenied
