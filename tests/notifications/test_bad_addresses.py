"""Names and addresses as people really write them, or as somebody would to do harm; by SMTP and by a provider."""

from collections.abc import Iterator
from typing import Any

import pytest
from icalendar import Calendar

from coordination.attendees.answer_forms import DelegationForm
from coordination.notifications.models import Notification
from coordination.organizations.models import Person
from tests.notifications.conftest import TITULAR, Sink, World
from tests.notifications.provider import FakeProvider, fake_provider

pytestmark = pytest.mark.django_db
STATE = Notification.State
NAMES = {
    "at sign and comma": ("Peña @ Red, Sur: «Ñ»; (Loja)", "Peña @ Red, Sur: «Ñ»; (Loja)"),
    "quotes and backslash": ('Eva "la \\ otra"', 'Eva "la \\ otra"'),
    "emoji": ("Eva 🧭 Lara 👩🏽", "Eva 🧭 Lara 👩🏽"),
    "two hundred characters": ("Ñandú " * 33, ("Ñandú " * 33).strip()),
    "one word of two hundred": ("ñ" * 200, "ñ" * 200),
    "a name turned round": ("Eva \u202egpj.exe\u202c\u200f", "Eva gpj.exe"),
    "a new line": ("Eva\r\nBcc: otra@x.example\r\n\r\nHola", "Eva Bcc: otra@x.example Hola"),
    "an encoded word": ("=?utf-8?q?Eva=0D=0ABcc:_a@x?=", "=?utf-8?q?Eva=0D=0ABcc:_a@x?="),
}


def called(world: World, **person: Any) -> None:
    """Carmen is renamed and confirmed in a delegation, with everybody else's letters around hers."""
    world.convene()
    world.name(TITULAR)
    hers = Person.objects.filter(email=TITULAR[2])
    world.carmens = list(hers.values_list("pk", flat=True))  # type: ignore[attr-defined]
    hers.update(**person)
    world.plan()
    Notification.objects.exclude(kind__in=["invitation", "delegation_confirmed"]).delete()


@pytest.fixture
def provider(settings: Any) -> Iterator[FakeProvider]:
    with fake_provider() as server:
        settings.EMAIL_PROVIDER = "postmark"
        settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "a-token", "POSTMARK_API_URL": server.url}
        settings.ANYMAIL["IGNORE_UNSUPPORTED_FEATURES"] = True
        yield server


@pytest.mark.parametrize("name", NAMES)
def test_a_name_arrives_as_it_can_be_read_and_adds_nothing(world: World, sink: Sink, name: str) -> None:
    written, read = NAMES[name]
    called(world, name=written)
    tally = world.send()
    assert (tally.refused, tally.postponed) == (0, 0)
    letters = sink.to("carmen@cast.example")
    assert letters
    for message in letters:
        (to,) = message["To"].addresses
        if name != "an encoded word":
            # Python's reader leaves a space between two encoded words of a long name; its writers know better.
            assert "".join(to.display_name.split()) == "".join(read.split())
        assert message["Bcc"] is None and message["Cc"] is None
        for part in message.walk():
            if part.get_content_type() == "text/calendar":
                calendar = Calendar.from_ical(part.get_payload(decode=True))
                event = calendar.walk("VEVENT")[0]
                assert event["attendee"] == "mailto:carmen@cast.example"
                assert len(calendar.walk("VEVENT")) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_is_told_the_same_name(world: World, provider: FakeProvider, name: str) -> None:
    called(world, name=NAMES[name][0])
    tally = world.send()
    assert (tally.refused, tally.postponed, tally.unknown) == (0, 0, 0)
    assert all("Bcc" not in sent for sent in provider.requests)
    told = [sent["To"] for sent in provider.requests if TITULAR[2] in sent["To"]]
    assert told and all(
        each.replace("\\", "").replace('"', "").startswith(NAMES[name][1].replace("\\", "").replace('"', ""))
        for each in told
    )


@pytest.mark.parametrize(
    "address",
    [
        "carmen@cast.example\r\nRCPT TO:<otra@x.example>",
        "carmen\n@cast.example",
        "carmen@cast.example\r\n.\r\nMAIL FROM:<a@x>",
        "carmen",
        "@",
        "añá@cast.example",
    ],
    ids=["recipient", "newline", "dot", "no domain", "at", "accent"],
)
@pytest.mark.parametrize("way", ["smtp", "provider"])
def test_an_address_nobody_can_write_to_is_its_own_trouble_alone(
    world: World, sink: Sink, way: str, address: str, settings: Any
) -> None:
    called(world, email=address)
    others = Notification.objects.exclude(recipient__in=world.carmens).count()  # type: ignore[attr-defined]
    if way == "smtp":
        tally = world.send()
        assert len(sink.taken) == others
    else:
        with fake_provider() as server:
            settings.EMAIL_PROVIDER = "postmark"
            settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "a-token", "POSTMARK_API_URL": server.url}
            settings.ANYMAIL["IGNORE_UNSUPPORTED_FEATURES"] = True
            tally = world.send()
            hers = [sent for sent in server.requests if "añá" in sent["To"]]  # a provider may know how
            assert len(server.requests) - len(hers) == others
    assert tally.sent >= others
    assert not any("otra@x.example" in str(message) for message in sink.taken)
    # Refused, and her address is marked; or, where the letter itself cannot be written down, kept until it is too late.
    assert tally.sent > others or tally.refused + tally.postponed > 0


def test_a_domain_with_accents_is_written_as_the_network_knows_it(world: World, sink: Sink) -> None:
    called(world, email="carmen@ñandú.example")
    world.send()
    addresses = {message["To"].addresses[0].addr_spec for message in sink.taken}
    assert "carmen@" + "ñandú.example".encode("idna").decode() in addresses


def test_the_form_says_how_an_address_is_written(world: World) -> None:
    session = world.session
    for wrong in ("añá@x.example", "eva@x.example\r\nBcc: a@x.example", "eva @x.example", "eva"):
        form = DelegationForm({"principal_name": "Eva", "principal_email": wrong}, session=session)
        assert not form.is_valid()
        assert "luis@ejemplo.org" in str(form.errors["principal_email"])
    assert DelegationForm(
        {"principal_name": "Eva", "principal_email": "eva@ñandú.example"}, session=session
    ).is_valid()


def test_a_domain_that_bounces_marks_its_own_people_alone(world: World, sink: Sink) -> None:
    for person in (world.cast.carmen, world.cast.luis):
        Person.objects.filter(pk=person.pk).update(email=f"p{person.pk}@muerto.example")
        sink.order(f"p{person.pk}@muerto.example", *["550 5.1.2 no such domain p1@muerto.example"] * 9)
    world.convene()
    world.plan()
    tally = world.send()
    assert tally.refused == 2 and tally.sent == 1
    marked = set(Person.objects.filter(bounces__gt=0).values_list("pk", flat=True))
    assert marked == {world.cast.carmen.pk, world.cast.luis.pk}
    for row in Notification.objects.filter(state=STATE.FAILED):
        assert "muerto" not in row.answer_text  # the row holds keys, no people
