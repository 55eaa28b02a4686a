"""What every page needs to know about the site itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """``shell`` is the page frame: people who signed in keep their sections on public pages too."""
    user = getattr(request, "user", None)
    shell = "base_staff.html" if user is not None and user.is_authenticated else "base_public.html"
    return {"demo": settings.DEMO, "base_url": settings.BASE_URL, "shell": shell}
