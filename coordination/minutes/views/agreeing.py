"""How an outcome was agreed: consensus with reservations on record, or a vote by seat."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coordination.common.errors import DomainError, StaleVersion
from coordination.common.undo import recall, remember
from coordination.minutes import seats
from coordination.minutes.actions import agreeing
from coordination.minutes.models import RecordedReservation, SeatVote
from coordination.minutes.record_forms import ReservationForm
from coordination.minutes.views.on_stage import number, outcome_of, stage
from coordination.sessions.models import Outcome, Session
from coordination.sessions.writers import why_not_recording


@require_safe
def agreement(request: HttpRequest, public_id: uuid.UUID, outcome_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    return _page(request, session, outcome_of(request, session, outcome_id))


@require_POST
def consensus(request: HttpRequest, public_id: uuid.UUID, outcome_id: uuid.UUID) -> HttpResponse:
    """Nobody objected. Of one that was voted the vote is taken away first."""
    session = stage(request, public_id)
    outcome = outcome_of(request, session, outcome_id)
    try:
        agreeing.agree_by_consensus(
            outcome_id=outcome.pk, version=number(request, "version"), by=request.actor, now=timezone.now()
        )
    except StaleVersion as error:
        return _page(request, session, outcome, told=str(error), status=409)
    except DomainError as error:
        return _page(request, session, outcome, told=str(error), status=422)
    messages.success(request, _("Agreed by consensus."))
    return _back(session, outcome)


@require_POST
def votes(request: HttpRequest, public_id: uuid.UUID, outcome_id: uuid.UUID) -> HttpResponse:
    """How each seat voted, all at once; sent again, it corrects what was recorded."""
    session = stage(request, public_id)
    outcome = outcome_of(request, session, outcome_id)
    choices = _choices(request)
    try:
        counted = agreeing.record_votes(
            outcome_id=outcome.pk,
            version=number(request, "version"),
            choices=choices,
            by=request.actor,
            now=timezone.now(),
        )
    except StaleVersion as error:
        return _page(request, session, outcome, told=str(error), chosen=choices, status=409)
    except DomainError as error:
        return _page(request, session, outcome, told=str(error), chosen=choices, status=422)
    told = _("Adopted by vote.") if counted.is_adopted else _("Voted, and not adopted.")
    messages.success(request, told)
    return _back(session, outcome)


@require_POST
def votes_clear(request: HttpRequest, public_id: uuid.UUID, outcome_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    outcome = outcome_of(request, session, outcome_id)
    try:
        before = agreeing.clear_votes(
            outcome_id=outcome.pk, version=number(request, "version"), by=request.actor, now=timezone.now()
        )
    except StaleVersion as error:
        return _page(request, session, outcome, told=str(error), status=409)
    except DomainError as error:
        return _page(request, session, outcome, told=str(error), status=422)
    _offer_undo(request, session, outcome, {"votes": {str(k): v for k, v in before.items()}})
    return _back(session, outcome)


@require_POST
def reservation_add(request: HttpRequest, public_id: uuid.UUID, outcome_id: uuid.UUID) -> HttpResponse:
    session = stage(request, public_id)
    outcome = outcome_of(request, session, outcome_id)
    table = seats.seats_here(session, block_id=agreeing.voting_block(outcome, session))
    present = [seat.organization for seat in table if seat.came]
    form = ReservationForm(request.POST, organizations=present)
    if form.is_valid():
        data = form.cleaned_data
        try:
            agreeing.record_reservation(
                outcome_id=outcome.pk, organization_id=data["organization"].pk, text=data["text"],
                by=request.actor, now=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("The reservation is on record."))
            return _back(session, outcome)
    return _page(request, session, outcome, form=form, status=422)


@require_POST
def reservation_remove(
    request: HttpRequest, public_id: uuid.UUID, outcome_id: uuid.UUID, reservation_id: int
) -> HttpResponse:
    session = stage(request, public_id)
    outcome = outcome_of(request, session, outcome_id)
    kept = RecordedReservation.objects.filter(outcome=outcome, pk=reservation_id).first()
    if kept is None:
        raise Http404
    try:
        agreeing.remove_reservation(reservation_id=kept.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        return _page(request, session, outcome, told=str(error), status=422)
    _offer_undo(request, session, outcome, {"organization": kept.organization_id, "text": kept.text})
    return _back(session, outcome)


@require_POST
def agreement_restore(request: HttpRequest, public_id: uuid.UUID, outcome_id: uuid.UUID) -> HttpResponse:
    """Puts back the vote or the reservation that was taken away."""
    session = stage(request, public_id)
    outcome = outcome_of(request, session, outcome_id)
    content = recall(request, request.GET.get("quitado", ""))
    try:
        # What was taken away elsewhere has its own way back.
        if content is None or not {"votes", "organization"} & content.keys():
            messages.error(request, _("This can no longer be undone. Write it again."))
        elif "votes" in content:
            choices = {int(key): value for key, value in content["votes"].items()}
            agreeing.record_votes(
                outcome_id=outcome.pk, version=outcome.version, choices=choices,
                by=request.actor, now=timezone.now(),
            )  # fmt: skip
        else:
            agreeing.record_reservation(
                outcome_id=outcome.pk, organization_id=content["organization"], text=content["text"],
                by=request.actor, now=timezone.now(),
            )  # fmt: skip
    except DomainError as error:
        messages.error(request, str(error.message))
    return _back(session, outcome)


def _page(
    request: HttpRequest,
    session: Session,
    outcome: Outcome,
    *,
    form: ReservationForm | None = None,
    told: str = "",
    chosen: dict[int, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    recorded = dict(SeatVote.objects.filter(outcome=outcome).values_list("organization_id", "choice"))
    block_id = agreeing.voting_block(outcome, session)
    table = seats.seats_here(session, block_id=block_id, choices=recorded if chosen is None else chosen)
    voting = [seat for seat in table if seat.votes and (seat.is_here or seat.organization.pk in recorded)]
    present = [seat.organization for seat in table if seat.came]
    context: dict[str, Any] = {
        "section": "sessions",
        "session": session,
        "item": outcome.item,
        "outcome": outcome,
        "form": form or ReservationForm(organizations=present),
        "reservations": outcome.reservations.select_related("organization"),
        # Everybody in favour until somebody says otherwise: an exception costs one press.
        "voting": [
            (seat, seat.choice or ("" if recorded or chosen is not None else "for")) for seat in voting
        ],
        "absent": [seat for seat in table if seat.votes and seat not in voting],
        "choices": [*SeatVote.Choice.choices, ("", _("did not vote"))],
        "tally": seats.tally(recorded.values()) if recorded else None,
        "shut": why_not_recording(session, timezone.now()),
        "told": told,
        "has_errors": bool(told),
    }
    return render(request, "minutes/running_agreement.html", context, status=status)


def _choices(request: HttpRequest) -> dict[int, str]:
    """``voto-<organization>`` as the form sends it; anything else is passed over."""
    found: dict[int, str] = {}
    for name, value in request.POST.items():
        key = name.removeprefix("voto-")
        if key != name and key.isascii() and key.isdigit() and len(key) < 19:
            found[int(key)] = str(value)
    return found


def _offer_undo(request: HttpRequest, session: Session, outcome: Outcome, content: dict[str, Any]) -> None:
    there = reverse(
        "minutes:agreement_restore",
        args=[session.public_id, outcome.public_id],
        query={"quitado": remember(request, content)},
    )
    told = _("The vote was taken away.") if "votes" in content else _("The reservation was taken away.")
    messages.success(request, told, extra_tags=f"undo:{there}")


def _back(session: Session, outcome: Outcome) -> HttpResponse:
    return redirect("minutes:agreement", session.public_id, outcome.public_id)
