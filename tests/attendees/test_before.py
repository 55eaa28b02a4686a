"""Before the session, through the pages: papers and proposals by account and by link, on the real clock."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coordination.activity.models import Activity
from coordination.attendees.models import Invitation
from coordination.files.models import StoredFile
from coordination.sessions import actions
from coordination.sessions.models import (
    AgendaItem,
    AgendaProposal,
    CircleMember,
    Paper,
    PaperReceipt,
    Session,
)
from tests.attendees.inviting import called, invitation_of
from tests.cast import Cast
from tests.files.samples import PDF, archive, upload
from tests.sessions.scheduling import with_item

SignIn = Callable[[Any], Client]


@pytest.fixture
def session(today: Cast) -> Session:
    return called(today)


@pytest.fixture
def invitation(today: Cast, session: Session) -> Invitation:
    return invitation_of(session, today.ngo)


@pytest.fixture
def rosa(today: Cast, sign_in: SignIn) -> Client:
    return sign_in(today.rosa)


def at(name: str, invitation: Invitation, *more: object) -> str:
    return reverse(f"attendees:{name}", args=[invitation.token, *more])


def page(name: str, session: Session, *more: object) -> str:
    return reverse(f"sessions:{name}", args=[session.public_id, *more])


def handed(cast: Cast, session: Session, title: str = "Informe", **fields: Any) -> Paper:
    given = {"upload": upload("Informe niñez.pdf", PDF), "by": cast.secretariat, "now": cast.now}
    return actions.add_paper(session_id=session.pk, title=title, **(given | fields))


def presented_by_the_ngo(cast: Cast, session: Session) -> AgendaItem:
    item = with_item(cast, session)
    AgendaItem.objects.filter(pk=item.pk).update(presenter_post=cast.carmen.tenures.get().post)
    return item


def test_only_the_button_makes_a_receipt(
    client: Client, today: Cast, session: Session, invitation: Invitation
) -> None:
    version = handed(today, session).versions.get()
    before = Activity.objects.count()
    shown = client.get(at("papers", invitation))
    assert "Informe" in shown.content.decode()
    file = at("paper_file", invitation, version.public_id)
    assert f'"{file}"' not in shown.content.decode(), "what opens every link finds no file"
    assert client.get(at("paper_take", invitation, version.public_id)).status_code == 405
    for ask in (client.get, client.head):
        assert ask(file).status_code == 200
    assert (PaperReceipt.objects.count(), Activity.objects.count()) == (0, before)
    taken = client.post(at("paper_take", invitation, version.public_id))
    assert (taken.status_code, taken["Location"]) == (303, file)
    answer = client.get(file)
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Informe%20ni%C3%B1ez.pdf"
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert PaperReceipt.objects.get().organization == today.ngo


def test_staff_who_try_a_link_leave_no_receipt(
    rosa: Client, today: Cast, session: Session, invitation: Invitation
) -> None:
    version = handed(today, session).versions.get()
    assert rosa.post(at("paper_take", invitation, version.public_id)).status_code == 303
    assert not PaperReceipt.objects.exists()


def test_the_secretariat_adds_versions_and_sees_who_has_which(
    rosa: Client, client: Client, today: Cast, session: Session, invitation: Invitation
) -> None:
    added = rosa.post(
        page("paper_new", session), {"title": "Informe", "file": upload("a.pdf", PDF)}, follow=True
    )
    assert added.redirect_chain
    paper = Paper.objects.get()
    assert not paper.is_public
    client.post(at("paper_take", invitation, paper.versions.get().public_id))
    second = {"file": upload("b.pdf", PDF), "after": 1, "note": "Con cifras"}
    assert rosa.post(page("paper_version", session, paper.public_id), second).status_code == 302
    second["file"] = upload("c.pdf", PDF)
    assert rosa.post(page("paper_version", session, paper.public_id), second).status_code == 409
    shown = rosa.get(page("papers", session)).content.decode()
    assert "Con cifras" in shown and "Fundación Puente Sur" in shown
    assert paper.versions.count() == StoredFile.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [("acta.pdf", b"<html><script>alert(1)</script>"), ("a.docx", archive({"x": b"x"})), ("a.pdf", b"")],
)
def test_a_hostile_file_is_refused_at_its_field(
    rosa: Client, session: Session, name: str, content: bytes
) -> None:
    answer = rosa.post(page("paper_new", session), {"title": "Informe", "file": upload(name, content)})
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not StoredFile.objects.exists()


def test_papers_stay_with_who_was_called_unless_they_are_public(
    client: Client, today: Cast, session: Session, sign_in: SignIn
) -> None:
    kept, shown = handed(today, session), handed(today, session, "Programa", is_public=True)
    open_page = client.get(session.get_absolute_url()).content.decode()
    assert "Programa" in open_page and "Informe" not in open_page
    assert client.get(page("paper_file", session, kept.versions.get().public_id)).status_code == 404
    older = shown.versions.get()
    assert client.get(page("paper_file", session, older.public_id)).status_code == 200
    actions.add_version(
        paper_id=shown.pk, after=1, upload=upload("b.pdf", PDF), by=today.secretariat, now=today.now
    )
    assert client.get(page("paper_file", session, older.public_id)).status_code == 404, (
        "the newest text is the public one"
    )
    elena, luis = sign_in(today.elena), sign_in(today.luis)
    assert elena.get(page("papers", session)).status_code == 403
    assert elena.get(page("paper_file", session, kept.versions.get().public_id)).status_code == 404
    assert luis.get(page("paper_file", session, older.public_id)).status_code == 200
    assert luis.post(page("paper_take", session, older.public_id)).status_code == 303
    assert PaperReceipt.objects.get().organization == today.university


def test_a_paper_of_another_session_is_not_found_by_this_ones_link(
    client: Client, today: Cast, session: Session, invitation: Invitation
) -> None:
    other = called(today, starts_at=today.in_days(50))
    version = handed(today, other).versions.get()
    assert client.get(at("paper_file", invitation, version.public_id)).status_code == 404
    assert client.post(at("paper_take", invitation, version.public_id)).status_code == 404
    assert client.get(page("paper_file", session, version.public_id)).status_code == 404


def test_who_presents_hands_in_by_link_for_its_own_item_alone(
    client: Client, today: Cast, session: Session, invitation: Invitation
) -> None:
    foreign = with_item(today, session, "De otros")
    assert client.get(at("paper_new", invitation)).status_code == 404
    mine = presented_by_the_ngo(today, session)
    given = {"title": "Nuestro informe", "file": upload("a.pdf", PDF)}
    assert client.post(at("paper_new", invitation), given | {"item": foreign.pk}).status_code == 422
    given["file"] = upload("a.pdf", PDF)
    assert client.post(at("paper_new", invitation), given | {"item": mine.pk}).status_code == 302
    version = Paper.objects.get().versions.get()
    assert (version.added_by, version.file.uploaded_by_organization_id) == (today.ngo, today.ngo.pk)
    address = at("paper_version", invitation, version.paper.public_id)
    assert client.post(address, {"after": 1, "file": upload("b.pdf", PDF)}).status_code == 302
    assert client.post(address, {"after": 1, "file": upload("c.pdf", PDF)}).status_code == 409
    others = handed(today, session, "De otros", item_id=foreign.pk)
    assert client.get(at("paper_version", invitation, others.public_id)).status_code == 404


def test_a_link_to_a_closed_session_opens_no_papers_and_no_proposals(
    client: Client, today: Cast, session: Session, invitation: Invitation, sign_in: SignIn
) -> None:
    version = handed(today, session).versions.get()
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    addresses = [
        at("papers", invitation),
        at("proposals", invitation),
        at("paper_file", invitation, version.public_id),
    ]
    for address in addresses:
        assert client.get(address).status_code == 404
    assert client.post(at("paper_take", invitation, version.public_id)).status_code == 404
    CircleMember.objects.create(session=session, person=today.luis, level="logistics", since=today.now)
    luis = sign_in(today.luis)
    for name in ("papers", "proposals", "cut_offs"):
        assert luis.get(page(name, session)).status_code in (403, 404)
    assert luis.get(page("paper_file", session, version.public_id)).status_code == 404
    CircleMember.objects.update(level="record")
    assert luis.get(page("papers", session)).status_code == 200
    assert "Informe" not in client.get(session.get_absolute_url()).content.decode()


def test_a_proposal_goes_from_the_link_to_the_agenda_and_back(
    client: Client, rosa: Client, today: Cast, session: Session, invitation: Invitation
) -> None:
    sent = {"title": "Agua segura", "reason": "Hay brotes.", "minutes": "20"}
    assert client.get(at("proposals", invitation)).status_code == 200
    for _twice in range(2):
        client.post(at("proposals", invitation), sent)
    proposal = AgendaProposal.objects.get()
    assert "Agua segura" in rosa.get(page("proposals", session)).content.decode()
    address = page("proposal_answer", session, proposal.public_id)
    assert rosa.post(address, {"version": 1, "decision": "defer", "answer": ""}).status_code == 422
    assert rosa.post(address, {"version": 9, "decision": "accept", "kind": "decision"}).status_code == 409
    assert (
        rosa.post(
            address, {"version": 1, "decision": "accept", "kind": "decision", "answer": "Gracias."}
        ).status_code
        == 302
    )
    assert session.agenda.get(title_es="Agua segura").minutes == 20
    told = client.get(at("proposals", invitation)).content.decode()
    assert "Gracias." in told
    assert (
        client.post(at("proposal_withdraw", invitation, proposal.public_id), follow=True).status_code == 200
    )
    proposal.refresh_from_db()
    assert proposal.state == "accepted"


def test_an_organization_sees_its_own_proposals_alone(
    client: Client, today: Cast, session: Session, invitation: Invitation, sign_in: SignIn
) -> None:
    luis = sign_in(today.luis)
    assert luis.post(page("proposals", session), {"title": "Becas"}).status_code == 302
    proposal = AgendaProposal.objects.get()
    assert (proposal.organization, proposal.proposed_by) == (today.university, today.luis)
    assert "Becas" not in client.get(at("proposals", invitation)).content.decode()
    assert client.post(at("proposal_withdraw", invitation, proposal.public_id)).status_code == 404
    assert "Becas" in luis.get(page("proposals", session)).content.decode()
    assert luis.get(page("proposal_answer", session, proposal.public_id)).status_code == 403
    assert luis.post(page("proposal_withdraw", session, proposal.public_id)).status_code == 302
    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"


def test_hostile_words_are_shown_as_words(
    client: Client, rosa: Client, session: Session, invitation: Invitation
) -> None:
    client.post(
        at("proposals", invitation), {"title": "<script>alert(1)</script>", "reason": "<b>x</b>" * 10}
    )
    assert client.post(at("proposals", invitation), {"title": "a" * 251}).status_code == 422
    assert client.post(at("proposals", invitation), {"title": "a", "minutes": "²"}).status_code == 422
    assert b"<script>alert" not in rosa.get(page("proposals", session)).content


def test_stale_cut_offs_get_409_and_both_texts(rosa: Client, session: Session) -> None:
    day = session.starts_at.astimezone(session.zone).date().isoformat()  # type: ignore[union-attr]
    sent = {"version": session.version, "papers_due_on": day}
    assert rosa.post(page("cut_offs", session), sent).status_code == 302
    answer = rosa.post(page("cut_offs", session), sent)
    assert answer.status_code == 409 and answer.context["theirs"]
    session.refresh_from_db()
    assert session.papers_due_at == session.starts_at, "the day of the session closes when it starts"


def test_an_item_is_dragged_by_the_same_post_as_its_buttons(
    rosa: Client, today: Cast, session: Session
) -> None:
    one, two = with_item(today, session, "Uno"), with_item(today, session, "Dos")
    address = page("item_move", session, two.public_id)
    assert rosa.post(address, {"to": str(one.public_id)}).status_code == 302
    assert list(session.agenda.values_list("title_es", flat=True))[-2:] == ["Dos", "Uno"]
    rosa.post(address, {"to": "end"})
    assert list(session.agenda.values_list("title_es", flat=True))[-2:] == ["Uno", "Dos"]
    shown = rosa.get(page("agenda", session)).content.decode()
    assert f'data-drag="{two.public_id}"' in shown and "js/agenda.js" in shown


def test_a_post_from_elsewhere_cannot_be_chosen_to_present(
    rosa: Client, today: Cast, session: Session
) -> None:
    elsewhere, here = today.elena.tenures.get().post_id, today.luis.tenures.get().post_id
    sent = {"title": "Becas", "kind": "discussion", "presenter": ""}
    rosa.post(page("agenda", session), sent | {"presenter_post": elsewhere})
    assert not session.agenda.filter(title_es="Becas").exists()
    rosa.post(page("agenda", session), sent | {"presenter_post": here})
    assert session.agenda.get(title_es="Becas").presenter.startswith("Luis Aguirre")


def test_pages_ask_the_same_at_one_and_at_thirty(
    rosa: Client, client: Client, today: Cast, session: Session, invitation: Invitation
) -> None:
    def fill(many: int) -> None:
        for n in range(many):
            paper = handed(today, session, f"Papel {n}", item_id=presented_by_the_ngo(today, session).pk)
            PaperReceipt.objects.create(
                version=paper.versions.get(), organization=today.ngo, person=today.carmen, read_at=today.now
            )
            AgendaProposal.objects.create(
                mesa=today.mesa,
                session=session,
                organization=today.ngo,
                title=f"T {n}",
                proposed_at=today.now,
            )

    asks: dict[str, list[int]] = {}
    addresses = {
        "papers": (rosa, page("papers", session)),
        "proposals": (rosa, page("proposals", session)),
        "agenda": (rosa, page("agenda", session)),
        "session": (rosa, session.get_absolute_url()),
        "papers by link": (client, at("papers", invitation)),
        "proposals by link": (client, at("proposals", invitation)),
    }
    for many in (1, 15):
        fill(many)
        for name, (who, address) in addresses.items():
            who.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert who.get(address).status_code == 200
            asks.setdefault(name, []).append(len(asked))
    assert {name: counts for name, counts in asks.items() if counts[0] != counts[1] or counts[1] > 12} == {}
