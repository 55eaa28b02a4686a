"""The follow-up matrix: a view of the commitments, on screen and as a file."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coordination.commitments import lights, queries
from coordination.commitments.forms import FilterForm
from coordination.commitments.models import Commitment, CommitmentQuerySet
from coordination.common.paging import CountedPaginator

PAGE = 50


def _rows(request: HttpRequest) -> tuple[FilterForm, dict[str, str], CommitmentQuerySet]:
    visible = Commitment.objects.visible_to(request.actor)
    form = FilterForm(request.GET, **queries.filter_choices(visible))
    chosen = form.chosen()
    return form, chosen, queries.filtered(visible, chosen)


@require_safe
@login_not_required
def matrix(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    form, chosen, rows = _rows(request)
    counts = lights.counts_by_light(rows, today)
    light = chosen.get("light", "")
    wanted = queries.for_list(lights.by_urgency(rows, today))
    if light:
        wanted = wanted.filter(light_code=light)
    total = counts[light] if light else sum(counts.values())
    page = CountedPaginator(wanted, PAGE, count=total).get_page(request.GET.get("page"))
    commitments = lights.with_light(page.object_list, today)
    query = request.GET.copy()
    for name in list(query):
        if name not in chosen:
            del query[name]
    without_light = query.copy()
    without_light.pop("light", None)
    context = {
        "form": form,
        "page": page,
        "commitments": commitments,
        "chips": [(code, lights.LIGHT_LABELS[code], count) for code, count in counts.items()],
        "all": sum(counts.values()),
        "light": light,
        "chosen": chosen,
        "query": query.urlencode(),
        "query_without_light": without_light.urlencode(),
        "today": today,
    }
    return render(request, "commitments/list.html", context)


@require_safe
@login_not_required
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The rows that the same filters show, as a file for any spreadsheet."""
    today = timezone.localdate()
    _form, chosen, rows = _rows(request)
    wanted = queries.for_list(lights.by_urgency(rows, today)).select_related(
        "mesa", "responsible", "verifier", "axis"
    )
    if light := chosen.get("light"):
        wanted = wanted.filter(light_code=light)
    response = StreamingHttpResponse(_csv(wanted, today), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="compromisos-{today:%Y-%m-%d}.csv"'
    return response


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv(rows: CommitmentQuerySet, today: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # The mark tells spreadsheets that this is UTF-8.
    yield "\N{BOM}" + str(
        writer.writerow(
            [
                _("Code"), _("Mesa"), _("Commitment"), _("Responsible"), _("Verifies"), _("Axis"), _("Due"),
                _("Original due date"), _("Progress, %"), _("State"), _("Traffic light"), _("Indicator"), _("Unit"),
                _("Baseline"), _("Value"), _("Target"), _("Address"),
            ]
        )
    )  # fmt: skip
    for row in rows.iterator(chunk_size=200):
        yield writer.writerow([safe_cell(each) for each in _cells(row, today)])


def _cells(row: Commitment, today: Any) -> list[Any]:
    responsible = (
        [row.responsible.name] if row.responsible else [each.name for each in row.historic_responsible.all()]
    )
    measured = next(iter(row.indicators.all()), None)
    figures = (
        [measured.name, measured.unit, measured.baseline, measured.value, measured.target]
        if measured
        else [None] * 5
    )
    return [
        row.code, row.mesa.name, row.statement, "; ".join(responsible), row.verifier.name if row.verifier else None,
        row.axis.name if row.axis else None, row.due_on, row.original_due_on, None if row.is_historic else row.progress,
        row.get_state_display(), lights.traffic_light(row, today).label, *figures, row.get_absolute_url(),
    ]  # fmt: skip


def safe_cell(value: Any) -> str:
    """Text that no spreadsheet takes for a formula (source: OWASP, CSV Injection)."""
    text = "" if value is None else str(value)
    number = text.removeprefix("-").replace(".", "", 1).isdigit()
    return (
        f"'{text}"
        if text.lstrip()[:1] in tuple("=+-@") and text.strip() and not number or text[:1] in "\t\r\n" and text
        else text
    )
