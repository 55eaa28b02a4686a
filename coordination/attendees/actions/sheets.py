"""The printed sheet: its lines get their codes, and signed lines are typed back into the register."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.attendees.actions.marks import (
    RegisterRefused,
    Tap,
    WalkIn,
    open_block,
    put_mark,
    put_walk_in,
)
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Attendance, SheetRow
from coordination.attendees.queries import CAME
from coordination.attendees.sheet import expected
from coordination.documents.codes import row_code
from coordination.organizations.models import Organization

BLANKS = 60  # empty lines a sheet has at most
AT_ONCE = 400  # codes typed in one go


@dataclass(frozen=True)
class Typed:
    """What became of a code: ``new``, ``already`` (with the mark), ``blank`` (wants a name) or ``unknown``."""

    code: str
    result: str
    mark: Attendance | None = None
    name: str = ""


@transaction.atomic
def prepare_sheet(*, block_id: int, blanks: int, by: Actor, now: datetime) -> int:
    """Gives every expected person a line, and empty ones up to that many; lines that are there keep their codes.

    Says how many new lines there are. Records: SHEET_PREPARED when there are any. Raises RegisterRefused.
    """
    block = open_block(block_id)
    there = list(SheetRow.objects.filter(block=block).values_list("delegate_id", "code"))
    have, codes = {delegate for delegate, _code in there}, {code for _delegate, code in there}
    wanting = [one.pk for one in expected(block.session, block) if one.pk not in have]
    empty = min(max(blanks, 0), BLANKS) - sum(delegate is None for delegate, _code in there)
    lines: list[int | None] = [*wanting, *[None] * max(empty, 0)]
    made = [
        SheetRow(block=block, delegate_id=delegate, code=_another(codes), printed_at=now)
        for delegate in lines
    ]
    if made:
        SheetRow.objects.bulk_create(made)
        record(
            kind=AttendeeEvent.SHEET_PREPARED,
            by=by,
            subject=block.session,
            now=now,
            mesa_id=block.session.mesa_id,
            payload={"block": block.pk, "lines": len(made)},
        )
    return len(made)


@transaction.atomic
def type_back(*, block_id: int, codes: Sequence[str], by: Actor, now: datetime) -> list[Typed]:
    """Signed lines, by their codes: each becomes present, from the sheet, without an hour. Unknown ones change nothing.

    Who is already there as present or substitute stays as it is. Records: ATTENDANCE_RECORDED per new mark. Raises
    RegisterRefused, also for more codes than AT_ONCE.
    """
    block = open_block(block_id)
    if len(codes) > AT_ONCE:
        raise RegisterRefused(
            _("These are more than %(limit)s codes. Paste them in two parts.") % {"limit": AT_ONCE},
            field="codes",
        )
    rows = SheetRow.objects.filter(block=block, code__in=codes)
    by_code = {row.code: row for row in rows.select_related("delegate__person", "delegate__invitation")}
    here = Attendance.objects.filter(block=block, status__in=CAME)
    marks = {mark.delegate_id: mark for mark in here.filter(delegate__sheet_rows__in=by_code.values())}
    entries = [_entry(row) for row in by_code.values() if row.delegate_id is None]
    walked = {mark.client_id: mark for mark in here.filter(client_id__in=entries)} if entries else {}
    told = []
    for code in codes:
        row = by_code.get(code)
        if row is None:
            told.append(Typed(code, "unknown"))
        elif row.delegate is None:
            mark = walked.get(_entry(row))
            told.append(Typed(code, "already", mark, mark.name) if mark else Typed(code, "blank"))
        elif mark := marks.get(row.delegate.pk):
            told.append(Typed(code, "already", mark, row.delegate.person.name))
        else:
            tap = Tap(uuid.uuid4(), Attendance.Source.SHEET)
            mark, _new = put_mark(block, row.delegate, Attendance.Status.PRESENT, tap, by, now)
            told.append(Typed(code, "new", mark, row.delegate.person.name))
    return told


@transaction.atomic
def type_walk_in(
    *,
    block_id: int,
    code: str,
    organization_id: int,
    name: str,
    represents: bool = False,
    by: Actor,
    now: datetime,
) -> tuple[Attendance, bool]:
    """An empty line that somebody signed: who it was. False when the line, or the person, is in the register already.

    Records: WALK_IN. Raises RegisterRefused.
    """
    block = open_block(block_id)
    row = SheetRow.objects.filter(block=block, code=code).first()
    if row is None or row.delegate_id is not None:
        raise RegisterRefused(_("This is not the code of an empty line of this sheet."), field="code")
    name = " ".join(name.split())
    if not name:
        raise RegisterRefused(_("Write the person's name."), field="name")
    if not Organization.objects.filter(pk=organization_id).exists():
        raise RegisterRefused(_("Choose the organization the person comes from."), field="organization")
    status = Attendance.Status.SUBSTITUTE if represents else Attendance.Status.PRESENT
    tap = Tap(_entry(row), Attendance.Source.SHEET)
    return put_walk_in(block, WalkIn(organization_id, name, status), tap, by, now)


def _entry(row: SheetRow) -> uuid.UUID:
    """An empty line is one entry of the register, however often it is typed."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"sheet:{row.block_id}:{row.code}")


def _another(codes: set[str]) -> str:
    while (code := row_code()) in codes:
        pass
    codes.add(code)
    return code
