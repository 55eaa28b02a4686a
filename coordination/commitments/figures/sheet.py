"""The spreadsheet of a commitment's figures: as it goes out, and what is read when it comes back.

A hidden first row names the columns, so that it is understood whatever language its heads are in. What comes back is
believed in nothing: formulas are not computed, rows and columns are counted, and each row says what is wrong with it.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from coordination.commitments.figures.queries import NOT_SAID, labels_of
from coordination.commitments.figures.rules import (
    CENT,
    NO_SOURCE,
    Figure,
    Part,
    begun_on,
    figure_of,
    figure_problems,
    is_percent,
)
from coordination.commitments.models import Commitment, Indicator, Measurement, MeasurementPart
from coordination.common.errors import DomainError

Dimension = MeasurementPart.Dimension
MARK = "minga-figures"
FIRST = 3  # rows before: the names of the columns, hidden, and their heads
MOST_ROWS = 1000
MOST_COLUMNS = 60
UNPACKED = 30 * 1024 * 1024
NUMBER = re.compile(r"-?\d{1,14}([.,]\d{1,2})?")
COLUMNS = ("code", "indicator", "measured_on", "since", "value", "source", "note")
EXCEL_ERRORS = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    zipfile.BadZipFile,
    SyntaxError,
)


class NotOurSheet(DomainError):
    """Belongs to the field ``file``."""

    def __init__(self, message: Any) -> None:
        super().__init__(message, field="file")


@dataclass
class Row:
    """One row that came back, and what it would do."""

    number: int
    code: str = ""
    label: str = ""
    indicator: Indicator | None = None
    measured_on: date | None = None
    since: date | None = None
    value: Decimal | None = None
    source: str = ""
    note: str = ""
    parts: list[Part] = field(default_factory=list)
    old: Measurement | None = None
    errors: list[dict[str, str]] = field(default_factory=list)
    state: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.number,
            "state": self.state,
            "code": self.code[:40],
            "label": self.label[:200],
            "indicator": str(self.indicator.public_id) if self.indicator else None,
            "measured_on": self.measured_on.isoformat() if self.measured_on else None,
            "since": self.since.isoformat() if self.since else None,
            "value": str(self.value) if self.value is not None else None,
            "was": str(self.old.value) if self.old else None,
            "source": self.source,
            "note": self.note,
            "parts": [list(part) for part in self.parts],
            "errors": self.errors,
        }


def heads(names: dict[str, str]) -> list[tuple[str, str]]:
    """Every column: its name in the hidden row and its head."""
    found = list(
        zip(
            COLUMNS,
            (
                _("Commitment"), _("Indicator"), _("Date of the figure"), _("Counted since"), _("Figure"), _("Source"),
                _("Remark"),
            ),
            strict=True,
        )
    )  # fmt: skip
    for dimension in Dimension:
        for group, label in labels_of(dimension.value, names).items():
            if group != NOT_SAID:
                found.append((f"{dimension.value}:{group}", f"{dimension.label}: {label}"))
    return found


def labels(indicators: Iterable[Indicator]) -> dict[str, Indicator]:
    """How a row names its indicator: by its place and its name."""
    return {f"{place}. {indicator.name}": indicator for place, indicator in enumerate(indicators, 1)}


def made(
    commitment: Commitment,
    standing: Sequence[Measurement],
    periods: dict[int, list[Any]],
    names: dict[str, str],
) -> bytes:
    """The workbook to be filled in: a row for each figure that stands and for each period without one, and blank rows."""
    book = Workbook()
    page = book.active
    assert page is not None  # noqa: S101  a new workbook has a sheet
    page.title = _("Figures")[:31]
    columns = heads(names)
    _write(page, 1, [f"{MARK}:{commitment.public_id}", *(name for name, _head in columns[1:])])
    _write(page, 2, [head for _name, head in columns])
    page.row_dimensions[1].hidden = True
    page.row_dimensions[2].height = 46
    for number, (name, _head) in enumerate(columns, 1):
        cell = page.cell(2, number)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        cell.fill = PatternFill("solid", fgColor="DDE7E3")
        page.column_dimensions[get_column_letter(number)].width = {
            "code": 12, "indicator": 36, "source": 36, "note": 28, "measured_on": 14, "since": 14
        }.get(name, 12)  # fmt: skip
    page.freeze_panes = "C3"
    indicators = list(commitment.indicators.all())
    by_label = labels(indicators)
    number = FIRST
    for label, indicator in by_label.items():
        for values in _rows_of(indicator, standing, periods.get(indicator.pk, [])):
            _write(page, number, [commitment.code, label, *values])
            number += 1
    _lists(book, page, list(by_label), number + 200)
    _instructions(book, commitment)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows_of(
    indicator: Indicator, standing: Sequence[Measurement], periods: list[Any]
) -> Iterator[list[Any]]:
    own = [row for row in standing if row.indicator_id == indicator.pk]
    for row in own:
        parts = {f"{part.dimension}:{part.group}": part.count for part in row.parts.all()}
        yield [row.measured_on, row.since, row.value, row.source, row.note, parts]
    measured = {row.measured_on for row in own}
    for period in periods:
        if period.ends_on not in measured:
            since = period.starts_on if indicator.formula == Indicator.Formula.SUM else None
            yield [period.ends_on, since, None, "", "", {}]
    if not own and not periods:
        yield [None, None, None, "", "", {}]


def _write(page: Any, number: int, values: list[Any]) -> None:
    """Text stays text: nothing that somebody wrote is computed in anybody's spreadsheet."""
    parts: dict[str, int] = values.pop() if values and isinstance(values[-1], dict) else {}
    for column, value in enumerate(values, 1):
        _put(page, number, column, value)
    if parts:
        columns = {page.cell(1, column).value: column for column in range(1, page.max_column + 1)}
        for name, count in parts.items():
            if name in columns:
                _put(page, number, columns[name], count)


