"""What the supervisor promises: back within 5 s, nothing left behind, nothing lost."""

import contextlib
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.project import listens
from launcher.words import Refusal
from tests.launcher.conftest import Running, processes_of, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("launcher")]


def status(home: Path) -> dict[str, dict]:
    """What the status file says, by part."""
    found = json.loads((home / "run" / "supervisor.json").read_text())
    return {part["part"]: part for part in found["parts"]}


def test_killed_children_are_back_within_five_seconds(start: Callable[[], Running]) -> None:
    running = start()
    services = running.database()
    old = {child: running.pid(child) for child in ("web", "redis", "postgres")}
    for pid in old.values():
        os.kill(pid, signal.SIGKILL)

    def all_answer() -> bool:
        new = all(running.pid(child) != pid for child, pid in old.items())
        return new and listens(running.port) and services.queue.is_ready() and services.database.is_ready()

    assert wait_until(all_answer, 5) < 5


def test_each_death_is_told_in_a_line_and_in_the_status_file(start: Callable[[], Running]) -> None:
    running = start()
    parts = status(running.home)
    assert list(parts) == ["postgres", "redis", "web"]
    assert {(part["state"], part["restarts"], part["last_exit"]) for part in parts.values()} == {
        ("running", 0, None)
    }
    for death in (1, 2):
        old = running.pid("web")
        os.kill(old, signal.SIGKILL)
        wait_until(lambda old=old: running.pid("web") != old, 5)
        wait_until(lambda death=death: status(running.home)["web"]["restarts"] == death, 5)
    web = status(running.home)["web"]
    assert (web["state"], web["pid"], web["last_exit"]) == ("running", running.pid("web"), -9)
    said = (running.home / "log" / "supervisor.log").read_text()
    assert "web terminó (señal 9); vuelve enseguida" in said
    assert "web terminó (señal 9); vuelve en 1 s; van 2 veces en un minuto" in said
    running.end()
    assert not (running.home / "run" / "supervisor.json").exists()


def test_a_part_that_waits_says_until_when(start: Callable[[], Running]) -> None:
    running = start()
    seen: dict = {}

    def waits() -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid("web"), signal.SIGKILL)
        seen.update(status(running.home)["web"])
        # After the first death it comes back at once; only later ones make it wait.
        return seen["state"] == "waiting" and seen["next_try"] > seen["since"]

    wait_until(waits, 10)
    assert seen["pid"] is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(start: Callable[[], Running], number: int) -> None:
    running = start()
    assert running.end(number) == 0
    assert processes_of(running.home) == []
    assert not listens(running.port)
    log = (running.home / "log" / "postgres.log").read_text()
    assert "database system is shut down" in log


def test_a_killed_supervisor_leaves_no_process_and_no_loss(start: Callable[[], Running]) -> None:
    first = start()
    first.database().database.sql("minga", "CREATE TABLE kept AS SELECT 42 AS answer;", role="minga_owner")
    first.end(signal.SIGKILL)
    wait_until(lambda: not processes_of(first.home), 10)
    second = start()
    assert second.database().database.sql("minga", "SELECT answer FROM kept;", role="minga_owner") == "42"


def test_a_database_that_lost_its_power_starts_again(start: Callable[[], Running]) -> None:
    first = start()
    os.kill(first.process.pid, signal.SIGSTOP)
    for child in ("postgres", "redis", "web"):
        os.kill(first.pid(child), signal.SIGKILL)
    first.end(signal.SIGKILL)
    assert (first.database().database.data / "postmaster.pid").exists()
    second = start()
    assert second.database().database.is_ready()


def test_a_second_launcher_on_the_same_home_is_refused(start: Callable[[], Running]) -> None:
    running = start()
    home = running.database().home
    with pytest.raises(Refusal, match=str(running.process.pid)):
        home.lock()


def test_a_leftover_note_about_another_process_is_harmless(start: Callable[[], Running], place: Path) -> None:
    run = place / "run"
    run.mkdir(parents=True)
    (run / "web.pid").write_text(f"{os.getpid()} 1\n")
    (run / "redis.pid").write_text("no number\n")
    assert start().end() == 0
