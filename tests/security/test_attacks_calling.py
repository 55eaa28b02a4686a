"""Attacks on what comes before a session: links, proposals, papers, lists. One test is one hole that stays closed."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone
from openpyxl import Workbook

from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.attendees import addresses
from coordination.attendees.actions.naming import NAMED_A_DAY, DelegationRefused
from coordination.attendees.models import Delegate, Invitation
from coordination.notifications.models import CalendarReply, Notification
from coordination.organizations.models import Person, Post
from coordination.portal.admin import of_open_sessions
from coordination.sessions import actions
from coordination.sessions.actions import papers, proposals
from coordination.sessions.models import AgendaItem, AgendaProposal, CircleMember, Paper, Session
from tests.attendees.inviting import accept, called, invitation_of, mark, one
from tests.cast import Cast, acting
from tests.files.samples import PDF, upload
from tests.sessions.scheduling import with_item

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
LEVEL = CircleMember.Level


@pytest.fixture
def today(cast: Cast) -> Cast:
    """The cast with the real clock's now."""
    cast.now = timezone.now()
    return cast


def at(name: str, invitation: Invitation, *more: object) -> str:
    return reverse(f"attendees:{name}", args=[invitation.token, *more])


def closed(session: Session) -> Session:
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    session.refresh_from_db()
    return session


def presented_by_the_ngo(cast: Cast, session: Session) -> AgendaItem:
    item = with_item(cast, session)
    AgendaItem.objects.filter(pk=item.pk).update(presenter_post=cast.carmen.tenures.get().post)
    return item


class TestWhoHoldsALink:
    """A link can lie with anybody: it opens one organization's answer, and nothing without end."""

    def test_proposing_and_withdrawing_in_turns_writes_to_the_secretariat_twenty_times_a_day(
        self, client: Client, today: Cast
    ) -> None:
        invitation = invitation_of(called(today), today.ngo)
        for n in range(proposals.MOST_A_DAY + 3):
            client.post(at("proposals", invitation), {"title": f"Tema {n}"})
            for waiting in AgendaProposal.objects.filter(state="pending"):
                client.post(at("proposal_withdraw", invitation, waiting.public_id))
        assert AgendaProposal.objects.count() == proposals.MOST_A_DAY
        refused = client.post(at("proposals", invitation), {"title": "Otro"})
        assert refused.status_code == 422 and 'value="Otro"' in refused.content.decode()
        AgendaProposal.objects.update(proposed_at=today.in_days(-1))
        client.post(at("proposals", invitation), {"title": "Otro"})
        assert AgendaProposal.objects.filter(title="Otro").exists()

    def test_one_paper_is_no_store_of_files(
        self, client: Client, today: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(papers, "TEXTS_A_DAY", 2)
        session = called(today)
        item, invitation = presented_by_the_ngo(today, session), invitation_of(session, today.ngo)
        told = {"title": "Informe", "item": item.pk, "file": upload("a.pdf", PDF)}
        client.post(at("paper_new", invitation), told)
        paper = Paper.objects.get()
        for after in (1, 2, 2):
            page = client.post(
                at("paper_version", invitation, paper.public_id),
                {"after": after, "file": upload("b.pdf", PDF)},
            )
        assert (page.status_code, paper.versions.count()) == (422, 2)
        staff = {"by": today.secretariat, "now": today.now, "upload": upload("c.pdf", PDF)}
        assert actions.add_version(paper_id=paper.pk, after=2, **staff).number == 3

    def test_a_delegation_does_not_write_to_strangers_without_end(self, today: Cast) -> None:
        invitation = invitation_of(called(today), today.ngo)
        accept(today, invitation, [one("principal", "Carmen Loja")])
        carmen = Delegate.objects.get()
        Delegate.objects.bulk_create(
            Delegate(
                invitation=invitation, person=carmen.person, role="companion", registered_at=today.now,
                withdrawn_at=today.now,
            )
            for _n in range(NAMED_A_DAY - 2)
        )  # fmt: skip
        accept(today, invitation, [one("principal", "Zoe Primera")])
        people = Person.objects.count()
        with pytest.raises(DelegationRefused):
            accept(today, invitation, [one("principal", "Zoe Segunda")])
        assert Person.objects.count() == people
        accept(today, invitation, [one("principal", "Zoe Primera", post_title="Directora")])
        accept(today, invitation, [one("principal", "Zoe Segunda")], now=today.in_days(1.1))

    def test_it_opens_nothing_of_another_session_or_organization(self, client: Client, today: Cast) -> None:
        session, other = called(today), called(today, starts_at=today.in_days(40))
        mine = invitation_of(session, today.ngo)
        by: dict[str, Any] = {"by": today.secretariat, "now": today.now}
        paper = actions.add_paper(session_id=other.pk, title="Ajeno", upload=upload("a.pdf", PDF), **by)
        text = paper.versions.get()
        theirs = actions.propose(
            session_id=session.pk, organization_id=today.university.pk, title="Tema", **by
        )
        elsewhere = actions.propose(session_id=other.pk, organization_id=today.ngo.pk, title="Tema", **by)
        before = Activity.objects.count()
        assert client.get(at("paper_file", mine, text.public_id)).status_code == 404
        assert client.post(at("paper_take", mine, text.public_id)).status_code == 404
        assert client.post(at("paper_version", mine, paper.public_id), {}).status_code == 404
        for proposal in (theirs, elsewhere):
            assert client.post(at("proposal_withdraw", mine, proposal.public_id)).status_code == 404
        assert Activity.objects.count() == before

    def test_no_door_of_a_post_opens_for_another_organization_or_a_technician(
        self, today: Cast, sign_in: SignIn
    ) -> None:
        invitation = invitation_of(called(today), today.ngo)
        pages = [reverse(f"attendees:{name}", args=[invitation.public_id]) for name in OWN_PAGES]
        assert len(pages) == 10
        before = Activity.objects.count()
        Post.objects.filter(tenures__person=today.elena).update(kind=Post.Kind.TECHNICAL)
        Post.objects.filter(tenures__person=today.elena).update(organization=today.ngo)
        technician, foreign = sign_in(today.elena), sign_in(today.luis)
        for page in pages:
            for someone in (technician, foreign):
                told = {someone.get(page).status_code, someone.post(page).status_code}
                assert told <= {403, 404, 405}, page
        assert Activity.objects.count() == before

    def test_every_form_behind_a_link_refuses_what_another_site_sends(self, today: Cast) -> None:
        token = invitation_of(called(today), today.ngo).token
        strict, some = Client(enforce_csrf_checks=True), "00000000-0000-4000-8000-000000000000"
        paths = ["/es/" + re.sub(r"<uuid:\w+>", some, path.replace("<str:token>", token)) for path in BY_LINK]
        assert len(paths) > 15
        assert {path: strict.post(path).status_code for path in paths} == dict.fromkeys(paths, 403)

    def test_a_request_with_many_files_is_not_written_to_disk(self, client: Client) -> None:
        files = {
            f"f{n}": SimpleUploadedFile("a.txt", b"a")
            for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)
        }
        assert Client(enforce_csrf_checks=True).post(reverse("account_login"), files).status_code in (
            400,
            403,
        )
        assert client.post(reverse("account_login"), files).status_code == 400


