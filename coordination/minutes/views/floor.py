"""Who has the floor, and how long each sector has had it."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coordination.common.errors import DomainError
from coordination.minutes import on_the_day, seats
from coordination.minutes.actions.floor import end_floor, give_floor, undo_floor
from coordination.minutes.views.on_stage import number, stage
from coordination.sessions.writers import why_not_recording
from coordination.taxonomies.models import Sector


@require_safe
def floor(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    now = timezone.now()
    here = [seat for seat in seats.seats_here(session) if seat.came]
    shares = on_the_day.floor_of(
        session, [(seat.organization, seat.sector_id) for seat in here], request.actor, now
    )
    longest = max((share.seconds for share in shares), default=0) or 1
    context = {
        "section": "sessions",
        "session": session,
        "turn": on_the_day.open_turn(session, request.actor),
        "here": here,
        "sectors": Sector.objects.order_by("order", "id"),
        "bars": [(share, round(100 * share.seconds / longest)) for share in shares],
        "silent": [one for share in shares for one in share.silent],
        "shut": why_not_recording(session, now),
        "now": now,
    }
    return render(request, "minutes/floor.html", context)


@require_POST
def turn(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One press: an organization, a sector, nobody any more, or the last press taken back."""
    session = stage(request, public_id)
    act = request.POST.get("que") or request.GET.get("que") or ""
    now = timezone.now()
    undo = reverse("minutes:turn", args=[session.public_id], query={"que": "deshacer"})
    try:
        if act == "deshacer":
            undo_floor(session_id=session.pk, by=request.actor, now=now)
        elif act == "nadie":
            if end_floor(session_id=session.pk, by=request.actor, now=now):
                messages.success(request, _("Nobody has the floor now."), extra_tags=f"undo:{undo}")
        else:
            made = give_floor(
                session_id=session.pk,
                organization_id=number(request, "organizacion") or None,
                sector_id=number(request, "sector") or None,
                by=request.actor,
                now=now,
            )
            told = _("%(who)s has the floor.") % {"who": made.organization or made.sector}
            messages.success(request, told, extra_tags=f"undo:{undo}")
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("minutes:floor", session.public_id)
