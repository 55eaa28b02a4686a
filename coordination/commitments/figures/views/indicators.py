"""What a mesa's secretariat writes of the indicators of its commitments."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from coordination.commitments import permissions
from coordination.commitments.figures.actions.indicating import (
    add_indicator,
    change_indicator,
    promised,
    remove_indicator,
    why_fixed,
)
from coordination.commitments.figures.charts import on_the_way, quarters
from coordination.commitments.figures.forms import (
    IndicatorForm,
    TargetFormSet,
    initial_of,
    keep_steps,
    start_of,
    steps_of,
)
from coordination.commitments.figures.rules import counts
from coordination.commitments.figures.views.measurements import seen_commitment, seen_indicator
from coordination.commitments.models import Commitment, Indicator
from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import plainly

FILLS = {"quarter": 3, "semester": 6, "year": 12}


Act = Callable[..., Any]


@dataclass(frozen=True)
class Room:
    """What an indicator's form is for: whose page it is, what it may not touch, and which action it calls."""

    commitment: Commitment
    indicator: Indicator | None
    act: Act
    kept: frozenset[str] = frozenset()
    kept_steps: int = 0
    said: Any = _lazy("The indicator is saved.")
    words: dict[str, Any] = field(default_factory=dict)


@require_http_methods(["GET", "POST"])
def indicator_add(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    commitment = writable(request, seen_commitment(request, public_id, "indicators"))
    if refused := waits(request, commitment):
        return refused
    if commitment.agreed_at and commitment.indicators.all():
        return redirect("commitments:indicator_agree", commitment.public_id)

    def act(values: Any, **told: Any) -> None:
        add_indicator(commitment_id=commitment.pk, values=values, **told)

    return page_of(request, Room(commitment, None, act))


@require_http_methods(["GET", "POST"])
def indicator_edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Of what was agreed only what nobody agreed on yet; the rest is shown, with where it changes."""
    commitment, row = seen_indicator(request, public_id)
    writable(request, commitment)
    if refused := waits(request, commitment):
        return refused
    agreed = commitment.agreed_at is not None

    def act(values: Any, **told: Any) -> None:
        change_indicator(indicator_id=row.pk, values=values, **told)

    kept = promised(row) if agreed else frozenset()
    count = row.period_targets.count() if agreed else 0
    return page_of(request, Room(commitment, row, act, kept, count, words={"agreed": agreed}))


def writable(request: HttpRequest, commitment: Commitment) -> Commitment:
    states = (Commitment.State.PROPOSED, *Commitment.OPEN_STATES)
    if not permissions.can_manage(request.actor, commitment) or commitment.state not in states:
        raise PermissionDenied
    return commitment


def waits(request: HttpRequest, commitment: Commitment) -> HttpResponse | None:
    """Back to the page, with the reason, before anybody types anything that would be refused."""
    refusal = why_fixed(commitment)
    if refusal is None:
        return None
    messages.warning(request, str(refusal.message))
    return redirect(commitment.get_absolute_url() + "#ind")


def page_of(
    request: HttpRequest, room: Room, make: Callable[..., IndicatorForm] = IndicatorForm
) -> HttpResponse:
    """The form of an indicator and of its periods, whatever it is for."""
    commitment, row, today = room.commitment, room.indicator, timezone.localdate()
    initial = {"today": today, "version": commitment.version, "formula": Indicator.Formula.LATEST}
    planned = row.period_targets.values("starts_on", "ends_on", "value") if row else []
    steps = [each | {"value": plainly(each["value"])} for each in planned]
    initial |= initial_of(row) if row else {}
    form = make(request.POST or None, commitment=commitment, kept=room.kept, initial=initial)
    posted = request.POST if "targets-TOTAL_FORMS" in request.POST else None
    shown = steps if posted is None or room.kept_steps else None
    targets = keep_steps(TargetFormSet(posted, initial=shown, prefix="targets"), room.kept_steps)
    status = 200
    if request.method == "POST":
        if months := FILLS.get(request.POST.get("fill", "")):
            targets = _filled(form, commitment, months, today)
        elif form.is_valid() and (not targets.is_bound or targets.is_valid()):
            status = _save(request, room, form, targets)
            if status == 302:
                return redirect(commitment.get_absolute_url() + "#ind")
    context = {
        "commitment": commitment,
        "indicator": row,
        "form": form,
        "targets": targets,
        "stale": status == 409,
        "may_fill": commitment.due_on and not room.kept_steps,
        "may_remove": row and commitment.state == Commitment.State.PROPOSED and not row.measurements.exists(),
    }
    return render(request, "commitments/indicator_form.html", context | room.words, status=status)


def _save(request: HttpRequest, room: Room, form: Any, targets: Any) -> int:
    values = form.values(steps_of(targets) if targets.is_bound else ())
    told = {"version": form.cleaned_data["version"] or 0, "by": request.actor, "now": timezone.now()}
    try:
        room.act(values, **form.more(), **told)
    except StaleVersion as error:
        form.data = form.data.copy()
        form.data["version"] = room.commitment.version
        form.add_error(None, str(error.message))
        return 409
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return 200
    messages.success(request, str(room.said))
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
