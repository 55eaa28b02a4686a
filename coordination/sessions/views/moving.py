"""Move a session: the page the planner opens when somebody drags it, and a plain form without it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.common.dates import span
from coordination.common.errors import DomainError, StaleVersion
from coordination.sessions import actions
from coordination.sessions.clashes import attending
from coordination.sessions.models import Session
from coordination.sessions.move_form import MoveForm
from coordination.sessions.permissions import can_schedule
from coordination.sessions.queries import audience
from coordination.sessions.views.loading import load
from coordination.sessions.views.planning import fixed_because, refuse, saved_words
from coordination.sessions.views.warning import unread_clashes

ASKED = {"dia": "day", "hora": "starts", "version": "version"}


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, public_id: object) -> HttpResponse:
    """Says from when to when and who will hear of it; the POST moves. The address may propose day, hour and the
    version that was seen: of one that is stale the answer is 409, with what stands beside what was wanted.
    """
    session = load(request, public_id, can_schedule)
    if session.starts_at is None:
        return redirect("sessions:edit", session.public_id)
    asked = {field: request.GET[name] for name, field in ASKED.items() if name in request.GET}
    form = MoveForm(request.POST or None, instance=_copy(session), asked=asked)
    context: dict[str, Any] = {
        "form": form,
        "session": session,
        "audience": audience(session),
        "fixed_because": fixed_because(session),
    }
    status = 200
    if request.method == "POST" and form.is_valid():
        who = attending(session, timezone.localdate())
        context["clashes"] = unread_clashes(request, form, who, but=session.pk)
    if request.method == "POST" and form.is_valid() and not context.get("clashes"):
        data = form.cleaned_data
        try:
            saved = actions.edit(
                session_id=session.pk, version=data["version"] or 0, starts_at=data["starts_at"],
                ends_at=data["ends_at"], by=request.actor, now=timezone.now(),
            )  # fmt: skip
        except StaleVersion as error:
            form.add_error(None, str(error.message))
            form.go_on_from(session.version)
            stands = span(session.starts_at, session.ends_at, session.time_zone)
            context["theirs"], status = [(_("When"), stands)], 409
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, saved_words(session, saved, context["audience"].organizations))
            return redirect(saved.get_absolute_url())
    context["proposed"] = form.proposed()
    return render(request, "sessions/move.html", context, status=status)


def _copy(session: Session) -> Session:
    """A second object for the form, which writes on the one it is given."""
    return Session.objects.select_related("mesa").get(pk=session.pk)
