"""What the views of a session's screen begin and end with: the doors, the page, the way back."""

import uuid
from typing import Any

from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.commitments.permissions import can_propose
from coordination.common.errors import DomainError
from coordination.minutes import on_the_day, seats
from coordination.minutes.actions.notes import LONGEST
from coordination.minutes.record_forms import (
    FigureForm,
    NotesForm,
    OutcomeOnTheDayForm,
    StatementForm,
)
from coordination.sessions.following import later_than
from coordination.sessions.models import AgendaItem, Block, Outcome, Session
from coordination.sessions.permissions import can_close, can_name_rapporteurs, can_record, can_schedule
from coordination.sessions.program import current, meetings
from coordination.sessions.views.loading import load
from coordination.sessions.writers import why_not_recording

# What ``?anadir=`` opens under the item, with the kind of outcome it begins with.
OUTCOMES = {
    "decision": "decision",
    "recomendacion": "recommendation",
    "compromiso": "commitment",
    "nota": "experience",
}
STATEMENT, FIGURE = "declaracion", "cifra"
# The letter of each opens it from the keyboard, with Alt and Shift.
KINDS = [
    ("decision", "D", _("Decision")),
    ("recomendacion", "R", _("Recommendation")),
    ("compromiso", "C", _("Commitment")),
    ("nota", "N", _("Note")),
]


def stage(request: HttpRequest, public_id: object) -> Session:
    """The session, for who writes it down."""
    return load(request, public_id, can_record)


def item_of(request: HttpRequest, session: Session, item_id: object) -> AgendaItem:
    """One of its items, unless it is closed to the reader: then it does not exist."""
    rows = AgendaItem.objects.shown_to(request.actor).select_related("session__mesa")
    found: AgendaItem | None = rows.filter(session=session, public_id=item_id).first()
    if found is None:
        raise Http404
    return found


def outcome_of(request: HttpRequest, session: Session, outcome_id: object) -> Outcome:
    """An outcome of an item the reader knows of; reserved ones too, who writes them reads them."""
    known = AgendaItem.objects.shown_to(request.actor).filter(session=session)
    rows = Outcome.objects.filter(session=session, item__in=known.values("pk"), public_id=outcome_id)
    found = rows.select_related("item", "session__mesa").first()
    if found is None:
        raise Http404
    return found


def back(session: Session, item: AgendaItem | None = None, anchor: str = "") -> HttpResponse:
    """To the screen, at the same item."""
    query = {"punto": str(item.public_id)} if item else None
    where = reverse("minutes:running", args=[session.public_id], query=query)
    return redirect(f"{where}#{anchor}" if anchor else where)


def tell(form: BaseForm, error: DomainError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def screen(
    request: HttpRequest,
    session: Session,
    *,
    asked: str = "",
    adding: str = "",
    form: BaseForm | None = None,
    notes: NotesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page: the order of the day, one item, and the form that is open under it."""
    now = timezone.now()
    items = on_the_day.items_of(session, request.actor, now)
    blocks = list(Block.objects.shown_to(request.actor).filter(session=session))
    clock = on_the_day.clock_of(session, items, blocks, now)
    here = on_the_day.chosen(clock.rows, asked)
    if asked and (here is None or str(here.item.public_id) != asked):
        raise Http404
    block_on = _block_on(blocks, now)
    seated = seats.seats_here(session, block_id=block_on)
    shut = why_not_recording(session, now)
    context: dict[str, Any] = {
        "session": session,
        "section": "sessions",
        "clock": clock,
        "here": here,
        "several": len(meetings(blocks)) > 1,
        "shut": shut,
        "quorum": seats.quorum_of(seated, session.mesa),
        "present": [seat for seat in seated if seat.came],
        "floor": next((item.floor for item in items), None),  # type: ignore[attr-defined]
        "may_name": can_name_rapporteurs(request.actor, session),
        "may_close": can_close(request.actor, session),
        "longest": LONGEST,
        "block_on": block_on,
        "now": now,
    }
    if here:
        context |= _under(request, session, here, clock)
        context |= {
            "adding": "" if shut else adding,
            "adding_outcome": adding in OUTCOMES,
            "adding_said": adding in (STATEMENT, FIGURE),
            "kinds": KINDS,
            "form": form or (_form(request, session, adding, seated) if adding and not shut else None),
            "notes": notes or NotesForm(initial=_initial(here.item)),
        }
    return render(request, "minutes/running.html", context, status=status)


def statement_form(
    request: HttpRequest, session: Session, seated: list[seats.SeatHere], *args: Any, **more: Any
) -> StatementForm:
    present = on_the_day.came(session, request.actor)
    organizations = [seat.organization for seat in seated] + [mark.organization for mark in present]
    return StatementForm(
        *args,
        present=present,
        organizations=organizations,
        nameless=session.mesa.reserved_without_names,
        **more,
    )


def _form(
    request: HttpRequest, session: Session, adding: str, seated: list[seats.SeatHere]
) -> BaseForm | None:
    if adding in OUTCOMES:
        return OutcomeOnTheDayForm(initial={"kind": OUTCOMES[adding]})
    if adding == STATEMENT:
        return statement_form(request, session, seated)
    return FigureForm() if adding == FIGURE else None


def _under(
    request: HttpRequest, session: Session, here: on_the_day.Hour, clock: on_the_day.Clock
) -> dict[str, Any]:
    """What stands under the open item, and where it can go on."""
    item = here.item
    statements, figures = on_the_day.said_under(item)
    outcomes = on_the_day.outcomes_under(item)
    before, after = on_the_day.neighbours(clock.rows, here)
    movable = not (outcomes or item.is_generated or item.is_casa_adentro or session.is_casa_adentro)
    movable = movable and not why_not_recording(session, timezone.now())
    may_plan = movable and can_schedule(request.actor, session)
    return {
        "item": item,
        "outcomes": outcomes,
        "statements": statements,
        "figures": figures,
        "before": before,
        "after": after,
        "may_propose": can_propose(request.actor, session),
        "movable": movable,
        "may_plan": may_plan,
        "later": later_than(session) if may_plan else None,
        "carried": item.is_carried,  # type: ignore[attr-defined]
    }


def _initial(item: AgendaItem) -> dict[str, Any]:
    record = getattr(item, "record", None)
    if record is None:
        return {"version": 0}
    return {"version": record.version, "notes": record.notes, "reserved_notes": record.reserved_notes}


def _block_on(blocks: list[Block], now: Any) -> int | None:
    """The block whose register says who is there, where the session has several."""
    if len(meetings(blocks)) < 2:
        return None
    on = current(blocks, now)
    return on.pk if on else None


def as_uuid(text: str) -> str:
    """An item's id as the address gives it; empty for anything else."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""
