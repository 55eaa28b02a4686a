"""The printed sheet: a code a line, signed lines typed back, nothing lost and nothing told that is another's."""

import re
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.attendees.actions.sheets import AT_ONCE, prepare_sheet, type_back
from coordination.attendees.models import Attendance, Delegate, Invitation, SheetRow
from coordination.attendees.sheet import printed_sheet, read_codes
from coordination.documents.codes import ROW_SIGNS, read_row_code
from coordination.organizations.models import Person
from coordination.sessions.models import Block, CircleMember, Session
from tests.attendees.inviting import accept, called, delegates, invitation_of
from tests.attendees.papers import read, text_of
from tests.cast import Cast, many_organizations


def at(name: str, session: Session, **more: object) -> str:
    return reverse(f"attendees:{name}", kwargs={"public_id": session.public_id, **more})


def words(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def rosa(today: Cast, sign_in) -> Client:
    return sign_in(today.rosa)


@pytest.fixture
def begun(today: Cast) -> Session:
    """It started an hour ago; the NGO's two delegates are confirmed."""
    session = called(today)
    accept(today, invitation_of(session, today.ngo))
    return shifted(session)


def shifted(session: Session) -> Session:
    now = timezone.now()
    hours = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=2)}
    Session.objects.filter(pk=session.pk).update(**hours)
    session.blocks.update(**hours)
    session.refresh_from_db()
    return session


def prepared(cast: Cast, session: Session, blanks: int = 3) -> dict[str, str]:
    """Name → code; empty lines under "1", "2", …"""
    block = session.blocks.first()
    prepare_sheet(block_id=block.pk, blanks=blanks, by=cast.secretariat, now=timezone.now())
    rows = SheetRow.objects.filter(block=block).select_related("delegate__person").order_by("id")
    empty = iter("123456789")
    return {row.delegate.person.name if row.delegate else next(empty): row.code for row in rows}


def test_a_sheet_printed_again_keeps_its_codes_and_adds_who_came_later(today: Cast, begun: Session) -> None:
    before = prepared(today, begun)
    assert len(set(before.values())) == 5
    assert prepared(today, begun) == before
    accept(today, invitation_of(begun, today.university), now=today.now)
    after = prepared(today, begun)
    assert {code for code in before.values()} < {row.code for row in SheetRow.objects.all()}
    assert len(after) == 5 and SheetRow.objects.count() == 7, (
        "two organizations send people of the same names"
    )


def test_the_paper_names_who_is_expected_and_is_made_at_once(today: Cast, begun: Session) -> None:
    codes = prepared(today, begun)
    for language, said in (
        ("es", ["Hoja de firmas", "2 organizaciones con voto", "Personas sin inscripción", "no se publica"]),
        ("en", ["Sign-in sheet", "2 voting organizations", "People without registration", "not published"]),
    ):
        paper = printed_sheet(begun, begun.blocks.get(), now=today.now, language=language)
        told = text_of(paper)
        for fact in [
            *said,
            *codes.values(),
            "Carmen Loja",
            "Mesa Zonal" if language == "es" else "Zonal Mesa",
        ]:
            assert fact in told, fact
        assert read(paper).trailer["/Root"]["/Lang"].startswith(language)
        assert "Personas ficticias" not in told


