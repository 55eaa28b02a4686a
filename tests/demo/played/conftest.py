"""The demo world is played once for all tests of this folder and taken back at its end; no test waits for it twice."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from coordination.demo import world
from coordination.demo.world import Loaded
from tests.demo.conftest import NOW
from tests.keeping import kept


@pytest.fixture(scope="package")
def played(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Loaded]:
    with kept(lambda: world.load(now=NOW), django_db_blocker) as loaded:
        yield loaded


@pytest.fixture
def demo(played: Loaded, db: None) -> Loaded:
    """The loaded demo world, seen at NOW."""
    return played
