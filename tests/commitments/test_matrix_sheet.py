"""The matrix as a workbook: what goes out comes back unchanged, what is changed is written exactly, and nothing else."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from coordination.activity.models import Activity
from coordination.commitments.agreeing import AgreedFixed
from coordination.commitments.matrix.actions import (
    AlreadyApplied,
    SheetExpired,
    amend,
    apply_sheet,
    keep_sheet,
)
from coordination.commitments.matrix.back import SheetRefused, compared, read
from coordination.commitments.matrix.file import FILE_COLUMNS, KEY, printable
from coordination.commitments.models import Commitment, SheetImport
from coordination.commitments.row import HistoricRecord, NotOpen
from coordination.common.errors import StaleVersion
from coordination.documents.cells import inert
from coordination.mesas.models import Mesa
from coordination.taxonomies.models import ThematicAxis
from tests.cast import NOW, Cast
from tests.commitments.test_list import HOSTILE, many
from tests.commitments.world import historic

COLUMN = {column.key: place for place, column in enumerate(FILE_COLUMNS, 1)}
TODAY = timezone.localdate()


def book(client: Client, **query: Any) -> Any:
    answer = client.get(reverse("commitments:export_xlsx"), query)
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(answer.content))


def packed(changed: Any) -> SimpleUploadedFile:
    out = io.BytesIO()
    changed.save(out)
    return SimpleUploadedFile("matriz.xlsx", out.getvalue())


def handed_back(client: Client, changed: Any) -> Any:
    return client.post(reverse("commitments:sheet"), {"file": packed(changed)})


def told(client: Client, changed: Any) -> list[dict[str, Any]]:
    """What the sheet would change, as the page has it."""
    before = set(SheetImport.objects.values_list("pk", flat=True))
    handed_back(client, changed)
    kept = SheetImport.objects.exclude(pk__in=before).first()
    return kept.rows if kept else []


def changed_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["changes"] and not row["errors"]]


def test_the_workbook_has_dates_numbers_lists_and_a_hidden_key(cast: Cast, sign_in) -> None:
    first = many(cast, 2)[0]
    Commitment.objects.filter(pk=first.pk).update(progress=40, original_due_on=TODAY)
    whole = book(sign_in(cast.rosa), sort="code")
    page, lists = whole.worksheets
    assert lists.sheet_state == "hidden"
    assert page.freeze_panes == "C4"
    assert page.row_dimensions[2].hidden
    assert page.column_dimensions[page.cell(2, len(FILE_COLUMNS) + 1).column_letter].hidden
    assert page.cell(4, COLUMN["code"]).value == "FS-001"
    assert page.cell(4, COLUMN["due"]).is_date
    assert page.cell(4, COLUMN["progress"]).value == 0.4
    assert page.cell(4, COLUMN["progress"]).number_format == "0%"
    assert page.cell(4, len(FILE_COLUMNS) + 1).value == f"{first.public_id} 1"
    assert len(page.data_validations.dataValidation) == 2
    few = book(Client(), sort="code", col=["due"]).worksheets[0]
    assert [cell.value for cell in few[2]] == [
        "code",
        "statement",
        "responsible",
        "due",
        "original_due",
        "address",
        KEY,
    ]


def test_the_same_sheet_changes_nothing(cast: Cast, sign_in) -> None:
    rosa = sign_in(cast.rosa)
    many(cast, 3, remarks="=1+1", resources="  dos   espacios ")
    historic(cast)
    answer = handed_back(rosa, book(rosa))
    assert answer.status_code == 302
    assert not SheetImport.objects.exists()


def test_what_is_changed_is_written_once_with_one_activity_each(cast: Cast, sign_in) -> None:
    rosa = sign_in(cast.rosa)
    rows = many(cast, 3)
    other = ThematicAxis.objects.create(code="trabajo", name_es="Trabajo", name_en="Work")
    post = cast.rosa.tenures.first().post
    post.title_es = post.title_en = (
        "Secretaría técnica"  # two posts of one name would leave it open which is meant
    )
    post.save()
    whole = book(rosa, sort="code")
    page = whole.worksheets[0]
    page.cell(4, COLUMN["remarks"]).value = "Se espera el acta"
    page.cell(4, COLUMN["axis"]).value = "Trabajo"
    page.cell(4, COLUMN["followed"]).value = f"Secretaría técnica ({post.organization.short_name})"
    page.cell(5, COLUMN["means"]).value = "=HYPERLINK(1)"
    page.cell(6, COLUMN["due"]).value = TODAY
    before = Activity.objects.count()
    answer = handed_back(rosa, whole)
    assert Activity.objects.count() == before
    shown = rosa.get(answer.url).content.decode()
    assert "Se espera el acta" in shown
    assert "FS-002" in shown and "FS-003" in shown
    rosa.post(answer.url)
    rosa.post(answer.url)
    first = Commitment.objects.get(pk=rows[0].pk)
    assert (first.remarks, first.axis_id, first.follow_up_owner_id, first.version) == (
        "Se espera el acta",
        other.pk,
        post.pk,
        2,
    )
    assert Activity.objects.count() == before + 1
    payload = Activity.objects.latest("id").payload
    assert set(payload["changed"]) == {"remarks", "axis", "follow_up_owner"}
    for row in rows[1:]:
        assert Commitment.objects.get(pk=row.pk).version == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("axis", "Eje que no existe"),
        ("followed", "Nadie (Ninguna)"),
        ("remarks", "x" * 501),
        ("remarks", "=1+1"),
        ("means", ""),
        ("code", "FS-999"),
        ("key", "00000000-0000-4000-8000-000000000000 1"),
        ("key", "x"),
        ("key", None),
    ],
)
def test_a_row_that_is_wrong_says_so_and_is_not_written(cast: Cast, sign_in, column: str, value: Any) -> None:
    rosa = sign_in(cast.rosa)
    many(cast, 1)
    whole = book(rosa)
    page = whole.worksheets[0]
    place = len(FILE_COLUMNS) + 1 if column == "key" else COLUMN[column]
    page.cell(4, COLUMN["resources"]).value = "otra cosa"
    page.cell(4, place).value = value
    rows = told(rosa, whole)
    assert rows[0]["errors"], rows
    assert not changed_rows(rows)


def test_a_row_twice_a_stale_one_and_a_settled_one(cast: Cast, sign_in) -> None:
    rosa = sign_in(cast.rosa)
    stale, settled, double = many(cast, 3)
    whole = book(rosa, sort="code")
    page = whole.worksheets[0]
    for row in (4, 5, 6):
        page.cell(row, COLUMN["remarks"]).value = "nuevo"
    page.append([cell.value for cell in page[6]])
    Commitment.objects.filter(pk=stale.pk).update(version=2)
    Commitment.objects.filter(pk=settled.pk).update(state="withdrawn", withdrawn_reason="x", settled_at=NOW)
    rows = told(rosa, whole)
    assert [bool(row["errors"]) for row in rows] == [True, True, False, True]
    assert [row["id"] for row in changed_rows(rows)] == [double.pk]


def test_another_mesa_and_what_nobody_may_see(cast: Cast, sign_in) -> None:
    other = Mesa.objects.create(
        slug="otra",
        name_es="Otra mesa",
        name_en="Other",
        code_prefix="OT",
        visibility="public",
        state="active",
    )
    foreign = many(cast, 1, mesa=other)[0]
    hidden = many(cast, 1, mesa=other, state="proposed")[0]
    rosa = sign_in(cast.rosa)
    whole = book(rosa)
    page = whole.worksheets[0]
    page.cell(4, COLUMN["remarks"]).value = "de otros"
    row = [cell.value for cell in page[4]]
    row[COLUMN["code"] - 1], row[-1] = hidden.code, f"{hidden.public_id} 1"
    page.append(row)
    rows = told(rosa, whole)
    assert [each["id"] for each in rows] == [foreign.pk, None]
    assert not changed_rows(rows)
    assert all(each["errors"] for each in rows)


def test_only_who_keeps_a_mesa_hands_sheets_back_and_sees_only_their_own(cast: Cast, sign_in) -> None:
    made = keep_sheet(rows=[], by=cast.secretariat, now=timezone.now())
    luis = sign_in(cast.luis)
    assert luis.get(reverse("commitments:sheet")).status_code == 403
    assert luis.get(reverse("commitments:sheet_preview", args=[made.public_id])).status_code == 404
    old = keep_sheet(rows=[], by=cast.secretariat, now=timezone.now() - timedelta(days=2))
    assert (
        sign_in(cast.rosa).get(reverse("commitments:sheet_preview", args=[old.public_id])).status_code == 404
    )
    with pytest.raises(SheetExpired):
        apply_sheet(sheet_id=old.pk, allowed=(), by=cast.secretariat, now=timezone.now())
    apply_sheet(sheet_id=made.pk, allowed=(), by=cast.secretariat, now=timezone.now())
    with pytest.raises(AlreadyApplied):
        apply_sheet(sheet_id=made.pk, allowed=(), by=cast.secretariat, now=timezone.now())


def test_a_right_lost_between_looking_and_writing_is_lost(cast: Cast, sign_in) -> None:
    rosa = sign_in(cast.rosa)
    row = many(cast, 1)[0]
    whole = book(rosa)
    whole.worksheets[0].cell(4, COLUMN["remarks"]).value = "nuevo"
    told(rosa, whole)
    kept = SheetImport.objects.get()
    written, refused = apply_sheet(sheet_id=kept.pk, allowed=(), by=cast.secretariat, now=timezone.now())
    assert (written, [code for code, _message in refused]) == (0, [row.code])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"a;b;c\n1;2;3", b"%PDF-1.7"])
def test_a_file_that_is_no_matrix_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(SheetRefused):
        read("matriz.xlsx", content)


def test_a_workbook_of_something_else_is_refused() -> None:
    other = Workbook()
    other.active.append(["a", "b"])
    with pytest.raises(SheetRefused):
        read("matriz.xlsx", packed(other).read())


def test_amend_refuses_what_is_not_to_be_changed(cast: Cast) -> None:
    row, settled = many(cast, 2)
    Commitment.objects.filter(pk=settled.pk).update(state="withdrawn", withdrawn_reason="x", settled_at=NOW)

    def change(one: Commitment, version: int = 1, **changes: Any) -> None:
        amend(commitment_id=one.pk, version=version, changes=changes, by=cast.secretariat, now=NOW)

    with pytest.raises(StaleVersion):
        change(row, version=9, remarks="x")
    for change_of in ({"deliverable": " "}, {"deliverable": "una plaza"}, {"means_of_verification": "nada"}):
        with pytest.raises(AgreedFixed):
            change(row, **change_of)
    with pytest.raises(NotOpen):
        change(settled, remarks="x")
    with pytest.raises(HistoricRecord):
        change(historic(cast), remarks="x")
    before = Activity.objects.count()
    change(row, remarks="")
    assert Activity.objects.count() == before


def test_a_row_is_a_form_of_its_own_and_tells_of_a_stale_version(cast: Cast, sign_in) -> None:
    rosa = sign_in(cast.rosa)
    row = many(cast, 1)[0]
    url = f"{reverse('commitments:row', args=[row.public_id])}?mesa=frontera-sur"
    values = {
        "version": 1,
        "deliverable": "y",  # agreed: no longer written here
        "means_of_verification": "y",
        "resources": "",
        "remarks": "Falta el acta",
    }
    assert "<html" in rosa.get(url).content.decode()
    part = rosa.get(url, headers={"X-Part": "row"})
    assert "<html" not in part.content.decode()
    assert "X-Part" in part["Vary"]
    answer = rosa.post(url, values)
    assert answer.status_code == 302
    assert answer.url.endswith("?mesa=frontera-sur#FS-001")
    stale = rosa.post(url, values | {"remarks": "Otra"})
    assert stale.status_code == 409
    assert "Falta el acta" in stale.content.decode()
    stored = Commitment.objects.get(pk=row.pk)
    assert (stored.deliverable, stored.means_of_verification) == (row.deliverable, row.means_of_verification)
    again = rosa.post(url, values | {"version": 2, "remarks": "Otra"})
    assert again.status_code == 302
    assert Commitment.objects.get(pk=row.pk).remarks == "Otra"


def test_hostile_texts_go_out_as_texts_and_come_back_unchanged(cast: Cast, sign_in) -> None:
    rosa = sign_in(cast.rosa)
    rows = many(cast, len(HOSTILE))
    for row, text in zip(rows, HOSTILE, strict=True):
        Commitment.objects.filter(pk=row.pk).update(remarks=text, deliverable=text[:300], statement_es=text)
    whole = book(rosa, sort="code")
    page = whole.worksheets[0]
    for place, text in enumerate(HOSTILE, 4):
        for column in ("remarks", "deliverable", "statement"):
            cell = page.cell(place, COLUMN[column])
            assert cell.data_type == "s", text
            assert cell.value == (printable(text[:300]) if column == "deliverable" else printable(text))
            assert bool(cell.quotePrefix) is (cell.value[:1] in "=+-@"), text
    for cells in page.iter_rows(min_row=4, max_row=page.max_row):
        for cell in cells:
            # Whoever saves the sheet anew saves it typed as it came.
            assert cell.data_type != "f"
    assert told(rosa, whole) == []
    for place, text in enumerate(HOSTILE, 4):
        # Copied over from the CSV: its mark is no change.
        cell = page.cell(place, COLUMN["remarks"])
        cell.value = printable(inert(text))
        cell.data_type = "s"
    assert told(rosa, whole) == []


TEXT = st.text(max_size=60)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(TEXT, min_size=4, max_size=4), edits=st.dictionaries(st.integers(0, 3), TEXT, max_size=4)
)
def test_out_and_back_writes_exactly_what_was_edited(
    cast: Cast, sign_in, texts: list[str], edits: dict[int, str]
) -> None:
    rosa = sign_in(cast.rosa)
    texts = [text.replace("\x00", "") for text in texts]
    rows = many(cast, 4)
    for row, text in zip(rows, texts, strict=True):
        Commitment.objects.filter(pk=row.pk).update(remarks=text)
    whole = book(rosa, sort="code")
    page = whole.worksheets[0]
    assert told(rosa, whole) == []
    line = {page.cell(number, COLUMN["code"]).value: number for number in range(4, page.max_row + 1)}
    wanted = {}
    for place, text in edits.items():
        cell = page.cell(line[rows[place].code], COLUMN["remarks"])
        cell.value = printable(text) or None
        if cell.value:
            cell.data_type = "s"
        if printable(text) != printable(texts[place]):
            wanted[rows[place].pk] = printable(text)
    found = {row["id"]: row["changes"][0]["value"] for row in changed_rows(told(rosa, whole))}
    assert found == wanted
    assert compared([], cast.secretariat, TODAY) == []