def _put(page: Any, number: int, column: int, value: Any) -> None:
    if value is None or value == "":
        return
    cell = page.cell(number, column)
    if isinstance(value, Decimal):
        cell.value = int(value) if value == value.to_integral_value() else float(value)
    elif isinstance(value, date):
        cell.value, cell.number_format = value, "yyyy-mm-dd"
    elif isinstance(value, int):
        cell.value = value
    else:
        cell.value = "".join(sign for sign in str(value) if sign >= " " or sign in "\n\t")
        cell.data_type = "s"


def _lists(book: Any, page: Any, shown: list[str], last: int) -> None:
    lists = book.create_sheet("Minga")
    lists.sheet_state = "hidden"
    for number, label in enumerate(shown, 1):
        _put(lists, number, 1, label)
    if shown:
        choose = DataValidation(type="list", formula1=f"Minga!$A$1:$A${len(shown)}", allow_blank=True)
        choose.error, choose.showErrorMessage = _("Choose an indicator of the list."), True
        page.add_data_validation(choose)
        choose.add(f"B{FIRST}:B{last}")
    for column in ("C", "D"):
        day = DataValidation(type="date", operator="greaterThan", formula1="32874", allow_blank=True)
        day.error, day.showErrorMessage = _("Write a date."), True
        page.add_data_validation(day)
        day.add(f"{column}{FIRST}:{column}{last}")


def _instructions(book: Any, commitment: Commitment) -> None:
    page = book.create_sheet(_("Instructions")[:31])
    page.column_dimensions["A"].width = 96
    said = [
        _("Figures of %(code)s: %(what)s") % {"code": commitment.code, "what": commitment.statement},
        _("One row is one figure: its indicator, its date, how much, and where the figure comes from."),
        _("Rows without a figure are left out. You may add rows below; choose the indicator from the list."),
        _("Write numbers and no formulas. Write dates as dates, for example 2026-03-31."),
        _(
            "The columns on the right say how many of them are women, men, of an age, of a province or of a population. What you leave empty is not on record."
        ),
        _("If you change a figure that was there, the one before stays in view as corrected."),
        _(
            "Do not delete the columns. Save the file as XLSX and hand it in on the page where you downloaded it."
        ),
        _("Before anything is written the page shows what would change, and what is wrong in which row."),
    ]
    for number, text in enumerate(said, 1):
        _put(page, number, 1, text)
        page.cell(number, 1).alignment = Alignment(wrap_text=True, vertical="top")
    page.cell(1, 1).font = Font(bold=True)


