"""./minga restore: an archive in the place of what is there, whole or not at all, and held until somebody releases it.

The archive is checked first. Its database is filled under another name, brought up to date and held; its files are
laid beside the present ones. Then the names change: in one transaction for the database, and whoever starts Minga
next finishes with the files if this program was killed between the two.
"""

import contextlib
import json
import sys
from pathlib import Path

from launcher import archive, environment, project
from launcher.backup import KEYS, Parser, Reach, own_migrations, reached, version
from launcher.clients import Cluster
from launcher.console import Console
from launcher.home import Home, require_disk, write_private
from launcher.start import chosen_home
from launcher.supervise import Step
from launcher.swap import REPLACED, RESTORING, finish, folder, name
from launcher.words import Refusal, say

COUNTED = {
    "lost.users": "accounts_user",
    "lost.mesas": "mesas_mesa",
    "lost.sessions": "mesa_sessions_session",
    "lost.commitments": "commitments_commitment",
}
# Room for the log of the database while it is filled.
EXTRA_GIGABYTES = 0.3


def restore(arguments: list[str]) -> int:
    """Restores an archive. Whatever goes wrong before the names change leaves everything as it was."""
    parser = Parser("restore.usage")
    parser.add_argument("file")
    parser.add_argument("--replace", action="store_true")
    parser.add_argument("--keys")
    options = parser.parse_args(arguments)
    console = Console()
    path = Path(options.file).expanduser().absolute()
    manifest = archive.verified(path, lambda: None)
    _check_age(manifest)
    keys = _read_keys(Path(options.keys).expanduser()) if options.keys else {}
    home = chosen_home(None)
    kind = home.state().get("kind", manifest["kind"])
    if kind != manifest["kind"]:
        raise Refusal("other.kind", home=home.path, kind=kind)
    size = sum(facts["bytes"] for facts in manifest["files"].values()) + manifest["database"]["bytes"]
    require_disk(home.path, size / 1e9 + EXTRA_GIGABYTES)
    environment.ensure("base", console)
    with reached(home, console, alone=True) as reach:
        cluster = reach.cluster
        finish(home, cluster)
        _check_version(manifest, cluster)
        _ask(console, _lost(home, cluster), options.replace)
        cluster.require_quiet()
        console.line(say("restore.filling", date=_day(manifest)))
        _fill(home, reach, path, manifest)
        finish(home, cluster)
        _note(home, manifest, keys)
    console.line(say("restore.done", date=_day(manifest)))
    console.line(say("restore.held"))
    if not keys:
        console.line(say("restore.keys"))
    return 0


def _fill(home: Home, reach: Reach, path: Path, manifest: dict) -> None:
    """Database and files under their other names, then the change; when it fails both are taken away again."""
    cluster, media = reach.cluster, folder(home, RESTORING)
    fresh = name(cluster, RESTORING)
    try:
        media.mkdir(mode=0o700)
        cluster.drop(name(cluster, REPLACED))
        archive.unpack_media(path, media, reach.tick)
        cluster.make(fresh)
        cluster.fill(fresh, archive.dump_pieces(path), reach.tick)
        cluster.sql(fresh, "ANALYZE;")
        variables = project.environment(home, 8000, **_addresses(cluster.url(fresh)))
        for command in (("migrate", "--noinput"), ("hold", "--restored", manifest["made_at"])):
            assert reach.supervisor  # noqa: S101  the home is ours alone
            reach.supervisor.run(
                Step(command[0], project.manage(*command), variables, label=" ".join(command[:2]))
            )
        cluster.swap(fresh, name(cluster, REPLACED))
    except BaseException as error:
        with contextlib.suppress(Refusal, OSError):
            finish(home, cluster)
        if isinstance(error, OSError):
            raise Refusal("restore.disk", path=home.path, reason=error.strerror) from error
        raise


def _addresses(url: str) -> dict[str, str]:
    """Migrating needs the database alone."""
    nowhere = {"REDIS_URL": "unix:///nonexistent?db=0", "EMAIL_URL": "smtp://127.0.0.1:9"}
    return {"DATABASE_URL": url, "DATABASE_OWNER_URL": url, **nowhere}


def _ask(console: Console, lost: str, replace: bool) -> None:
    """Refuses to take the place of data unless told so; on a terminal names what goes and asks once more."""
    if not lost:
        return
    if not replace:
        raise Refusal("restore.data", lost=lost)
    if not (sys.stdin and sys.stdin.isatty()):
        return
    console.line(say("restore.lost", lost=lost))
    answer = ""
    with contextlib.suppress(EOFError):
        answer = input(say("restore.ask"))
    if answer.strip().casefold() != say("restore.word"):
        raise Refusal("restore.refused")


def _lost(home: Home, cluster: Cluster) -> str:
    """What is there, in words; empty in a new Minga."""
    counts = {"lost.files": sum(file.is_file() for file in (home.path / "media").rglob("*"))}
    for words, table in COUNTED.items():
        if cluster.sql(cluster.database, f"SELECT to_regclass('public.{table}') IS NOT NULL;") == "t":
            counts[words] = int(cluster.sql(cluster.database, f"SELECT count(*) FROM {table};"))  # noqa: S608
    if not any(counts.values()):
        return ""
    return ", ".join(say(words, n=number) for words, number in counts.items())


def _check_age(manifest: dict) -> None:
    """An archive of a newer Minga has tables this one does not know."""
    known = own_migrations()
    strange = [name for app, name in manifest["migrations"] if name not in known.get(app, set())]
    if strange or _numbers(manifest["version"]) > _numbers(version()):
        raise Refusal("archive.newer", version=manifest["version"])


def _check_version(manifest: dict, cluster: Cluster) -> None:
    theirs, ours = manifest["database"]["version"], cluster.version()
    if _numbers(theirs)[:1] > _numbers(ours)[:1]:
        raise Refusal("archive.database", theirs=theirs, ours=ours)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(".") if part.isdigit()]


def _read_keys(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
        if found["program"] != "minga-keys":
            raise ValueError
        if not all(isinstance(found[name], str) and found[name].strip() for name in KEYS):
            raise ValueError  # with an empty key nothing would start, and the old ones would be gone
        return {name: found[name] for name in KEYS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal("keys.unread", path=path) from error


def _note(home: Home, manifest: dict, keys: dict[str, str]) -> None:
    """What the next start reads."""
    state = {"kind": manifest["kind"]}
    if manifest["administrator"]:
        state["administrator"] = manifest["administrator"]
    home.state(**state)
    if keys:
        write_private(home.path / "secrets.json", json.dumps(home.secrets() | keys, indent=1))


def _day(manifest: dict) -> str:
    return manifest["made_at"][:16].replace("T", " ") + " UTC"
