"""What a mesa's secretariat writes of the indicators of its commitments."""

import uuid
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.commitments import permissions
from coordination.commitments.figures.actions.indicating import (
    add_indicator,
    change_indicator,
    remove_indicator,
)
from coordination.commitments.figures.charts import on_the_way, quarters
from coordination.commitments.figures.forms import (
    IndicatorForm,
    TargetFormSet,
    initial_of,
    start_of,
    steps_of,
)
from coordination.commitments.figures.rules import counts
from coordination.commitments.figures.views.measurements import seen_commitment, seen_indicator
from coordination.commitments.models import Commitment, Indicator
from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import plainly

FILLS = {"quarter": 3, "semester": 6, "year": 12}


@require_http_methods(["GET", "POST"])
def indicator_add(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _edit(request, seen_commitment(request, public_id), None)


@require_http_methods(["GET", "POST"])
def indicator_edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    commitment, row = seen_indicator(request, public_id)
    return _edit(request, commitment, row)


def _edit(request: HttpRequest, commitment: Commitment, row: Indicator | None) -> HttpResponse:
    open_states = (Commitment.State.PROPOSED, *Commitment.OPEN_STATES)
    if not permissions.can_manage(request.actor, commitment) or commitment.state not in open_states:
        raise PermissionDenied
    today = timezone.localdate()
    initial = {"today": today, "version": commitment.version, "formula": Indicator.Formula.LATEST}
    planned = row.period_targets.values("starts_on", "ends_on", "value") if row else []
    steps = [each | {"value": plainly(each["value"])} for each in planned]
    form = IndicatorForm(
        request.POST or None, commitment=commitment, initial=initial | (initial_of(row) if row else {})
    )
    posted = request.POST if "targets-TOTAL_FORMS" in request.POST else None
    targets = TargetFormSet(posted, initial=None if posted else steps, prefix="targets")
    status = 200
    if request.method == "POST":
        if months := FILLS.get(request.POST.get("fill", "")):
            targets = _filled(form, commitment, months, today)
        elif form.is_valid() and (not targets.is_bound or targets.is_valid()):
            status = _save(request, commitment, row, form, targets)
            if status == 302:
                return redirect(commitment.get_absolute_url() + "#ind")
    context = {
        "commitment": commitment,
        "indicator": row,
        "form": form,
        "targets": targets,
        "stale": status == 409,
        "may_remove": row and commitment.state == Commitment.State.PROPOSED and not row.measurements.exists(),
    }
    return render(request, "commitments/indicator_form.html", context, status=status)


def _save(
    request: HttpRequest, commitment: Commitment, row: Indicator | None, form: Any, targets: Any
) -> int:
    steps = steps_of(targets) if targets.is_bound else ()
    common: dict[str, Any] = {
        "version": form.cleaned_data["version"] or 0,
        "values": form.values(steps),
        "reason": form.cleaned_data.get("reason", ""),
        "by": request.actor,
        "now": timezone.now(),
    }
    try:
        if row is None:
            add_indicator(commitment_id=commitment.pk, **common)
        else:
            change_indicator(indicator_id=row.pk, **common)
    except StaleVersion as error:
        form.data = form.data.copy()
        form.data["version"] = commitment.version
        form.add_error(None, str(error.message))
        return 409
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return 200
    messages.success(request, _("The indicator is saved."))
    return 302


def _filled(form: IndicatorForm, commitment: Commitment, months: int, today: Any) -> Any:
    """The periods until the due date with targets that go up evenly: written only when they are saved."""
    if form.is_valid():
        data = form.cleaned_data
        if commitment.due_on is None:
            form.add_error(None, _("The commitment needs its due date first: the periods end there."))
        elif data["target"] is None:
            form.add_error("target", _("Give the target first: the periods lead to it."))
        else:
            periods = quarters(start_of(commitment, data, today), commitment.due_on, months=months)
            baseline = data["baseline"] if data["baseline"] is not None else Decimal(0)
            steps = on_the_way(periods, baseline, data["target"], whole=counts(data["unit"]))
            return TargetFormSet(
                initial=[vars(step) | {"value": plainly(step.value)} for step in steps], prefix="targets"
            )
    return TargetFormSet(form.data, prefix="targets")


@require_POST
def indicator_remove(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    commitment, row = seen_indicator(request, public_id)
    if not permissions.can_manage(request.actor, commitment):
        raise PermissionDenied
    try:
        remove_indicator(indicator_id=row.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The indicator is gone from the proposal."))
    return redirect(commitment.get_absolute_url() + "#ind")
