"""Outcomes of each item, and the guided end of a session."""

import uuid
from typing import Any

from django.contrib import messages
from django.core import signing
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.common.errors import DomainError, StaleVersion
from coordination.sessions import actions
from coordination.sessions.forms import CloseForm, OutcomeForm
from coordination.sessions.models import AgendaItem, Outcome, Session
from coordination.sessions.permissions import can_close, can_record
from coordination.sessions.queries import commitment_hangs_on, outcomes_by_item
from coordination.sessions.views.loading import load

UNDO_SALT = "minga.outcome.undo"
UNDO_SECONDS = 60 * 60


@require_http_methods(["GET", "POST"])
def outcomes(request: HttpRequest, public_id: object) -> HttpResponse:
    """Every item with what came of it. ``?punto=`` opens the form under one item, without a script."""
    session = load(request, public_id, can_record)
    item = _items(request, session).filter(public_id__in=_asked(request)).first()
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and item is None:
        raise Http404
    if request.method == "POST" and item and form.is_valid():
        data = form.cleaned_data
        try:
            outcome = actions.record_outcome(
                item_id=item.pk, kind=data["kind"], text=data["text"], by=request.actor, now=timezone.now()
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            return _recorded(request, session, outcome)
    context = {
        "session": session,
        "rows": outcomes_by_item(session, request.actor),
        "open_item": item,
        "form": form,
        "closed_because": _closed_because(session),
    }
    return render(request, "sessions/outcomes.html", context)


@require_http_methods(["GET", "POST"])
def outcome_edit(request: HttpRequest, public_id: object, outcome_id: object) -> HttpResponse:
    session, outcome = _load_outcome(request, public_id, outcome_id)
    form = OutcomeForm(request.POST or None, instance=Outcome.objects.get(pk=outcome.pk))
    context: dict[str, Any] = {
        "session": session,
        "outcome": outcome,
        "form": form,
        "is_fixed": commitment_hangs_on(outcome),
    }
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.edit_outcome(
                outcome_id=outcome.pk, version=data["version"] or 0, kind=data["kind"], text=data["text"],
                by=request.actor, now=timezone.now(),
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
            return redirect("sessions:outcomes", session.public_id)
    return render(request, "sessions/outcome.html", context, status=status)


@require_POST
def outcome_remove(request: HttpRequest, public_id: object, outcome_id: object) -> HttpResponse:
    session, outcome = _load_outcome(request, public_id, outcome_id)
    content = {"item": outcome.item_id, "kind": outcome.kind, "text": outcome.text}
    try:
        actions.remove_outcome(outcome_id=outcome.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        signed = signing.dumps(content, salt=UNDO_SALT, compress=True)
        undo = f"{reverse('sessions:outcome_restore', args=[session.public_id])}?{urlencode({'resultado': signed})}"
        messages.success(request, _("The outcome was removed."), extra_tags=f"undo:{undo}")
    return redirect("sessions:outcomes", session.public_id)


@require_POST
def outcome_restore(request: HttpRequest, public_id: object) -> HttpResponse:
    """Takes a removal back: the same text under the same item."""
    session = load(request, public_id, can_record)
    try:
        content = signing.loads(request.GET.get("resultado", ""), salt=UNDO_SALT, max_age=UNDO_SECONDS)
        item = get_object_or_404(_items(request, session), pk=content["item"])
        actions.record_outcome(
            item_id=item.pk, kind=content["kind"], text=content["text"], by=request.actor, now=timezone.now()
        )
    except signing.BadSignature:
        messages.error(request, _("This can no longer be undone. Write the outcome again under its item."))
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The outcome is back."))
    return redirect("sessions:outcomes", session.public_id)


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
    seen = Outcome.objects.shown_to(request.actor).filter(session=session).select_related("item")
    return session, get_object_or_404(seen, public_id=outcome_id)


def _items(request: HttpRequest, session: Session) -> "QuerySet[AgendaItem]":
    return AgendaItem.objects.shown_to(request.actor).filter(session=session)


def _closed_because(session: Session) -> str:
    """Why nothing can be recorded now; empty when it can."""
    if session.is_historic or session.closed_at or session.state == Session.State.CANCELLED:
        return _("The record of this session is complete and does not change any more.")
    if session.state in (Session.State.DRAFT, Session.State.ANNOUNCED):
        return _("The session has not been convened yet. What comes of it can be recorded once it starts.")
    if session.starts_at and session.starts_at > timezone.now():
        return _("The session has not started. What comes of it can be recorded from its first minute on.")
    return ""


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
