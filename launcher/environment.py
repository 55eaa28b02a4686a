"""The Python environment in .venv: made from a lock with hashes, left alone while nothing changed."""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from launcher.console import Console
from launcher.home import ROOT, require_disk
from launcher.words import Refusal, say

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = ROOT / "requirements"
STAMP = VENV / "minga-stamp.json"
# The development environment measures 0.7 GB; uv's cache holds as much while it installs.
DISK_GIGABYTES = 1.5


def ensure(kind: str, console: Console) -> None:
    """Makes sure .venv holds requirements/<kind>.lock ("base" or "dev"); dev is a superset of base.

    Nothing is ever uninstalled, so that either kind leaves the other usable.
    """
    wanted = _digest(kind)
    if _stamp().get(kind) == wanted and _runs(PYTHON):
        return
    started = time.monotonic()
    require_disk(ROOT, DISK_GIGABYTES)
    with _alone():
        _make(console)
        installer = _installer(console)
        console.line(f"  · {say('environment.install')}…")
        _run([*installer, "--require-hashes", "-r", str(LOCKS / f"{kind}.lock")], console)
        known = _stamp() | {kind: wanted}
        if kind == "dev":
            known["base"] = _digest("base")
        STAMP.write_text(json.dumps(known))
    console.finished(say("environment"), time.monotonic() - started, Path(installer[0]).name)


def _digest(kind: str) -> str:
    lock = LOCKS / f"{kind}.lock"
    if not lock.is_file():
        raise Refusal("no.lock", path=lock)
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _stamp() -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        return json.loads(STAMP.read_text())
    return {}


def _runs(python: Path | str) -> bool:
    """Says whether this Python starts; a folder that was moved or half made has one that does not."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        command = [str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    return False


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Lets one launcher at a time touch the environment; the lock is on the project's folder itself."""
    handle = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _uv() -> str | None:
    """A uv that works: the one beside our Python, else the one on PATH (a shim may be empty)."""
    for candidate in (VENV / "bin" / "uv", shutil.which("uv")):
        if candidate:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                command = [str(candidate), "--version"]
                if subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0:
                    return str(candidate)
    return None


def _make(console: Console) -> None:
    if _runs(PYTHON):
        return
    console.line(f"  · {say('environment.make')}…")
    uv = _uv()
    if uv and not uv.startswith(str(VENV)):
        _run([uv, "venv", "--clear", "--python", sys.executable, str(VENV)], console)
        return
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise Refusal("no.venv", module=module)
    _run([sys.executable, "-m", "venv", "--clear", str(VENV)], console)


def _installer(console: Console) -> list[str]:
    """The command that installs: uv where it can be had, else pip, which needs about seven times as long."""
    uv = _uv()
    if uv is None:
        pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        if subprocess.run([*pip[:3], "--version"], capture_output=True, check=False).returncode:
            _run([str(PYTHON), "-m", "ensurepip"], console)
        console.line(f"  · {say('environment.uv')}…")
        with contextlib.suppress(Refusal):
            _run([*pip, "--require-hashes", "-r", str(LOCKS / "bootstrap.lock")], console)
        uv = _uv()
        if uv is None:
            return pip
    return [uv, "pip", "install", "--python", str(PYTHON)]


def _run(command: list[str], console: Console) -> None:
    """Runs one installing command with its last line as status; refuses with that line when it fails."""
    environment = os.environ | {"VIRTUAL_ENV": str(VENV), "PYTHONUNBUFFERED": "1"}
    started, last = time.monotonic(), ""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        text=True, errors="replace", env=environment,
    ) as process:  # fmt: skip
        try:
            for text in process.stdout or ():
                last = text.strip() or last
                console.status(f"{time.monotonic() - started:.0f} s  {last}")
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise Refusal("no.install", reason=last[:200])
