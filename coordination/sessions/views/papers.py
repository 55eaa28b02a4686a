"""Papers of a session: read them, hand them in, see who has them. Opening a page or a file writes nothing."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.common.errors import DomainError, StaleVersion
from coordination.files.serving import respond
from coordination.sessions import actions, deadlines, paper_queries
from coordination.sessions.circle import reach
from coordination.sessions.models import AgendaItem, Paper, PaperVersion, Session
from coordination.sessions.paper_forms import PaperEditForm, PaperForm, VersionForm
from coordination.sessions.permissions import (
    can_hand_in,
    can_read_papers,
    can_schedule,
    in_circle,
    invited_as,
    papers_shown,
    presented_for,
)
from coordination.sessions.views.loading import load, sent


@require_safe
def papers(request: HttpRequest, public_id: object) -> HttpResponse:
    """Every paper by item; the secretariat also sees which organization has which text."""
    session = load(request, public_id, can_read_papers)
    staff = can_schedule(request.actor, session) and in_circle(request.actor, session)
    shown = papers_shown(request.actor, session)
    now = timezone.now()
    mine = (
        []
        if staff
        else [item.pk for item in presented_for(request.actor.organization_ids, session, request.actor)]
    )
    open_to_me = deadlines.takes_papers(session) if staff else deadlines.takes_papers_of_members(session, now)
    context = {
        "session": session,
        "groups": paper_queries.papers_by_item(shown, session, receipts=staff),
        "staff": staff,
        "asked": paper_queries.asked_to_read(session) if staff else 0,
        "withdrawn": _papers(request, session).exclude(withdrawn_at=None) if staff else [],
        "may_add": (staff or mine) and open_to_me,
        "my_items": mine,
        "may_change": staff and open_to_me,
        "closes_at": deadlines.papers_close_at(session),
        "known": reach(request.actor, session),
        "before_start": deadlines.takes_papers_of_members(session, now),
    }
    return render(request, "sessions/papers.html", context)


@require_http_methods(["GET", "POST"])
def paper_new(request: HttpRequest, public_id: object) -> HttpResponse:
    session = load(request, public_id, can_hand_in)
    staff = can_schedule(request.actor, session)
    form = PaperForm(
        *sent(request),
        session=session,
        staff=staff,
        items=_items(request, session, staff),
    )
    if request.method == "POST" and form.is_valid():
        item = form.cleaned_data.get("item")
        try:
            paper = actions.add_paper(
                session_id=session.pk,
                upload=form.cleaned_data["file"],
                organization_id=None if staff else item.presenter_post.organization_id,
                **form.wanted(),
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("“%(title)s” is among the papers.") % {"title": paper.title})
            return _to_papers(session)
    return _form_page(request, session, form, title=_("Add a paper"), button=_("Add the paper"))


@require_http_methods(["GET", "POST"])
def paper_version(request: HttpRequest, public_id: object, paper_id: object) -> HttpResponse:
    """The next text of a paper: by the secretariat, or by who presents its item."""
    session = load(request, public_id, can_hand_in)
    paper = get_object_or_404(
        papers_shown(request.actor, session).select_related("item__presenter_post"), public_id=paper_id
    )
    staff = can_schedule(request.actor, session)
    organization_id = None if staff else _presenting(request, paper)
    last = paper.versions.order_by("-number").values_list("number", flat=True).first() or 0
    form = VersionForm(*sent(request), initial={"after": last})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_version(
                paper_id=paper.pk,
                after=form.cleaned_data["after"],
                upload=form.cleaned_data["file"],
                note=form.cleaned_data["note"],
                organization_id=organization_id,
                by=request.actor,
                now=timezone.now(),
            )
        except StaleVersion:
            form = VersionForm(initial={"after": last, "note": form.cleaned_data["note"]})
            messages.error(
                request,
                _("Somebody else added version %(n)s in the meantime. Read it first; if yours is still newer, choose the file again.") % {"n": last},
            )  # fmt: skip
            status = 409
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            told = _("Version %(n)s of “%(title)s” is there. The earlier ones stay.")
            messages.success(request, told % {"n": made.number, "title": paper.title})
            return _to_papers(session)
    title = _("New version of “%(title)s”") % {"title": paper.title}
    return _form_page(
        request, session, form, title=title, button=_("Add version %(n)s") % {"n": last + 1}, status=status
    )


@require_http_methods(["GET", "POST"])
def paper_edit(request: HttpRequest, public_id: object, paper_id: object) -> HttpResponse:
    session, paper = _load_paper(request, public_id, paper_id)
    form = PaperEditForm(*sent(request), paper=paper, session=session, items=_items(request, session, True))
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_paper(paper_id=paper.pk, **form.wanted(), by=request.actor, now=timezone.now())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("The paper is saved."))
            return _to_papers(session)
    return _form_page(request, session, form, title=paper.title, button=_("Save the paper"))


@require_POST
def paper_withdraw(request: HttpRequest, public_id: object, paper_id: object) -> HttpResponse:
    """Takes a paper away, or with ``volver`` puts it back: the notice offers that."""
    session, paper = _load_paper(request, public_id, paper_id)
    back = "volver" in request.GET
    try:
        actions.withdraw_paper(paper_id=paper.pk, back=back, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        if back:
            messages.success(request, _("“%(title)s” is among the papers again.") % {"title": paper.title})
        else:
            undo = f"{reverse('sessions:paper_withdraw', args=[session.public_id, paper.public_id])}?volver=1"
            told = _("“%(title)s” was withdrawn. Nobody finds it any more.") % {"title": paper.title}
            messages.success(request, told, extra_tags=f"undo:{undo}")
    return _to_papers(session)


@require_POST
def paper_take(request: HttpRequest, public_id: object, version_id: object) -> HttpResponse:
    """The button: notes that the actor's invited organizations have this text, then leads to the file."""
    session, version = _load_version(request, public_id, version_id)
    actions.take_version(
        version_id=version.pk,
        organization_ids=invited_as(request.actor, session),
        by=request.actor,
        now=timezone.now(),
    )
    return see_other(reverse("sessions:paper_file", args=[session.public_id, version.public_id]))


