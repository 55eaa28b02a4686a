"""Estado del sistema: the health page for people. What a supervisor reads as figures, in words and with what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from coordination.notifications import queries
from coordination.notifications.models import Heartbeat
from coordination.portal import health, supervision

# How often each sweep comes by itself, and what it does; three turns missed in a row is worth a look.
SWEEPS: dict[str, tuple[int, Any]] = {
    "dispatch": (15, gettext_lazy("Turns what happened into messages")),
    "drain": (15, gettext_lazy("Sends what is due")),
    "sweep": (20, gettext_lazy("Takes up what was left half done")),
    "remind": (60, gettext_lazy("Plans reminders as dates come near")),
    "reconcile": (3600, gettext_lazy("Compares what is planned with what should be")),
}
MISSED = 3


@dataclass(frozen=True)
class Sweep:
    name: str
    when: str
    finished_at: datetime | None
    handled: int
    light: str


@dataclass(frozen=True)
class Trouble:
    """Something that waits for a person, and what to do about it."""

    text: str
    remedy: str


@require_safe
def system(request: HttpRequest) -> HttpResponse:
    """For administrators: does everything run, does mail leave in time, and what to do if not."""
    if not request.actor.is_admin:
        raise PermissionDenied
    now, state, parts = timezone.now(), health.state(), supervision.parts()
    figures, sweeps = queries.health(now), _sweeps(now)
    context = {
        "state": state,
        "troubles": _troubles(state, parts, figures, sweeps),
        "figures": figures,
        "p50": duration(figures.late_p50),
        "p99": duration(figures.late_p99),
        "oldest": duration(figures.oldest_due),
        "lease": duration(figures.oldest_lease),
        "sweeps": sweeps,
        "parts": parts,
        "now": now,
    }
    return render(request, "portal/system.html", context)


def duration(span: timedelta | None) -> str:
    """40 seconds, 12 minutes, 3 hours, 2 days: as exactly as anybody acts on."""
    if span is None:
        return ""
    seconds = max(span.total_seconds(), 0)
    if seconds < 120:
        count = round(seconds)
        return ngettext("%(n)s second", "%(n)s seconds", count) % {"n": count}
    if seconds < 7200:
        count = round(seconds / 60)
        return ngettext("%(n)s minute", "%(n)s minutes", count) % {"n": count}
    if seconds < 172_800:
        count = round(seconds / 3600)
        return ngettext("%(n)s hour", "%(n)s hours", count) % {"n": count}
    count = round(seconds / 86_400)
    return ngettext("%(n)s day", "%(n)s days", count) % {"n": count}


def _sweeps(now: datetime) -> list[Sweep]:
    beats = Heartbeat.objects.in_bulk()
    found = []
    for name, (every, text) in SWEEPS.items():
        beat = beats.get(name)
        gone = now - beat.finished_at if beat else None
        late = gone is not None and gone > MISSED * timedelta(seconds=every) + timedelta(seconds=30)
        when = _("%(span)s ago") % {"span": duration(gone)} if gone is not None else _("never yet")
        found.append(
            Sweep(
                str(text),
                when,
                beat.finished_at if beat else None,
                beat.handled if beat else 0,
                "amber" if late else "green" if beat else "grey",
            )
        )
    return found


def _troubles(
    state: dict[str, Any], parts: list[supervision.Part], figures: queries.Health, sweeps: list[Sweep]
) -> list[Trouble]:
    """Most urgent first; empty when nobody has to do anything."""
    return [*_of_parts(state, parts, sweeps), *_of_messages(state, figures)]


def _of_parts(state: dict[str, Any], parts: list[supervision.Part], sweeps: list[Sweep]) -> list[Trouble]:
    """What does not run."""
    found = []
    if state["redis"] != "ok":
        found.append(
            Trouble(
                _("Redis does not answer."),
                _("Messages still leave, a little later. Start it again; nothing in it has to be saved."),
            )
        )
    waiting = [part.part for part in parts if part.state != "running"]
    if waiting:
        found.append(
            Trouble(
                _("Not running: %(parts)s.") % {"parts": ", ".join(waiting)},
                _("The supervisor tries again by itself. If it goes on, its log says why."),
            )
        )
    if late := [sweep.name for sweep in sweeps if sweep.light == "amber"]:
        found.append(
            Trouble(
                ngettext(
                    "%(n)s periodic task has not run in time.",
                    "%(n)s periodic tasks have not run in time.",
                    len(late),
                )
                % {"n": len(late)},
                _("See whether the worker and its clock run. What was due is done as soon as they do."),
            )
        )
    return found


def _of_messages(state: dict[str, Any], figures: queries.Health) -> list[Trouble]:
    """What does not leave, and what should have been planned before."""
    found = []
    if state.get("held"):
        found.append(
            Trouble(
                _("Every message is held back."),
                _("Nothing leaves until somebody releases them: see Messages held, at the top of this page."),
            )
        )
    elif figures.oldest_due is not None and figures.oldest_due > health.OLDEST_DUE:
        found.append(
            Trouble(
                _("A message has been waiting for %(span)s.") % {"span": duration(figures.oldest_due)},
                _("See whether the mail server answers and a worker runs; then everything leaves by itself."),
            )
        )
    if figures.reconciled:
        found.append(
            Trouble(
                ngettext(
                    "The hourly comparison had to add %(n)s message.",
                    "The hourly comparison had to add %(n)s messages.",
                    figures.reconciled,
                )
                % {"n": figures.reconciled},
                _("A change of posts explains some. Otherwise tell whoever looks after Minga."),
            )
        )
    return found
