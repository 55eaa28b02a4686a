"""What mesas raise to each other: both lists, one page for each issue, and what either side does with it."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.commitments.agenda import referrals
from coordination.commitments.agenda.actions import referring
from coordination.commitments.agenda.forms import AnswerForm, ReferralForm, ScheduleForm
from coordination.commitments.models import Commitment, Referral
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.models import Mesa
from coordination.sessions.models import Session

PAGE = 50
UNANSWERED = referring.UNANSWERED


@require_safe
@login_not_required
def sent_and_received(request: HttpRequest, slug: str) -> HttpResponse:
    """``?lista=recibidos`` or ``enviados``; without it what it received, or what it sent where nothing came."""
    mesa = _mesa(request, slug)
    sent, received = referrals.referrals_of(mesa, request.actor)
    which = request.GET.get("lista", "")
    counts = {"recibidos": received.count(), "enviados": sent.count()}
    if which not in counts:
        which = "enviados" if counts["enviados"] and not counts["recibidos"] else "recibidos"
    paginator = Paginator(received if which == "recibidos" else sent, PAGE)
    paginator.count = counts[which]  # type: ignore[method-assign]
    context = {
        "section": "mesas",
        "mesa": mesa,
        "which": which,
        "page": paginator.get_page(request.GET.get("page")),
        "sent_count": counts["enviados"],
        "received_count": counts["recibidos"],
        "may_refer": referrals.can_refer(request.actor, mesa),
    }
    return render(request, "commitments/referrals.html", context)


@require_http_methods(["GET", "POST"])
def refer(request: HttpRequest, slug: str) -> HttpResponse:
    """``?compromiso=`` and ``?sesion=`` name what it is about and where it was decided."""
    mesa = _mesa(request, slug)
    if not referrals.can_refer(request.actor, mesa):
        raise PermissionDenied
    form = ReferralForm(
        request.POST or None,
        mesa=mesa,
        actor=request.actor,
        now=timezone.now(),
        initial=_initial(request, mesa),
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = referring.refer(
                origin_id=mesa.pk,
                target_id=data["target"].pk,
                title=data["title"],
                text=data["text"],
                commitment_id=data["commitment"].pk if data["commitment"] else None,
                raised_in_id=data["raised_in"].pk if data["raised_in"] else None,
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            _tell(form, error)
        else:
            messages.success(
                request, _("Sent. The secretariat of %(mesa)s gets a letter.") % {"mesa": made.target}
            )
            return redirect("commitments:referral", made.public_id)
    target: Any = form.fields["target"]
    context = {"section": "mesas", "mesa": mesa, "form": form, "alone": not target.queryset.exists()}
    return render(request, "commitments/refer.html", context)


@require_safe
@login_not_required
def detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _page(request, _seen(request, public_id))


@require_POST
def receive(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    found = _seen(request, public_id)
    if not referrals.can_answer(request.actor, found):
        raise PermissionDenied
    return _do(
        request,
        found,
        lambda: referring.receive(referral_id=found.pk, by=request.actor, now=timezone.now()),
        _("Received. It stands in the first item of the next session of your mesa."),
    )


@require_POST
def schedule(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    found = _seen(request, public_id)
    if not referrals.can_answer(request.actor, found):
        raise PermissionDenied
    form = ScheduleForm(request.POST, mesa=found.target, now=timezone.now())
    if not form.is_valid():
        return _page(request, found, schedule_form=form, status=422)
    return _do(
        request,
        found,
        lambda: referring.schedule(
            referral_id=found.pk,
            session_id=form.cleaned_data["session"].pk,
            by=request.actor,
            now=timezone.now(),
        ),
        _("It is on the agenda of that session."),
    )


@require_POST
def withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    found = _seen(request, public_id)
    if not referrals.can_refer(request.actor, found.origin):
        raise PermissionDenied
    return _do(
        request,
        found,
        lambda: referring.withdraw(referral_id=found.pk, by=request.actor, now=timezone.now()),
        _("Taken back. It stays in both lists with its dates."),
    )


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    found = _seen(request, public_id)
    if not referrals.can_answer(request.actor, found):
        raise PermissionDenied
    if found.state not in UNANSWERED:
        return redirect("commitments:referral", found.public_id)
    stored = found.version
    form = AnswerForm(request.POST or None, mesa=found.target, instance=found, initial={"version": stored})
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            referring.answer(
                referral_id=found.pk,
                version=data["version"],
                kind=data["answer_kind"],
                text=data["answer"],
                commitment_id=data["answer_commitment"].pk if data["answer_commitment"] else None,
                by=request.actor,
                now=timezone.now(),
            )
        except StaleVersion as error:
            status = 409
            data_again: Any = form.data.copy()
            data_again["version"] = stored
            form.data = data_again
            _tell(form, error)
        except DomainError as error:
            _tell(form, error)
        else:
            messages.success(request, _("Answered. %(mesa)s gets a letter, and the answer in its next agenda.") % {"mesa": found.origin})  # fmt: skip
            return redirect("commitments:referral", found.public_id)
    context = {"section": "mesas", "referral": _seen(request, public_id), "form": form}
    return render(request, "commitments/referral_answer.html", context, status=status)


def _page(
    request: HttpRequest, found: Referral, *, schedule_form: ScheduleForm | None = None, status: int = 200
) -> HttpResponse:
    answers = referrals.can_answer(request.actor, found)
    waits = found.state in UNANSWERED
    context: dict[str, Any] = {
        "section": "mesas",
        "referral": found,
        "waits": waits,
        "may_answer": answers and waits,
        "may_withdraw": waits and referrals.can_refer(request.actor, found.origin),
    }
    if answers and waits:
        context["schedule_form"] = schedule_form or ScheduleForm(mesa=found.target, now=timezone.now())
        context["sessions_ahead"] = list(referrals.may_deal_with(found.target, timezone.now())[:1])
    return render(request, "commitments/referral.html", context, status=status)


def _do(request: HttpRequest, found: Referral, act: Any, told: str) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, told)
    return redirect("commitments:referral", found.public_id)


def _seen(request: HttpRequest, public_id: uuid.UUID) -> Referral:
    rows = Referral.objects.visible_to(request.actor).select_related(
        "origin",
        "target",
        "commitment__mesa",
        "answer_commitment__mesa",
        "raised_in",
        "session",
        "returned_in",
    )
    return get_object_or_404(rows, public_id=public_id)


def _mesa(request: HttpRequest, slug: str) -> Mesa:
    return get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)


def _initial(request: HttpRequest, mesa: Mesa) -> dict[str, Any]:
    """What the address names, as far as it may go to another mesa."""
    initial: dict[str, Any] = {}
    if wanted := _uuid(request.GET.get("compromiso", "")):
        seen = Commitment.objects.visible_to(request.actor).filter(
            pk__in=referrals.raisable(mesa).values("pk")
        )
        if commitment := seen.filter(public_id=wanted).first():
            initial |= {"commitment": commitment.pk, "title": commitment.statement[:250]}
    if wanted := _uuid(request.GET.get("sesion", "")):
        decided = referrals.may_have_decided(mesa, timezone.now()).filter(public_id=wanted)
        session: Session | None = decided.first()
        if session:
            initial["raised_in"] = session.pk
    return initial


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _tell(form: Any, error: DomainError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))
