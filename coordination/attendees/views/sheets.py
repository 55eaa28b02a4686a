"""The printed sheet: prepare it, print it, type the signed lines back in. Made for the keyboard alone."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.attendees.actions import sheets as actions
from coordination.attendees.actions.sheets import Typed
from coordination.attendees.models import Attendance
from coordination.attendees.permissions import blocks_kept_by
from coordination.attendees.register_forms import LineForm
from coordination.attendees.sheet import (
    FILE_NAME,
    elsewhere,
    expected,
    printed_sheet,
    read_codes,
)
from coordination.attendees.views.convocation import visible_session
from coordination.attendees.views.letters import pdf
from coordination.common.dates import clock
from coordination.common.errors import DomainError
from coordination.common.forms import row_number
from coordination.sessions.models import Block, Session
from coordination.sessions.permissions import can_record
from coordination.sessions.program import current

BLANKS = 20  # a page of empty lines


@dataclass(frozen=True)
class Place:
    """A block of a session, among those the reader may know of."""

    session: Session
    block: Block
    blocks: list[Block]

    def at(self, name: str) -> str:
        kept = {"bloque": self.block.pk} if len(self.blocks) > 1 else None
        return reverse(f"attendees:{name}", args=[self.session.public_id], query=kept)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One field for the codes, one code or a whole column. What was read is said back with its names."""
    place = _loaded(request, public_id)
    if request.method != "POST":
        return _page(request, place, code=request.GET.get("fila", "")[:6])
    if "name" in request.POST:
        return _walk_in(request, place)
    codes = read_codes(request.POST.get("codes", "")[:20_000])
    if not codes:
        return _page(request, place, refused=_("Type a code from the sheet."), status=422)
    try:
        told = actions.type_back(block_id=place.block.pk, codes=codes, by=request.actor, now=timezone.now())
    except DomainError as refused:
        kept = request.POST.get("codes", "")[:20_000]
        return _page(request, place, refused=refused.message, kept=kept, status=422)
    unknown = [one.code for one in told if one.result == "unknown"]
    blank = [one.code for one in told if one.result == "blank"]
    where = elsewhere(unknown, place.session, place.blocks, request.actor)
    return _page(
        request,
        place,
        lines=[_line(one, place.session, where) for one in told],
        told=_told(told),
        # What could not be read stays in the field; of several empty lines one is asked after the other.
        kept=" ".join([*unknown, *blank[1:]]),
        code=blank[0] if blank else "",
        status=422 if unknown else 200,
    )


@require_POST
def prepare(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Gives everybody a line and opens the paper."""
    place = _loaded(request, public_id)
    try:
        actions.prepare_sheet(block_id=place.block.pk, blanks=BLANKS, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.message))
        return redirect(place.at("sheet"))
    return redirect(place.at("sheet_pdf"))


@require_safe
def sheet_pdf(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The paper, as it was prepared."""
    place = _loaded(request, public_id)
    try:
        made = printed_sheet(place.session, place.block, now=timezone.now(), language=get_language() or "es")
    except DomainError as refused:
        messages.error(request, str(refused.message))
        return redirect(place.at("sheet"))
    response = pdf(made)
    response["Content-Disposition"] = f'inline; filename="{FILE_NAME}"'
    return response


def _walk_in(request: HttpRequest, place: Place) -> HttpResponse:
    form = LineForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            mark, new = actions.type_walk_in(
                block_id=place.block.pk,
                code=data["code"],
                organization_id=data["organization"].pk,
                name=data["name"],
                represents=data["represents"],
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            one = Typed(data["code"], "new" if new else "already", mark, mark.name or data["name"])
            kept = " ".join(read_codes(request.POST.get("kept", "")[:20_000]))
            line = _line(one, place.session, {})
            return _page(request, place, lines=[line], told=_told([one]), kept=kept)
    kept = request.POST.get("kept", "")[:20_000]
    return _page(request, place, form=form, kept=kept, status=422)


def _loaded(request: HttpRequest, public_id: uuid.UUID) -> Place:
    """The session, and the block the address or the form names; else the one that is on, the next, or the last."""
    session = visible_session(request, public_id)
    if not can_record(request.actor, session):
        raise PermissionDenied
    found = blocks_kept_by(request.actor, session)
    chosen = row_number(request.POST.get("bloque") or request.GET.get("bloque") or "")
    block = next((one for one in found if one.pk == chosen), None) or current(found, timezone.now())
    if block is None:
        raise Http404
    block.session = session
    return Place(session, block, found)


def _line(one: Typed, session: Session, where: dict[str, str]) -> dict[str, Any]:
    """One code read back: its state, the name, and what became of it in words."""
    if one.result == "new":
        return {"state": "green", "code": one.code, "name": one.name, "text": _("is registered as present")}
    if one.result == "already" and one.mark:
        at = one.mark.arrived_at or one.mark.recorded_at
        told = {"at": clock(timezone.localtime(at, session.zone))}
        return {
            "state": "grey",
            "code": one.code,
            "name": one.name,
            "text": _("was already registered at %(at)s") % told,
        }
    if one.result == "blank":
        return {
            "state": "amber",
            "code": one.code,
            "name": "",
            "text": _("empty line: whose name?"),
        }
    text = where.get(one.code) or _("this sheet has no such code")
    return {"state": "red", "code": one.code, "name": "", "text": text}


def _told(told: list[Typed]) -> str:
    """What happened, in a sentence that is heard first."""
    counts = {
        result: sum(one.result == result for one in told) for result in ("new", "already", "blank", "unknown")
    }
    said = [
        (counts["new"], ngettext("%(n)s registered", "%(n)s registered", counts["new"])),
        (
            counts["already"],
            ngettext("%(n)s was already registered", "%(n)s were already registered", counts["already"]),
        ),
        (
            counts["blank"],
            ngettext("%(n)s empty line wants a name", "%(n)s empty lines want a name", counts["blank"]),
        ),
        (
            counts["unknown"],
            ngettext(
                "%(n)s code is not of this sheet", "%(n)s codes are not of this sheet", counts["unknown"]
            ),
        ),
    ]
    return ", ".join(words % {"n": n} for n, words in said if n) + "."


def _page(
    request: HttpRequest,
    place: Place,
    *,
    form: LineForm | None = None,
    lines: list[dict[str, Any]] | None = None,
    kept: str = "",
    code: str = "",
    status: int = 200,
    **told: Any,
) -> HttpResponse:
    session, block = place.session, place.block
    there = list(block.sheet_rows.values_list("delegate_id", flat=True))
    signed = Attendance.objects.filter(block=block, source=Attendance.Source.SHEET).count()
    closed = session.attendance_closed_at or session.state == Session.State.CANCELLED
    if form is None and code:
        form = LineForm(initial={"code": code})
    if form is not None:
        form.fields["organization" if code else "code"].widget.attrs["autofocus"] = True
    context = {
        "session": session,
        "blocks": place.blocks if len(place.blocks) > 1 else [],
        "stretch": block,
        "people": sum(1 for delegate in there if delegate),
        "blanks": sum(1 for delegate in there if not delegate),
        "signed": signed,
        "missing": 0 if closed else sum(one.pk not in there for one in expected(session, block)),
        "may_type": bool(there) and not closed,
        "is_shut": closed,
        "form": form,
        "lines": lines or [],
        "kept": kept,
        "told": "",
        "refused": "",
        "print_url": place.at("sheet_pdf") if there else "",
        **told,
    }
    return render(request, "attendees/sheet.html", context, status=status)
