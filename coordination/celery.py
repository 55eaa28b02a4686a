"""The doorbell. Beat rings sweeps at an interval; PostgreSQL holds what is due (docs/reliability.md)."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coordination.settings.base")

app = Celery("minga")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    task_soft_time_limit=45,
    task_time_limit=60,
    worker_max_tasks_per_child=500,
    worker_soft_shutdown_timeout=30,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 30,
        "retry_on_timeout": True,
        "global_keyprefix": "minga:",
    },
    # A queue of their own for drains: workers take turns between both, so no planning waits behind a row of them.
    task_queues=[Queue("celery"), Queue("drain")],
    task_default_queue="celery",
    task_routes={"notifications.drain": {"queue": "drain"}},
    timezone="UTC",
    # Intervals only: no clock on a wall decides a send, and a second beat rings twice for nothing. A ring that was
    # not heard within its interval expires, because the next one asks for the same work.
    beat_schedule={
        name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in (
            ("notifications.dispatch", 15.0),
            ("notifications.deliver", 15.0),
            ("notifications.sweep", 20.0),
            ("notifications.remind", 60.0),
            ("notifications.reconcile", 3600.0),
            ("notifications.replies", 60.0),
            ("notifications.files", 60.0),
        )
    },
)
app.autodiscover_tasks(["coordination.notifications"])


@worker_ready.connect
def _catch_up(**_event: Any) -> None:
    """A worker that starts asks at once for what was missed while nobody was there."""
    for name in (
        "notifications.sweep",
        "notifications.dispatch",
        "notifications.reconcile",
        "notifications.deliver",
    ):
        app.send_task(name, expires=60)
