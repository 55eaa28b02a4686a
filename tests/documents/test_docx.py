"""Word templates: what may be said in one, what is wrong said in words with the place, and that nothing hangs."""

import io
import re
import time
import zipfile
from typing import Any

import pytest
from docx import Document
from jinja2.exceptions import TemplateError

from coordination.documents import docx
from coordination.documents import docx_worker as worker
from coordination.documents.docx import About, Band, NotFilled, Rich, Schema, fill, problems
from coordination.documents.rich import blocks

ABOUT = About(title="Acta", author="Ministerio")
SCHEMA: Schema = {"numero": None, "mesa": None, "texto": None, "firmas": ["nombre", "cargo"]}
TEXT = Rich(blocks(
    "<h3>Agua</h3><p>Uno <strong>dos</strong><br><a href='https://a.ec/?a=1&amp;b=2'>tres</a></p>"
    "<ol><li>cuatro<ul><li>cinco</li></ul></li></ol><blockquote>seis</blockquote>"
    "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>"
))  # fmt: skip
VALUES: dict[str, Any] = {
    "numero": "N-1",
    "mesa": "Mesa <Sur> & {{ numero }} {% x %}",
    "texto": TEXT,
    "firmas": [{"nombre": "Ana", "cargo": "Jefa"}, {"nombre": "Luis", "cargo": "Jefe"}],
}


