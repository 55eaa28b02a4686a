"""./minga test: the suite on a PostgreSQL and a Redis that live as long as it does."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from launcher import environment, project, services, status
from launcher.console import Console
from launcher.environment import PYTHON
from launcher.home import ROOT, Home
from launcher.supervise import Stop, Supervisor

QUICK = "not browser and not race and not fault and not slow"
# What tests may still learn from the shell that called them.
PASSED_ON = ("MINGA_REQUIRE_BROWSER", "MINGA_TEST_SCALE")


def test(arguments: list[str]) -> int:
    """Runs pytest with `arguments`; `--quick` leaves out browser, races, faults and slow ones. Gives pytest's exit code."""
    console = Console()
    environment.ensure("dev", console)
    quick = ["-m", QUICK] if "--quick" in arguments else []
    paths = [argument for argument in arguments if argument != "--quick"]
    with throwaway_home() as home:
        supervisor = Supervisor(home, console)
        with supervisor.holding():
            embedded = services.Services(home, throwaway=True)
            variables = variables_for_tests(home, embedded)
            embedded.start(supervisor, console)
            steps = [step for step in project.preparations(home, variables) if step.name == "catalogues"]
            steps.append(project.step("migrate", "migrate", "--noinput", variables=variables))
            supervisor.run(*steps)
            variables["MINGA_TEST_TEMPLATE"] = "minga"
            # One more than there are processors: who kills a service waits for it longer than it computes. Six at most,
            # for each has rooms of its own in Redis (tests/browser/stage.py).
            workers = str(min(max(2, os.cpu_count() or 2) + 1, 6))
            command = [str(PYTHON), "-m", "pytest", "-n", workers, "--dist", "loadgroup", *quick, *paths]
            return _foreground(command, variables, supervisor)


@contextlib.contextmanager
def throwaway_home() -> Iterator[Home]:
    """A home in the folder for temporary files, gone afterwards; short, for sockets live in it."""
    place = Path(tempfile.mkdtemp(prefix="minga-test-"))
    if os.geteuid() == 0:
        place.chmod(0o711)
    try:
        home = Home(place)
        home.prepare()
        yield home
    finally:
        shutil.rmtree(place, ignore_errors=True)


def variables_for_tests(home: Home, embedded: services.Services) -> dict[str, str]:
    """The environment of the suite: the owner's role, because each worker makes its own database."""
    addresses = embedded.variables()
    variables = project.demo_environment(home, 8000, EMAIL_URL="smtp://127.0.0.1:9", **addresses)
    for name in ("MINGA_DEMO", "MINGA_PORT", "MINGA_BASE_URL", status.VARIABLE):
        del variables[name]
    variables |= {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return variables | {
        "DJANGO_SETTINGS_MODULE": "coordination.settings.test",
        "DATABASE_URL": addresses["DATABASE_OWNER_URL"],
        "DATABASE_APP_URL": addresses["DATABASE_URL"],
    }


def _foreground(command: list[str], variables: dict[str, str], supervisor: Supervisor) -> int:
    """Runs pytest on this terminal; asked to end, gives it time to say what had passed."""
    process = subprocess.Popen(command, cwd=ROOT, env=variables)
    try:
        while process.poll() is None:
            supervisor.look()
    except Stop:
        patience = time.monotonic() + 2
        while process.poll() is None and time.monotonic() < patience:
            time.sleep(0.1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
        return 130
    return process.returncode
