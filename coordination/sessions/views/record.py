"""Outcomes of each item, and the guided end of a session."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.common.errors import DomainError, StaleVersion
from coordination.common.undo import recall, remember, remembered
from coordination.sessions import actions
from coordination.sessions.circle import reach
from coordination.sessions.forms import CloseForm, OutcomeForm
from coordination.sessions.models import AgendaItem, Outcome, Session
from coordination.sessions.permissions import can_close, can_record
from coordination.sessions.queries import commitment_hangs_on, load_parts, outcomes_by_item
from coordination.sessions.quorum import shortfall
from coordination.sessions.views.loading import load
from coordination.sessions.writers import why_not_recording

# Where the pages of an outcome lead back to: the session's screen, else the list.
ON_THE_DAY = "en-curso"


@require_http_methods(["GET", "POST"])
def outcomes(request: HttpRequest, public_id: object) -> HttpResponse:
    """Every item with what came of it. ``?punto=`` opens the form under one item, without a script."""
    session = load_parts(load(request, public_id, can_record), request.actor, "blocks")
    item = _items(request, session).filter(public_id__in=_asked(request)).first()
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and item is None:
        raise Http404
    if request.method == "POST" and item and form.is_valid():
        data = form.cleaned_data
        try:
            outcome = actions.record_outcome(
                item_id=item.pk, kind=data["kind"], text=data["text"], is_reserved=data["is_reserved"],
                by=request.actor, now=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            return _recorded(request, session, outcome)
    rows = outcomes_by_item(session, request.actor)
    context = {
        "session": session,
        "rows": rows,
        "removed": _removed(request, {row.item.pk for row in rows}),
        "only_proposed": sum(each.commitment_state == "proposed" for row in rows for each in row.outcomes),
        "open_item": item,
        "form": form,
        "closed_because": why_not_recording(session, timezone.now()),
        "known": reach(request.actor, session),
    }
    return render(request, "sessions/outcomes.html", context)


def _removed(request: HttpRequest, item_ids: set[int]) -> list[tuple[str, str]]:
    """What this person took away under these items and may still put back: the code of its undo, and its words."""
    return [
        (code, content["text"])
        for code, content in remembered(request).items()
        if content.get("item") in item_ids and content.get("text")
    ]


@require_http_methods(["GET", "POST"])
def outcome_edit(request: HttpRequest, public_id: object, outcome_id: object) -> HttpResponse:
    session, outcome = _load_outcome(request, public_id, outcome_id)
    form = OutcomeForm(request.POST or None, instance=Outcome.objects.get(pk=outcome.pk))
    context: dict[str, Any] = {
        "session": session,
        "outcome": outcome,
        "form": form,
        "is_fixed": commitment_hangs_on(outcome),
        "on_the_day": request.GET.get("vista") == ON_THE_DAY,
    }
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.edit_outcome(
                outcome_id=outcome.pk, version=data["version"] or 0, kind=data["kind"], text=data["text"],
                is_reserved=data["is_reserved"], by=request.actor, now=timezone.now(),
            )  # fmt: skip
        except StaleVersion as error:
            form.add_error(None, str(error.message))
            form.go_on_from(outcome.version)
            theirs = [
                (form.fields["kind"].label, outcome.get_kind_display()),
                (form.fields["text"].label, outcome.text),
            ]
            context["theirs"], status = theirs, 409
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("The outcome is saved."))
            return _back(request, session, outcome.item)
    return render(request, "sessions/outcome.html", context, status=status)


@require_POST
def outcome_remove(request: HttpRequest, public_id: object, outcome_id: object) -> HttpResponse:
    session, outcome = _load_outcome(request, public_id, outcome_id)
    names = ("kind", "text", "agreement", "is_reserved")
    content = {"item": outcome.item_id} | {name: getattr(outcome, name) for name in names}
    try:
        actions.remove_outcome(outcome_id=outcome.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        kept = {"resultado": remember(request, content), "vista": request.GET.get("vista", "")}
        undo = reverse("sessions:outcome_restore", args=[session.public_id], query=kept)
        messages.success(request, _("The outcome was removed."), extra_tags=f"undo:{undo}")
    return _back(request, session, outcome.item)


@require_POST
def outcome_restore(request: HttpRequest, public_id: object) -> HttpResponse:
    """Takes a removal back: the same text under the same item."""
    session = load(request, public_id, can_record)
    content = recall(request, request.GET.get("resultado", ""))
    item = _items(request, session).filter(pk=content.pop("item", None)).first() if content else None
    try:
        if content and item:
            actions.record_outcome(item_id=item.pk, **content, by=request.actor, now=timezone.now())
            messages.success(request, _("The outcome is back."))
        else:
            messages.error(
                request, _("This can no longer be undone. Write the outcome again under its item.")
            )
    except DomainError as error:
        messages.error(request, str(error.message))
    return _back(request, session, item)


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, public_id: object) -> HttpResponse:
    """Attendance, outcomes, end: what is missing is named with the way there; then it is closed."""
    session = load(request, public_id, can_close)
    form = CloseForm(
        request.POST or None, initial={"result": "failed" if session.quorum_met is False else "held"}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.close(
                session_id=session.pk,
                result=form.cleaned_data["result"],
                failure_note=form.cleaned_data["failure_note"],
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("The session is closed. Its follow-up is planned."))
            return redirect(session.get_absolute_url())
    rows = outcomes_by_item(session, request.actor)
    count = sum(len(row.outcomes) for row in rows)
    is_over = bool(session.ends_at and session.ends_at <= timezone.now())
    context = {
        "session": session,
        "form": form,
        "outcome_count": count,
        "silent_items": [row.item for row in rows if not row.outcomes and not row.item.is_generated],
        "is_over": is_over,
        "can_close_now": is_over and session.state == "convened" and session.attendance_closed_at is not None,
        "steps": _steps(session, count),
        "missing": shortfall(session) if session.quorum_met is False else None,
    }
    return render(request, "sessions/close.html", context)


def _recorded(request: HttpRequest, session: Session, outcome: Outcome) -> HttpResponse:
    """A commitment goes on to its own form; anything else returns to the list."""
    if outcome.kind == Outcome.Kind.COMMITMENT:
        messages.success(request, _("The outcome is recorded. Now say who answers for it and until when."))
        return redirect("commitments:propose", outcome.public_id)
    told = _("Recorded: “%(text)s”") % {"text": Truncator(outcome.text).chars(60)}
    messages.success(request, told)
    return redirect(
        f"{reverse('sessions:outcomes', args=[session.public_id])}#punto-{outcome.item.public_id}"
    )


def _asked(request: HttpRequest) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(request.POST.get("punto") or request.GET.get("punto") or "")]
    except ValueError:
        return []


def _load_outcome(request: HttpRequest, public_id: object, outcome_id: object) -> tuple[Session, Outcome]:
    session = load(request, public_id, can_record)
    # Who writes the record reads what is reserved; what is casa adentro only its circle.
    items = _items(request, session).values("pk")
    seen = Outcome.objects.filter(session=session, item__in=items).select_related("item")
    return session, get_object_or_404(seen, public_id=outcome_id)


def _items(request: HttpRequest, session: Session) -> "QuerySet[AgendaItem]":
    return AgendaItem.objects.shown_to(request.actor).filter(session=session)


def _back(request: HttpRequest, session: Session, item: AgendaItem | None) -> HttpResponse:
    """To the session's screen, if one came from there; else to the list."""
    if request.GET.get("vista") != ON_THE_DAY:
        return redirect("sessions:outcomes", session.public_id)
    query = {"punto": str(item.public_id)} if item else None
    return redirect(f"{reverse('minutes:running', args=[session.public_id], query=query)}#resultados")


def _steps(session: Session, outcomes_recorded: int) -> list[dict[str, Any]]:
    attendance = bool(session.attendance_closed_at)
    return [
        {
            "label": _("Attendance"),
            "done": attendance,
            "current": not attendance,
            "url": reverse("attendees:attendance", args=[session.public_id]),
        },
        {
            "label": _("Outcomes"),
            "done": attendance and outcomes_recorded > 0,
            "current": attendance and outcomes_recorded == 0,
            "url": reverse("sessions:outcomes", args=[session.public_id]),
        },
        {
            "label": _("Close"),
            "current": attendance and outcomes_recorded > 0,
            "done": bool(session.closed_at),
        },
    ]
