"""The planner: the sessions of the mesas whose secretariat the reader keeps, to be moved by hand or by keyboard.

Nothing moves here: dragging opens the page that says who will hear of it (``sessions:move``). Without JavaScript the
month table stands in its place.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from coordination.common.dates import zone_name
from coordination.mesas.permissions import Permission, somewhere
from coordination.portal import months
from coordination.portal.forms import PlannerFilter
from coordination.sessions.models import Session, SessionQuerySet
from coordination.sessions.permissions import schedulable
from coordination.sessions.queries import overlapping
from coordination.sessions.rooms import Reservation, Room

LONGEST = timedelta(days=100)  # of what is asked for at once: three months and the weeks around them
MOST = 500
AHEAD = (Session.State.DRAFT, Session.State.ANNOUNCED, Session.State.CONVENED)


@require_safe
# The library writes its sheet rule by rule, a font of its own in it.
@csp_update({"style-src": [SELF, NONCE], "font-src": [SELF, "data:"]})
def planner(request: HttpRequest) -> HttpResponse:
    """Month, mesa and room live in the address; a wrong one is as if it were not there."""
    actor = _planning(request)
    form = PlannerFilter(request.GET, actor=actor)
    form.is_valid()
    wanted, today = form.cleaned_data, timezone.localdate()
    first = wanted.get("mes") or today.replace(day=1)
    month = months.month_of(
        _sessions(actor, wanted),
        actor=actor,
        first=first,
        today=today,
        zone=timezone.get_current_timezone(),
    )
    months.tell(entry for day in month.days for entry in day.entries)
    kept = {name: request.GET[name] for name in ("mesa", "sala") if wanted.get(name)}
    movable = _movable([entry.session for entry in month.listed], timezone.now())
    context = {
        "section": "sessions",
        "form": form,
        "month": month,
        "one_mesa": wanted.get("mesa"),
        "kept": "&".join(f"{name}={value}" for name, value in kept.items()),
        "movable": [entry for entry in month.listed if _can_move(entry, movable)],
        "room": wanted.get("sala"),
        "starts_on": today if first == today.replace(day=1) else first,
    }
    return render(request, "portal/planner.html", context)


@require_safe
def planner_events(request: HttpRequest) -> HttpResponse:
    """What the planner draws between two moments, at most a hundred days: 400 for more, and for what is no moment.

    Hours are those of each session's place, without a zone. A room's other reservations say "not available" and
    nothing else, be they maintenance, another mesa's session or one casa adentro.
    """
    actor = _planning(request)
    start, end = _moment(request.GET.get("start", "")), _moment(request.GET.get("end", ""))
    if start is None or end is None or not timedelta() < end - start <= LONGEST:
        return JsonResponse({"error": "start, end"}, status=400)
    form = PlannerFilter(request.GET, actor=actor)
    form.is_valid()
    day = timedelta(days=1)  # what is still Monday in one zone is already Tuesday in another
    during = overlapping(start - day, end + day)
    rows = list(
        _sessions(actor, form.cleaned_data)
        .filter(during)
        .select_related("mesa")
        .order_by("starts_at", "id")[:MOST]
    )
    movable = _movable(rows, timezone.now())
    drawn = [_drawn(row, row.pk in movable) for row in rows]
    room = form.cleaned_data.get("sala")
    if room:
        drawn += _taken(room, rows, start - day, end + day)
    response = JsonResponse(drawn, safe=False)
    response["Cache-Control"] = "private, no-store"
    return response


def _planning(request: HttpRequest) -> Actor:
    """Who plans for some mesa; nobody else comes in."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # the middleware gives it
    if not somewhere(actor, Permission.SCHEDULE):
        raise PermissionDenied
    return actor


def _sessions(actor: Actor, wanted: dict[str, Any]) -> SessionQuerySet:
    """Live sessions of the mesas the actor plans for, as far as it sees them."""
    rows = Session.objects.visible_to(actor).live().filter(pk__in=schedulable(actor).values("pk"))
    return rows.filter(mesa=wanted["mesa"]) if wanted.get("mesa") else rows


def _movable(rows: list[Session], now: datetime) -> set[int]:
    """What the page that moves would take: still ahead. Who may was asked with the rows."""
    return {row.pk for row in rows if row.state in AHEAD and row.starts_at and row.starts_at > now}


def _can_move(entry: months.Entry, movable: set[int]) -> bool:
    return entry.session.pk in movable and not entry.goes_on and not entry.closed


def _drawn(session: Session, movable: bool) -> dict[str, Any]:
    assert session.starts_at is not None and session.ends_at is not None  # noqa: S101  live sessions have a time
    zone = "" if session.zone.key == settings.TIME_ZONE else zone_name(session.zone.key)
    title = f"{session.mesa.acronym or session.mesa.name}: {session.short_title}"
    return {
        "id": str(session.public_id),
        "title": f"{title} ({zone})" if zone else title,
        "start": _wall(session.starts_at, session),
        "end": _wall(session.ends_at, session),
        "url": session.get_absolute_url(),
        "editable": movable,
        "classNames": [f"is-{session.state}", *(["is-casa"] if session.is_casa_adentro else [])],
        "extendedProps": {
            "state": str(session.get_state_display()),
            "version": session.version,
            "move": reverse("sessions:move", args=[session.public_id]) if movable else "",
        },
    }


def _taken(room: Room, drawn: list[Session], start: datetime, end: datetime) -> list[dict[str, Any]]:
    """When the room is taken by what is not drawn already."""
    held = Reservation.objects.filter(overlapping(start, end), room=room, is_held=True)
    ours = Q(block__session__in=[row.pk for row in drawn], block__is_casa_adentro=False)
    rows = held.exclude(ours).order_by("starts_at", "id")[:MOST]
    zone = timezone.get_current_timezone()
    return [
        {
            "title": _("Not available"),
            "start": f"{row.starts_at.astimezone(zone):%Y-%m-%dT%H:%M:%S}",
            "end": f"{row.ends_at.astimezone(zone):%Y-%m-%dT%H:%M:%S}",
            "editable": False,
            "classNames": ["is-taken"],
        }
        for row in rows
    ]


def _wall(at: datetime, session: Session) -> str:
    return f"{at.astimezone(session.zone):%Y-%m-%dT%H:%M:%S}"


def _moment(text: str) -> datetime | None:
    """A day or a moment as the library writes it, read as UTC where it names no zone."""
    try:
        day: date | None = parse_date(text)
        found = datetime(day.year, day.month, day.day) if day else parse_datetime(text)  # noqa: DTZ001  see below
    except ValueError:
        return None
    if found is None or not 1990 <= found.year <= 2099:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
