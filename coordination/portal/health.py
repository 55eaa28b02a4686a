"""Is the process alive, and can it do its work? Read by supervisors and by people in trouble."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from redis.exceptions import RedisError

from coordination.notifications import holding
from coordination.notifications.queries import Health, health, heartbeats, oldest_due_age
from coordination.portal import supervision

# Readiness is degraded when the oldest message that is due has waited longer (design: reminders 19).
OLDEST_DUE = timedelta(seconds=180)
KEPT = 15  # seconds: this is asked every few, and the figures look at every message


@login_not_required
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served; ``degraded`` names what waits, 503 what is missing. ``held`` is no alarm."""
    parts = state()
    return JsonResponse(parts, status=503 if parts["status"] == "unavailable" else 200)


def state() -> dict[str, Any]:
    """What is there, what waits, and the verdict over both."""
    parts: dict[str, Any] = {}
    now = timezone.now()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        age = oldest_due_age(now)
        held = holding.current() is not None
        parts["database"] = "ok"
        parts["held"] = held
        parts["oldest_due_seconds"] = int(age.total_seconds()) if age else 0
        parts["sweeps"] = {name: at.isoformat() for name, at in heartbeats().items()}
        parts["messages"] = {name: _plain(value) for name, value in asdict(_lately(now)).items()}
    except DatabaseError:
        age, held = None, False
        parts["database"] = "unreachable"
    try:
        cache.get("health")
        parts["redis"] = "ok"
    except (RedisError, OSError):
        parts["redis"] = "unreachable"
    parts["supervised"] = [
        {"part": one.part, "state": one.state, "restarts": one.restarts} for one in supervision.parts()
    ]
    degraded = parts["redis"] != "ok" or (age is not None and age > OLDEST_DUE and not held)
    missing = parts["database"] != "ok"
    parts["status"] = "unavailable" if missing else "degraded" if degraded else "ok"
    return parts


def _lately(now: datetime) -> Health:
    """The figures, at most some seconds old where a cache answers."""
    try:
        found: Health | None = cache.get("health.figures")
        if found is None:
            found = health(now)
            cache.set("health.figures", found, KEPT)
    except (RedisError, OSError):
        return health(now)
    return found


def _plain(value: object) -> object:
    """Spans as seconds, moments as machines read them."""
    if isinstance(value, timedelta):
        return round(value.total_seconds(), 1)
    return value.isoformat() if isinstance(value, datetime) else value
