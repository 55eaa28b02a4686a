"""The launcher's console: one line an event, a status line while something takes long."""

import contextlib
import os
import sys
import time

COLOURS = {"postgres": 34, "redis": 31, "mail": 35, "web": 32, "worker": 33, "beat": 36}


class Console:
    """Writes events; survives a terminal that has gone away, because stopping must still be orderly."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.colour = self.terminal and "NO_COLOR" not in os.environ
        self.started = time.monotonic()
        self.quiet = False
        self._status = ""

    def paint(self, text: str, code: int) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def line(self, text: str = "") -> None:
        clear = "\r\033[K" if self._status else ""
        self._write(f"{clear}{text}\n")
        self._status = ""

    def finished(self, label: str, seconds: float, note: str = "") -> None:
        """Tells that a step is done, how long it took, and in a few words what came of it."""
        if self.quiet:
            return
        tail = f"  {note}" if note else ""
        self.line(f"  {self.paint('✓', 32)} {label:<24}{seconds:6.1f} s{tail}")

    def event(self, name: str, text: str) -> None:
        """Tells something about one child, behind its name in its colour."""
        self.line(f"  {self.paint(f'{name:>8} │', COLOURS.get(name, 37))} {text}")

    def status(self, text: str) -> None:
        """Shows what is under way on a terminal; writes nothing into files and pipes."""
        if self.terminal and not self.quiet and text != self._status:
            self._status = text
            self._write(f"\r\033[K  … {text[:100]}")

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(text)
            sys.stdout.flush()
