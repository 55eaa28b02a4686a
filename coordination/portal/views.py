"""Woven pages: load through the door, read, render. Nothing here writes."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from coordination.attendees.queries import SILENT, balance_of, publicly_named
from coordination.commitments.alliances.queries import panel
from coordination.commitments.inbox import load
from coordination.commitments.lights import counts_by_light, with_light
from coordination.commitments.models import Commitment
from coordination.commitments.permissions import can_support
from coordination.mesas.models import Mesa, Seat
from coordination.mesas.permissions import Permission, has
from coordination.organizations.models import Organization
from coordination.portal import cockpit, follow_up, queries
from coordination.portal.finding import find
from coordination.portal.lights import parts_of
from coordination.portal.tiles import tiles
from coordination.portal.work import work_of
from coordination.sessions.following import can_be_followed
from coordination.sessions.models import Session
from coordination.sessions.permissions import granted_on
from coordination.sessions.queries import load_parts


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
    work = work_of(actor=request.actor, now=now, today=today)
    rows = [follow_up.row(task, now=now, ahead=True) for task in work.tasks]
    context = {
        "work": work,
        "today": today,
        "overdue": [row for row in rows if row.is_late],
        "due": [row for row in rows if not row.is_late],
        "late_commitments": [c for c in work.commitments if c.due_on < today],
        "coming_commitments": [c for c in work.commitments if c.due_on >= today],
        "portfolio": parts_of(work.portfolio),
        "followed_late": work.portfolio.get("red", 0),
        "today_sessions": [row for row in work.sessions if row.lasts_on(today)],
        "open_invitations": [row for row in work.invitations if row.state in SILENT],
        "answered_invitations": [row for row in work.invitations if row.state not in SILENT],
        "portfolio_total": sum(work.portfolio.values()),
        "may_create": bool(work.keeps_mesas) or request.actor.is_admin,
    }
    context["more_overdue"] = _unseen(work.tasks, today) + _unseen(work.commitments, today)
    shown = len(context["overdue"]) + len(context["late_commitments"])
    context["overdue_count"] = shown + context["more_overdue"]
    return render(request, "portal/my_work.html", context)


def _unseen(rows: list[Any], today: date) -> int:
    """How many late ones the list has no room for: it begins with the oldest."""
    return rows[0].past - sum(row.due_on < today for row in rows) if rows else 0


@login_not_required
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    today = timezone.localdate()
    found = find(text=text, actor=request.actor, today=today) if len(text) > 1 else None
    return render(request, "portal/search.html", {"text": text, "found": found})


@login_not_required
def mesa(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.mesa_of.get_or_404(request.actor, slug)
    today = timezone.localdate()
    now = timezone.now()
    page = queries.mesa_page(found, actor=request.actor, now=now, today=today)
    planned = page.next or page.drafts
    context = {
        "section": "mesas",
        "mesa": found,
        "page": page,
        "commitments": with_light(page.commitments, today),
        "lights": parts_of(page.lights, mesa=found.slug),
        "light_total": sum(page.lights.values()),
        "sectors": [] if found.is_historic else queries.seated(found, on=today),
        "follow": None if planned else next((row for row in page.past if can_be_followed(row, now)), None),
        "may_schedule": not found.is_historic and has(request.actor, Permission.SCHEDULE, found),
        "keeps_commitments": not found.is_historic
        and has(request.actor, Permission.MANAGE_COMMITMENTS, found),
        "alliances": panel(request.actor, mesa=found, may_add=can_support(request.actor, found)),
    }
    return render(request, "portal/mesa.html", context)


@login_not_required
def session(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One address for everybody: the public sees what is agreed, the secretariat what is missing."""
    found = cockpit.shown.get_or_404(request.actor, public_id, timezone.localdate())
    load_parts(found, request.actor)
    rights = granted_on(request.actor, found)
    staff = Permission.SEE_DELEGATIONS in rights
    now = timezone.now()
    context = cockpit.of(found, actor=request.actor, now=now, staff=staff)
    context["may_follow"] = can_be_followed(found, now)
    context["alliances"] = panel(
        request.actor,
        session=found,
        may_add=Permission.MANAGE_COMMITMENTS in rights and not found.is_historic,
    )
    if staff and hasattr(found, "convocation"):
        context["balance"] = balance_of(found.convocation)
    if not staff:
        context["named"] = publicly_named(found, now)
    may = {right.value: True for right in rights}
    template = "portal/session_staff.html" if staff else "portal/session_public.html"
    return render(request, template, {"section": "sessions", "session": found, "may": may, **context})


@login_not_required
def organization(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(
        Organization.objects.visible_to(request.actor)
        .select_related("sector_type__sector", "sector_override", "province", "canton", "parent")
        .prefetch_related("former_names", "children"),
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
        "section": "organizations",
        "organization": found,
        "seats": seats.select_related("mesa").order_by("mesa__name"),
        "sessions": sessions.past(timezone.now())[:10],
        "commitments": with_light(
            list(mine.select_related("mesa", "responsible").order_by("due_on", "number")[:10]), today
        ),
        "lights": parts_of(lights),
        "light_total": sum(lights.values()),
        "load": load.load_of(load.open_of(request.actor, found), today),
        "may_edit": request.actor.is_admin or found.pk in request.actor.organization_ids,
        "alliances": panel(request.actor, organization=found),
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
    return render(
        request, "portal/prose.html", {"title": title, "prose": f"portal/prose/{get_language()}/{name}.html"}
    )
