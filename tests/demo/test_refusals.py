"""Where the demo may not be loaded, and what is left of a broken file: nothing."""

import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from coordination.demo import world
from coordination.demo.files import DATA, BrokenData
from coordination.demo.models import DemoWorld
from coordination.organizations.models import Organization
from coordination.taxonomies.models import Province
from tests.demo.conftest import NOW

pytestmark = pytest.mark.django_db


def test_a_database_in_use_is_refused() -> None:
    User.objects.create_user("alguien@institucion.example")
    with pytest.raises(CommandError, match="is not a demo"):
        call_command("load_demo")
    assert not Province.objects.exists()
    assert not DemoWorld.objects.exists()


@pytest.mark.parametrize("file", ["organizations.json", "history.json", "people.json", "living.json"])
def test_a_broken_file_leaves_nothing(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    text = (folder / file).read_text()
    (folder / file).write_text(text[: len(text) // 2])
    with pytest.raises(BrokenData, match=rf"{file}: line"):
        world.load(now=NOW, folder=folder)
    assert not Organization.objects.exists()
    assert not DemoWorld.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("file", "path", "value"),
    [
        ("organizations.json", ("organizations", 95, "sector_type"), "guild"),
        ("history.json", ("sessions", 22, "participants"), ["nobody"]),
        ("history.json", ("sessions", 22, "date"), "2019-13-40"),
        ("history.json", ("series", 11, "name_es"), None),
        ("living.json", ("mesas", 5, "members"), ["nobody"]),
    ],
)
def test_a_row_that_cannot_be_leaves_nothing(
    tmp_path: Path, file: str, path: tuple[str, int, str], value: object
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    content = json.loads((folder / file).read_text())
    rows, number, key = path
    if value is None:
        del content[rows][number][key]
    else:
        content[rows][number][key] = value
    (folder / file).write_text(json.dumps(content))
    with pytest.raises(BrokenData, match="json"):
        world.load(now=NOW, folder=folder)
    assert not Organization.objects.exists()