def test_three_hundred_people_are_printed_within_a_second_and_typed_within_the_queries(
    today: Cast, begun: Session, rosa: Client
) -> None:
    orgs = many_organizations([f"Organización de prueba {n}" for n in range(100)])
    invitations = Invitation.objects.bulk_create(
        Invitation(session=begun, organization=org, state="accepted", answered_at=today.now,
                   link_expires_at=begun.ends_at, created_at=today.now)
        for org in orgs
    )  # fmt: skip
    people = Person.objects.bulk_create(Person(name=f"Persona Número {n}") for n in range(300))
    Delegate.objects.bulk_create(
        Delegate(invitation=invitations[n // 3], person=someone, role="companion", registered_at=today.now)
        for n, someone in enumerate(people)
    )
    codes = prepared(today, begun)
    assert len(codes) == 305
    block = begun.blocks.get()
    began = time.process_time()
    paper = printed_sheet(begun, block, now=today.now, language="es")
    assert time.process_time() - began < 1
    assert 10 < len(read(paper).pages) < 30
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert rosa.get(at("sheet", begun)).status_code == 200
    assert len(counted) <= 12
    column = "\n".join(code for name, code in codes.items() if name.startswith("Persona"))
    page = rosa.post(at("sheet", begun), {"codes": column})
    assert page.status_code == 200 and Attendance.objects.filter(source="sheet").count() == 300


def test_codes_typed_or_pasted_are_read_back_by_name_and_none_is_lost(
    rosa: Client, today: Cast, begun: Session
) -> None:
    codes = prepared(today, begun)
    carmen, luis, empty = codes["Carmen Loja"], codes["Luis Paredes"], codes["1"]
    first = rosa.post(at("sheet", begun), {"codes": f" {carmen.lower()},"})
    assert first.status_code == 200 and "Carmen Loja" in words(first)
    assert first.context["lines"][0]["state"] == "green"
    mixed = rosa.post(at("sheet", begun), {"codes": f"{carmen}{luis}\nXXXX; {empty} =1+1"})
    assert mixed.status_code == 422
    assert [line["state"] for line in mixed.context["lines"]] == ["grey", "green", "red", "amber", "red"]
    assert mixed.context["kept"] == "XXXX =1+1"
    assert mixed.context["form"].initial["code"] == empty
    marks = Attendance.objects.order_by("id")
    assert [(one.status, one.source, one.arrived_at) for one in marks] == [("present", "sheet", None)] * 2


def test_an_empty_line_becomes_a_person_once(rosa: Client, today: Cast, begun: Session) -> None:
    codes = prepared(today, begun)
    told = {
        "code": codes["1"].lower(),
        "organization": today.university.pk,
        "name": " Sol  Nueva ",
        "kept": "AAAX",
    }
    wrong = rosa.post(at("sheet", begun), told | {"code": codes["Carmen Loja"]})
    assert wrong.status_code == 422 and "code" in wrong.context["form"].errors
    page = rosa.post(at("sheet", begun), told)
    assert page.status_code == 200 and page.context["kept"] == "AAAX"
    again = rosa.post(at("sheet", begun), told | {"name": "Otra Persona"})
    assert "Sol Nueva" in words(again)
    [mark] = Attendance.objects.all()
    assert (mark.name, mark.source, mark.is_walk_in) == ("Sol Nueva", "sheet", True)
    already = rosa.post(at("sheet", begun), {"codes": codes["1"]})
    assert already.context["lines"][0]["state"] == "grey"


def test_a_mark_of_the_door_is_not_overwritten(rosa: Client, today: Cast, begun: Session) -> None:
    codes = prepared(today, begun)
    [principal, _alternate] = delegates(invitation_of(begun, today.ngo))
    Attendance.objects.create(
        block=begun.blocks.get(), organization=today.ngo, delegate=principal, person=principal.person,
        status="substitute", source="door", arrived_at=today.now, recorded_at=today.now,
    )  # fmt: skip
    page = rosa.post(at("sheet", begun), {"codes": codes["Carmen Loja"]})
    assert page.context["lines"][0]["state"] == "grey"
    assert Attendance.objects.get().status == "substitute"


def test_codes_of_another_sheet_are_told_as_such_and_closed_ones_are_not(
    rosa: Client, today: Cast, begun: Session
) -> None:
    prepared(today, begun)
    afternoon = Block.objects.create(
        session=begun,
        order=2,
        title="Tarde",
        starts_at=begun.ends_at,
        ends_at=begun.ends_at + timedelta(hours=1),
    )
    other = called(today, starts_at=today.in_days(25))
    closed = called(today, starts_at=today.in_days(26))
    Session.objects.filter(pk=closed.pk).update(is_casa_adentro=True)
    for block, code in ((afternoon, "2233"), (other.blocks.get(), "22A9"), (closed.blocks.get(), "23T5")):
        SheetRow.objects.create(block=block, code=_whole(code), printed_at=today.now)
    morning = {"bloque": begun.blocks.order_by("order").first().pk}
    page = rosa.post(at("sheet", begun), morning | {"codes": " ".join(map(_whole, ("2233", "22A9", "23T5")))})
    mine, others, unknown = (line["text"] for line in page.context["lines"])
    assert "Tarde" in mine
    assert other.title in others
    assert "title" not in unknown and closed.title not in words(page)
    assert Attendance.objects.count() == 0


def _whole(code: str) -> str:
    """The code with its right check sign."""
    return next(code[:3] + sign for sign in ROW_SIGNS if read_row_code(code[:3] + sign))


def test_a_closed_register_takes_no_more_codes_and_huge_pastes_are_refused_in_words(
    rosa: Client, today: Cast, begun: Session
) -> None:
    codes = prepared(today, begun)
    many = " ".join(f"x{n}" for n in range(AT_ONCE + 1))
    huge = rosa.post(at("sheet", begun), {"codes": many})
    assert huge.status_code == 422 and str(AT_ONCE) in words(huge)
    assert rosa.post(at("sheet", begun), {"codes": "\0 , ;"}).status_code == 422
    Session.objects.filter(pk=begun.pk).update(attendance_closed_at=timezone.now())
    shut = rosa.post(at("sheet", begun), {"codes": codes["Carmen Loja"]})
    assert shut.status_code == 422 and Attendance.objects.count() == 0
    assert rosa.post(at("sheet_prepare", begun)).status_code == 302
    assert rosa.get(at("sheet_pdf", begun)).headers["Content-Type"] == "application/pdf"


def test_a_closed_session_has_a_neutral_sheet_and_a_closed_block_none_for_outsiders(
    rosa: Client, today: Cast, begun: Session
) -> None:
    prepared(today, begun)
    Session.objects.filter(pk=begun.pk).update(is_casa_adentro=True)
    begun.refresh_from_db()
    told = text_of(printed_sheet(begun, begun.blocks.get(), now=today.now, language="es"))
    assert "CASA ADENTRO" in told and "Reunión de trabajo" in told
    for secret in ("Mesa Zonal", "Alojamiento", "I sesión", "Ministerio Central"):
        assert secret not in told
    assert rosa.get(at("sheet_pdf", begun)).status_code == 404
    Session.objects.filter(pk=begun.pk).update(is_casa_adentro=False)
    begun.blocks.update(is_casa_adentro=True)
    assert rosa.get(at("sheet", begun)).status_code == 404
    CircleMember.objects.create(session=begun, person=today.rosa, level="record", since=today.now)
    assert rosa.get(at("sheet", begun)).status_code == 200


def test_typing_the_same_codes_twice_records_once(today: Cast, begun: Session) -> None:
    codes = read_codes(" ".join(prepared(today, begun).values()))
    block = begun.blocks.get()
    for _again in range(2):
        told = type_back(block_id=block.pk, codes=codes, by=today.secretariat, now=timezone.now())
    assert [one.result for one in told] == ["already"] * 2 + ["blank"] * 3
    assert Attendance.objects.count() == 2
