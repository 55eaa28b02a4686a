"""A workbook that came back, read against what stands now: what it would change, row by row, and what is wrong.

Nothing is written here. A sheet is somebody's file: its content is inspected before it is opened, formulas are never
worked out, and a row counts only when its hidden key and its code name the same commitment, which the reader keeps.
"""

import io
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from accounts.actor import Actor
from coordination.commitments.agreeing import AGREED
from coordination.commitments.matrix.actions import MOST_ROWS
from coordination.commitments.matrix.columns import AMENDABLE, followers, kept_by
from coordination.commitments.matrix.file import FILE_COLUMNS, KEY, FileColumn, printable
from coordination.commitments.matrix.forms import post_label
from coordination.commitments.matrix.lines import lines as lines_of
from coordination.commitments.matrix.queries import MANY
from coordination.commitments.models import Commitment
from coordination.common.errors import DomainError
from coordination.documents.cells import inert
from coordination.files.inspection import WrongFile, inspect
from coordination.files.workbooks import BROKEN, readable
from coordination.organizations.models import Post
from coordination.taxonomies.models import ThematicAxis

HEAD_WITHIN = 10  # rows in which the hidden names of the columns are looked for
MOST_COLUMNS = 60
MOST_ROWS_READ = MANY + 20
BY_KEY = {column.key: column for column in FILE_COLUMNS}
READ_BACK = {column.key for column in FILE_COLUMNS if column.field}
# A change here is told of, since somebody may think that it counts; it has another way.
ELSEWHERE = ("statement", "responsible", "due", "state", "progress")
KEYED = re.compile(r"^([0-9a-f-]{36}) ([0-9]{1,9})$")


class SheetRefused(DomainError):
    """The file as a whole cannot be read; belongs to the field ``file``."""

    def __init__(self, message: Any) -> None:
        super().__init__(message, field="file")


class Cell(NamedTuple):
    value: Any
    is_formula: bool


class Line(NamedTuple):
    number: int
    cells: Mapping[str, Cell]

    def text(self, key: str) -> str:
        cell = self.cells.get(key)
        return "" if cell is None or cell.value is None else printable(str(cell.value))


def read(name: str, content: bytes) -> list[Line]:
    """The rows under the hidden names of the columns. Raises SheetRefused."""
    try:
        inspect(name, io.BytesIO(content))
        readable(io.BytesIO(content))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        # Read here and now: the parts of a workbook are opened only as its rows are asked for.
        sheet = book.worksheets[0]
        rows = [
            [Cell(cell.value, cell.data_type == "f") for cell in row]
            for row in sheet.iter_rows(max_row=MOST_ROWS_READ, max_col=MOST_COLUMNS)
        ]
    except WrongFile as wrong:
        raise SheetRefused(wrong.message) from wrong
    except BROKEN as error:
        raise SheetRefused(
            _("The Excel file cannot be opened: save it again as .xlsx and choose it again.")
        ) from error
    head = next(
        (place for place, row in enumerate(rows[:HEAD_WITHIN]) if any(cell.value == KEY for cell in row)),
        None,
    )
    if head is None:
        raise SheetRefused(
            _(
                "This is not a matrix downloaded here, or its hidden row and column are gone. Download it again, copy your changes into it and choose it again."
            )
        )
    if len(rows) >= MOST_ROWS_READ:
        raise SheetRefused(
            _("The sheet has too many rows. Download fewer, with a filter, and choose it again.")
        )
    names = [str(cell.value or "") for cell in rows[head]]
    return [
        Line(number, dict(zip(names, row, strict=False)))
        for number, row in enumerate(rows[head + 2 :], head + 3)
        if any(cell.value not in (None, "") for cell in row)
    ]


def compared(lines: Sequence[Line], actor: Actor, today: date) -> list[dict[str, Any]]:
    """Of each line that would change something, or cannot: ``SheetImport.rows``. A handful of queries, however many
    lines. What the reader does not see is as unknown as what does not exist."""
    keys = {line.number: _key(line) for line in lines}
    seen = Commitment.objects.visible_to(actor).filter(public_id__in={key[0] for key in keys.values() if key})
    rows = {row.public_id: row for chunk in lines_of(seen.order_by(), today, ()) for row in chunk}
    kept = Commitment.objects.filter(
        kept_by(actor, states=Commitment.State.values), pk__in=[row.pk for row in rows.values()]
    )
    mine = set(kept.values_list("pk", flat=True))
    axes = list(ThematicAxis.objects.all())
    posts = followers({(row.mesa_id, row.responsible_id) for row in rows.values()}, today)
    told, met = [], set()
    for line in lines:
        key = keys[line.number]
        row = rows.get(key[0]) if key else None
        known: dict[str, Any] = {
            "row": line.number,
            "id": row.pk if row else None,
            "code": row.code if row else line.text("code")[:40],
            "changes": [],
            "errors": [],
            "notes": [],
        }
        if row is None or key is None or line.text("code") != row.code:
            known["errors"] = [_error("", _unknown(row, key))]
        elif row.pk in met:
            known["errors"] = [
                _error("", _("This commitment stands twice in the sheet; the first row counts."))
            ]
        else:
            met.add(row.pk)
            offered = posts[(row.mesa_id, row.responsible_id)]
            known["version"] = row.version
            _compare(known, line, row, axes, offered)
            if known["changes"] and (refused := _refused(row, key[1], row.pk in mine)):
                known["errors"].insert(0, _error("", refused))
        if known["changes"] or known["errors"] or known["notes"]:
            told.append(known)
    if sum(bool(each["changes"]) for each in told) > MOST_ROWS:
        raise SheetRefused(
            _(
                "More than %(most)s rows change. Hand them back in parts: filter, download and change fewer at a time."
            )
            % {"most": MOST_ROWS}
        )
    return told


