"""Who writes the record of a session: found by name or address, named, and ended."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.common.errors import DomainError
from coordination.minutes.record_forms import FindPersonForm
from coordination.organizations.models import Person
from coordination.sessions import actions, writers
from coordination.sessions.permissions import can_name_rapporteurs
from coordination.sessions.views.loading import load


@require_http_methods(["GET", "HEAD"])
def rapporteurs(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    session = load(request, public_id, can_name_rapporteurs)
    form = FindPersonForm(request.GET or None)
    wanted = form.cleaned_data["q"] if form.is_valid() else ""
    named = writers.rapporteurs_of(session)
    writing = {row.person_id for row in named}
    found = writers.found_people(session, wanted, timezone.localdate())
    context = {
        "section": "sessions",
        "session": session,
        "named": named,
        "form": form,
        "wanted": wanted,
        "found": [person for person in found if person.pk not in writing],
    }
    return render(request, "minutes/rapporteurs.html", context)


@require_POST
def rapporteur_set(request: HttpRequest, public_id: uuid.UUID, person_id: uuid.UUID) -> HttpResponse:
    """Names the person, or ends it with ``?que=terminar``; either takes the other back."""
    session = load(request, public_id, can_name_rapporteurs)
    people = writers.people_of(session, timezone.localdate())
    standing = [row.person_id for row in writers.rapporteurs_of(session)]
    person = get_object_or_404(Person, public_id=person_id)
    if person.pk not in standing:
        person = get_object_or_404(people, public_id=person_id)
    ends = request.GET.get("que") == "terminar"
    act = actions.end_rapporteur if ends else actions.name_rapporteur
    try:
        act(session_id=session.pk, person_id=person.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("minutes:rapporteurs", session.public_id)
    there = reverse("minutes:rapporteur_set", args=[session.public_id, person.public_id])
    undo = there if ends else f"{there}?que=terminar"
    told = (
        _("%(name)s no longer writes this record.") if ends else _("%(name)s writes this record from now on.")
    )
    messages.success(request, told % {"name": person.name}, extra_tags=f"undo:{undo}")
    return redirect("minutes:rapporteurs", session.public_id)
