"""One database reached by the programs of its own version: dumped, filled anew, and put in the place of another."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from launcher.archive import PIECE, Tick
from launcher.child import follow_parent
from launcher.engine import programs_in_wheels
from launcher.home import Home
from launcher.postgres import DATABASE, RIGHTS, Postgres
from launcher.words import Refusal

FULL = re.compile(r"No space left on device|Disk quota exceeded|disk full", re.IGNORECASE)
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Login:
    role: str
    password: str


@dataclass(frozen=True)
class Cluster:
    """``owner`` owns the tables, ``maker`` may create databases, ``app`` is the role of the site."""

    programs: Path
    where: dict[str, str]
    database: str
    owner: Login
    maker: Login
    app: str
    owner_url: str
    log: Path
    place: str

    def sql(self, database: str, text: str, maker: bool = False) -> str:
        """Runs statements, stopping at the first that fails, and gives back their bare output."""
        command: list[str | Path] = [
            self.programs / "psql",
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            "-",
        ]
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, check=False, cwd="/",
            env=self._variables(database, self.maker if maker else self.owner),
        )  # fmt: skip
        if done.returncode:
            self._refuse(done.stderr)
        return done.stdout.strip()

    def has(self, database: str) -> bool:
        return database in self.sql(self.database, "SELECT datname FROM pg_database;").splitlines()

    def require_quiet(self) -> None:
        """Refuses while anybody is connected: a database in use cannot change its name."""
        others = "datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL"
        if self.sql(self.database, f"SELECT count(*) FROM pg_stat_activity WHERE {others};") != "0":  # noqa: S608
            raise Refusal("database.busy", database=self.database)

    def dump(self, tick: Tick) -> Iterator[bytes]:
        """The database as it is at one instant, in PostgreSQL's own format; whoever works on it is not held up."""
        command: list[str | Path] = [
            self.programs / "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
        ]
        with self._running(command, self.database, stdout=subprocess.PIPE) as process:
            assert process.stdout  # noqa: S101  a pipe was asked for
            while piece := process.stdout.read1(PIECE):  # type: ignore[attr-defined]
                yield piece
            self._end(process, tick)

    def fill(self, database: str, pieces: Iterable[bytes], tick: Tick) -> None:
        """Restores a dump into a database that was just made; what the site's role may do comes with its tables."""
        command: list[str | Path] = [
            self.programs / "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error",
            "--single-transaction", f"--dbname={database}",
        ]  # fmt: skip
        with self._running(command, database, stdin=subprocess.PIPE) as process:
            assert process.stdin  # noqa: S101  a pipe was asked for
            with suppress(BrokenPipeError):
                for piece in pieces:
                    process.stdin.write(piece)
                    tick()
                process.stdin.close()
            self._end(process, tick)

    def make(self, database: str) -> None:
        """An empty database with the rights of a new Minga; one of that name is dropped first."""
        self.drop(database)
        self.sql(
            self.database,
            f'CREATE DATABASE "{database}" OWNER "{self.owner.role}" TEMPLATE template0;\n'
            f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC;\n'
            f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO "{self.app}";',
            maker=True,
        )
        names = {"minga_app": f'"{self.app}"', "minga_owner": f'"{self.owner.role}"'}
        rights = re.sub("minga_app|minga_owner", lambda found: names[found[0]], RIGHTS)
        self.sql(database, rights, maker=True)

    def drop(self, database: str) -> None:
        self.sql(self.database, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE);', maker=True)

    def swap(self, fresh: str, replaced: str) -> None:
        """Gives ``fresh`` the name of the database and what stood there the name ``replaced``: both or neither."""
        self.sql(
            "postgres",
            f'BEGIN; ALTER DATABASE "{self.database}" RENAME TO "{replaced}";\n'
            f'ALTER DATABASE "{fresh}" RENAME TO "{self.database}"; COMMIT;',
            maker=True,
        )

    def url(self, database: str) -> str:
        """The owner's address of another database of this cluster, as Django reads it."""
        return urlunsplit(urlsplit(self.owner_url)._replace(path=f"/{database}"))

    def version(self) -> str:
        return self.sql(self.database, "SHOW server_version;").split()[0]

    def _variables(self, database: str, login: Login) -> dict[str, str]:
        return {
            "PATH": os.defpath, "PGCLIENTENCODING": "UTF8", **self.where,
            "PGDATABASE": database, "PGUSER": login.role, "PGPASSWORD": login.password,
        }  # fmt: skip

    def _running(self, command: list[str | Path], database: str, **pipes: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, cwd="/", env=self._variables(database, self.owner), stderr=subprocess.PIPE,
            preexec_fn=follow_parent(signal.SIGTERM),  # noqa: PLW1509  the launcher has one thread
            **({"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL} | pipes),  # type: ignore[call-overload]
        )  # fmt: skip

    def _end(self, process: subprocess.Popen[bytes], tick: Tick) -> None:
        """Waits for the end of a program whose input or output is through, and refuses what it complains of."""
        while process.poll() is None:
            tick()
            time.sleep(0.02)
        assert process.stderr  # noqa: S101  a pipe was asked for
        if process.returncode:
            self._refuse(process.stderr.read().decode(errors="replace"))

    def _refuse(self, said: str) -> None:
        with self.log.open("a") as file:
            file.write(said)
        if FULL.search(said):
            raise Refusal("disk.full", path=self.place)
        lines = [line for line in said.splitlines() if "ERROR" in line or "error:" in line or "FATAL" in line]
        if "permission denied to create database" in said:
            raise Refusal("no.createdb", role=self.maker.role)
        if "being accessed by other users" in said:
            raise Refusal("database.busy", database=self.database)
        raise Refusal("database.failed", reason=(lines or [said.strip()])[0][:300], log=self.log)


def embedded(home: Home, database: Postgres) -> Cluster:
    """The cluster of a home; its superuser may create databases."""
    secrets = home.secrets()
    return Cluster(
        programs=database.programs,
        where={"PGHOST": str(home.postgres_socket)},
        database=DATABASE,
        owner=Login("minga_owner", secrets["minga_owner"]),
        maker=Login("postgres", secrets["postgres"]),
        app="minga_app",
        owner_url=database.url("minga_owner"),
        log=home.log / "setup.log",
        place=str(home.postgres),
    )


def outside(home: Home) -> Cluster:
    """The database that DATABASE_OWNER_URL names, with programs of its own version."""
    url = os.environ["DATABASE_OWNER_URL"]
    parts = urlsplit(url)
    more = {name: values[0] for name, values in parse_qs(parts.query).items()}
    where = {"PGHOST": more.get("host") or unquote(parts.hostname or ""), "PGPORT": str(parts.port or "")}
    where |= {f"PG{name.upper()}": more[name] for name in ("sslmode", "sslrootcert") if name in more}
    owner = Login(unquote(parts.username or ""), unquote(parts.password or ""))
    app = unquote(urlsplit(os.environ["DATABASE_URL"]).username or "")
    found = _programs()
    if not found:
        raise Refusal("no.clients")
    cluster = Cluster(
        programs=next(iter(found.values())),
        where={name: value for name, value in where.items() if value},
        database=unquote(parts.path.removeprefix("/")),
        owner=owner,
        maker=owner,
        app=app,
        owner_url=url,
        log=home.log / "setup.log",
        place=where["PGHOST"] or "PostgreSQL",
    )
    major = int(cluster.version().split(".")[0])
    if major not in found:
        raise Refusal("other.clients", server=major, found=", ".join(map(str, sorted(found))))
    return replace(cluster, programs=found[major])


def _programs() -> dict[int, Path]:
    """Folders with psql, pg_dump and pg_restore by their version: on PATH, where Debian keeps them, in the wheels."""
    on_path = shutil.which("pg_dump")
    folders = [Path(on_path).parent] if on_path else []
    folders += [*DEBIAN.glob("*/bin"), *programs_in_wheels()]
    found: dict[int, Path] = {}
    for folder in folders:
        if all((folder / name).exists() for name in ("psql", "pg_dump", "pg_restore")):
            with suppress(OSError, subprocess.CalledProcessError, IndexError, ValueError):
                said = subprocess.run(
                    [folder / "pg_dump", "--version"], capture_output=True, text=True, check=True
                )
                found.setdefault(int(re.findall(r"(\d+)", said.stdout)[0]), folder)
    return found
