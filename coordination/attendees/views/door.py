"""The two doors to an organization's answer: the link of its letter, and the post somebody holds who signed in.

Behind both lie the same pages; ``ways`` gives their addresses as the reader came.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.actor import Actor, LinkScope
from coordination.attendees import queries
from coordination.attendees.models import Invitation
from coordination.attendees.permissions import can_answer
from coordination.attendees.queries import Dead
from coordination.mesas.permissions import resolve
from coordination.organizations.queries import actor_of
from coordination.sessions.models import Session

LinkView = Callable[..., Any]
# Names of the pages that both doors have; behind a post they are called own_….
PAGES = (
    "invitation", "delegation", "answered", "decline", "swap", "hand_in", "letter_file", "stated", "pass_on",
    "renew_passes",
)  # fmt: skip


def sealed(response: HttpResponse) -> HttpResponse:
    """The address is a key: it is not indexed, not stored, and never told to another site.

    ``same-origin`` and not ``no-referrer``: with the latter browsers send ``Origin: null`` with our own forms, and
    the check against forgery refuses them.
    """
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response.setdefault("Cache-Control", "no-store")
    return response


def acting(request: HttpRequest, scope: LinkScope) -> Actor:
    """The link's actor, and who signed in on top of it."""
    today = timezone.localdate()
    return resolve(actor_of(user=request.user, on=today, link=scope), on=today)


def by_link(view: LinkView) -> Callable[..., HttpResponse]:
    """Opens the invitation of a live link and makes the request act by it; a dead link gets its page."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        now = timezone.now()
        found = queries.find_link(token, now)
        if found.invitation is None or found.dead is not None:
            return dead(request, token, found)
        scope = LinkScope(Invitation.LINK_PURPOSE, found.invitation.pk, found.invitation.organization_id)
        request.actor = acting(request, scope)
        return sealed(view(request, found.invitation, **more))

    return opened


def by_post(view: LinkView) -> Callable[..., HttpResponse]:
    """The same page for whoever speaks today for the invited organization and signed in: no link, no key to pass on."""

    @wraps(view)
    def opened(request: HttpRequest, public_id: uuid.UUID, **more: Any) -> HttpResponse:
        rows = Invitation.objects.visible_to(request.actor).select_related(
            "session__mesa", "session__canton", "session__province", "organization"
        )
        found = get_object_or_404(rows, public_id=public_id)
        if not can_answer(request.actor, found):
            raise PermissionDenied
        session, why = found.session, None
        if session.state == Session.State.CANCELLED:
            why = Dead.CANCELLED
        elif queries.is_over(session, timezone.now()):
            why = Dead.OVER
        if why:
            return dead(request, found.token, queries.LinkFound(found, why))
        return sealed(view(request, found, **more))

    return opened


def dead(request: HttpRequest, token: str, found: queries.LinkFound) -> HttpResponse:
    context: dict[str, Any] = {"token": token, "dead": str(found.dead), "invitation": found.invitation}
    if found.invitation and found.dead == Dead.REVOKED:
        reader = queries.recipient(found.invitation, timezone.localdate())
        context["hint"] = queries.masked(reader.email) if reader else ""
    status = 404 if found.dead == Dead.UNKNOWN else 410
    return sealed(render(request, "attendees/dead_link.html", context, status=status))


def ways(request: HttpRequest, invitation: Invitation) -> dict[str, str]:
    """The addresses of the pages of this answer, by name."""
    if request.actor.link:
        return {name: reverse(f"attendees:{name}", args=[invitation.token]) for name in PAGES}
    return {name: reverse(f"attendees:own_{name}", args=[invitation.public_id]) for name in PAGES}


def to(request: HttpRequest, name: str, invitation: Invitation) -> HttpResponse:
    return redirect(ways(request, invitation)[name])


def page(
    request: HttpRequest, template: str, invitation: Invitation, *, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {
        "invitation": invitation,
        "session": invitation.session,
        "token": invitation.token,
        "to": ways(request, invitation),
    }
    return render(request, f"attendees/{template}.html", context, status=status)
