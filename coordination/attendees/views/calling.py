"""After the convocation left: those who were not called, those who are silent, and how far the sending is."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coordination.attendees import actions, queries
from coordination.attendees.convocation_forms import SegmentForm, fingerprint
from coordination.attendees.permissions import can_convene, can_see_delegations
from coordination.attendees.segments import Segment, chosen, times_present
from coordination.attendees.views.convocation import PAGE, sent_with, visible_session
from coordination.common.errors import DomainError
from coordination.sessions.models import Session


@require_http_methods(["GET", "HEAD", "POST"])
def missing(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Organizations with a seat that were not called: all of them, or those the filters leave."""
    session = session_to_call(request, public_id)
    now = timezone.now()
    waiting = queries.not_called(session, timezone.localtime(now, session.zone).date())
    filters = SegmentForm(request.GET or None, called=waiting)
    segment = filters.segment() if filters.is_bound else Segment()
    times = times_present(session, of_last=segment.of_last) if segment.came else {}
    called = chosen(waiting, segment, times)
    if request.method == "POST" and request.POST.get("who") == fingerprint(called):
        try:
            sent = actions.call_missing(
                session_id=session.pk,
                organization_ids=[one.organization.pk for one in called],
                by=request.actor,
                now=now,
            )
        except DomainError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _on_its_way(len(sent)))
        return redirect("attendees:delegations", public_id)
    if request.method == "POST":
        messages.warning(
            request, _("The list of organizations changed while you were looking at it. Nothing was sent.")
        )
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "session": session,
        "filters": filters,
        "segment": segment,
        "everybody": waiting,
        "called": called,
        "left_out": len(waiting) - len(called),
        "page": Paginator(called, PAGE).get_page(request.GET.get("page")),
        "query": query.urlencode(),
        "who": fingerprint(called),
    }
    return render(request, "attendees/missing.html", context)


@require_POST
def remind(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A second notice to whoever has not answered."""
    session = session_to_call(request, public_id)
    try:
        count = actions.remind_silent(session_id=session.pk, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.warning(request, str(refused))
    else:
        text = ngettext(
            "A second notice is on its way to %(n)s organization.",
            "A second notice is on its way to %(n)s organizations.",
            count,
        )
        messages.success(request, text % {"n": count})
    return redirect("attendees:delegations", public_id)


@require_GET
def sending(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """How many letters of the convocation have left: the part of the page that refreshes itself."""
    session = visible_session(request, public_id)
    if not can_see_delegations(request.actor, session):
        raise PermissionDenied
    standing = queries.standing(session, reminded=actions.silent_today(session, timezone.now()))
    context = {"session": session, "convocation": sent_with(session), "standing": standing}
    return render(request, "attendees/_sending.html", context)


def session_to_call(request: HttpRequest, public_id: uuid.UUID) -> Session:
    session = visible_session(request, public_id)
    if not can_convene(request.actor, session):
        raise PermissionDenied
    return session


def _on_its_way(count: int) -> str:
    text = ngettext(
        "The convocation is on its way to %(n)s organization more.",
        "The convocation is on its way to %(n)s organizations more.",
        count,
    )
    return text % {"n": count}
