"""The renderer: whatever the facts hold, the paper holds it as text."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from coordination.documents import typst
from coordination.documents.typst import NotRendered, TooLong, render


@pytest.fixture
def plain(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A paper that says one fact, in a folder of its own."""
    (tmp_path / "plain.typ").write_text(
        '#set document(title: "Papel", date: none)\n#set text(font: ("Public Sans", "Libertinus Serif"), lang: "es")\n'
        "#let facts = json(bytes(sys.inputs.data))\n= Papel\n#facts.said\n"
    )
    monkeypatch.setattr(typst, "ROOT", tmp_path)
    return lambda said: render("plain", {"said": said})


def text_of(paper: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)


@pytest.mark.parametrize(
    "said",
    [
        "Año, pingüino, Ibáñez Ñauñay",
        '#import "layout.typ": * #panic("x")',
        '"; #eval("1+1") //',
        "$ x^2 $ *bold* _it_ = H `raw` @ref <label> \\ #{ }",
        '#read("/etc/passwd")',
        "Ελληνικά кириллица",
    ],
)
def test_text_comes_out_as_it_was_typed(plain: Any, said: str) -> None:
    assert said in text_of(plain(said))


def test_the_paper_is_tagged_and_names_its_language_and_title(plain: Any) -> None:
    read = PdfReader(BytesIO(plain("hola")))
    root: Any = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"] == True  # noqa: E712
    assert root["/Lang"] == "es"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert read.metadata is not None and read.metadata.title == "Papel"
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_the_same_facts_give_the_same_bytes(plain: Any) -> None:
    assert plain("hola") == plain("hola")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Ana 😀 Ríos", "Ana □ Ríos"),
        ("familia 👨‍👩‍👧 fin", "fin"),
        ("中文 y más", "y más"),
        ("tab\tnul\x00bel\x07 fin\ud800", "tab nulbel fin"),
        ("Rosa \u202eodanimret", "Rosa odanimret"),
        ("quote \U0001f468\" \\u{41} 😀 'x'", "\\u{41}"),
        ("\ufdd0\ue000\ufeff fin", "fin"),
    ],
)
def test_signs_without_a_glyph_do_not_stop_the_paper(plain: Any, said: str, shown: str) -> None:
    assert shown in text_of(plain(said))


def test_right_to_left_text_and_piles_of_accents_are_set(plain: Any) -> None:
    assert plain("مؤسسة الجسر עברית e" + "\u0301" * 300).startswith(b"%PDF")


def test_every_sign_of_the_first_plane_can_be_asked_for(plain: Any) -> None:
    """The compiler names what it lacks at each go; a name of many scripts must not run out of goes."""
    signs = "".join(chr(code) for code in range(0x20, 0x10000, 37))
    assert plain(signs).startswith(b"%PDF")


def test_a_word_without_end_stays_on_the_page(plain: Any) -> None:
    read = PdfReader(BytesIO(plain("x" * 2000)))
    rightmost = []
    read.pages[0].extract_text(
        visitor_text=lambda text, _cm, tm, _font, size: rightmost.append(
            tm[4] + len(text.strip()) * size * 0.3
        )
    )
    assert max(rightmost) < float(read.pages[0].mediabox.width)


def test_more_than_a_paper_holds_is_refused(plain: Any) -> None:
    with pytest.raises(TooLong):
        plain("y " * typst.BYTES)


def test_a_template_that_fails_is_told_without_its_source(
    plain: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NotRendered) as refused:
        render("plain", {"otro": "secreto"})
    assert "typ" not in str(refused.value) and "secreto" not in caplog.text


def test_a_paper_that_takes_too_long_is_given_up(plain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typst, "SECONDS", 0.0001)
    with pytest.raises(NotRendered):
        plain("hola " * 5000)
