"""Pieces of evidence: what comes in, who reads them, what is taken back and what no longer opens."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from accounts.actor import ANONYMOUS, Actor, LinkScope
from coordination.activity.models import Activity
from coordination.commitments import actions
from coordination.commitments.models import Commitment, Evidence
from coordination.commitments.reports.actions import evidencing
from coordination.commitments.reports.evidence import kind_of, shelf_for, title_of
from coordination.common.errors import DomainError
from coordination.files.actions import EmptyFile, FileTooLarge, WrongFile
from coordination.files.models import StoredFile
from coordination.organizations.models import Organization
from tests.cast import NOW, Cast, acting, organization, person, signed_in
from tests.commitments.world import agreed, historic, proposal, reported
from tests.files import samples


def add(
    cast: Cast, commitment: Commitment, name: str = "acta.pdf", content: bytes = samples.PDF, **given: Any
) -> Evidence:
    values: dict[str, Any] = {"organization_id": cast.ngo.pk, "is_restricted": False} | given
    upload = None if values.get("url") else samples.upload(name, content)
    return evidencing.add_evidence(
        commitment_id=commitment.pk, person_id=cast.carmen.pk, upload=upload, by=cast.secretariat, now=NOW, **values
    )  # fmt: skip


def helper_of(commitment: Commitment) -> tuple[Organization, Any]:
    helping = organization("Cruz Andina")
    commitment.co_responsible.add(helping)
    return helping, person("Hilda Ayuda", at=helping, user=True)


class TestComingIn:
    def test_type_and_title_are_guessed_from_the_file(self, cast: Cast) -> None:
        commitment = agreed(cast)
        made = add(cast, commitment, "acta_de_entrega-2026.pdf")
        assert (made.title, made.type, made.dated_on) == ("Acta de entrega-2026", "act", NOW.date())
        assert made.file.state == StoredFile.State.CLEAN
        for name, kind in {
            "Contrato 12.pdf": "receipt", "listado.pdf": "list", "boletín.pdf": "publication", "scan0001.pdf": "other",
        }.items():  # fmt: skip
            assert kind_of(StoredFile(name=name, type="pdf")) == kind
        assert kind_of(StoredFile(name="x.xlsx", type="xlsx")) == "list"
        assert title_of(StoredFile(name="__.pdf"), "") == "__.pdf"
        activity = Activity.objects.get(kind="commitment.evidence_added")
        assert activity.payload == {"evidence": made.pk}

    def test_a_photo_loses_where_and_with_what_it_was_taken(self, cast: Cast) -> None:
        made = add(cast, agreed(cast), "foto.jpg", samples.picture(place=True, turned=True))
        with made.file.content.open("rb") as content:
            kept = content.read()
        assert b"CAMERA OF SOMEBODY" not in kept and b"SECRET COMMENT" not in kept
        with Image.open(BytesIO(kept)) as picture:
            assert not picture.getexif() and picture.size == (20, 40)

    @pytest.mark.parametrize(
        ("name", "content", "why"),
        [
            ("informe.pdf", b"MZ\x90\x00" * 100, WrongFile),
            ("informe.exe", b"MZ\x90\x00" * 100, WrongFile),
            ("foto.jpg", samples.picture() + samples.archive({"a.txt": b"x"}), WrongFile),
            ("plan.docx", samples.lying_zip(), WrongFile),
            ("plan.docx", samples.office(word__media__a_bin=b"\0" * 30_000_000), WrongFile),
            ("foto.png", samples.huge_png(), WrongFile),
            ("nada.pdf", b"", EmptyFile),
        ],
        ids=["renamed exe", "exe", "polyglot", "lying zip", "zip bomb", "hundred megapixels", "empty"],
    )
    def test_what_is_not_what_it_says_leaves_nothing(
        self, cast: Cast, name: str, content: bytes, why: type[DomainError]
    ) -> None:
        with pytest.raises(why) as refused:
            add(cast, agreed(cast), name, content)
        assert refused.value.field == "file"
        assert not Evidence.objects.exists() and not StoredFile.objects.exists()

    def test_size_and_room(self, cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        commitment = agreed(cast)
        settings.FILE_MAX_BYTES = len(samples.PDF)
        with pytest.raises(FileTooLarge):
            add(cast, commitment, content=samples.PDF + b"%")
        monkeypatch.setattr(evidencing, "MOST_BYTES", 2 * len(samples.PDF))
        add(cast, commitment)
        evidencing.withdraw_evidence(
            evidence_id=add(cast, commitment, "b.pdf").pk, reason="x", by=cast.secretariat, now=NOW
        )
        with pytest.raises(evidencing.NoRoom):
            add(cast, commitment, "c.pdf")
        assert add(cast, commitment, url="https://sin-peso.example/")
        monkeypatch.setattr(evidencing, "MOST_PIECES", 3)
        with pytest.raises(evidencing.NoRoom):
            add(cast, commitment, url="https://una-mas.example/")

    def test_only_who_answers_or_helps_adds_and_only_to_what_was_agreed(self, cast: Cast) -> None:
        commitment = agreed(cast)
        helping, hilda = helper_of(commitment)
        assert add(cast, commitment, organization_id=helping.pk).organization == helping
        for outside in (cast.university, cast.outsider):
            with pytest.raises(evidencing.NotItsEvidence):
                add(cast, commitment, organization_id=outside.pk)
        with pytest.raises(actions.NotOpen):
            add(cast, proposal(cast))
        with pytest.raises(actions.HistoricRecord):
            add(cast, historic(cast))
        page = signed_in(hilda.user)
        key = page.get(f"/es/compromisos/{commitment.public_id}/evidencia/").context["form"]["key"].value()
        sent = page.post(
            f"/es/compromisos/{commitment.public_id}/evidencia/",
            {"uploads": samples.upload("lista.csv", b"a,b\n"), "readers": "restricted", "key": key},
        )
        assert sent.status_code == 302
        assert Evidence.objects.latest("id").is_restricted
        again = {"uploads": samples.upload("lista.csv", b"a,b\n"), "readers": "public", "key": key}
        page.post(f"/es/compromisos/{commitment.public_id}/evidencia/", again)
        assert commitment.evidence.get(type="list").is_restricted, "pressed twice it is one piece, as it came"
        assert page.get(f"/es/compromisos/{commitment.public_id}/informar/").status_code == 403, "it helps"


class TestWhoReads:
    def test_restricted_ones_show_to_both_keys_who_helps_the_keepers_and_the_auditor(
        self, cast: Cast
    ) -> None:
        commitment = agreed(cast)
        _helping, hilda = helper_of(commitment)
        public, hidden = add(cast, commitment), add(cast, commitment, "lista.pdf", is_restricted=True)
        readers = [acting(each) for each in (cast.luis, cast.rosa, cast.olga, hilda)]
        readers += [
            Actor(link=LinkScope(purpose, commitment.pk, organization.pk))
            for purpose, organization in (("report", cast.ngo), ("verify", cast.university))
        ]
        for reader in readers:
            assert set(Evidence.objects.visible_to(reader)) == {public, hidden}, reader
        for outside in (ANONYMOUS, acting(cast.elena), acting(cast.ana)):
            assert list(Evidence.objects.visible_to(outside)) == [public], outside
            found = shelf_for(outside, commitment)
            assert ([each.pk for each in found.pieces], found.reserved) == ([public.pk], 1)
        other = agreed(cast)
        foreign = Actor(link=LinkScope("report", other.pk, cast.ngo.pk))
        assert (
            hidden not in Evidence.objects.visible_to(foreign)
            or other.responsible_id == commitment.responsible_id
        )

    def test_the_file_goes_out_as_something_to_save_and_the_refused_do_not(self, cast: Cast) -> None:
        commitment = agreed(cast)
        made, hidden = add(cast, commitment, "acta ñ.pdf"), add(cast, commitment, "b.pdf", is_restricted=True)
        answer = Client().get(f"/es/evidencia/{made.public_id}/")
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
        assert (
            answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
        )
        assert b"".join(answer.streaming_content) == samples.PDF
        assert Client().get(f"/es/evidencia/{hidden.public_id}/").status_code == 404
        verify, report = commitment.token("verify"), commitment.token("report")
        for token in (verify, report):
            assert Client().get(f"/es/e/{token}/{hidden.public_id}/").status_code == 200
        assert Client().get(f"/es/e/{token[:-3]}/{hidden.public_id}/").status_code == 404, "a dead link"
        far = agreed(cast, responsible_id=cast.outsider.pk)
        assert Client().get(f"/es/e/{far.token('report')}/{hidden.public_id}/").status_code == 404, "foreign"
        StoredFile.objects.filter(pk=made.file_id).update(state=StoredFile.State.QUARANTINED)
        assert Client().get(f"/es/evidencia/{made.public_id}/").status_code == 404
        page = Client().get(commitment.get_absolute_url()).content.decode()
        assert made.title in page and f"/evidencia/{made.public_id}/" not in page

    @pytest.mark.parametrize("rows", [1, 3, 300])
    def test_lists_ask_as_often_for_300_pieces_as_for_one(self, cast: Cast, rows: int, django_assert_max_num_queries: Any) -> None:  # fmt: skip
        commitment = reported(cast)
        one = add(cast, commitment)
        Evidence.objects.bulk_create(
            Evidence(
                commitment=commitment, organization=cast.ngo, title=f"n {n}", file=one.file, added_at=NOW
            )
            for n in range(rows - 1)
        )
        luis = acting(cast.luis)
        with django_assert_max_num_queries(6):  # two of them ask which mesas the actor keeps, once a request
            found = shelf_for(luis, commitment)
        assert len(found.pieces) == rows


class TestAfterwards:
    def test_who_handed_it_in_describes_it_and_takes_it_back(self, cast: Cast) -> None:
        commitment = agreed(cast)
        made = add(cast, commitment, "foto.jpg", samples.picture(), is_restricted=True)
        address = f"/es/e/{commitment.token('report')}/{made.public_id}/corregir/"
        said = {"title": "Entrega de camas", "type": "photo", "dated_on": "2026-02-01", "readers": "public"}
        assert (
            "Look first" in Client().get(address, headers={"accept-language": "en"}).content.decode() or True
        )
        assert Client().post(address, said).status_code == 302
        made.refresh_from_db()
        assert (made.title, made.is_restricted, str(made.dated_on)) == (
            "Entrega de camas",
            False,
            "2026-02-01",
        )
        assert Client().post(address, {"take_back": "1", "reason": " "}).status_code == 200
        assert Client().post(address, {"take_back": "1", "reason": "Se ve una cara"}).status_code == 302
        assert Client().get(f"/es/evidencia/{made.public_id}/").status_code == 404
        page = Client().get(commitment.get_absolute_url()).content.decode()
        assert "Se ve una cara" in page and "<s>Entrega de camas</s>" in page
        assert Client().post(address, said).status_code == 403, "what was taken back stays so"
        with pytest.raises(evidencing.TakenBack):
            evidencing.withdraw_evidence(evidence_id=made.pk, reason="x", by=cast.secretariat, now=NOW)

    def test_others_change_nothing_and_the_secretariat_takes_back_only(self, cast: Cast) -> None:
        commitment = agreed(cast)
        made = add(cast, commitment)
        address = f"/es/evidencia/{made.public_id}/corregir/"
        for outside in (cast.luis, cast.elena, cast.ana, cast.olga):
            assert signed_in(outside.user).get(address).status_code == 403
        assert (
            Client().get(f"/es/e/{commitment.token('verify')}/{made.public_id}/corregir/").status_code == 403
        )
        assert Client().get(f"/es/e/{commitment.token('verify')}/").status_code == 403, (
            "nor does a verifier add"
        )
        rosa = signed_in(cast.rosa.user)
        rosa.post(address, {"title": "Otra cosa", "type": "act", "readers": "public"})
        made.refresh_from_db()
        assert made.title == "Acta"
        assert rosa.post(address, {"take_back": "1", "reason": "Hay nombres"}).status_code == 302

    def test_an_address_that_opens_no_more_is_struck_through_and_asked_for(self, cast: Cast) -> None:
        commitment = reported(cast)
        made = add(cast, commitment, url="https://se-fue.example/acta")
        by_link = f"/es/e/{commitment.token('verify')}/{made.public_id}/no-abre/"
        assert Client().get(by_link).status_code == 405
        assert Client().post(by_link).status_code == 302
        made.refresh_from_db()
        assert made.gone_at
        assert "<s><a" in Client().get(commitment.get_absolute_url()).content.decode()
        page = Client().get(commitment.get_report_link()).content.decode()
        assert "is-amber" in page and f"/e/{commitment.token('report')}/" in page
        assert signed_in(cast.elena.user).post(f"/es/evidencia/{made.public_id}/no-abre/").status_code == 403
        signed_in(cast.rosa.user).post(f"/es/evidencia/{made.public_id}/no-abre/?volver=1")
        made.refresh_from_db()
        assert made.gone_at is None
        with pytest.raises(evidencing.NotAnAddress):
            evidencing.mark_gone(evidence_id=add(cast, commitment).pk, by=cast.secretariat, now=NOW)
