"""./minga check: everything that can be judged without running the program."""

import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from launcher import environment
from launcher.console import Console
from launcher.environment import PYTHON, VENV
from launcher.home import ROOT
from launcher.words import say

# Written in pieces, so that this file does not name what it looks for.
INDEX_HOSTS = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
)
INDEX = re.compile(
    "|".join(re.escape(host) for host in INDEX_HOSTS)
    + r"|--(?:extra-)?index"
    + r"-url[ =]\S|https?://\S+/simple(?:/|\b)"
)
# Settings must load; nothing is connected to.
VARIABLES = {
    "DJANGO_SETTINGS_MODULE": "coordination.settings.test",
    "DATABASE_URL": "postgres://check@/check?host=/nonexistent",
    "REDIS_URL": "unix:///nonexistent?db=0",
    "EMAIL_URL": "smtp://127.0.0.1:9",
}


@dataclass
class Result:
    name: str
    passed: bool
    seconds: float
    output: str


def check(arguments: list[str]) -> int:
    """Runs every check, prints what failed and a table of all; gives 1 when one failed."""
    console = Console()
    environment.ensure("dev", console)
    commands = _commands()
    names = [name for name in commands if not arguments or name in arguments]
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 2)) as pool:
        results = list(pool.map(lambda name: _run(name, commands[name]), names))
        if not arguments or "addresses" in arguments:
            results.append(_addresses())
    for result in results:
        if not result.passed:
            console.line(f"\n── {result.name}\n{result.output.rstrip()}")
    width = max(len(result.name) for result in results)
    console.line(f"\n{say('check.title')}")
    for result in results:
        mark = console.paint(say("check.ok"), 32) if result.passed else console.paint(say("check.bad"), 31)
        console.line(f"  {result.name:<{width}}  {result.seconds:6.1f} s  {mark}")
    return 0 if all(result.passed for result in results) else 1


def index_addresses(root: Path) -> list[str]:
    """Lines of the project's files that hold the address of a package index, as path:line."""
    found = []
    for file in _files(root):
        try:
            text = file.read_text()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        found += [
            f"{file.relative_to(root)}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(text.splitlines(), 1)
            if INDEX.search(line)
        ]
    return found


def _commands() -> dict[str, list[str]]:
    """Slow ones first, so that two cores end at about the same time."""
    tools = VENV / "bin"
    manage = [str(PYTHON), str(ROOT / "manage.py")]
    return {
        "mypy": [str(tools / "mypy")],
        "djlint": [str(tools / "djlint"), "--lint", "--quiet", "templates"],
        "imports": [str(tools / "lint-imports")],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "messages": [*manage, "messages", "--check"],
        "ruff": [str(tools / "ruff"), "check", "."],
        "ruff format": [str(tools / "ruff"), "format", "--check", "."],
    }


def _run(name: str, command: list[str]) -> Result:
    started = time.monotonic()
    variables = (
        os.environ | VARIABLES | {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    )
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Result(name, done.returncode == 0, time.monotonic() - started, done.stdout + done.stderr)


def _addresses() -> Result:
    started = time.monotonic()
    found = index_addresses(ROOT)
    return Result("addresses", not found, time.monotonic() - started, "\n".join(found))


def _files(root: Path) -> list[Path]:
    """What is or would be committed: git knows; an archive without git is walked."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [root / name for name in done.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        hidden = {".venv", ".git", "var", "node_modules", "__pycache__"}
        return [
            file
            for file in root.rglob("*")
            if file.is_file() and not hidden & set(file.relative_to(root).parts)
        ]