class TestCasaAdentro:
    """A closed session is neither seen nor guessed by who is not in its circle, nor by who is in another's."""

    def test_the_link_of_one_closed_session_does_not_name_who_was_at_another(
        self, client: Client, today: Cast
    ) -> None:
        first = called(today)
        accept(today, invitation_of(first, today.ngo), [one("principal", "Zoe Reservada")])
        second = called(today, starts_at=today.in_days(60))
        closed(first), closed(second)
        page = client.get(at("delegation", invitation_of(second, today.ngo)))
        assert page.status_code == 200 and "Zoe Reservada" not in page.content.decode()

    def test_who_knows_when_and_where_does_not_read_who_came(self, today: Cast, sign_in: SignIn) -> None:
        session = called(today)
        accept(today, invitation_of(session, today.university), [one("principal", "Zoe Reservada")])
        mark(today, Delegate.objects.get())
        closed(session)
        page = reverse("portal:ranks", args=[today.mesa.slug, today.university.slug])
        for person in (today.luis, today.rosa):
            ring = {"session": session, "person": person, "since": today.now}
            outer, _made = CircleMember.objects.update_or_create(**ring, defaults={"level": LEVEL.LOGISTICS})
            assert not sign_in(person).get(page).context["page"].object_list, person
            CircleMember.objects.filter(pk=outer.pk).update(level=LEVEL.RECORD)
            assert len(sign_in(person).get(page).context["page"].object_list) == 1

    def test_who_knows_when_and_where_reads_no_topic_and_no_agenda(
        self, today: Cast, sign_in: SignIn
    ) -> None:
        """The topic stood on the page, in lists, calendars and search; the order of the day had a door of its own."""
        session = called(today)
        with_item(today, session)
        session.agenda.update(title="Punto secreto")
        Session.objects.filter(pk=session.pk).update(topic_es="Tema secreto", topic_en="Tema secreto")
        closed(session)
        month = f"mes={session.local_day:%Y-%m}"
        pages = [
            session.get_absolute_url(),
            reverse("sessions:list"),
            f"{reverse('portal:calendar')}?{month}",
            f"{reverse('portal:calendar')}?{month}&vista=lista",
            reverse("portal:my_work"),
            today.mesa.get_absolute_url(),
        ]
        agenda = reverse("sessions:agenda", args=[session.public_id])
        for person in (today.luis, today.rosa):
            ring = {"session": session, "person": person, "since": today.now}
            CircleMember.objects.filter(session=session, person=person).delete()
            outer = CircleMember.objects.create(**ring, level=LEVEL.LOGISTICS)
            client, url = sign_in(person), str(session.public_id)
            for page in pages:
                assert "secreto" not in client.get(page).content.decode(), page
            assert url in client.get(pages[1]).content.decode(), "that it is held is known"
            assert client.get(agenda).status_code == 403
            for search in (reverse("portal:search"), reverse("sessions:list")):
                assert url not in client.get(search, {"q": "Tema secreto"}).content.decode(), search
            CircleMember.objects.filter(pk=outer.pk).update(level=LEVEL.RECORD)
            assert "Tema secreto" in client.get(pages[0]).content.decode()
        assert "Punto secreto" in client.get(agenda).content.decode(), "Rosa keeps the secretariat"

    def test_the_administration_shows_proposals_and_answers_of_open_sessions_alone(self, today: Cast) -> None:
        session = called(today)
        asked = actions.propose(
            session_id=session.pk,
            organization_id=today.ngo.pk,
            title="Tema",
            by=acting(today.carmen),
            now=today.now,
        )
        letter = Notification.objects.create(
            recipient=today.carmen, kind="invitation", subject_type="session", subject_id=session.pk, version=1,
            root_type="session", root_id=session.pk, due_at=today.now, next_try_at=today.now, not_after=today.in_days(1),
        )  # fmt: skip
        reply = CalendarReply.objects.create(
            session=session, person=today.carmen, notification=letter, answer="declined", sequence=1,
            stamped_at=today.now, taken_at=today.now,
        )  # fmt: skip
        for subject in (asked, reply):
            record(kind="attack.told", by=today.secretariat, subject=subject, now=today.now)
        rows = Activity.objects.filter(kind="attack.told")
        assert rows.filter(of_open_sessions()).count() == 2
        closed(session)
        assert not rows.filter(of_open_sessions()).exists()


