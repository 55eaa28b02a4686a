"""Names and addresses that were written to break the mail of everybody else."""

from typing import Any

import pytest

from coordination.notifications import letters, smtp
from coordination.organizations.models import Person
from tests.notifications.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)


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
