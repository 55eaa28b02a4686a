"""The order of the day: list with hours, add, edit, move, remove and take back."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from coordination.common.errors import DomainError, StaleVersion
from coordination.sessions import actions, deadlines
from coordination.sessions.circle import reach
from coordination.sessions.forms import AgendaItemForm
from coordination.sessions.models import AgendaItem, Paper, Session
from coordination.sessions.permissions import can_set_agenda
from coordination.sessions.queries import agenda_with_times, load_parts
from coordination.sessions.views.loading import load

UNDO_SALT = "minga.agenda.undo"
UNDO_SECONDS = 60 * 60


@require_http_methods(["GET", "POST"])
def agenda(request: HttpRequest, public_id: object) -> HttpResponse:
    session = load(request, public_id, can_set_agenda)
    load_parts(session, request.actor)
    known = reach(request.actor, session)
    form = AgendaItemForm(request.POST or None, session=session, people=known.people)
    if request.method == "POST" and form.is_valid():
        try:
            item = actions.add_item(
                session_id=session.pk, **form.wanted(), by=request.actor, now=timezone.now()
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("“%(title)s” is on the agenda.") % {"title": item.title})
            return redirect(f"{reverse('sessions:agenda', args=[session.public_id])}#nuevo")
    order_of_day = agenda_with_times(session)
    context = {
        "session": session,
        "form": form,
        "known": known,
        "agenda": order_of_day,
        # The one filled button: until something stands beside the generated item, and once the invitations are out.
        "next_is_adding": len(order_of_day.items) < 2 or session.state == "convened",
        **_before(session, request.actor),
        "is_open": session.state in ("draft", "announced", "convened") and not session.is_historic,
    }
    return render(request, "sessions/agenda.html", context)


@require_http_methods(["GET", "POST"])
def item_edit(request: HttpRequest, public_id: object, item_id: object) -> HttpResponse:
    session, item = _load_item(request, public_id, item_id)
    load_parts(session, request.actor, "blocks")
    known = reach(request.actor, session)
    copy = AgendaItem.objects.get(pk=item.pk)
    form = AgendaItemForm(request.POST or None, instance=copy, session=session, people=known.people)
    context: dict[str, Any] = {"session": session, "item": item, "form": form, "known": known}
    status = 200
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            actions.edit_item(
                item_id=item.pk, version=version, **form.wanted(), by=request.actor, now=timezone.now()
            )
        except StaleVersion as error:
            form.add_error(None, str(error.message))
            form.go_on_from(item.version)
            context["theirs"], status = _theirs(form, item), 409
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("The item is saved."))
            return redirect("sessions:agenda", session.public_id)
    return render(request, "sessions/item.html", context, status=status)


@require_POST
def item_move(request: HttpRequest, public_id: object, item_id: object) -> HttpResponse:
    """One place up or down by its buttons; dragged, before another item or to the end."""
    session, item = _load_item(request, public_id, item_id)
    to = request.POST.get("to", "")
    try:
        if to in ("up", "down"):
            actions.move_item(item_id=item.pk, up=to == "up", by=request.actor, now=timezone.now())
        else:
            _drop(request, session, item, to)
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect(f"{reverse('sessions:agenda', args=[session.public_id])}#punto-{item.public_id}")


@require_POST
def item_remove(request: HttpRequest, public_id: object, item_id: object) -> HttpResponse:
    """Removes at once and offers to take it back: the notice carries the item, signed, for an hour."""
    session, item = _load_item(request, public_id, item_id)
    content = {
        "session": session.pk,
        "kind": item.kind,
        "title": item.title,
        "minutes": item.minutes,
        "presenter": item.presenter,
        "presenter_post_id": item.presenter_post_id,
        "place": item.order,
        "block_id": item.block_id,
        "is_casa_adentro": item.is_casa_adentro,
    }
    try:
        actions.remove_item(item_id=item.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        signed = signing.dumps(content, salt=UNDO_SALT, compress=True)
        undo = f"{reverse('sessions:item_restore', args=[session.public_id])}?{urlencode({'punto': signed})}"
        told = _("“%(title)s” was taken off the agenda.") % {"title": item.title}
        messages.success(request, told, extra_tags=f"undo:{undo}")
    return redirect("sessions:agenda", session.public_id)


@require_POST
def item_restore(request: HttpRequest, public_id: object) -> HttpResponse:
    """Takes a removal back: the same content at the same place."""
    session = load(request, public_id, can_set_agenda)
    try:
        content = signing.loads(request.GET.get("punto", ""), salt=UNDO_SALT, max_age=UNDO_SECONDS)
        if content.pop("session") != session.pk:
            raise Http404
        actions.add_item(session_id=session.pk, **content, by=request.actor, now=timezone.now())
    except signing.BadSignature:
        messages.error(request, _("This can no longer be undone. Add the item again with the form below."))
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("“%(title)s” is back on the agenda.") % {"title": content["title"]})
    return redirect("sessions:agenda", session.public_id)


def _before(session: Session, actor: Actor) -> dict[str, Any]:
    """What waits beside the agenda: proposals without an answer, papers, and until when both come in. One query."""
    seen = Paper.objects.shown_to(actor).filter(session=session, withdrawn_at=None)
    counted = Session.objects.filter(pk=session.pk).aggregate(
        proposals=Count("proposals", filter=Q(proposals__state="pending"), distinct=True),
        papers=Count("papers", filter=Q(papers__in=seen.values("pk")), distinct=True),
    )
    return {
        "waiting": counted["proposals"],
        "papers": counted["papers"],
        "proposals_close_at": deadlines.proposals_close_at(session),
        "papers_close_at": deadlines.papers_close_at(session),
    }


def _drop(request: HttpRequest, session: Session, item: AgendaItem, before: str) -> None:
    """``before`` is the public id of the item it was dropped on; for the end, or one that has gone, anything else."""
    items = AgendaItem.objects.shown_to(request.actor).filter(session=session)
    target = next((one.pk for one in items if str(one.public_id) == before), None)
    actions.place_item(item_id=item.pk, before_id=target, by=request.actor, now=timezone.now())


def _load_item(request: HttpRequest, public_id: object, item_id: object) -> tuple[Session, AgendaItem]:
    session = load(request, public_id, can_set_agenda)
    items = AgendaItem.objects.shown_to(request.actor).filter(session=session)
    return session, get_object_or_404(items, public_id=item_id)


def _theirs(form: AgendaItemForm, item: AgendaItem) -> list[tuple[Any, Any]]:
    shown = {
        "title": item.title,
        "kind": item.get_kind_display(),
        "minutes": item.minutes,
        "presenter": item.presenter,
        "presenter_post": item.presenter_post,
    }
    sent = form.wanted() | {"presenter_post": form.cleaned_data.get("presenter_post")}
    return [
        (form.fields[name].label, value)
        for name, value in shown.items()
        if name in form.fields and sent[name] != getattr(item, name)
    ]
