"""Puts the parts together: the embedded services, and the project's processes above them."""

import re
import signal
import time

from launcher import project
from launcher.child import Child
from launcher.console import Console
from launcher.engine import Engine
from launcher.home import Home
from launcher.postgres import Postgres
from launcher.redis import Redis
from launcher.supervise import Supervisor
from launcher.words import say

# Refused statements are ordinary business of a database; only its own troubles are told.
DATABASE_ALARM = re.compile(r"\bPANIC\b")
BARE = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


class Services:
    """The embedded PostgreSQL and Redis of a home."""

    def __init__(self, home: Home, throwaway: bool = False) -> None:
        engine = Engine(home)
        self.home = home
        self.database = Postgres(home, engine, throwaway)
        self.queue = Redis(home, engine, throwaway)

    def start(self, supervisor: Supervisor, console: Console) -> None:
        """Starts both, waits until they answer, and sees to roles and rights."""
        started = time.monotonic()
        self.database.initialise()
        database = Child(
            "postgres", self.database.command(), 0, BARE, account=self.home.account,
            stop_signal=signal.SIGINT, is_ready=self.database.is_ready, alarm=DATABASE_ALARM,
        )  # fmt: skip
        queue = Child(
            "redis", self.queue.command(), 1, BARE, account=self.home.account, is_ready=self.queue.is_ready
        )
        supervisor.start(database)
        supervisor.start(queue)
        supervisor.wait_ready(database)
        self.database.provision()
        console.finished(say("database"), time.monotonic() - started)
        supervisor.wait_ready(queue)

    def variables(self) -> dict[str, str]:
        """How the project reaches them."""
        return {
            "DATABASE_URL": self.database.url("minga_app"),
            "DATABASE_OWNER_URL": self.database.url("minga_owner"),
            "REDIS_URL": self.queue.url(),
        }


def web(variables: dict[str, str], port: int) -> Child:
    url = f"http://127.0.0.1:{port}/healthz/ready"
    return Child("web", project.web_command(port), 3, variables, is_ready=lambda: project.answers(url))


def mail(home: Home, variables: dict[str, str], port: int) -> Child:
    return Child(
        "mail", project.mail_command(home, port), 2, variables, is_ready=lambda: project.listens(port)
    )


def workers(home: Home, variables: dict[str, str]) -> list[Child]:
    return [
        Child("worker", project.worker_command(), 3, variables),
        Child("beat", project.beat_command(home), 3, variables),
    ]