def read(
    content: IO[bytes], commitment: Commitment, standing: Sequence[Measurement], today: date
) -> list[Row]:
    """Every row with what it would do and what is wrong with it. Raises NotOurSheet for what is no such sheet.

    ``standing`` are the commitment's figures that stand, with their parts. The file's type was looked at before.
    """
    rows = list(_rows(content, commitment))
    seen: dict[tuple[int, Any, Any], int] = {}
    others = {
        each.pk: [row for row in standing if row.indicator_id == each.pk]
        for each in commitment.indicators.all()
    }
    figures = {pk: [figure_of(row) for row in rows_] for pk, rows_ in others.items()}
    begun = begun_on(commitment)
    for row in rows:
        if row.indicator is None or row.measured_on is None or row.value is None or row.errors:
            row.state = "wrong"
            if not row.source and not any(error["column"] == "source" for error in row.errors):
                _blame(row, "source", str(NO_SOURCE))
            continue
        days = (row.since, row.measured_on)
        key = (row.indicator.pk, *days)
        if key in seen:
            _blame(
                row,
                "measured_on",
                _("Row %(row)s has the same indicator and date. Keep one of the two.") % {"row": seen[key]},
            )
        seen.setdefault(key, row.number)
        row.old = next(
            (each for each in others[row.indicator.pk] if (each.since, each.measured_on) == days), None
        )
        if row.old and _same(row, row.old):
            row.state = "same"
            continue
        beside = [each for each in figures[row.indicator.pk] if (each.since, each.measured_on) != days]
        figure = Figure(row.value, row.measured_on, row.since)
        for wrong in figure_problems(
            row.indicator,
            figure,
            source=row.source,
            parts=row.parts,
            others=beside,
            not_before=begun,
            today=today,
        ):
            _blame(row, wrong.field, str(wrong.message))
        if not row.errors:
            figures[row.indicator.pk] = [*beside, figure]
        row.state = "wrong" if row.errors else "changed" if row.old else "new"
    return rows


def _same(row: Row, old: Measurement) -> bool:
    parts = {(part.dimension, part.group, part.count) for part in old.parts.all()}
    return (row.value, row.source, row.note) == (old.value, old.source, old.note) and set(
        map(tuple, row.parts)
    ) == parts


def _rows(content: IO[bytes], commitment: Commitment) -> Iterator[Row]:
    _bounded(content)
    try:
        book = load_workbook(content, read_only=True, data_only=False, keep_links=False)
        sheets = [list(_cells(page)) for page in book.worksheets[:4]]
        book.close()
    except EXCEL_ERRORS as error:
        raise NotOurSheet(
            _("The file cannot be read. Open it, save it again as XLSX and choose it again.")
        ) from error
    found = next((rows for rows in sheets if rows and str(rows[0][0].value or "").startswith(MARK)), None)
    if found is None:
        raise NotOurSheet(
            _(
                "This is not the spreadsheet of this page. Download it here, copy your figures into it and choose that one."
            )
        )
    if len(found) > MOST_ROWS + FIRST - 1:
        raise NotOurSheet(_("More than a thousand rows are too many at once. Hand them in in two files."))
    names = {str(cell.value): place for place, cell in enumerate(found[0][1:], 1) if cell.value}
    if not {"indicator", "measured_on", "value", "source"} <= set(names):
        raise NotOurSheet(
            _("A column is missing. Download the spreadsheet again and copy your figures into it.")
        )
    known = labels(commitment.indicators.all())
    for number, cells in enumerate(found[FIRST - 1 :], FIRST):
        reader = _Reader(number, cells, names)
        if not reader.is_blank():
            yield reader.row(commitment, known)


def _bounded(content: IO[bytes]) -> None:
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except EXCEL_ERRORS as error:
        raise NotOurSheet(
            _("The file cannot be read. Open it, save it again as XLSX and choose it again.")
        ) from error
    if unpacked > UNPACKED:
        raise NotOurSheet(
            _(
                "Unpacked, this file would be far larger than it looks. Download the spreadsheet again and copy your figures into it."
            )
        )
    content.seek(0)


def _cells(page: Any) -> Iterator[Any]:
    """One row more than is allowed, so that too many are seen as such."""
    rows = page.iter_rows(min_row=1, max_row=MOST_ROWS + FIRST, max_col=MOST_COLUMNS)
    kept, blank = [], []
    for cells in rows:
        if all(cell.value is None for cell in cells):
            blank.append(cells)
        else:
            kept += [*blank, cells]
            blank = []
    return iter(kept)


def _blame(row: Row, name: str, text: str) -> None:
    row.errors.append({"column": name, "text": text})


