"""One process under the supervisor: how it starts, what it writes, how it ends."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from launcher.home import ROOT, Account, write_private

PR_SET_PDEATHSIG = 1
# Back-off of restarts in seconds: the first is at once, none is ever the last.
DELAYS = (0, 1, 2, 5, 10, 30)
# A child that has lived this long starts its back-off anew; deaths are counted over as long a time.
STEADY_SECONDS = 60
LOG_BYTES = 5_000_000
ALARM = re.compile(r"\b(ERROR|CRITICAL|FATAL|PANIC)\b|level=(error|critical)|^Traceback|Unrecoverable error")
# What an outage repeats goes to the log; the console shows this many lines in so many seconds.
TOLD_LINES, TOLD_SECONDS = 4, 10

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(eq=False)
class Child:
    """A command that is kept running. `stage` orders starting (low first) and stopping (high first)."""

    name: str
    command: list[str]
    stage: int
    environment: dict[str, str]
    account: Account | None = None
    stop_signal: int = signal.SIGTERM
    is_ready: Callable[[], bool] | None = None
    alarm: re.Pattern[str] = ALARM
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0, init=False)
    restart_at: float | None = field(default=None, init=False)
    failures: int = field(default=0, init=False)
    # For the status file: since when it is as it is, how often it was started again, how it last ended.
    changed_at: float = field(default=0, init=False)
    restarts: int = field(default=0, init=False)
    last_exit: int | None = field(default=None, init=False)
    deaths: list[float] = field(default_factory=list, init=False)
    _partial: bytes = field(default=b"", init=False)
    _told: list[float] = field(default_factory=list, init=False)

    def spawn(self, log: Path, run: Path) -> None:
        """Starts the process in its own group, told by the kernel when its supervisor dies."""
        self.log_path = log / f"{self.name}.log"
        self._pid_path = run / f"{self.name}.pid"
        self.process = subprocess.Popen(
            self.command,
            cwd="/" if self.account else ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=follow_parent(self.stop_signal),  # noqa: PLW1509  the supervisor has one thread
            **(self.account.popen_arguments() if self.account else {}),
        )
        assert self.process.stdout  # noqa: S101  a pipe was asked for
        os.set_blocking(self.process.stdout.fileno(), False)
        self.restarts += self.restart_at is not None
        self.started_at = self.changed_at = time.monotonic()
        self.restart_at = None
        write_private(self._pid_path, f"{self.process.pid} {birth(self.process.pid)}\n")

    def has_died(self) -> bool:
        """Says whether the process has ended; before its number is given back its whole group is ended,
        so that no half of it keeps a port or a socket."""
        if self.process is None or self.process.returncode is not None:
            return False
        if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        self._signal_group(signal.SIGKILL)
        self.process.wait()
        return True

    def lines(self) -> list[str]:
        """New output since the last call, written to the log; gives back the complete lines."""
        pipe = self.output()
        if pipe is None:
            return []
        pieces = []
        while True:
            with contextlib.suppress(BlockingIOError):
                piece = os.read(pipe.fileno(), 65536)
                if piece:
                    pieces.append(piece)
                    continue
                pipe.close()
            break
        new = b"".join(pieces)
        if not new:
            return []
        with contextlib.suppress(OSError), self.log_path.open("ab") as log:
            log.write(new)
            if log.tell() > LOG_BYTES:
                os.replace(self.log_path, self.log_path.with_suffix(".log.1"))
        *whole, self._partial = (self._partial + new).split(b"\n")
        self._partial = self._partial[-LOG_BYTES // 100 :]
        return [line.decode(errors="replace").rstrip() for line in whole]

    def is_worth_telling(self, line: str) -> bool:
        """Says whether a line is an error the console has room for."""
        if not self.alarm.search(line):
            return False
        now = time.monotonic()
        self._told = [then for then in self._told if now - then < TOLD_SECONDS]
        if len(self._told) >= TOLD_LINES:
            return False
        self._told.append(now)
        return True

    def plan_restart(self) -> float:
        """Notes the death, decides when to start again and gives the delay in seconds."""
        now = time.monotonic()
        if now - self.started_at > STEADY_SECONDS:
            self.failures = 0
        delay = DELAYS[min(self.failures, len(DELAYS) - 1)]
        self.failures += 1
        self.restart_at, self.changed_at = now + delay, now
        self.last_exit = self.process.returncode if self.process else None
        self.deaths = [then for then in self.deaths if now - then < STEADY_SECONDS] + [now]
        return delay

    def ask_to_stop(self) -> None:
        if self.process is not None and self.is_running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, self.stop_signal)

    def kill(self) -> None:
        if self.is_running():
            self._signal_group(signal.SIGKILL)

    def output(self) -> IO[bytes] | None:
        """The open end of its output, for select."""
        pipe = self.process.stdout if self.process else None
        return pipe if pipe and not pipe.closed else None

    def is_running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    def forget(self) -> None:
        """Takes away the note of its process number after an orderly stop."""
        if self.process is not None:
            self._pid_path.unlink(missing_ok=True)

    def _signal_group(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


def follow_parent(number: int) -> Callable[[], None] | None:
    """What a new process does before its program starts: ask for `number` when its parent dies."""
    if _libc is None:
        return None
    libc, parent = _libc, os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def birth(pid: int) -> str:
    """When a process began, in ticks since boot: with its number it is unique; empty where unknown."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def end_leftovers(run: Path) -> None:
    """Ends what a killed supervisor left running, before new ones use the same sockets and files."""
    for note in sorted(run.glob("*.pid")):
        pid, _, born = note.read_text().strip().partition(" ")
        if pid.isdigit() and born and birth(int(pid)) == born:
            gentle = signal.SIGINT if note.stem == "postgres" else signal.SIGTERM
            _end(int(pid), born, gentle)
        note.unlink(missing_ok=True)


def _end(pid: int, born: str, gentle: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, gentle)
        for _ in range(150):
            if birth(pid) != born or _is_zombie(pid):
                return
            time.sleep(0.1)
        os.killpg(pid, signal.SIGKILL)
        time.sleep(0.2)


def _is_zombie(pid: int) -> bool:
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True
