"""One child on its own: its log, its back-off, what of it reaches the console."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import child as module
from launcher.child import Child, birth
from tests.launcher.conftest import wait_until


@pytest.fixture
def talker(tmp_path: Path) -> Iterator[Child]:
    """A child that writes 300 errors and ends."""
    code = "for n in range(300): print('ERROR: number', n, flush=True)"
    one = Child("talker", [sys.executable, "-c", code], 0, {})
    one.spawn(tmp_path, tmp_path)
    yield one
    one.kill()
    if one.process:
        one.process.wait()
        if one.process.stdout and not one.process.stdout.closed:
            one.process.stdout.close()


def everything(child: Child) -> list[str]:
    seen: list[str] = []

    def ended() -> bool:
        seen.extend(child.lines())
        return child.has_died()

    wait_until(ended, 10)
    return seen + child.lines()


def test_the_log_keeps_all_and_the_console_a_few(talker: Child, tmp_path: Path) -> None:
    lines = everything(talker)
    assert lines == [f"ERROR: number {n}" for n in range(300)]
    assert (tmp_path / "talker.log").read_text().splitlines() == lines
    assert sum(talker.is_worth_telling(line) for line in lines) == module.TOLD_LINES
    assert not talker.is_worth_telling("all is well")


def test_a_large_log_makes_room(talker: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOG_BYTES", 100)
    everything(talker)
    assert (tmp_path / "talker.log.1").exists()


def test_back_off_grows_never_ends_and_forgets_a_steady_life(talker: Child) -> None:
    talker.started_at = time.monotonic()
    assert [talker.plan_restart() for _ in range(8)] == [0, 1, 2, 5, 10, 30, 30, 30]
    assert len(talker.deaths) == 8
    talker.started_at -= module.STEADY_SECONDS + 1
    talker.deaths = [then - module.STEADY_SECONDS for then in talker.deaths]
    assert talker.plan_restart() == 0
    assert len(talker.deaths) == 1


def test_a_process_is_known_by_its_birth(talker: Child, tmp_path: Path) -> None:
    pid, born = (tmp_path / "talker.pid").read_text().split()
    assert born == birth(int(pid))
    assert birth(2**22 + 1) == ""
