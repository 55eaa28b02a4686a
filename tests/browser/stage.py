"""The real parts under the browser: web server, Celery worker and mail catcher, on the database of the tests."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from tests.browser.mailbox import Mailbox

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
READY = 60.0


@dataclass
class Stage:
    """Where the site answers and where its mail lands."""

    url: str
    mailbox: Mailbox
    variables: dict[str, str]
    _children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def address(self, path: str) -> str:
        return f"{self.url}{path}"

    def sweep(self, ahead: timedelta = timedelta()) -> None:
        """Rings every sweep once, in a process whose clock is ``ahead`` of everybody else's."""
        variables = self.variables | {"MINGA_CLOCK_OFFSET": str(int(ahead.total_seconds()))}
        command = [sys.executable, str(ROOT / "manage.py"), "drain"]
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr[-4000:]

    def start(self, name: str, command: list[str], log: Path) -> None:
        with (log / f"{name}.log").open("wb") as output:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.variables,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children.append(child)

    def stop(self) -> None:
        for child in reversed(self._children):
            with_group = os.getpgid(child.pid) if child.poll() is None else None
            if with_group is None:
                continue
            os.killpg(with_group, signal.SIGTERM)
            try:
                child.wait(2)
            except subprocess.TimeoutExpired:
                os.killpg(with_group, signal.SIGKILL)
                child.wait(2)


@contextmanager
def running() -> Iterator[Stage]:
    """Starts the parts, waits until they answer, and leaves nothing behind."""
    home = Path(tempfile.mkdtemp(prefix="minga-browser-"))
    web, smtp = free_port(), free_port()
    mail = home / "mail"
    mail.mkdir()
    stage = Stage(f"http://127.0.0.1:{web}", Mailbox(mail, home / "worker.log"), _variables(home, web, smtp))
    try:
        manage = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(manage, cwd=ROOT, env=stage.variables, check=True, capture_output=True, timeout=120)
        catcher = [sys.executable, "-m", "launcher.mailcatcher", "--port", str(smtp), "--folder", str(mail)]
        stage.start("mail", catcher, home)
        server = [
            str(BIN / "granian"),
            "--interface",
            "wsgi",
            "coordination.wsgi:application",
            "--host",
            "127.0.0.1",
        ]
        stage.start("web", [*server, "--port", str(web), "--workers", "1", "--blocking-threads", "4"], home)
        worker = [
            str(BIN / "celery"),
            "-A",
            "coordination",
            "worker",
            "--pool",
            "solo",
            "--loglevel",
            "WARNING",
        ]
        beat = [
            "--beat",
            "--schedule",
            str(home / "beat"),
        ]  # a ring that nobody hears is made good by its timetable
        stage.start("worker", [*worker, "--without-gossip", "--without-mingle", *beat], home)
        answering(lambda: listens(smtp), "the mail catcher", home / "mail.log")
        answering(lambda: _answers(stage.address("/healthz/live")), "the web server", home / "web.log")
        yield stage
    finally:
        stage.stop()
        shutil.rmtree(home, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_alone() -> None:
    """Until nobody else has the database of the tests open: a stopped program's last statement may still run."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    def alone() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(others)
            return bool(cursor.fetchone() == (0,))

    wait_until(alone, lambda: "somebody still has the database of the tests open")


def answering(condition: Callable[[], bool], what: str, log: Path) -> None:
    wait_until(condition, lambda: f"{what} does not answer:\n{log.read_text()[-3000:]}")


def wait_until(condition: Callable[[], bool], complaint: Callable[[], str]) -> None:
    until = time.monotonic() + READY
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(complaint())
        time.sleep(0.1)


def _variables(home: Path, web: int, smtp: int) -> dict[str, str]:
    database = (
        urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    )
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "PYTHONPATH": str(ROOT),
        "SECRET_KEY": settings.SECRET_KEY,
        "MINGA_LINK_KEY": settings.LINK_KEY,
        "MINGA_BASE_URL": f"http://127.0.0.1:{web}",
        "MINGA_HOME": str(home),
        "MINGA_MAIL_DIR": str(home / "mail"),
        "MINGA_STATIC_ROOT": str(home / "static"),
        # A move and its mail lie ten minutes apart so that several edits become one; nobody here waits that long.
        "MINGA_DEBOUNCE_SECONDS": "0",
        "DATABASE_URL": database,
        "DATABASE_OWNER_URL": database,
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp}",
        # Rooms of their own in Redis, for each of pytest's processes: a worker that serves another database would
        # hear these rings, and where two listen Redis gives every second ring to the wrong one.
        "REDIS_URL": _redis(4 + 2 * _process()),
        "MINGA_CACHE_URL": _redis(5 + 2 * _process()),
    }


def _process() -> int:
    """Which of pytest's processes this is, from 0; the launcher starts six at most, Redis has sixteen rooms."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def _redis(number: int) -> str:
    url = settings.REDIS_URL
    return (
        re.sub(r"db=\d+", f"db={number}", url)
        if "db=" in url
        else f"{url.rstrip('/').removesuffix('/0')}/{number}"
    )


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
