"""How well messages leave, in figures (design: reminders 19)."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from coordination.notifications import queries
from coordination.notifications.models import Heartbeat

WINDOW = timedelta(hours=24)
KEPT = 15  # seconds: health is asked every few, and the figures look at many rows

# Lateness counts from the hour a message was due, or from when it was planned if that came later; what a person sent
# again, and what never left by mail, tells nothing about the sweeps. A lease that has run out waits for the sweeper.
FIGURES = """
SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (
         ORDER BY extract(epoch FROM sent_at - greatest(due_at, created_at)))
         FILTER (WHERE state = 'sent' AND sent_at > %(since)s AND copy = 0 AND channel IN ('', 'email')),
       count(*) FILTER (WHERE state = 'sent' AND sent_at > %(since)s),
       count(*) FILTER (WHERE state = 'superseded' AND attempts > 0),
       extract(epoch FROM clock_timestamp() - min(lease_until) FILTER (WHERE state IN ('claimed', 'sending')))
FROM notifications_notification
WHERE state IN ('claimed', 'sending') OR (state = 'superseded' AND attempts > 0)
   OR (state = 'sent' AND sent_at > %(since)s)
"""


@dataclass(frozen=True)
class Metrics:
    """Seconds and counts. What nobody can know yet is None."""

    oldest_due: int
    lateness_p50: float | None
    lateness_p99: float | None
    sent_in_a_day: int
    due_not_sent: int
    in_flight: int
    unknown: int
    refused: int
    expired: int
    held: int
    superseded_in_flight: int
    reconcile_additions: int
    oldest_lease: int

    def as_dict(self) -> dict[str, float | None]:
        return asdict(self)


@dataclass(frozen=True)
class Beat:
    """When a sweep last finished, and how much it had to do."""

    sweep: str
    finished_at: datetime
    handled: int


def metrics(now: datetime) -> Metrics:
    """All of them. Four queries."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, {"since": now - WINDOW})
        late, sent, dropped, lease = cursor.fetchone()
    figures, age = queries.figures(now), queries.oldest_due_age(now)
    added = Heartbeat.objects.filter(sweep="reconcile").values_list("handled", flat=True).first()
    p50, p99 = late or (None, None)
    return Metrics(
        oldest_due=int(age.total_seconds()) if age else 0,
        lateness_p50=None if p50 is None else round(max(p50, 0), 1),
        lateness_p99=None if p99 is None else round(max(p99, 0), 1),
        sent_in_a_day=sent,
        due_not_sent=figures["due_not_sent"],
        in_flight=figures["in_flight"],
        unknown=figures["unknown"],
        refused=figures["failed"],
        expired=figures["expired"],
        held=figures["held"],
        superseded_in_flight=dropped,
        reconcile_additions=added or 0,
        oldest_lease=max(int(lease or 0), 0),
    )


def lately(now: datetime) -> Metrics:
    """The same, at most some seconds old, where a cache answers."""
    try:
        found = cache.get("notifications.metrics")
        if found is None:
            found = metrics(now)
            cache.set("notifications.metrics", found, KEPT)
    except (RedisError, OSError):
        return metrics(now)
    return found


def beats() -> list[Beat]:
    """Every sweep that ever finished."""
    rows = Heartbeat.objects.order_by("sweep").values_list("sweep", "finished_at", "handled")
    return [Beat(*row) for row in rows]
