"""What every page needs to know about the site itself."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from coordination.notifications.frame import Frame, frame_of
from coordination.notifications.permissions import reads_messages


def site(request: HttpRequest) -> dict[str, Any]:
    """``shell`` is the page frame: people who signed in keep their sections on public pages too.

    ``open_hold`` and ``unread_notices`` came with the user (portal.backend).
    """

    @cache
    def told() -> Frame:
        return frame_of(request.user, timezone.now())

    user = getattr(request, "user", None)
    shell = "base_staff.html" if user is not None and user.is_authenticated else "base_public.html"
    return {
        "demo": settings.DEMO,
        "base_url": settings.BASE_URL,
        "shell": shell,
        "open_hold": lambda: told().hold,
        "reads_messages": lambda: reads_messages(request.actor),
        "unread_notices": lambda: told().unread,
    }
