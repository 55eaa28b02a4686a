"""Indicators and their figures: the page of one, what its mesa changes, and what whoever measures adds."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor
from coordination.commitments import lights, permissions
from coordination.commitments.amendments import Told, amended, read, with_facts
from coordination.commitments.figures import permissions as measuring_rights
from coordination.commitments.figures import queries as measurements
from coordination.commitments.figures.actions.measuring import record_measurement, withdraw_measurement
from coordination.commitments.figures.charts import Step
from coordination.commitments.figures.forms import MeasurementForm, TakeBackForm, initial_measurement
from coordination.commitments.links import views as links
from coordination.commitments.models import Commitment, Indicator, Measurement
from coordination.commitments.standing import keep_untold
from coordination.common.errors import DomainError
from coordination.common.paging import CountedPaginator

PAGE = 50


@dataclass(frozen=True)
class Door:
    """Whoever measures came by an account or by a link: whose word it is, and where the pages are."""

    commitment: Commitment
    organization_id: int | None
    token: str = ""

    @property
    def frame(self) -> str:
        return "base_link.html" if self.token else "base_staff.html"

    def to_measure(self, indicator: Indicator) -> str:
        if self.token:
            return reverse("commitments:measure_by_link", args=[self.token, indicator.public_id])
        return reverse("commitments:measure", args=[indicator.public_id])

    def to_sheet(self) -> str:
        if self.token:
            return reverse("commitments:measures_sheet_by_link", args=[self.token])
        return reverse("commitments:measures_sheet", args=[self.commitment.public_id])

    def to_import(self, sheet: uuid.UUID | None = None) -> str:
        ids = [self.token or self.commitment.public_id, *([sheet] if sheet else [])]
        name = "measures_import_sheet" if sheet else "measures_import"
        return reverse(f"commitments:{name}_by_link" if self.token else f"commitments:{name}", args=ids)

    def back(self, indicator: Indicator | None = None) -> str:
        if self.token:
            return reverse("commitments:measures_by_link", args=[self.token])
        if indicator is not None:
            return reverse("commitments:indicator", args=[indicator.public_id])
        return self.commitment.get_absolute_url()


def seen_commitment(request: HttpRequest, public_id: Any, *fetched: str) -> Commitment:
    rows = Commitment.objects.visible_to(request.actor).select_related(
        "mesa", "session", "responsible", "verifier"
    )
    return get_object_or_404(rows.prefetch_related("co_responsible", *fetched), public_id=public_id)


def door(request: HttpRequest, public_id: Any) -> Door:
    """By account; 403 for who may give no figures."""
    return door_of(request, seen_commitment(request, public_id, "indicators"))


def door_of(request: HttpRequest, commitment: Commitment) -> Door:
    organization_id = measuring_rights.speaks_as(request.actor, commitment)
    if organization_id is None:
        raise PermissionDenied
    return Door(commitment, organization_id)


def door_by_link(request: HttpRequest, token: str) -> Door | None:
    """By the link to report; None for a dead one. A door without an organization is closed for the moment."""
    commitment = links.by_link(request, token, Commitment.REPORT_LINK)
    if commitment is None:
        return None
    return Door(commitment, measuring_rights.speaks_as(request.actor, commitment), token)


def closed(request: HttpRequest, way: Door) -> HttpResponse:
    context = {
        "commitment": way.commitment,
        "light": lights.traffic_light(way.commitment, timezone.localdate()),
        "today": timezone.localdate(),
    }
    return render(request, "commitments/measures_closed.html", context)


def seen_indicator(request: HttpRequest, public_id: Any) -> tuple[Commitment, Indicator]:
    rows = Indicator.objects.visible_to(request.actor).select_related("commitment")
    indicator = get_object_or_404(rows, public_id=public_id)
    return seen_commitment(request, indicator.commitment.public_id), indicator


@require_safe
@login_not_required
def indicator(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The chart and every figure that was ever given, corrected and taken back ones too."""
    commitment, row = seen_indicator(request, public_id)
    today = timezone.localdate()
    keeps = permissions.can_manage(request.actor, commitment)
    whole = measuring_rights.sees_everybody(request.actor, commitment, keeps=keeps)
    every = list(measurements.with_everything([row]))
    standing = [each for each in reversed(every) if not _gone(each)]
    steps = [Step(each.starts_on, each.ends_on, each.value) for each in row.period_targets.all()]
    names = measurements.provinces() if any(each.parts.all() for each in every) else {}
    page = CountedPaginator(every, PAGE, count=len(every)).get_page(request.GET.get("page"))
    rows = [
        (each, [] if _gone(each) and not whole else measurements.groups(each, whole=whole, names=names))
        for each in page.object_list
    ]
    context = {
        "commitment": commitment,
        "indicator": row,
        "section": measurements.section(row, standing, steps, due_on=commitment.due_on, today=today),
        "page": page,
        "rows": rows,
        "changes": _changes(commitment, row, request.actor) if commitment.agreed_at else [],
        "keeps": keeps and commitment.state in (Commitment.State.PROPOSED, *Commitment.REPORTABLE_STATES),
        "may_measure": measuring_rights.can_measure(request.actor, commitment),
        "light": lights.traffic_light(commitment, today),
    }
    return render(request, "commitments/indicator.html", context)


