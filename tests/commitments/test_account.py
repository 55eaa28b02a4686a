"""The follow-up report: one computation, five outputs, and every number counts its rows."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from openpyxl import load_workbook
from pypdf import PdfReader
from pytest_django import DjangoDbBlocker

from accounts.actor import ANONYMOUS
from coordination.commitments.account import paper as account_paper
from coordination.commitments.account import sheet as account_sheet
from coordination.commitments.account import words
from coordination.commitments.account.accounting import IN_FILES, account_of
from coordination.commitments.account.data import data
from coordination.commitments.account.parts import Account, Figure
from coordination.commitments.account.scope import STANDINGS, Scope, cut, rows_of, supports_of, universe
from coordination.commitments.models import Commitment, Extension, Support
from coordination.mesas.models import Mesa
from coordination.sessions.models import CircleMember, Session
from coordination.taxonomies.models import Province, ThematicAxis
from tests.cast import NOW, Cast, acting, signed_in
from tests.commitments.settled import decide
from tests.commitments.world import agreed, historic, proposal, report, reported
from tests.keeping import kept

TODAY = NOW.date()


def settle(commitment: Commitment, state: str, by: Any, **more: Any) -> None:
    Commitment.objects.filter(pk=commitment.pk).update(state=state, settled_at=NOW, settled_by=by, **more)


@pytest.fixture(scope="module")
def kept_world(kept_cast: Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    with kept(lambda: _world(deepcopy(kept_cast)), django_db_blocker) as made:
        yield made


@pytest.fixture
def world(kept_world: Cast, db: None) -> Cast:
    return deepcopy(kept_world)


def _world(cast: Cast) -> Cast:
    """One commitment of nearly every standing, with the words that explain it."""
    axis = ThematicAxis.objects.create(code="alojamiento", name_es="Alojamiento", name_en="Shelter", order=1)
    province = Province.objects.create(code="11", name="Loja")
    Mesa.objects.filter(pk=cast.mesa.pk).update(province=province)
    soon = {"due_on": TODAY + timedelta(days=40)}
    agreed(cast, **soon)
    waits = reported(cast, **soon)
    for place, days in enumerate((10, 100, 500)):
        late = agreed(cast, **soon)
        if place:
            report(
                cast,
                late,
                done=False,
                obstacles='=HYPERLINK("http://x") *falta* el #permiso' if place == 1 else "",
            )
        Commitment.objects.filter(pk=late.pk).update(
            due_on=TODAY - timedelta(days=days), axis=axis, state="in_progress"
        )
    Extension.objects.create(
        commitment=late, old_due_on=TODAY - timedelta(days=600), new_due_on=TODAY - timedelta(days=500),
        reason="Lluvias", extended_at=NOW,
    )  # fmt: skip
    met = reported(cast, **soon)
    settle(met, "met", cast.university)
    part = reported(cast, responsible_id=cast.university.pk, verifier_id=cast.ngo.pk, **soon)
    settle(part, "partly_met", cast.ngo)
    failed = agreed(cast, **soon)
    settle(failed, "not_met", cast.university)
    gone = agreed(cast, **soon)
    settle(gone, "withdrawn", None, withdrawn_reason="Cambió la norma")
    historic(cast)
    proposal(cast)
    Support.objects.create(
        commitment=waits, organization=cast.outsider, kind="financial", what="Fondo", amount="1500.50",
        currency="EUR", recorded_at=NOW,
    )  # fmt: skip
    Support.objects.create(mesa=cast.mesa, organization=cast.ngo, kind="technical", recorded_at=NOW)
    return cast


def scope(world: Cast, **given: Any) -> Scope:
    values: dict[str, Any] = {
        "actor": ANONYMOUS, "today": TODAY, "mesa": world.mesa, "mesa_ids": (world.mesa.pk,),
    }  # fmt: skip
    return Scope(**(values | given))


def figures(account: Account) -> Iterator[tuple[str, Figure]]:
    yield "total", account.total
    for table in account.tables:
        for line in table.lines:
            for name, figure in zip(table.columns[1:], line.figures, strict=True):
                yield f"{table.key}, {line.label}, {name}", figure
    for listing in account.listings:
        yield f"list {listing.key}", listing.figure
    for sentence in account.sentences:
        for part in sentence:
            if part.figure:
                yield f"sentence {part.text}", part.figure


def standing_of(account: Account) -> dict[str, str]:
    return {row.code: row.marks["stands"] for one in account.listings for row in one.rows}


def test_what_a_source_says_is_no_second_key(world: Cast) -> None:
    """Nor did what is due in three years end: each of them has its own line and list, in every output and language."""
    told = historic(world, state="partly_met", responsible=world.ngo)
    going = historic(world, state="in_progress", due_on=TODAY + timedelta(days=1000))
    for language in ("es", "en"):
        with translation.override(language):
            source, later = words.STANDING["sourced"](), words.STANDING["ongoing"]()
        account = account_of(scope(world, language=language), now=NOW)
        stands = standing_of(account)
        assert (stands[told.code], stands[going.code]) == ("sourced", "ongoing")
        verified = next(one for one in account.listings if one.key == "verified")
        assert verified.figure.count == 2 and told.code not in verified.figure.codes
        parts = data(account)
        (confirmed,) = [part["figure"] for part in parts["sentences"][2] if "figure" in part]
        assert told.code not in confirmed["codes"]
        assert {one["key"] for one in parts["lists"]} >= {"sourced", "ongoing"}
        keys = next(table for table in account.tables if table.key == "verifiers")
        assert (
            sum(figure.count for line in keys.lines for figure in line.figures[:2]) == verified.figure.count
        )
        outputs = [
            strip(Client().get(f"/{language}/compromisos/informe/?mesa={world.mesa.slug}").content.decode()),
            pdf_text(account_paper.as_pdf(account)),
            docx_text(account_paper.as_docx(account)),
            " ".join(str(cell.value) for sheet in load_workbook(io.BytesIO(account_sheet.as_xlsx(account)))
                for row in sheet.iter_rows() for cell in row),
            account_sheet.as_json(account).decode(),
        ]  # fmt: skip
        for made in outputs:
            made = " ".join(made.split())
            assert source in made and later in made, made[:300]


def test_what_was_returned_is_late_for_that_reason_and_says_what_is_missing(world: Cast) -> None:
    back = reported(world, due_on=TODAY + timedelta(days=40))
    Commitment.objects.filter(pk=back.pk).update(due_on=TODAY - timedelta(days=3))
    decide(world, back, "returned", text="Falta el acta firmada")
    account = account_of(scope(world, language="en"), now=NOW)
    row = next(row for one in account.listings for row in one.rows if row.code == back.code)
    assert row.marks["why"] == "returned"
    (reason,) = row.reasons
    assert "returned by" in reason[0] and reason[1] == "Falta el acta firmada"
    assert "1 was reported as done and returned by its verifier." in account.paragraph


def asked(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"first": TODAY - timedelta(days=30), "last": TODAY},
        {"first": TODAY + timedelta(days=1)},
        {"last": date(2020, 1, 1)},
    ],
)
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_number_is_the_count_of_its_rows(world: Cast, given: dict[str, Any], language: str) -> None:
    of = scope(world, language=language, **given)
    account = account_of(of, now=NOW)
    for what, figure in figures(account):
        wanted = asked(figure.address)
        if "by" in wanted:
            found = (
                supports_of(of, universe(of)).filter(organization=wanted["by"], kind=wanted["kind"]).count()
            )
        else:
            found = rows_of(of, wanted).count()
            assert len(figure.codes) == found, what
        assert found == figure.count, what
    standing = sum(rows_of(of, {"standing": code}).count() for code in STANDINGS)
    assert standing == account.total.count


def test_tables_add_up_and_nothing_is_left_out(world: Cast) -> None:
    account = account_of(scope(world), now=NOW)
    assert account.total.count == 10
    tables = {table.key: table for table in account.tables}
    assert sum(line.figures[0].count for line in tables["standings"].lines) == 10
    assert sum(line.figures[0].count for line in tables["late"].lines) == 3
    assert len(tables["late"].lines) == 3, "silence, an obstacle, an extension"
    for key in ("sector", "axis", "territory"):
        assert sum(line.figures[0].count for line in tables[key].lines) == 10
        for line in tables[key].lines:
            assert line.figures[0].count == sum(figure.count for figure in line.figures[1:])
    late = next(one for one in account.listings if one.key == "late")
    assert [row.days for row in late.rows] == [500, 100, 10]
    assert any("Lluvias" in said for _what, said in late.rows[0].reasons)
    assert account.sums[0].replace("\xa0", " ").startswith("1.500,50 EUR")
    assert len(account.sums) == 2, "the one without an amount is said, not counted as zero"


def test_all_five_outputs_say_the_same_numbers(world: Cast) -> None:
    # The page reads the real clock: the others are asked on the same day.
    of = scope(
        world, first=TODAY - timedelta(days=700), last=TODAY, language="en", today=timezone.localdate()
    )
    account = account_of(of, now=NOW, most=IN_FILES)
    told = data(account)
    expected = [figure.count for _what, figure in figures(account)][1:]
    file = json.loads(account_sheet.as_json(account))
    assert file == told and file["schema"].startswith("minga.")
    listed = [
        figure["count"] for table in file["tables"] for line in table["lines"] for figure in line["figures"]
    ] + [one["figure"]["count"] for one in file["lists"]]
    listed += [
        part["figure"]["count"] for sentence in file["sentences"] for part in sentence if "figure" in part
    ]
    assert listed == expected

    book = load_workbook(io.BytesIO(account_sheet.as_xlsx(account)))
    for table, sheet in zip(account.tables, book.worksheets[1:], strict=False):
        for line, row in zip(table.lines, sheet.iter_rows(min_row=2, values_only=True), strict=True):
            assert list(row[1:-1]) == [figure.count for figure in line.figures], table.key
    assert book.worksheets[-1].max_row - 1 == account.total.count

    page = " ".join(pdf_text(account_paper.as_pdf(account)).split())
    words = " ".join(docx_text(account_paper.as_docx(account)).split())
    screen = strip(Client().get(f"/en/compromisos/informe/?{of.query()}").content.decode())
    for text in (page, words, screen):
        assert account.paragraph in text
        for table in account.tables:
            for line in table.lines:
                row = " ".join([line.label, *(str(figure.count) for figure in line.figures)])
                assert row in text, (table.key, row)


def strip(html: str) -> str:
    html = re.sub(r"</?(a|b|span)\b[^>]*>", "", html.replace("&amp;", "&"))
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def docx_text(content: bytes) -> str:
    xml = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    xml = xml.replace("</w:p>", " ").replace("</w:t>", "")
    return re.sub(r"<[^>]+>", "", xml)


def test_closed_commitments_exist_for_nobody_outside(world: Cast) -> None:
    """The report of who is outside is the same, byte by byte, with and without them."""
    of = scope(world)
    before = data(account_of(of, now=NOW, most=IN_FILES))
    closed = Session.objects.create(
        mesa=world.mesa, number=1, state="held", starts_at=NOW, ends_at=NOW + timedelta(hours=2),
        is_casa_adentro=True,
    )  # fmt: skip
    kept = Commitment.objects.create(
        mesa=world.mesa, session=closed, number=1, is_casa_adentro=True, statement_es="zq Secreto", state="in_progress",
        responsible=world.ngo, verifier=world.university, due_on=TODAY - timedelta(days=3), agreed_at=NOW,
        deliverable="x", means_of_verification="x",
    )  # fmt: skip
    Support.objects.create(commitment=kept, organization=world.outsider, kind="financial", recorded_at=NOW)
    assert data(account_of(of, now=NOW, most=IN_FILES)) == before
    CircleMember.objects.create(session=closed, person=world.rosa, level="record", since=NOW)
    full = scope(world, actor=acting(world.rosa), full=True)
    told = account_of(full, now=NOW)
    assert told.total.count == before["total"]["count"] + 1 and told.has_closed
    assert "Secreto" in pdf_text(account_paper.as_pdf(told))
    query = f"?mesa={world.mesa.slug}&full=1"
    for person, sees in ((None, False), (world.luis, False), (world.rosa, True)):
        client = signed_in(person.user) if person else Client()
        for address in ("informe/", "informe/json/", "informe/filas/"):
            answer = client.get(f"/es/compromisos/{address}{query}")
            assert ("Secreto" in answer.content.decode()) is sees, (person, address)
            assert answer.get("Cache-Control", "").startswith("private") is bool(person)


def test_what_is_not_public_is_left_out_unless_asked_for(world: Cast) -> None:
    Mesa.objects.filter(pk=world.mesa.pk).update(visibility="members")
    address = f"/es/compromisos/informe/json/?mesa={world.mesa.slug}"
    assert Client().get(address).status_code == 302, "there is no such mesa for them"
    luis = signed_in(world.luis.user)
    assert luis.get(address).json()["total"]["count"] == 0
    assert luis.get(f"{address}&full=1").json()["total"]["count"] > 0


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-05-01&to=2026-01-01", "from=nunca", "from=0001-01-01", "to=9999-12-31", "mesa=no-hay", "axis=%00",
        "responsible=no-hay", "province=99999999999", "period=session", "period=otro", "mesa=" + "x" * 500,
    ],
    ids=lambda query: query[:20],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_and_no_report_is_made(world: Cast, query: str) -> None:
    page = Client().get(f"/es/compromisos/informe/?{query}")
    assert page.status_code == 422 and b"m-errors" in page.content
    assert Client().get(f"/es/compromisos/informe/pdf/?{query}").status_code == 302
    assert Client().get(f"/es/compromisos/informe/filas/?{query}").status_code == 404


def test_hostile_parts_of_a_query_filter_nothing_and_break_nothing(world: Cast) -> None:
    hostile = "standing=x&sector=²&by_axis=99999999999999999999&territory=-1&age=all&why=%00&in=out&gap=x&verifier=abc&by=x&kind=x&page=9"
    for address in ("informe/filas/", "apoyos/"):
        assert Client().get(f"/es/compromisos/{address}?{hostile}").status_code == 200
    assert cut({"standing": "x", "sector": "²", "verifier": "1e5"}) == {}


def test_below_counts_the_mesas_that_are_part_of_it(world: Cast) -> None:
    child = Mesa.objects.create(slug="hija", name_es="Hija", code_prefix="H", parent=world.mesa)
    historic(world, mesa=child)
    address = f"/es/compromisos/informe/json/?mesa={world.mesa.slug}"
    alone = Client().get(address).json()["total"]["count"]
    assert Client().get(f"{address}&below=1").json()["total"]["count"] == alone + 1
    assert Client().get("/es/compromisos/informe/json/?province=11").json()["total"]["count"] == alone


def test_the_paper_is_tagged_and_quick_and_takes_hostile_text_as_text(world: Cast) -> None:
    hostile = '=HYPERLINK("http://mal.example") #panic() *x* <b>y</b> {{ 7*7 }} \u202e'
    Commitment.objects.filter(mesa=world.mesa).update(statement_es=hostile, statement_en=hostile)
    Mesa.objects.filter(pk=world.mesa.pk).update(name_es="{total} #let x", name_en="{total} #let x")
    world.mesa.refresh_from_db()
    account = account_of(scope(world, language="en"), now=NOW)
    started = timezone.now()
    paper = account_paper.as_pdf(account)
    assert timezone.now() - started < timedelta(seconds=3)
    reader = PdfReader(io.BytesIO(paper))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] and reader.trailer["/Root"]["/Lang"] == "en"
    assert "#panic()" in pdf_text(paper) and "{total} #let x" in " ".join(pdf_text(paper).split())
    links = [
        note.get_object()["/A"]["/URI"]
        for page in reader.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    ]
    assert links and all(
        link.startswith(("http://", "https://")) and "mal.example" not in link for link in links
    )
    assert "{{ 7*7 }}" in docx_text(account_paper.as_docx(account)).replace("&lt;", "<")
    book = load_workbook(io.BytesIO(account_sheet.as_xlsx(account)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    page = Client().get(f"/en/compromisos/informe/?mesa={world.mesa.slug}").content.decode()
    assert "<b>y</b>" not in page and "{total} #let x" in page


@pytest.mark.parametrize("who", ["anonymous", "rosa"])
def test_the_report_costs_the_same_at_any_length(world: Cast, who: str) -> None:
    client = signed_in(world.rosa.user) if who == "rosa" else Client()
    asked = []
    for rows in (0, 3, 300):
        Commitment.objects.bulk_create(
            Commitment(
                mesa=world.mesa, number=1000 * (rows + 1) + n, statement_es=f"Compromiso {n}", provenance="historic",
                state="met", settled_at=NOW, responsible=world.ngo, settled_by=world.university,
            )
            for n in range(rows)
        )  # fmt: skip
        address = f"/es/compromisos/informe/?mesa={world.mesa.slug}"
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] == asked[2] <= 12, asked
    listed = account_of(scope(world), now=NOW)
    verified = next(one for one in listed.listings if one.key == "verified")
    assert verified.more > 0 and verified.figure.count == len(verified.rows) + verified.more


def test_the_report_speaks_the_language_of_its_page(world: Cast) -> None:
    """One language a page, said by its address alone; the paper in the other one is a link that says so."""
    query = f"?mesa={world.mesa.slug}"
    page = Client().get(f"/en/compromisos/informe/{query}&lang=es").content.decode()
    for text in ("How they stand", "Southern Border", "Download the PDF", "Thematic axis"):
        assert text in page, text
    assert f'href="/es/compromisos/informe/pdf/{query}" hreflang="es" download' in page
    assert "Cómo están" not in page
    rows = Client().get(f"/en/compromisos/informe/filas/{query}&lang=es").content.decode()
    assert "Cómo están" not in rows and "Informe de seguimiento" not in rows
    file = Client().get(f"/en/compromisos/informe/json/{query}")
    assert "follow-up-report" in file["Content-Disposition"]
    told = file.json()
    assert told["language"] == "en" and "/en/" in told["total"]["rows"] and "lang=" not in told["address"]
    assert Client().get(told["total"]["rows"].removeprefix("http://testserver")).status_code in (200, 404)
