"""Woven pages: load through the door, read, render. Nothing here writes."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from coordination.attendees.permissions import can_convene, can_see_delegations
from coordination.commitments.models import Commitment
from coordination.commitments.queries import counts_by_light, with_light
from coordination.mesas.models import Mesa, Seat
from coordination.mesas.permissions import Permission, can_create_mesa, has
from coordination.organizations.models import Organization
from coordination.portal import cockpit, queries
from coordination.portal.lights import parts_of
from coordination.portal.tiles import tiles
from coordination.sessions.models import Session
from coordination.sessions.permissions import can_close, can_record, can_schedule


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    front = queries.front(actor=request.actor, now=now, today=timezone.localdate())
    context = {
        "front": front,
        "lights": parts_of(front.lights),
        "tiles": tiles(front.provinces),
        "light_total": sum(front.lights.values()),
    }
    return render(request, "portal/home.html", context)


def my_work(request: HttpRequest) -> HttpResponse:
    now, today = timezone.now(), timezone.localdate()
    work = queries.work_of(actor=request.actor, now=now, today=today)
    context = {
        "work": work,
        "today": today,
        "overdue": [task for task in work.tasks if task.due_on < today],
        "due": [task for task in work.tasks if task.due_on >= today],
        "late_commitments": [c for c in work.commitments if c.due_on < today],
        "coming_commitments": [c for c in work.commitments if c.due_on >= today],
        "portfolio": parts_of(work.portfolio),
        "portfolio_total": sum(work.portfolio.values()),
        "may_create": can_create_mesa(request.actor),
    }
    context["overdue_count"] = len(context["overdue"]) + len(context["late_commitments"])
    return render(request, "portal/my_work.html", context)


@login_not_required
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:100]
    found = queries.find(text=text, actor=request.actor) if len(text) > 1 else None
    return render(request, "portal/search.html", {"text": text, "found": found})


@login_not_required
def mesa(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(
        Mesa.objects.visible_to(request.actor)
        .select_related("province", "canton__province", "parent", "convener")
        .prefetch_related("legal_bases", "children", "axes", "mandates__organizations"),
        slug=slug,
    )
    today = timezone.localdate()
    page = queries.mesa_page(found, actor=request.actor, now=timezone.now())
    lights = counts_by_light(page["all_commitments"], today)
    context = {
        "mesa": found,
        **page,
        "commitments": with_light(page["commitments"], today),
        "lights": parts_of(lights, mesa=found.slug),
        "light_total": sum(lights.values()),
        "sectors": queries.seats_by_sector(found, on=today),
        "mandates": [m for m in found.mandates.all() if m.ends_on is None or m.ends_on >= today],
        "may_schedule": has(request.actor, Permission.SCHEDULE, found) and not found.is_historic,
    }
    return render(request, "portal/mesa.html", context)


@login_not_required
def session(request: HttpRequest, public_id: str) -> HttpResponse:
    """One address for everybody: the public sees what is agreed, the secretariat what is missing."""
    found = get_object_or_404(
        Session.objects.visible_to(request.actor).select_related(
            "mesa", "canton__province", "province", "host", "convocation"
        ),
        public_id=public_id,
    )
    actor = request.actor
    may = {
        "schedule": can_schedule(actor, found),
        "see_delegations": can_see_delegations(actor, found),
    }
    may |= {
        "convene": may["schedule"] and can_convene(actor, found),
        "record": may["see_delegations"] and can_record(actor, found),
        "close": may["see_delegations"] and can_close(actor, found),
    }
    context = cockpit.of(found, actor=actor, now=timezone.now(), staff=may["see_delegations"])
    template = "portal/session_staff.html" if may["see_delegations"] else "portal/session_public.html"
    return render(request, template, {"session": found, "may": may, **context})


@login_not_required
def organization(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(
        Organization.objects.visible_to(request.actor)
        .select_related("sector_type__sector", "sector_override", "province", "canton", "parent")
        .prefetch_related("former_names", "milestones", "children"),
        slug=slug,
    )
    today = timezone.localdate()
    mine = Commitment.objects.visible_to(request.actor).filter(responsible=found)
    seats = Seat.objects.current(today).filter(
        organization=found, mesa__in=Mesa.objects.visible_to(request.actor).values("id")
    )
    sessions = Session.objects.visible_to(request.actor).filter(participants=found).select_related("mesa")
    lights = counts_by_light(mine, today)
    context = {
        "organization": found,
        "seats": seats.select_related("mesa").order_by("mesa__name"),
        "sessions": sessions.past(timezone.now())[:10],
        "commitments": with_light(list(mine.select_related("mesa", "responsible").order_by("due_on", "number")[:10]), today),
        "lights": parts_of(lights),
        "light_total": sum(lights.values()),
        "may_edit": request.actor.is_admin or found.pk in request.actor.organization_ids,
    }
    return render(request, "portal/organization.html", context)


@login_not_required
def style(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/style.html")


@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    return _page(request, "accessibility", _("Accessibility statement"))


@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    return _page(request, "privacy", _("Data protection"))


def _page(request: HttpRequest, name: str, title: str) -> HttpResponse:
    """A page of prose: a whole file per language, as letters are."""
    return render(request, "portal/prose.html", {"title": title, "prose": f"portal/prose/{get_language()}/{name}.html"})
