"""Naming a delegation on two screens: the form, and the page that asks whether it is right."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from coordination.activity.models import Activity
from coordination.attendees import actions, queries, stating
from coordination.attendees.models import Delegate, Invitation, StatedCount
from coordination.mesas.delegations import StandingData, set_standing
from coordination.mesas.models import Mesa, StandingDelegate
from coordination.organizations.models import Person
from coordination.sessions.models import Session
from tests.attendees.inviting import accept, by_link, called, delegates, invitation_of, kinds, mark, one, pair
from tests.attendees.test_by_link import at, text_of, written
from tests.cast import Cast

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"  # fmt: skip


@pytest.fixture
def invitation(today: Cast) -> Invitation:
    return invitation_of(called(today), today.ngo)


def test_two_screens_name_a_delegation_and_nothing_is_written_before_the_second(
    client: Client, invitation: Invitation
) -> None:
    told = written(
        answer="in_person",
        check="1",
        principal_rank="head",
        principal_post_title="Directora\nejecutiva",
        principal_need_kinds="diet",
        principal_needs="sin gluten",
        principal_is_listed="on",
        companion1_name="Sol Cuatro",
    )
    check = client.post(invitation.get_link(), told)
    assert check.status_code == 200
    body = text_of(check)
    assert "Ana Uno" in body and "sin gluten" in body and "Sol Cuatro" in body
    assert kinds(invitation) == ["invitation.sent"]
    carried = {name: value for name, value in check.context["carried"]}
    assert carried["principal_rank"] == "head"
    back = client.post(at("delegation", invitation), {**written(), **carried, "edit": "principal"})
    assert back.status_code == 200 and 'value="Ana Uno"' in text_of(back)
    done = client.post(at("delegation", invitation), {**written(), **carried})
    assert done.url == at("answered", invitation)
    principal, companion = delegates(invitation)
    assert (principal.rank, principal.post_title) == ("head", "Directora ejecutiva")
    assert (principal.need_kinds, principal.needs, principal.is_listed) == (["diet"], "sin gluten", True)
    assert (companion.person.name, companion.person.email) == ("Sol Cuatro", "")
    assert kinds(invitation) == ["invitation.sent", "invitation.accepted"]


def test_a_hostile_form_is_refused_or_cleaned(client: Client, invitation: Invitation) -> None:
    many = {f"companion{n}_name": f"Persona {n}" for n in range(1, 901)}
    assert client.post(at("delegation", invitation), {**written(), **many}).status_code == 302
    assert len(delegates(invitation)) == 2, "the form has no more places than the delegation"
    over = [one("principal", "Ana Uno"), *(one("companion", f"Persona {n}") for n in range(1000))]
    with pytest.raises(actions.DelegationRefused, match="3"):
        accept_again(invitation, over)
    twice = written(version="2", alternate_name="ANA  uno", alternate_email="Ana@Puente.example")
    page = client.post(at("delegation", invitation), twice)
    assert page.status_code == 422
    lines = written(version="2", principal_name="Ana\r\nBcc: otra@x.example\n Uno")
    assert client.post(at("delegation", invitation), lines).status_code == 302
    assert "\n" not in delegates(invitation)[0].person.name
    wrong = written(version="3", principal_rank="emperor", principal_need_kinds="gold", modality="by_air")
    assert client.post(at("delegation", invitation), wrong).status_code == 422


def accept_again(invitation: Invitation, people: list[actions.DelegateData]) -> None:
    version = Invitation.objects.get(pk=invitation.pk).version
    actions.answer(
        invitation_id=invitation.pk,
        version=version,
        modality="in_person",
        delegates=people,
        by=by_link(invitation),
        now=invitation.created_at,
    )


def test_the_sessions_own_size_goes_before_the_mesas(client: Client, invitation: Invitation) -> None:
    Session.objects.filter(pk=invitation.session_id).update(delegation_size=1)
    page = client.get(at("delegation", invitation))
    assert [slot for slot, _role in page.context["people"].slots] == ["principal"]


def test_the_seats_standing_delegation_is_proposed_and_can_be_kept(client: Client, today: Cast) -> None:
    standing = [
        StandingData("principal", "Zoe Tres", "zoe@puente.example", rank="delegate", post_title="Directora"),
        StandingData("alternate", "Eva Dos", "eva@puente.example"),
    ]
    seat = today.seats["ngo"]
    told = {
        "letter_number": "PS-12-2026",
        "letter_on": date(2026, 3, 3),
        "by": today.secretariat,
        "now": today.now,
    }
    set_standing(seat_id=seat.pk, people=standing, **told)
    invitation = invitation_of(called(today), today.ngo)
    page = client.get(invitation.get_link())
    body = text_of(page)
    assert 'value="Zoe Tres"' in body and 'value="Eva Dos"' in body and "PS-12-2026" in body
    assert page.context["start"].source == "standing"
    told = {"principal_name": "Zoe Tres", "principal_email": "zoe@puente.example"}
    client.post(at("delegation", invitation), written(**told))
    invitation.refresh_from_db()
    assert invitation.letter_number == "PS-12-2026", "the letter of the standing delegation goes with it"
    assert Person.objects.filter(name="Zoe Tres").count() == 1
    client.post(
        at("delegation", invitation), written(version="2", keep_standing="on", principal_rank="technician")
    )
    rows = StandingDelegate.objects.filter(seat=seat, ends_on=None).select_related("person")
    assert [(row.role, row.person.name, row.rank) for row in rows] == [("principal", "Ana Uno", "technician")]
    assert StandingDelegate.objects.filter(seat=seat).count() == 3


def test_nothing_of_a_closed_session_is_kept_or_proposed(client: Client, today: Cast) -> None:
    invitation = invitation_of(called(today), today.ngo)
    Session.objects.filter(pk=invitation.session_id).update(is_casa_adentro=True)
    client.post(at("delegation", invitation), written(keep_standing="on", principal_is_listed="on"))
    assert not StandingDelegate.objects.exists()
    assert delegates(invitation)[0].is_listed is False
    before = Activity.objects.count()
    client.post(at("pass_on", invitation), {"pass-name": "Eva", "pass-email": "eva@x.example"})
    assert Activity.objects.count() == before


def test_who_would_wait_is_told_before_and_after(client: Client, today: Cast) -> None:
    session = called(today, capacity=1)
    accept(today, invitation_of(session, today.university), pair()[:1])
    invitation = invitation_of(session, today.ngo)
    check = client.post(at("delegation", invitation), written(check="1"))
    assert check.context["waits"] == 1
    page = client.post(at("delegation", invitation), written(), follow=True)
    assert [row.person.name for row in page.context["waiting"]] == ["Ana Uno"]
    assert page.context["placed"] == []


def test_who_is_due_elsewhere_is_named_but_never_from_a_closed_session(client: Client, today: Cast) -> None:
    first = called(today)
    accept(today, invitation_of(first, today.ngo), [one("principal", "Ana Uno", "ana@puente.example")])
    invitation = invitation_of(called(today), today.ngo)
    check = client.post(at("delegation", invitation), written(check="1"))
    assert [row.session for row in check.context["elsewhere"]] == [first]
    assert first.title in text_of(check)
    Session.objects.filter(pk=first.pk).update(is_casa_adentro=True)
    check = client.post(at("delegation", invitation), written(check="1"))
    assert check.context["elsewhere"] == []
    assert first.short_title not in text_of(check)
    other = invitation_of(invitation.session, today.university)
    assert client.post(at("delegation", other), written(check="1")).context["elsewhere"] == []


def test_principal_and_alternate_swap_at_the_door(client: Client, today: Cast) -> None:
    invitation = invitation_of(called(today), today.ngo)
    accept(today, invitation)
    client.post(at("swap", invitation), {"version": "2"})
    assert [(d.role, d.person.name) for d in delegates(invitation)] == [
        ("principal", "Luis Paredes"),
        ("alternate", "Carmen Loja"),
    ]
    client.post(at("swap", invitation), {"version": "2"})  # a double click: the version has moved on
    assert delegates(invitation)[0].person.name == "Luis Paredes"


def test_a_missing_letter_is_marked_and_handed_in_later(client: Client, today: Cast) -> None:
    Mesa.objects.update(needs_letter=True)
    invitation = invitation_of(called(today), today.ngo)
    page = client.post(at("delegation", invitation), written(), follow=True)
    assert page.context["invitation"].lacks_letter
    empty = client.post(at("hand_in", invitation), {"letter-number": ""})
    assert empty.status_code == 422
    wrong = SimpleUploadedFile("oficio.pdf", b"MZ not a pdf")
    assert client.post(at("hand_in", invitation), {"letter-file": wrong}).status_code == 422
    right = SimpleUploadedFile("oficio.pdf", PDF)
    done = client.post(at("hand_in", invitation), {"letter-number": "PS-7", "letter-file": right})
    assert done.status_code == 302
    assert not Invitation.objects.select_related("session__mesa", "letter").get(pk=invitation.pk).lacks_letter
    sheet = client.get(at("letter_file", invitation))
    assert sheet["Content-Disposition"].startswith("attachment") and b"".join(sheet.streaming_content) == PDF


def test_figures_are_counted_once_and_tied_to_nobody(client: Client, today: Cast) -> None:
    invitation = invitation_of(called(today), today.ngo)
    assert client.get(at("stated", invitation)).url == at("answered", invitation)
    accept(today, invitation)
    assert at("answered", invitation) in text_of(client.get(at("stated", invitation)))
    too_many = client.post(at("stated", invitation), {"sex_woman": "2", "sex_man": "1"})
    assert too_many.status_code == 422
    assert client.post(at("stated", invitation), {"sex_woman": "-1"}).status_code == 422
    told = {"sex_woman": "1", "sex_man": "1", "identity_montubio": "1", "identity_martian": "2"}
    for _again in range(3):
        client.post(at("stated", invitation), told)
    rows = StatedCount.objects.filter(session=invitation.session)
    assert {(row.question, row.answer, row.count) for row in rows} == {
        ("sex", "woman", 1), ("sex", "man", 1), ("identity", "montubio", 1),
    }  # fmt: skip
    trail = Activity.objects.about("invitation", invitation.pk).get(kind="delegation.stated")
    assert trail.payload == {"people": 2}, "for how many it was asked, never what was said"
    accept(today, invitation, [*pair(), one("companion", "Sol Cuatro")], now=today.now + timedelta(hours=1))
    assert stating.may_state(invitation) == 1
    shown = {total.question: total.rows for total in stating.totals(invitation.session)}
    assert all(n is None for rows in shown.values() for _label, n in rows)


def test_a_hidden_count_is_not_given_away_by_the_others(today: Cast) -> None:
    session = called(today)
    for answer, n in (("woman", 12), ("man", 7), ("another", 2)):
        StatedCount.objects.create(session=session, question="sex", answer=answer, count=n)
    [sex] = stating.totals(session)
    assert [n for _label, n in sex.rows] == [12, None, None]


def test_a_link_passed_on_gives_no_more_and_locks_nobody_out(client: Client, today: Cast) -> None:
    invitation = invitation_of(called(today), today.ngo)
    told = {"pass-name": "Eva Dos", "pass-email": "eva@puente.example"}
    for _four in range(4):
        client.post(at("pass_on", invitation), told)
    assert kinds(invitation).count("invitation.link_passed_on") == 3
    invitation.refresh_from_db()
    assert invitation.link_generation == 1 and invitation.addressee_id is None
    assert client.get(invitation.get_link()).status_code == 200
    assert client.post(at("pass_on", invitation), {"pass-name": "", "pass-email": "x"}).status_code == 302


def test_the_same_pages_open_for_a_focal_point_who_signed_in(client: Client, today: Cast, sign_in) -> None:
    invitation = invitation_of(called(today), today.university)
    own = {name: reverse(f"attendees:own_{name}", args=[invitation.public_id]) for name in ("delegation", "answered", "invitation")}  # fmt: skip
    luis = sign_in(today.luis)
    page = luis.get(own["invitation"])
    assert page.status_code == 200 and own["delegation"] in page.context["to"].values()
    assert luis.post(own["delegation"], written()).url == own["answered"]
    assert luis.get(own["answered"]).status_code == 200
    row = Invitation.objects.get(pk=invitation.pk)
    assert (row.state, row.answered_by) == ("accepted", today.luis)
    assert sign_in(today.elena).get(own["invitation"]).status_code == 404
    assert sign_in(today.rosa).get(own["invitation"]).status_code == 403, (
        "the secretariat sees it and answers for nobody"
    )
    assert client.get(own["invitation"]).status_code == 302
    Session.objects.filter(pk=invitation.session_id).update(is_casa_adentro=True)
    assert luis.get(own["invitation"]).status_code == 404, "not in the circle"
    Session.objects.filter(pk=invitation.session_id).update(
        is_casa_adentro=False,
        starts_at=today.now - timedelta(hours=3),
        ends_at=today.now - timedelta(hours=1),
    )
    assert luis.get(own["invitation"]).status_code == 410
    assert Delegate.objects.current().count() == 1


def test_the_public_list_names_who_came_and_agrees_after_the_session_alone(
    client: Client, cast: Cast
) -> None:
    session = called(cast)
    people = [one("principal", "Ana Uno", is_listed=True), one("alternate", "Eva Dos"), one("companion", "Sol Cuatro", is_listed=True)]  # fmt: skip
    invitation = accept(cast, invitation_of(session, cast.ngo), people)
    page = session.get_absolute_url()
    assert "Ana Uno" not in text_of(client.get(page))
    for row in delegates(invitation)[:2]:
        mark(cast, row)
    actions.close_attendance(session_id=session.pk, by=cast.secretariat, now=session.ends_at)
    body = text_of(client.get(page))
    assert "Ana Uno" in body
    assert "Eva Dos" not in body, "came and did not agree"
    assert "Sol Cuatro" not in body, "agreed and did not come"
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    session.refresh_from_db()
    assert queries.publicly_named(session, session.ends_at) == []


def test_no_page_of_an_answer_asks_more_than_twelve_queries(
    client: Client, today: Cast, django_assert_max_num_queries
) -> None:
    session = called(today, modality="hybrid", capacity=1, online_url="https://reunion.example/x")
    Session.objects.filter(pk=session.pk).update(delegation_size=9)
    accept(today, invitation_of(session, today.university), pair())
    crowd = [one("principal", "Ana Uno"), *(one("companion", f"Persona {n}") for n in range(8))]
    invitation = invitation_of(session, today.ngo)
    pages = [(at(name, invitation), None) for name in ("invitation", "delegation")]
    told = {f"companion{n}_name": f"Persona {n}" for n in range(1, 8)}
    pages.append((at("delegation", invitation), written(check="1", **told)))
    for path, sent in pages:
        with django_assert_max_num_queries(12):
            assert (client.post(path, sent) if sent else client.get(path)).status_code == 200
    accept(today, invitation, crowd)
    for name in ("answered", "stated", "delegation"):
        with django_assert_max_num_queries(12):
            assert client.get(at(name, invitation)).status_code == 200


def test_a_link_is_no_store_of_files(today: Cast) -> None:
    invitation = invitation_of(called(today), today.ngo)
    told = {"invitation_id": invitation.pk, "by": by_link(invitation), "now": today.now}
    for number in range(20):
        actions.hand_in_letter(number=f"PS-{number}", **told)
    with pytest.raises(actions.LetterRefused):
        actions.hand_in_letter(number="PS-20", **told)
