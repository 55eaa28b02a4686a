"""A mail catcher of their own for the journeys: the sweeps speak SMTP to it and the letters are read from its folder."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.mailbox import Mailbox
from tests.browser.stage import ROOT, answering, free_port, listens


@pytest.fixture(scope="module")
def caught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    folder, port = tmp_path_factory.mktemp("mail"), free_port()
    log = folder / "catcher.log"
    command = [sys.executable, "-m", "launcher.mailcatcher", "--port", str(port), "--folder", str(folder)]
    with log.open("wb") as output:
        catcher = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        answering(lambda: listens(port), "the mail catcher", log)
        yield port, folder
    finally:
        catcher.terminate()
        catcher.wait(5)


@pytest.fixture
def mailbox(caught: tuple[int, Path], settings: pytest.FixtureRequest) -> Mailbox:
    port, folder = caught
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.DEBOUNCE_SECONDS = 600
    box = Mailbox(folder)
    box.clear()
    return box
