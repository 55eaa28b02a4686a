"""Letters say a session's blocks: everybody reads when and where, and only who takes part how to join one."""

from datetime import timedelta
from typing import Any

import pytest

from coordination.sessions.models import Block
from tests.notifications.conftest import TITULAR, Sink, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strict_templates")]


def two_days(world: World) -> None:
    session = world.session
    Block.objects.create(
        session=session, order=2, kind="group", title="Mesa de salud", venue="Biblioteca",
        starts_at=session.starts_at + timedelta(days=1), ends_at=session.ends_at + timedelta(days=1),
        online_url="https://reunion.example/PROPIO",
    )  # fmt: skip
    session.ends_at += timedelta(days=1)
    session.save()


def bodies(mail: Any) -> str:
    return "".join(
        part.get_content() for part in mail.walk() if part.get_content_type() in ("text/plain", "text/html")
    )


def test_letters_list_the_blocks_of_a_session_that_has_several(world: World, sink: Sink) -> None:
    two_days(world)
    world.convene()
    world.name(TITULAR)
    world.plan()
    world.send()
    mails = sink.to(TITULAR[2])
    told = [bodies(mail) for mail in mails]
    confirmed = [text for text in told if "confirmado" in text]
    assert confirmed and all(text.count("Mesa de salud. Biblioteca") >= 2 for text in confirmed)
    assert all("PROPIO" in text for text in confirmed)
    invited = [text for text in told if "convoca" in text and "confirmado" not in text]
    assert all("Mesa de salud" in text and "PROPIO" not in text for text in invited)


def test_of_one_block_nothing_is_listed(world: World, sink: Sink) -> None:
    world.convene()
    world.name(TITULAR)
    world.plan()
    world.send()
    assert sink.to(TITULAR[2]) and not any("Programa" in bodies(mail) for mail in sink.to(TITULAR[2]))
