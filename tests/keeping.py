"""Rows that many tests start from, made once: a transaction around the module, a savepoint around each test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
import redis
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoDbBlocker

Made = TypeVar("Made")


@contextmanager
def kept(make: Callable[[], Made], blocker: DjangoDbBlocker) -> Iterator[Made]:
    """What ``make`` made, until the end of the block takes its rows back. Enter it before any test's own transaction."""
    with blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
    try:
        with blocker.unblock():
            made = make()
        yield made
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


def forget_cached() -> None:
    """Empties this worker's part of the cache: ``cache.clear()`` would empty that of the others too."""
    place = settings.CACHES["default"]
    with redis.from_url(place["LOCATION"]) as server:
        for key in server.scan_iter(f"{place['KEY_PREFIX']}:*"):
            server.delete(key)


def commits(item: pytest.Item) -> bool:
    """Whether a test's rows are seen by others: then they cannot lie inside somebody's transaction."""
    marker = item.get_closest_marker("django_db")
    names = getattr(item, "fixturenames", [])
    return "transactional_db" in names or bool(marker and marker.kwargs.get("transaction"))
