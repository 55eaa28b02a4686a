"""Figures as files: what everybody may download, and the spreadsheet that is filled in and comes back."""

import csv
import io
import json
import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from coordination.commitments import lights, permissions
from coordination.commitments.figures import permissions as measuring_rights
from coordination.commitments.figures import queries as measurements
from coordination.commitments.figures import sheet as measuring_sheet
from coordination.commitments.figures.actions.importing import AlreadyApplied, apply_sheet, keep_sheet
from coordination.commitments.figures.forms import SheetForm
from coordination.commitments.figures.views.measurements import (
    Door,
    closed,
    door,
    door_by_link,
    seen_commitment,
)
from coordination.commitments.links import views as links
from coordination.commitments.models import Commitment, Measurement, PeriodTarget, SheetImport
from coordination.common.errors import DomainError
from coordination.documents.cells import XLSX, inert
from coordination.files.inspection import WrongFile, inspect
from coordination.files.workbooks import readable

FORMATS = ("csv", "xlsx", "json")
HIDDEN = "hidden"


@require_safe
@login_not_required
def measures_file(request: HttpRequest, public_id: uuid.UUID, kind: str) -> HttpResponse:
    """Every figure of a commitment with its date, source and state; small groups as the pages show them."""
    if kind not in FORMATS:
        raise Http404
    commitment = seen_commitment(request, public_id, "indicators")
    keeps = permissions.can_manage(request.actor, commitment)
    whole = measuring_rights.sees_everybody(request.actor, commitment, keeps=keeps)
    name = f"mediciones-{commitment.code.lower()}.{kind}"
    rows = measurements.with_everything(commitment.indicators.all())
    if kind == "json":
        return _file(_json(request, commitment, rows, whole), "application/json", name)
    table = list(_table(commitment, rows, whole))
    if kind == "csv":
        return _file(_csv(table), "text/csv; charset=utf-8", name)
    return _file(_xlsx(table), XLSX, name)


def _table(commitment: Commitment, rows: Any, whole: bool) -> Iterator[list[Any]]:
    names = measurements.provinces()
    columns = [head for head in measuring_sheet.heads(names) if ":" in head[0]]
    yield [
        _("Commitment"), _("Indicator"), _("Unit"), _("Baseline"), _("Target"), _("Counted since"), _("Date of the figure"),
        _("Figure"), _("Source"), _("Remark"), _("Organization"), _("State"), *(head for _name, head in columns),
    ]  # fmt: skip
    for row in rows:
        indicator, state = row.indicator, _state(row)
        told = _groups(row, whole, names)
        yield [
            commitment.code, indicator.name, indicator.unit, indicator.baseline, indicator.target, row.since,
            row.measured_on, row.value, row.source, row.note, row.organization.name, state[1],
            *(_("hidden") if told.get(name) == HIDDEN else told.get(name) for name, _head in columns),
        ]  # fmt: skip


def _state(row: Measurement) -> tuple[str, str]:
    if row.withdrawn_at is not None:
        return "withdrawn", _("taken back: %(reason)s") % {"reason": row.withdrawn_reason}
    if hasattr(row, "corrected_by"):
        return "corrected", _("corrected")
    return "standing", _("stands")


def _groups(row: Measurement, whole: bool, names: dict[str, str]) -> dict[str, Any]:
    """``{"sex:women": 14}``; "hidden" for a small group, and for a whole dimension where nothing of it may be shown."""
    if not whole and _state(row)[0] != "standing":
        return {}
    found: dict[str, Any] = {}
    for each in measurements.groups(row, whole=whole, names=names):
        for group, _label, count in each.rows:
            found[f"{each.dimension}:{group}"] = HIDDEN if count is None else count
        if not each.rows:
            labels = measurements.labels_of(each.dimension, names)
            found |= {f"{each.dimension}:{group}": HIDDEN for group in labels}
    return found


def _json(request: HttpRequest, commitment: Commitment, rows: Any, whole: bool) -> bytes:
    by_indicator: dict[int, list[Any]] = defaultdict(list)
    names = measurements.provinces()
    for row in rows:
        by_indicator[row.indicator_id].append(
            {
                "measured_on": row.measured_on.isoformat(), "since": row.since.isoformat() if row.since else None,
                "value": str(row.value), "source": row.source, "note": row.note, "organization": row.organization.name,
                "state": _state(row)[0], "reason": row.withdrawn_reason or None, "groups": _groups(row, whole, names),
            }
        )  # fmt: skip
    told = {
        "code": commitment.code,
        "url": request.build_absolute_uri(commitment.get_absolute_url()),
        "indicators": [
            {
                "name": each.name, "unit": each.unit, "formula": each.formula,
                "baseline": str(each.baseline) if each.baseline is not None else None,
                "baseline_on": each.baseline_on.isoformat() if each.baseline_on else None,
                "target": str(each.target) if each.target is not None else None,
                "value": str(each.value) if each.value is not None else None,
                "measurements": by_indicator[each.pk],
            }
            for each in commitment.indicators.all()
        ],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _csv(table: list[list[Any]]) -> bytes:
    out = io.StringIO("\N{BOM}")
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out)
    for cells in table:
        writer.writerow([_text(cell) for cell in cells])
    return out.getvalue().encode()


