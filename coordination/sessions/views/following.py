"""The next session from the last: one page, already filled in, that leads on to the convocation."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.common.errors import DomainError
from coordination.common.forms import row_number
from coordination.sessions import actions, following
from coordination.sessions.clashes import seated_at
from coordination.sessions.forms import SessionForm
from coordination.sessions.permissions import can_schedule
from coordination.sessions.queries import next_number
from coordination.sessions.views.loading import load
from coordination.sessions.views.planning import hint_at_room, refuse
from coordination.sessions.views.warning import unread_clashes


@require_http_methods(["GET", "POST"])
def follow_on(request: HttpRequest, public_id: object) -> HttpResponse:
    """The form starts from the last session; what nothing came of there is ticked to be taken up again."""
    last, now = load(request, public_id, can_schedule), timezone.now()
    if not following.can_be_followed(last, now):
        raise Http404
    proposed, items = following.proposal(last, now=now), following.open_items(last)
    seated = seated_at(last.mesa_id, timezone.localdate())
    form = SessionForm(request.POST or None, mesa=last.mesa, initial=proposed.initial)
    taken_up = [item.pk for item in items]
    waiting = following.put_off(last.mesa_id)
    resumed = [proposal.pk for proposal in waiting]
    met = None
    if request.method == "POST":
        taken_up = [row_number(text) for text in request.POST.getlist("items")]
        resumed = [row_number(text) for text in request.POST.getlist("proposals")]
        met = unread_clashes(request, form, seated) if form.is_valid() else None
    if request.method == "POST" and form.is_valid() and not met:
        try:
            made = actions.schedule_next(
                after_id=last.pk,
                item_ids=taken_up,
                proposal_ids=resumed,
                **form.wanted(),
                by=request.actor,
                now=now,
            )
        except DomainError as error:
            refuse(form, error)
        else:
            told = _(
                "%(session)s is scheduled as a draft. Read the convocation and send it, or go on planning."
            )
            messages.success(request, told % {"session": made.short_title})
            hint_at_room(request, made)
            return redirect("attendees:convene", made.public_id)
    context = {
        "form": form,
        "last": last,
        "mesa": last.mesa,
        "items": items,
        "taken_up": taken_up,
        "waiting": waiting,
        "resumed": resumed,
        "proposed": proposed.day,
        "skipped": proposed.holidays,
        "later": following.later_than(last),
        "number": next_number(last.mesa),
        "seated": len(seated.organization_ids),
        "called_before": last.invitations.count(),
        "clashes": met,
    }
    return render(request, "sessions/next.html", context)
