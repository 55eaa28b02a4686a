"""``manage.py vendor ARCHIVE…``: the files of requirements/vendored.json out of archives that ``npm pack`` made."""

import base64
import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

MANIFEST = Path(settings.BASE_DIR) / "requirements" / "vendored.json"


class Command(BaseCommand):
    """To bring a newer version: write it and its integrity into the manifest, pack it, and give the archive here."""

    help = "Puts the files of requirements/vendored.json in their places, out of the archives that npm pack made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archives", nargs="+", type=Path)

    def handle(self, *args: Any, archives: list[Path], **options: Any) -> None:
        entries = json.loads(MANIFEST.read_text(encoding="utf-8"))
        sums = {entry["integrity"]: entry for entry in entries}
        for archive in archives:
            entry = sums.get(integrity(archive.read_bytes()))
            if entry is None:
                raise CommandError(f"{archive} is none of those that requirements/vendored.json names.")
            with tarfile.open(archive) as packed:
                for name, file in entry["files"].items():
                    member = packed.extractfile(f"package/{name}")
                    content = member.read() if member else b""
                    file["sha256"] = hashlib.sha256(content).hexdigest()
                    (Path(settings.BASE_DIR) / file["to"]).write_bytes(content)
                    self.stdout.write(f"{file['to']}: {entry['package']} {entry['version']}")
        MANIFEST.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def integrity(archive: bytes) -> str:
    """As npm writes it."""
    return f"sha512-{base64.b64encode(hashlib.sha512(archive).digest()).decode()}"
