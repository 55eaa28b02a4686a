"""A small Minga for fault tests: the real supervisor, PostgreSQL and Redis, and a web server of four lines.

Run as a program: python -m tests.launcher.little HOME PORT; prints "ready" when all answer.
"""

import sys
from pathlib import Path

from launcher import project
from launcher.child import Child
from launcher.console import Console
from launcher.home import Home
from launcher.services import BARE, Services
from launcher.supervise import Stop, Supervisor


def main(place: str, port: int) -> int:
    home = Home(Path(place))
    home.prepare()
    console = Console()
    supervisor = Supervisor(home, console)
    try:
        with supervisor.holding():
            Services(home).start(supervisor, console)
            command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
            web = Child(
                "web",
                [*command, "--directory", str(home.mail)],
                3,
                BARE,
                is_ready=lambda: project.listens(port),
            )
            supervisor.start(web)
            supervisor.wait_ready(web)
            console.line("ready")
            supervisor.keep()
    except Stop:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
