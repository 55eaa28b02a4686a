"""What a code on a paper stands for: public, for whoever holds the paper. Opening it writes nothing.

Each kind of paper has a lookup below, given the code as it is stored and who asks; it gives back a ``Verified`` or
None. A paper of something closed is only said to be authentic, to everybody alike: its circle has it already.
"""

import logging
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from accounts.actor import Actor
from coordination.attendees import certificates
from coordination.attendees.models import Certificate
from coordination.attendees.views.certificates import taken
from coordination.common.allowances import line_of
from coordination.documents.codes import Verified, read_code
from coordination.minutes.verifying import lookup as minutes_lookup
from coordination.sessions.permissions import in_circle

MISSES_A_MINUTE = 60  # from one address; a class with one connection may type its certificates

Lookup = Callable[[str, Actor], Verified | None]
LOOKUPS: tuple[Lookup, ...] = (certificates.lookup, minutes_lookup)

log = logging.getLogger(__name__)


@login_not_required
@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """The form for a code that is typed; a typed one leads to its page."""
    typed = request.GET.get("codigo", "").replace("\0", "").strip()[:100]
    if code := read_code(typed):
        return redirect("portal:verify", code)
    return _page(request, typed=typed, wrong=bool(typed), status=422 if typed else 200)


@login_not_required
@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """What one code certifies. The same page for a code nobody gave and for one that cannot be."""
    stored = read_code(code)
    if _too_many(request):
        return _page(request, typed="", wait=True, status=429)
    found = next((one for look in LOOKUPS if stored and (one := look(stored, _actor(request)))), None)
    if found is None:
        _count_miss(request)
        return _page(request, typed=code[:40], wrong=True, status=404)
    return _page(request, typed="", found=found, code=stored)


@login_not_required
@require_safe
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """The paper itself, for whoever holds its code; of a closed session for the circle of the record alone."""
    rows = Certificate.objects.select_related("session__mesa__convener", "organization")
    if _too_many(request):
        return _page(request, typed="", wait=True, status=429)
    found = rows.filter(code=read_code(code) or None, revoked_at=None).first()
    if found is None or not in_circle(_actor(request), found.session):
        _count_miss(request)
        raise Http404
    return taken(request, found.session, [found])


def _page(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    response = render(request, "portal/verify.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # the middleware gives it
    return actor


def _key(request: HttpRequest) -> str:
    return f"verify:{line_of(request)}"


def _too_many(request: HttpRequest) -> bool:
    try:
        return int(cache.get(_key(request), 0)) >= MISSES_A_MINUTE
    except RedisError:
        return False


def _count_miss(request: HttpRequest) -> None:
    """Only codes that nobody gave are counted. Without a cache nothing is: the length of the code keeps guessers out."""
    try:
        if not cache.add(_key(request), 1, timeout=60):
            cache.incr(_key(request))
    except (RedisError, ValueError):
        log.warning("wrong codes are not counted: no cache")
