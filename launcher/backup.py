"""./minga backup: the database as it is at one instant and the files, in one archive; the keys apart."""

import argparse
import contextlib
import errno
import json
import os
import re
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from launcher import clients, environment, services
from launcher.archive import DUMP, MEDIA, Tick, Writer
from launcher.clients import Cluster
from launcher.console import Console
from launcher.home import ROOT, Home
from launcher.start import chosen_home, external
from launcher.supervise import Supervisor
from launcher.words import Refusal, say

KEYS = ("SECRET_KEY", "MINGA_LINK_KEY")
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# One look at the children in so many seconds, while data are copied.
LOOK_EACH = 0.5
APPLIED = "SELECT coalesce(json_agg(json_build_array(app, name) ORDER BY id), '[]') FROM django_migrations;"


def backup(arguments: list[str]) -> int:
    """Writes an archive, or with --keys the keys; what is written has its name only when it is whole."""
    options = _options(arguments)
    console = Console()
    home = chosen_home(None)
    now = datetime.now(UTC)
    if options.keys:
        return _write_keys(home, _target(Path(options.keys)), console)
    default = home.path / "backups" / f"minga-{now:%Y-%m-%d-%H%M%S}.tar"
    if not options.file:
        default.parent.mkdir(mode=0o700, exist_ok=True)
    target = _target(Path(options.file) if options.file else default)
    environment.ensure("base", console)
    with reached(home, console) as reach:
        if not _has_tables(reach.cluster):
            raise Refusal("backup.nothing", home=home.path)
        with one_sentence(target):
            facts = _write(home, reach, target, now)
    size = target.stat().st_size / 1e6
    console.line(say("backup.done", path=target, size=f"{size:.1f}", files=len(facts) - 1))
    console.line(say("backup.keys", home=home.path))
    return 0


@dataclass(frozen=True)
class Reach:
    """A database, what to call now and then while one works with it, and who owns its processes, if we do."""

    cluster: Cluster
    tick: Tick
    supervisor: Supervisor | None = None


@contextlib.contextmanager
def reached(home: Home, console: Console, alone: bool = False) -> Iterator[Reach]:
    """The database of this home, started for the purpose when nobody runs it; ``alone`` insists on that."""
    outside = external() and home.state().get("kind") != "demo"
    if outside and not alone:
        yield Reach(clients.outside(home), lambda: None)
        return
    embedded = None if outside else services.Services(home)
    if embedded and not alone and home.is_busy():
        yield Reach(clients.embedded(home, embedded.database), lambda: None)
        return
    supervisor = Supervisor(home, console)
    console.quiet = True
    with supervisor.holding():
        if embedded:
            embedded.start(supervisor, console)
        cluster = clients.embedded(home, embedded.database) if embedded else clients.outside(home)
        yield Reach(cluster, looking(supervisor), supervisor)


def looking(supervisor: Supervisor) -> Tick:
    """Looks after the children, but not at each piece of a large file."""
    last = time.monotonic()

    def tick() -> None:
        nonlocal last
        if time.monotonic() - last > LOOK_EACH:
            last = time.monotonic()
            supervisor.look()

    return tick


@contextlib.contextmanager
def one_sentence(path: Path) -> Iterator[None]:
    """Turns what a disk may answer into a refusal."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise Refusal("disk.full", path=path.parent) from error
        raise Refusal("backup.no.write", path=path, reason=error.strerror or error) from error


def own_migrations() -> dict[str, set[str]]:
    """Names of the migrations in this tree, by the label of their app."""
    found: dict[str, set[str]] = {}
    for folder in (ROOT / "accounts", *ROOT.glob("coordination/*")):
        if (folder / "migrations").is_dir():
            about = folder / "apps.py"
            named = re.search(r'label = "(\w+)"', about.read_text()) if about.exists() else None
            label = named[1] if named else folder.name
            found[label] = {file.stem for file in (folder / "migrations").glob("[0-9]*.py")}
    return found


def version() -> str:
    """The edition of this tree."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def _write(home: Home, reach: Reach, target: Path, now: datetime) -> dict:
    cluster, tick = reach.cluster, reach.tick
    state, own = home.state(), own_migrations()
    applied = json.loads(cluster.sql(cluster.database, APPLIED))
    facts = {
        "made_at": now.isoformat(timespec="seconds"),
        "version": version(),
        "kind": state.get("kind", "up"),
        "administrator": state.get("administrator", ""),
        "migrations": [[app, name] for app, name in applied if app in own],
        "database": {
            "version": cluster.version(),
            "bytes": int(cluster.sql(cluster.database, "SELECT pg_database_size(current_database());")),
        },
    }
    writer = Writer(target, tick)
    try:
        # The rows first: a file that a row names was there before it.
        writer.stream(DUMP, cluster.dump(tick))
        media = home.path / "media"
        for file in sorted(media.rglob("*")):
            if file.is_file() and not file.is_symlink():
                writer.copy(f"{MEDIA}{file.relative_to(media).as_posix()}", file)
        writer.finish(**facts)
    finally:
        writer.abandon()
    return writer.files


def _has_tables(cluster: Cluster) -> bool:
    return cluster.sql(cluster.database, "SELECT to_regclass('public.django_migrations') IS NOT NULL;") == "t"


def _write_keys(home: Home, target: Path, console: Console) -> int:
    """Whoever has them can sign links and sessions; whoever has only the archive cannot."""
    known = home.secrets()
    keys = {name: os.environ.get(name) or known[name] for name in KEYS}
    with one_sentence(target):
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(json.dumps({"program": "minga-keys", **keys}, indent=1))
    console.line(say("keys.done", path=target))
    return 0


def _target(path: Path) -> Path:
    """A backup never takes the place of another."""
    target = path.expanduser().absolute()
    if target.exists():
        raise Refusal("backup.exists", path=target)
    if not target.parent.is_dir():
        raise Refusal("backup.no.folder", path=target.parent)
    return target


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = Parser("backup.usage")
    parser.add_argument("file", nargs="?")
    parser.add_argument("--keys")
    options = parser.parse_args(arguments)
    if options.keys and options.file:
        raise Refusal("backup.usage")
    return options


class Parser(argparse.ArgumentParser):
    """Complains in one sentence of ours."""

    def __init__(self, sentence: str) -> None:
        super().__init__(add_help=False, allow_abbrev=False)
        self.sentence = sentence

    def error(self, message: str) -> None:  # type: ignore[override]
        raise Refusal(self.sentence)
