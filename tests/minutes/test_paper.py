"""The minutes as papers: what stands on each, what stands on none, and the sum that proves a text."""

import io
import re
import resource
import time
import zipfile
from typing import Any

import pytest
from django.utils import translation
from docx import Document
from pypdf import PdfReader, PdfWriter
from pypdf.generic import StreamObject

from coordination.minutes import paper
from coordination.minutes.models import Minutes
from coordination.minutes.paper import NoPublicPaper, fingerprint, signed_sum
from tests.cast import Cast
from tests.minutes.papers import PUBLIC, minutes_of, observed, sent_to, signed

CANARY = re.compile("CANARIO|CERRADO|reservad|casa adentro", re.IGNORECASE)


def pages(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def everything_in(pdf: bytes) -> str:
    """Text, every object of the file unpacked, and what the file says of itself."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    objects = [writer.get_object(number) for number in range(1, len(writer._objects) + 1)]
    streams = [one.get_data().decode("latin-1") for one in objects if isinstance(one, StreamObject)]
    return "\n".join([*pages(pdf), *map(str, objects), *streams])


def everything_in_docx(docx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return "\n".join(
            f"{one}\n{archive.read(one).decode('utf-8', 'replace')}" for one in archive.namelist()
        )


def words_of(docx: bytes) -> str:
    document = Document(io.BytesIO(docx))
    return "\n".join(
        "".join(node.text or "" for node in p.iter() if node.tag.endswith("}t"))
        for p in document.element.body.iter()
        if p.tag.endswith("}p")
    )


def test_the_public_paper_has_no_word_of_what_is_reserved_and_no_gap(cast: Cast) -> None:
    minutes = minutes_of(cast, state="published", hidden=True)
    sent_to(minutes, cast)
    observed(minutes, cast, title="CANARIO-RESERVADO título")
    observed(minutes, cast, title="Próxima sesión")
    pdf, docx = paper.public_pdf(minutes), paper.public_docx(minutes)
    for told in (everything_in(pdf), everything_in_docx(docx)):
        assert not CANARY.search(told)
    for said in (" ".join(pages(pdf)), words_of(docx)):
        found = re.findall(r"(\d)\. (Asistencia|Estado|Agua|Compromisos|Próxima)", said)
        assert [place for place, _title in found] == ["1", "2", "3", "4", "5"]
    # One observation was of a section that this paper lacks.
    assert "Hubo 1 observación" in " ".join(pages(pdf))


def test_each_paper_has_what_the_one_before_lacks(cast: Cast) -> None:
    minutes = minutes_of(cast, hidden=True)
    reserved, circle = paper.reserved_pdf(minutes), paper.reserved_pdf(minutes, closed=True)
    assert "CANARIO-RESERVADO" in " ".join(pages(reserved))
    assert "CERRADO" not in everything_in(reserved) and "CASA ADENTRO" not in everything_in(reserved)
    assert all("CASA ADENTRO" in page for page in pages(circle))
    assert "CANARIO-CERRADO" in " ".join(pages(circle))
    docx = paper.reserved_docx(minutes)
    assert "CANARIO-RESERVADO" in words_of(docx) and "CERRADO" not in everything_in_docx(docx)
    with_closed = paper.reserved_docx(minutes, closed=True)
    assert "CANARIO-CERRADO" in words_of(with_closed)
    assert "CASA ADENTRO" in "".join(
        p.text for p in Document(io.BytesIO(with_closed)).sections[0].header.paragraphs
    )


def test_a_closed_session_has_no_public_paper_and_a_neutral_title(cast: Cast) -> None:
    minutes = minutes_of(cast, is_closed=True)
    for made in (paper.public_pdf, paper.public_docx):
        with pytest.raises(NoPublicPaper):
            made(minutes)
    pdf = paper.reserved_pdf(minutes)
    assert all("CASA ADENTRO" in page for page in pages(pdf))
    about = PdfReader(io.BytesIO(pdf)).metadata
    assert about is not None and about.title == "Acta"
    assert "Agua segura en la frontera" not in pages(pdf)[0].split("Asistencia")[0]
    core = Document(io.BytesIO(paper.reserved_docx(minutes))).core_properties
    assert core.title in ("Acta", "Session minutes") and not core.comments and not core.last_modified_by


def test_the_sum_changes_with_the_text_alone(cast: Cast) -> None:
    minutes = minutes_of(cast, hidden=True)
    public, circle = fingerprint(minutes, reserved=False), fingerprint(minutes, reserved=True, closed=True)
    reserved = fingerprint(minutes, reserved=True)
    assert len({public, reserved, circle}) == 3
    assert signed_sum(minutes) == public
    minutes.sections.filter(is_reserved=True).update(body="<p>otro</p>")
    minutes.state, minutes.number = Minutes.State.APPROVED, "ACTA-FS-2026-009"
    again = Minutes.objects.get(pk=minutes.pk)
    assert fingerprint(minutes, reserved=False) == fingerprint(again, reserved=False) == public
    assert fingerprint(again, reserved=True) != reserved
    minutes.sections.filter(title=PUBLIC[0][0]).update(body="<p>otro</p>")
    assert fingerprint(Minutes.objects.get(pk=minutes.pk), reserved=False) != public


def test_the_sum_does_not_depend_on_who_reads(cast: Cast) -> None:
    minutes = minutes_of(cast)
    with translation.override("en"):
        english = fingerprint(minutes, reserved=False)
    assert english == fingerprint(minutes, reserved=False)


def test_every_page_says_what_it_is_and_proves_it(cast: Cast) -> None:
    minutes = minutes_of(cast, state="published", sections=PUBLIC * 3)
    for at, page in enumerate(told := pages(paper.public_pdf(minutes)), start=1):
        assert f"Página {at} de {len(told)}" in page
        assert minutes.sha256 in page.replace(" ", "")
        assert "ACTA-FS-2026-003, versión 1" in page
    assert "K7M2A-9QXT-4HRJW" in told[-1]


@pytest.mark.parametrize(
    ("state", "language", "said"),
    [
        ("draft", "es", "Borrador"),
        ("draft", "en", "Draft"),
        ("circulated", "es", "En consulta hasta el jueves 12 de marzo de 2026"),
        ("circulated", "en", "For comment until Thursday 12 March 2026"),
        ("published", "es", "Quedó aprobada por silencio el 12 de marzo de 2026"),
        ("published", "en", "approved by silence on 12 March 2026"),
    ],
)
def test_the_paper_says_how_far_it_is(cast: Cast, state: str, language: str, said: str) -> None:
    minutes = minutes_of(cast, state=state)
    told = paper.public_pdf(minutes, language=language)
    assert said in " ".join(pages(told))
    assert str(PdfReader(io.BytesIO(told)).trailer["/Root"]["/Lang"]).startswith(language)  # type: ignore[index]


def test_who_signed_this_text_stands_there_and_who_has_to_while_it_goes_round(cast: Cast) -> None:
    minutes = minutes_of(cast, state="circulated", approval="signature")
    sent_to(minutes, cast)
    signed(minutes, cast, signed_sum(minutes))
    told = " ".join(pages(paper.public_pdf(minutes)))
    assert "Tomás Vera" in told and "Universidad del Páramo Pendiente" in told
    minutes.sections.update(body="<p>cambió</p>")
    assert "Tomás Vera" not in " ".join(pages(paper.public_pdf(Minutes.objects.get(pk=minutes.pk))))


def test_an_aide_memoire_has_another_head_and_no_signatures(cast: Cast) -> None:
    minutes = minutes_of(cast, state="circulated", approval="signature", form="aide_memoire")
    sent_to(minutes, cast)
    told = " ".join(pages(paper.public_pdf(minutes)))
    assert "Ayuda memoria de la III sesión" in told
    assert "Firmas" not in told and "Pendiente" not in told


def test_the_paper_is_tagged_with_headings_lists_tables_and_links(cast: Cast) -> None:
    read = PdfReader(io.BytesIO(paper.public_pdf(minutes_of(cast))))
    root: Any = read.trailer["/Root"]
    assert b"pdfuaid" in root["/Metadata"].get_data()
    seen: set[str] = set()
    waiting = [root["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            seen.add(str(node.get("/S")))
            if "/K" in node and node.get("/Type") != "/OBJR":
                waiting.append(node["/K"])
    assert {"/H1", "/H2", "/H3", "/L", "/LI", "/Table", "/TH", "/TD", "/Link", "/BlockQuote"} <= seen


def test_the_same_minutes_give_the_same_bytes(cast: Cast) -> None:
    minutes = minutes_of(cast)
    assert paper.public_pdf(minutes) == paper.public_pdf(minutes)


def processor_seconds() -> float:
    """Of this process and of those it waited for: what it takes on a machine that has time for it."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def test_sixty_pages_take_less_than_three_seconds(cast: Cast) -> None:
    minutes = minutes_of(cast, state="published", sections=[*PUBLIC, *[PUBLIC[2], PUBLIC[3]] * 90])
    paper.public_pdf(minutes_of(cast, session_number=2))  # the compiler reads its fonts once a process
    took = []
    for made in (paper.public_pdf, paper.public_docx):
        began = processor_seconds()
        content = made(minutes)
        took.append(processor_seconds() - began)
        if made is paper.public_pdf:
            count = len(PdfReader(io.BytesIO(content)).pages)
    print(f"{count} pages: PDF {took[0]:.2f} s, DOCX {took[1]:.2f} s")
    assert count >= 60
    assert max(took) < 3


def test_word_gets_real_lists_tables_and_links(cast: Cast) -> None:
    document = Document(io.BytesIO(paper.public_docx(minutes_of(cast))))
    body = document.element.body
    xml = body.xml
    assert xml.count("w:numPr") >= 5
    assert xml.count("w:tblHeader") >= 2
    assert "<w:b/>" in xml and "<w:i/>" in xml and "w:hyperlink" in xml
    titles = [one.text for one in document.paragraphs if one.style and one.style.name == "Heading 2"]
    assert titles[:2] == ["1. Asistencia y quórum", "2. Estado de los compromisos"]
    external = [one for one in document.part.rels.values() if one.is_external]
    assert [one.target_ref for one in external] == ["https://www.ejemplo.gob.ec/juntas-de-agua"]
