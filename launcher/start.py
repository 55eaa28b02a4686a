"""./minga demo and ./minga up: from nothing to a running site, and until somebody says stop."""

import contextlib
import os
import sys

from launcher import clients, environment, project, services, swap
from launcher.console import Console
from launcher.home import Home, require_disk
from launcher.project import SERVICES, as_owner, step
from launcher.supervise import Supervisor
from launcher.words import Refusal, say

# The database, its log and a month of mails of a small Minga.
HOME_GIGABYTES = 0.3


def demo(arguments: list[str]) -> int:
    """Starts Minga with its example world on services of its own, whatever the shell has set."""
    console = Console()
    home = chosen_home("demo")
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
        _finish_restore(home, embedded)
        supervisor.start(services.mail(home, variables, mail_port))
        _prepare(supervisor, home, variables, fresh=embedded.database.is_new)
        web = services.web(variables, port)
        supervisor.start(web)
        logins = _load(supervisor, home, variables, fresh=embedded.database.is_new)
        for child in services.workers(home, variables):
            supervisor.start(child)
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
    outside = external()
    home = chosen_home("up")
    port = project.chosen_port("up")
    known = home.state().get("administrator")
    administrator = os.environ.get("MINGA_ADMIN_EMAIL") or known or _ask_administrator()
    environment.ensure("base", console)
    supervisor = Supervisor(home, console)
    with supervisor.holding():
        home.state(kind="up", port=port)
        values, embedded, mail_port = {"MINGA_DEMO": "0"}, None, None
        if not outside:
            embedded = services.Services(home)
            values |= embedded.variables()
        if not os.environ.get("EMAIL_URL"):
            mail_port = project.mail_port(home)
            values["EMAIL_URL"] = f"smtp://127.0.0.1:{mail_port}"
        variables = project.environment(home, port, **values)
        if embedded:
            embedded.start(supervisor, console)
        _finish_restore(home, embedded)
        if mail_port:
            supervisor.start(services.mail(home, variables, mail_port))
        _prepare(supervisor, home, variables, fresh=bool(embedded and embedded.database.is_new))
        web = services.web(variables, port)
        for child in (web, *services.workers(home, variables)):
            supervisor.start(child)
        steps = [step("load_taxonomies", "load_taxonomies", variables=variables)]
        if administrator != known:
            steps.append(
                step("first_administrator", "first_administrator", administrator, variables=variables)
            )
        supervisor.run(*steps)
        home.state(administrator=administrator)
        supervisor.wait_ready(web)
        _welcome(console, port)
        if mail_port:
            console.line(f"  {say('mail.plain', place=home.mail)}")
        console.line(f"  {say('how.stop', home=home.path)}\n")
        supervisor.keep()
    console.line(f"\n{say('stopped', home=home.path)}")
    return 0


def chosen_home(kind: str | None) -> Home:
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


def external() -> bool:
    """Says whether the services come from outside; a mixture is refused with what is missing."""
    given = [name for name in SERVICES if os.environ.get(name)]
    if given in ([], ["EMAIL_URL"]):
        return False
    missing = [name for name in SERVICES if name not in given]
    if missing:
        raise Refusal("mixture", names=", ".join(missing))
    return True


def _finish_restore(home: Home, embedded: services.Services | None) -> None:
    """A restore that was killed is completed or taken back before anything reads the data."""
    if swap.is_pending(home):
        swap.finish(home, clients.embedded(home, embedded.database) if embedded else clients.outside(home))


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


def _load(supervisor: Supervisor, home: Home, variables: dict[str, str], fresh: bool) -> str:
    """Loads the example world and gives its logins; in a world that is there both at the same time."""
    load = step("load_demo", "load_demo", variables=variables)
    ask = step("logins", "demo_logins", variables=variables, may_fail=True)
    ask.printed = home.run / "logins"
    if fresh:
        supervisor.run(load)
        supervisor.run(ask)
    else:
        supervisor.run(load, ask)
    text = ask.printed.read_text(errors="replace")
    ask.printed.unlink()
    return text


def _ask_administrator() -> str:
    answer = ""
    if sys.stdin and sys.stdin.isatty():
        with contextlib.suppress(EOFError):
            answer = input(say("ask.admin")).strip()
    if "@" not in answer:
        raise Refusal("no.admin")
    return answer


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
