"""The secretariat records that the mesa moved what an indicator promises, or puts a slip of the pen right in it."""

import uuid
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from coordination.commitments.deciding import keeper
from coordination.commitments.figures.views import indicators as form_of
from coordination.commitments.figures.views.measurements import seen_commitment, seen_indicator
from coordination.commitments.models import Commitment, Indicator
from coordination.commitments.settling.forms import Offer
from coordination.commitments.writing.actions import amending, targets
from coordination.commitments.writing.target_forms import DecidedForm, SlipForm

SAID = _(
    "Changed. The old figure and the new one stand in its history, and its organizations are written to."
)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    commitment, row = seen_indicator(request, public_id)
    return _decided(request, commitment, row)


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _decided(request, seen_commitment(request, public_id, "indicators"), None)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    commitment, row = seen_indicator(request, public_id)
    form_of.writable(request, commitment)
    if commitment.agreed_at is None:
        return redirect("commitments:indicator_edit", row.public_id)
    if refused := form_of.waits(request, commitment):
        return refused

    def act(values: Any, **told: Any) -> None:
        targets.correct_indicator(indicator_id=row.pk, values=values, **told)

    room = form_of.Room(commitment, row, act, said=SAID, words={"mode": "slip"})
    return form_of.page_of(request, room, SlipForm)


def _decided(request: HttpRequest, commitment: Commitment, row: Indicator | None) -> HttpResponse:
    form_of.writable(request, commitment)
    if commitment.agreed_at is None:
        name, of = ("indicator_edit", row) if row else ("indicator_add", commitment)
        return redirect(f"commitments:{name}", of.public_id)
    if refused := form_of.waits(request, commitment):
        return refused
    now = timezone.now()
    mine = (
        keeper(request.actor, commitment.mesa, timezone.localdate(now)) if request.method == "POST" else None
    )
    who = {"organization_id": mine.pk if mine else None, "person_id": request.actor.person_id}

    def act(values: Any, **told: Any) -> None:
        if row is None:
            targets.agree_indicator(commitment_id=commitment.pk, values=values, **who, **told)
        else:
            targets.amend_indicator(indicator_id=row.pk, values=values, **who, **told)

    offer = Offer(*amending.changing_sessions(commitment, now), request.GET.get("sesion", ""))
    room = form_of.Room(commitment, row, act, said=SAID, words={"mode": "session"})
    return form_of.page_of(request, room, partial(DecidedForm, sessions=offer))
