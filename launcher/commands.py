"""The commands of ./minga."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable

from launcher import clients, environment, project, services
from launcher.backup import backup
from launcher.checks import check
from launcher.console import Console
from launcher.faults import faults
from launcher.project import as_owner, manage
from launcher.restore import restore
from launcher.start import chosen_home, demo, external, up
from launcher.suite import test
from launcher.supervise import Stop, Supervisor
from launcher.swap import finish, is_pending
from launcher.words import Refusal, say


def manage_command(arguments: list[str]) -> int:
    """Passes a command to Django, on the services of the running Minga or on ones started for it."""
    console = Console()
    home = chosen_home(None)
    environment.ensure("base", console)
    kind, port = home.state().get("kind"), home.state().get("port", 8000)
    make = project.demo_environment if kind == "demo" else project.environment
    mail = f"smtp://127.0.0.1:{home.state().get('mail_port', 1025)}"
    if external() and kind != "demo":
        return _django(arguments, project.environment(home, port))
    embedded = services.Services(home)
    values = {"EMAIL_URL": os.environ.get("EMAIL_URL") or mail, **embedded.variables()}
    variables = make(home, port, **(values | ({"EMAIL_URL": mail} if kind == "demo" else {})))
    if home.is_busy():
        return _django(arguments, variables)
    supervisor = Supervisor(home, console)
    console.quiet = True
    with supervisor.holding():
        embedded.start(supervisor, console)
        if is_pending(home):
            finish(home, clients.embedded(home, embedded.database))
        return _django(arguments, variables, supervisor)


COMMANDS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "demo": (demo, "./minga demo"),
    "up": (up, "MINGA_ADMIN_EMAIL=ana@institucion.example ./minga up"),
    "backup": (backup, "./minga backup /respaldos/minga-$(date +%F).tar"),
    "restore": (restore, "./minga restore /respaldos/minga-2026-11-22.tar"),
    "test": (test, "./minga test tests/sessions --quick"),
    "check": (check, "./minga check"),
    "faults": (faults, "./minga faults F3 F9 --messages 1000"),
    "manage": (manage_command, "./minga manage shell"),
}


def main(arguments: list[str]) -> int:
    """Runs one command; whatever a person can mend is told in one sentence, without a traceback."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        _help()
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        print(say("unknown", name=name), file=sys.stderr)
        return 1
    if rest and rest[0] in ("-h", "--help") and name != "manage":
        print(f"{say('about.' + name)}\n  {COMMANDS[name][1]}")
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return COMMANDS[name][0](rest)
    except Refusal as refusal:
        print(f"\n{refusal}" if sys.stderr.isatty() else refusal, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Stop):
        with contextlib.suppress(OSError):
            print(f"\n{say('interrupted')}", file=sys.stderr)
        return 130


def _django(arguments: list[str], variables: dict[str, str], supervisor: Supervisor | None = None) -> int:
    """Runs manage.py on this terminal and gives its exit code."""
    if arguments and arguments[0] in project.OWNER_COMMANDS:
        variables = as_owner(variables)
    with subprocess.Popen(manage(*arguments), env=variables) as process:
        try:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    if supervisor:
                        supervisor.look()
                        continue
                    process.wait(1)
        except (KeyboardInterrupt, Stop):
            # Ctrl-C reached Django by the terminal too; a signal to the launcher alone did not.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)
            process.terminate()
            raise
    return process.returncode


def _help() -> None:
    print(f"{say('usage')}\n")
    for name, (_, example) in COMMANDS.items():
        print(f"  {name:<8} {say('about.' + name)}\n           {example}\n")
    print(say("variables"))


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
