"""Silence past the ladder: the secretariat records it, a second organization confirms, by account or by its link."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor, LinkScope
from accounts.links import BadLink, proves, read_id
from coordination.commitments.deciding import (
    deciding_sessions,
    is_of_own_side,
    keeper,
    recorded_it,
    seconds,
    silent_since,
    spoke_since,
    too_early,
)
from coordination.commitments.escalation import past_ladder
from coordination.commitments.links.views import page, seen
from coordination.commitments.models import Commitment, NonFulfilment
from coordination.commitments.settling import permissions as settling_permissions
from coordination.commitments.settling.actions import settling as acts
from coordination.commitments.settling.forms import NotMetForm, Offer, ReasonForm, SecondCodeForm, SecondForm
from coordination.commitments.settling.views import undecided
from coordination.commitments.settling.views.door import Door
from coordination.commitments.settling.views.settling import done, kept, tell
from coordination.commitments.standing import keep_untold
from coordination.common.errors import DomainError
from coordination.organizations.models import Person, Post


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, public_id: str) -> HttpResponse:
    """The mesa records in a session that nothing came, and names who confirms it."""
    commitment, now = kept(request, public_id), timezone.now()
    today = timezone.localdate(now)
    mine = keeper(request.actor, commitment.mesa, today)
    if mine is None:
        raise PermissionDenied
    since = silent_since(commitment)
    form = NotMetForm(
        request.POST or None,
        sessions=Offer(
            deciding_sessions(commitment, now, since), too_early(since), request.GET.get("sesion", "")
        ),
        seconds=seconds(commitment, mine.pk, today),
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.record_not_met(
                commitment_id=commitment.pk,
                organization_id=mine.pk,
                person_id=request.actor.person_id,
                **form.values(),
                by=request.actor,
                now=now,
            )
        except DomainError as error:
            tell(form, error)
        else:
            words = _("Recorded. We ask %(organization)s; until it confirms, nothing changes.")
            messages.success(request, words % {"organization": made.second.name})
            return redirect(commitment)
    context = {
        "commitment": commitment,
        "form": form,
        "waits": _open(commitment),
        "silent": past_ladder(commitment, today) and since is not None and since <= today,
    }
    return render(request, "commitments/not_met.html", context)


@require_POST
def lift(request: HttpRequest, public_id: str) -> HttpResponse:
    """The secretariat takes back what still waits for the second organization."""
    commitment, form = kept(request, public_id), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""

    def act() -> Any:
        return acts.lift_not_met(
            commitment_id=commitment.pk, reason=reason, by=request.actor, now=timezone.now()
        )

    done(request, act, _("Taken back. The commitment stays open, and the reason is kept."))
    return redirect(commitment)


@never_cache
@require_http_methods(["GET", "POST"])
def second_signed_in(request: HttpRequest, public_id: str) -> HttpResponse:
    """The second organization answers with its account."""
    row = _last(seen(request, public_id))
    if row is None or not settling_permissions.is_second(request.actor, row):
        raise PermissionDenied
    return _second(request, row, Door(row.commitment))


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def second(request: HttpRequest, token: str) -> HttpResponse:
    """The second organization answers by its link."""
    row = _by_link(request, token)
    return _second(request, row, Door(row.commitment, token))


def _second(request: HttpRequest, row: NonFulfilment, door: Door) -> HttpResponse:
    """With an account the answer is recorded at once; by the link the first post sends a code, the second brings it."""
    context = _context(request, row) | {"door": door, "step": "decide" if door.token else "signed_in"}
    written = undecided.kept(request, row.public_id, SecondForm, timezone.now()) if door.token else {}
    form, posted = SecondForm(request.POST or None, initial=written), request.method == "POST"
    if posted and context["own"]:
        raise PermissionDenied
    if posted and context["may"] and form.is_valid():
        if door.token and ("code" not in request.POST or "again" in request.POST):
            if undecided.sent_code(request, row.commitment, row.public_id, form):
                return redirect(f"{request.path}?step={undecided.STEP}")
        else:
            if door.token:
                form, context["step"] = SecondCodeForm(request.POST), "code"
            if form.is_valid() and _answered(request, row, form):
                undecided.forget(request)
                return redirect(request.path if door.token else row.commitment)
    elif written and context["may"] and request.GET.get("step") == undecided.STEP:
        form, context["step"] = SecondCodeForm(initial=written), "code"
    chosen = request.POST.get("confirms") or written.get("confirms", "")
    answer = dict(SecondForm.ANSWERS).get(chosen)
    return render(request, "commitments/second.html", context | {"form": form, "answer": answer})


def _context(request: HttpRequest, row: NonFulfilment) -> dict[str, Any]:
    commitment, today = row.commitment, timezone.localdate()
    keep_untold(commitment, request.actor, [row.session])
    who = request.actor.person_id
    recorded = recorded_it(row, row.second_id, who, today)
    own = recorded or is_of_own_side(row.second_id, who, commitment, today)
    return page(commitment, request.actor, organization=row.second) | {
        "row": row,
        "own": own,
        "recorded": recorded,
        "spoke": row.answered_at is None and spoke_since(commitment, row.recorded_at),
        "may": row.answered_at is None and not own,
    }


def _answered(request: HttpRequest, row: NonFulfilment, form: SecondForm) -> bool:
    given = form.answer() | {
        "commitment_id": row.commitment_id,
        "organization_id": row.second_id,
        "person_id": request.actor.person_id,
    }
    now = timezone.now()
    try:
        if isinstance(form, SecondCodeForm):
            code = form.cleaned_data["code"]
            acts.answer_not_met_by_code(**given, code=code, by=request.actor, now=now)
        else:
            acts.answer_not_met(**given, by=request.actor, now=now)
    except acts.AlreadyAnswered as error:
        messages.info(request, str(error.message))
        return True
    except DomainError as error:
        tell(form, error)
        return False
    messages.success(request, _("Your answer is recorded. Thank you."))
    return True


def _by_link(request: HttpRequest, token: str) -> NonFulfilment:
    """The record a living link opens; the actor becomes the second organization and its focal point today.

    Of something closed no link opens anything: whoever may know of it signs in.
    """
    try:
        rows = _rows().filter(public_id=read_id(token), commitment__is_casa_adentro=False)
    except BadLink as error:
        raise Http404 from error
    row: NonFulfilment | None = rows.first()
    if row is None or not proves(token, NonFulfilment.LINK, row.public_id, row.commitment.link_generation):
        raise Http404
    person = Person.objects.holding(Post.Kind.FOCAL_POINT, row.second_id, timezone.localdate()).first()
    request.actor = Actor(
        person_id=person.pk if person else None,
        name=person.name if person else "",
        link=LinkScope(NonFulfilment.LINK, row.pk, row.second_id),
    )
    return row


def _rows() -> Any:
    return NonFulfilment.objects.select_related(
        "commitment__mesa", "commitment__session", "commitment__responsible", "commitment__verifier",
        "session", "second", "recorded_by",
    )  # fmt: skip


def _open(commitment: Commitment) -> NonFulfilment | None:
    found: NonFulfilment | None = _rows().filter(commitment=commitment, answered_at=None).first()
    return found


def _last(commitment: Commitment) -> NonFulfilment | None:
    found: NonFulfilment | None = _rows().filter(commitment=commitment).first()
    return found
