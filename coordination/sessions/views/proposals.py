"""Proposals for the agenda by account: members propose and see what became of it, the secretariat answers. And cut-offs."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from coordination.common.dates import short_date
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.permissions import Permission
from coordination.sessions import actions, deadlines, following, paper_queries
from coordination.sessions.models import AgendaProposal, Session
from coordination.sessions.paper_forms import (
    ACCEPT,
    DECLINE,
    MERGE,
    CutOffForm,
    ProposalAnswerForm,
    ProposalForm,
)
from coordination.sessions.permissions import can_schedule, granted_on, speaks_for
from coordination.sessions.views.loading import load, sent

State = AgendaProposal.State


def _may(actor: Actor, session: Session) -> bool:
    if session.is_casa_adentro:
        return False
    return _reads_all(actor, session) or speaks_for(actor, session).exists()


def _reads_all(actor: Actor, session: Session) -> bool:
    """Secretariat, chair and auditor; answering is the secretariat's alone."""
    return Permission.SEE_DELEGATIONS in granted_on(actor, session)


@require_http_methods(["GET", "POST"])
def proposals(request: HttpRequest, public_id: object) -> HttpResponse:
    """Who sees delegations reads all, an organization its own; whoever speaks for one proposes."""
    session, now = load(request, public_id, _may), timezone.now()
    staff, ours = can_schedule(request.actor, session), speaks_for(request.actor, session)
    form = ProposalForm(*sent(request), organizations=ours)
    if request.method == "POST" and not ours:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        wanted = dict(form.cleaned_data)
        organization = wanted.pop("organization", None) or ours[0]
        try:
            made = actions.propose(
                session_id=session.pk, organization_id=organization.pk, **wanted, by=request.actor, now=now
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("“%(title)s” is with the secretariat.") % {"title": made.title})
            return redirect("sessions:proposals", session.public_id)
    rows = list(
        paper_queries.proposals_of(session)
        if _reads_all(request.actor, session)
        else paper_queries.proposals_seen_by([one.pk for one in ours], session)
    )
    context = {
        "session": session,
        "form": form,
        "rows": rows,
        "waiting": sum(1 for row in rows if row.state == State.PENDING),
        "staff": staff,
        "reads_all": _reads_all(request.actor, session),
        "ours": [one.pk for one in ours],
        "put_off": following.put_off(session.mesa_id) if staff else [],
        "may_propose": bool(ours) and deadlines.takes_proposals(session, now),
        "closes_at": deadlines.proposals_close_at(session),
        "is_open": session.state in ("draft", "announced", "convened") and not session.is_historic,
    }
    return render(request, "sessions/proposals.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def proposal_answer(request: HttpRequest, public_id: object, proposal_id: object) -> HttpResponse:
    session = load(request, public_id, can_schedule)
    proposal = get_object_or_404(
        session.proposals.select_related("organization", "proposed_by"), public_id=proposal_id
    )
    items = session.agenda.filter(is_generated=False)
    form = ProposalAnswerForm(*sent(request), proposal=proposal, items=items)
    context: dict[str, Any] = {"session": session, "proposal": proposal, "form": form}
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, proposal, form.cleaned_data)
        except StaleVersion as error:
            form = ProposalAnswerForm(_renewed(request, proposal.version), proposal=proposal, items=items)
            form.add_error(None, str(error.message))
            context["form"], status = form, 409
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("“%(title)s” has its answer.") % {"title": proposal.title})
            return redirect("sessions:proposals", session.public_id)
    return render(request, "sessions/proposal_answer.html", context, status=status)


def _decide(request: HttpRequest, proposal: AgendaProposal, data: dict[str, Any]) -> None:
    who: dict[str, Any] = {"by": request.actor, "now": timezone.now()}
    what = {"proposal_id": proposal.pk, "version": data["version"], "answer": data["answer"]}
    if data["decision"] == ACCEPT:
        actions.accept_proposal(**what, kind=data["kind"] or "discussion", **who)
    elif data["decision"] == MERGE:
        actions.merge_proposal(**what, item_id=data["item"].pk if data["item"] else None, **who)
    else:
        actions.put_off_proposal(**what, declined=data["decision"] == DECLINE, **who)


@require_POST
def proposal_withdraw(request: HttpRequest, public_id: object, proposal_id: object) -> HttpResponse:
    """Whoever speaks for the organization takes its proposal back."""
    session = load(request, public_id, _may)
    ours = list(speaks_for(request.actor, session).values_list("pk", flat=True))
    proposal = get_object_or_404(paper_queries.proposals_seen_by(ours, session), public_id=proposal_id)
    try:
        actions.withdraw_proposal(proposal_id=proposal.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("“%(title)s” was withdrawn.") % {"title": proposal.title})
    return redirect("sessions:proposals", session.public_id)


@require_POST
def proposal_take_up(request: HttpRequest, public_id: object, proposal_id: object) -> HttpResponse:
    """A proposal that was put off waits for its answer in this session."""
    session = load(request, public_id, can_schedule)
    if session.is_casa_adentro:
        raise Http404
    proposal = next((one for one in following.put_off(session.mesa_id) if one.public_id == proposal_id), None)
    if proposal is None:
        raise Http404
    try:
        actions.take_up_proposal(
            proposal_id=proposal.pk, session_id=session.pk, by=request.actor, now=timezone.now()
        )
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("“%(title)s” waits for your answer here.") % {"title": proposal.title})
    return redirect("sessions:proposals", session.public_id)


@require_http_methods(["GET", "POST"])
def cut_offs(request: HttpRequest, public_id: object) -> HttpResponse:
    """Until when members propose and hand in."""
    session = load(request, public_id, can_schedule)
    form = CutOffForm(*sent(request), session=session)
    context: dict[str, Any] = {"session": session, "form": form}
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_cut_offs(
                session_id=session.pk,
                version=form.cleaned_data["version"],
                **form.wanted(),
                by=request.actor,
                now=timezone.now(),
            )
        except StaleVersion as error:
            fresh = CutOffForm(session=session)
            names = ("proposals_due_on", "papers_due_on")
            days = [(fresh.fields[name].label, fresh.initial[name]) for name in names]
            context["theirs"] = [(label, short_date(day) if day else "") for label, day in days]
            context["form"] = CutOffForm(_renewed(request, session.version), session=session)
            context["form"].add_error(None, str(error.message))
            status = 409
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("The cut-offs are saved."))
            return redirect("sessions:agenda", session.public_id)
    return render(request, "sessions/cut_offs.html", context, status=status)


def _renewed(request: HttpRequest, version: int) -> QueryDict:
    """What was sent, on top of what stands now."""
    data = request.POST.copy()
    data["version"] = str(version)
    return data
