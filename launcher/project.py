"""The project's own processes: their environment, their commands, the preparations that may be skipped."""

import contextlib
import hashlib
import json
import os
import socket
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from launcher import status
from launcher.environment import PYTHON, VENV
from launcher.home import ROOT, Home
from launcher.supervise import Step
from launcher.words import Refusal, say

# Django commands that change the tables themselves need the role that owns them.
OWNER_COMMANDS = {"migrate", "flush", "createcachetable", "sqlflush", "squashmigrations"}
SERVICES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "EMAIL_URL")
LOCAL = build_opener(ProxyHandler({}))


def environment(home: Home, port: int, **values: str) -> dict[str, str]:
    """The variables of Django, Celery and the web server; `values` come last."""
    secrets = home.secrets()
    base = f"http://127.0.0.1:{port}"
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if inherited.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Whoever wants no __pycache__ in the tree need not wait for every process to compile the libraries again.
        inherited["PYTHONPYCACHEPREFIX"] = str(VENV / "pycode")
    defaults = {
        "SECRET_KEY": secrets["SECRET_KEY"],
        "MINGA_LINK_KEY": secrets["MINGA_LINK_KEY"],
        "MINGA_BASE_URL": base,
        "MINGA_ALLOWED_HOSTS": "127.0.0.1,localhost",
    }
    hosts = inherited.get("MINGA_ALLOWED_HOSTS", "")
    if hosts and "127.0.0.1" not in hosts.split(","):
        # The supervisor asks for /healthz/ready by this name.
        inherited["MINGA_ALLOWED_HOSTS"] = f"{hosts},127.0.0.1"
    return {
        **defaults,
        **inherited,
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "VIRTUAL_ENV": str(VENV),
        "PYTHONUNBUFFERED": "1",
        "MINGA_HOME": str(home.path),
        "MINGA_MAIL_DIR": str(home.mail),
        "MINGA_PORT": str(port),
        status.VARIABLE: str(status.path_of(home)),
        **values,
    }


def demo_environment(home: Home, port: int, **values: str) -> dict[str, str]:
    """As `environment`, deaf to whatever else the shell has set: a demo touches nothing but itself."""
    clean = environment(home, port)
    for name in list(clean):
        if name.startswith("MINGA_") or name in (*SERVICES, "DJANGO_SETTINGS_MODULE"):
            del clean[name]
    secrets = home.secrets()
    return clean | {
        "SECRET_KEY": secrets["SECRET_KEY"],
        "MINGA_LINK_KEY": secrets["MINGA_LINK_KEY"],
        "MINGA_BASE_URL": f"http://127.0.0.1:{port}",
        "MINGA_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "MINGA_HOME": str(home.path),
        "MINGA_MAIL_DIR": str(home.mail),
        "MINGA_PORT": str(port),
        status.VARIABLE: str(status.path_of(home)),
        "MINGA_DEMO": "1",
        "MINGA_DEBOUNCE_SECONDS": "20",  # whoever moves a session in the demo wants to see the notice
        **values,
    }


def manage(*arguments: str) -> list[str]:
    return [str(PYTHON), str(ROOT / "manage.py"), *arguments]


def as_owner(variables: dict[str, str]) -> dict[str, str]:
    """The same variables with the database role that owns the tables."""
    return variables | {"DATABASE_URL": variables["DATABASE_OWNER_URL"]}


def web_command(port: int, host: str = "127.0.0.1") -> list[str]:
    # Each thread keeps a database connection; granian's own limit is far above what PostgreSQL admits.
    return [
        str(VENV / "bin" / "granian"), "--interface", "wsgi", "coordination.wsgi:application",
        "--host", host, "--port", str(port), "--workers", "2", "--respawn-failed-workers",
        "--blocking-threads", "8", "--workers-kill-timeout", "10",
    ]  # fmt: skip


def worker_command() -> list[str]:
    return [
        str(VENV / "bin" / "celery"), "-A", "coordination", "worker", "--concurrency", "2",
        "--loglevel", "INFO", "--without-gossip", "--without-mingle",
    ]  # fmt: skip


def beat_command(home: Home) -> list[str]:
    return [
        str(VENV / "bin" / "celery"), "-A", "coordination", "beat", "--loglevel", "WARNING",
        "--schedule", str(home.run / "beat-schedule"), "--pidfile=",
    ]  # fmt: skip


def mail_command(home: Home, port: int) -> list[str]:
    return [str(PYTHON), "-m", "launcher.mailcatcher", "--port", str(port), "--folder", str(home.mail)]


def preparations(home: Home, variables: dict[str, str]) -> list[Step]:
    """The steps whose sources changed since they last succeeded; each leaves its mark with `done`."""
    steps = []
    if any(_is_stale(catalogue) for catalogue in _catalogues()):
        steps.append(Step("catalogues", manage("compile_catalogues"), variables))
    if not _is_current(home, "static") or not (home.path / "static").is_dir():
        steps.append(Step("static", manage("collectstatic", "--noinput", "--verbosity", "0"), variables))
    return steps


def done(home: Home, steps: list[Step]) -> None:
    """Marks preparations as current."""
    marks = _marks(home)
    for step in steps:
        if step.name == "static":
            marks[step.name] = _fingerprint()
    (home.run / "prepared.json").write_text(json.dumps(marks))


def chosen_port(command: str, default: int = 8000) -> int:
    """The port that MINGA_PORT asks for; refuses when it is no number or somebody has it."""
    text = os.environ.get("MINGA_PORT") or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Refusal("bad.port", port=text)
    if not _is_free(int(text)):
        raise Refusal("no.port", port=text, other=_free_port(), command=command)
    return int(text)


def mail_port(home: Home) -> int:
    """A free port for the catcher: the last one again where possible, so that notes about it stay true."""
    port = home.state().get("mail_port")
    if not (isinstance(port, int) and _is_free(port)):
        port = _free_port()
        home.state(mail_port=port)
    return port


def answers(url: str) -> bool:
    """Says whether an address of this machine answers with 200; asks no proxy."""
    with contextlib.suppress(URLError, OSError, ValueError), LOCAL.open(url, timeout=2) as answer:
        return answer.status == 200
    return False


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def step(name: str, *arguments: str, variables: dict[str, str], may_fail: bool = False) -> Step:
    return Step(name, manage(*arguments), variables, may_fail=may_fail, label=say(name))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _catalogues() -> list[Path]:
    return sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))


def _is_stale(catalogue: Path) -> bool:
    compiled = catalogue.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < catalogue.stat().st_mtime


def _fingerprint() -> str:
    """Names, sizes and times of the static sources in one hash; apps of others change with the lock."""
    folders = [ROOT / "static", *ROOT.glob("coordination/*/static")]
    notes = [(ROOT / "requirements" / "base.lock", 0)]
    notes += [
        (file, file.stat().st_mtime_ns)
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    ]
    text = "\n".join(f"{file} {file.stat().st_size} {time}" for file, time in notes)
    return hashlib.sha256(text.encode()).hexdigest()


def _marks(home: Home) -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        return json.loads((home.run / "prepared.json").read_text())
    return {}


def _is_current(home: Home, name: str) -> bool:
    return _marks(home).get(name) == _fingerprint()
