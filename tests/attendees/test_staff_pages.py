"""What the secretariat and the chair do on their pages."""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.attendees import queries
from coordination.attendees.models import Attendance, Convocation, Delegate, Invitation
from coordination.organizations.models import Person
from coordination.sessions.models import Session
from tests.attendees.inviting import accept, called, delegates, invitation_of, kinds
from tests.cast import Cast, many_seated
from tests.sessions.scheduling import drafted


def at(name: str, session: Session, **more: object) -> str:
    return reverse(f"attendees:{name}", kwargs={"public_id": session.public_id, **more})


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def rosa(today: Cast, sign_in) -> Client:
    return sign_in(today.rosa)


@pytest.fixture
def begun(today: Cast) -> Session:
    """A convened session that started an hour ago, the NGO's two delegates confirmed."""
    session = called(today)
    accept(today, invitation_of(session, today.ngo))
    now = timezone.now()
    Session.objects.filter(pk=session.pk).update(
        starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=2)
    )
    session.refresh_from_db()
    return session


def test_convene_page_names_who_is_called_and_who_has_no_mailbox(rosa: Client, today: Cast) -> None:
    Person.objects.filter(pk=today.carmen.pk).update(email="")
    page = rosa.get(at("convene", drafted(today, starts_at=today.in_days(20))))
    assert page.status_code == 200
    assert [one.organization for one in page.context["silent"]] == [today.ngo]
    assert today.luis.email in text_of(page)


def test_convening_sends_once_and_says_to_how_many(rosa: Client, today: Cast) -> None:
    session = drafted(today, starts_at=today.in_days(20))
    page = rosa.post(at("convene", session), {"message": "Traigan sus informes."}, follow=True)
    assert page.redirect_chain == [(at("delegations", session), 302)]
    sent = Convocation.objects.get()
    assert (sent.message, sent.session.invitations.count()) == ("Traigan sus informes.", 3)
    assert sent.number in text_of(page)
    assert rosa.post(at("convene", session)).status_code == 302
    assert Convocation.objects.count() == 1


def test_short_notice_asks_for_its_reason_and_keeps_what_was_typed(rosa: Client, today: Cast) -> None:
    session = drafted(today, starts_at=today.in_days(2))
    page = rosa.post(at("convene", session), {"message": "Es urgente."})
    assert page.status_code == 422
    assert "Es urgente." in text_of(page)
    assert "short_notice_reason" in page.context["form"].errors
    rosa.post(at("convene", session), {"message": "", "short_notice_reason": "Cierre del puente"})
    assert "Cierre del puente" in text_of(rosa.get(at("delegations", session)))


def test_delegations_filter_by_state_and_give_links_to_the_secretariat_alone(
    rosa: Client, today: Cast, sign_in
) -> None:
    session = called(today)
    accept(today, invitation_of(session, today.ngo))
    token = invitation_of(session, today.university).token
    mine = text_of(rosa.get(at("delegations", session)))
    assert token in mine
    assert "Carmen Loja" in mine
    accepted = text_of(rosa.get(at("delegations", session) + "?estado=accepted"))
    assert "Universidad del Páramo" not in accepted
    for other in (today.tomas, today.olga):
        theirs = text_of(sign_in(other).get(at("delegations", session)))
        assert "Carmen Loja" in theirs
        assert token not in theirs


def test_a_link_is_sent_again_or_annulled_from_the_list(rosa: Client, today: Cast) -> None:
    session = called(today)
    invitation = invitation_of(session, today.ngo)
    page = rosa.post(at("resend", session, invitation=invitation.public_id), follow=True)
    assert today.carmen.email in text_of(page)
    rosa.post(at("revoke", session, invitation=invitation.public_id))
    assert kinds(invitation)[1:] == ["invitation.link_renewed", "invitation.link_revoked"]
    other = called(today, starts_at=today.in_days(40))
    assert rosa.post(at("revoke", other, invitation=invitation.public_id)).status_code == 404


def test_one_tap_is_one_mark_and_the_second_tap_says_when(rosa: Client, begun: Session, today: Cast) -> None:
    principal, _alternate = delegates(invitation_of(begun, today.ngo))
    told = {
        "mark": f"{principal.public_id}:present",
        "sheet": str(uuid.uuid4()),
        "anchor": f"o{today.ngo.pk}",
    }
    first = rosa.post(at("mark", begun), told)
    assert first.url == at("attendance", begun) + f"#o{today.ngo.pk}"
    again = rosa.post(at("mark", begun), told, follow=True)
    made = Attendance.objects.get()
    assert "Carmen Loja" in text_of(again)
    assert timezone.localtime(made.recorded_at).strftime("%H:%M") in text_of(again)
    assert kinds(made) == ["attendance.recorded"]


