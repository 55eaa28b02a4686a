"""What the supervisor tells the site: one small file about each of its children, always whole.

The site shows it on its health page; nothing but the supervisor writes it, and it goes when the supervisor does.
"""

import contextlib
import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from launcher.child import Child
from launcher.home import Home, write_private

VARIABLE = "MINGA_SUPERVISOR_STATUS"


def path_of(home: Home) -> Path:
    """Where the file of this home lies."""
    return home.run / "supervisor.json"


def write(home: Home, children: Iterable[Child]) -> None:
    """Replaces the file. A disk that is full is no reason to stop supervising."""
    text = json.dumps({"parts": [_part(child) for child in children]}, indent=1)
    with contextlib.suppress(OSError):
        write_private(path_of(home), text)


def remove(home: Home) -> None:
    path_of(home).unlink(missing_ok=True)


def _part(child: Child) -> dict[str, object]:
    running = child.is_running()
    return {
        "part": child.name,
        "state": "running" if running else "waiting",
        "pid": child.process.pid if running and child.process else None,
        "since": _moment(child.changed_at),
        "restarts": child.restarts,
        "last_exit": child.last_exit,
        "next_try": _moment(child.restart_at),
    }


def _moment(monotonic: float | None) -> str | None:
    """A moment of the monotonic clock as people write it."""
    if monotonic is None:
        return None
    at = datetime.now(UTC) + timedelta(seconds=monotonic - time.monotonic())
    return at.isoformat(timespec="milliseconds")
