"""Schedule, edit, announce, cancel."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from coordination.common.dates import span
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.models import Mesa
from coordination.sessions import actions
from coordination.sessions.actions.planning import refuse_unless_ahead
from coordination.sessions.clashes import attending, seated_at
from coordination.sessions.forms import CancelForm, SessionForm
from coordination.sessions.models import Session
from coordination.sessions.permissions import can_schedule, can_schedule_for, in_circle
from coordination.sessions.queries import audience, next_number, seats_needed
from coordination.sessions.views.loading import load
from coordination.sessions.views.warning import unread_clashes


@require_http_methods(["GET", "POST"])
def schedule(request: HttpRequest, slug: str) -> HttpResponse:
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_schedule_for(request.actor, mesa):
        raise PermissionDenied
    form = SessionForm(request.POST or None, mesa=mesa)
    met = None
    if request.method == "POST" and form.is_valid():
        met = unread_clashes(request, form, seated_at(mesa.pk, timezone.localdate()))
    if request.method == "POST" and form.is_valid() and not met:
        try:
            session = actions.schedule(mesa_id=mesa.pk, **form.wanted(), by=request.actor, now=timezone.now())
        except DomainError as error:
            refuse(form, error)
        else:
            told = _("%(session)s is scheduled as a draft. Write its agenda; then announce or convene it.")
            messages.success(request, told % {"session": session.short_title})
            hint_at_room(request, session)
            return redirect("sessions:agenda", session.public_id)
    context = {"form": form, "mesa": mesa, "number": next_number(mesa), "clashes": met}
    return render(request, "sessions/schedule.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, public_id: object) -> HttpResponse:
    """Changes what the form says and tells in words who will hear of it."""
    session = load(request, public_id, can_schedule)
    form = SessionForm(request.POST or None, instance=_copy(session), mesa=session.mesa)
    if not in_circle(request.actor, session):
        del form.fields["topic"]  # the outer ring plans when and where
    context: dict[str, Any] = {"form": form, "session": session, "audience": audience(session)}
    context["fixed_because"] = fixed_because(session)
    status = 200
    if request.method == "POST" and form.is_valid() and _moves(session, form):
        who = attending(session, timezone.localdate())
        context["clashes"] = unread_clashes(request, form, who, but=session.pk)
    if request.method == "POST" and form.is_valid() and not context.get("clashes"):
        version = form.cleaned_data["version"] or 0
        try:
            saved = actions.edit(
                session_id=session.pk, version=version, **form.wanted(), by=request.actor, now=timezone.now()
            )
        except StaleVersion as error:
            form.add_error(None, str(error.message))
            form.go_on_from(session.version)
            context["theirs"], status = _theirs(form, session), 409
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, saved_words(session, saved, context["audience"].organizations))
            hint_at_room(request, saved)
            return redirect(saved.get_absolute_url())
    return render(request, "sessions/edit.html", context, status=status)


@require_POST
def announce(request: HttpRequest, public_id: object) -> HttpResponse:
    session = load(request, public_id, can_schedule)
    try:
        actions.announce(session_id=session.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(
            request, _("The session is announced: it shows on the public page. Nobody was written to.")
        )
    return redirect(session.get_absolute_url())


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, public_id: object) -> HttpResponse:
    """Asked for on a page of its own, because mail goes out: how many will be told stands on the button."""
    session = load(request, public_id, can_schedule)
    form = CancelForm(request.POST or None)
    told = audience(session)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel(
                session_id=session.pk,
                reason=form.cleaned_data["reason"],
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, _cancelled(session, told.organizations))
            return redirect(session.get_absolute_url())
    context = {"form": form, "session": session, "audience": told, "fixed_because": fixed_because(session)}
    return render(request, "sessions/cancel.html", context)


def _moves(session: Session, form: SessionForm) -> bool:
    wanted = form.wanted()
    return any(wanted[name] != getattr(session, name) for name in ("starts_at", "ends_at"))


def _copy(session: Session) -> Session:
    """A second object for the form, which writes on the one it is given."""
    return Session.objects.select_related("mesa", "canton").get(pk=session.pk)


def fixed_because(session: Session) -> str:
    """Why it can be neither changed nor cancelled any more; empty when it can."""
    try:
        refuse_unless_ahead(session, timezone.now())
    except DomainError as error:
        return str(error.message)
    return ""


def refuse(form: Any, error: DomainError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def hint_at_room(request: HttpRequest, session: Session) -> None:
    """A room too small is no mistake: not every organization sends everybody. It is worth knowing early."""
    needed = seats_needed(session.mesa, timezone.localdate())
    if session.capacity and session.capacity < needed:
        told = _(
            "The room holds %(capacity)s people and full delegations of every seat would be %(needed)s. "
            "Registration stops when it is full."
        )
        messages.warning(request, told % {"capacity": session.capacity, "needed": needed})


def saved_words(before: Session, saved: Session, organizations: int) -> str:
    if saved.version == before.version:
        return _("Nothing was different, so nothing was changed and nobody is told.")
    if saved.schedule_version == before.schedule_version or not organizations:
        return _("The session is saved. Nobody is written to about this change.")
    told = ngettext(
        "The session is saved. The notice to %(count)s organization and those it named leaves in some minutes: "
        "several edits make one mail.",
        "The session is saved. The notice to %(count)s organizations and those they named leaves in some minutes: "
        "several edits make one mail.",
        organizations,
    )
    return told % {"count": organizations}


def _cancelled(session: Session, organizations: int) -> str:
    if not organizations:
        return _("The session is cancelled. It keeps its number. Nobody had been invited yet.")
    told = ngettext(
        "The session is cancelled. It keeps its number. %(count)s organization will be told.",
        "The session is cancelled. It keeps its number. %(count)s organizations will be told.",
        organizations,
    )
    return told % {"count": organizations}


def _theirs(form: SessionForm, session: Session) -> list[tuple[Any, Any]]:
    """What stands on file where it differs from what was sent."""
    sent = form.wanted()
    rows = []
    if any(sent[name] != getattr(session, name) for name in ("starts_at", "ends_at", "time_zone")):
        rows.append((_("When"), span(session.starts_at, session.ends_at, session.time_zone)))  # type: ignore[arg-type]
    shown = {
        "kind": session.get_kind_display(),
        "topic": session.topic,
        "modality": session.get_modality_display(),
        "venue": session.venue,
        "address": session.address,
        "capacity": session.capacity,
        "online_url": session.online_url,
    }
    rows += [
        (form.fields[name].label, value)
        for name, value in shown.items()
        if name in sent and sent[name] != getattr(session, name)
    ]
    for name in ("room", "online_account"):
        if name in form.fields and sent[f"{name}_id"] != getattr(session, f"{name}_id"):
            rows.append((form.fields[name].label, getattr(session, name)))
    if sent["canton_id"] != session.canton_id:
        rows.append((form.fields["canton"].label, session.canton))
    if sent["registration_closes_at"] != session.registration_closes_at:
        closes = form.initial.get("registration_closes_on")
        rows.append((form.fields["registration_closes_on"].label, closes))
    return rows or [(_("State"), session.get_state_display())]