def _key(line: Line) -> tuple[uuid.UUID, int] | None:
    found = KEYED.match(line.text(KEY))
    try:
        return (uuid.UUID(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


def _unknown(row: Any, key: Any) -> str:
    if key is None:
        return _(
            "This row has no hidden key: commitments are not created here. They come from a session's outcomes."
        )
    if row is None:
        return _("This commitment is not known.")
    return _("The code is that of %(code)s's row: a part of the sheet was sorted or copied by itself.") % {
        "code": row.code
    }


def _refused(row: Any, version: int, is_mine: bool) -> str:
    """Why none of the row's changes may be written."""
    if not is_mine:
        return _("You do not keep the commitments of %(mesa)s.") % {"mesa": row.cells["mesa"]}
    if row.state not in AMENDABLE:
        return _("It is settled, or in dispute: it is not changed here.")
    if row.version != version:
        return _(
            "Somebody changed it after you downloaded the sheet. Download it again to see what it says now."
        )
    return ""


def _compare(
    known: dict[str, Any], line: Line, row: Any, axes: list[ThematicAxis], posts: list[Post]
) -> None:
    for key, cell in line.cells.items():
        column = BY_KEY.get(key)
        if column is None:
            continue
        if key in READ_BACK:
            stands = str(row.cells[column.key] or "")
            before = printable(stands)
            if cell.is_formula:
                known["errors"].append(_error(column.label, _("There is a formula. Write the text itself.")))
                continue
            after = line.text(key)
            # A text copied from the CSV carries the mark that keeps it from being computed; it is the same text.
            if after not in (before, printable(inert(stands))):
                _change(known, column, row, before, after, axes, posts)
        elif key in ELSEWHERE and not cell.is_formula and not _same(column, row, cell.value):
            known["notes"].append(_left(column))


def _change(
    known: dict[str, Any], column: FileColumn, row: Any, before: str, after: str,
    axes: list[ThematicAxis], posts: list[Post],
) -> None:  # fmt: skip
    value: Any = after
    if column.field == "axis_id":
        value = next((each.pk for each in axes if after in _names(each)), None)
        if after and value is None:
            known["errors"].append(
                _error(column.label, _("«%(value)s» is none of the axes.") % {"value": after[:80]})
            )
            return
    elif column.field == "follow_up_owner_id":
        found = [post.pk for post in posts if post_label(post) == after]
        value = found[0] if found else None
        if after and len(found) != 1:
            known["errors"].append(
                _error(
                    column.label,
                    _("«%(value)s» is no post of who answers for it or of the secretariat.")
                    % {"value": after[:80]},
                )
            )
            return
    else:
        most = getattr(Commitment._meta.get_field(column.field), "max_length", 0)
        if len(after) > most:
            known["errors"].append(
                _error(column.label, _("The text is too long: at most %(most)s signs.") % {"most": most})
            )
            return
        if column.field in AGREED and before and row.state != Commitment.State.PROPOSED:
            known["errors"].append(
                _error(column.label, _("It was agreed. It changes on the commitment's page."))
            )
            return
    known["changes"].append(
        {"field": column.field, "label": str(column.label), "old": before, "new": after, "value": value}
    )


def _names(axis: Any) -> set[str]:
    """Whatever language the sheet was downloaded in."""
    return {axis.name_es, axis.name_en, axis.code}


def _same(column: FileColumn, row: Any, given: Any) -> bool:
    stands = row.cells[column.key]
    if isinstance(given, datetime):
        given = given.date()
    if isinstance(given, date) or isinstance(stands, date):
        return bool(str(given or "") == str(stands or ""))
    if column.key == "progress" and isinstance(given, int | float):
        return stands is not None and round(given * 100) == stands
    return printable(str("" if given is None else given)) == printable(str("" if stands is None else stands))


def _left(column: FileColumn) -> str:
    ways = {
        "due": _("The due date is not changed here: it moves by an extension agreed in a session."),
        "state": _("The state is not changed here: it follows from reports and verifications."),
        "progress": _("Progress is not changed here: the responsible organization reports it."),
        "statement": _("The commitment's text is not changed here, but on its page."),
        "responsible": _("The responsible organization is not changed here, but on the commitment's page."),
    }
    return ways[column.key]


def _error(label: Any, text: str) -> dict[str, str]:
    return {"column": str(label), "text": str(text)}


def good(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows that would be written."""
    return (row for row in rows if row["changes"] and not row["errors"])
