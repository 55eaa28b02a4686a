"""The secretariat records that the mesa changed what it had agreed, or puts a slip of the pen right."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.commitments.deciding import keeper
from coordination.commitments.figures.actions.indicating import why_fixed
from coordination.commitments.models import Commitment
from coordination.commitments.settling.forms import Offer
from coordination.commitments.writing.actions import amending
from coordination.commitments.writing.changing_forms import ChangeForm, TextsForm
from coordination.commitments.writing.views.keep import again, kept, tell, theirs
from coordination.common.errors import DomainError, StaleVersion


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment, now = kept(request, public_id), timezone.now()
    stored = Commitment.objects.select_related("mesa").get(pk=commitment.pk)
    if refused := _refused(request, commitment):
        return refused
    offer = Offer(*amending.changing_sessions(commitment, now), request.GET.get("sesion", ""))
    form = ChangeForm(
        request.POST or None,
        instance=stored,
        sessions=offer,
        initial={
            "version": commitment.version,
            "verifier": commitment.verifier_id,
            "co_responsible": [each.pk for each in commitment.co_responsible.all()],
        },
    )
    mine = keeper(request.actor, commitment.mesa, timezone.localdate(now)) if form.is_bound else None
    who = {"organization_id": mine.pk if mine else None, "person_id": request.actor.person_id}
    return _answer(request, commitment, form, amending.amend, who, "commitments/change.html")


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment = kept(request, public_id)
    if refused := _refused(request, commitment):
        return refused
    stored = Commitment.objects.get(pk=commitment.pk)
    form = TextsForm(request.POST or None, instance=stored, initial={"version": commitment.version})
    return _answer(request, commitment, form, amending.correct, {}, "commitments/correct.html")


def _refused(request: HttpRequest, commitment: Commitment) -> HttpResponse | None:
    """Back to its page with the reason, before anybody writes what would be refused; a proposal is simply edited."""
    refusal = why_fixed(commitment)
    if refusal:
        messages.warning(request, str(refusal.message))
    return redirect(commitment) if refusal or commitment.state == Commitment.State.PROPOSED else None


def _answer(
    request: HttpRequest, commitment: Commitment, form: TextsForm, act: Any, who: dict[str, Any], page: str
) -> HttpResponse:
    """``commitment`` is as it is stored; the bound form has changed its own instance."""
    context: dict[str, Any] = {"commitment": commitment, "form": form}
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            act(commitment_id=commitment.pk, **form.values(), **who, by=request.actor, now=timezone.now())
        except StaleVersion:
            status, context["theirs"] = 409, theirs(commitment)
            context["form"] = again(form, commitment.version)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(
                request,
                _("Changed. Both texts stand in its history, and its organizations are written to."),
            )
            return redirect(commitment)
    return render(request, page, context, status=status)
