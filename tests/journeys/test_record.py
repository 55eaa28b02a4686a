"""From the door to approved minutes in one go: what two organizations do by link and the secretariat on its pages."""

import json
import re
import uuid
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from coordination.attendees.models import Attendance, Certificate
from coordination.documents.rich import paragraphs
from coordination.minutes.models import Minutes
from coordination.sessions.models import Session
from tests.attendees.inviting import accept, called, delegates, invitation_of, one
from tests.browser.mailbox import Mailbox
from tests.cast import NOW, Cast, signed_in
from tests.journeys.test_cycle import Story, at, path_of, sent, story

__all__ = ["story"]
pytestmark = pytest.mark.django_db
NGO, UNIVERSITY = "carmen@puente.example", "luis@paramo.example"


def scan(rosa: Client, session: Session, token: str, when: datetime, name: str) -> str:
    """A code read at the door; gives what the phone is told."""
    block = session.blocks.get().pk
    entry = {
        "client_id": str(uuid.uuid4()), "block": block, "kind": "mark", "pass": token, "status": "present",
        "at": when.isoformat(), "delegate": None, "name": "", "organization": "", "represents": False, "replaces": None,
    }  # fmt: skip
    queue = json.dumps({"sent_at": when.isoformat(), "entries": [entry]})
    answer = rosa.post(at("attendees:door_sync", session.public_id), queue, content_type="application/json")
    (told,) = answer.json()["results"]
    assert told["name"] == name
    return str(told["result"])


def test_who_came_what_was_said_and_who_agreed_with_the_minutes(
    cast: Cast, story: Story, mailbox: Mailbox
) -> None:
    session = called(cast)
    for org, name, address in ((cast.ngo, "Carmen Loja", NGO), (cast.university, "Luis Aguirre", UNIVERSITY)):
        accept(cast, invitation_of(session, org), [one("principal", name, address)])
    carmen, luis = (delegates(invitation_of(session, org))[0] for org in (cast.ngo, cast.university))
    rosa, anybody = signed_in(cast.rosa.user), Client()

    assert session.starts_at and session.ends_at
    story.go_to(session.starts_at + timedelta(minutes=5))
    rosa = signed_in(cast.rosa.user)
    assert anybody.get(at("attendees:pass", carmen.pass_token)).status_code == 200
    assert scan(rosa, session, carmen.pass_token, session.starts_at, "Carmen Loja") == "new"
    assert scan(rosa, session, carmen.pass_token, session.starts_at, "Carmen Loja") == "already"
    assert scan(rosa, session, luis.pass_token, session.starts_at, "Luis Aguirre") == "new"
    assert Attendance.objects.filter(status="present").count() == 2
    item = session.agenda.exclude(is_generated=True).first() or session.agenda.first()
    assert item is not None
    sent(
        rosa, at("sessions:outcomes", session.public_id), punto=str(item.public_id), kind="decision",
        text="La mesa abre 40 plazas.",
    )  # fmt: skip

    story.go_to(session.ends_at + timedelta(hours=1))
    rosa = signed_in(cast.rosa.user)
    sent(rosa, at("attendees:close", session.public_id))
    sent(rosa, at("sessions:close", session.public_id), result="held")
    sent(rosa, at("attendees:certificates", session.public_id))
    sent(rosa, at("minutes:create", session.public_id), language="es")
    minutes = Minutes.objects.get()
    assert "40 plazas" in " ".join(minutes.sections.values_list("body", flat=True))
    until = (session.ends_at + timedelta(days=15)).date()
    sent(
        rosa,
        at("minutes:circulate", session.public_id),
        until=until.isoformat(),
        version=minutes.edit_version,
    )

    story.go_to(session.ends_at + timedelta(hours=20))
    address = cast.carmen.email
    copy = path_of(story.letter(address, "Para leer y observar"), "/m/")
    page = anybody.get(copy).content.decode()
    assert "40 plazas" in page
    section = minutes.sections.get(body__contains="40 plazas", is_reserved=False)
    press = {
        "section": section.public_id,
        "paragraph": next(one.number for one in paragraphs(section.body) if "40 plazas" in one.text),
        "client_id": uuid.uuid4(),
        "text": "Son 45 plazas.",
    }
    sent(anybody, f"{copy}observar/", **press)
    sent(anybody, f"{copy}observar/", **press)  # pressed twice
    observed = minutes.observations.get()
    rosa = signed_in(cast.rosa.user)
    answer = at("minutes:answer", session.public_id, observed.public_id)
    hidden = re.findall(r'name="(\w+)" value="(\d+)"', rosa.get(answer).content.decode())
    sent(rosa, answer, answer="accepted", wording="La mesa abre 45 plazas.", **dict(hidden))

    story.go_to(
        datetime.combine(until, session.ends_at.time(), tzinfo=session.ends_at.tzinfo) + timedelta(days=2)
    )
    minutes.refresh_from_db()
    assert (minutes.state, bool(minutes.number)) == ("approved", True)  # nobody said anything more
    assert minutes.number in story.letter(address, minutes.number).subject
    rosa = signed_in(cast.rosa.user)
    sent(rosa, at("minutes:publish", session.public_id))
    public = anybody.get(at("minutes:minutes", session.public_id))
    assert public.status_code == 200 and "45 plazas" in public.content.decode()
    proof = anybody.get(at("portal:verify", minutes.code)).content.decode()
    assert minutes.number in proof and minutes.sha256 in re.sub(r"\s", "", proof)
    paper = Certificate.objects.filter(name="Carmen Loja").get()
    assert "Carmen Loja" in anybody.get(at("portal:verify", paper.code)).content.decode()
    assert NOW.date() < date.fromisoformat(until.isoformat())
