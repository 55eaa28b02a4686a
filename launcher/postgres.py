"""The embedded PostgreSQL: its cluster, its rules of access, its roles.

The wheel's own launcher trusts every local user, gives ten seconds to start and opens folders; this
one asks for passwords, waits for crash recovery and opens nothing.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from launcher.engine import Engine
from launcher.home import Home
from launcher.words import Refusal, say

DATABASE = "minga"
ACCESS = """# Written by the launcher at each start. Passwords for everybody, by the local socket only.
local all all scram-sha-256
"""
SETTINGS = """# Written by the launcher at each start.
listen_addresses = ''
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
jit = off
"""
# A test database dies with its run: nothing of it has to survive a power cut. Races open fifty connections at once, and
# several tests run at a time.
THROWAWAY = """max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum_naptime = 10min
"""
# Idempotent, for it runs at each start. Rights of minga_app follow from what minga_owner creates.
ROLES = """
SELECT 'CREATE ROLE ' || name FROM unnest(ARRAY['minga_owner', 'minga_app']) AS name
  WHERE name NOT IN (SELECT rolname FROM pg_roles) \\gexec
ALTER ROLE minga_owner LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS {createdb} PASSWORD '{owner}';
ALTER ROLE minga_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '{app}';
SELECT 'CREATE DATABASE minga OWNER minga_owner TEMPLATE template0'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'minga') \\gexec
REVOKE ALL ON DATABASE minga FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE minga TO minga_app;
"""
RIGHTS = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO minga_app;
GRANT USAGE, CREATE ON SCHEMA public TO minga_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE minga_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO minga_app;
ALTER DEFAULT PRIVILEGES FOR ROLE minga_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO minga_app;
"""


class Postgres:
    """One cluster in a home."""

    def __init__(self, home: Home, engine: Engine, throwaway: bool = False) -> None:
        self.home = home
        self.throwaway = throwaway
        self.data = home.postgres / "data"
        self.programs = engine.postgres(self.data)
        self.is_new = not (self.data / "PG_VERSION").exists()
        self._secrets = home.secrets()

    def initialise(self) -> None:
        """Makes the cluster if there is none, and writes the rules of access and the settings."""
        if self.is_new:
            self._initdb()
        extra = THROWAWAY if self.throwaway else ""
        self._write("pg_hba.conf", ACCESS)
        self._write(
            "minga.conf", f"{SETTINGS}unix_socket_directories = '{self.home.postgres_socket}'\n{extra}"
        )

    def command(self) -> list[str]:
        return [
            str(self.programs / "postgres"),
            "-D",
            str(self.data),
            "-c",
            f"config_file={self.data}/minga.conf",
        ]

    def is_ready(self) -> bool:
        """Says whether connections are accepted; during crash recovery they are not yet."""
        command: list[str | Path] = [
            self.programs / "pg_isready",
            "-q",
            "-h",
            self.home.postgres_socket,
            "-d",
            "postgres",
        ]
        return subprocess.run(command, check=False, capture_output=True, cwd="/").returncode == 0

    def provision(self) -> None:
        """Creates the roles and the database that are missing, and sets rights and passwords anew."""
        values = {
            "owner": self._secrets["minga_owner"],
            "app": self._secrets["minga_app"],
            "createdb": "CREATEDB" if self.throwaway else "NOCREATEDB",
        }
        self.sql("postgres", ROLES.format(**values))
        self.sql(DATABASE, RIGHTS)
        if self.throwaway:
            # Test databases are copies of template1 and shall know the two roles too.
            self.sql("template1", RIGHTS)

    def sql(self, database: str, text: str, role: str = "postgres") -> str:
        """Runs statements with psql as `role` and gives back their bare output; refuses when one fails."""
        command: list[str | Path] = [
            self.programs / "psql", "-h", self.home.postgres_socket, "-U", role, "-d", database,
            "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-",
        ]  # fmt: skip
        environment = {"PATH": os.defpath, "PGPASSWORD": self._secrets[role], "PGCLIENTENCODING": "UTF8"}
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, check=False, env=environment, cwd="/"
        )
        if done.returncode:
            log = self.home.log / "setup.log"
            with log.open("a") as file:
                file.write(done.stderr)
            raise Refusal("step.failed", step=say("database"), log=log)
        return done.stdout.strip()

    def url(self, role: str) -> str:
        """The address for Django and libpq, by the socket."""
        return f"postgres://{role}:{self._secrets[role]}@/{DATABASE}?host={quote(str(self.home.postgres_socket))}"

    def _initdb(self) -> None:
        """Runs initdb into a folder that gets its name only when complete.

        Provider "builtin" orders and folds the same on every machine, whatever its libc.
        """
        handle, password_file = tempfile.mkstemp(dir=self.home.postgres)
        fresh = self.home.postgres / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            os.write(handle, f"{self._secrets['postgres']}\n".encode())
            os.close(handle)
            self._give(Path(password_file))
            command: list[str | Path] = [
                self.programs / "initdb", "-D", fresh, "-U", "postgres", f"--pwfile={password_file}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", *_locale(self.programs),
                *(["--no-sync"] if self.throwaway else []),
            ]  # fmt: skip
            account = self.home.account.popen_arguments() if self.home.account else {}
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"}, start_new_session=True, **account,
            )  # fmt: skip
        except PermissionError as error:
            raise Refusal("no.user") from error
        finally:
            with contextlib.suppress(OSError):
                os.unlink(password_file)
        if done.returncode:
            log = self.home.log / "setup.log"
            with log.open("a") as file:
                file.write(done.stdout + done.stderr)
            raise Refusal("step.failed", step=say("database"), log=log)
        os.rename(fresh, self.data)

    def _write(self, name: str, text: str) -> None:
        target = self.data / name
        target.write_text(text)
        target.chmod(0o600)
        self._give(target)

    def _give(self, path: Path) -> None:
        if self.home.account:
            os.chown(path, self.home.account.uid, self.home.account.gid)


def _locale(programs: Path) -> list[str]:
    """C.UTF-8 from PostgreSQL itself; version 16, kept for old data, has no such provider."""
    help_text = subprocess.run(
        [programs / "initdb", "--help"], capture_output=True, text=True, check=False
    ).stdout
    if "--builtin-locale" in help_text:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C"]
