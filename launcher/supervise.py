"""Keeps children running, runs steps beside them, and stops everything in reverse order.

One thread: it reads what children write, restarts what died, and notices signals between two looks.
"""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from launcher import status
from launcher.child import Child, end_leftovers, follow_parent
from launcher.console import Console
from launcher.home import ROOT, Home
from launcher.words import Refusal, say

LOOK_SECONDS = 0.1
STOP_SECONDS = 15
# Crash recovery after a power cut may have a gigabyte of log to replay.
READY_SECONDS = 120


class Stop(BaseException):
    """Somebody asked for the end: Ctrl-C, SIGTERM, or the terminal went away."""


@dataclass
class Step:
    """A command that runs once; its output goes to setup.log, or what it prints to a file of its own."""

    name: str
    command: list[str]
    environment: dict[str, str]
    may_fail: bool = False
    label: str = ""
    printed: Path | None = None


class Supervisor:
    """Owns the children of one home from the lock to the last exit."""

    def __init__(self, home: Home, console: Console) -> None:
        self.home = home
        self.console = console
        self.children: list[Child] = []
        self._asked = 0
        self._stopping = False

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Holds the home's lock and, whatever happens inside, stops every child before giving it back."""
        self.home.lock()
        previous = {number: signal.signal(number, self._note) for number in STOP_SIGNALS}
        try:
            end_leftovers(self.home.run)
            yield
        finally:
            self.stop()
            status.remove(self.home)
            for number, handler in previous.items():
                signal.signal(number, handler)
            self.home.unlock()

    def start(self, child: Child) -> None:
        self.children.append(child)
        child.spawn(self.home.log, self.home.run)
        status.write(self.home, self.children)

    def wait_ready(self, child: Child, seconds: float = READY_SECONDS) -> None:
        """Waits until a child answers; it is restarted meanwhile if it dies."""
        deadline = time.monotonic() + seconds
        while not (child.is_running() and child.is_ready and child.is_ready()):
            if time.monotonic() > deadline or child.failures > 5:
                waited = seconds - max(0, deadline - time.monotonic())
                raise Refusal("not.ready", name=child.name, seconds=round(waited), log=child.log_path)
            self.look()
            self.console.status(f"{child.name}  {self.console.elapsed():.0f} s")

    def look(self) -> None:
        """One turn: read output, restart what is due, leave when asked."""
        if self._asked and not self._stopping:
            raise Stop
        pipes = [pipe for pipe in (child.output() for child in self.children) if pipe]
        if pipes:
            select.select(pipes, [], [], LOOK_SECONDS)
        else:
            time.sleep(LOOK_SECONDS)
        # A chatty child makes select return at once; the pause keeps that from becoming a busy loop.
        time.sleep(0.02)
        for child in self.children:
            for line in child.lines():
                if not self._stopping and child.is_worth_telling(line):
                    self.console.event(child.name, line[:200])
            if child.has_died() and not self._stopping:
                self._tell_death(child)
            if child.restart_at is not None and time.monotonic() >= child.restart_at and not self._stopping:
                child.spawn(self.home.log, self.home.run)
                status.write(self.home, self.children)
                self._tell(child, say("back"))

    def run(self, *steps: Step) -> dict[str, int]:
        """Runs steps at the same time while the children are looked after; gives their exit codes.

        A step that fails ends the rest and is refused with the place of its log, unless it may fail.
        """
        log = self.home.log / "setup.log"
        running: dict[str, tuple[Step, subprocess.Popen, float]] = {}
        codes: dict[str, int] = {}
        try:
            for step in steps:
                running[step.name] = step, _begin(step, log), time.monotonic()
            while running:
                self.look()
                self._tell_progress(running)
                for name, (step, process, since) in list(running.items()):
                    if process.poll() is None:
                        continue
                    del running[name]
                    codes[name] = process.returncode
                    if process.returncode and not step.may_fail:
                        self._tell_tail(log)
                        raise Refusal("step.failed", step=step.label or say(name), log=log)
                    if not step.may_fail:
                        self.console.finished(step.label or say(name), time.monotonic() - since)
        finally:
            for _, process, _ in running.values():
                _end_step(process)
        return codes

    def keep(self) -> None:
        """Looks after the children until somebody asks for the end."""
        with contextlib.suppress(Stop):
            while True:
                self.look()

    def stop(self) -> None:
        """Stops the children, highest stage first: politely, after 15 s or a second request by force."""
        self._stopping = True
        self._asked = min(self._asked, 1)
        for stage in sorted({child.stage for child in self.children}, reverse=True):
            group = [child for child in self.children if child.stage == stage]
            for child in group:
                child.ask_to_stop()
            deadline = time.monotonic() + STOP_SECONDS
            while any(child.is_running() for child in group):
                names = ", ".join(child.name for child in group if child.is_running())
                self.console.status(f"{say('stopping')}: {names}")
                if time.monotonic() > deadline or self._asked > 1:
                    for child in group:
                        child.kill()
                self.look()
            for child in group:
                child.lines()
                child.forget()
        self.children.clear()
        self._stopping = False

    def _note(self, number: int, frame: object) -> None:
        self._asked += 1

    def _tell_death(self, child: Child) -> None:
        code = child.process.returncode if child.process else 0
        reason = say("died.signal", number=-code) if code < 0 else say("died.code", number=code)
        delay, times = child.plan_restart(), len(child.deaths)
        after = say("died.after", delay=delay) if delay else say("died.now")
        often = say("died.often", times=times) if times > 1 else ""
        status.write(self.home, self.children)
        self._tell(child, say("died", reason=reason, after=after, often=often))

    def _tell(self, child: Child, text: str) -> None:
        """Tells the console and, with the moment, a log that outlives it."""
        self.console.event(child.name, text)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with contextlib.suppress(OSError), (self.home.log / "supervisor.log").open("a") as log:
            log.write(f"{at} {child.name} {text}\n")

    def _tell_progress(self, running: dict) -> None:
        names = ", ".join(step.label or say(name) for name, (step, _, _) in running.items())
        if names:
            self.console.status(f"{names}  {self.console.elapsed():.0f} s")

    def _tell_tail(self, log: Path) -> None:
        for line in log.read_text(errors="replace").splitlines()[-12:]:
            self.console.line(f"    {line}")


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _begin(step: Step, log: Path) -> subprocess.Popen:
    with log.open("ab") as everything, (step.printed or log).open("wb" if step.printed else "ab") as printed:
        return subprocess.Popen(
            step.command, cwd=ROOT, env=step.environment, stdin=subprocess.DEVNULL, stdout=printed,
            stderr=everything, process_group=0,
            preexec_fn=follow_parent(signal.SIGTERM),  # noqa: PLW1509  the supervisor has one thread
        )  # fmt: skip


def _end_step(process: subprocess.Popen) -> None:
    """Ends a step and whatever it started; nothing when it has ended by itself."""
    if process.poll() is None:
        for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                return