def _xlsx(table: list[list[Any]]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet(_("Figures")[:31])
    page.freeze_panes = "C2"
    for letter, width in zip("ABCDEFGHIJKL", (12, 34, 12, 11, 11, 13, 13, 11, 36, 28, 30, 16), strict=True):
        page.column_dimensions[letter].width = width
    for number, given in enumerate(table):
        cells = []
        for value in given:
            cell = WriteOnlyCell(page, value=_text(value) if isinstance(value, str) else value)
            if isinstance(value, str):
                cell.data_type = "s"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if isinstance(value, str) is False else inert(text)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def measures_sheet(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _sheet(door(request, public_id))


@never_cache
@login_not_required
@require_safe
def measures_sheet_by_link(request: HttpRequest, token: str) -> HttpResponse:
    way = door_by_link(request, token)
    if way is None:
        return links.dead(request, token, Commitment.REPORT_LINK)
    return _sheet(way) if way.organization_id else closed(request, way)


def _sheet(way: Door) -> HttpResponse:
    """The spreadsheet to fill in, with what stands and the periods to come."""
    periods: dict[int, list[PeriodTarget]] = defaultdict(list)
    for period in PeriodTarget.objects.filter(indicator__commitment=way.commitment):
        periods[period.indicator_id].append(period)
    content = measuring_sheet.made(way.commitment, _standing(way), periods, measurements.provinces())
    return _file(content, XLSX, f"mediciones-{way.commitment.code.lower()}-para-llenar.xlsx")


def _standing(way: Door) -> list[Measurement]:
    rows = Measurement.objects.standing().filter(indicator__commitment=way.commitment)
    return list(rows.prefetch_related("parts").order_by("measured_on", "id"))


@require_http_methods(["GET", "POST"])
def measures_import(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _import(request, door(request, public_id))


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def measures_import_by_link(request: HttpRequest, token: str) -> HttpResponse:
    way = door_by_link(request, token)
    if way is None:
        return links.dead(request, token, Commitment.REPORT_LINK)
    return _import(request, way) if way.organization_id else closed(request, way)


def _import(request: HttpRequest, way: Door) -> HttpResponse:
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            found, content = inspect(given.name, given.file)
            if found != "xlsx":
                raise WrongFile(_("Hand in the spreadsheet as XLSX, as you downloaded it here."))
            readable(content)
            rows = measuring_sheet.read(content, way.commitment, _standing(way), timezone.localdate())
        except DomainError as error:
            form.add_error("file", str(error.message))
        else:
            kept = keep_sheet(
                commitment_id=way.commitment.pk, rows=rows, by=request.actor, now=timezone.now()
            )
            return redirect(way.to_import(kept.public_id))
    context = {
        "commitment": way.commitment, "form": form, "frame": way.frame, "back": way.back(), "sheet_url": way.to_sheet(),
    }  # fmt: skip
    return render(request, "commitments/measures_import.html", context)


@require_http_methods(["GET", "POST"])
def measures_import_sheet(request: HttpRequest, public_id: uuid.UUID, sheet: uuid.UUID) -> HttpResponse:
    return _look(request, door(request, public_id), sheet)


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def measures_import_sheet_by_link(request: HttpRequest, token: str, sheet: uuid.UUID) -> HttpResponse:
    way = door_by_link(request, token)
    if way is None:
        return links.dead(request, token, Commitment.REPORT_LINK)
    return _look(request, way, sheet) if way.organization_id else closed(request, way)


def _look(request: HttpRequest, way: Door, public_id: uuid.UUID) -> HttpResponse:
    """What the spreadsheet would change; the same address applies it."""
    own = SheetImport.objects.visible_to(request.actor)
    kept = get_object_or_404(
        own.filter(kind=SheetImport.Kind.MEASUREMENTS, commitment=way.commitment), public_id=public_id
    )
    if request.method == "POST":
        try:
            count = apply_sheet(
                sheet_id=kept.pk,
                organization_id=way.organization_id or 0,
                by=request.actor,
                now=timezone.now(),
            )
        except AlreadyApplied as error:
            messages.warning(request, str(error.message))
        except DomainError as error:
            messages.error(request, str(error.message))
            return redirect(way.to_import(kept.public_id))
        else:
            messages.success(request, measurements.saved(count))
        return redirect(way.back())
    heads = dict(measuring_sheet.heads(measurements.provinces()))
    letters = measuring_sheet.letters(measurements.provinces())
    wrong = [
        row | {"errors": [e | {"head": heads.get(e["column"], ""), "letter": letters.get(e["column"], "")} for e in row["errors"]]}
        for row in kept.rows
        if row["state"] == "wrong"
    ]  # fmt: skip
    context = {
        "commitment": way.commitment,
        "frame": way.frame,
        "back": way.back(),
        "again": way.to_import(),
        "applied": kept.applied_at,
        "wrong": wrong,
        "changes": [measuring_sheet.shown(row) for row in kept.rows if row["state"] in ("new", "changed")],
        "same": sum(row["state"] == "same" for row in kept.rows),
        "light": lights.traffic_light(way.commitment, timezone.localdate()),
    }
    return render(request, "commitments/measures_import_sheet.html", context)
