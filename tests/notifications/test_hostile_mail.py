"""Names and addresses that were written to break the mail of everybody else."""

from email.header import decode_header, make_header
from typing import Any

import pytest

from coordination.notifications import letters, smtp
from coordination.organizations.models import Person
from coordination.sessions.models import Session
from tests.notifications.conftest import World

pytestmark = pytest.mark.django_db


def test_an_address_that_smtp_cannot_spell_is_refused_and_the_line_goes_on(sink: Any) -> None:
    with smtp.Line() as line:
        bad = letters.Letter("<a@x>", "avisos@minga.example", "añá@x.example", b"Subject: x\r\n\r\nx\r\n")
        good = letters.Letter(
            "<b@x>", "avisos@minga.example", "ana@x.example", b"To: ana@x.example\r\n\r\nx\r\n"
        )
        assert line.send(bad).outcome is smtp.Outcome.REFUSED
        assert line.send(good).outcome is smtp.Outcome.TAKEN


@pytest.mark.parametrize(
    "name", ["Eva\r\nBcc: otra@x.example", "Eva\x07\x1b", 'Eva "B", <c@x.example>', "\u202eEva"]
)
def test_a_name_cannot_add_a_header_nor_hold_a_letter_back(world: World, sink: Any, name: str) -> None:
    Person.objects.filter(pk=world.cast.carmen.pk).update(name=name, email="eva@ñandu.example")
    world.convene()
    world.plan()
    world.send()
    told = [each for each in sink.taken if each["To"].addresses[0].addr_spec == "eva@xn--andu-fqa.example"]
    assert len(told) == 1
    assert told[0]["Bcc"] is None


@pytest.mark.parametrize(
    "name",
    ["Loja, Carmen @ Red", "Ñandú; Eva <x@y.example>", "E" * 190, "Ñ" * 190, "=?utf-8?b?RXZh?=", "", "  "],
)
def test_a_name_of_any_form_comes_back_as_it_was(world: World, sink: Any, name: str) -> None:
    Person.objects.filter(pk=world.cast.carmen.pk).update(name=name)
    world.convene()
    world.plan()
    world.send()
    (told,) = sink.to(world.cast.carmen.email)
    whole = str(make_header(decode_header(dict(told.raw_items())["To"])))
    address = world.cast.carmen.email
    assert whole == (f"{name} <{address}>" if name.strip() else address)
    assert max(len(line) for line in told.as_bytes().splitlines()) < 998


@pytest.mark.parametrize("address", ["eva@x.example\r\nBcc: otra@x.example", "@", "eva@", "<>"])
def test_an_address_that_is_none_reaches_nobody_and_holds_nobody_back(
    world: World, sink: Any, address: str
) -> None:
    Person.objects.filter(pk=world.cast.carmen.pk).update(email=address)
    world.convene()
    world.plan()
    world.send()
    assert len(sink.taken) == 2
    assert len({mail["To"].addresses[0].addr_spec for mail in sink.taken}) == 2
    assert not any(mail["Bcc"] for mail in sink.taken)


def test_a_zone_that_is_gone_stops_neither_planning_nor_letters(world: World, sink: Any) -> None:
    """The hours are then those of the installation, and the letter names their zone."""
    Session.objects.filter(pk=world.session.pk).update(time_zone="America/Atlantis")
    world.convene()
    world.name(("principal", "Eva Lara", "eva@cast.example"))
    world.plan()
    world.send()
    (told,) = sink.to("eva@cast.example")
    assert "09:00 a 13:00, hora de Quito" in told.get_body(("plain",)).get_content()
