"""Debian's Chromium in front of the real parts. Without Chromium these tests are skipped, in CI they may not be."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections
from django.db.backends.postgresql.operations import DatabaseOperations
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from psycopg.errors import DeadlockDetected
from pytest_django import DjangoDbBlocker

from tests.browser import stage as stages
from tests.browser.mailbox import Mailbox
from tests.browser.reader import DESK, PHONE, Reader
from tests.browser.stage import Stage

CHROMIUM = shutil.which("chromium")
REQUIRED = os.environ.get("MINGA_REQUIRE_BROWSER") == "1"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Everything here commits, walks in the browser, and takes its turn: the parts are started once."""
    item.add_marker(pytest.mark.browser)
    item.add_marker(pytest.mark.django_db(transaction=True))
    item.add_marker(pytest.mark.xdist_group("browser"))
    if CHROMIUM is None and not REQUIRED:
        item.add_marker(pytest.mark.skip(reason="no chromium on this machine"))


@pytest.fixture(scope="package", autouse=True)
def tables_are_emptied_patiently() -> Iterator[None]:
    """A worker may be reading while the tables are emptied: of two that wait for each other PostgreSQL stops one.

    When that is us, we try again; the worker does so by itself.
    """
    empty = DatabaseOperations.execute_sql_flush

    def patiently(operations: DatabaseOperations, statements: list[str]) -> None:
        for tries_left in (4, 3, 2, 1, 0):
            try:
                empty(operations, statements)
                return
            except OperationalError as error:
                if not tries_left or not isinstance(error.__cause__, DeadlockDetected):
                    raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", patiently)
        yield


@pytest.fixture(scope="package")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """The parts, stopped after the last test; what the worker wrote after that test's tables were emptied goes too."""
    with stages.running() as running:
        yield running
    with django_db_blocker.unblock():
        stages.wait_until_alone()
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="package")
def chromium(stage: Stage) -> Iterator[Browser]:
    """One browser for all tests of this folder.

    Playwright keeps an event loop in this thread; Django then refuses the database unless told otherwise, and opens
    connections of its own, which must not outlive the loop.
    """
    if CHROMIUM is None:
        pytest.fail("MINGA_REQUIRE_BROWSER=1, and there is no chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        connections.close_all()
        browser.close()


@pytest.fixture
def mailbox(stage: Stage) -> Mailbox:
    stage.mailbox.clear()
    return stage.mailbox


@pytest.fixture
def opened(
    chromium: Browser, stage: Stage, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Reader]]:
    """``opened(DESK)`` is somebody at a screen; what their browser complains of fails the test."""
    contexts: list[BrowserContext] = []
    readers: list[Reader] = []

    def _open(size: dict[str, Any], **more: Any) -> Reader:
        context = chromium.new_context(
            base_url=stage.url,
            locale="es-EC",
            reduced_motion="reduce",
            **({"timezone_id": "America/Guayaquil"} | size | more),
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        readers.append(Reader(context.new_page(), stage, request.node.name))
        return readers[-1]

    yield _open
    complaints = [complaint for reader in readers for complaint in reader.complaints]
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def desk(opened: Callable[..., Reader]) -> Reader:
    return opened(DESK)


@pytest.fixture
def phone(opened: Callable[..., Reader]) -> Reader:
    return opened(PHONE)
