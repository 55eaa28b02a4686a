"""The closing round: the page behind a delegate's own link, and what the secretariat sees of it."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from coordination.attendees.views.door import sealed
from coordination.common.errors import DomainError
from coordination.minutes import rounds
from coordination.minutes.actions.round import AnsweredBefore, answer_round
from coordination.minutes.models import RoundVoter
from coordination.minutes.record_forms import RoundForm
from coordination.minutes.views.on_stage import tell
from coordination.sessions.permissions import can_close
from coordination.sessions.views.loading import load


@require_safe
def closing_round(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """How many answered, and from three on what they said. The links are those of the passes."""
    session = load(request, public_id, can_close)
    now = timezone.now()
    is_open = rounds.is_open(session, now)
    context = {
        "section": "sessions",
        "session": session,
        "round": rounds.round_of(session),
        "is_open": is_open,
        "opens_at": rounds.opens_at(session) if session.starts_at else None,
        "closes_at": rounds.closes_at(session),
        "is_ahead": bool(session.starts_at and now < rounds.opens_at(session)),
        "shown_from": rounds.SHOWN_FROM,
        "delegates": rounds.asked(session)
        .select_related("person", "invitation__organization")
        .order_by("invitation__organization__plain_name", "pk")[:300]
        if is_open
        else [],
    }
    return render(request, "minutes/round.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_answer(request: HttpRequest, token: str) -> HttpResponse:
    """What worked, what to change, one to five. Asked once, counted, and tied to nobody."""
    delegate = rounds.delegate_of(token)
    if delegate is None:
        return sealed(render(request, "minutes/round_answer.html", {"dead": "unknown"}, status=404))
    session, now = delegate.invitation.session, timezone.now()
    context = {"session": session, "shown_from": rounds.SHOWN_FROM, "closes_at": rounds.closes_at(session)}
    if RoundVoter.objects.filter(delegate=delegate).exists():
        return sealed(render(request, "minutes/round_answer.html", context | {"done": True}))
    if not rounds.is_open(session, now):
        early = bool(session.starts_at and now < rounds.opens_at(session))
        context["dead"] = "early" if early else "over"
        return sealed(render(request, "minutes/round_answer.html", context, status=200 if early else 410))
    form = RoundForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            answer_round(delegate_id=delegate.pk, **data, now=now)
        except AnsweredBefore:
            return sealed(render(request, "minutes/round_answer.html", context | {"done": True}))
        except DomainError as error:
            tell(form, error)
        else:
            return sealed(render(request, "minutes/round_answer.html", context | {"done": True, "new": True}))
    status = 422 if form.errors else 200
    return sealed(render(request, "minutes/round_answer.html", context | {"form": form}, status=status))
