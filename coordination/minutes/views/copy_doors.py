"""The two doors to an organization's copy of the minutes: the link of its letter, and a post of who signed in.

Behind both lie the same pages; ``ways`` gives their addresses as the reader came. A link is no key to what is casa
adentro: there it leads to signing in, and on to the circle alone.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from accounts.actor import Actor, LinkScope
from coordination.attendees.views.door import sealed
from coordination.mesas.permissions import resolve
from coordination.minutes import circulating
from coordination.minutes.copy_permissions import can_speak, opens
from coordination.minutes.texts import Minutes, MinutesCopy
from coordination.organizations.queries import actor_of

CopyView = Callable[..., HttpResponse]
PAGES = ("copy", "observe", "agree", "sign")


def acting(request: HttpRequest, copy: MinutesCopy) -> Actor:
    """The link's actor, and who signed in on top of it."""
    today = timezone.localdate()
    scope = LinkScope(MinutesCopy.LINK_PURPOSE, copy.pk, copy.organization_id)
    return resolve(actor_of(user=request.user, on=today, link=scope), on=today)


def by_link(view: CopyView) -> Callable[..., HttpResponse]:
    """Opens the copy of a live link and makes the request act by it; a link that opens nothing gets its page."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        found = circulating.find_link(token, timezone.now())
        if found.copy is None or found.dead is not None:
            status = 404 if found.copy is None else 410
            return sealed(render(request, "minutes/copy_dead.html", {"token": token}, status=status))
        actor = acting(request, found.copy)
        if not opens(actor, found.copy):
            if not actor.is_signed_in:
                return sealed(redirect_to_login(request.get_full_path()))
            raise Http404
        request.actor = actor
        return sealed(view(request, found.copy, **more))

    return opened


def by_account(view: CopyView) -> Callable[..., HttpResponse]:
    """The same page for the organization's own people: its members read, who speaks for it acts."""

    @wraps(view)
    def opened(request: HttpRequest, public_id: uuid.UUID, **more: Any) -> HttpResponse:
        rows = MinutesCopy.objects.filter(
            organization__in=request.actor.organization_ids,
            minutes__in=Minutes.objects.visible_to(request.actor).values("pk"),
        )
        copy = get_object_or_404(circulating.with_all(rows), public_id=public_id)
        if request.method not in ("GET", "HEAD") and not can_speak(request.actor, copy):
            raise PermissionDenied
        return sealed(view(request, copy, **more))

    return opened


def ways(request: HttpRequest, copy: MinutesCopy) -> dict[str, str]:
    """The addresses of the pages of this copy, by name."""
    if request.actor.link:
        return {name: reverse(f"minutes:{name}", args=[copy.token]) for name in PAGES}
    return {name: reverse(f"minutes:own_{name}", args=[copy.public_id]) for name in PAGES}
