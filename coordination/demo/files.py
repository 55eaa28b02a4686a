"""Reads the demo's data files and says which file and row is broken."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

DATA = Path(__file__).parent / "data"


class BrokenData(Exception):
    """A data file cannot be used. The message names the file and, where it can, the row."""


def read(folder: Path, file: str) -> dict[str, Any]:
    """The whole file as it is; BrokenData when it is missing or is not JSON."""
    try:
        return dict(json.loads((folder / file).read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise BrokenData(f"{file}: line {error.lineno}, column {error.colno}: {error.msg}") from error
    except (OSError, ValueError, TypeError) as error:
        raise BrokenData(f"{file}: {error}") from error


def pick(known: Mapping[str, T], key: str, where: str) -> T:
    """What ``key`` names; BrokenData when nothing does."""
    if key not in known:
        raise BrokenData(f"{where}: nothing is called {key!r}")
    return known[key]
