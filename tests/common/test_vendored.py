"""What others wrote is the file they published, and says whose it is."""

import hashlib
import json
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def test_every_vendored_script_is_the_one_of_the_manifest() -> None:
    entries = json.loads((ROOT / "requirements" / "vendored.json").read_text(encoding="utf-8"))
    files = {file["to"]: file["sha256"] for entry in entries for file in entry["files"].values()}
    for name, expected in files.items():
        assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == expected, name
    kept = {str(path.relative_to(ROOT)) for path in (ROOT / "static" / "js" / "vendor").iterdir()}
    assert kept == set(files)
    assert any("LICENSE" in name for name in files)
