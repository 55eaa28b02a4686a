"""Fixtures for everybody and the guards that make the suite distrustful."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from coordination.organizations.models import Person
from tests.cast import Cast


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


@pytest.fixture
def sign_in() -> Callable[[Person], Client]:
    """``sign_in(person)`` gives a client that is signed in as that person's user."""

    def _sign_in(person: Person) -> Client:
        client = Client()
        client.force_login(person.user)
        return client

    return _sign_in


@pytest.fixture(autouse=True)
def every_test_starts_in_the_default_language() -> Iterator[None]:
    """A page asked for in English leaves its language behind in the process: the next test would read English."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def history_can_be_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that commit are cleaned up by TRUNCATE, which the append-only trigger forbids: it rests meanwhile."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or bool(marker and marker.kwargs.get("transaction"))
    if not commits:
        yield
        return
    request.getfixturevalue("transactional_db")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE activity_activity ENABLE TRIGGER activity_no_truncate")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE activity_activity DISABLE TRIGGER activity_no_truncate")
