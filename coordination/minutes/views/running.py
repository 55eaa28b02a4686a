"""The session's screen for whoever writes it down: item by item, notes, the clock, the next session."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coordination.common.dates import clock
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.permissions import Permission, has
from coordination.minutes import on_the_day, seats
from coordination.minutes.actions.notes import mark_presence, save_notes
from coordination.minutes.models import ItemRecord
from coordination.minutes.record_forms import NotesForm
from coordination.minutes.views.on_stage import as_uuid, back, item_of, number, screen, stage
from coordination.sessions import actions
from coordination.sessions.following import later_than
from coordination.sessions.models import AgendaItem, Session
from coordination.sessions.permissions import can_schedule

CLOCK = {"empezar": actions.start_item, "terminar": actions.end_item, "deshacer": actions.undo_times}


@require_safe
def running(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """``?punto=`` opens an item, ``?anadir=`` a form under it, both without a script."""
    session = stage(request, public_id)
    asked = request.GET.get("punto", "")
    if asked and not as_uuid(asked):
        raise Http404
    return screen(request, session, asked=as_uuid(asked), adding=request.GET.get("anadir", ""))


@require_POST
def notes(request: HttpRequest, public_id: uuid.UUID, item_id: uuid.UUID) -> HttpResponse:
    """Saves the notes; by the page's script many times a minute, or by its button. A stale text is answered 409."""
    session = stage(request, public_id)
    item = item_of(request, session, item_id)
    by_script = request.headers.get("Accept") == "application/json"
    form = NotesForm(request.POST)
    if not form.is_valid():
        if by_script:
            return JsonResponse(
                {"told": " ".join(str(e) for es in form.errors.values() for e in es)}, status=422
            )
        return screen(request, session, asked=str(item.public_id), notes=form, status=422)
    data = form.cleaned_data
    try:
        kept = save_notes(
            item_id=item.pk, version=data["version"] or 0, notes=data["notes"],
            reserved_notes=data["reserved_notes"], by=request.actor, now=timezone.now(),
        )  # fmt: skip
    except StaleVersion as error:
        return (
            JsonResponse({"told": str(error)}, status=409)
            if by_script
            else _stale(request, session, item, form)
        )
    except DomainError as error:
        if by_script:
            return JsonResponse({"told": str(error)}, status=422)
        form.add_error(None, str(error.message))
        return screen(request, session, asked=str(item.public_id), notes=form, status=422)
    if by_script:
        at = clock(timezone.localtime(kept.saved_at, session.zone))
        return JsonResponse({"version": kept.version, "told": _("Saved at %(at)s.") % {"at": at}})
    messages.success(request, _("The notes are saved."))
    return back(session, item, "notas")


def _stale(request: HttpRequest, session: Session, item: AgendaItem, form: NotesForm) -> HttpResponse:
    """Both texts side by side, and in the field both in one, to be put in order and saved."""
    kept = ItemRecord.objects.select_related("saved_by").get(item=item)
    data = form.cleaned_data
    together = NotesForm(
        initial={
            "version": kept.version,
            "notes": on_the_day.merged(kept.notes, data["notes"]),
            "reserved_notes": on_the_day.merged(kept.reserved_notes, data["reserved_notes"]),
        }
    )
    context = {
        "section": "sessions",
        "session": session,
        "item": item,
        "kept": kept,
        "mine": data,
        "form": together,
    }
    return render(request, "minutes/running_stale.html", context, status=409)


@require_safe
def notes_history(request: HttpRequest, public_id: uuid.UUID, item_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    item = item_of(request, session, item_id)
    context = {
        "section": "sessions",
        "session": session,
        "item": item,
        "versions": on_the_day.history_of(item),
    }
    return render(request, "minutes/running_history.html", context)


@require_POST
def presence(request: HttpRequest, public_id: uuid.UUID, item_id: uuid.UUID) -> HttpResponse:
    """The heartbeat of an open item: who else has it open, which version stands, who is there. Three queries."""
    now, actor = timezone.now(), request.actor
    item = on_the_day.item_to_write(actor, public_id, item_id, now)
    if item is None or actor.person_id is None:
        raise Http404
    session = item.session
    if not (item.is_writer or has(actor, Permission.RECORD, session.mesa)):  # type: ignore[attr-defined]
        raise PermissionDenied
    mark_presence(item_id=item.pk, person_id=actor.person_id, now=now)
    seated = seats.seats_here(session, block_id=number(request, "bloque") or None, actor=actor)
    counted = seats.quorum_of(seated, session.mesa)
    record = getattr(item, "record", None)
    return JsonResponse(
        {
            "others": list(item.writers),  # type: ignore[attr-defined]
            "version": record.version if record else 0,
            "organizations": counted.organizations,
            "sectors": counted.sectors,
            "met": counted.met,
        }
    )


@require_POST
def times(request: HttpRequest, public_id: uuid.UUID, item_id: uuid.UUID) -> HttpResponse:
    """The item begins, ends, or the last press is taken back."""
    session = stage(request, public_id)
    item = item_of(request, session, item_id)
    act = request.POST.get("que") or request.GET.get("que") or ""
    if act not in CLOCK:
        raise Http404
    try:
        CLOCK[act](item_id=item.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
        return back(session, item)
    if act == "deshacer":
        messages.success(request, _("The clock is as it was before."))
        return back(session, item)
    told = _("“%(item)s” has begun.") if act == "empezar" else _("“%(item)s” has ended.")
    undo = f"{reverse('minutes:times', args=[session.public_id, item.public_id])}?{urlencode({'que': 'deshacer'})}"
    messages.success(request, told % {"item": item.title}, extra_tags=f"undo:{undo}")
    following = _next(request, session, item) if act == "terminar" else None
    return back(session, following or item)


def _next(request: HttpRequest, session: Session, item: AgendaItem) -> AgendaItem | None:
    rows = AgendaItem.objects.shown_to(request.actor).filter(session=session, order__gt=item.order)
    found: AgendaItem | None = rows.order_by("order").first()
    return found


@require_POST
def carry(request: HttpRequest, public_id: uuid.UUID, item_id: uuid.UUID) -> HttpResponse:
    """What was not dealt with goes on to the mesa's next session; ``?deshacer=1`` takes it back."""
    session = stage(request, public_id)
    item = item_of(request, session, item_id)
    target = later_than(session)
    if target is None or not can_schedule(request.actor, target):
        raise PermissionDenied
    try:
        if request.GET.get("deshacer"):
            actions.take_back_item(item_id=item.pk, to_id=target.pk, by=request.actor, now=timezone.now())
            messages.success(request, _("The item is here again and nowhere else."))
            return back(session, item)
        actions.carry_item(item_id=item.pk, to_id=target.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
        return back(session, item)
    told = _("“%(item)s” goes on in the %(session)s.") % {"item": item.title, "session": target.short_title}
    undo = f"{reverse('minutes:carry', args=[session.public_id, item.public_id])}?deshacer=1"
    messages.success(request, told, extra_tags=f"undo:{undo}")
    return redirect(f"{reverse('minutes:running', args=[session.public_id])}?punto={item.public_id}")
