"""The ladder editor of a mesa: rows of steps, and what they would send in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.commitments.models import Commitment
from coordination.common.dates import date_words, moment
from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import row_number
from coordination.mesas import actions, ladders
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import can_edit_mesa
from coordination.notifications import preview
from coordination.notifications.facts import commitment_facts, session_facts
from coordination.notifications.ladder_forms import (
    LADDERS,
    MOST_ROWS,
    AboutForm,
    BaseLadder,
    posted,
    twice,
    written,
)
from coordination.sessions.models import Session

MOST_CHOICES = 50
REMINDED = (Commitment.State.AGREED, Commitment.State.IN_PROGRESS, Commitment.State.DISPUTED)


@require_http_methods(["GET", "POST"])
def ladder(request: HttpRequest, slug: str) -> HttpResponse:
    """Steps as typed travel in the address, so that a preview writes nothing and can be sent to a colleague."""
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_edit_mesa(request.actor, mesa):
        raise PermissionDenied
    now = timezone.now()
    about = _about(request, mesa, now)
    if request.method == "GET":
        steps = {which: _typed(request.GET, which, mesa) for which in LADDERS}
        extra = {which: 3 if request.GET.get("add") == which else 1 for which in LADDERS}
        rows = {which: written(which, steps[which], extra[which]) for which in LADDERS}
        version = row_number(request.GET.get("v", "")) or mesa.version
        return _page(request, mesa, rows, about, version, now)
    rows = {which: posted(which, request.POST) for which in LADDERS}
    if not all(formset.management_form.is_valid() for formset in rows.values()):
        return redirect("notifications:ladder", mesa.slug)
    version, act = row_number(request.POST.get("version", "")), request.POST.get("do", "")
    which, _sep, preset = act.removeprefix("preset-").partition("-")
    if preset in LADDERS.get(which, [{}])[-1]:
        rows[which] = written(which, LADDERS[which][-1][preset])
    if not all(formset.is_valid() for formset in rows.values()):
        return _page(request, mesa, rows, about, version, now)
    if act == "save":
        return _save(request, mesa, rows, about, version, now)
    _tell_merged(request, rows)
    return redirect(_address(mesa, rows, about, version, act))


def _save(
    request: HttpRequest,
    mesa: Mesa,
    rows: dict[str, BaseLadder],
    about: AboutForm,
    version: int,
    now: datetime,
) -> HttpResponse:
    try:
        actions.set_ladders(
            mesa_id=mesa.pk,
            version=version,
            session_ladder=rows["session"].steps(),
            commitment_ladder=rows["commitment"].steps(),
            by=request.actor,
            now=now,
        )
    except StaleVersion as error:
        mesa.refresh_from_db()
        context = {"theirs": _theirs(mesa), "problem": error.message}
        return _page(request, mesa, rows, about, mesa.version, now, status=409, **context)
    except DomainError as error:
        return _page(request, mesa, rows, about, version, now, problem=error.message)
    _tell_merged(request, rows)
    messages.success(request, _("The ladders are saved. The reminders that are still to leave follow them."))
    return redirect("notifications:ladder", mesa.slug)


def _page(
    request: HttpRequest,
    mesa: Mesa,
    rows: dict[str, BaseLadder],
    about: AboutForm,
    version: int,
    now: datetime,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    parts = [_part(which, formset, mesa, about, now) for which, formset in rows.items()]
    context = {
        "mesa": mesa,
        "parts": parts,
        "version": version,
        "has_errors": "problem" in more or any(part.formset.total_error_count() for part in parts),
        "section": "mesas",
        "unsaved": any(part.is_unsaved for part in parts),
        "next_session": Session.objects.visible_to(request.actor).filter(mesa=mesa).ahead(now).first(),
        **more,
    }
    return render(request, "notifications/ladder.html", context, status=status)


@dataclass
class Part:
    """One of the two ladders with its preview; no preview while a row needs correcting."""

    which: str
    formset: BaseLadder
    is_unsaved: bool
    is_empty: bool
    merged: str
    choices: list[tuple[str, Any]]
    chosen: str
    happens: str
    preview: list[preview.Step] | None


def _part(which: str, formset: BaseLadder, mesa: Mesa, about: AboutForm, now: datetime) -> Part:
    chosen, choices = about.chosen(which), about.fields[which].choices  # type: ignore[attr-defined]
    if not formset.is_readable:
        return Part(which, formset, True, False, "", choices, chosen, "", None)
    typed = formset.steps()
    again = twice(which, typed)
    steps = LADDERS[which][2](typed)
    saved, known = getattr(mesa, f"{which}_ladder"), getattr(mesa, f"{which}_ladder_since")
    since = ladders.moments(ladders.counted_from(saved, known, steps, now))
    blank = sum(form.step() is None for form in formset.forms)
    shown = written(which, steps, max(1, blank))
    shows = _session_preview if which == "session" else _commitment_preview
    happens, lines = shows(about, steps, since, mesa, now)
    return Part(
        which,
        shown,
        set(steps) != set(saved),
        not steps,
        _merged(again) if again else "",
        choices,
        chosen,
        happens,
        lines,
    )


def _session_preview(
    about: AboutForm, steps: list[int], since: dict[int, datetime], mesa: Mesa, now: datetime
) -> tuple[str, list[preview.Step]]:
    session = about.sessions.get(about.chosen("session"))
    facts = session_facts(session.pk, now) if session else None
    if facts is None:
        facts, since = preview.example_session(steps, mesa.zone, now), {}
    starts = _("Starts on %(when)s.") % {"when": moment(facts.starts_at, facts.zone.key)}
    return starts, preview.session_steps(facts, steps, since, now)


def _commitment_preview(
    about: AboutForm, steps: list[int], since: dict[int, datetime], mesa: Mesa, now: datetime
) -> tuple[str, list[preview.Step]]:
    commitment = about.commitments.get(about.chosen("commitment"))
    facts = commitment_facts(commitment.pk, now) if commitment else None
    if facts is None or facts.due_on is None:
        facts, since, commitment = preview.example_commitment(steps, mesa.zone, now), {}, None
    due = _("Due on %(when)s.") % {"when": date_words(facts.due_on)} if facts.due_on else ""
    responsible = commitment.responsible if commitment else None
    return due, preview.commitment_steps(facts, steps, since, now, responsible=responsible)


def _about(request: HttpRequest, mesa: Mesa, now: datetime) -> AboutForm:
    """What the editor may see of this mesa's sessions ahead and of its open commitments: what comes next first."""
    states = [Session.State.DRAFT, Session.State.ANNOUNCED, Session.State.CONVENED]
    sessions = Session.objects.visible_to(request.actor).live().filter(mesa=mesa, state__in=states)
    overdue = ExpressionWrapper(Q(due_on__lt=timezone.localdate(now)), output_field=BooleanField())
    commitments = (
        Commitment.objects.visible_to(request.actor)
        .filter(mesa=mesa, state__in=REMINDED, provenance="live", due_on__isnull=False)
        .annotate(is_overdue=overdue)
    )
    return AboutForm(
        request.POST if request.method == "POST" else request.GET,
        sessions=sessions.filter(starts_at__gt=now).order_by("starts_at", "id")[:MOST_CHOICES],
        commitments=commitments.select_related("mesa", "responsible").order_by("is_overdue", "due_on", "id")[
            :MOST_CHOICES
        ],
    )


