"""More time: the responsible organization asks, the secretariat records what the mesa agreed or refuses with words."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.commitments.deciding import (
    deciding_sessions,
    extendable_since,
    keeper,
    rest_of,
    too_early,
)
from coordination.commitments.links.views import page
from coordination.commitments.models import Commitment, ExtensionRequest
from coordination.commitments.reports.situation import meets_after
from coordination.commitments.settling import permissions as settling_permissions
from coordination.commitments.settling.actions import extending as acts
from coordination.commitments.settling.forms import AskForm, ExtensionForm, Offer, RefusalForm
from coordination.commitments.settling.views.door import Door, both_doors
from coordination.commitments.settling.views.settling import done, kept, tell
from coordination.commitments.states import SETTLED
from coordination.common import dates
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.models import Mesa

REPORT = Commitment.REPORT_LINK


@require_http_methods(["GET", "POST"])
def extend(request: HttpRequest, public_id: str) -> HttpResponse:
    """Grants the time that was asked for, or gives it unasked; both dates and both targets stay."""
    commitment, now = kept(request, public_id), timezone.now()
    asked, since = open_request(commitment), extendable_since(commitment)
    initial: dict[str, Any] = {"version": commitment.version}
    if asked:
        initial |= {"new_due_on": asked.asked_until, "reason": asked.reason}
    closed = commitment.state in SETTLED
    form = ExtensionForm(
        None if closed else request.POST or None,  # its page says that it is closed, and of nothing else
        commitment=commitment,
        sessions=Offer(
            deciding_sessions(commitment, now, since), too_early(since), request.GET.get("sesion", "")
        ),
        initial=initial,
    )
    context: dict[str, Any] = {"commitment": commitment, "asked": asked, "refusal": RefusalForm()}
    status = 200
    if request.method == "POST" and form.is_valid():
        mine = keeper(request.actor, commitment.mesa, timezone.localdate(now))
        who = {"organization_id": mine.pk if mine else None, "person_id": request.actor.person_id}
        try:
            made = acts.extend(commitment_id=commitment.pk, **form.values(), **who, by=request.actor, now=now)
        except StaleVersion:
            status, context["theirs"] = 409, _theirs(commitment)
            form.data = form.data.copy() | {"version": commitment.version}
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Extended. The original date stays in view."))
            _tell_rest(request, commitment.mesa, made.new_due_on)
            return redirect(commitment)
    context |= {"form": form, "closed": closed}
    return render(request, "commitments/extend.html", context, status=status)


@require_POST
def refuse(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment, form = kept(request, public_id), RefusalForm(request.POST)
    answer = form.cleaned_data["answer"] if form.is_valid() else ""

    def act() -> Any:
        return acts.refuse(commitment_id=commitment.pk, answer=answer, by=request.actor, now=timezone.now())

    if done(request, act, _("Answered. The date stays, and the organization reads why.")):
        return redirect(commitment)
    return redirect("commitments:extend", commitment.public_id)


@both_doors(REPORT, settling_permissions.is_responsible, "GET", "POST")
def _ask(request: HttpRequest, door: Door) -> HttpResponse:
    """The responsible organization asks for more time."""
    commitment = door.commitment
    form = AskForm(request.POST or None, due_on=commitment.due_on)
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.ask(
                commitment_id=commitment.pk,
                organization_id=commitment.responsible_id or 0,
                person_id=request.actor.person_id,
                **form.cleaned_data,
                by=request.actor,
                now=timezone.now(),
            )
        except acts.AlreadyAsked as error:
            messages.info(request, str(error.message))
            return redirect(request.path)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Asked. Until the mesa answers, the date stays as it is."))
            _tell_rest(request, commitment.mesa, made.asked_until)
            _tell_too_soon(request, commitment, made)
            return redirect(request.path)
    context = page(commitment, request.actor, organization=commitment.responsible) | {
        "form": form,
        "door": door,
        "asked": open_request(commitment),
        "may": settling_permissions.can_ask_for_time(request.actor, commitment),
    }
    return render(request, "commitments/ask_time.html", context)


ask, ask_by_link = _ask


def open_request(commitment: Commitment) -> ExtensionRequest | None:
    """The request for more time that waits for the mesa."""
    rows = ExtensionRequest.objects.filter(commitment=commitment, answered_at=None)
    return rows.select_related("organization").first()


def _tell_too_soon(request: HttpRequest, commitment: Commitment, made: ExtensionRequest) -> None:
    """Who asks for less time than the mesa needs to answer gains nothing by it."""
    if day := meets_after(request.actor, commitment, made):
        words = _(
            "The mesa meets on %(day)s, after the date you asked for. Tell its secretariat if you need longer."
        )
        messages.warning(request, words % {"day": dates.day_words(day)})


def _tell_rest(request: HttpRequest, mesa: Mesa, day: date) -> None:
    """A date on which nobody works is allowed, and said."""
    rest = rest_of(mesa, day)
    if rest == "weekend":
        messages.warning(
            request, _("%(day)s is not a working day.") % {"day": dates.date_words(day).capitalize()}
        )
    elif rest:
        messages.warning(
            request,
            _("%(day)s is a day of rest: %(name)s.")
            % {"day": dates.date_words(day).capitalize(), "name": rest.name},  # type: ignore[union-attr]
        )


def _theirs(commitment: Commitment) -> list[tuple[str, Any]]:
    """What somebody else saved meanwhile, as far as this form knows it."""
    return [
        (_("Due date"), dates.date_words(commitment.due_on) if commitment.due_on else ""),
        (_("State"), commitment.get_state_display()),
    ]
