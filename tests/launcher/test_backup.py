"""Backup and restore on real clusters: whole or not at all, nothing lost, and no mail before a person releases."""

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from launcher import archive, clients, swap
from launcher.archive import Writer
from launcher.backup import own_migrations
from launcher.clients import Cluster
from launcher.home import ROOT
from launcher.project import listens
from launcher.words import Refusal
from tests.launcher.conftest import Running, clean_environment, free_port, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("launcher")]
# A migrated database with a convened session whose invitations are due.
SCENE = """
from django.utils import timezone
from tests.cast import Cast
from tests.notifications.conftest import World
world = World(Cast(now=timezone.now()))
world.convene()
world.plan()
"""
# A sum over the rows of each table; of messages only their number, for a restore holds them.
COUNTED = """
from django.db import connection
cursor = connection.cursor()
for table in sorted(connection.introspection.table_names()):
    if table not in ("notifications_hold", "activity_activity", "notifications_heartbeat"):
        rows = "''" if table == "notifications_notification" else "string_agg(t::text, '|' ORDER BY t::text)"
        cursor.execute(f'SELECT count(*), md5({rows}) FROM "{table}" t')
        print(">", table, *cursor.fetchone())
"""


def minga(*arguments: str, home: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    variables = clean_environment(MINGA_HOME=str(home), **more.pop("variables", {}))
    return subprocess.run(
        [sys.executable, ROOT / "minga", *arguments], cwd=ROOT, env=variables, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=180, check=False, **more,
    )  # fmt: skip


def well(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a refusal."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr.strip()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def running(start: Callable[..., Running]) -> Running:
    """A small Minga whose database has one table of its own and the list of migrations."""
    found = start()
    found.database().database.sql(
        "minga",
        "CREATE TABLE django_migrations (id serial, app text, name text);"
        "INSERT INTO django_migrations (app, name) VALUES ('mesas', '0001_initial'), ('auth', '0001_initial');"
        "CREATE TABLE kept AS SELECT n, md5(n::text) || md5((n + 1)::text) AS noise FROM generate_series(1, 20000) n;",
        role="minga_owner",
    )
    return found


@pytest.fixture
def cluster(running: Running) -> Cluster:
    services = running.database()
    return clients.embedded(services.home, services.database)


class TestTheArchive:
    def test_a_running_minga_is_backed_up_whole_and_closed_to_others(self, running: Running) -> None:
        evidence = running.home / "media" / "evidencias" / ("ñ" * 70) / "acta.pdf"
        evidence.parent.mkdir(parents=True)
        evidence.write_bytes(b"%PDF" * 1000)
        target = running.home.parent / "today.tar"
        well(minga("backup", str(target), home=running.home))
        assert mode(target) == 0o600
        manifest = archive.verified(target, lambda: None)
        assert [name for name in manifest["files"] if name.startswith("media/")] == [
            f"media/{evidence.relative_to(running.home / 'media')}"
        ]
        assert manifest["migrations"] == [["mesas", "0001_initial"]]
        secrets = json.loads((running.home / "secrets.json").read_text())
        content = target.read_bytes()
        assert not [name for name, secret in secrets.items() if secret.encode() in content]
        assert "no reemplaza" in refused(minga("backup", str(target), home=running.home))

    def test_keys_go_to_a_file_of_their_own(self, running: Running) -> None:
        target = running.home.parent / "keys.json"
        said = well(minga("backup", "--keys", str(target), home=running.home))
        assert mode(target) == 0o600
        secrets = json.loads((running.home / "secrets.json").read_text())
        keys = json.loads(target.read_text())
        assert {name: keys[name] for name in ("SECRET_KEY", "MINGA_LINK_KEY")} == {
            name: secrets[name] for name in ("SECRET_KEY", "MINGA_LINK_KEY")
        }
        assert not [value for value in secrets.values() if value in said]

    def test_a_full_disk_leaves_no_half_archive(self, running: Running) -> None:
        folder = running.home.parent / "full"
        folder.mkdir()

        def small() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        said = refused(minga("backup", str(folder / "a.tar"), home=running.home, preexec_fn=small))
        assert "lleno" in said
        assert list(folder.iterdir()) == []

    def test_a_killed_backup_leaves_nothing_that_looks_like_one(
        self, running: Running, cluster: Cluster
    ) -> None:
        folder = running.home.parent / "killed"
        folder.mkdir()
        target = folder / "a.tar"
        locking = subprocess.Popen(
            [cluster.programs / "psql", "-X", "-q", "-c", "BEGIN; LOCK TABLE kept; SELECT pg_sleep(60)"],
            env=cluster._variables("minga", cluster.owner), cwd="/", stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            held = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'kept'::regclass;"
            wait_until(lambda: cluster.sql("minga", held) == "1", 10)
            backup = subprocess.Popen(
                [sys.executable, ROOT / "minga", "backup", str(target)],
                env=clean_environment(MINGA_HOME=str(running.home)),
            )
            wait_until(lambda: list(folder.iterdir()), 20)
            backup.kill()
            backup.wait()
        finally:
            ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%';"
            cluster.sql("minga", ends, maker=True)
            locking.wait()
        assert not target.exists()
        well(minga("backup", str(target), home=running.home))
        assert [file.name for file in folder.iterdir()] == ["a.tar"]

    def test_a_home_without_data_says_so(self, place: Path) -> None:
        assert "todavía no hay datos" in refused(minga("backup", home=place))


class TestWhatIsNoBackup:
    def crafted(self, target: Path, **facts: Any) -> Path:
        writer = Writer(target, lambda: None)
        writer.stream(archive.DUMP, [b"PGDMP", b"no dump at all"])
        known = {
            "made_at": "2026-11-21T13:12:00+00:00",
            "version": "0.1.0",
            "kind": "up",
            "administrator": "",
        }
        known |= {"migrations": [["mesas", "0001_initial"]], "database": {"version": "18.0", "bytes": 1000}}
        writer.finish(**known | facts)
        return target

    def test_another_programs_file_is_told(self, place: Path, tmp_path: Path) -> None:
        for name, content in (("a.tar", b"hello"), ("b.tar", bytes(10240)), ("c.tar", b"")):
            (tmp_path / name).write_bytes(content)
            assert "no es un respaldo de Minga" in refused(minga("restore", str(tmp_path / name), home=place))
        subprocess.run(["tar", "cf", "d.tar", "a.tar"], cwd=tmp_path, check=True)
        assert "no es un respaldo de Minga" in refused(minga("restore", str(tmp_path / "d.tar"), home=place))
        assert not (place / "services").exists()

    @pytest.mark.parametrize("harm", ["cut", "bit", "tail"])
    def test_a_damaged_one_is_told(self, tmp_path: Path, harm: str) -> None:
        content = bytearray(self.crafted(tmp_path / "a.tar").read_bytes())
        if harm == "bit":
            content[content.index(b"no dump") + 3] ^= 1
        elif harm == "cut":
            del content[1100:]
        else:
            del content[2200:]
        (tmp_path / "a.tar").write_bytes(content)
        with pytest.raises(Refusal, match="dañado"):
            archive.verified(tmp_path / "a.tar", lambda: None)

    @pytest.mark.parametrize("name", ["../escape", "media/../../escape", "/etc/passwd", "media//x"])
    def test_a_name_that_points_out_of_it_is_refused(self, tmp_path: Path, name: str) -> None:
        writer = Writer(tmp_path / "a.tar", lambda: None)
        writer.stream(name, [b"x"])
        writer.finish()
        with pytest.raises(Refusal, match="dañado"):
            archive.verified(tmp_path / "a.tar", lambda: None)

    @pytest.mark.parametrize(
        "facts", [{"migrations": [["mesas", "9999_tomorrow"]]}, {"migrations": [["minutes_of_tomorrow", "0001"]]},
                  {"version": "99.0"}, {"format": 2}],
    )  # fmt: skip
    def test_one_of_a_newer_minga_is_refused(self, place: Path, tmp_path: Path, facts: dict) -> None:
        said = refused(minga("restore", str(self.crafted(tmp_path / "a.tar", **facts)), home=place))
        assert "más nueva" in said
        assert not (place / "services").exists()

    def test_one_whose_database_cannot_be_read_leaves_the_present_one(
        self, running: Running, tmp_path: Path
    ) -> None:
        file = self.crafted(tmp_path / "a.tar")
        (running.home / "media").mkdir()
        (running.home / "media" / "present").write_text("here")
        assert "ya está en marcha" in refused(minga("restore", str(file), home=running.home))
        running.end()
        assert "--replace" in refused(minga("restore", str(file), home=running.home))
        assert "siguen como estaban" in refused(minga("restore", str(file), "--replace", home=running.home))
        assert (running.home / "media" / "present").read_text() == "here"
        assert not swap.folder(running.database().home, swap.RESTORING).exists()


class TestChangingNames:
    def prepared(self, running: Running, cluster: Cluster) -> Any:
        """As a restore leaves things the moment before the names change."""
        home = running.database().home
        (home.path / "media").mkdir()
        (home.path / "media" / "old").write_text("old")
        swap.folder(home, swap.RESTORING).mkdir()
        (swap.folder(home, swap.RESTORING) / "new").write_text("new")
        cluster.make("minga_restoring")
        cluster.fill("minga_restoring", cluster.dump(lambda: None), lambda: None)
        cluster.sql("minga_restoring", "UPDATE kept SET noise = 'new';")
        return home

    def test_killed_before_it_takes_everything_back(self, running: Running, cluster: Cluster) -> None:
        home = self.prepared(running, cluster)
        swap.finish(home, cluster)
        assert [file.name for file in (home.path / "media").iterdir()] == ["old"]
        assert cluster.sql("minga", "SELECT count(*) FROM kept WHERE noise = 'new';") == "0"
        assert not cluster.has("minga_restoring")
        assert not swap.is_pending(home)

    @pytest.mark.parametrize("reached", ["names", "old files aside", "new files in place"])
    def test_killed_after_it_is_completed_by_whoever_comes_next(
        self, running: Running, cluster: Cluster, reached: str
    ) -> None:
        home = self.prepared(running, cluster)
        cluster.swap("minga_restoring", "minga_replaced")
        if reached != "names":
            (home.path / "media").rename(swap.folder(home, swap.REPLACED))
        if reached == "new files in place":
            swap.folder(home, swap.RESTORING).rename(home.path / "media")
        swap.finish(home, cluster)
        assert [file.name for file in (home.path / "media").iterdir()] == ["new"]
        assert cluster.sql("minga", "SELECT count(*) FROM kept WHERE noise <> 'new';") == "0"
        assert not cluster.has("minga_replaced")
        assert not swap.is_pending(home)

    def test_the_sites_role_reads_and_writes_what_was_restored_and_owns_nothing(
        self, running: Running, cluster: Cluster
    ) -> None:
        self.prepared(running, cluster)
        cluster.swap("minga_restoring", "minga_replaced")
        database = running.database().database
        database.sql("minga", "UPDATE kept SET noise = 'mine' WHERE n = 1;", role="minga_app")
        with pytest.raises(Refusal):
            database.sql("minga", "DROP TABLE kept;", role="minga_app")


def test_a_database_in_use_is_told(running: Running, cluster: Cluster) -> None:
    with subprocess.Popen(
        [cluster.programs / "psql", "-X", "-q", "-c", "SELECT pg_sleep(60)"],
        env=cluster._variables("minga", cluster.owner), cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ):  # fmt: skip

        def told() -> bool:
            try:
                cluster.require_quiet()
            except Refusal as refusal:
                return "Hay quien usa la base" in str(refusal)
            return False

        wait_until(told, 10)
        cluster.sql(
            "minga", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid();", maker=True,
        )  # fmt: skip


class Scene:
    """A stopped Minga with a convened session, its backup, and a catcher for whatever it would send."""

    def __init__(self, folder: Path) -> None:
        self.home, self.mails = folder / "home", folder / "mails"
        well(minga("manage", "migrate", "--noinput", home=self.home))
        well(minga("manage", "shell", "-c", SCENE, home=self.home))
        (self.home / "media").mkdir()
        (self.home / "media" / "acta.pdf").write_bytes(os.urandom(2_000_000))
        self.rows = self.counted(self.home)
        self.archive = folder / "day.tar"
        well(minga("backup", str(self.archive), home=self.home))

    def counted(self, home: Path) -> list[str]:
        said = well(minga("manage", "shell", "-v", "0", "-c", COUNTED, home=home))
        return [line for line in said.splitlines() if line.startswith("> ")]

    def asked(self, home: Path, query: str) -> str:
        code = f"from django.db import connection as c; k = c.cursor(); k.execute({query!r}); print('>', *k.fetchone())"
        return well(minga("manage", "shell", "-v", "0", "-c", code, home=home)).partition("> ")[2].strip()

    def sent(self, home: Path, port: int) -> int:
        """Drains with a real mail server at hand, and counts what it has."""
        well(minga("manage", "drain", home=home, variables={"EMAIL_URL": f"smtp://127.0.0.1:{port}"}))
        return len(list(self.mails.glob("*.eml")))


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    folder = Path(tempfile.mkdtemp(prefix="minga-b-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield Scene(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def mail(scene: Scene) -> Iterator[int]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "launcher.mailcatcher",
        "--port",
        str(port),
        "--folder",
        str(scene.mails),
    ]
    with subprocess.Popen(command, cwd=ROOT, env=clean_environment()) as process:
        wait_until(lambda: listens(port), 10)
        yield port
        process.terminate()


def test_a_restored_copy_has_everything_and_sends_nothing_before_a_person_releases(
    scene: Scene, mail: int, place: Path
) -> None:
    well(minga("restore", str(scene.archive), home=place))
    assert scene.counted(place) == scene.rows
    assert (place / "media" / "acta.pdf").read_bytes() == (scene.home / "media" / "acta.pdf").read_bytes()
    states = "SELECT string_agg(DISTINCT state, ' ') FROM notifications_notification"
    assert scene.asked(place, states) == "held"
    assert scene.sent(place, mail) == 0
    assert "hora de Quito" in well(minga("manage", "hold", home=place))
    well(minga("manage", "hold", "--release", "all", home=place))
    assert scene.sent(place, mail) > 0


def test_a_restore_that_is_killed_leaves_what_was_there(scene: Scene) -> None:
    process = subprocess.Popen(
        [sys.executable, ROOT / "minga", "restore", str(scene.archive), "--replace"],
        env=clean_environment(MINGA_HOME=str(scene.home)), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until(lambda: (scene.home / "media.restoring" / "acta.pdf").exists(), 30)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert scene.counted(scene.home) == scene.rows
    assert scene.asked(scene.home, "SELECT count(*) FROM notifications_hold") == "0"
    assert not (scene.home / "media.restoring").exists()
    assert (scene.home / "media" / "acta.pdf").exists()


def test_own_migrations_are_known_by_the_label_of_their_app() -> None:
    known = own_migrations()
    assert "0001_initial" in known["mesa_sessions"]
    assert "0002_state_machine" in known["notifications"]
