"""One process of the stage, with its children as one group."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from launcher.child import follow_parent

ROOT = Path(__file__).resolve().parent.parent.parent
ENDS_WITHIN = 90.0  # seconds: a batch of the worker, and an answer that takes 25
BACK_AFTER = 1.0  # seconds after which what exited is started again, as our supervisor does


class Program:
    """Started again by ``Stage.look`` when it exits, unless somebody has stopped it on purpose."""

    def __init__(self, name: str, command: list[str], variables: dict[str, str], folder: Path) -> None:
        self.name, self.command, self.variables = name, command, variables
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.wanted = False
        self.exits = 0
        self._gone_since: float | None = None

    def start(self) -> None:
        """In a group of its own; the kernel ends it should we be killed."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.variables, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
                preexec_fn=follow_parent(signal.SIGTERM),  # noqa: PLW1509  the stage has one thread
            )  # fmt: skip
        self.wanted, self._gone_since = True, None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def look(self) -> None:
        """Plays the supervisor: what exited comes back a second later, and what it left behind is ended first."""
        if not self.wanted or self.is_running:
            return
        if self._gone_since is None:
            self._gone_since = time.monotonic()
            self.exits += 1
            self.signal(signal.SIGKILL)
        if time.monotonic() - self._gone_since >= BACK_AFTER:
            self.start()

    def children(self) -> list[int]:
        with contextlib.suppress(OSError):
            return [
                int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            ]
        return []

    def kill(self) -> int:
        """SIGKILL for the whole group; returns how many processes it had. It comes back by itself."""
        count = 1 + len(self.children()) if self.is_running else 0
        self.signal(signal.SIGKILL)
        if self.process:
            self.process.wait(20)
        return count

    def signal(self, number: int) -> None:
        """To the whole group."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def ask_to_stop(self) -> None:
        """SIGTERM to the main process alone, as an orderly restart does. It comes back by itself."""
        if self.is_running:
            os.kill(self.pid, signal.SIGTERM)

    def end_in_order(self) -> None:
        """SIGTERM, and what is begun is finished; raises TimeoutExpired when that takes longer than a slow answer."""
        self.wanted = False
        if self.process and self.is_running:
            os.kill(self.pid, signal.SIGTERM)
            self.process.wait(ENDS_WITHIN)
        self.stop()

    def stop(self) -> None:
        """Ends the group for good: by force, for nothing of a stage outlives it."""
        self.wanted = False
        if self.process:
            self.signal(signal.SIGKILL)
            self.process.wait(20)
