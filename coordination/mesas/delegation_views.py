"""Who stands for a seat from session to session, and what the mesa fixes about delegations."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.common.errors import DomainError
from coordination.files.serving import respond
from coordination.mesas.delegation_forms import RulesForm, StandingForm
from coordination.mesas.delegations import set_delegation_rules, set_standing
from coordination.mesas.models import Mesa, Seat
from coordination.mesas.permissions import can_seat, can_set_standing


@require_http_methods(["GET", "HEAD", "POST"])
def standing(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """By the organization's own voice or by the secretariat."""
    seat = _seat(request, slug, pk)
    people = list(
        seat.standing.filter(ends_on=None).select_related("person", "letter").order_by("-role", "id")
    )
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = StandingForm(*sent, people=people)
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        try:
            set_standing(
                seat_id=seat.pk,
                people=form.people(),
                letter_number=told["letter_number"],
                letter_on=told["letter_on"],
                letter=told["file"],
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(
                request, _("The standing delegation is saved. It is proposed from the next answer on.")
            )
            return redirect("mesas:standing", slug, pk)
    former = seat.standing.exclude(ends_on=None).select_related("person").order_by("-ends_on", "-id")[:20]
    context = {
        "mesa": seat.mesa,
        "seat": seat,
        "form": form,
        "former": former,
        "letter": next((row.letter for row in people if row.letter), None),
        "keeps_mesa": can_seat(request.actor, seat.mesa),
    }
    return render(request, "mesas/standing.html", context, status=422 if form.errors else 200)


@require_safe
def standing_letter(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    seat = _seat(request, slug, pk)
    row = seat.standing.filter(ends_on=None).exclude(letter=None).select_related("letter").first()
    if row is None or row.letter is None:
        raise Http404
    return respond(row.letter)


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, slug: str) -> HttpResponse:
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_seat(request.actor, mesa):
        raise PermissionDenied
    form = RulesForm(request.POST if request.method == "POST" else None, mesa=mesa)
    if form.is_bound and form.is_valid():
        set_delegation_rules(
            mesa_id=mesa.pk,
            places=form.places(),
            needs_letter=form.cleaned_data["needs_letter"],
            by=request.actor,
            now=timezone.now(),
        )
        messages.success(request, _("Saved. It holds for the sessions convened from now on."))
        return redirect("mesas:seats", slug)
    return render(
        request,
        "mesas/delegation_rules.html",
        {"mesa": mesa, "form": form},
        status=422 if form.errors else 200,
    )


def _seat(request: HttpRequest, slug: str, pk: int) -> Seat:
    mesas = Mesa.objects.visible_to(request.actor)
    seat = get_object_or_404(
        Seat.objects.select_related("mesa", "organization"), pk=pk, mesa__slug=slug, mesa__in=mesas
    )
    if not can_set_standing(request.actor, seat):
        raise PermissionDenied
    return seat
