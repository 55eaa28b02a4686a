"""./minga faults: the table of faults, on services that live as long as it does and that keep what was committed."""

import contextlib
import signal
import subprocess

from launcher import environment, project, services
from launcher.child import follow_parent
from launcher.console import Console
from launcher.engine import Engine
from launcher.environment import PYTHON
from launcher.home import ROOT
from launcher.postgres import Postgres
from launcher.suite import throwaway_home, variables_for_tests
from launcher.supervise import Stop, Supervisor

PATIENCE = 30  # seconds in which the run takes its processes down when it is asked to end


class Durable(Postgres):
    """A throw-away cluster whose commits reach the disk: a stop at once must lose nothing that was promised."""

    def command(self) -> list[str]:
        durable = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
        return [*super().command(), *(part for setting in durable for part in ("-c", setting))]


def faults(arguments: list[str]) -> int:
    """Runs the faults named, or all; ends with 1 when a bound broke."""
    console = Console()
    environment.ensure("dev", console)
    with throwaway_home() as home:
        supervisor = Supervisor(home, console)
        with supervisor.holding():
            embedded = services.Services(home, throwaway=True)
            embedded.database = Durable(home, Engine(home), throwaway=True)
            # The run stops PostgreSQL by the number in this note; the supervisor starts it again.
            variables = variables_for_tests(home, embedded) | {
                "MINGA_FAULTS_POSTGRES": str(home.run / "postgres.pid")
            }
            embedded.start(supervisor, console)
            catalogues = [step for step in project.preparations(home, variables) if step.name == "catalogues"]
            supervisor.run(*catalogues)
            return _run([str(PYTHON), "-m", "tests.faults.table", *arguments], variables, supervisor)


def _run(command: list[str], variables: dict[str, str], supervisor: Supervisor) -> int:
    """On this terminal, while the services are looked after. In a group of its own: asked once, it ends in order."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=variables, process_group=0,
        preexec_fn=follow_parent(signal.SIGTERM),  # noqa: PLW1509  the supervisor has one thread
    )  # fmt: skip
    try:
        while process.poll() is None:
            supervisor.look()
    except Stop:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        return 130
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return process.returncode
