"""Lists of addresses: what people's spreadsheets hold, and every mistake in words."""

import io
import random
import time

import pytest
from django.test import override_settings
from django.utils import translation
from openpyxl import Workbook

from coordination.attendees import addresses
from coordination.attendees.addresses import FileRefused, ListExpired, Read, pack, read, unpack

HEAD = "organización;persona;correo;rol;idioma\n"


@pytest.fixture(autouse=True)
def in_english() -> object:
    with translation.override("en"):
        yield


def of(text: str, encoding: str = "utf-8") -> Read:
    return read("lista.csv", text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_every_usual_encoding_and_separator_is_read(encoding: str, mark: str) -> None:
    text = f"{HEAD}Fundación Ñandú;José Peña;JOSE@nandu.example;invitado;español\n".replace(";", mark)
    (row,) = of(text, encoding).rows
    assert (row.line, row.organization, row.person, row.email) == (2, "Fundación Ñandú", "José Peña", "jose@nandu.example")  # fmt: skip
    assert (row.role, row.language) == ("guest", "es")


def test_columns_come_in_any_order_and_role_and_language_may_be_missing() -> None:
    (row,) = of("E-mail,Nota,Person,Organization\na@b.example,x,Ana,ONG\n").rows
    assert (row.organization, row.email, row.role, row.language) == ("ONG", "a@b.example", "guest", "es")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("ONG;Ana;;;", "the e-mail is missing"),
        (";Ana;a@b.example;;", "the organization is missing"),
        ("ONG;;a@b.example;;", "the person is missing"),
        ("ONG;Ana;ana arroba b;;", "«ana arroba b» is not an e-mail address"),
        ("ONG;Ana;a@b.example;miembro;", "needs a seat"),
        ("ONG;Ana;a@b.example;;klingon", "klingon"),
        ('ONG;"=HYPERLINK(""http://x"")";a@b.example;;', "begins like a formula"),
        ("+593;Ana;a@b.example;;", "begins like a formula"),
        (f"{'x' * 300};Ana;a@b.example;;", "too long"),
    ],
)
def test_each_mistake_is_a_sentence_with_its_row(line: str, problem: str) -> None:
    found = of(f"{HEAD}Buena;Bea;b@b.example;;\n\n{line}\n")
    assert [row.line for row in found.rows] == [2]
    assert found.problems[0].line == 4, "empty rows count as they do in the sheet"
    assert problem in found.problems[0].text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (HEAD.encode(), "only its head"),
        (b"nombre;edad\nAna;30\n", "missing: «organization», «e-mail»"),
        (b"PK\x03\x04\0\0\0", "not a list"),
        (b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MB"),
        ((HEAD + "a;b;c@d.example;;\n" * 5001).encode(), "more than 5,000 rows"),
        ((HEAD + '"' + "x" * 200_000).encode(), "breaks off"),
    ],
)
def test_what_is_no_list_is_refused_in_words(content: bytes, problem: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read("lista.csv", content)
    assert problem in str(refused.value)
    assert refused.value.field == "file"


def test_excel_is_read_and_what_only_looks_like_it_is_refused() -> None:
    book = Workbook()
    book.active.append(["Organización", "Persona", "Correo", "Rol", "Idioma"])
    book.active.append(["ONG", "Ana", "ana@b.example", "observadora", "inglés"])
    book.active.append(["ONG 2", "=1+1", "ana@b.example"])
    book.active.append([None, None, None])
    book.active.append(["ONG 3", 12, None])
    kept = io.BytesIO()
    book.save(kept)
    found = read("lista.XLSX", kept.getvalue())
    assert [(row.line, row.role, row.language) for row in found.rows] == [(2, "observer", "en")]
    assert [problem.line for problem in found.problems] == [3, 5]
    for wrong in (b"PK\x03\x04 nothing", b"", b"<html>", kept.getvalue()[:400]):
        with pytest.raises(FileRefused):
            read("lista.xlsx", wrong)


def five_thousand(wrong: int = 37) -> str:
    dice = random.Random(4)  # noqa: S311  the same list each time
    bad = set(dice.sample(range(5000), wrong))
    lines = [
        f"Organización {number} de {dice.choice(['Loja', 'Carchi', 'Manabí'])};Persona {dice.random():.12f};"
        f"{'' if number in bad else f'p{number}.{dice.randrange(10**9)}@ejemplo{dice.randrange(400)}.example'};;"
        for number in range(5000)
    ]
    return HEAD + "\n".join(lines)


def test_of_5000_addresses_the_37_wrong_ones_are_told_and_it_is_quick() -> None:
    began = time.perf_counter()
    found = of(five_thousand())
    assert time.perf_counter() - began < 5
    assert (len(found.rows), len(found.problems)) == (4963, 37)
    assert {problem.text for problem in found.problems} == {"the e-mail is missing"}


def test_5000_good_rows_travel_in_less_than_500_kb_and_come_back_whole() -> None:
    rows = of(five_thousand(wrong=0)).rows
    packed = pack(rows, session="a", user=1)
    assert len(packed) < 500_000
    assert unpack(packed, session="a", user=1) == rows


def test_a_list_opens_for_its_session_and_its_user_alone_within_the_hour() -> None:
    rows = of(f"{HEAD}ONG;Ana;a@b.example;;\n").rows
    packed = pack(rows, session="a", user=1)
    for told in ({"session": "b", "user": 1}, {"session": "a", "user": 2}):
        with pytest.raises(ListExpired):
            unpack(packed, **told)
    for forged in ("", packed[:-2], "x" + packed, "{}"):
        with pytest.raises(ListExpired):
            unpack(forged, session="a", user=1)
    with override_settings(SECRET_KEY="another"), pytest.raises(ListExpired):
        unpack(packed, session="a", user=1)


def test_an_old_list_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack(of(f"{HEAD}ONG;Ana;a@b.example;;\n").rows, session="a", user=1)
    monkeypatch.setattr(addresses, "PACKED_LIFE", -1)
    with pytest.raises(ListExpired):
        unpack(packed, session="a", user=1)


def test_the_template_reads_itself() -> None:
    found = of("\r\n".join(addresses.TEMPLATE))
    assert not found.problems
    assert found.rows[0].role == "guest"
