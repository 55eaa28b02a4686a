"""The catcher keeps each mail whole, by its own name, and sends nothing on."""

import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from launcher.home import ROOT
from launcher.project import listens
from tests.launcher.conftest import clean_environment, free_port, wait_until


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    number = free_port()
    command = [sys.executable, "-m", "launcher.mailcatcher", "--port", str(number), "--folder", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, env=clean_environment()) as process:
        wait_until(lambda: listens(number), 10)
        yield number
        process.terminate()
        assert process.wait(10) == 0


def test_every_mail_becomes_one_file(port: int, tmp_path: Path) -> None:
    letter = EmailMessage()
    letter["Subject"] = "Convocatoria: sesión ordinaria"
    letter["From"] = "Minga <avisos@minga.example>"
    letter["To"] = "ana@ong.example"
    letter.set_content("Año, niña, acción.\n")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as line:
        for _ in range(3):
            line.send_message(letter)
    files = sorted(tmp_path.glob("*.eml"))
    assert len(files) == 3
    kept = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert kept["Subject"] == letter["Subject"]
    assert kept["X-RcptTo"] == "ana@ong.example"
    assert kept.get_content().replace("\r\n", "\n") == letter.get_content()
    assert [file for file in tmp_path.iterdir() if file.suffix != ".eml"] == []
