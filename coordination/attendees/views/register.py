"""The register on the day: one tap is one mark, saved at once; nothing waits for a last button."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from coordination.attendees import actions, queries
from coordination.attendees.forms import WalkInForm
from coordination.attendees.models import Attendance, Delegate
from coordination.attendees.permissions import can_see_delegations
from coordination.attendees.totals import without_list
from coordination.attendees.views.convocation import PAGE, visible_session
from coordination.common.dates import clock
from coordination.common.errors import DomainError
from coordination.common.forms import row_number
from coordination.sessions.models import Block, Session
from coordination.sessions.permissions import can_record
from coordination.sessions.program import current, meetings
from coordination.sessions.queries import load_parts

WAITING = "faltan"


@require_GET
def attendance(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who is expected, who came, and the quorum as it stands. Where nobody kept a list there are only totals."""
    session = visible_session(request, public_id)
    if not (can_see_delegations(request.actor, session) or can_record(request.actor, session)):
        raise PermissionDenied
    if without_list(session):
        return redirect("attendees:totals", public_id)
    load_parts(session, request.actor, "blocks")
    return _page(request, session, WalkInForm())


@require_POST
def mark(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One button: a person's mark, "all present" for an organization, or a walk-in taken out again."""
    session = _recordable(request, public_id)
    block = _block(request, session)
    sheet = _uuid(request.POST.get("sheet", ""))
    now = timezone.now()
    try:
        if "everybody" in request.POST:
            rows = Delegate.objects.current().filter(
                invitation__session=session,
                invitation__organization__slug=request.POST["everybody"].replace("\0", ""),
            )
            found = get_object_or_404(rows.select_related("invitation")[:1])
            ids = rows.values_list("id", "public_id")
            actions.mark_organization(
                block_id=block.pk,
                organization_id=found.invitation.organization_id,
                status=Attendance.Status.PRESENT,
                client_ids={pk: uuid.uuid5(sheet, f"{code}:present") for pk, code in ids},
                by=request.actor,
                now=now,
            )
        elif "take_out" in request.POST:
            entry = _uuid(request.POST["take_out"])
            name = actions.take_out_walk_in(block_id=block.pk, client_id=entry, by=request.actor, now=now)
            if name:
                messages.success(request, _("%(name)s is no longer on the list.") % {"name": name})
        else:
            _mark_one(request, session, block, sheet)
    except DomainError as refused:
        messages.error(request, str(refused))
    return _back(request, session, request.POST.get("anchor", ""))


@require_POST
def walk_in(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Somebody who was on nobody's list."""
    session = _recordable(request, public_id)
    form = WalkInForm(request.POST)
    if form.is_valid():
        now = timezone.now()
        told = form.cleaned_data
        try:
            written = actions.add_walk_in(
                block_id=_block(request, session).pk,
                organization_id=told["organization"].pk,
                name=told["name"],
                client_id=told["client_id"],
                represents=told["represents"],
                by=request.actor,
                now=now,
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            _say(request, session, told["name"], written, now)
            return _back(request, session, f"o{written.organization_id}")
    return _page(request, session, form, status=422)


@require_POST
def close(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Closes the register; whoever has no mark was absent."""
    session = _recordable(request, public_id)
    try:
        actions.close_attendance(session_id=session.pk, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The register is closed. Its figures are in the record of the session."))
    return _back(request, session, "")


@require_POST
def reopen(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Opens a closed register again: its figures are counted anew when it is closed."""
    session = _recordable(request, public_id)
    try:
        actions.reopen_attendance(session_id=session.pk, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The register is open again. Close it once it is complete."))
    return _back(request, session, "")


def _mark_one(request: HttpRequest, session: Session, block: Block, sheet: uuid.UUID) -> None:
    code, _colon, status = request.POST.get("mark", "").partition(":")
    rows = Delegate.objects.filter(invitation__session=session).select_related("person")
    delegate = get_object_or_404(rows, public_id=_uuid(code))
    now = timezone.now()
    written = actions.mark_attendance(
        block_id=block.pk,
        delegate_id=delegate.pk,
        status=status,
        client_id=uuid.uuid5(sheet, f"{code}:{status}"),
        by=request.actor,
        now=now,
    )
    if written.recorded_at != now:
        _say(request, session, delegate.person.name, written, now)


def _say(request: HttpRequest, session: Session, name: str, written: Attendance, now: Any) -> None:
    told = {
        "name": name,
        "status": written.get_status_display(),
        "at": clock(timezone.localtime(written.recorded_at, session.zone)),
    }
    if written.recorded_at == now:
        messages.success(request, _("%(name)s: %(status)s, %(at)s.") % told)
    else:
        messages.info(request, _("%(name)s was already registered at %(at)s: %(status)s.") % told)


def _recordable(request: HttpRequest, public_id: uuid.UUID) -> Session:
    session = visible_session(request, public_id)
    if not can_record(request.actor, session):
        raise PermissionDenied
    return load_parts(session, request.actor, "blocks")


def _block(request: HttpRequest, session: Session) -> Block:
    """The block the address or the form names; else the one that is on, the next, or the last."""
    found = _marked(session)
    chosen = row_number(request.POST.get("bloque") or request.GET.get("bloque") or "")
    block = next((one for one in found if one.pk == chosen), None) or current(found, timezone.now())
    if block is None:
        raise Http404
    return block


def _marked(session: Session) -> list[Block]:
    """The blocks this reader takes attendance in; of a closed one only who knows its record."""
    return meetings(block for block in session.blocks.all() if block.tells_what)


def _uuid(text: str) -> uuid.UUID:
    """An id from a form; a broken one is nobody's."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


def _back(request: HttpRequest, session: Session, anchor: str) -> HttpResponse:
    """To the same place of the list, with the same filter."""
    kept = {
        key: request.POST[key] for key in ("bloque", "ver", "page") if request.POST.get(key, "").isalnum()
    }
    where = reverse("attendees:attendance", args=[session.public_id], query=kept or None)
    return redirect(f"{where}#{anchor}" if anchor.isalnum() else where)


def _page(request: HttpRequest, session: Session, form: WalkInForm, *, status: int = 200) -> HttpResponse:
    blocks = _marked(session)
    block = _block(request, session)
    rows = queries.register(session, block)
    waiting = [row for row in rows if row.unmarked]
    only_waiting = request.GET.get("ver") == WAITING
    several = len(blocks) > 1
    whole = queries.quorum(session)
    counted = queries.quorum(session, block=block) if several else whole
    may_record = can_record(request.actor, session)
    marks = [mark for row in rows for _delegate, mark in row.delegates if mark] + [
        mark for row in rows for mark in row.walk_ins
    ]
    context = {
        "session": session,
        "form": form,
        "sheet": uuid.uuid4(),
        "page": Paginator(waiting if only_waiting else rows, PAGE).get_page(request.GET.get("page")),
        "only_waiting": only_waiting,
        "all": len(rows),
        "waiting": len(waiting),
        "unmarked": sum(row.unmarked for row in rows),
        "absent": queries.unmarked(session) if several else sum(row.unmarked for row in rows),
        "blocks": blocks if several else [],
        "stretch": block,
        "came": whole.people,
        "kept": f"bloque={block.pk}" if several else "",
        "statuses": Attendance.Status.choices,
        "counts": [
            (label, sum(mark.status == value for mark in marks)) for value, label in Attendance.Status.choices
        ],
        "quorum": counted,
        "sectors": queries.sectors_here(session.mesa, counted),
        "quorum_rows": [
            {
                "label": _("Organizations"),
                "have": counted.organizations,
                "needed": counted.required_organizations,
            },
            {"label": _("Sectors"), "have": counted.sectors, "needed": counted.required_sectors},
        ],
        "may_record": may_record
        and not session.attendance_closed_at
        and session.state != Session.State.CANCELLED,
        "keeps": may_record,
        "has_list": bool(marks) or whole.people > 0,
        "may_reopen": may_record and bool(session.attendance_closed_at) and session.closed_at is None,
        "may_record_outcomes": may_record and session.closed_at is None,
        "may_close": session.starts_at is not None and timezone.now() >= queries.closable_at(session),
    }
    return render(request, "attendees/attendance.html", context, status=status)
