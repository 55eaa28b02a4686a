"""Attacks on the day and its record: the door, the wall, the register, the papers. One test is one hole that stays
closed."""

import io
import re
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from openpyxl import load_workbook

from coordination.attendees import wall
from coordination.attendees.actions.arriving import set_door
from coordination.attendees.models import Attendance, Delegate, Door
from coordination.documents import docx
from coordination.documents.cells import inert
from coordination.documents.docx import NotFilled, fill
from coordination.minutes import diffing
from coordination.minutes.actions.saying import record_statement
from coordination.organizations.models import Person
from coordination.sessions.actions import name_rapporteur
from coordination.sessions.models import Block, Session
from tests.attendees.at_the_door import entry, named, opened, results
from tests.cast import Cast
from tests.documents.test_docx import ABOUT, VALUES, repacked, saved, wrong
from tests.minutes.recorded import drafted, recorded
from tests.minutes.table import item, outcome, running
from tests.minutes.test_publishing import approve, publish

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def today(cast: Cast) -> Cast:
    """The cast with the real clock's now."""
    cast.now = timezone.now()
    return cast


@pytest.fixture
def session(today: Cast) -> Session:
    return opened(today)


@pytest.fixture
def carmen(today: Cast, session: Session) -> Delegate:
    return named(today, session)[0]


@pytest.fixture
def door(today: Cast, session: Session) -> Door:
    return set_door(session_id=session.pk, self_check_in=True, by=today.secretariat, now=timezone.now())


def here(session: Session, code: str) -> str:
    return reverse("attendees:here", args=[session.public_id, code])


def at(name: str, session: Session) -> str:
    return reverse(f"attendees:{name}", args=[session.public_id])


class TestTheWall:
    def test_a_page_opened_in_time_does_not_renew_itself(
        self, client: Client, session: Session, carmen: Delegate, door: Door
    ) -> None:
        shown = client.get(here(session, wall.code_now(door, timezone.now()))).text
        first = re.search(r'name="opened" value="([^"]+)"', shown)
        assert first
        old = here(session, "000000x")
        time.sleep(1.1)  # signatures are dated to the second
        again = client.post(old, {"email": "no es un correo", "opened": first[1]}).text
        second = re.search(r'name="opened" value="([^"]+)"', again)
        assert second and second[1] == first[1]

    def test_a_typed_address_is_no_key_to_a_closed_session(
        self, client: Client, session: Session, carmen: Delegate, door: Door
    ) -> None:
        Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
        address = here(session, wall.code_now(door, timezone.now()))
        told = [
            client.post(address, {"email": who}).text for who in (carmen.person.email, "nadie@cast.example")
        ]
        assert not Attendance.objects.exists()
        plain = [re.sub(r'value="[^"]*"', "", text) for text in told]
        assert plain[0] == plain[1]
        client.get(reverse("attendees:pass", args=[carmen.pass_token]))
        client.post(address, {"me": "1"})
        assert Attendance.objects.get().delegate == carmen


class TestThePass:
    def test_of_a_closed_session_it_names_no_block(
        self, client: Client, today: Cast, session: Session, carmen: Delegate
    ) -> None:
        block = Block.objects.get(session=session)
        other = Block.objects.create(
            session=session,
            kind=block.kind,
            starts_at=block.starts_at,
            ends_at=block.ends_at,
            order=2,
            title="CANARIO",
        )
        Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
        for one in (block, other):
            Attendance.objects.create(
                block=one, organization=today.ngo, delegate=carmen, person=carmen.person, status="present",
                arrived_at=today.now, recorded_at=today.now,
            )  # fmt: skip
        assert "CANARIO" not in client.get(reverse("attendees:pass", args=[carmen.pass_token])).text

    def test_the_link_of_a_meeting_writes_no_policy(
        self, client: Client, today: Cast, session: Session, carmen: Delegate
    ) -> None:
        address = "https://a;script-src*@meet.example:8443/x"
        Session.objects.filter(pk=session.pk).update(modality="hybrid", online_url=address)
        Block.objects.filter(session=session).update(online_url=address)
        answer = client.get(reverse("attendees:pass_join", args=[carmen.pass_token]))
        policy = answer["Content-Security-Policy"]
        assert "https://meet.example:8443" in policy and "script-src*" not in policy


class TestARapporteur:
    """Writes down one session: keeps its register, and no other page of people."""

    def test_keeps_the_register_of_that_session_alone(
        self, sign_in: SignIn, today: Cast, session: Session, carmen: Delegate
    ) -> None:
        name_rapporteur(session_id=session.pk, person_id=today.luis.pk, by=today.secretariat, now=today.now)
        client = sign_in(today.luis)
        assert "Carmen Loja" in client.get(at("attendance", session)).text
        marked = client.post(at("mark", session), {"everybody": today.ngo.slug}, follow=True)
        assert marked.status_code == 200
        assert Attendance.objects.filter(status="present").count() == 2
        assert client.get(at("delegations", session)).status_code == 403
        other = opened(today)
        named(today, other)
        assert client.get(at("attendance", other)).status_code == 403
        assert client.post(at("mark", other), {"everybody": today.ngo.slug}).status_code == 403
        assert not Attendance.objects.filter(block__session=other).exists()


