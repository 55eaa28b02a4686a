"""What the supervisor of ./minga says about the parts it keeps running; nothing where somebody else does that."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.dateparse import parse_datetime


@dataclass(frozen=True)
class Part:
    """One process: ``running`` since then, or ``waiting`` since then to be started again at ``next_try``.

    ``last_exit`` is how it last ended: an exit code, or a signal below zero; None while it never did.
    """

    part: str
    state: str
    pid: int | None
    since: datetime | None
    restarts: int
    last_exit: int | None
    next_try: datetime | None


def parts() -> list[Part]:
    """The parts in the order they started; empty without a supervisor or when its file cannot be read."""
    if not settings.SUPERVISOR_STATUS:
        return []
    try:
        rows = json.loads(Path(settings.SUPERVISOR_STATUS).read_text())["parts"]
        return [_part(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _part(row: dict) -> Part:
    return Part(
        part=row["part"],
        state=row["state"],
        pid=row["pid"],
        since=parse_datetime(row["since"] or ""),
        restarts=row["restarts"],
        last_exit=row["last_exit"],
        next_try=parse_datetime(row["next_try"] or ""),
    )
