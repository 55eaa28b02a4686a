"""The ladder editor of a mesa: rows of steps, and what they would send in words."""

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

from coordination.commitments.escalation import OWED_STATES
from coordination.commitments.models import Commitment
from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import row_number
from coordination.mesas import actions
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import can_edit_mesa
from coordination.notifications import preview
from coordination.notifications.ladder_forms import (
    LADDERS,
    MOST_ROWS,
    AboutForm,
    BaseLadder,
    posted,
    twice,
    written,
)
from coordination.notifications.ladder_parts import merged, part_of
from coordination.sessions.models import Session

MOST_CHOICES = 50


@require_http_methods(["GET", "POST"])
def ladder(request: HttpRequest, slug: str) -> HttpResponse:
    """Steps as typed travel in the address, so that a preview writes nothing and can be sent to a colleague."""
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_edit_mesa(request.actor, mesa):
        raise PermissionDenied
    now = timezone.now()
    about = _about(request, mesa, now)
    if request.method == "GET":
        add = request.GET.get("add")
        rows = {
            which: written(which, _typed(request.GET, which, mesa), 3 if add == which else 1)
            for which in LADDERS
        }
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
    messages.success(request, _("The reminders are saved. Those that are still to leave follow them."))
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
    ahead = list(Session.objects.visible_to(request.actor).filter(mesa=mesa).ahead(now)[:MOST_CHOICES])
    parts = [part_of(which, formset, mesa, about, ahead, now) for which, formset in rows.items()]
    context = {
        "mesa": mesa,
        "parts": parts,
        "version": version,
        "has_errors": "problem" in more or any(part.formset.total_error_count() for part in parts),
        "section": "mesas",
        "unsaved": any(part.is_unsaved for part in parts),
        **more,
    }
    return render(request, "notifications/ladder.html", context, status=status)


def _about(request: HttpRequest, mesa: Mesa, now: datetime) -> AboutForm:
    """What the editor may see of this mesa's sessions ahead and of its open commitments: what comes next first."""
    states = [Session.State.DRAFT, Session.State.ANNOUNCED, Session.State.CONVENED]
    sessions = Session.objects.visible_to(request.actor).live().filter(mesa=mesa, state__in=states)
    overdue = ExpressionWrapper(Q(due_on__lt=timezone.localdate(now)), output_field=BooleanField())
    commitments = (
        Commitment.objects.visible_to(request.actor)
        .filter(mesa=mesa, state__in=OWED_STATES, provenance="live", due_on__isnull=False)
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
            messages.warning(request, merged(again))
