"""Fixtures for everybody and the guards that make the suite distrustful."""

import gc
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import translation
from pytest_django import DjangoDbBlocker

from coordination.organizations.models import Person
from tests.cast import Cast, signed_in
from tests.keeping import commits, kept

# The models, urls and templates of the project are a large heap that never becomes garbage: look through it rarely.
gc.set_threshold(50_000, 20, 100)


# Whole modules of many cases, a second and more each in sum: the quick suite is for the room one works in.
LONG = (
    "security/test_matrix.py", "security/test_admin.py", "notifications/test_letters.py",
    "notifications/test_letters_look.py", "notifications/test_messages.py", "notifications/test_preferences.py",
    "notifications/test_scanner.py", "notifications/test_spine.py", "notifications/test_replies.py", "demo/",
    "documents/test_rich.py", "portal/test_pages.py", "portal/test_closed_parts.py", "journeys/",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).as_posix().startswith(LONG):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def kept_cast(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Cast | None]:
    """Made once for all tests of a module, unless one of them commits: making it takes longer than most tests."""
    if any(commits(item) for item in request.session.items if item.path == request.path):
        yield None
    else:
        with kept(Cast, django_db_blocker) as made:
            yield made


@pytest.fixture
def cast(kept_cast: Cast | None, db: None) -> Cast:
    """The cast as it was made; what a test does to its rows or to its objects, no other test sees."""
    return deepcopy(kept_cast) if kept_cast else Cast()


@pytest.fixture
def sign_in() -> Callable[[Person], Client]:
    """``sign_in(person)`` gives a client that is signed in as that person's user."""
    return lambda person: signed_in(person.user)


@pytest.fixture(scope="session", autouse=True)
def files_of_tests_lie_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests hand in never meets anybody's real files."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        yield


@pytest.fixture(autouse=True)
def every_test_starts_in_the_default_language() -> Iterator[None]:
    """A page asked for in English leaves its language behind in the process: the next test would read English."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def history_can_be_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that commit are cleaned up by TRUNCATE, which the append-only trigger forbids: it rests meanwhile."""
    if not commits(request.node):
        yield
        return
    request.getfixturevalue("transactional_db")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE activity_activity ENABLE TRIGGER activity_no_truncate")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE activity_activity DISABLE TRIGGER activity_no_truncate")