def test_one_button_marks_a_whole_organization(rosa: Client, begun: Session, today: Cast) -> None:
    rosa.post(at("mark", begun), {"everybody": today.ngo.slug, "sheet": str(uuid.uuid4()), "ver": "faltan"})
    assert Attendance.objects.filter(status="present").count() == 2
    page = rosa.get(at("attendance", begun))
    assert (page.context["unmarked"], page.context["quorum"].organizations) == (0, 1)


def test_a_walk_in_is_added_from_the_page_and_a_bad_one_keeps_what_was_typed(
    rosa: Client, begun: Session, today: Cast
) -> None:
    bad = rosa.post(at("walk_in", begun), {"name": "Marta Quishpe", "client_id": str(uuid.uuid4())})
    assert bad.status_code == 422
    assert 'value="Marta Quishpe"' in text_of(bad)
    told = {"organization": today.outsider.pk, "name": "Marta Quishpe", "client_id": str(uuid.uuid4())}
    for _twice in range(2):
        page = rosa.post(at("walk_in", begun), told, follow=True)
        assert "Marta Quishpe" in text_of(page)
    assert Attendance.objects.get().organization == today.outsider


def test_closing_says_before_how_many_will_be_absent_and_then_shows_the_totals(
    rosa: Client, begun: Session, today: Cast
) -> None:
    before = rosa.get(at("attendance", begun))
    assert before.context["unmarked"] == 2
    after = rosa.post(at("close", begun), follow=True)
    assert after.status_code == 200
    assert Attendance.objects.filter(status="absent").count() == 2
    assert at("mark", begun) not in text_of(after)
    assert not after.context["may_record"]


def test_a_mark_for_another_sessions_delegate_is_not_found(rosa: Client, begun: Session, today: Cast) -> None:
    other = called(today, starts_at=today.in_days(40))
    principal, _alternate = delegates(accept(today, invitation_of(other, today.ngo)))
    sent = rosa.post(
        at("mark", begun), {"mark": f"{principal.public_id}:present", "sheet": str(uuid.uuid4())}
    )
    assert sent.status_code == 404
    assert rosa.post(at("mark", begun), {"everybody": "nobody"}).status_code == 404


def test_historic_sessions_have_no_register(rosa: Client, begun: Session) -> None:
    Session.objects.filter(pk=begun.pk).update(provenance="historic")
    for name in ("convene", "delegations", "attendance"):
        assert rosa.get(at(name, begun)).status_code == 404


def _grown(today: Cast, session: Session, rows: int) -> None:
    """More organizations with an accepted delegation of two each, until there are so many."""
    there = session.invitations.count()
    new = many_seated(today.mesa, [f"Organización {number:03}" for number in range(there, rows)])
    seconds = Person.objects.bulk_create(Person(name=f"Alterna de {org.name}") for org, _focal in new)
    invitations = Invitation.objects.bulk_create(
        Invitation(
            session=session, organization=org, state="accepted", modality="in_person", answered_at=today.now,
            link_expires_at=session.ends_at, created_at=today.now,
        )
        for org, _focal in new
    )  # fmt: skip
    Delegate.objects.bulk_create(
        Delegate(invitation=invitation, person=who, role=role, registered_at=today.now)
        for invitation, (_org, focal), second in zip(invitations, new, seconds, strict=True)
        for who, role in ((focal, "principal"), (second, "alternate"))
    )


@pytest.mark.parametrize("name", ["delegations", "attendance", "convene"])
def test_lists_read_as_often_at_1_3_and_300_rows(rosa: Client, today: Cast, name: str) -> None:
    session = called(today)
    session.invitations.exclude(organization=today.ngo).delete()
    accept(today, invitation_of(session, today.ngo))
    if name == "convene":
        Convocation.objects.all().delete()
        Session.objects.filter(pk=session.pk).update(state="draft")
    counted = []
    for rows in (1, 3, 300):
        _grown(today, session, rows)
        with CaptureQueriesContext(
            connection,
        ) as spent:
            assert rosa.get(at(name, session)).status_code == 200
        counted.append(len(spent))
    assert counted[0] == counted[1] == counted[2], counted
    assert counted[0] <= 12


def test_the_register_reads_as_often_at_300_rows_as_at_1(today: Cast, django_assert_num_queries) -> None:
    session = called(today)
    block = session.blocks.get()
    _grown(today, session, 300)
    with django_assert_num_queries(2):
        assert len(queries.register(session, block)) == 297
