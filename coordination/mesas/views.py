"""Pages of mesas: the list, the form, the seats. The front page of a mesa weaves several rooms: portal has it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import row_number
from coordination.mesas import actions
from coordination.mesas.form_groups import ESSENTIAL, folds
from coordination.mesas.forms import RELATED, MesaFilter, MesaForm, SeatForm, SeatSearch
from coordination.mesas.models import Mesa, Seat
from coordination.mesas.permissions import Permission, can_create_mesa, can_edit_mesa, can_seat, has
from coordination.mesas.queries import found, listed, not_seated, seats_by_sector
from coordination.organizations.models import Level
from coordination.organizations.queries import found as found_organizations
from coordination.organizations.queries import name_sectors
from coordination.taxonomies.models import Sector

PAGE = 50


@login_not_required
@require_safe
def mesa_list(request: HttpRequest) -> HttpResponse:
    """Every mesa the actor may see, own ones first. Filters live in the address; a wrong one filters nothing."""
    form = MesaFilter(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    rows = found(
        Mesa.objects.visible_to(request.actor),
        text=wanted.get("q", ""),
        level=wanted.get("level", ""),
        kind=wanted.get("kind", ""),
        state=wanted.get("state", ""),
        province=wanted.get("province"),
    )
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page": Paginator(listed(rows, request.actor, on=timezone.localdate()), PAGE).get_page(
            request.GET.get("page")
        ),
        "query": query.urlencode(),
        "is_filtered": any(wanted.values()),
        "may_create": request.actor.is_signed_in and can_create_mesa(request.actor),
    }
    return render(request, "mesas/list.html", context)


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    if not can_create_mesa(request.actor):
        raise PermissionDenied
    form = MesaForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            mesa = actions.create(**form.wanted(), by=request.actor, now=timezone.now())
        except DomainError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(
                request, _("The mesa %(name)s is created. Now seat its organizations.") % {"name": mesa.name}
            )
            # The founding itself gave the role: what the actor could do before it does not tell.
            may_seat = has(request.actor, Permission.SEAT_ORGANIZATIONS, mesa, on=timezone.localdate())
            return redirect("mesas:seats", mesa.slug) if may_seat else redirect(mesa.get_absolute_url())
    return _form_page(request, form)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_edit_mesa(request.actor, mesa):
        raise PermissionDenied
    form = MesaForm(request.POST or None, instance=mesa, actor=request.actor)
    context: dict[str, Any] = {"mesa": mesa}
    status = 200
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            actions.edit(
                mesa_id=mesa.pk, version=version, **form.wanted(), by=request.actor, now=timezone.now()
            )
        except StaleVersion as error:
            form.add_error(None, str(error.message))
            context["theirs"], status = _theirs(form, mesa), 409
        except DomainError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("The mesa is saved."))
            return redirect(mesa.get_absolute_url())
    return _form_page(request, form, status, **context)


def _form_page(request: HttpRequest, form: MesaForm, status: int = 200, **context: Any) -> HttpResponse:
    essential = [form[name] for name in ESSENTIAL]
    context |= {"form": form, "essential": essential, "folds": folds(form)}
    return render(request, "mesas/form.html", context, status=status)


def _theirs(form: MesaForm, mesa: Mesa) -> list[tuple[Any, Any]]:
    """What stands on file now where it differs from what was sent; the form goes on from that version."""
    mesa.refresh_from_db()
    form.go_on_from(mesa.version)
    fresh = MesaForm(instance=mesa, actor=form.actor)
    rows = []
    for name in fresh.Meta.fields:
        if name not in RELATED and form.cleaned_data.get(name) != getattr(mesa, name):
            rows.append((fresh.fields[name].label, _on_file(mesa, name)))
    return rows


def _on_file(mesa: Mesa, name: str) -> Any:
    value = getattr(mesa, name)
    if isinstance(value, list):
        labels = dict(Level.choices)
        return ", ".join(str(labels.get(one, one)) for one in value)
    display = getattr(mesa, f"get_{name}_display", None)
    return display() if display else value


@require_http_methods(["GET", "POST"])
def seats(request: HttpRequest, slug: str) -> HttpResponse:
    """Who sits, by sector, and a search to add more: a form of its own that works without a script."""
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_seat(request.actor, mesa):
        raise PermissionDenied
    form = SeatForm(request.POST or None)
    if request.method == "POST" and (done := _seat(request, mesa, form)):
        return done
    groups = seats_by_sector(mesa, timezone.localdate())
    sectors = [group.sector for group in groups]
    context = {
        **_candidates(request, mesa, sectors),
        "mesa": mesa,
        "form": form,
        "groups": groups,
        "gauge": [
            {"label": each.sector.short_name or each.sector.name, "count": len(each.seats)} for each in groups
        ],
        "ticked": {row_number(pk) for pk in request.POST.getlist("organization")},
        "seat_total": sum(len(group.seats) for group in groups),
        "roles": Seat.Role.choices,
        "votings": Seat.Voting.choices,
    }
    return render(request, "mesas/seats.html", context)


def _candidates(request: HttpRequest, mesa: Mesa, sectors: list[Sector]) -> dict[str, Any]:
    """The search and the page of organizations it finds among those without a seat."""
    search = SeatSearch(request.GET, sectors=sectors)
    search.is_valid()
    wanted = search.cleaned_data
    rows = found_organizations(
        not_seated(mesa, timezone.localdate()),
        text=wanted.get("q", ""),
        level=wanted.get("level", ""),
        province=wanted.get("province"),
    )
    if sector := wanted.get("sector"):
        rows = rows.filter(sector_id_effective=int(sector))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    name_sectors(page.object_list, sectors)
    query = request.GET.copy()
    query.pop("page", None)
    return {"search": search, "page": page, "query": query.urlencode(), "is_filtered": any(wanted.values())}


def _seat(request: HttpRequest, mesa: Mesa, form: SeatForm) -> HttpResponse | None:
    """One of three acts of this page: take an ending back, change a seat, seat those who are ticked."""
    here = f"{reverse('mesas:seats', args=[mesa.slug])}"
    by, now = request.actor, timezone.now()
    try:
        if pk := request.GET.get("reopen"):
            held = _seat_of(mesa, pk)
            actions.reopen_seat(seat_id=held.pk, by=by, now=now)
            messages.success(request, _("%(name)s keeps its seat.") % {"name": held.organization.name})
        elif not form.is_valid():
            return None
        elif pk := request.POST.get("seat"):
            held = _seat_of(mesa, pk)
            actions.change_seat(seat_id=held.pk, **form.cleaned_data, by=by, now=now)
            messages.success(request, _("The seat of %(name)s is saved.") % {"name": held.organization.name})
        else:
            chosen = [row_number(pk) for pk in request.POST.getlist("organization")]
            seated = actions.seat(
                mesa_id=mesa.pk, organization_ids=chosen, **form.cleaned_data, by=by, now=now
            )
            text = ngettext("%(count)s organization seated.", "%(count)s organizations seated.", len(seated))
            messages.success(request, text % {"count": len(seated)})
    except DomainError as error:
        messages.warning(request, error.message)
    return redirect(here)


def _seat_of(mesa: Mesa, pk: str) -> Seat:
    return get_object_or_404(mesa.seats.select_related("organization"), pk=row_number(pk))


@require_POST
def seat_end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Today is the last day; the notice offers to take it back."""
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_seat(request.actor, mesa):
        raise PermissionDenied
    held = get_object_or_404(mesa.seats.select_related("organization"), pk=pk)
    here = reverse("mesas:seats", args=[mesa.slug])
    try:
        actions.end_seat(seat_id=held.pk, on=timezone.localdate(), by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.warning(request, error.message)
    else:
        text = _("Today is the last day of %(name)s at the mesa.") % {"name": held.organization.name}
        messages.success(request, text, extra_tags=f"undo:{here}?reopen={held.pk}")
    return redirect(here)
