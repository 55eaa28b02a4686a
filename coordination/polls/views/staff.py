"""The secretariat's pages: propose dates, read the answers, remind, withdraw, choose."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.common.errors import DomainError
from coordination.common.forms import row_number
from coordination.mesas.models import Mesa, Seat
from coordination.mesas.permissions import Permission, has
from coordination.polls import actions, queries
from coordination.polls.actions.deciding import REMINDED_EVERY
from coordination.polls.forms import SHOWN, DatesFormSet, PollForm, WithdrawForm, moment_at
from coordination.polls.models import DatePoll
from coordination.polls.permissions import can_ask, can_decide
from coordination.taxonomies.models import Holiday

PAGE = 50
PRESET = "mananas"
MAY_BE_EMPTY = {"empty_permitted": True, "use_required_attribute": False}


@require_safe
def poll_list(request: HttpRequest, slug: str) -> HttpResponse:
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not has(request.actor, Permission.SEE_DELEGATIONS, mesa):
        raise PermissionDenied
    rows = queries.listed(DatePoll.objects.visible_to(request.actor).filter(mesa=mesa))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"section": "mesas", "mesa": mesa, "page": page, "may_ask": can_ask(request.actor, mesa)}
    return render(request, "polls/list.html", context)


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, slug: str) -> HttpResponse:
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_ask(request.actor, mesa):
        raise PermissionDenied
    today = timezone.now().astimezone(mesa.zone).date()
    seats = queries.seats_to_ask(mesa.pk, today)
    if request.method == "POST":
        return _asked(request, mesa, seats)
    initial, left_out = _preset(mesa, request)
    dates = DatesFormSet(initial=initial, prefix="fecha", form_kwargs=MAY_BE_EMPTY)
    return _form(request, mesa, PollForm(mesa=mesa, seats=seats), dates, left_out, len(seats))


@require_safe
def poll(request: HttpRequest, public_id: object) -> HttpResponse:
    return _poll_page(request, _load(request, public_id), WithdrawForm())


@require_POST
def remind(request: HttpRequest, public_id: object) -> HttpResponse:
    found = _load(request, public_id, to_decide=True)
    try:
        actions.remind(poll_id=found.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        silent = found.ballots.filter(answered_at=None).count()
        told = ngettext(
            "One organization is reminded now.", "%(n)s organizations are reminded now.", silent
        ) % {"n": silent}
        messages.success(request, told)
    return redirect(found)


@require_POST
def withdraw(request: HttpRequest, public_id: object) -> HttpResponse:
    found = _load(request, public_id, to_decide=True)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _poll_page(request, found, form, status=422)
    try:
        actions.withdraw(
            poll_id=found.pk, reason=form.cleaned_data["reason"], by=request.actor, now=timezone.now()
        )
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The poll is withdrawn; the organizations are told why."))
    return redirect(found)


@require_POST
def decide(request: HttpRequest, public_id: object) -> HttpResponse:
    """The date becomes a draft session, and its page is where the convocation is prepared."""
    found = _load(request, public_id, to_decide=True)
    option_id = row_number(request.POST.get("option", ""))
    try:
        decided = actions.decide(poll_id=found.pk, option_id=option_id, by=request.actor, now=timezone.now())
    except actions.UnknownOption as error:
        raise Http404 from error
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect(found)
    assert decided.session is not None  # noqa: S101  the database holds it
    messages.success(
        request, _("The session is drafted with that date. The organizations are told; convene it from here.")
    )
    return redirect(decided.session)


def _load(request: HttpRequest, public_id: object, *, to_decide: bool = False) -> DatePoll:
    """The poll if the actor sees it (else 404) and, where it changes, may (else 403)."""
    polls = DatePoll.objects.visible_to(request.actor).select_related("mesa", "decided_option", "session")
    found = get_object_or_404(polls, public_id=public_id)
    if to_decide and not can_decide(request.actor, found):
        raise PermissionDenied
    return found


def _poll_page(
    request: HttpRequest, found: DatePoll, form: WithdrawForm, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    matrix = queries.matrix(found, now)
    may = can_decide(request.actor, found) and found.state == DatePoll.State.OPEN
    last = found.reminded_at or found.created_at
    context = {
        "section": "mesas",
        "poll": found,
        "mesa": found.mesa,
        "matrix": matrix,
        "form": form,
        "may_decide": may,
        "may_remind": may and found.takes_answers(now) and matrix.silent > 0,
        "reminded_today": now < last + REMINDED_EVERY,
        "takes_answers": found.takes_answers(now),
        "is_tied": len(matrix.best) > 1,
    }
    return render(request, "polls/poll.html", context, status=status)


def _preset(mesa: Mesa, request: HttpRequest) -> tuple[list[dict[str, Any]], dict[date, Holiday]]:
    """The mornings of the next working week when they were asked for, without its holidays, which are told."""
    if request.GET.get("propuesta") != PRESET:
        return [], {}
    days, rest = queries.next_working_week(mesa, timezone.now().astimezone(mesa.zone).date())
    return [{"day": day, "starts": queries.MORNING} for day in days], rest


def _asked(request: HttpRequest, mesa: Mesa, seats: list[Seat]) -> HttpResponse:
    """Opens the poll as it was written; dates on a holiday only once somebody has confirmed them."""
    form = PollForm(request.POST, mesa=mesa, seats=seats)
    dates = DatesFormSet(request.POST, prefix="fecha", form_kwargs=MAY_BE_EMPTY)
    rest: dict[date, Holiday] = {}
    if form.is_valid() & dates.is_valid():
        rest = queries.holidays(mesa, [day for day, _hour in dates.dates()])
        if rest and not form.cleaned_data["accept_holidays"]:
            form.add_error("accept_holidays", _("Confirm it, or change the dates that fall on a holiday."))
        else:
            zone = form.cleaned_data["time_zone"]
            starts = [moment_at(day, hour, zone) for day, hour in dates.dates()]
            if opened := _opened(request, mesa, form, starts):
                return redirect(opened)
    return _form(request, mesa, form, dates, rest, len(seats), status=422)


def _opened(request: HttpRequest, mesa: Mesa, form: PollForm, starts: list[datetime]) -> DatePoll | None:
    try:
        opened = actions.open_poll(
            mesa_id=mesa.pk, **form.wanted(starts), by=request.actor, now=timezone.now()
        )
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return None
    asked = opened.ballots.count()
    told = ngettext("One organization is asked.", "%(n)s organizations are asked.", asked) % {"n": asked}
    messages.success(request, told)
    return opened


def _form(
    request: HttpRequest,
    mesa: Mesa,
    form: PollForm,
    dates: Any,
    rest: dict[date, Holiday],
    asked: int,
    *,
    status: int = 200,
) -> HttpResponse:
    rows = list(dates.forms)
    context = {
        "section": "mesas",
        "mesa": mesa,
        "form": form,
        "dates": dates,
        "rows": rows[:SHOWN],
        "more_rows": rows[SHOWN:],
        "more_open": any(row.has_changed() or row.initial for row in rows[SHOWN:]),
        "holidays": sorted(rest.items()),
        "asked": asked,
        "preset": PRESET,
        "is_preset": request.GET.get("propuesta") == PRESET,
        "has_errors": bool(form.errors) or (dates.is_bound and not dates.is_valid()),
    }
    return render(request, "polls/create.html", context, status=status)
