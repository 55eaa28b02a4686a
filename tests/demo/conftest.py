"""The demo world is played once for the whole module and taken back at its end; no test waits for it twice."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django import DjangoDbBlocker

from coordination.demo import world
from coordination.demo.world import Loaded
from tests.keeping import kept

NOW = datetime(2026, 3, 4, 15, 10, tzinfo=UTC)  # miércoles 4 de marzo de 2026, 10:10 in Quito


@pytest.fixture(scope="module")
def played(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Loaded]:
    with kept(lambda: world.load(now=NOW), django_db_blocker) as loaded:
        yield loaded


@pytest.fixture
def demo(played: Loaded, db: None) -> Loaded:
    """The loaded demo world, seen at NOW."""
    return played
