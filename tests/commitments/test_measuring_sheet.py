"""The spreadsheet of figures: downloaded, filled in, looked at, applied once; hostile ones do no harm."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from coordination.activity.models import Activity
from coordination.commitments.figures.actions.importing import NoLongerKept, apply_sheet
from coordination.commitments.figures.actions.measuring import withdraw_measurement
from coordination.commitments.figures.rules import Part
from coordination.commitments.models import Commitment, Measurement, PeriodTarget, SheetImport
from coordination.taxonomies.models import Province
from tests.cast import Cast
from tests.commitments.test_measuring_pages import measured, of_luis, page, soon

pytestmark = pytest.mark.django_db
SignIn = Callable[[Any], Client]
TODAY = timezone.localdate


def downloaded(client: Client, commitment: Commitment) -> Workbook:
    return load_workbook(io.BytesIO(client.get(page("measures_sheet", commitment)).content))


def put(book: Workbook, row: int, **values: Any) -> None:
    """Into the columns of these names; "sex:women" is written sex__women."""
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]} | {"code": 1}
    for name, value in values.items():
        sheet.cell(row, columns[name.replace("__", ":")], value)


def handed_in(
    client: Client, commitment: Commitment, book: Workbook | bytes, name: str = "mediciones.xlsx"
) -> Any:
    content = book
    if isinstance(book, Workbook):
        out = io.BytesIO()
        book.save(out)
        content = out.getvalue()
    upload = SimpleUploadedFile(name, content)  # type: ignore[arg-type]
    return client.post(page("measures_import", commitment), {"file": upload}, follow=True)


def wrong(response: Any) -> set[tuple[int, str]]:
    return {(row["row"], error["column"]) for row in response.context["wrong"] for error in row["errors"]}


def test_a_sheet_goes_out_with_its_indicators_periods_lists_and_instructions(
    cast: Cast, sign_in: SignIn
) -> None:
    commitment = of_luis(cast)
    row = commitment.indicators.get()
    made = measured(cast, row, 12, TODAY() - timedelta(days=5), parts=[Part("sex", "women", 7)])
    end = commitment.due_on
    assert end
    PeriodTarget.objects.create(indicator=row, starts_on=TODAY(), ends_on=end, value=40)
    book = downloaded(sign_in(cast.luis), commitment)
    figures = book.worksheets[0]
    assert figures.row_dimensions[1].hidden and len(book.worksheets) == 3
    columns = {cell.value: cell.column for cell in figures[1]}
    assert figures.cell(3, 2).value == "1. Plazas en servicio" and figures.cell(3, 5).value == 12
    assert figures.cell(3, 3).value.date() == made.measured_on
    assert figures.cell(3, columns["sex:women"]).value == 7 and {"age:0_4", "population:host"} <= set(columns)
    assert figures.cell(4, 3).value.date() == end and figures.cell(4, 5).value is None
    assert len(figures.data_validations.dataValidation) == 3


def test_what_comes_back_is_shown_first_and_written_once(cast: Cast, sign_in: SignIn) -> None:
    Province.objects.get_or_create(code="17", defaults={"name": "Pichincha"})
    commitment = of_luis(cast)
    row = commitment.indicators.get()
    old = measured(cast, row, 12, TODAY() - timedelta(days=5))
    client = sign_in(cast.luis)
    book = downloaded(client, commitment)
    put(book, 3, value=13, sex__women=8)
    put(
        book, 4, indicator="1. Plazas en servicio", measured_on=TODAY(), value="24,5", source="Conteo",
        territory__17=20,
    )  # fmt: skip
    response = handed_in(client, commitment, book)
    assert [each["state"] for each in response.context["changes"]] == ["changed", "new"]
    assert Measurement.objects.count() == 1 and not response.context["wrong"]
    address = response.redirect_chain[-1][0]
    client.post(address)
    client.post(address)  # the second press of the button
    row.refresh_from_db()
    assert Measurement.objects.count() == 3 and str(row.value) == "24.50"
    assert Measurement.objects.get(corrects=old).parts.get().count == 8
    assert Activity.objects.filter(kind="commitment.measured").count() == 2
    again = handed_in(client, commitment, downloaded(client, commitment))
    assert again.context["same"] == 2 and not again.context["changes"] and not again.context["wrong"]
    same_file = handed_in(client, commitment, book)
    assert not same_file.context["changes"] and Measurement.objects.count() == 3


def test_each_row_says_what_is_wrong_and_the_right_ones_may_pass(cast: Cast, sign_in: SignIn) -> None:
    commitment = of_luis(cast)
    client = sign_in(cast.luis)
    other = soon(cast)
    book = downloaded(client, commitment)
    good = {"indicator": "1. Plazas en servicio", "value": 5, "source": "Conteo"}
    days = iter(TODAY() - timedelta(days=number) for number in range(1, 40))
    cases: list[tuple[str, dict[str, Any]]] = [
        ("", {}),
        ("code", {"code": other.code}),
        ("code", {"code": "OTRA-001"}),
        ("indicator", {"indicator": "Otra cosa"}),
        ("measured_on", {"measured_on": TODAY() + timedelta(days=2)}),
        ("measured_on", {"measured_on": "2019-06-30"}),
        ("measured_on", {"measured_on": "ayer"}),
        ("measured_on", {"measured_on": None}),
        ("value", {"value": "=1+1"}),
        ("value", {"value": "mucho"}),
        ("value", {"value": None}),
        ("value", {"value": -3}),
        ("value", {"value": 10**20}),
        ("source", {"source": None}),
        ("source", {"source": "x" * 301}),
        ("sex", {"sex__women": 4, "sex__men": 4}),
        ("sex:women", {"sex__women": 1.5}),
        ("sex:women", {"sex__women": -1}),
    ]
    for number, (_column, changed) in enumerate(cases, 3):
        put(book, number, **(good | {"measured_on": next(days)} | changed))
    response = handed_in(client, commitment, book)
    assert wrong(response) == {(number, column) for number, (column, _c) in enumerate(cases, 3) if column}
    assert len(response.context["changes"]) == 1
    client.post(response.redirect_chain[-1][0])
    assert Measurement.objects.count() == 1


def test_bad_figures_are_refused_by_name(cast: Cast, sign_in: SignIn) -> None:
    """Percent over 100, a measurement before the baseline, the same day twice in one sheet."""
    commitment = of_luis(cast)
    row = commitment.indicators.get()
    row.unit, row.baseline_on = "%", TODAY() - timedelta(days=10)
    row.save()
    client = sign_in(cast.luis)
    book = downloaded(client, commitment)
    good = {"indicator": "1. Plazas en servicio", "source": "Conteo"}
    put(book, 3, **good, value=101, measured_on=TODAY())
    put(book, 4, **good, value=50, measured_on=TODAY() - timedelta(days=11))
    put(book, 5, **good, value=50, measured_on=TODAY() - timedelta(days=1))
    put(book, 6, **good, value=51, measured_on=TODAY() - timedelta(days=1))
    put(book, 7, **good, value=0.6, measured_on=TODAY() - timedelta(days=3))
    book.worksheets[0].cell(7, 5).number_format = "0%"
    response = handed_in(client, commitment, book)
    assert wrong(response) == {(3, "value"), (4, "measured_on"), (6, "measured_on")}
    assert [str(each["value"]) for each in response.context["changes"]] == ["50.00", "60.00"]


def test_by_the_link_it_works_too_and_nobody_else_sees_it(
    cast: Cast, client: Client, sign_in: SignIn
) -> None:
    commitment = soon(cast)
    token = commitment.token(Commitment.REPORT_LINK)
    book = load_workbook(
        io.BytesIO(client.get(reverse("commitments:measures_sheet_by_link", args=[token])).content)
    )
    put(book, 3, value=9, source="Conteo", measured_on=TODAY(), indicator="1. Plazas en servicio")
    out = io.BytesIO()
    book.save(out)
    upload = SimpleUploadedFile("m.xlsx", out.getvalue())
    response = client.post(
        reverse("commitments:measures_import_by_link", args=[token]), {"file": upload}, follow=True
    )
    address = response.redirect_chain[-1][0]
    kept = SheetImport.objects.get()
    assert (
        sign_in(cast.rosa).get(page("measures_import_sheet", commitment, sheet=kept.public_id)).status_code
        == 404
    )
    other = soon(cast).token(Commitment.REPORT_LINK)
    foreign = reverse("commitments:measures_import_sheet_by_link", args=[other, kept.public_id])
    assert client.post(foreign).status_code == 404
    client.post(address)
    assert Measurement.objects.get().organization == cast.ngo


def test_what_changed_meanwhile_is_seen_and_after_a_day_it_is_gone(cast: Cast, sign_in: SignIn) -> None:
    commitment = of_luis(cast)
    row = commitment.indicators.get()
    client = sign_in(cast.luis)
    book = downloaded(client, commitment)
    put(book, 3, value=9, source="Conteo", measured_on=TODAY() - timedelta(days=3))
    handed_in(client, commitment, book)
    kept = SheetImport.objects.get()
    with pytest.raises(NoLongerKept):
        apply_sheet(
            sheet_id=kept.pk, organization_id=cast.university.pk, by=cast.secretariat,
            now=timezone.now() + timedelta(days=2),
        )  # fmt: skip
    row.baseline_on = TODAY() - timedelta(days=1)
    row.save()
    shown = client.post(page("measures_import_sheet", commitment, sheet=kept.public_id), follow=True)
    assert not Measurement.objects.exists() and "3" in str(next(iter(shown.context["messages"])))
    row.baseline_on = None
    row.save()
    client.post(page("measures_import_sheet", commitment, sheet=kept.public_id))
    withdraw_measurement(
        measurement_id=Measurement.objects.get().pk, reason="No", by=cast.secretariat, now=timezone.now()
    )
    client.post(page("measures_import_sheet", commitment, sheet=kept.public_id))
    assert Measurement.objects.count() == 1


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            "<Types><Override ContentType='application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'/></Types>",
        )
        archive.writestr("xl/workbook.xml", b" " * 40_000_000)
    return out.getvalue()


def _long() -> Workbook:
    book = Workbook()
    sheet = book.active
    assert sheet
    sheet.append(["minga-figures:x", "indicator", "measured_on", "since", "value", "source"])
    for _number in range(1100):
        sheet.append(["x", "x", "x", "x", 1, "x"])
    return book


def _stranger() -> Workbook:
    book = Workbook()
    sheet = book.active
    assert sheet
    sheet["A1"], sheet["XFD1048576"] = "=cmd|' /C calc'!A0", 1
    return book


@pytest.mark.parametrize(
    ("book", "name"),
    [
        (b"PK\x03\x04 nothing", "a.xlsx"),
        (b"%PDF-1.4 %%EOF", "a.pdf"),
        (b"code,value\n1,2\n", "a.csv"),
        (_bomb(), "a.xlsx"),
        (_long(), "a.xlsx"),
        (_stranger(), "a.xlsx"),
        (b"", "a.xlsx"),
        (b"x" * 2_200_000, "a.xlsx"),
    ],
    ids=["damaged", "pdf", "csv", "bomb", "too long", "another sheet", "empty", "too large"],
)
def test_hostile_and_foreign_files_are_refused_in_words(
    cast: Cast, sign_in: SignIn, book: Any, name: str
) -> None:
    response = handed_in(sign_in(cast.luis), of_luis(cast), book, name)
    assert response.status_code == 200 and response.context["form"].errors["file"]
    assert not SheetImport.objects.exists() and not Measurement.objects.exists()
