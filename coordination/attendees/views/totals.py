"""Counts of who came, the list as a file, and bare totals where nobody kept a list."""

import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from coordination.attendees.actions.totals import state_totals
from coordination.attendees.certificates import name_of
from coordination.attendees.models import Attendance
from coordination.attendees.permissions import blocks_kept_by, can_see_delegations
from coordination.attendees.register_forms import TotalsForm, told_before
from coordination.attendees.suppression import SHOWN_FROM
from coordination.attendees.totals import asks_of_people, shown_totals, takes_totals, without_list
from coordination.attendees.views.convocation import visible_session
from coordination.common.dates import clock
from coordination.common.errors import DomainError
from coordination.documents.cells import XLSX, inert
from coordination.sessions.models import Session
from coordination.sessions.permissions import can_record
from coordination.taxonomies.models import Sector


@require_safe
def totals(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """By sector, rank and what people said of themselves; counts alone."""
    session = _seen(request, public_id)
    bare = without_list(session)
    context = {
        "session": session,
        "tables": shown_totals(session),
        "shown_from": SHOWN_FROM,
        "without_list": bare,
        "may_state": can_record(request.actor, session)
        and session.ends_at
        and timezone.now() >= session.ends_at
        and takes_totals(session),
    }
    return render(request, "attendees/totals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def bare_totals(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The form for a session that is over and of which nobody kept a list."""
    session = visible_session(request, public_id)
    if not can_record(request.actor, session):
        raise PermissionDenied
    form = TotalsForm(
        request.POST if request.method == "POST" else None,
        initial=told_before(session),
        sectors=Sector.objects.order_by("order", "id"),
        asks=asks_of_people(session),
    )
    if request.method == "POST" and form.is_valid():
        try:
            state_totals(session_id=session.pk, totals=form.wanted(), by=request.actor, now=timezone.now())
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("The totals are in the record, without a list."))
            return redirect("attendees:totals", session.public_id)
    context = {
        "session": session,
        "form": form,
        "takes": session.ends_at and timezone.now() >= session.ends_at and takes_totals(session),
    }
    return render(request, "attendees/totals_form.html", context, status=422 if form.errors else 200)


@require_safe
def list_csv(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The register as text; a cell that a spreadsheet would compute begins with an apostrophe."""
    session = _seen(request, public_id)
    out = io.StringIO("\N{BOM}")
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out)
    for row in _rows(request, session):
        writer.writerow([inert(cell) for cell in row])
    return _file(out.getvalue().encode(), "text/csv; charset=utf-8", "asistencia.csv")


@require_safe
def list_xlsx(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The register as a workbook; every cell is text, so that nothing in it is computed."""
    session = _seen(request, public_id)
    book = Workbook(write_only=True)
    page = book.create_sheet(_("Attendance")[:31])
    page.freeze_panes = "A2"
    for width, column in zip((24, 40, 34, 30, 14, 14, 10, 18), "ABCDEFGH", strict=True):
        page.column_dimensions[column].width = width
    for number, row in enumerate(_rows(request, session)):
        cells = []
        for text in row:
            cell = WriteOnlyCell(page, value=inert(text))
            cell.data_type = "s"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return _file(out.getvalue(), XLSX, "asistencia.xlsx")


def _rows(request: HttpRequest, session: Session) -> Iterator[list[str]]:
    """Every mark in the blocks the reader may know of, by block and organization. Two queries."""
    yield [
        _("Block"), _("Organization"), _("Name"), _("Post"), _("Role"), _("Attendance"), _("Came"), _("How it was recorded"),
    ]  # fmt: skip
    shown = blocks_kept_by(request.actor, session)
    marks = Attendance.objects.filter(block__in=shown).select_related(
        "block", "organization", "person", "delegate__person"
    )
    for mark in marks.order_by("block__order", "organization__plain_name", "organization_id", "id"):
        delegate = mark.delegate
        yield [
            mark.block.name,
            mark.organization.name,
            name_of(mark),
            delegate.post_title if delegate else "",
            str(delegate.get_role_display()) if delegate else _("without registration"),
            str(mark.get_status_display()),
            clock(timezone.localtime(mark.arrived_at, session.zone)) if mark.arrived_at else "",
            str(mark.get_source_display()),
        ]


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _seen(request: HttpRequest, public_id: uuid.UUID) -> Any:
    session = visible_session(request, public_id)
    if not (can_see_delegations(request.actor, session) or can_record(request.actor, session)):
        raise PermissionDenied
    return session
