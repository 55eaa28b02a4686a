"""A series: its form, every date in words with what is known about it, and one button that makes them all."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa
from coordination.sessions import actions
from coordination.sessions.models import Series
from coordination.sessions.permissions import can_schedule_for
from coordination.sessions.queries import next_number
from coordination.sessions.series import Candidate, place_in_month, preview
from coordination.sessions.series_forms import SeriesForm

KEEP, LEAVE, MOVE = "si", "no", "mover"


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """The form; sent, the dates; and once the number on the button is the one that was read, the sessions."""
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_schedule_for(request.actor, mesa):
        raise PermissionDenied
    form = SeriesForm(request.POST or None, mesa=mesa)
    step = request.POST.get("step", "preview")
    if request.method != "POST" or not form.is_valid() or step == "edit":
        return render(request, "sessions/series.html", {"form": form, "mesa": mesa})
    rows = _rows(request, form, mesa)
    days = _kept(rows)
    if step == "create" and request.POST.get("number") == str(len(days)):
        try:
            made = _make(request, form, mesa, rows, days)
        except DomainError as error:
            form.add_error(None, str(error.message))  # the fields are a page back
        else:
            return _made(request, mesa, made)
    context = {
        "form": form,
        "mesa": mesa,
        "rows": rows,
        "number": len(days),
        "first_number": next_number(mesa),
        "changed": step == "create" and not form.errors,
        "rhythm": Series.Preset(form.cleaned_data["preset"]).label,
        "place": _place(form),
        "sent": [(name, value) for name in form.fields for value in request.POST.getlist(name)],
    }
    return render(request, "sessions/series_preview.html", context)


def _rows(request: HttpRequest, form: SeriesForm, mesa: Mesa) -> list[tuple[Candidate, str]]:
    """Every date with what the secretariat has chosen for it: kept unless said otherwise."""
    data, wanted = form.cleaned_data, form.wanted()
    found = preview(
        mesa=mesa,
        days=form.days(),
        first=data["day"],
        span=(data["starts_at"], data["ends_at"]),
        room_ids=filter(None, (wanted["room_id"], wanted["online_account_id"])),
        canton_id=wanted["canton_id"],
        actor=request.actor,
    )
    return [(one, _choice(request, one)) for one in found]


def _choice(request: HttpRequest, one: Candidate) -> str:
    chosen = request.POST.get(f"fecha-{one.key}", KEEP)
    return chosen if chosen == LEAVE or (chosen == MOVE and one.moved) else KEEP


def _kept(rows: list[tuple[Candidate, str]]) -> list[date]:
    """The days that would be made. Two that fall together, because one was moved, are one."""
    found = {
        one.moved.day if choice == MOVE and one.moved else one.here.day
        for one, choice in rows
        if choice != LEAVE
    }
    return sorted(found)


def _make(
    request: HttpRequest, form: SeriesForm, mesa: Mesa, rows: list[tuple[Candidate, str]], days: list[date]
) -> Series:
    data, fields = form.cleaned_data, form.wanted()
    span = (fields.pop("starts_at"), fields.pop("ends_at"))
    return actions.schedule_series(
        mesa_id=mesa.pk,
        token=data["token"],
        preset=data["preset"],
        first=data["day"],
        span=span,
        days=days,
        exceptions=[one.here.day for one, choice in rows if choice != KEEP],
        **fields,
        by=request.actor,
        now=timezone.now(),
    )


def _made(request: HttpRequest, mesa: Mesa, made: Series) -> HttpResponse:
    count = made.sessions.count()
    told = ngettext(
        "%(count)s session is scheduled as a draft. It is a session of its own: move or cancel it by itself.",
        "%(count)s sessions are scheduled as drafts. Each is a session of its own: moving or cancelling one leaves the others.",
        count,
    )
    messages.success(request, told % {"count": count})
    return redirect(reverse("sessions:list", query={"mesa": mesa.slug}))


def _place(form: SeriesForm) -> dict[str, Any]:
    """Which weekday of the month, for the words; empty where the rhythm goes by weeks or near a day."""
    if not form.goes_by_months or form.cleaned_data["by"] != "nth":
        return {}
    day = form.cleaned_data["day"]
    return {"n": place_in_month(day), "day": day}
