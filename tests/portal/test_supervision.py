"""What the site reads about the parts that the launcher keeps running."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from coordination.portal import supervision

FILE = """{"parts": [
 {"part": "worker", "state": "waiting", "pid": null, "since": "2026-03-02T10:00:00+00:00", "restarts": 3,
  "last_exit": 1, "next_try": "2026-03-02T10:00:05+00:00"}]}"""


@pytest.fixture
def file(tmp_path: Path, settings: Any) -> Path:
    settings.SUPERVISOR_STATUS = str(tmp_path / "supervisor.json")
    return tmp_path / "supervisor.json"


def test_parts_are_read_with_their_moments(file: Path) -> None:
    file.write_text(FILE)
    (part,) = supervision.parts()
    assert (part.part, part.state, part.pid, part.restarts, part.last_exit) == (
        "worker",
        "waiting",
        None,
        3,
        1,
    )
    assert part.since
    assert part.next_try
    assert (part.next_try - part.since).total_seconds() == 5


@pytest.mark.parametrize("text", ["", "{", "[]", '{"parts": [{}]}', '{"parts": 3}'])
def test_a_file_that_cannot_be_read_says_nothing(file: Path, text: str) -> None:
    file.write_text(text)
    assert supervision.parts() == []


@pytest.mark.django_db
def test_readiness_names_parts_and_states_but_no_process(file: Path) -> None:
    file.write_text(FILE.replace('"pid": null', '"pid": 4711'))
    answer = Client().get("/healthz/ready")
    assert answer.json()["supervised"] == [{"part": "worker", "state": "waiting", "restarts": 3}]
    assert b"4711" not in answer.content
    assert str(file.parent).encode() not in answer.content
