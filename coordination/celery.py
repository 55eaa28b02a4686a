"""The doorbell. Beat rings sweeps at an interval; PostgreSQL holds what is due (docs/architecture.md)."""

import os

from celery import Celery

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
    timezone="UTC",
)
app.autodiscover_tasks(["coordination.notifications"])
