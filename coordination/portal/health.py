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
from coordination.notifications.queries import health, heartbeats, oldest_due_age
from coordination.portal import supervision

# Readiness is degraded when the oldest message that is due has waited longer (design: reminders 19).
OLDEST_DUE = timedelta(seconds=180)


@login_not_required
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
def ready(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served; ``degraded`` names what waits, 503 what is missing. ``held`` is no alarm.

    How many messages there are is for administrators: to a stranger a jump of the figures would tell of a closed session.
    """
    parts = state()
    if parts["database"] == "ok" and request.actor.is_admin:
        figures = asdict(health(timezone.now()))
        parts["messages"] = {name: _plain(value) for name, value in figures.items()}
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


def _plain(value: object) -> object:
    """Spans as seconds, moments as machines read them."""
    if isinstance(value, timedelta):
        return round(value.total_seconds(), 1)
    return value.isoformat() if isinstance(value, datetime) else value
