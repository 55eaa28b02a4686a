"""Homes and a small running Minga for the launcher's tests."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from launcher.home import ROOT, Home
from launcher.services import Services


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(**values: str) -> dict[str, str]:
    """This shell's variables without those that would change what a launcher does."""
    dropped = (
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "REDIS_URL",
        "EMAIL_URL",
        "SECRET_KEY",
        "LANG",
        "LC_ALL",
        "LC_MESSAGES",
    )
    kept = {
        k: v for k, v in os.environ.items() if k not in dropped and not k.startswith(("MINGA_", "DJANGO_"))
    }
    return kept | values


def wait_until(condition: Callable[[], object], seconds: float) -> float:
    """Waits for something to become true and gives how long it took."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if condition():
            return time.monotonic() - started
        time.sleep(0.05)
    pytest.fail(f"still not true after {seconds} s")


def processes_of(home: Path) -> list[str]:
    """Command lines of living processes that name this home in their arguments or their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            text = (folder / "cmdline").read_bytes() + b"\0" + (folder / "environ").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if os.fsencode(home) in text and state != "Z" and int(folder.name) != os.getpid():
                found.append(text[:80].decode(errors="replace"))
    return found


@dataclass
class Running:
    """A launcher in a process of its own."""

    home: Path
    port: int
    process: subprocess.Popen[str]

    def pid(self, child: str) -> int:
        return int((self.home / "run" / f"{child}.pid").read_text().split()[0])

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def database(self) -> Services:
        home = Home(self.home)
        home.prepare()
        return Services(home)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for a home, reachable for the unprivileged user; short, for sockets live in it."""
    folder = Path(tempfile.mkdtemp(prefix="minga-l-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start(place: Path) -> Iterator[Callable[..., Running]]:
    """``start()`` runs the small Minga until it says that it is ready."""
    running: list[Running] = []

    def _start(home: Path = place) -> Running:
        port = free_port()
        command = [sys.executable, "-m", "tests.launcher.little", str(home), str(port)]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(Running(home, port, process))
        seen = []
        for line in process.stdout or ():
            seen.append(line)
            if line.strip() == "ready":
                return running[-1]
        pytest.fail("".join(seen))

    yield _start
    for one in running:
        if one.process.poll() is None:
            one.end()
        if one.process.stdout:
            one.process.stdout.close()
