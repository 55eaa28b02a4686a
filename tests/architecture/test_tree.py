"""Rules of the tree that a machine can hold."""

import ast
import subprocess
import sys
import tomllib

from launcher.checks import INDEX_HOSTS, index_addresses
from launcher.environment import VENV
from launcher.home import ROOT

TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
CONTRACTS = {contract["name"].split(":")[0]: contract for contract in TOOLS["importlinter"]["contracts"]}


def apps() -> set[str]:
    return {f"coordination.{file.parent.name}" for file in (ROOT / "coordination").glob("*/apps.py")}


def test_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [VENV / "bin" / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_app_stands_on_the_staircase() -> None:
    steps = {layer.strip("()") for layer in CONTRACTS["The staircase"]["layers"]}
    assert apps() <= steps
    sources = set(CONTRACTS["Celery is known to notifications alone"]["source_modules"])
    assert apps() - sources == {"coordination.notifications"}, "only notifications may know Celery"


def test_every_app_with_rooms_is_held_to_their_order() -> None:
    containers = set(CONTRACTS["The rooms"]["containers"])
    with_rooms = {app for app in apps() if list((ROOT / app.replace(".", "/")).glob("actions*"))}
    assert with_rooms - {"coordination.demo"} <= containers


def test_no_file_holds_the_address_of_a_package_index() -> None:
    assert index_addresses(ROOT) == []


def test_an_address_of_a_package_index_would_be_found(tmp_path: object) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "note.txt").write_text(f"see {INDEX_HOSTS[0]} for it\n")
    assert len(index_addresses(tmp_path)) == 1


def test_the_launcher_needs_the_standard_library_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"launcher"}
    for file in (ROOT / "launcher").glob("*.py"):
        if file.name == "mailcatcher.py":  # runs inside the environment
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed, file.name


def test_locks_name_every_package_with_hashes() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text().replace("\\\n", " ")
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins
        assert [pin for pin in pins if "--hash=sha256:" not in pin] == [], lock.name