def template(*paragraphs: str) -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    return saved(document)


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def repacked(content: bytes, name: str, change: Any) -> bytes:
    """The same file with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, change(old.read(entry)) if entry == name else old.read(entry))
    return out.getvalue()


def lines(content: bytes) -> list[str]:
    return [one.text for one in Document(io.BytesIO(content)).paragraphs if one.text]


def wrong(content: bytes) -> list[tuple[str, str, str]]:
    found = problems(content, VALUES, schema=SCHEMA, required=[], about=ABOUT)
    return [(one.code, one.tag, one.before) for one in found]


def test_names_lists_and_choices_are_filled_in() -> None:
    made = fill(
        template("N.º {{ numero }}", "{% for f in firmas %}", "{{ f.nombre }}, {{f.cargo|upper}}", "{% endfor %}",
                 "{% if mesa %}Con mesa{% else %}Sin mesa{% endif %}", "{{ mesa }}"),
        VALUES, about=ABOUT,
    )  # fmt: skip
    # What is filled in is never read as a mark.
    assert lines(made) == ["N.º N-1", "Ana, JEFA", "Luis, JEFE", "Con mesa", VALUES["mesa"]]


def test_a_mark_that_word_broke_into_pieces_is_found() -> None:
    document = Document()
    line = document.add_paragraph("Acta ")
    for piece, bold in (("{{ nu", True), ("mer", False), ("o }", True), ("}", False)):
        line.add_run(piece).bold = bold
    assert lines(fill(saved(document), VALUES, about=ABOUT)) == ["Acta N-1"]
    assert wrong(saved(document)) == []


def test_rows_of_a_table_are_repeated() -> None:
    document = Document()
    table = document.add_table(rows=3, cols=2)
    table.cell(0, 0).text, table.cell(2, 0).text = "{% for f in firmas %}", "{% endfor %}"
    table.cell(1, 0).text, table.cell(1, 1).text = "{{ f.nombre }}", "{{ f.cargo }}"
    assert wrong(saved(document)) == []
    made = Document(io.BytesIO(fill(saved(document), VALUES, about=ABOUT)))
    assert [[cell.text for cell in row.cells] for row in made.tables[0].rows] == [
        ["Ana", "Jefa"],
        ["Luis", "Jefe"],
    ]


@pytest.mark.parametrize("around", ["{{ texto }}", "Antes {{ texto }} y después"])
def test_a_rich_text_becomes_words_own_paragraphs(around: str) -> None:
    document = Document()
    document.add_paragraph(around).runs[0].font.size = 127000
    document.add_table(rows=1, cols=1).cell(0, 0).text = "{{ texto }}"
    made = Document(io.BytesIO(fill(saved(document), VALUES, about=ABOUT)))
    xml = made.element.body.xml
    assert "@" not in "".join(lines(saved(made)))
    assert [one.style.name for one in made.paragraphs if one.text == "Agua" and one.style] == ["Heading 3"]
    assert xml.count("<w:numId") == 4 and xml.count("w:tblHeader") == 2 and "<w:b/>" in xml
    assert (
        made.part.rels[re.findall(r'w:hyperlink r:id="(\w+)"', xml)[0]].target_ref == "https://a.ec/?a=1&b=2"
    )
    # A cell ends with a paragraph, or Word calls the file damaged.
    assert all(cell[-1].tag.endswith("}p") for cell in made.element.body.iter() if cell.tag.endswith("}tc"))


def test_what_the_template_said_of_itself_is_gone_and_every_page_bears_its_band() -> None:
    document = Document()
    document.add_paragraph("{{ numero }}")
    document.core_properties.author, document.core_properties.comments = "CANARIO", "CANARIO"
    document.core_properties.last_modified_by = "CANARIO"
    document.sections[0].different_first_page_header_footer = True
    made = fill(
        saved(document), VALUES, about=ABOUT, bands=[Band("Borrador"), Band("CASA ADENTRO", black=True)]
    )
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert not any(b"CANARIO" in archive.read(one) for one in archive.namelist())
        assert not any("thumbnail" in one for one in archive.namelist())
    section = Document(io.BytesIO(made)).sections[0]
    for head in (section.header, section.first_page_header):
        assert [one.text for one in head.paragraphs][:2] == ["Borrador", "CASA ADENTRO"]


@pytest.mark.parametrize(
    ("text", "code", "tag", "before"),
    [
        (["En Loja, el acta {{ numreo }}"], "unknown", "{{ numreo }}", "En Loja, el acta"),
        (["Acta {{ numero", "y sigue }}"], "unclosed", "{{ numero", "Acta"),
        (["Firman {% for f in firmas %}", "{{ f.nombre }}"], "not_closed_for", "{% for f in firmas %}", "Firman"),
        (["Uno {% if mesa %} dos"], "not_closed_if", "{% if mesa %}", "Uno"),
        (["Uno dos", "{% endfor %}"], "no_begin", "{% endfor %}", "Uno dos"),
        (["Uno {% for f in mesa %}x{% endfor %}"], "not_a_list", "{% for f in mesa %}", "Uno"),
        (["{% for f in firmas %}Sí {{ f.nmbre }}{% endfor %}"], "unknown", "{{ f.nmbre }}", "Sí"),
        (["Uno {{ f.nombre }}"], "unknown", "{{ f.nombre }}", "Uno"),
        (["Uno {{ firmas }}"], "is_a_list", "{{ firmas }}", "Uno"),
        (["Uno {% for a in firmas %}{% for b in firmas %}{% endfor %}{% endfor %}"], "loop_in_loop",
         "{% for b in firmas %}", "Uno"),
        (["Uno {% for i in range(10**9) %}x{% endfor %}"], "not_allowed", "{% for i in range(10**9) %}", "Uno"),
        (["Uno {{ ''.__class__.__mro__ }}"], "not_allowed", "{{ ''.__class__.__mro__ }}", "Uno"),
        (["Uno {{ numero.__class__ }}"], "unknown", "{{ numero.__class__ }}", "Uno"),
        (["Uno {{ numero * 1000000000 }}"], "not_allowed", "{{ numero * 1000000000 }}", "Uno"),
        (["Uno {% set x = 1 %}"], "not_allowed", "{% set x = 1 %}", "Uno"),
        (["Uno {% include 'x' %}"], "not_allowed", "{% include 'x' %}", "Uno"),
        (["Uno {% cellbg mesa %}"], "not_allowed", "{% cellbg mesa %}", "Uno"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_the_words_before_it(
    text: list[str], code: str, tag: str, before: str
) -> None:
    found = worker.of_the_marks(template(*text), SCHEMA, [])
    assert (code, tag, before) in [(one.code, one.tag, one.before) for one in found]


def test_a_missing_name_is_named() -> None:
    found = worker.of_the_marks(template("Acta {{ numero }}"), SCHEMA, [["numero"], ["texto", "text"]])
    assert [(one.code, one.tag) for one in found] == [("missing", "{{ texto }}")]


def test_the_words_tell_what_may_have_been_meant() -> None:
    told = str(
        problems(template("Acta {{ numreo }}"), VALUES, schema=SCHEMA, required=[], about=ABOUT)[0].words
    )
    assert "Acta" in told and "numero" in told


@pytest.mark.parametrize(
    "said",
    [
        "{% for i in range(1000000000) %}x{% endfor %}", "{{ 'a' * 1000000000 }}", "{{ 9 ** 9 ** 9 }}",
        "{{ numero.__class__.__mro__ }}", "{{ cycler.__init__.__globals__ }}", "{{ lipsum() }}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "{% include '/etc/passwd' %}", "{{ numero|attr('x') }}",
        "{% for a in firmas %}{% for b in firmas %}{% for c in firmas %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in firmas recursive %}{{ loop(firmas) }}{% endfor %}", "{{ self }}", "{{ nada }}", "{% for %}",
        "{{ firmas.append(1) }}", "{% if 1 in range(9) %}{% endif %}",
    ],
)  # fmt: skip
def test_hostile_marks_are_refused_before_anything_runs(said: str) -> None:
    with pytest.raises((worker.Refused, TemplateError)):
        worker.Bounded().from_string(said).render(VALUES)


def test_hostile_marks_end_in_words_where_nobody_reads_them() -> None:
    """In the properties marks run too; there the reader of marks does not look."""
    said = "{% for i in range(1000000000) %}x{% endfor %}"
    document = Document()
    document.add_paragraph("Acta {{ numero }}")
    document.core_properties.title = said
    assert wrong(saved(document)) == [("not_allowed_somewhere", "", "")]
    with pytest.raises(NotFilled):
        fill(template(said), VALUES, about=ABOUT)


def test_a_template_that_takes_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks that begin and never end make the library search each against all others."""
    monkeypatch.setattr(docx, "SECONDS", 2)
    began = time.monotonic()
    with pytest.raises(NotFilled):
        fill(template("{{ numero }}" + "{%" * 200_000), VALUES, about=ABOUT)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    "field", ["INCLUDEPICTURE http://a.ec/x.png", "DDEAUTO c:\\\\x.exe", ' "IN" LINK Excel.Sheet']
)
def test_a_field_that_fetches_is_refused(field: str) -> None:
    simple = (
        f'<w:fldSimple w:instr="{field.replace(chr(34), "")}"><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>'
    )
    spread = "".join(
        f"<w:r>{piece}</w:r>"
        for piece in (
            '<w:fldChar w:fldCharType="begin"/>', f"<w:instrText>{field[:4]}</w:instrText>",
            f"<w:instrText>{field[4:]}</w:instrText>", '<w:fldChar w:fldCharType="end"/>',
        )
    )  # fmt: skip
    for xml in (simple, spread + "</w:p>"):
        content = repacked(
            template("{{ numero }}"),
            "word/document.xml",
            lambda old, xml=xml: old.replace(b"</w:p>", xml.encode(), 1),
        )
        assert worker.of_the_package(content)[0].code == "field"


def test_a_part_that_is_fetched_or_embedded_is_refused() -> None:
    base = template("{{ numero }}")
    link = (
        '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"'
        ' Target="http://a.ec/x.png" TargetMode="External"/></Relationships>'
    )
    content = repacked(
        base, "word/_rels/document.xml.rels", lambda old: old.replace(b"</Relationships>", link.encode())
    )
    assert [(one.code, one.tag) for one in worker.of_the_package(content)] == [
        ("fetches", "http://a.ec/x.png")
    ]
    chunk = repacked(
        base, "word/document.xml", lambda old: old.replace(b"</w:p>", b'</w:p><w:altChunk r:id="x"/>', 1)
    )
    assert worker.of_the_package(chunk)[0].code == "embedded"
    entity = repacked(base, "word/document.xml", lambda old: old.replace(b"<w:document", b'<!DOCTYPE a [<!ENTITY b "c">]><w:document', 1))  # fmt: skip
    assert worker.of_the_package(entity)[0].code == "embedded"


def test_what_is_no_word_file_is_said() -> None:
    assert wrong(b"PK\x03\x04nada")[0][0] == "damaged"
    assert wrong(repacked(template("x"), "word/document.xml", lambda _old: b"<no>"))[0][0] == "damaged"
