"""The matrix as a file: what each column holds, as CSV for any program and as a workbook that may come back."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from coordination.commitments.matrix.columns import answering, dressed
from coordination.commitments.matrix.forms import post_label
from coordination.commitments.models import Commitment
from coordination.organizations.models import Post
from coordination.taxonomies.models import ThematicAxis

CHUNK = 500
KEY = "minga:key"  # over the hidden column that says which commitment a row is, and of which version
NO_XML = "\ufffe\uffff"
DATE, PERCENT, NUMBER, TEXT = "yyyy-mm-dd", "0%", "#,##0.##", "@"


@dataclass(frozen=True)
class FileColumn:
    """``of`` is the column of the page it belongs to; ``field`` what ``actions.matrix`` writes when it comes back."""

    key: str
    of: str
    label: Any
    width: int
    value: Callable[[Any], Any]
    form: str = TEXT
    field: str = ""


def _measured(name: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row.measured, name) if row.measured else None


def _short_names(rows: Iterable[Any]) -> str:
    return "; ".join(row.name for row in rows)


FILE_COLUMNS = [
    FileColumn("code", "code", gettext_lazy("Code"), 12, lambda row: row.code),
    FileColumn("mesa", "mesa", gettext_lazy("Mesa"), 26, lambda row: row.mesa.name),
    FileColumn("session", "session", gettext_lazy("Session"), 18, lambda row: row.session.short_title if row.session else None),
    FileColumn("statement", "statement", gettext_lazy("Commitment"), 48, lambda row: row.statement),
    FileColumn("axis", "axis", gettext_lazy("Axis"), 26, lambda row: row.axis.name if row.axis else None, field="axis_id"),
    FileColumn("responsible", "statement", gettext_lazy("Responsible"), 34, lambda row: "; ".join(answering(row))),
    FileColumn("co_responsible", "co_responsible", gettext_lazy("Co-responsible"), 34, lambda row: _short_names(row.co_responsible.all())),
    FileColumn("verifier", "verifier", gettext_lazy("Verifies"), 30, lambda row: row.verifier.name if row.verifier else None),
    FileColumn("due", "due", gettext_lazy("Due"), 12, lambda row: row.due_on, DATE),
    FileColumn("original_due", "due", gettext_lazy("Original due date"), 12, lambda row: row.original_due_on, DATE),
    FileColumn("deliverable", "deliverable", gettext_lazy("What will be delivered"), 34, lambda row: row.deliverable, field="deliverable"),
    FileColumn("indicator", "indicator", gettext_lazy("Indicator"), 28, _measured("name")),
    FileColumn("unit", "indicator", gettext_lazy("Unit"), 12, _measured("unit")),
    FileColumn("baseline", "baseline", gettext_lazy("Baseline"), 11, _measured("baseline"), NUMBER),
    FileColumn("value", "progress", gettext_lazy("Value"), 11, _measured("value"), NUMBER),
    FileColumn("target", "target", gettext_lazy("Target"), 11, _measured("target"), NUMBER),
    FileColumn("means", "means", gettext_lazy("Means of verification"), 34, lambda row: row.means_of_verification, field="means_of_verification"),
    FileColumn("resources", "resources", gettext_lazy("Resources"), 24, lambda row: row.resources, field="resources"),
    FileColumn("progress", "progress", gettext_lazy("Progress, %"), 10, lambda row: None if row.is_historic else row.progress, PERCENT),
    FileColumn("state", "state", gettext_lazy("State"), 18, lambda row: str(row.get_state_display())),
    FileColumn("light", "light", gettext_lazy("Traffic light"), 18, lambda row: str(row.light.label)),
    FileColumn("remarks", "remarks", gettext_lazy("Remarks"), 36, lambda row: row.remarks, field="remarks"),
    FileColumn("followed", "followed", gettext_lazy("Followed by"), 26, lambda row: post_label(row.follow_up_owner) if row.follow_up_owner else None, field="follow_up_owner_id"),
    FileColumn("updated", "updated", gettext_lazy("Last update"), 12, lambda row: timezone.localdate(row.update.at) if row.update else None, DATE),
    FileColumn("updated_by", "updated", gettext_lazy("Updated by"), 24, lambda row: row.update.by if row.update else None),
    FileColumn("address", "code", gettext_lazy("Address"), 44, lambda row: f"{settings.BASE_URL}{row.get_absolute_url()}"),
]  # fmt: skip


def columns_of(shown: Sequence[str]) -> list[FileColumn]:
    """All of them, or those of the columns that somebody chose for the page."""
    return [column for column in FILE_COLUMNS if not shown or column.of in (*shown, "code", "statement")]


def in_chunks(rows: Any, today: date, shown: Iterable[str]) -> Iterator[list[Commitment]]:
    """The rows with all that they say, a few hundred at a time."""
    asked = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(asked, CHUNK)):
        yield dressed(chunk, today, shown=shown)


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_lines(rows: Any, today: date) -> Iterator[str]:
    """Every column, whatever the page shows."""
    writer = csv.writer(_Echo())
    # The mark tells spreadsheets that this is UTF-8.
    yield "\N{BOM}" + str(writer.writerow([str(column.label) for column in FILE_COLUMNS]))
    for chunk in in_chunks(rows, today, ("co_responsible", "updated")):
        for row in chunk:
            yield str(writer.writerow([safe_cell(column.value(row)) for column in FILE_COLUMNS]))


def safe_cell(value: Any) -> str:
    """Text that no spreadsheet takes for a formula (source: OWASP, CSV Injection)."""
    text = "" if value is None else str(value)
    number = text.removeprefix("-").replace(".", "", 1).isdigit()
    return (
        f"'{text}"
        if text.lstrip()[:1] in tuple("=+-@") and text.strip() and not number or text[:1] in "\t\r\n" and text
        else text
    )


HEAD = Font(bold=True)
# What is read back stands on white; the rest is grey, and a change there is told of and left.
GREY = PatternFill("solid", fgColor="FFE9ECEF")
WRITABLE = PatternFill("solid", fgColor="FFFFF3D6")
WRAPPED = Alignment(wrap_text=True, vertical="top")


def workbook(
    rows: Any,
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
    for chunk in in_chunks(rows, today, [column.of for column in columns]):
        for row in chunk:
            page.append(
                [_cell(page, column, row) for column in columns]
                + [_text(page, f"{row.public_id} {row.version}")]
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


def _cell(page: Any, column: FileColumn, row: Any) -> Any:
    value = column.value(row)
    if column.form == TEXT or value is None:
        cell = _text(page, "" if value is None else str(value))
        cell.alignment = WRAPPED
    else:
        cell = WriteOnlyCell(page, value=value / 100 if column.form == PERCENT else value)
        cell.number_format = column.form
    if not column.field:
        cell.fill = GREY
    return cell


def _text(page: Any, text: str) -> Any:
    kept = printable(text)
    cell = WriteOnlyCell(page, value=kept or None)
    if kept:
        cell.data_type = "s"
        # The spreadsheet's own mark of a text, so that one which begins like a formula stays what it is.
        cell.quotePrefix = kept[:1] in "=+-@"
    return cell


def printable(text: str) -> str:
    """Without signs that a workbook cannot hold, and with single spaces: how texts are compared when they come back."""
    kept = "".join(sign if sign >= " " and sign not in NO_XML else " " for sign in text)
    return " ".join(kept.split())


def stamp(today: date) -> str:
    return f"compromisos-{today:%Y-%m-%d}"
