"""The road map as files: PDF to hang on a wall, a workbook, text for any spreadsheet, and a calendar."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from icalendar import Event
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from coordination.commitments.models import Commitment, Indicator, Milestone
from coordination.commitments.roadmap.queries import Line, Mark, Road, answering, tick
from coordination.common import dates
from coordination.documents.cells import inert
from coordination.documents.typst import render
from coordination.sessions.calendar import blank, host

WIDTHS = (12, 12, 60, 34, 28, 30, 14, 14, 11, 50, 30, 20, 18, 11, 60)
MOST_ON_PAPER = 200
BYTES = 900_000  # so many lines with long statements


def pdf(road: Road, *, title: str, scope: str, of_one_mesa: bool) -> bytes:
    """On A4 lying down, in the language of the reader. Raises what ``documents.typst.render`` raises.

    Where it is not the road of one mesa, each row names its own.
    """
    named = {line.sign: str(line.light.label).lower() for line in road.lines}
    facts = {
        "language": dates.spoken(),
        "sender": "Minga",
        "demo": settings.DEMO,
        "title": title,
        "scope": scope or _("All mesas"),
        "signs": [[sign, named[sign]] for sign in road.signs],
        "made_on": dates.date_words(road.today),
        "today": road.today_at,
        "ticks": [{"label": tick(day), "at": place} for day, place in road.scale.ticks],
        "groups": [{"name": name, "lines": [_told(line, of_one_mesa) for line in lines]} for name, lines in road.groups],
        "marks": [
            {"title": mark.milestone.title, "mesa": "" if of_one_mesa else mark.milestone.mesa.name,
             "why": mark.milestone.moved_reason, "at": mark.at, "was": mark.was,
             "due_words": dates.short_date(mark.milestone.due_on), "was_words": _was(mark.milestone),
             "state": _standing(mark), "done": mark.milestone.done_on is not None, "late": mark.is_late}
            for mark in road.marks
        ],
        "undated": [
            {"code": row.code, "title": row.statement, "who": _who(row, of_one_mesa),
             "until": dates.short_date(row.exempt_until) if row.exempt_until else ""}
            for row in road.undated
        ],
        "more": road.more,
        "words": _words(),
    }  # fmt: skip
    return render("road", facts, most=BYTES)


def text(road: Road) -> str:
    """Comma-separated, with the mark that tells spreadsheets its signs."""
    out = io.StringIO()
    out.write("\N{BOM}")
    writer = csv.writer(out)
    for row in _table(road):
        writer.writerow([inert(str(cell)) for cell in row])
    return out.getvalue()


def workbook(road: Road) -> bytes:
    """One sheet; dates are dates, everything else is text that is never computed."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Road map")[:31])
    sheet.freeze_panes = "A2"
    for width, column in zip(WIDTHS, "ABCDEFGHIJKLMNO", strict=True):
        sheet.column_dimensions[column].width = width
    for number, row in enumerate(_table(road)):
        cells = []
        for value in row:
            is_plain = hasattr(value, "isoformat") or isinstance(value, int)
            cell = WriteOnlyCell(sheet, value=value if is_plain else inert(str(value)))
            if hasattr(value, "isoformat"):
                cell.number_format = "yyyy-mm-dd"
            elif not is_plain:
                cell.data_type = "s"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def calendar(road: Road, *, name: str) -> bytes:
    """Due dates and milestones as days without hours. Nothing casa adentro: calendars are copied by other companies."""
    found = blank("PUBLISH", dates.spoken())
    found.add("name", name)
    found.add("x-wr-calname", name)
    for line in road.lines:
        row = line.commitment
        if row.is_casa_adentro:
            continue
        stamp = row.settled_at or row.agreed_at or row.created_at
        event = _day(f"{row.public_id}-due", row.due_on, stamp)
        # Whoever looks at the day alone must see that it is no longer a date to keep.
        is_over = line.sign and row.settled_at
        event.add(
            "summary",
            f"{line.light.label}: {row.code} {row.statement}" if is_over else f"{row.code} {row.statement}",
        )
        event.add("sequence", row.due_version - 1 + (1 if is_over else 0))
        event.add("status", "CANCELLED" if row.state == Commitment.State.WITHDRAWN else "CONFIRMED")
        who = answering(row)
        told = [
            row.mesa.name,
            _("State: %(state)s.") % {"state": line.light.label},
            _("Answers: %(who)s.") % {"who": who} if who else _("Responsible not on record."),
        ]
        event.add("description", "\n".join(told))
        event.add("url", settings.BASE_URL + row.get_absolute_url())
        found.add_component(event)
    closed = {row.pk for row in (line.commitment for line in road.lines) if row.is_casa_adentro}
    for milestone in _milestones(road):
        if milestone.commitment_id in closed:
            continue
        event = _day(f"{milestone.public_id}-milestone", milestone.due_on, milestone.created_at)
        event.add("summary", _("Milestone: %(title)s") % {"title": milestone.title})
        event.add("sequence", milestone.version - 1)
        found.add_component(event)
    return found.to_ical()


