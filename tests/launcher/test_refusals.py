"""One sentence, exit code 1, no traceback: what a person meets whose machine is not ready."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import environment, project
from launcher.home import ROOT, require_disk
from launcher.words import WORDS, Refusal, say
from tests.launcher.conftest import clean_environment


def run(*arguments: str, folder: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, folder / "minga", *arguments],
        env=clean_environment(**variables), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
    )  # fmt: skip


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a refusal."""
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_taken_port_is_named_with_a_free_one(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        sentence = refused(run("demo", MINGA_HOME=str(place), MINGA_PORT=port))
    assert port in sentence
    assert "MINGA_PORT=" in sentence


def test_a_port_that_is_no_number_is_refused(place: Path) -> None:
    assert "«ocho»" in refused(run("demo", MINGA_HOME=str(place), MINGA_PORT="ocho"))


def test_a_missing_lock_is_named(place: Path) -> None:
    copy = place.parent / "clone"
    shutil.copytree(ROOT / "launcher", copy / "launcher", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "minga", copy / "minga")
    assert "requirements/base.lock" in refused(
        run("demo", folder=copy, MINGA_HOME=str(place), MINGA_PORT=str(project._free_port()))
    )


def test_a_missing_venv_module_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PYTHON", Path("/nonexistent/python"))
    monkeypatch.setattr(environment, "_uv", lambda: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Refusal, match="venv"):
        environment._make(environment.Console())


def test_too_little_disk_is_told_with_figures(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="GB"):
        require_disk(tmp_path / "not" / "yet", 1e9)


def test_a_home_that_cannot_be_written_is_named(place: Path) -> None:
    place.parent.joinpath("file").write_text("")
    assert "MINGA_HOME" in refused(run("demo", MINGA_HOME=str(place.parent / "file" / "home")))


def test_a_mixture_of_services_names_what_is_missing(place: Path) -> None:
    done = run("up", MINGA_HOME=str(place), DATABASE_URL="postgres://a@b/c", REDIS_URL="redis://b")
    sentence = refused(done)
    assert "DATABASE_OWNER_URL, EMAIL_URL" in sentence


def test_up_without_anybody_to_ask_names_the_variable(place: Path) -> None:
    assert "MINGA_ADMIN_EMAIL" in refused(
        run("up", MINGA_HOME=str(place), MINGA_PORT=str(project._free_port()))
    )


def test_an_unknown_command_is_named_and_none_lists_all() -> None:
    assert "«dmeo»" in refused(run("dmeo"))
    listed = run()
    assert listed.returncode == 0
    for command in ("demo", "up", "test", "check", "manage"):
        assert f"./minga {command}" in listed.stdout


def test_english_is_spoken_to_an_english_shell() -> None:
    assert "Usage" in run(LANG="en_US.UTF-8").stdout
    assert "Uso" in run(LANG="es_EC.UTF-8").stdout
    assert "Uso" in run(LANG="en_US.UTF-8", LC_ALL="es_EC.UTF-8").stdout


def test_every_sentence_exists_in_both_languages() -> None:
    for key, (spanish, english) in WORDS.items():
        names = [{part.split("}")[0] for part in text.split("{")[1:]} for text in (spanish, english)]
        assert names[0] == names[1], key
    assert say("done")