class _Reader:
    """The cells of one row by the names of their columns."""

    def __init__(self, number: int, cells: Sequence[Any], names: dict[str, int]) -> None:
        self.cells, self.names, self.read = cells, names, Row(number)

    def is_blank(self) -> bool:
        """Nothing to say: the prefilled commitment, indicator and dates alone are no figure."""
        rest = [
            place for name, place in self.names.items() if name not in ("indicator", "measured_on", "since")
        ]
        return all(self._value(place) in (None, "") for place in rest)

    def row(self, commitment: Commitment, known: dict[str, Indicator]) -> Row:
        read = self.read
        read.code = self._text_at(0, "code", 40)
        if read.code and read.code.casefold() != commitment.code.casefold():
            _blame(
                read, "code",
                _("This row is of %(other)s, and this spreadsheet is of %(code)s. Hand it in with its own commitment.")
                % {"other": read.code, "code": commitment.code},
            )  # fmt: skip
        read.label = self._text("indicator", 300)
        read.indicator = known.get(read.label) or next(
            (each for each in known.values() if each.name.casefold() == read.label.casefold()), None
        )
        if read.indicator is None:
            _blame(
                read, "indicator", _("No indicator of this commitment has this name. Choose one of the list.")
            )
        read.measured_on = self._day("measured_on")
        if read.measured_on is None and not self._blamed("measured_on"):
            _blame(read, "measured_on", _("The date is missing. Write the last day that the figure counts."))
        read.since = self._day("since")
        read.value = self._number("value")
        if read.value is None and not self._blamed("value"):
            _blame(read, "value", _("The figure is missing. To take back one that was there, use its page."))
        read.source, read.note = self._text("source", 300), self._text("note", 500)
        read.parts = list(self._parts())
        return read

    def _blamed(self, name: str) -> bool:
        return any(error["column"] == name for error in self.read.errors)

    def _value(self, place: int | None) -> Any:
        return self.cells[place].value if place is not None and place < len(self.cells) else None

    def _given(self, name: str) -> Any:
        """The value of a cell; a formula is no value."""
        place = self.names.get(name)
        value = self._value(place)
        if value is not None and not isinstance(value, str | int | float | date | datetime | bool):
            value = "="
        if isinstance(value, str) and value.startswith("="):
            _blame(self.read, name, _("There is a formula. Write its result."))
            return None
        return value.strip() if isinstance(value, str) else value

    def _text(self, name: str, most: int) -> str:
        return self._text_at(self.names.get(name), name, most)

    def _text_at(self, place: int | None, name: str, most: int) -> str:
        value = self._given(name) if name in self.names else self._value(place)
        text = "" if value is None else str(value).strip()
        if "\x00" in text or len(text) > most:
            _blame(self.read, name, _("The text is too long: at most %(most)s signs.") % {"most": most})
            return ""
        return text

    def _day(self, name: str) -> date | None:
        value = self._given(name)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if value in (None, ""):
            return None
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(str(value)[:10], form).date()  # noqa: DTZ007  a day has no zone
            except ValueError:
                continue
        _blame(self.read, name, _("This is not a date. Write it as 2026-03-31."))
        return None

    def _number(self, name: str) -> Decimal | None:
        value = self._given(name)
        if value in (None, ""):
            return None
        text = str(value).replace(" ", "").removesuffix("%")
        try:
            if isinstance(value, bool) or (isinstance(value, str) and not NUMBER.fullmatch(text)):
                raise InvalidOperation
            found = Decimal(text.replace(",", ".") if isinstance(value, str) else repr(value))
            if not found.is_finite() or abs(found) >= Decimal(10) ** 14:
                raise InvalidOperation
            place = self.names[name]
            shown = str(getattr(self.cells[place], "number_format", "") or "")
            unit = self.read.indicator.unit if self.read.indicator else ""
            if "%" in shown and not isinstance(value, str) and is_percent(unit):
                found *= 100
            return found.quantize(CENT)
        except (InvalidOperation, ValueError):
            _blame(
                self.read,
                name,
                _("This is not a number. Write it in digits, without dots for thousands: 1250 or 12,5."),
            )
            return None

    def _parts(self) -> Iterator[Part]:
        for name in self.names:
            dimension, colon, group = name.partition(":")
            if not colon or dimension not in Dimension.values or not re.fullmatch(r"\w{1,20}", group):
                continue
            found = self._number(name)
            if found is None:
                continue
            if found < 0 or found != found.to_integral_value() or found >= 2**31:
                _blame(self.read, name, _("Count people in whole numbers from zero."))
                continue
            yield Part(dimension, group, int(found))


def letters(names: dict[str, str]) -> dict[str, str]:
    """The letter of each column in a spreadsheet as it went out."""
    return {name: get_column_letter(number) for number, (name, _head) in enumerate(heads(names), 1)}


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A kept row with its days and numbers as a page says them."""
    return row | {
        "measured_on": date.fromisoformat(row["measured_on"]),
        "since": date.fromisoformat(row["since"]) if row["since"] else None,
        "value": Decimal(row["value"]),
        "was": Decimal(row["was"]) if row["was"] is not None else None,
        "counted": sum(1 for _part in row["parts"]),
    }