def _typed(query: QueryDict, which: str, mesa: Mesa) -> list[int]:
    """The steps in the address; what is no number is left out. Without any, what is saved."""
    if "v" not in query:
        return list(getattr(mesa, f"{which}_ladder"))
    found = [_whole(text) for text in query.getlist(which[0])[:MOST_ROWS]]
    return [step for step in found if step is not None]


def _whole(text: str) -> int | None:
    number = row_number(text.removeprefix("-"))
    if not number and text != "0":
        return None
    return -number if text.startswith("-") else number


def _address(mesa: Mesa, rows: dict[str, BaseLadder], about: AboutForm, version: int, act: str) -> str:
    query = {
        "v": version,
        "session": about.chosen("session"),
        "commitment": about.chosen("commitment"),
        **{which[0]: formset.steps() for which, formset in rows.items()},
    }
    if act.startswith("add-"):
        query["add"] = act.removeprefix("add-")
    return f"{reverse('notifications:ladder', args=[mesa.slug])}?{urlencode(query, doseq=True)}"


def _theirs(mesa: Mesa) -> list[tuple[str, str]]:
    return [
        (_("Before a session"), ", ".join(map(preview.before_words, mesa.session_ladder))),
        (_("Around a due date"), ", ".join(map(preview.around_words, mesa.commitment_ladder))),
    ]


def _tell_merged(request: HttpRequest, rows: dict[str, BaseLadder]) -> None:
    for which, formset in rows.items():
        if again := twice(which, formset.steps()):
            messages.warning(request, _merged(again))


def _merged(again: list[str]) -> str:
    return _("Written more than once, kept once: %(steps)s.") % {"steps": ", ".join(again)}
