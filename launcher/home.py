"""Where the data live: the folders of MINGA_HOME, who owns them, the secrets, the lock.

As root the database and the queue run as an unprivileged user, whose folders must be reachable for
it. Modes of folders that existed before are never changed; where MINGA_HOME is closed to that user
its data go to /var/lib/minga/<hash of MINGA_HOME> instead, and a note in MINGA_HOME says so.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from launcher.words import Refusal

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_HOME = Path("/var/lib/minga")
# sun_path holds 108 bytes with its closing zero on Linux, 104 on macOS.
SOCKET_LIMIT = 100


@dataclass(frozen=True)
class Account:
    """The unprivileged user of the services."""

    uid: int
    gid: int

    def popen_arguments(self) -> dict:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def can_reach(path: Path, account: Account | None) -> bool:
    """Says whether `account` can enter `path`; asks the kernel, which also knows about ACLs."""
    if account is None:
        return True
    done = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(path)],
        cwd="/", check=False, capture_output=True, **account.popen_arguments(),
    )  # fmt: skip
    return done.returncode == 0


class Home:
    """The folders of one Minga."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.account = self._account()
        self.run = path / "run"
        self.log = path / "log"
        self.mail = path / "mail"
        self._lock: int | None = None

    @classmethod
    def chosen(cls) -> "Home":
        """The home that MINGA_HOME names, else var/ beside the launcher, else (as root) /var/lib/minga."""
        named = os.environ.get("MINGA_HOME")
        if named:
            return cls(Path(named).expanduser().absolute())
        return cls(SYSTEM_HOME if os.geteuid() == 0 else ROOT / "var")

    def prepare(self) -> None:
        """Makes the folders that are missing; refuses with one sentence where it may not write."""
        try:
            self._make(self.path, 0o711 if self.account else 0o700)
            for folder in (self.run, self.log, self.mail):
                self._make(folder, 0o700)
            self.services = self._services()
            for folder in (self.postgres, self.redis):
                self._make(folder, 0o700, owned=True)
            self.sockets = self._sockets()
        except OSError as error:
            raise Refusal("no.write", path=self.path, reason=error.strerror) from error

    @property
    def postgres(self) -> Path:
        return self.services / "postgres"

    @property
    def redis(self) -> Path:
        return self.services / "redis"

    @property
    def postgres_socket(self) -> Path:
        return self.sockets / "postgres"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis" / "redis.sock"

    def secrets(self) -> dict[str, str]:
        """The keys and passwords of this home, made once and kept in a file only its owner reads."""
        file = self.path / "secrets.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        wanted = ("SECRET_KEY", "MINGA_LINK_KEY", "postgres", "minga_owner", "minga_app")
        missing = [name for name in wanted if name not in known]
        if missing:
            known |= {name: secrets.token_urlsafe(48 if name.isupper() else 24) for name in missing}
            write_private(file, json.dumps(known, indent=1))
        return known

    def state(self, **changes: object) -> dict:
        """What the last start noted about this home (kind, url, mail port), with `changes` written down."""
        file = self.run / "state.json"
        known = {}
        with contextlib.suppress(OSError, ValueError):
            known = json.loads(file.read_text())
        if changes:
            known |= changes
            write_private(file, json.dumps(known))
        return known

    def lock(self) -> None:
        """Claims this home for one supervisor; the kernel frees it however that process ends."""
        self._lock = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._lock, 20, 0).decode() or "?"
            os.close(self._lock)
            self._lock = None
            raise Refusal("busy", home=self.path, pid=holder) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def is_busy(self) -> bool:
        """Says whether a supervisor holds this home just now."""
        try:
            self.lock()
        except Refusal:
            return True
        self.unlock()
        return False

    def unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _account(self) -> Account | None:
        if os.geteuid() != 0:
            return None
        for name in ("minga", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                if entry.pw_uid:
                    return Account(entry.pw_uid, entry.pw_gid)
        raise Refusal("no.user")

    def _services(self) -> Path:
        """Where the unprivileged user's data go; data that already exist keep their owner."""
        inside = self.path / "services"
        if can_reach(self.path, self.account):
            self._make(inside, 0o711 if self.account else 0o700)
            chosen = inside
        else:
            self._make(SYSTEM_HOME, 0o711)
            name = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
            chosen = SYSTEM_HOME / name
            self._make(chosen, 0o711)
            if not can_reach(chosen, self.account):
                raise Refusal("no.write", path=SYSTEM_HOME, reason="0711")
            (self.path / "services-live-in").write_text(f"{chosen}\n")
        existing = chosen / "postgres"
        if self.account and existing.exists() and existing.stat().st_uid:
            status = existing.stat()
            self.account = Account(status.st_uid, status.st_gid)
        return chosen

    def _sockets(self) -> Path:
        """The folder of the sockets: in the home, or in a short private one where the path would be too long."""
        place = self.services / "run"
        if len(os.fsencode(place / "postgres" / ".s.PGSQL.5432.lock")) > SOCKET_LIMIT:
            place = self._short_place()
        self._make(place, 0o711 if self.account else 0o700)
        for folder in ("postgres", "redis"):
            self._make(place / folder, 0o700, owned=True)
        return place

    def _short_place(self) -> Path:
        noted = self.state().get("sockets")
        if noted:
            with contextlib.suppress(OSError):
                status = os.lstat(noted)
                if status.st_uid == os.geteuid() and not os.path.islink(noted):
                    return Path(noted)
        base = None if self.account else os.environ.get("XDG_RUNTIME_DIR")
        if not (base and os.access(base, os.W_OK)):
            base = "/tmp"  # noqa: S108  mkdtemp makes a private folder; TMPDIR may be the very path that is too long
        place = Path(tempfile.mkdtemp(prefix="minga-", dir=base))
        if self.account:
            place.chmod(0o711)
        self.state(sockets=str(place))
        return place

    def _make(self, path: Path, mode: int, owned: bool = False) -> None:
        """Makes one folder with exactly `mode`; leaves a folder that exists as it is."""
        if path.is_dir():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()
        path.chmod(mode)
        if owned and self.account:
            os.chown(path, self.account.uid, self.account.gid)


def write_private(path: Path, text: str) -> None:
    """Writes a file readable by its owner only, whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(temporary, path)


def require_disk(path: Path, gigabytes: float) -> None:
    """Refuses when the disk of `path` has less than `gigabytes` free."""
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    free = shutil.disk_usage(existing).free / 1e9
    if free < gigabytes:
        raise Refusal("no.disk", path=path, free=f"{free:.1f}", need=f"{gigabytes:.1f}")