def _gone(row: Measurement) -> bool:
    return row.withdrawn_at is not None or hasattr(row, "corrected_by")


def _changes(commitment: Commitment, row: Indicator, actor: Actor) -> list[tuple[datetime, Told]]:
    """What was changed of it after it was agreed, latest first. One query, four at most where something was."""
    found = with_facts(amended(commitment.pk).filter(indicator=row)).order_by("-pk")[:20]
    rows = [(each.amended_at, each.facts) for each in found]  # type: ignore[attr-defined]
    told = read([facts for _at, facts in rows], is_casa_adentro=commitment.is_casa_adentro)
    keep_untold(commitment, actor, [each.session for each in told])
    return [(at, each) for (at, _facts), each in zip(rows, told, strict=True)]


@require_http_methods(["GET", "POST"])
def measure(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    commitment, row = seen_indicator(request, public_id)
    return _measure(request, door_of(request, commitment), row)


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def measure_by_link(request: HttpRequest, token: str, public_id: uuid.UUID) -> HttpResponse:
    way = door_by_link(request, token)
    if way is None:
        return links.dead(request, token, Commitment.REPORT_LINK)
    row = get_object_or_404(Indicator.objects.filter(commitment=way.commitment), public_id=public_id)
    return _measure(request, way, row) if way.organization_id else closed(request, way)


@never_cache
@login_not_required
@require_safe
def measures_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The indicators of the commitment, each with its latest figures and the way to add one."""
    way = door_by_link(request, token)
    if way is None:
        return links.dead(request, token, Commitment.REPORT_LINK)
    if not way.organization_id:
        return closed(request, way)
    today = timezone.localdate()
    shown = measurements.sections(way.commitment, today, most=3)
    context = {
        "commitment": way.commitment,
        "light": lights.traffic_light(way.commitment, today),
        "today": today,
        "sections": [(each, way.to_measure(each.indicator)) for each in shown],
        "report_url": reverse("commitments:report", args=[token]),
        "import_url": way.to_import(),
    }
    return render(request, "commitments/measures_by_link.html", context)


def _measure(request: HttpRequest, way: Door, row: Indicator) -> HttpResponse:
    old = _corrected(request, row)
    initial: dict[str, Any] = {"measured_on": timezone.localdate()}
    if old:
        initial = initial_measurement(old)
    else:
        last = row.measurements.standing().filter(organization=way.organization_id).last()
        initial["source"] = last.source if last else ""
    form = MeasurementForm(
        request.POST or None, indicator=row, names=measurements.provinces(), initial=initial
    )
    if request.method == "POST" and form.is_valid():
        try:
            record_measurement(
                indicator_id=row.pk,
                organization_id=way.organization_id or 0,
                person_id=request.actor.person_id,
                **form.values(),
                corrects_id=old.pk if old else None,
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(form.field_of(error.field), str(error.message))
        else:
            said = _("Corrected. The figure before stays in view, crossed out.")
            messages.success(request, said if old else _("Saved with its date and its source."))
            return redirect(way.back(row))
    context = {
        "commitment": way.commitment, "indicator": row, "form": form, "frame": way.frame, "corrects": old,
        "back": way.back(row), "import_url": way.to_import(),
        "open": any(name in form.errors for name in ("since", "note")) or any(g["open"] for g in form.folded()),
    }  # fmt: skip
    return render(request, "commitments/measure.html", context)


def _corrected(request: HttpRequest, row: Indicator) -> Measurement | None:
    """The figure that the address says is corrected; 404 for one that is none of this indicator or stands no more."""
    wanted = request.GET.get("corrige")
    if not wanted:
        return None
    try:
        public_id = uuid.UUID(wanted)
    except ValueError:
        public_id = uuid.UUID(int=0)
    rows = row.measurements.standing().prefetch_related("parts")
    return get_object_or_404(rows, public_id=public_id)


@require_http_methods(["GET", "POST"])
def measurement_withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    rows = Measurement.objects.visible_to(request.actor).standing().select_related("indicator__commitment")
    row = get_object_or_404(rows, public_id=public_id)
    way = door(request, row.indicator.commitment.public_id)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_measurement(
                measurement_id=row.pk, **form.cleaned_data, by=request.actor, now=timezone.now()
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Taken back. It stays in view, crossed out, with your reason."))
            return redirect(way.back(row.indicator))
    context = {"commitment": way.commitment, "indicator": row.indicator, "row": row, "form": form}
    return render(request, "commitments/measurement_withdraw.html", context)
