"""The places of a session by sector: who holds them, who waits, and the numbers the secretariat writes."""

import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from coordination.attendees import actions, places, stating
from coordination.attendees.models import Invitation
from coordination.attendees.permissions import can_convene, can_see_delegations
from coordination.attendees.views.convocation import visible_session
from coordination.common.errors import DomainError
from coordination.files.serving import respond

QUEUE = 50


class PlacesForm(forms.Form):
    """One number for each sector; empty where nothing limits."""

    def __init__(self, *args: object, rows: list[places.SectorRow], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.rows = rows
        for row in rows:
            self.fields[f"sector_{row.sector.pk}"] = forms.IntegerField(
                label=row.sector.name,
                help_text=gettext_lazy("In use: %(used)s. Waiting: %(waiting)s.")
                % {"used": row.used, "waiting": row.waiting},
                min_value=0,
                required=False,
                initial=row.places,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    def wanted(self) -> dict[int, int | None]:
        return {row.sector.pk: self.cleaned_data[f"sector_{row.sector.pk}"] for row in self.rows}


@require_http_methods(["GET", "HEAD", "POST"])
def session_places(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    session = visible_session(request, public_id)
    if not can_see_delegations(request.actor, session):
        raise PermissionDenied
    may_change = can_convene(request.actor, session)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = PlacesForm(request.POST if request.method == "POST" else None, rows=places.by_sector(session))
    if form.is_bound and form.is_valid():
        try:
            actions.set_places(
                session_id=session.pk, wanted=form.wanted(), by=request.actor, now=timezone.now()
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("The places are saved. Who waited and now has one is told by mail."))
            return redirect("attendees:places", public_id)
    queue = places.waiting(session.pk).select_related("person", "invitation__organization")
    context = {
        "session": session,
        "form": form,
        "may_change": may_change,
        "queue": queue[:QUEUE],
        "room": places.taken(session.pk).room,
        "totals": stating.totals(session),
        "shown_from": stating.SHOWN_FROM,
        "closes": places.closes_at(session),
    }
    return render(request, "attendees/places.html", context, status=422 if form.errors else 200)


@require_safe
def delegation_letter(request: HttpRequest, public_id: uuid.UUID, invitation: uuid.UUID) -> HttpResponseBase:
    """The letter by which an organization appointed its delegates, for whoever sees the delegations."""
    session = visible_session(request, public_id)
    if not can_see_delegations(request.actor, session):
        raise PermissionDenied
    rows = Invitation.objects.visible_to(request.actor).filter(session=session).select_related("letter")
    found = get_object_or_404(rows, public_id=invitation)
    if found.letter is None:
        raise Http404
    return respond(found.letter)
