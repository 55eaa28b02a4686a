"""Outcomes, statements and figures, written under an item as they fall."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.commitments.permissions import can_propose
from coordination.common.errors import DomainError, StaleVersion
from coordination.common.undo import recall, remember
from coordination.minutes import seats
from coordination.minutes.actions import saying
from coordination.minutes.models import SaidFigure, Statement
from coordination.minutes.record_forms import FigureForm, OutcomeOnTheDayForm
from coordination.minutes.views.on_stage import (
    FIGURE,
    STATEMENT,
    back,
    item_of,
    screen,
    stage,
    statement_form,
    tell,
)
from coordination.sessions import actions as session_actions
from coordination.sessions.models import AgendaItem, Outcome, Session

FIGURE_FIELDS = ("label", "value", "unit", "source", "is_reserved")
STATEMENT_FIELDS = ("text", "speaker", "speaker_title", "organization_id", "post_id", "is_reserved")


@require_POST
def outcome_add(request: HttpRequest, public_id: uuid.UUID, item_id: uuid.UUID) -> HttpResponse:
    """An outcome as it falls. A commitment goes on to its own form, a vote to the vote, anything else back."""
    session = stage(request, public_id)
    item = item_of(request, session, item_id)
    form = OutcomeOnTheDayForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = session_actions.record_outcome(
                item_id=item.pk, kind=data["kind"], text=data["text"], is_reserved=data["is_reserved"],
                agreement=data["agreement"] if data["agreement"] != Outcome.Agreement.VOTE else "",
                by=request.actor, now=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            tell(form, error)
        else:
            return _recorded(request, session, item, made, data["agreement"])
    return screen(request, session, asked=str(item.public_id), adding="decision", form=form, status=422)


def _recorded(
    request: HttpRequest, session: Session, item: AgendaItem, made: Outcome, agreement: str
) -> HttpResponse:
    if agreement == Outcome.Agreement.VOTE:
        messages.success(request, _("The outcome is recorded. Now mark how the seats voted."))
        return redirect("minutes:agreement", session.public_id, made.public_id)
    if made.kind == Outcome.Kind.COMMITMENT and can_propose(request.actor, session):
        messages.success(request, _("The outcome is recorded. Now say who answers for it and until when."))
        return redirect("commitments:propose", made.public_id)
    undo = reverse("sessions:outcome_remove", args=[session.public_id, made.public_id])
    told = _("Recorded: “%(text)s”") % {"text": Truncator(made.text).chars(60)}
    messages.success(request, told, extra_tags=f"undo:{undo}?vista=en-curso")
    return back(session, item, "resultados")


@require_POST
def statement_add(request: HttpRequest, public_id: uuid.UUID, item_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    item = item_of(request, session, item_id)
    form = statement_form(request, session, seats.seats_here(session), request.POST)
    if form.is_valid():
        try:
            saying.record_statement(item_id=item.pk, **form.said(), by=request.actor, now=timezone.now())
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The statement is recorded."))
            return back(session, item, "dicho")
    return screen(request, session, asked=str(item.public_id), adding=STATEMENT, form=form, status=422)


@require_POST
def figure_add(request: HttpRequest, public_id: uuid.UUID, item_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    item = item_of(request, session, item_id)
    form = FigureForm(request.POST)
    if form.is_valid():
        data = {name: form.cleaned_data[name] for name in FIGURE_FIELDS}
        try:
            saying.record_figure(item_id=item.pk, **data, by=request.actor, now=timezone.now())
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The figure is recorded."))
            return back(session, item, "cifras")
    return screen(request, session, asked=str(item.public_id), adding=FIGURE, form=form, status=422)


@require_http_methods(["GET", "POST"])
def statement_edit(request: HttpRequest, public_id: uuid.UUID, said_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    said = _said(request, session, Statement, said_id)
    sent = request.POST if request.method == "POST" else None
    form = statement_form(
        request, session, seats.seats_here(session), sent, instance=Statement.objects.get(pk=said.pk)
    )
    if sent is None or not form.is_valid():
        return _edit(request, session, said, form)
    version, now = form.cleaned_data["version"] or 0, timezone.now()
    try:
        saying.edit_statement(statement_id=said.pk, version=version, **form.said(), by=request.actor, now=now)
    except StaleVersion as error:
        return _edit(request, session, said, form, stale=error)
    except DomainError as error:
        tell(form, error)
        return _edit(request, session, said, form)
    messages.success(request, _("The statement is saved."))
    return back(session, said.item, "dicho")


@require_http_methods(["GET", "POST"])
def figure_edit(request: HttpRequest, public_id: uuid.UUID, said_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    said = _said(request, session, SaidFigure, said_id)
    sent = request.POST if request.method == "POST" else None
    form = FigureForm(sent, instance=SaidFigure.objects.get(pk=said.pk))
    if sent is None or not form.is_valid():
        return _edit(request, session, said, form)
    data = {name: form.cleaned_data[name] for name in FIGURE_FIELDS}
    version, now = form.cleaned_data["version"] or 0, timezone.now()
    try:
        saying.edit_figure(figure_id=said.pk, version=version, **data, by=request.actor, now=now)
    except StaleVersion as error:
        return _edit(request, session, said, form, stale=error)
    except DomainError as error:
        tell(form, error)
        return _edit(request, session, said, form)
    messages.success(request, _("The figure is saved."))
    return back(session, said.item, "cifras")


@require_POST
def statement_remove(request: HttpRequest, public_id: uuid.UUID, said_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    said = _said(request, session, Statement, said_id)
    return _removed(request, session, said, STATEMENT_FIELDS, STATEMENT)


@require_POST
def figure_remove(request: HttpRequest, public_id: uuid.UUID, said_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    said = _said(request, session, SaidFigure, said_id)
    return _removed(request, session, said, FIGURE_FIELDS, FIGURE)


@require_POST
def restore(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Takes a removal back: the same words under the same item."""
    session = stage(request, public_id)
    content = recall(request, request.GET.get("dicho", ""))
    if content is None or content.get("what") not in (STATEMENT, FIGURE):
        messages.error(request, _("This can no longer be undone. Write it again under its item."))
        return back(session)
    item = item_of(request, session, content["item"])
    write: Any = saying.record_statement if content["what"] == STATEMENT else saying.record_figure
    try:
        write(item_id=item.pk, **content["fields"], by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
        return back(session)
    messages.success(request, _("It is back."))
    return back(session, item)


def _said(request: HttpRequest, session: Session, model: Any, said_id: uuid.UUID) -> Any:
    known = AgendaItem.objects.shown_to(request.actor).filter(session=session)
    rows = model.objects.filter(item__in=known.values("pk"), public_id=said_id).select_related("item")
    found = rows.first()
    if found is None:
        raise Http404
    return found


def _edit(
    request: HttpRequest, session: Session, said: Any, form: Any, stale: StaleVersion | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "section": "sessions",
        "session": session,
        "item": said.item,
        "said": said,
        "form": form,
    }
    if stale:
        form.add_error(None, str(stale.message))
        form.go_on_from(said.version)
        names = [
            name for name in form.fields if hasattr(said, name) and name not in ("is_reserved", "version")
        ]
        context["theirs"] = [(form.fields[name].label, getattr(said, name) or "") for name in names]
    context["is_figure"] = isinstance(said, SaidFigure)
    status = 409 if stale else 422 if form.errors else 200
    return render(request, "minutes/running_said.html", context, status=status)


def _removed(
    request: HttpRequest, session: Session, said: Any, fields: tuple[str, ...], what: str
) -> HttpResponse:
    """Removes it, with an undo that carries its words, signed."""
    content = {
        "what": what,
        "item": str(said.item.public_id),
        "fields": {name: getattr(said, name) for name in fields},
    }
    now = timezone.now()
    try:
        if what == STATEMENT:
            saying.remove_statement(statement_id=said.pk, by=request.actor, now=now)
        else:
            saying.remove_figure(figure_id=said.pk, by=request.actor, now=now)
    except DomainError as error:
        messages.error(request, str(error.message))
        return back(session, said.item)
    undo = reverse("minutes:restore", args=[session.public_id], query={"dicho": remember(request, content)})
    told = _("The statement was removed.") if what == STATEMENT else _("The figure was removed.")
    messages.success(request, told, extra_tags=f"undo:{undo}")
    return back(session, said.item)
