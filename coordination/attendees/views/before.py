"""What an organization does before the session by its invitation's link: read and hand in papers, propose items.

GET writes nothing: a mail scanner that opens every link has read no paper. A link can be passed on, so of a casa
adentro session it opens none of this by itself: who signed in on top of it and is in the circle of the record goes on.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.attendees.models import Invitation
from coordination.attendees.views.by_link import by_link
from coordination.common.errors import DomainError, StaleVersion
from coordination.files.serving import respond
from coordination.sessions import actions, deadlines, paper_queries
from coordination.sessions.models import Paper, PaperVersion
from coordination.sessions.paper_forms import PaperForm, ProposalForm, VersionForm
from coordination.sessions.permissions import in_circle, presented_for
from coordination.sessions.views.loading import sent

Before = Callable[..., HttpResponseBase]


def of_the_record(view: Before) -> Before:
    """Past when and where: not for a link to a closed session alone."""

    @wraps(view)
    def opened(request: HttpRequest, invitation: Invitation, **kwargs: Any) -> HttpResponseBase:
        if not in_circle(request.actor, invitation.session):
            raise Http404
        return view(request, invitation, **kwargs)

    return opened


@by_link
@of_the_record
@require_http_methods(["GET", "HEAD"])
def papers(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    session, now = invitation.session, timezone.now()
    mine = [item.pk for item in presented_for([invitation.organization_id], session)]
    may_add = bool(mine) and deadlines.takes_papers_of_members(session, now)
    context = {
        "groups": paper_queries.papers_by_item(session.papers.filter(withdrawn_at=None), session),
        "my_items": mine if may_add else [],
        "may_add": may_add,
        "closes_at": deadlines.papers_close_at(session),
    }
    return _page(request, "papers", invitation, **context)


@by_link
@of_the_record
@require_http_methods(["GET", "HEAD", "POST"])
def paper_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """For who presents an item."""
    session = invitation.session
    items = presented_for([invitation.organization_id], session)
    if not items:
        raise Http404
    form = PaperForm(*sent(request), session=session, items=items, staff=False)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_paper(
                session_id=session.pk,
                upload=form.cleaned_data["file"],
                organization_id=invitation.organization_id,
                **form.wanted(),
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("“%(title)s” is among the papers.") % {"title": made.title})
            return _to("papers", invitation)
    return _form(request, invitation, form, _("Hand in a paper"), _("Hand in the paper"))


@by_link
@of_the_record
@require_http_methods(["GET", "HEAD", "POST"])
def paper_version(request: HttpRequest, invitation: Invitation, paper_id: object) -> HttpResponse:
    paper = get_object_or_404(
        Paper.objects.filter(item__in=presented_for([invitation.organization_id], invitation.session)),
        public_id=paper_id,
        withdrawn_at=None,
    )
    last = paper.versions.order_by("-number").values_list("number", flat=True).first() or 0
    form = VersionForm(*sent(request), initial={"after": last})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_version(
                paper_id=paper.pk,
                after=form.cleaned_data["after"],
                upload=form.cleaned_data["file"],
                note=form.cleaned_data["note"],
                organization_id=invitation.organization_id,
                by=request.actor,
                now=timezone.now(),
            )
        except StaleVersion:
            form, status = VersionForm(initial={"after": last, "note": form.cleaned_data["note"]}), 409
            told = _(
                "Somebody else added version %(n)s in the meantime. Read it first; if yours is still newer, choose the file again."
            )
            messages.error(request, told % {"n": last})
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("The new version is there. The earlier ones stay."))
            return _to("papers", invitation)
    title = _("New version of “%(title)s”") % {"title": paper.title}
    return _form(request, invitation, form, title, _("Add version %(n)s") % {"n": last + 1}, status)


@by_link
@of_the_record
@require_POST
def paper_take(request: HttpRequest, invitation: Invitation, version_id: object) -> HttpResponse:
    """The button: the organization has this text from now on. Staff who try the link do not count."""
    version = _version(invitation, version_id)
    mine = invitation.organization_id in request.actor.organization_ids
    counts = mine or not request.actor.is_signed_in
    actions.take_version(
        version_id=version.pk,
        organization_ids=[invitation.organization_id] if counts else [],
        by=request.actor,
        now=timezone.now(),
    )
    address = reverse("attendees:paper_file", args=[invitation.token, version.public_id])
    return HttpResponse(status=303, headers={"Location": address})


@by_link
@of_the_record
@require_http_methods(["GET", "HEAD"])
def paper_file(request: HttpRequest, invitation: Invitation, version_id: object) -> HttpResponseBase:
    return respond(_version(invitation, version_id).file)


@by_link
@of_the_record
@require_http_methods(["GET", "HEAD", "POST"])
def proposals(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """What the organization proposed, what became of it, and the form while proposals are taken."""
    session, now = invitation.session, timezone.now()
    if session.is_casa_adentro:
        raise Http404
    form = ProposalForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.propose(
                session_id=session.pk,
                organization_id=invitation.organization_id,
                **form.cleaned_data,
                by=request.actor,
                now=now,
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("“%(title)s” is with the secretariat.") % {"title": made.title})
            return _to("proposals", invitation)
    context = {
        "form": form,
        "rows": paper_queries.proposals_seen_by([invitation.organization_id], session),
        "may_propose": deadlines.takes_proposals(session, now),
        "closes_at": deadlines.proposals_close_at(session),
    }
    return _page(request, "proposals", invitation, status=422 if form.is_bound else 200, **context)


@by_link
@of_the_record
@require_POST
def proposal_withdraw(request: HttpRequest, invitation: Invitation, proposal_id: object) -> HttpResponse:
    rows = paper_queries.proposals_seen_by([invitation.organization_id], invitation.session)
    proposal = get_object_or_404(rows, public_id=proposal_id)
    try:
        actions.withdraw_proposal(proposal_id=proposal.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("“%(title)s” was withdrawn.") % {"title": proposal.title})
    return _to("proposals", invitation)


def _version(invitation: Invitation, version_id: object) -> PaperVersion:
    return get_object_or_404(
        PaperVersion.objects.select_related("file"),
        paper__session=invitation.session_id,
        paper__withdrawn_at=None,
        paper__in=Paper.objects.open().values("pk"),
        public_id=version_id,
    )


def _form(
    request: HttpRequest, invitation: Invitation, form: Any, title: str, button: str, status: int = 200
) -> HttpResponse:
    status = 422 if form.is_bound and status == 200 else status
    return _page(request, "paper_form", invitation, status=status, form=form, page_title=title, button=button)


def _page(
    request: HttpRequest, template: str, invitation: Invitation, *, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {"invitation": invitation, "session": invitation.session, "token": invitation.token}
    return render(request, f"attendees/{template}.html", context, status=status)


def _to(name: str, invitation: Invitation) -> HttpResponse:
    return redirect(f"attendees:{name}", invitation.token)
