"""What a session reviews under its first item: the page, its one printed sheet, and the ticks in the room."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from coordination.commitments.agenda import paper as review_paper
from coordination.commitments.agenda import reviewing
from coordination.commitments.agenda.actions.reviewing import tick as keep_tick
from coordination.commitments.agenda.actions.reviewing import untick as drop_tick
from coordination.commitments.models import Commitment
from coordination.commitments.permissions import can_propose
from coordination.common.errors import DomainError
from coordination.sessions.models import Session
from coordination.sessions.permissions import can_record, in_circle

PAGE = 50


@require_safe
@login_not_required
def review(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    session, now = _session(request, public_id), timezone.now()
    found = reviewing.content(session, actor=request.actor, now=now)
    page = Paginator(found.lines, PAGE).get_page(request.GET.get("page"))
    records = request.actor.is_signed_in and can_record(request.actor, session)
    begun = session.starts_at is not None and session.starts_at <= now
    context = {
        "section": "sessions",
        "session": session,
        "content": found,
        "page": page,
        "groups": _on(page, found),
        "asked_by_now": found.asked_at is not None and found.asked_at <= now,
        "begun": begun,
        "may_tick": records and begun and not found.is_kept and session.closed_at is None,
        "keeps": records and can_propose(request.actor, session),
        "records": records,
    }
    return render(request, "commitments/review.html", context)


@dataclass(frozen=True)
class Part:
    """A reason with as many of its lines as this page holds, and the page on which the first one stands."""

    group: reviewing.Group
    lines: list[reviewing.Line]
    begins_on: int


def _on(page: Page, found: reviewing.Content) -> list[Part]:
    parts, before = [], 0
    for group in found.groups:
        here = [line for line in page.object_list if line.reason == group.reason]
        parts.append(Part(group, here, before // PAGE + 1))
        before += len(group.lines)
    return parts


@require_safe
@login_not_required
def paper(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The sheet for the room, with what this reader may see."""
    session = _session(request, public_id)
    try:
        made = review_paper.sheet(
            session, actor=request.actor, now=timezone.now(), language=get_language() or "es"
        )
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("commitments:review", session.public_id)
    return HttpResponse(
        made,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{review_paper.FILE_NAME}"',
            "Cache-Control": "private, no-store",
        },
    )


@require_POST
def tick(request: HttpRequest, public_id: uuid.UUID, commitment_id: uuid.UUID) -> HttpResponse:
    """``?deshacer=1`` takes the press back; ``?page=`` is where it was pressed."""
    session = _session(request, public_id)
    if not can_record(request.actor, session):
        raise PermissionDenied
    seen = Commitment.objects.visible_to(request.actor)
    commitment = get_object_or_404(seen.filter(mesa=session.mesa_id), public_id=commitment_id)
    act = drop_tick if request.GET.get("deshacer") else keep_tick
    try:
        act(session_id=session.pk, commitment_id=commitment.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    where = redirect("commitments:review", session.public_id)
    number = request.GET.get("page", "")
    where["Location"] += f"?page={number}" if number.isdecimal() and number != "1" else ""
    where["Location"] += f"#c-{commitment.public_id}"
    return where


def _session(request: HttpRequest, public_id: uuid.UUID) -> Session:
    """One with a date that reviews commitments; of a closed one the circle of the record alone."""
    rows = Session.objects.visible_to(request.actor).live().exclude(starts_at=None)
    session = get_object_or_404(rows.select_related("mesa__convener"), public_id=public_id)
    if not in_circle(request.actor, session):
        raise Http404
    return session


__all__ = ["paper", "review", "tick"]