class TestTheRegisterAsAFile:
    def test_a_cell_is_not_computed_where_a_semicolon_parts_cells(self) -> None:
        for said in ("Loja;=HYPERLINK(1)", 'Loja;"=1+1"', "Loja; @x", "Loja,+1", "Loja\t-1"):
            assert not re.search(r"(?:^|[;,\t])[\s\"]*[=+\-@]", inert(said)), said
        assert inert("Pérez-Loja, Ana") == "Pérez-Loja, Ana"

    @pytest.mark.parametrize("sign", ["\ufffe", "\uffff", "\x0b", "\x1f", "\u202e"])
    def test_a_sign_that_a_workbook_cannot_hold_does_not_break_it(
        self, sign_in: SignIn, today: Cast, session: Session, sign: str
    ) -> None:
        client = sign_in(today.rosa)
        block = Block.objects.get(session=session)
        results(
            client, session, [entry(block, "walk_in", name=f"Eva{sign}Luna", organization=today.ngo.slug)]
        )
        assert Attendance.objects.count() == 1
        answer = client.get(at("list_xlsx", session))
        assert answer.status_code == 200
        load_workbook(io.BytesIO(answer.content))
        assert client.get(at("list_csv", session)).status_code == 200


def field(*pieces: str, around: dict[int, tuple[str, str]] | None = None) -> bytes:
    """A document with one field, its instruction in these runs; ``around`` puts marks before and after a run."""
    document = Document()
    line: Any = document.add_paragraph()

    def char(kind: str) -> None:
        node = OxmlElement("w:fldChar")
        node.set(qn("w:fldCharType"), kind)
        line.add_run()._r.append(node)

    char("begin")
    for place, piece in enumerate(pieces):
        before, after = (around or {}).get(place, ("", ""))
        if before:
            line.add_run(before)
        node = OxmlElement("w:instrText")
        node.text = piece
        line.add_run()._r.append(node)
        if after:
            line.add_run(after)
    char("end")
    return saved(document)


class TestAWordTemplate:
    def test_a_field_that_filling_in_makes_fetch_is_refused(self) -> None:
        hidden = field(
            "PAGE ",
            'INCLUDEPICTURE "http://evil.example/x"',
            around={0: ("{% if not numero %}", "{% endif %}")},
        )
        assert wrong(hidden)
        with pytest.raises(NotFilled):
            fill(hidden, VALUES, about=ABOUT)

    def test_a_part_by_another_name_is_read_too(self) -> None:
        hidden = field('INCLUDETEXT "http://evil.example/x"')
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(hidden)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name in ("[Content_Types].xml", "_rels/.rels"):
                    content = content.replace(b"word/document.xml", b"word/document.png")
                renamed = name.replace("document.xml", "document.png")
                new.writestr(renamed, content)
        assert wrong(out.getvalue())

    def test_a_picture_that_lies_elsewhere_is_refused(self) -> None:
        document = Document()
        document.add_paragraph("{{ numero }}")
        content = saved(document)
        linked = repacked(
            content,
            "word/document.xml",
            lambda xml: xml.replace(
                b"</w:p>",
                b'<w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:imagedata src="http://evil.example/x"/>'
                b"</v:shape></w:pict></w:r></w:p>",
                1,
            ),
        )
        assert wrong(linked)


def test_the_public_document_is_not_made_anew_for_everybody_who_asks(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = publish(cast, approve(cast, drafted(cast, recorded(cast))))
    there = reverse("minutes:file", args=[minutes.session.public_id, 1, "publica", "docx"])
    first = client.get(there)
    monkeypatch.setattr(docx, "WAIT", 0)
    with docx._places, docx._places:
        again = client.get(there)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content


def test_the_undo_of_something_else_puts_back_no_vote(sign_in: SignIn, cast: Cast) -> None:
    session = running(cast)
    said = record_statement(
        item_id=item(session).pk, text="CANARIO", speaker="Ana", by=cast.secretariat, now=timezone.now()
    )
    client = sign_in(cast.rosa)
    client.post(reverse("minutes:statement_remove", args=[session.public_id, said.public_id]))
    (code,) = client.session["undo"]
    where = reverse("minutes:agreement_restore", args=[session.public_id, outcome(cast, session).public_id])
    assert client.post(f"{where}?quitado={code}").status_code == 302


def test_a_text_of_the_same_word_over_and_over_is_compared_at_once() -> None:
    began = time.process_time()
    diffing.lines(" ".join(["a"] * 1400), " ".join(["a", "x"] * 700))
    diffing.lines("\n".join(["a"] * 9000), "\n".join(["a", "x"] * 4500))
    assert time.process_time() - began < timedelta(seconds=3).total_seconds()
