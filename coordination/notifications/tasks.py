"""The sweeps as Celery rings them: without arguments, each safe to run twice or beside itself.

A lost message costs one interval and nothing else: what is due stands in PostgreSQL. Each ring expires, so that a
queue that was not read for an hour is not an hour of work.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from math import ceil

from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from coordination.celery import app
from coordination.files.actions import check_some
from coordination.notifications import clock
from coordination.notifications.deliver import BATCH, SHARE, drain
from coordination.notifications.dispatch import dispatch
from coordination.notifications.mailbox import read_mailbox
from coordination.notifications.models import Heartbeat
from coordination.notifications.queries import at_work, due
from coordination.notifications.remind import reconcile, remind
from coordination.notifications.sweep import sweep

log = logging.getLogger(__name__)
RING_LIFE = 15  # seconds after which a ring that nobody heard is worth nothing: the next one comes anyway
MOST_HELPERS = 16


@app.task(name="notifications.dispatch")
def dispatch_sweep() -> None:
    if dispatch_once():
        ring(deliver_sweep)


@app.task(name="notifications.deliver")
def deliver_sweep() -> None:
    """Rings as many drains as the queue needs, less those already at work: each of them rings for its successor."""
    now = clock.now()
    waiting = due(now, at_most=BATCH * MOST_HELPERS)
    wanted = min(ceil(waiting / BATCH), MOST_HELPERS)
    helpers = max(wanted - at_work(), min(wanted, 1))  # who holds a message may be dead: one in any case
    for _helper in range(helpers):
        ring(drain_sweep)
    beat("deliver", waiting)


@app.task(name="notifications.drain")
def drain_sweep() -> None:
    """One worker's share: some seconds of sending, then a ring for whoever is free to go on."""
    if drain_once():
        ring(drain_sweep)


@app.task(name="notifications.sweep")
def lease_sweep() -> None:
    sweep_once()


@app.task(name="notifications.remind")
def remind_sweep() -> None:
    if remind_once():
        ring(dispatch_sweep)


@app.task(name="notifications.reconcile")
def reconcile_sweep() -> None:
    reconcile_once()


@app.task(name="notifications.replies")
def replies_sweep() -> None:
    if replies_once():
        ring(dispatch_sweep)


@app.task(name="notifications.files")
def files_sweep() -> None:
    files_once()


def dispatch_once() -> int:
    change = dispatch(clock.now())
    return beat("dispatch", change.news)


def drain_once(seconds: float = SHARE) -> bool:
    """Sends what is due; True when the time was up before the queue was empty."""
    tally = drain(clock.now, seconds)
    beat("drain", tally.claimed)
    return tally.claimed > 0 and due(clock.now(), at_most=1) > 0


def sweep_once() -> int:
    return beat("sweep", sum(sweep(clock.now()).values()))


def remind_once() -> int:
    return beat("remind", remind(clock.now()))


def reconcile_once() -> int:
    return beat("reconcile", reconcile(clock.now()))


def files_once() -> int:
    """Asks the scanner about files that wait for it; where none is configured none waits."""
    return beat("files", check_some(now=timezone.now(), seconds=SHARE).total()) if settings.SCANNER else 0


def replies_once() -> int:
    """Reads what calendars answered; nothing to do, and nothing noted, where no mailbox is configured."""
    return beat("replies", read_mailbox(clock.now())) if settings.REPLIES_IMAP_URL else 0


# The same work at the same pace without Celery (manage.py drain --forever), and beat's timetable: seconds, what.
TIMETABLE: dict[str, tuple[float, Callable[[], object]]] = {
    "notifications.sweep": (20, sweep_once),
    "notifications.dispatch": (15, dispatch_once),
    "notifications.remind": (60, remind_once),
    "notifications.reconcile": (3600, reconcile_once),
    "notifications.deliver": (15, drain_once),
    "notifications.replies": (60, replies_once),
    "notifications.files": (60, files_once),
}


def ring(task: object) -> None:
    """Asks for a sweep soon. A broker that is away is no reason to fail: the timetable comes by itself."""
    try:
        task.apply_async(expires=RING_LIFE, retry=False, ignore_result=True)  # type: ignore[attr-defined]
    except (BrokerAway, OSError) as error:
        log.warning("doorbell not heard: %s", type(error).__name__)


def beat(name: str, handled: int) -> int:
    """Notes that a sweep finished, for the health page."""
    finished: datetime = timezone.now()
    Heartbeat.objects.update_or_create(sweep=name, defaults={"finished_at": finished, "handled": handled})
    return handled
