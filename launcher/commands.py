"""The commands of ./minga."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable

from launcher import environment, project, services
from launcher.checks import check
from launcher.console import Console
from launcher.home import Home, require_disk
from launcher.project import SERVICES, as_owner, manage, step
from launcher.suite import test
from launcher.supervise import Stop, Supervisor
from launcher.words import Refusal, say

# The database, its log and a month of mails of a small Minga.
HOME_GIGABYTES = 0.3


def demo(arguments: list[str]) -> int:
    """Starts Minga with its example world on services of its own, whatever the shell has set."""
    console = Console()
    home = _home("demo")
    port = project.chosen_port("demo")
    environment.ensure("base", console)
    supervisor = Supervisor(home, console)
    with supervisor.holding():
        embedded = services.Services(home)
        mail_port = project.mail_port(home)
        variables = project.demo_environment(
            home, port, EMAIL_URL=f"smtp://127.0.0.1:{mail_port}", **embedded.variables()
        )
        home.state(kind="demo", port=port)
        embedded.start(supervisor, console)
        supervisor.start(services.mail(home, variables, mail_port))
        _prepare(supervisor, home, variables, fresh=embedded.database.is_new)
        web = services.web(variables, port)
        supervisor.start(web)
        supervisor.run(step("load_demo", "load_demo", variables=variables))
        for child in services.workers(home, variables):
            supervisor.start(child)
        logins = supervisor.ask(step("logins", "demo_logins", variables=variables))
        supervisor.wait_ready(web)
        _welcome(console, port)
        _tell_logins(console, logins)
        console.line(f"  {say('mail.kept', place=home.mail)}")
        console.line(f"  {say('how.stop', home=home.path)}\n")
        supervisor.keep()
    console.line(f"\n{say('stopped', home=home.path)}")
    return 0


def up(arguments: list[str]) -> int:
    """Starts Minga with the institution's own data; embedded services only where none are named."""
    console = Console()
    external = _external()
    home = _home("up")
    port = project.chosen_port("up")
    known = home.state().get("administrator")
    administrator = os.environ.get("MINGA_ADMIN_EMAIL") or known or _ask_administrator()
    environment.ensure("base", console)
    supervisor = Supervisor(home, console)
    with supervisor.holding():
        home.state(kind="up", port=port)
        values, embedded, mail_port = {"MINGA_DEMO": "0"}, None, None
        if not external:
            embedded = services.Services(home)
            values |= embedded.variables()
        if not os.environ.get("EMAIL_URL"):
            mail_port = project.mail_port(home)
            values["EMAIL_URL"] = f"smtp://127.0.0.1:{mail_port}"
        variables = project.environment(home, port, **values)
        if embedded:
            embedded.start(supervisor, console)
        if mail_port:
            supervisor.start(services.mail(home, variables, mail_port))
        _prepare(supervisor, home, variables, fresh=bool(embedded and embedded.database.is_new))
        web = services.web(variables, port)
        for child in (web, *services.workers(home, variables)):
            supervisor.start(child)
        if administrator != known:
            supervisor.run(
                step("first_administrator", "first_administrator", administrator, variables=variables)
            )
            home.state(administrator=administrator)
        supervisor.wait_ready(web)
        _welcome(console, port)
        if mail_port:
            console.line(f"  {say('mail.plain', place=home.mail)}")
        console.line(f"  {say('how.stop', home=home.path)}\n")
        supervisor.keep()
    console.line(f"\n{say('stopped', home=home.path)}")
    return 0


def manage_command(arguments: list[str]) -> int:
    """Passes a command to Django, on the services of the running Minga or on ones started for it."""
    console = Console()
    home = _home(None)
    environment.ensure("base", console)
    kind, port = home.state().get("kind"), home.state().get("port", 8000)
    make = project.demo_environment if kind == "demo" else project.environment
    mail = f"smtp://127.0.0.1:{home.state().get('mail_port', 1025)}"
    if _external() and kind != "demo":
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
        return _django(arguments, variables, supervisor)


COMMANDS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "demo": (demo, "./minga demo"),
    "up": (up, "MINGA_ADMIN_EMAIL=ana@institucion.example ./minga up"),
    "test": (test, "./minga test tests/sessions --quick"),
    "check": (check, "./minga check"),
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


def _home(kind: str | None) -> Home:
    """The chosen home, prepared; to start as `kind` it must be free and not belong to the other kind."""
    home = Home.chosen()
    require_disk(home.path, HOME_GIGABYTES)
    home.prepare()
    if kind:
        if home.state().get("kind", kind) != kind:
            raise Refusal("other.kind", home=home.path, kind=home.state()["kind"])
        home.lock()
        home.unlock()
    return home


def _prepare(supervisor: Supervisor, home: Home, variables: dict[str, str], fresh: bool) -> None:
    """Brings texts, styles and tables up to date, side by side; skips what has not changed."""
    owner = as_owner(variables)
    steps = project.preparations(home, variables)
    if not fresh:
        pending = step("migrate.check", "migrate", "--check", variables=owner, may_fail=True)
        fresh = bool(supervisor.run(pending, *steps)["migrate.check"])
        project.done(home, steps)
        steps = []
    if fresh:
        steps.append(step("migrate", "migrate", "--noinput", variables=owner))
    supervisor.run(*steps)
    project.done(home, steps)


def _external() -> bool:
    """Says whether the services come from outside; a mixture is refused with what is missing."""
    given = [name for name in SERVICES if os.environ.get(name)]
    if given in ([], ["EMAIL_URL"]):
        return False
    missing = [name for name in SERVICES if name not in given]
    if missing:
        raise Refusal("mixture", names=", ".join(missing))
    return True


def _ask_administrator() -> str:
    answer = ""
    if sys.stdin and sys.stdin.isatty():
        with contextlib.suppress(EOFError):
            answer = input(say("ask.admin")).strip()
    if "@" not in answer:
        raise Refusal("no.admin")
    return answer


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


def _welcome(console: Console, port: int) -> None:
    url = console.paint(f"http://127.0.0.1:{port}/", 1)
    console.line(f"\n{say('ready', seconds=f'{console.elapsed():.0f}', url=url)}\n")


def _tell_logins(console: Console, text: str) -> None:
    rows = [[say("login.email"), say("login.password"), say("login.role")]]
    rows += [row for row in (line.split(None, 2) for line in text.splitlines()) if len(row) == 3]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    if len(rows) > 1:
        for number, row in enumerate(rows):
            text = f"  {row[0]:<{first}}  {row[1]:<{second}}  {row[2]}"
            console.line(console.paint(text, 2) if number == 0 else text)
        console.line()


def _help() -> None:
    print(f"{say('usage')}\n")
    for name, (_, example) in COMMANDS.items():
        print(f"  {name:<8} {say('about.' + name)}\n           {example}\n")
    print(say("variables"))


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
