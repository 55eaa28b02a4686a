"""The list of sessions, open to everybody; each reader sees what is theirs to see."""

from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coordination.mesas.models import Mesa
from coordination.sessions.forms import SessionFilter
from coordination.sessions.models import Session
from coordination.sessions.queries import counted, found, listed

PAGE = 50


@login_not_required
@require_safe
def session_list(request: HttpRequest) -> HttpResponse:
    """Filters live in the address; a wrong one filters nothing. Without a choice: what is to come, if anything is."""
    now = timezone.now()
    form = SessionFilter(request.GET, mesas=Mesa.objects.visible_to(request.actor).order_by("plain_name"))
    form.is_valid()
    wanted = form.cleaned_data
    when = wanted.pop("when", "")
    text = wanted.pop("q", "")
    rows = found(Session.objects.visible_to(request.actor), text=text, **wanted)
    counts = counted(rows, now)
    when = when or ("ahead" if counts["ahead"] else "past")
    paginator = Paginator(listed(rows, ahead=when == "ahead", now=now), PAGE)
    paginator.count = counts["ahead" if when == "ahead" else "past"]  # counted already
    page = paginator.get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    kept = query.copy()
    kept.pop("when", None)
    context = {
        "form": form,
        "page": page,
        "months": _by_month(page.object_list),
        "counts": counts,
        "when": when,
        "query": query.urlencode(),
        "kept": kept.urlencode(),
        "is_filtered": bool(text) or any(wanted.values()),
    }
    return render(request, "sessions/list.html", context)


def _by_month(sessions: Any) -> list[tuple[str, list[Session]]]:
    return [(month, list(rows)) for month, rows in groupby(sessions, key=_month)]


def _month(session: Session) -> str:
    return (
        capfirst(date_format(session.local_day, "YEAR_MONTH_FORMAT"))
        if session.local_day
        else _("Date not on record")
    )
