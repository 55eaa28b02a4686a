"""`./minga demo` as a person meets it: from nothing, stopped, and again with the same data."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from launcher.home import ROOT, Home
from launcher.project import answers, listens
from launcher.services import Services
from tests.launcher.conftest import clean_environment, free_port, processes_of

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("launcher")]
# The promises are 90 s from an empty cache and 15 s the next time, on a machine that does nothing else;
# here the rest of the suite runs beside it, with one worker more than there are processors.
FIRST_SECONDS, NEXT_SECONDS = 180, 60


class Demo:
    """One run of ./minga demo, read until it says where it is."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "minga", "demo"],
            env=clean_environment(MINGA_HOME=str(home), MINGA_PORT=str(self.port), DATABASE_URL="postgres://no@no/no"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.said = ""
        for line in self.process.stdout or ():
            self.said += line
            if "Ctrl-C" in line:
                break
        self.seconds = time.monotonic() - started

    def __enter__(self) -> "Demo":
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)
        self.process.stdout.close()

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def sql(home: Path, text: str) -> str:
    place = Home(home)
    place.prepare()
    return Services(place).database.sql("minga", text, role="minga_owner")


def opens_soon(url: str) -> bool:
    """The first page compiles its templates; a machine busy with the rest of the suite takes its time for it."""
    deadline = time.monotonic() + 20
    while not (open_now := answers(url)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return open_now


def test_demo_starts_from_nothing_stops_clean_and_goes_on_with_the_same_data(place: Path) -> None:
    with Demo(place) as first:
        assert f"http://127.0.0.1:{first.port}/" in first.said, first.said
        assert first.seconds < FIRST_SECONDS
        assert opens_soon(f"http://127.0.0.1:{first.port}/healthz/ready")
        assert opens_soon(f"http://127.0.0.1:{first.port}/es/")
        for word in (".example", "contraseña"):
            assert word in first.said
        people = sql(place, "CREATE TABLE kept AS SELECT 42 AS answer; SELECT count(*) FROM accounts_user;")
        assert int(people) > 0
        mails = int(
            (Home(place).run / "state.json")
            .read_text()
            .partition('"mail_port": ')[2]
            .split("}")[0]
            .split(",")[0]
        )
        assert listens(mails)
        assert first.end(signal.SIGINT) == 0
    assert processes_of(place) == []
    with Demo(place) as second:
        assert second.seconds < NEXT_SECONDS
        assert sql(place, "SELECT answer FROM kept;") == "42"
        assert sql(place, "SELECT count(*) FROM accounts_user;") == people
        second.process.kill()
        deadline = time.monotonic() + 25
        while processes_of(place) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert processes_of(place) == []
