"""The calendar: a month as a table and as a list, and the address to have it in one's own calendar."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.actor import ANONYMOUS, Actor
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, somewhere
from coordination.portal import months
from coordination.portal.forms import CalendarFilter
from coordination.sessions.feeds import chosen, living_feed
from coordination.sessions.models import Session

PAGE = 50


@login_not_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Filters, month and view live in the address; a wrong one is as if it were not there.

    Without ``vista`` both are sent and the width decides: the list on phones, the table beyond.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]  # the middleware gives it
    today = timezone.localdate()
    form = CalendarFilter(request.GET, actor=actor)
    form.is_valid()
    wanted = form.cleaned_data
    first = wanted.get("mes") or today.replace(day=1)
    rows = chosen(
        Session.objects.visible_to(actor),
        actor=actor,
        today=today,
        only_mine=wanted.get("mias", False),
        organization=wanted.get("organizacion"),
        mesa=wanted.get("mesa"),
        province=wanted.get("provincia"),
    )
    zone = timezone.get_current_timezone()
    month = months.month_of(rows, actor=actor, first=first, today=today, zone=zone)
    page = Paginator(month.listed, PAGE).get_page(request.GET.get("page"))
    view = wanted.get("vista", "")
    shown = [entry for day in month.days for entry in day.shown] if view != "lista" else []
    months.tell([*shown, *(page.object_list if view != "mes" else ())])
    query = _kept(request, "page")
    context: dict[str, Any] = {
        "section": "sessions",
        "form": form,
        "month": month,
        "page": page,
        "days": months.by_day(list(page.object_list)),
        "one_mesa": wanted.get("mesa"),
        "is_now": first == today.replace(day=1),
        "view": view,
        "reader_zone": str(zone),
        "query": query,
        "kept": _kept(request, "page", "mes"),
        "kept_both": _kept(request, "page", "mes", "vista"),
        "kept_view": _kept(request, "page", "vista"),
        "is_filtered": any(wanted.get(name) for name in ("mias", "organizacion", "mesa", "provincia")),
        "next": None if month.listed else months.next_after(rows, month),
        "feed": _feed(actor, wanted),
        "plans": somewhere(actor, Permission.SCHEDULE),
    }
    return render(request, "portal/calendar.html", context)


def _kept(request: HttpRequest, *without: str) -> str:
    query = request.GET.copy()
    for name in without:
        query.pop(name, None)
    return query.urlencode()


def _feed(actor: Actor, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the box says: the reader's own address, the public one, or what to choose to get one."""
    subjects = {name: wanted[name] for name in ("organizacion", "mesa", "provincia") if wanted.get(name)}
    mesa, province = wanted.get("mesa"), wanted.get("provincia")
    if len(subjects) > 1 or (subjects and wanted.get("mias")):
        return {"state": "too_many"}
    if actor.person_id is not None:
        own = living_feed(actor, organization=wanted.get("organizacion"), mesa=mesa, province=province)
        hidden = [
            (name, getattr(subject, "slug", None) or subject.code) for name, subject in subjects.items()
        ]
        subject = next(iter(subjects.values()), None)
        address = _addresses(reverse("sessions:feed", args=[own.token])) if own else {}
        return {
            "state": "own" if own else "none",
            "own": own,
            "hidden": hidden,
            "subject": subject,
            **address,
        }
    if mesa and Mesa.objects.visible_to(ANONYMOUS).filter(pk=mesa.pk).exists():
        return {
            "state": "public",
            "subject": mesa,
            **_addresses(reverse("sessions:feed_mesa", args=[mesa.slug])),
        }
    if province:
        path = reverse("sessions:feed_province", args=[province.code])
        return {"state": "public", "subject": province, **_addresses(path)}
    return {"state": "choose"}


def _addresses(path: str) -> dict[str, str]:
    """The address to paste, and the same as programs on the reader's device open it."""
    return {
        "address": f"{settings.BASE_URL}{path}",
        "webcal": f"webcal://{urlsplit(settings.BASE_URL).netloc}{path}",
    }
