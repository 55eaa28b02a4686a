"""A follow-up report as files for machines and spreadsheets: XLSX, and JSON with the same numbers."""

import io
import json
from collections.abc import Iterable
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from coordination.commitments.account import words
from coordination.commitments.account.data import absolute, address, data
from coordination.commitments.account.parts import Account, Figure
from coordination.commitments.account.rows import Row
from coordination.commitments.account.scope import GROUPS, STANDINGS
from coordination.documents.cells import inert

BOLD, LINK, WRAPPED = (
    Font(bold=True),
    Font(color="28478F", underline="single"),
    Alignment(wrap_text=True, vertical="top"),
)
CELL = 32_000  # signs a cell can hold


def as_json(account: Account) -> bytes:
    return json.dumps(data(account), ensure_ascii=False, indent=1).encode()


def as_xlsx(account: Account) -> bytes:
    """A sheet that tells the report, one of each table, and the rows behind them. No cell is computed."""
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = account.title, "Minga"
    with translation.override(account.scope.language):
        names: set[str] = set()
        _cover(book.create_sheet(_name(_("Follow-up report"), names)), account)
        for table in account.tables:
            sheet = _sheet(
                book, _name(table.title, names), (44, *(16,) * (len(table.columns) - 1), 60), freeze=True
            )
            _append(sheet, [*table.columns, _("Codes")], font=BOLD)
            for line in table.lines:
                codes = "; ".join(
                    f"{name}: {', '.join(one.codes)}{_more(one)}"
                    for name, one in zip(table.columns[1:], line.figures, strict=True)
                    if one.codes
                )
                _append(sheet, [line.label, *line.figures, codes])
        _rows(
            _sheet(
                book,
                _name(_("Rows"), names),
                (12, 60, 34, 30, 14, 14, 14, 22, 22, 26, 26, 26, 10, 24, 60, 50),
                freeze=True,
            ),
            account,
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cover(sheet: Any, account: Account) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 100
    _append(sheet, [account.title], font=BOLD)
    for name, value in account.facts:
        _append(sheet, [name, value])
    _append(sheet, [_("In short"), account.paragraph])
    _append(sheet, [_("Commitments"), account.total])
    for text in account.sums:
        _append(sheet, [_("Amounts on record"), text])
    for one in account.listings:
        if one.more:
            told = _("The sheet of rows has the first %(n)s; all of them:") % {"n": len(one.rows)}
            _append(sheet, [one.title, f"{told} {absolute(one.figure.address)}"])
    for term, meaning in account.definitions:
        _append(sheet, [term, meaning])
    _append(sheet, [_("Address"), address(account)])


def _rows(sheet: Any, account: Account) -> None:
    """All rows that were read, with the marks that the tables count by: a filter on a column gives a table's rows."""
    head = [
        _("Code"), _("Commitment"), _("Mesa"), _("Responsible"), _("Agreed on"), _("Due"), _("Original due date"), _("Group"),
        _("State"), _("Sector"), _("Axis"), _("Territory"), _("Days"), _("Confirmed by"), _("What the record says"), _("Address"),
    ]  # fmt: skip
    _append(sheet, head, font=BOLD)
    labels = {key: dict(told) for key, told in account.labels.items()}
    order = {code: place for place, code in enumerate(STANDINGS)}
    rows = sorted(
        (row for one in account.listings for row in one.rows), key=lambda row: order[row.marks["stands"]]
    )
    for row in rows:
        _append(sheet, _cells(row, labels))


def _cells(row: Row, labels: dict[str, dict[int, str]]) -> list[Any]:
    marks = row.marks
    group = next(name for name, codes in GROUPS.items() if marks["stands"] in codes)
    return [
        row.code, row.statement, row.mesa, row.responsible, row.begun_on, row.due_on, row.original_due_on, words.GROUP[group](),
        words.STANDING[marks["stands"]](), labels["sector"].get(marks["sector"], words.nowhere()),
        labels["axis"].get(marks["axis_id"], words.nowhere()), labels["territory"].get(marks["territory"], ""), row.days or None,
        row.settled_by, "\n".join(f"{what}: {said}" for what, said in row.reasons), absolute(row.address),
    ]  # fmt: skip


def _sheet(book: Workbook, name: str, widths: Iterable[int], *, freeze: bool) -> Any:
    sheet = book.create_sheet(name)
    if freeze:
        sheet.freeze_panes = "A2"
    for place, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + place)].width = width
    return sheet


def _append(sheet: Any, values: Iterable[Any], *, font: Font | None = None) -> None:
    sheet.append([_cell(sheet, value, font) for value in values])


def _cell(sheet: Any, value: Any, font: Font | None) -> Any:
    """A number with the link to its rows, a date, or text that no spreadsheet computes."""
    if isinstance(value, Figure):
        cell = WriteOnlyCell(sheet, value=value.count)
        if value.count:
            cell.hyperlink, cell.font = absolute(value.address), LINK
        return cell
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=inert(value)[:CELL])
        cell.data_type, cell.alignment = "s", WRAPPED
    else:
        cell = WriteOnlyCell(sheet, value=value)
    if font:
        cell.font = font
    return cell


def _more(one: Figure) -> str:
    return f" {_('and %(n)s more') % {'n': one.more}}" if one.more > 0 else ""


def _name(title: str, taken: set[str]) -> str:
    """A name a sheet may have: 31 signs, none of those that a formula reads, none twice."""
    base = "".join(sign for sign in title if sign not in "[]:*?/\\'")[:31].strip() or "-"
    name, number = base, 2
    while name.lower() in taken:
        name, number = f"{base[:28]} {number}", number + 1
    taken.add(name.lower())
    return name
