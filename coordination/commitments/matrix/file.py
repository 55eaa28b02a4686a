"""The matrix as a file: what each column holds, as CSV for any program and as a workbook that may come back."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from coordination.commitments.matrix.forms import post_label
from coordination.commitments.matrix.lines import lines
from coordination.commitments.models import CommitmentQuerySet
from coordination.documents.cells import inert
from coordination.organizations.models import Post
from coordination.taxonomies.models import ThematicAxis

KEY = "minga:key"  # over the hidden column that says which commitment a row is, and of which version
UNHELD = re.compile("[\x00-\x1f\ufffe\uffff]")
COMPUTED = frozenset("=+-@")
DATE, PERCENT, NUMBER, TEXT = "yyyy-mm-dd", "0%", "#,##0.##", "@"


@dataclass(frozen=True)
class FileColumn:
    """``key`` names it in ``lines.Line.cells``; ``of`` is the column of the page it belongs to; ``field`` what
    ``actions.amend`` writes when it comes back."""

    key: str
    of: str
    label: Any
    width: int
    form: str = TEXT
    field: str = ""


FILE_COLUMNS = [
    FileColumn("code", "code", gettext_lazy("Code"), 12),
    FileColumn("mesa", "mesa", gettext_lazy("Mesa"), 26),
    FileColumn("session", "session", gettext_lazy("Session"), 18),
    FileColumn("statement", "statement", gettext_lazy("Commitment"), 48),
    FileColumn("axis", "axis", gettext_lazy("Axis"), 26, field="axis_id"),
    FileColumn("responsible", "statement", gettext_lazy("Responsible"), 34),
    FileColumn("co_responsible", "co_responsible", gettext_lazy("Co-responsible"), 34),
    FileColumn("verifier", "verifier", gettext_lazy("Verifies"), 30),
    FileColumn("due", "due", gettext_lazy("Due"), 12, DATE),
    FileColumn("original_due", "due", gettext_lazy("Original due date"), 12, DATE),
    FileColumn("deliverable", "deliverable", gettext_lazy("What will be delivered"), 34, field="deliverable"),
    FileColumn("indicator", "indicator", gettext_lazy("Indicator"), 28),
    FileColumn("unit", "indicator", gettext_lazy("Unit"), 12),
    FileColumn("baseline", "baseline", gettext_lazy("Baseline"), 11, NUMBER),
    FileColumn("value", "progress", gettext_lazy("Value"), 11, NUMBER),
    FileColumn("target", "target", gettext_lazy("Target"), 11, NUMBER),
    FileColumn("original_target", "target", gettext_lazy("Original target"), 11, NUMBER),
    FileColumn("means", "means", gettext_lazy("Means of verification"), 34, field="means_of_verification"),
    FileColumn("resources", "resources", gettext_lazy("Resources"), 24, field="resources"),
    FileColumn("progress", "progress", gettext_lazy("Progress, %"), 10, PERCENT),
    FileColumn("state", "state", gettext_lazy("State"), 18),
    FileColumn("light", "light", gettext_lazy("Traffic light"), 18),
    FileColumn("remarks", "remarks", gettext_lazy("Remarks"), 36, field="remarks"),
    FileColumn("followed", "followed", gettext_lazy("Followed by"), 26, field="follow_up_owner_id"),
    FileColumn("updated", "updated", gettext_lazy("Last update"), 12, DATE),
    FileColumn("updated_by", "updated", gettext_lazy("Updated by"), 24),
    FileColumn("address", "code", gettext_lazy("Address"), 44),
]  # fmt: skip


def columns_of(shown: Sequence[str]) -> list[FileColumn]:
    """All of them, or those of the columns that somebody chose for the page."""
    return [column for column in FILE_COLUMNS if not shown or column.of in (*shown, "code", "statement")]


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_parts(rows: CommitmentQuerySet, today: date) -> Iterator[str]:
    """Every column, whatever the page shows, in parts of many lines each."""
    row_of = csv.writer(_Echo()).writerow
    keys = [column.key for column in FILE_COLUMNS]
    # The mark tells spreadsheets that this is UTF-8.
    yield "\N{BOM}" + str(row_of([str(column.label) for column in FILE_COLUMNS]))
    for chunk in lines(rows, today, ("co_responsible", "updated")):
        yield "".join([str(row_of([_safe(line.cells[key]) for key in keys])) for line in chunk])


def _safe(value: Any) -> Any:
    """Only texts can be taken for a formula: a figure below zero stays a figure."""
    return inert(value) if isinstance(value, str) else value


HEAD = Font(bold=True)
# What is read back stands on white; the rest is grey, and a change there is told of and left.
GREY = PatternFill("solid", fgColor="FFE9ECEF")
WRITABLE = PatternFill("solid", fgColor="FFFFF3D6")
WRAPPED = Alignment(wrap_text=True, vertical="top")


def workbook(
    rows: CommitmentQuerySet,
    today: date,
    *,
    shown: Sequence[str],
    told: str,
    axes: Sequence[ThematicAxis],
    posts: Sequence[Post],
) -> bytes:
    """The rows as a workbook: the filters in words, headings, a row each, and on a second sheet what lists offer.

    Dates are dates and percentages numbers. Every text is typed as text, so that nothing is computed.
    """
    columns = columns_of(shown)
    book = Workbook(write_only=True)
    page = book.create_sheet(_("Matrix")[:31])
    page.freeze_panes = "C4"
    for place, column in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(place)].width = column.width
    key = get_column_letter(len(columns) + 1)
    page.column_dimensions[key].hidden = True
    page.row_dimensions[2].hidden = True
    _offer(page, columns, {"axis_id": ("A", len(axes)), "follow_up_owner_id": ("B", len(posts))})
    page.append([_text(page, told)])
    page.append([_text(page, column.key) for column in columns] + [_text(page, KEY)])
    page.append([_head(page, column) for column in columns])
    last = 3
    pens = [_Pen(page, column) for column in columns]
    hidden = _Pen(page, None)
    for chunk in lines(rows, today, [column.of for column in columns]):
        for line in chunk:
            page.append(
                [pen.cell(line.cells[pen.key]) for pen in pens]
                + [hidden.cell(f"{line.public_id} {line.version}")]
            )
        last += len(chunk)
    page.auto_filter.ref = f"A3:{get_column_letter(len(columns))}{last}"
    lists = book.create_sheet(_("Lists")[:31])
    lists.sheet_state = "hidden"
    names = [[axis.name for axis in axes], [post_label(post) for post in posts]]
    for place in range(max(map(len, names))):
        lists.append([_text(lists, told[place] if place < len(told) else "") for told in names])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _offer(page: Any, columns: list[FileColumn], lists: dict[str, tuple[str, int]]) -> None:
    for place, column in enumerate(columns, 1):
        letter, many = lists.get(column.field, ("", 0))
        if many:
            offered = DataValidation(
                type="list", formula1=f"'{_('Lists')[:31]}'!${letter}$1:${letter}${many}", allow_blank=True
            )
            offered.errorTitle, offered.error = _("Not in the list"), _("Choose one of the list.")
            offered.add(f"{get_column_letter(place)}4:{get_column_letter(place)}20000")
            page.data_validations.append(offered)


def _head(page: Any, column: FileColumn) -> Any:
    cell = _text(page, str(column.label))
    cell.font = HEAD
    cell.fill = WRITABLE if column.field else GREY
    return cell


class _Pen:
    """Writes the cells of one column. A sheet that is only written has let go of a row when it takes the next: each
    column has one cell with its colours and forms, and another for texts that begin like a formula, written anew."""

    def __init__(self, page: Any, column: FileColumn | None) -> None:
        self.key = column.key if column else KEY
        self.form = column.form if column else TEXT
        self._plain, self._marked = (WriteOnlyCell(page) for _each in range(2))
        for cell in (self._plain, self._marked):
            if self.form != TEXT:
                cell.number_format = self.form
            elif column:
                cell.alignment = WRAPPED
            if column and not column.field:
                cell.fill = GREY
        # The spreadsheet's own mark of a text, so that one which begins like a formula stays what it is.
        self._marked.quotePrefix = True

    def cell(self, value: Any) -> Any:
        if value is None or self.form != TEXT:
            self._plain.value = value / 100 if value is not None and self.form == PERCENT else value
            return self._plain
        kept = printable(str(value))
        cell = self._marked if kept[:1] in COMPUTED else self._plain
        cell.value = kept or None
        if kept:
            cell.data_type = "s"
        return cell


def _text(page: Any, text: str) -> Any:
    kept = printable(text)
    cell = WriteOnlyCell(page, value=kept or None)
    if kept:
        cell.data_type = "s"
        cell.quotePrefix = kept[:1] in COMPUTED
    return cell


def printable(text: str) -> str:
    """Without signs that a workbook cannot hold, and with single spaces: how texts are compared when they come back."""
    return " ".join(UNHELD.sub(" ", text).split())


def stamp(today: date) -> str:
    return f"compromisos-{today:%Y-%m-%d}"
