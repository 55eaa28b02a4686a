"""Certificates: for whoever came, with the name as it is, and silent about what is closed."""

import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.attendees import actions
from coordination.attendees.actions.certificates import CertificatesRefused, issue_certificates
from coordination.attendees.certificates import TOGETHER, of_delegate, paper
from coordination.attendees.models import Attendance, Certificate
from coordination.documents.codes import read_code
from coordination.organizations.models import Person
from coordination.sessions.models import Block, CircleMember, Session
from tests.attendees.inviting import accept, called, delegates, invitation_of, kinds
from tests.attendees.papers import links_of, read, text_of
from tests.cast import Cast, many_organizations


@pytest.fixture
def session(today: Cast) -> Session:
    """It is over; Carmen and a walk-in of the university came, Luis Paredes did not; the register is closed."""
    found = called(today)
    accept(today, invitation_of(found, today.ngo))
    end = timezone.now() - timedelta(hours=1)
    hours = {"starts_at": end - timedelta(hours=3, minutes=30), "ends_at": end}
    Session.objects.filter(pk=found.pk).update(**hours)
    found.blocks.update(**hours)
    [principal, _alternate] = delegates(invitation_of(found, today.ngo))
    came(found, today.ngo, delegate=principal, person=principal.person)
    came(found, today.university, name="Sol Nueva", is_walk_in=True)
    actions.close_attendance(session_id=found.pk, by=today.secretariat, now=timezone.now())
    found.refresh_from_db()
    return found


@pytest.fixture
def rosa(today: Cast, sign_in) -> Client:
    return sign_in(today.rosa)


def came(session: Session, organization, block: Block | None = None, **fields) -> Attendance:
    told = {"status": "present", "recorded_at": timezone.now()} | fields
    return Attendance.objects.create(block=block or session.blocks.first(), organization=organization, **told)


def at(name: str, session: Session, **more: object) -> str:
    return reverse(f"attendees:{name}", kwargs={"public_id": session.public_id, **more})


def issue(cast: Cast, session: Session) -> int:
    return issue_certificates(session_id=session.pk, by=cast.secretariat, now=timezone.now())


def names(session: Session) -> set[str]:
    return set(session.certificates.filter(revoked_at=None).values_list("name", flat=True))


def test_whoever_came_gets_one_and_each_organization_too_once(today: Cast, session: Session) -> None:
    assert issue(today, session) == 4
    assert names(session) == {"Carmen Loja", "Sol Nueva", "Fundación Puente Sur", "Universidad del Páramo"}
    assert issue(today, session) == 0
    assert kinds(session).count("attendance.certificates_issued") == 1
    assert all(read_code(one.code) == one.code for one in Certificate.objects.all())


