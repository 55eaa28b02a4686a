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
from tests.scale import WHOLE

# The models, urls and templates of the project are a large heap that never becomes garbage: look through it rarely.
gc.set_threshold(50_000, 20, 100)


# Pages and papers walked case by case, attacks, long lists: they take two thirds of the time of a third of the tests.
# Whoever changes such a room names it (``./minga test tests/minutes``); the whole suite always has them.
LONG = (
    "attendees/test_before.py", "attendees/test_certificates.py", "attendees/test_checkin.py",
    "attendees/test_convocation_pages.py", "attendees/test_sheets.py", "attendees/test_staff_pages.py",
    "attendees/test_wall.py", "commitments/test_account", "commitments/test_amending.py",
    "commitments/test_asked_to_confirm.py", "commitments/test_inbox_pages.py", "commitments/test_life.py",
    "commitments/test_matrix", "commitments/test_measuring_pages.py", "commitments/test_report_page.py",
    "commitments/test_reviewing.py", "commitments/test_roadmap.py", "commitments/test_settling_pages.py", "demo/",
    "documents/", "journeys/", "mesas/test_views.py", "minutes/test_approval.py", "minutes/test_editing.py",
    "minutes/test_going_round_pages.py", "minutes/test_paper.py", "minutes/test_publishing.py",
    "minutes/test_reading.py", "minutes/test_running.py", "minutes/test_templates.py",
    "notifications/test_bad_addresses.py", "notifications/test_digests.py", "notifications/test_drafts.py",
    "notifications/test_ladder", "notifications/test_letters", "notifications/test_messages.py",
    "notifications/test_minutes_letters.py", "notifications/test_preferences.py", "notifications/test_proposals.py",
    "notifications/test_replies.py", "notifications/test_scanner.py", "notifications/test_spine.py",
    "portal/test_closed_parts.py", "portal/test_pages.py", "security/test_admin.py", "security/test_attacks",
    "security/test_matrix.py",
)  # fmt: skip


# Where compiled queries are compared with the plain ones: every route as every role, and the pages whose reader says by
# which values to choose. Elsewhere the comparing would take a quarter of the time and ask the same again.
COMPARED = (
    "commitments/test_account", "commitments/test_matrix", "commitments/test_roadmap", "common/", "journeys/",
    "portal/", "security/",
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        place = item.path.relative_to(here).as_posix()
        if place.startswith(LONG):
            item.add_marker(pytest.mark.slow)
        if place.startswith("demo/"):  # the world is played once, and not by each worker
            item.add_marker(pytest.mark.xdist_group("demo"))


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
def compiled_queries_are_compared(request: pytest.FixtureRequest) -> Iterator[None]:
    """Of each shape of a compiled query the first two questions, in the rooms above; with MINGA_TEST_SCALE=10 in all."""
    place = request.path.relative_to(Path(__file__).parent).as_posix()
    with override_settings(COMPILED_CHECKS=2 if WHOLE or place.startswith(COMPARED) else 0):
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
