"""The minutes as a document, their versions and files, and the search over all of them."""

import uuid
from contextlib import suppress
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from accounts.actor import Actor
from coordination.common.errors import DomainError
from coordination.files.serving import respond
from coordination.minutes import diffing, finding, paper, queries
from coordination.minutes.forms import DraftForm, SearchForm
from coordination.minutes.permissions import can_draft, can_publish, knows_closed, section_shown
from coordination.minutes.texts import Minutes
from coordination.minutes.views import drafting
from coordination.minutes.views.loading import recorded_session
from coordination.sessions.models import Session

PAGE = 50
KEPT_SECONDS, KEPT_BYTES = 600, 2 * 1024 * 1024
FILE_NAME = "acta"  # of every session alike: a name in a list of downloads tells nothing
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@login_not_required
@require_safe
def minutes(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One address for everybody: who writes has the draft, or the way to make it; the others what was published."""
    session = recorded_session(request, public_id)
    writes = can_draft(request.actor, session)
    versions = queries.versions_seen(session, request.actor)
    found = queries.shown_first(versions, writes=writes)
    if found is None:
        if not writes:
            raise Http404
        context = {"section": "sessions", "session": session, "form": DraftForm()}
        return render(request, "minutes/draft_new.html", context)
    found.session = session
    if found.is_draft and writes:
        return drafting.page(request, found, versions)
    return _document(request, found, versions, writes=writes)


@login_not_required
@require_safe
def version(request: HttpRequest, public_id: uuid.UUID, number: int) -> HttpResponse:
    """One version; with ``?publica`` who writes reads what everybody else does."""
    session, versions, found = _load(request, public_id, number)
    writes = can_draft(request.actor, session) and "publica" not in request.GET
    return _document(request, found, versions, writes=writes)


@login_not_required
@require_safe
def differences(request: HttpRequest, public_id: uuid.UUID, number: int) -> HttpResponse:
    """What a correction changed, of what the reader may read of both."""
    session, versions, found = _load(request, public_id, number)
    before = next((one for one in versions if one.pk == found.corrects_id), None)
    if before is None:
        raise Http404
    shown = section_shown(request.actor, session)
    context = {
        "section": "sessions",
        "session": session,
        "minutes": found,
        "before": before,
        "changes": diffing.between(list(before.sections.filter(shown)), list(found.sections.filter(shown))),
    }
    return render(request, "minutes/versions_differences.html", context)


@login_not_required
@require_safe
def file(request: HttpRequest, public_id: uuid.UUID, number: int, which: str, kind: str) -> HttpResponseBase:
    """The paper somebody has a right to: what was approved as it was stored then, anything else as it stands."""
    session, _versions, found = _load(request, public_id, number)
    if kind not in TYPES or which not in ("publica", "reservada"):
        raise Http404
    if which == "publica":
        return _public(request, found, kind)
    if not (knows_closed(request.actor, session) or can_draft(request.actor, session)):
        raise Http404
    closed = found.sections.filter(is_casa_adentro=True).exists()
    inside = knows_closed(request.actor, session)
    if kind == "pdf" and found.reserved_pdf and (inside or not closed):
        return respond(found.reserved_pdf)
    return _made(request, found, kind, reserved=True, closed=closed and inside)


@login_not_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All minutes the reader sees, by words, mesa and year."""
    mesas, years = finding.choices(request.actor)
    data = request.GET.copy()
    data["q"] = data.get("q", "").replace("\0", "")[:100].strip()
    form = SearchForm(data, mesas=mesas, years=years)
    form.is_valid()
    given = form.cleaned_data
    wanted = finding.Wanted(text=given.get("q", ""), mesa=given.get("mesa"), year=given.get("anio"))
    # Looked through once, for the count and for the page alike.
    page = Paginator(finding.found(request.actor, wanted), PAGE).get_page(request.GET.get("page"))
    rows = finding.in_order(list(page.object_list))
    quoted = finding.quotes(request.actor, rows, wanted.text) if finding.terms(wanted.text) and rows else {}
    context = {
        "section": "sessions",
        "form": form,
        "wanted": wanted,
        "is_filtered": bool(wanted.text or wanted.mesa or wanted.year),
        "page": page,
        "rows": [(row, quoted.get(row.pk, "")) for row in rows],
    }
    return render(request, "minutes/search.html", context)


def _load(request: HttpRequest, public_id: uuid.UUID, number: int) -> tuple[Session, list[Minutes], Minutes]:
    session = recorded_session(request, public_id)
    versions = queries.versions_seen(session, request.actor)
    found = next((one for one in versions if one.version == number), None)
    if found is None:
        raise Http404
    found.session = session
    return session, versions, found


def _document(request: HttpRequest, found: Minutes, versions: list[Minutes], *, writes: bool) -> HttpResponse:
    session = found.session
    as_public = "publica" in request.GET and not session.is_casa_adentro
    shown = section_shown(Actor() if as_public else request.actor, session)
    sections = queries.numbered(list(found.sections.filter(shown)))
    before, after = queries.neighbours(found, request.actor)
    context: dict[str, Any] = {
        "section": "sessions",
        "session": session,
        "minutes": found,
        "versions": versions,
        "replaced_by": next((one for one in versions if one.corrects_id == found.pk), None),
        "sections": sections,
        "has_reserved": any(one.section.is_reserved for one in sections),
        "before": before,
        "after": after,
        "as_public": as_public,
        "writes": writes,
        "may_publish": writes and can_publish(request.actor, session),
        "has_public": paper.has_public(found),
    }
    return render(request, "minutes/read.html", context)


def _public(request: HttpRequest, found: Minutes, kind: str) -> HttpResponseBase:
    if not paper.has_public(found):
        raise Http404
    if kind == "pdf" and found.public_pdf:
        return respond(found.public_pdf)
    return _made(request, found, kind, reserved=False, closed=False)


def _made(request: HttpRequest, found: Minutes, kind: str, *, reserved: bool, closed: bool) -> HttpResponse:
    """Made now: of a draft, in Word, or for who keeps the record outside the circle."""
    try:
        content = _content(found, kind, reserved=reserved, closed=closed)
    except DomainError as refused:
        context = {"session": found.session, "refused": refused.message}
        return render(request, "minutes/read_no_file.html", context, status=503)
    response = HttpResponse(content, content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}.{kind}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _content(found: Minutes, kind: str, *, reserved: bool, closed: bool) -> bytes:
    if kind == "docx":
        return paper.reserved_docx(found, closed=closed) if reserved else _public_docx(found)
    return paper.reserved_pdf(found, closed=closed) if reserved else paper.public_pdf(found)


def _public_docx(found: Minutes) -> bytes:
    """Made once in a while: anybody may ask for it, each takes a process, and two are filled at a time."""
    if not found.published_at:
        return paper.public_docx(found)
    template = (
        found.session.mesa.minutes_templates.filter(retired_at=None).values_list("pk", flat=True).first()
    )
    key = f"acta:{found.code}:{found.state}:{template or 0}"
    kept = None
    with suppress(RedisError):
        kept = cache.get(key)
    if kept:
        return bytes(kept)
    made = paper.public_docx(found)
    if len(made) <= KEPT_BYTES:
        with suppress(RedisError):
            cache.set(key, made, KEPT_SECONDS)
    return made