def _day(uid: str, day: Any, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{host()}")
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    return event


def _milestones(road: Road) -> Iterator[Milestone]:
    yield from (mark.milestone for mark in road.marks)
    for line in road.lines:
        yield from (mark.milestone for mark in line.marks)


def _table(road: Road) -> Iterator[list[Any]]:
    yield [
        _("Kind"), _("Code"), _("Commitment or milestone"), _("Mesa"), _("Axis"), _("Responsible"), _("Original due date"),
        _("Due"), _("Extensions"), _("Reasons of the extensions"), _("Targets that moved"), _("State"), _("Traffic light"), _("Progress, %"),
        _("Address"),
    ]  # fmt: skip
    for mark in road.marks:
        yield _milestone_cells(mark.milestone, mark.milestone.mesa.name)
    for line in road.lines:
        row = line.commitment
        extensions = list(row.extensions.all())
        yield [
            _("commitment"), row.code, row.statement, row.mesa.name, row.axis.name if row.axis else "", answering(row),
            row.original_due_on or "", row.due_on, len(extensions), "; ".join(each.reason for each in extensions),
            _retargeted(row), row.get_state_display(), str(line.light.label), "" if row.is_historic else row.progress,
            settings.BASE_URL + row.get_absolute_url(),
        ]  # fmt: skip
        for mark in line.marks:
            yield _milestone_cells(mark.milestone, row.mesa.name, row.code)
    for row in road.undated:
        yield [
            _("commitment"), row.code, row.statement, row.mesa.name, row.axis.name if row.axis else "", answering(row),
            "", "", 0, "", _retargeted(row), row.get_state_display(), "", "" if row.is_historic else row.progress,
            settings.BASE_URL + row.get_absolute_url(),
        ]  # fmt: skip


def _retargeted(row: Commitment) -> str:
    """Places in service: 40 → 60 places."""
    moved: list[Indicator] = row.retargeted  # type: ignore[attr-defined]
    return "; ".join(
        f"{one.name}: {_number(one.original_target)} → {_number(one.target)} {one.unit}" for one in moved
    )


def _number(value: Decimal | None) -> str:
    return "" if value is None else str(number_format(value.normalize(), use_l10n=True, force_grouping=True))


def _milestone_cells(milestone: Milestone, mesa: str, code: str = "") -> list[Any]:
    done = _("reached") if milestone.done_on else _("pending")
    return [
        _("milestone"), code, milestone.title, mesa, "", "", milestone.original_due_on, milestone.due_on, "",
        milestone.moved_reason, "", done, "", "", "",
    ]  # fmt: skip


def _who(row: Commitment, of_one_mesa: bool) -> str:
    found = [answering(row)] if of_one_mesa else [answering(row), row.mesa.name]
    return " · ".join(each for each in found if each)


def _told(line: Line, of_one_mesa: bool) -> dict[str, Any]:
    row = line.commitment
    assert row.due_on is not None  # noqa: S101  only dated ones are drawn
    moved = row.original_due_on and row.original_due_on != row.due_on
    return {
        "code": row.code,
        "title": row.statement,
        "who": _who(row, of_one_mesa),
        "was_words": dates.short_date(row.original_due_on) if moved and row.original_due_on else "",
        "due_words": dates.short_date(row.due_on),
        "light": str(line.light.label),
        "tone": line.tone,
        "sign": line.sign,
        "at": line.at,
        "beyond": line.is_beyond,
        "was": line.was,
        "slips": [list(slip) for slip in line.slips],
        "late": line.late_until,
        "marks": [
            {"at": mark.at, "done": mark.milestone.done_on is not None, "late": mark.is_late,
             "title": mark.milestone.title, "when": _when(mark.milestone), "was_words": _was(mark.milestone)}
            for mark in line.marks
        ],
    }  # fmt: skip


def _when(milestone: Milestone) -> str:
    if milestone.done_on:
        return _("reached on %(day)s") % {"day": dates.short_date(milestone.done_on)}
    return dates.short_date(milestone.due_on)


def _was(milestone: Milestone) -> str:
    """The first date of a milestone that moved."""
    if milestone.original_due_on == milestone.due_on:
        return ""
    return dates.short_date(milestone.original_due_on)


def _standing(mark: Mark) -> str:
    done_on = mark.milestone.done_on
    if done_on:
        return _("reached on %(day)s") % {"day": dates.short_date(done_on)}
    return _("Not reached yet") if mark.is_late else pgettext("milestone", "Pending")


def _words() -> dict[str, str]:
    return {
        "code": _("Code"), "title": _("Commitment and responsible"), "due": _("Due"), "light": _("Situation"),
        "road": _("Time line"), "milestones": _("Milestones of the mesa"), "undated": _("Without a date"),
        "until": _("to be completed by"), "original": _("original date"), "current": _("current date"),
        "extension": _("extension"), "late": _("overdue"), "milestone": _("milestone"), "today": _("today"),
        "made": _("Prepared on"), "page": _("Page"), "of": pgettext("page x of y", "of"), "demo": _("Fictitious people."),
        "more": _("Not all fit here: choose a mesa, an axis or an organization."),
        "mark": _("Symbol of Minga: a table and seven seats seen from above"),
        "empty": _("Nothing has been agreed here yet."),
    }  # fmt: skip
