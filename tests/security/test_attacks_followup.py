"""Attacks on the follow-up: keys, evidence, spreadsheets, addresses. One test is one hole that stays closed."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from coordination.attendees import addresses
from coordination.commitments import actions
from coordination.commitments.agenda.actions import referring
from coordination.commitments.matrix import back as matrix_back
from coordination.commitments.matrix.views import page as matrix
from coordination.commitments.models import Commitment, Evidence, Referral, SheetImport
from coordination.commitments.settling.actions import extending, settling
from coordination.common.errors import DomainError
from coordination.files.inspection import inspect
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization, Person, Post, Tenure
from coordination.sessions.models import AgendaItem, Outcome, Session
from tests.cast import NOW, SINCE, Cast, acting, person
from tests.commitments import settled
from tests.commitments.agenda import mesa_below
from tests.commitments.settled import answer, chamber, extend, fresh
from tests.commitments.test_evidence import add
from tests.commitments.test_referrals import raised
from tests.commitments.world import agreed, part_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def also_at(someone: Person, organization: Organization) -> None:
    post = Post.objects.create(
        organization=organization, title_es="Directora", title_en="Director", kind=Post.Kind.HEAD
    )
    Tenure.objects.create(post=post, person=someone, starts_on=SINCE)


class TestWhatWasNotMet:
    """The mesa records it, a second organization confirms: never the first one by another door."""

    def test_whoever_recorded_it_does_not_confirm_it_through_a_second_post(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        commitment = agreed(cast)
        other, _ines = chamber(cast)
        settled.record(cast, commitment, other)
        also_at(cast.rosa, other)
        with pytest.raises(actions.OwnKey):
            answer(cast, commitment, other, cast.rosa, True)
        page = reverse("commitments:second_signed_in", args=[commitment.public_id])
        assert sign_in(cast.rosa).post(page, {"confirms": "yes"}).status_code == 403
        assert fresh(commitment).state == "agreed"

    def test_a_colleague_of_whoever_recorded_it_does_not_either(self, cast: Cast) -> None:
        commitment = agreed(cast)
        other, _ines = chamber(cast)
        settled.record(cast, commitment, other)
        both = person("Dos Puestos", at=cast.ministry)
        also_at(both, other)
        with pytest.raises(actions.OwnKey):
            answer(cast, commitment, other, both, True)

    def test_a_second_organization_that_joined_the_one_that_recorded_it_does_not_confirm(
        self, cast: Cast
    ) -> None:
        commitment = agreed(cast)
        other, ines = chamber(cast)
        settled.record(cast, commitment, other)
        part_of(cast.ministry, other)
        with pytest.raises(actions.OwnKey):
            answer(cast, commitment, other, ines, True)
        assert fresh(commitment).state == "agreed"


class TestWhatAMesaAgreed:
    def test_rests_on_no_session_from_before_it_was_promised(self, cast: Cast) -> None:
        commitment = agreed(cast)
        starts = commitment.session.starts_at - timedelta(days=300)
        old = Session.objects.create(
            mesa=cast.mesa, number=90, state="held", starts_at=starts, ends_at=starts + timedelta(hours=2)
        )
        item = AgendaItem.objects.create(session=old, order=1, title_es="Otra cosa")
        decision = Outcome.objects.create(
            session=old, item=item, kind="decision", text="Se aprueba el orden del día", recorded_at=NOW
        )
        with pytest.raises(extending.SessionMissing):
            extend(cast, commitment, session_id=old.pk)
        with pytest.raises(settling.DecisionMissing):
            settling.withdraw(
                commitment_id=commitment.pk, reason="x", decision_id=decision.pk, by=cast.secretariat, now=NOW
            )
        assert fresh(commitment).due_version == 1

    def test_about_an_organization_where_one_has_a_second_post_needs_a_decision(self, cast: Cast) -> None:
        commitment = agreed(cast)
        also_at(cast.rosa, cast.ngo)
        with pytest.raises(extending.OwnDecision):
            extend(cast, commitment)


class TestALink:
    """It opens one commitment, and nothing else of the organization it was mailed to."""

    def test_neither_reads_nor_changes_evidence_of_another_commitment_of_the_same_organization(
        self, cast: Cast, client: Client
    ) -> None:
        theirs, mine = agreed(cast), agreed(cast)
        shown, hidden = add(cast, theirs), add(cast, theirs, "lista.pdf", is_restricted=True)
        gone = add(cast, theirs, url="https://acta.example/")
        for purpose in (Commitment.REPORT_LINK, Commitment.VERIFY_LINK):
            token = mine.token(purpose)
            for piece in (shown, hidden):
                file = reverse("commitments:evidence_file_by_link", args=[token, piece.public_id])
                assert client.get(file).status_code == 404
                mend = reverse("commitments:evidence_mend_by_link", args=[token, piece.public_id])
                assert client.post(mend, {"take_back": "1", "reason": "x"}).status_code == 404
            mark = reverse("commitments:evidence_gone_by_link", args=[token, gone.public_id])
            assert client.post(mark).status_code == 404
        assert not Evidence.objects.exclude(withdrawn_at=None, gone_at=None).exists()
        own = reverse("commitments:evidence_file_by_link", args=[theirs.token("report"), hidden.public_id])
        assert client.get(own).status_code == 200


class TestAnAddress:
    def test_of_nonsense_is_not_found_and_no_error_of_ours(
        self, cast: Cast, client: Client, sign_in: SignIn
    ) -> None:
        load = reverse("commitments:load", args=[cast.ngo.slug])
        assert client.get(load, {"mesa": "\0"}).status_code < 500
        milestone = reverse("commitments:milestone_add", args=[cast.mesa.slug])
        for wrong in ("\0", "x", "0"):
            assert sign_in(cast.rosa).get(milestone, {"compromiso": wrong}).status_code == 404


def workbook(*, row: bytes = b"", texts: bytes = b"", formats: bytes = b"") -> bytes:
    """A workbook made by hand, as small as its parts let it be when packed."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    names = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    about = "http://schemas.openxmlformats.org/package/2006/"
    parts = {
        "xl/worksheets/sheet1.xml": ("worksheet", b"<sheetData>%s</sheetData>" % row),
        "xl/sharedStrings.xml": ("sst", texts),
        "xl/styles.xml": ("styleSheet", formats),
        "xl/workbook.xml": ("workbook", b'<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'),
    }
    known = {"sst": "sharedStrings", "workbook": "sheet.main", "styleSheet": "styles"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        types = "".join(
            f'<Override PartName="/{name}" ContentType="{kind}.{known.get(root, root)}+xml"/>'
            for name, (root, _content) in parts.items()
        )
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{about}content-types">{types}</Types>')
        where = f'<Relationship Id="r1" Type="{rels}/%s" Target="%s"/>'
        for place, to in (
            ("_rels/.rels", ("officeDocument", "xl/workbook.xml")),
            ("xl/_rels/workbook.xml.rels", ("worksheet", "worksheets/sheet1.xml")),
        ):
            archive.writestr(
                place, f'<Relationships xmlns="{about}relationships">{where % to}</Relationships>'
            )
        for name, (root, content) in parts.items():
            archive.writestr(
                name,
                f'<{root} xmlns="{names}" xmlns:r="{rels}">'.encode() + content + f"</{root}>".encode(),
            )
    return out.getvalue()


ONE_ROW = b'<row r="1">' + b"<c><v>1</v></c>" * 100_000 + b"</row>"
BOMBS = {
    "one row of cells without end": {"row": ONE_ROW},
    "cells outside every row": {"row": ONE_ROW[11:-6]},
    "texts without end": {"texts": b"<si/>" * 310_000},
    "one text of pieces without end": {"texts": b"<si>" + b"<r><t>a</t></r>" * 100_000 + b"</si>"},
    "formats without end": {"formats": b"<cellXfs>" + b"<xf/>" * 250_000 + b"</cellXfs>"},
}


class TestASpreadsheet:
    @pytest.mark.parametrize("parts", BOMBS.values(), ids=BOMBS.keys())
    def test_that_would_drown_the_reader_is_refused_before_it_is_opened(
        self, parts: dict[str, bytes]
    ) -> None:
        content = workbook(**parts)
        assert len(content) < 300_000
        assert inspect("a.xlsx", io.BytesIO(content))
        for reads in (matrix_back.read, addresses._sheet):
            with pytest.raises(DomainError, match="mucho mayor|far larger"):
                list(reads("a.xlsx", content))

    def test_of_figures_that_would_drown_the_reader_is_refused_to_who_comes_by_a_link(
        self, cast: Cast, client: Client
    ) -> None:
        address = reverse("commitments:measures_import_by_link", args=[agreed(cast).token("report")])
        sheet = SimpleUploadedFile("a.xlsx", workbook(row=ONE_ROW))
        answer = client.post(address, {"file": sheet})
        assert answer.context["form"].errors["file"] and not SheetImport.objects.exists()


class TestAWorkbookOfEverything:
    def test_is_made_for_one_stranger_at_a_time_and_for_who_signed_in_at_once(
        self, cast: Cast, client: Client, sign_in: SignIn
    ) -> None:
        agreed(cast)
        address = reverse("commitments:export_xlsx")
        with matrix.place_for_strangers:
            turned_away = client.get(address, {"q": "plazas"})
            assert turned_away.status_code == 302 and "q=plazas" in turned_away["Location"]
            assert "CSV" in client.get(turned_away["Location"]).text
            assert sign_in(cast.elena).get(address).status_code == 200
        assert client.get(address).status_code == 200
        assert client.get(address).status_code == 200


class TestBetweenMesas:
    def test_a_public_mesa_does_not_tell_what_a_mesa_of_members_asked_of_it_or_was_asked(
        self, cast: Cast, client: Client, sign_in: SignIn
    ) -> None:
        below = mesa_below(cast)
        up = raised(cast, below, title="Canario arriba")
        mine = agreed(cast)
        down = referring.refer(
            origin_id=cast.mesa.pk, target_id=below.pk, title="Canario abajo", text="x", commitment_id=mine.pk,
            by=cast.secretariat, now=NOW,
        )  # fmt: skip
        Mesa.objects.filter(pk=below.pk).update(visibility="members")
        for stranger in (client, sign_in(cast.elena)):
            for referral in (up, down):
                assert (
                    stranger.get(reverse("commitments:referral", args=[referral.public_id])).status_code
                    == 404
                )
            for which in ("recibidos", "enviados"):
                listed = reverse("commitments:referrals", args=[cast.mesa.slug])
                assert "Canario" not in stranger.get(listed, {"lista": which}).text
            assert below.name not in stranger.get(mine.get_absolute_url()).text
        for party in (cast.rosa, cast.luis, cast.olga):
            for referral in (up, down):
                assert Referral.objects.visible_to(acting(party)).filter(pk=referral.pk).exists(), party
        assert Referral.objects.visible_to(acting(below.vera)).count() == 2


class TestASecondClick:
    def test_neither_raises_an_issue_twice_nor_adds_an_address_twice(
        self, cast: Cast, client: Client
    ) -> None:
        below = mesa_below(cast)
        assert raised(cast, below) == raised(cast, below)
        assert raised(cast, below, title="Otro asunto") != raised(cast, below)
        commitment = agreed(cast)
        address = reverse("commitments:evidence_add_by_link", args=[commitment.token("report")])
        for _click in range(2):
            sent = {"evidence_url": "https://acta.example/1", "readers": "public"}
            assert client.post(address, sent).status_code == 302
        assert commitment.evidence.count() == 1
