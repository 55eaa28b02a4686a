"""Rings the sweeps after a write, so that the usual delay is a second or two. Losing the ring costs one interval."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from kombu.exceptions import OperationalError as BrokerAway

from coordination.celery import app

log = logging.getLogger(__name__)
READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
PATIENCE = 0.2  # seconds for each step of a conversation with the broker; a request has no more to give
PAUSE = 15.0  # seconds without ringing after nobody answered: the sweeps come by themselves in that time
RING_LIFE = 15


class DoorbellMiddleware:
    """After any request that may have written, asks for *dispatch*. Never fails the request, never holds it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.quiet_until = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            request.method not in READS
            and response.status_code < 400
            and time.monotonic() >= self.quiet_until
        ):
            self._ring()
        return response

    def _ring(self) -> None:
        options = app.conf.broker_transport_options | {
            "socket_timeout": PATIENCE,
            "socket_connect_timeout": PATIENCE,
            "retry_on_timeout": False,
            "max_retries": 0,
        }
        try:
            with app.connection_for_write(transport_options=options, connect_timeout=PATIENCE) as broker:
                app.send_task(
                    "notifications.dispatch",
                    connection=broker,
                    expires=RING_LIFE,
                    retry=False,
                    ignore_result=True,
                )
        except (BrokerAway, OSError) as error:
            self.quiet_until = time.monotonic() + PAUSE
            log.warning("doorbell not heard: %s", type(error).__name__)