@login_not_required
@require_safe
def paper_file(request: HttpRequest, public_id: object, version_id: object) -> HttpResponseBase:
    """The file itself. Whether the actor may have it is asked every time; that it was opened is written nowhere."""
    _session, version = _load_version(request, public_id, version_id)
    return respond(version.file)


def see_other(url: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": url})


def version_of(request: HttpRequest, session: Session, version_id: object) -> PaperVersion:
    """A text the actor may have: every one for who reads the papers, of a public paper the newest for everybody."""
    version = get_object_or_404(
        PaperVersion.objects.select_related("file", "paper").filter(
            paper__in=papers_shown(request.actor, session)
        ),
        public_id=version_id,
    )
    newest = version.paper.versions.order_by("-number").values_list("pk", flat=True).first()
    if version.pk != newest and not can_read_papers(request.actor, session):
        raise Http404
    return version


def _load_version(
    request: HttpRequest, public_id: object, version_id: object
) -> tuple[Session, PaperVersion]:
    session = get_object_or_404(
        Session.objects.visible_to(request.actor).select_related("mesa"), public_id=public_id
    )
    return session, version_of(request, session, version_id)


def _load_paper(request: HttpRequest, public_id: object, paper_id: object) -> tuple[Session, Paper]:
    """A paper the secretariat changes, withdrawn or not; of a closed session only for the circle of the record."""
    session = load(request, public_id, can_schedule)
    if not in_circle(request.actor, session):
        raise PermissionDenied
    return session, get_object_or_404(_papers(request, session), public_id=paper_id)


def _items(request: HttpRequest, session: Session, staff: bool) -> Any:
    if staff:
        items = AgendaItem.objects.shown_to(request.actor).filter(session=session)
        return items.select_related("presenter_post")
    return presented_for(request.actor.organization_ids, session, request.actor)


def _papers(request: HttpRequest, session: Session) -> "QuerySet[Paper]":
    """Those of the session that the actor sees, withdrawn or not."""
    return Paper.objects.shown_to(request.actor).filter(session=session)


def _presenting(request: HttpRequest, paper: Paper) -> int:
    """The actor's organization that presents the paper's item."""
    post = paper.item.presenter_post if paper.item else None
    if post is None or post.organization_id not in request.actor.organization_ids:
        raise PermissionDenied
    return post.organization_id


def _form_page(
    request: HttpRequest, session: Session, form: Any, *, title: str, button: str, status: int = 200
) -> HttpResponse:
    context = {"session": session, "form": form, "page_title": title, "button": button}
    if form.is_bound and status == 200:
        status = 422
    return render(request, "sessions/paper_form.html", context, status=status)


def _to_papers(session: Session) -> HttpResponse:
    return redirect("sessions:papers", session.public_id)