class TestLists:
    """What comes back from a spreadsheet."""

    @pytest.mark.parametrize(
        "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
    )
    @pytest.mark.filterwarnings("ignore:Workbook contains no stylesheet")
    @pytest.mark.parametrize("harm", ["cut", "gone", "junk", "odd"])
    def test_a_broken_workbook_is_refused_in_words(self, part: str, harm: str) -> None:
        harms: dict[str, Callable[[bytes], bytes | None]] = {
            "cut": lambda content: content[: len(content) // 2],
            "gone": lambda content: None,
            "junk": lambda content: b"<a/>",
            "odd": lambda content: content.replace(b'"1"', b'"x1"').replace(b'"A1"', b'"??"'),
        }
        with suppress(addresses.FileRefused):  # or read, where the library does without that part
            assert len(addresses.read("lista.xlsx", workbook_without(part, harms[harm])).rows) == 1


def workbook_without(part: str, harm: Callable[[bytes], bytes | None]) -> bytes:
    whole, harmed, book = io.BytesIO(), io.BytesIO(), Workbook()
    for row in (["organización", "persona", "correo"], ["ONG", "Ana", "a@b.example"]):
        book.active.append(row)
    book.save(whole)
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(harmed, "w") as after:
        for name in before.namelist():
            content = harm(before.read(name)) if name == part else before.read(name)
            if content is not None:
                after.writestr(name, content)
    return harmed.getvalue()


def _routes(patterns: list[Any], path: str = "") -> Iterator[tuple[str, str]]:
    for each in patterns:
        here = path + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, here)
        else:
            yield here, str(each.name)


ROUTES = [(path.removeprefix("es/"), name) for path, name in _routes(get_resolver().url_patterns)]
BY_LINK = [path for path, _name in ROUTES if path.startswith("i/<str:token>/")]
OWN_PAGES = [name for path, name in ROUTES if path.startswith("mi-organizacion/invitaciones/")]