def test_none_is_issued_while_the_register_is_open_or_without_a_list(today: Cast, session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(attendance_closed_at=None)
    with pytest.raises(CertificatesRefused):
        issue(today, session)
    Session.objects.filter(pk=session.pk).update(attendance_closed_at=timezone.now())
    Attendance.objects.all().delete()
    with pytest.raises(CertificatesRefused):
        issue(today, session)


def test_a_corrected_name_withdraws_the_old_paper_and_gives_a_new_code(
    rosa: Client, today: Cast, session: Session
) -> None:
    issue(today, session)
    old = session.certificates.get(name="Carmen Loja")
    Person.objects.filter(pk=old.attendance.person_id).update(name="Carmen Loja de Paredes")
    page = rosa.get(at("certificates", session))
    assert "Carmen Loja de Paredes" in page.content.decode() and page.context["standing"].to_issue == 1
    assert issue(today, session) == 1
    old.refresh_from_db()
    new = session.certificates.get(name="Carmen Loja de Paredes")
    assert old.revoked_at is not None and new.code != old.code
    [principal, _alternate] = delegates(invitation_of(session, today.ngo))
    assert of_delegate(principal) == new


def test_the_paper_says_who_where_and_how_long_in_both_languages(today: Cast, session: Session) -> None:
    issue(today, session)
    rows = session.certificates.select_related("session__mesa", "organization")
    carmen, ngo = rows.get(name="Carmen Loja"), rows.get(name="Fundación Puente Sur")
    for language, said in (
        (
            "es",
            [
                "Constancia de participación",
                "en representación de Fundación Puente Sur",
                "3 horas",
                "30 minutos",
            ],
        ),
        (
            "en",
            ["Certificate of participation", "on behalf of Fundación Puente Sur", "3 hours", "30 minutes"],
        ),
    ):
        made = paper([carmen], now=timezone.now(), language=language)
        told = text_of(made)
        for fact in [*said, "Carmen Loja", "Alojamiento temporal", carmen.code, "Auditorio municipal"]:
            assert fact in told, fact
        assert len(read(made).pages) == 1 and read(made).trailer["/Root"]["/Lang"].startswith(language)
        assert any(carmen.code in link for link in links_of(made))
    told = text_of(paper([ngo], now=timezone.now(), language="es"))
    assert "en representación" not in told and "Fundación Puente Sur" in told


def test_hours_are_those_of_the_blocks_the_person_was_in(today: Cast, session: Session) -> None:
    first = session.blocks.get()
    group = Block.objects.create(
        session=session, order=2, kind="group", title="Grupo A", starts_at=session.ends_at,
        ends_at=session.ends_at + timedelta(hours=2),
    )  # fmt: skip
    closed = Block.objects.create(
        session=session, order=3, title="CANARIO", is_casa_adentro=True, starts_at=group.ends_at,
        ends_at=group.ends_at + timedelta(hours=4),
    )  # fmt: skip
    came(session, today.university, group, name="sol nueva", is_walk_in=True)
    came(session, today.university, closed, name="Sol Nueva", is_walk_in=True)
    came(session, today.outsider, closed, name="Nadie Sabe", is_walk_in=True)
    issue(today, session)
    assert "Nadie Sabe" not in names(session) and today.outsider.name not in names(session)
    rows = session.certificates.select_related("session__mesa", "organization")
    sol = text_of(paper([rows.get(name="Sol Nueva")], now=timezone.now(), language="es"))
    assert "5 horas" in sol and "30 minutos" in sol and "Grupo A" in sol and "CANARIO" not in sol
    carmen = text_of(paper([rows.get(name="Carmen Loja")], now=timezone.now(), language="es"))
    assert "3 horas" in carmen and "Grupo A" not in carmen and first.name in carmen


def test_a_closed_session_is_a_working_meeting_and_opens_to_its_circle_alone(
    rosa: Client, today: Cast, session: Session, client: Client, sign_in
) -> None:
    issue(today, session)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    CircleMember.objects.create(session=session, person=today.tomas, level="record", since=today.now)
    one = session.certificates.select_related("session__mesa", "organization").get(name="Carmen Loja")
    told = text_of(paper([one], now=timezone.now(), language="es"))
    assert "una reunión de trabajo" in told and "Carmen Loja" in told
    for secret in ("Mesa Zonal", "Alojamiento", "I sesión", "horas", "Auditorio"):
        assert secret not in told, secret
    public = reverse("portal:certificate", args=[one.code])
    for outsider in (client, rosa, sign_in(today.luis), sign_in(today.olga)):
        assert outsider.get(public).status_code == 404
        assert outsider.get(at("certificate_pdf", session, certificate=one.public_id)).status_code in (
            302,
            404,
        )
    assert sign_in(today.tomas).get(public).status_code == 200


def test_the_secretariat_issues_all_at_once_and_takes_them_as_one_file(
    rosa: Client, today: Cast, session: Session, client: Client, django_assert_max_num_queries
) -> None:
    for org in many_organizations([f"Organización {n}" for n in range(30)]):
        came(session, org, name="Persona", is_walk_in=True)
    assert "64" in rosa.get(at("certificates", session)).content.decode()
    assert rosa.post(at("certificates", session)).status_code == 302
    with django_assert_max_num_queries(12):
        page = rosa.get(at("certificates", session))
    assert list(page.context["parts"]) == [1, 2]
    began = time.process_time()
    with django_assert_max_num_queries(14):
        whole = rosa.get(at("certificates_pdf", session))
    assert time.process_time() - began < 3
    assert len(read(whole.content).pages) == TOGETHER
    rest = rosa.get(at("certificates_pdf", session), {"parte": "2"})
    assert len(read(rest.content).pages) == 64 - TOGETHER
    for wrong in ("3", "0", "x", "²"):
        assert rosa.get(at("certificates_pdf", session), {"parte": wrong}).status_code == 404
    one = session.certificates.first()
    assert (
        client.get(reverse("portal:certificate", args=[one.code])).headers["Content-Type"]
        == "application/pdf"
    )


def test_what_people_write_never_becomes_markup(today: Cast, session: Session) -> None:
    hostile = '#panic("x") *negrita* $x$ ]] <script> ' + "\u202e" + "ñ" * 60
    came(session, today.ngo, name=hostile, is_walk_in=True)
    issue(today, session)
    one = session.certificates.select_related("session__mesa", "organization").get(name=hostile)
    told = text_of(paper([one], now=timezone.now(), language="es"))
    assert "#panic(" in told and "*negrita*" in told and "<script>" in told


def test_who_is_taken_out_of_a_reopened_register_loses_the_certificate_and_keeps_its_code(
    today: Cast, session: Session
) -> None:
    issue(today, session)
    told = {"by": today.secretariat, "now": timezone.now()}
    actions.reopen_attendance(session_id=session.pk, **told)
    entry = Attendance.objects.get(name="Sol Nueva")
    actions.take_out_walk_in(block_id=entry.block_id, client_id=entry.client_id, **told)
    actions.close_attendance(session_id=session.pk, **told)
    assert issue(today, session) == 0
    assert names(session) == {"Carmen Loja", "Fundación Puente Sur"}
    assert session.certificates.exclude(revoked_at=None).count() == 2


def test_the_pass_of_who_came_leads_to_the_certificate_once_the_session_is_over(
    today: Cast, session: Session, client: Client
) -> None:
    issue(today, session)
    [principal, alternate] = delegates(invitation_of(session, today.ngo))
    end = timezone.now() - timedelta(days=1)
    Session.objects.filter(pk=session.pk).update(starts_at=end - timedelta(hours=3), ends_at=end)
    one = of_delegate(principal)
    assert one is not None and of_delegate(alternate) is None
    page = client.get(reverse("attendees:pass", args=[principal.pass_token])).content.decode()
    paper_at = reverse("portal:certificate", args=[one.code])
    assert paper_at in page
    assert (
        "constancia.pdf"
        not in client.get(reverse("attendees:pass", args=[alternate.pass_token])).content.decode()
    )
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    assert paper_at not in client.get(reverse("attendees:pass", args=[principal.pass_token])).content.decode()
