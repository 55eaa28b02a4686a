"""The two keys: reporting and verifying, by a signed link or signed in."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import ANONYMOUS, Actor, LinkScope
from accounts.links import BadLink, proves, read_id, stems_from
from coordination.commitments import actions, permissions, queries
from coordination.commitments.forms import CodeForm, ReportForm, VerificationForm
from coordination.commitments.models import Commitment
from coordination.common.errors import DomainError
from coordination.organizations.models import Person, Post

REPORT, VERIFY = Commitment.REPORT_LINK, Commitment.VERIFY_LINK


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, token: str) -> HttpResponse:
    """The responsible organization reports without an account."""
    commitment = _by_link(request, token, REPORT)
    if commitment is None:
        return _dead(request, token, REPORT)
    return _report(
        request,
        commitment,
        organization_id=request.actor.link.organization_id,
        back=request.path,
        by_link=True,
    )


@require_http_methods(["GET", "POST"])
def report_signed_in(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment = _seen(request, public_id)
    if not permissions.can_report(request.actor, commitment):
        raise PermissionDenied
    return _report(
        request,
        commitment,
        organization_id=commitment.responsible_id,
        back=commitment.get_absolute_url(),
        by_link=False,
    )


def _report(
    request: HttpRequest, commitment: Commitment, *, organization_id: int | None, back: str, by_link: bool
) -> HttpResponse:
    form = ReportForm(request.POST or None, commitment=commitment)
    if request.method == "POST" and form.is_valid():
        try:
            actions.report(
                commitment_id=commitment.pk,
                organization_id=organization_id or 0,
                person_id=request.actor.person_id,
                **form.cleaned_data,
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, str(error.message))
        else:
            asked = form.cleaned_data["asks_verification"] and commitment.verifier
            thanks = (
                _("Saved. We tell %(organization)s, which verifies it.") % {"organization": asked}
                if asked
                else _("Saved. Thank you: the progress is on the public page.")
            )
            messages.success(request, thanks)
            return redirect(back)
    context = _page(commitment, organization=commitment.responsible) | {
        "form": form,
        "frame": "base_link.html" if by_link else "base_staff.html",
        "may": permissions.can_report(request.actor, commitment),
    }
    return render(request, "commitments/report.html", context)


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """The verifier reads the report; deciding asks for a code mailed at that moment.

    The first post holds the decision and sends the code; the second brings both.
    """
    commitment = _by_link(request, token, VERIFY)
    if commitment is None:
        return _dead(request, token, VERIFY)
    form = VerificationForm(request.POST or None)
    step, may = "decide", permissions.can_verify(request.actor, commitment)
    if request.method == "POST" and may and form.is_valid():
        if "code" in request.POST and "again" not in request.POST:
            form, step = CodeForm(request.POST), "code"
            if form.is_valid() and _decided(request, commitment, form):
                return redirect(request.path)
        else:
            form, step = _with_code(request, commitment, form)
    context = _page(commitment, organization=commitment.verifier) | {
        "form": form,
        "step": step,
        "frame": "base_link.html",
        "may": may,
        "decision": dict(VerificationForm.DECISIONS).get(request.POST.get("decision", "")),
    }
    return render(request, "commitments/verify.html", context)


@require_http_methods(["GET", "POST"])
def verify_signed_in(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment = _seen(request, public_id)
    if not permissions.can_verify(request.actor, commitment):
        raise PermissionDenied
    form = VerificationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.verify(
                commitment_id=commitment.pk,
                organization_id=commitment.verifier_id or 0,
                person_id=request.actor.person_id,
                **form.cleaned_data,
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Your decision is recorded. Thank you."))
            return redirect(commitment)
    context = _page(commitment, organization=commitment.verifier)
    return render(
        request,
        "commitments/verify.html",
        context | {"form": form, "step": "signed_in", "frame": "base_staff.html", "may": True},
    )


@never_cache
@login_not_required
@require_POST
def renew_report(request: HttpRequest, token: str) -> HttpResponse:
    return _renew(request, token, REPORT)


@never_cache
@login_not_required
@require_POST
def renew_verify(request: HttpRequest, token: str) -> HttpResponse:
    return _renew(request, token, VERIFY)


def _decided(request: HttpRequest, commitment: Commitment, form: CodeForm) -> bool:
    try:
        actions.verify_by_code(
            commitment_id=commitment.pk,
            organization_id=request.actor.link.organization_id,
            person_id=request.actor.person_id,
            **form.cleaned_data,
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as error:
        form.add_error("code" if error.field == "code" else None, str(error.message))
        return False
    messages.success(request, _("Your decision is recorded. Thank you."))
    return True


def _with_code(
    request: HttpRequest, commitment: Commitment, form: VerificationForm
) -> tuple[VerificationForm, str]:
    """Sends the code and keeps the decision for the next step; stays where it is when that is refused."""
    try:
        actions.request_verification_code(
            commitment_id=commitment.pk,
            organization_id=request.actor.link.organization_id,
            person_id=request.actor.person_id,
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as error:
        form.add_error(None, str(error.message))
        return form, "decide"
    return CodeForm(initial=form.cleaned_data), "code"


def _seen(request: HttpRequest, public_id: str) -> Commitment:
    rows = Commitment.objects.visible_to(request.actor)
    return get_object_or_404(
        rows.select_related("mesa", "session", "responsible", "verifier"), public_id=public_id
    )


def _page(commitment: Commitment, *, organization: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "commitment": commitment,
        "organization": organization,
        "light": queries.traffic_light(commitment, today),
        "today": today,
        "bars": [(indicator, queries.indicator_bar(indicator)) for indicator in commitment.indicators.all()],
        "history": queries.history(commitment),
        "last_report": commitment.reports.select_related("organization").first(),
    }


def _by_link(request: HttpRequest, token: str, purpose: str) -> Commitment | None:
    """The commitment a living link opens; the actor becomes the organization and its focal point today."""
    commitment = _named(token)
    if commitment is None or not proves(token, purpose, commitment.public_id, commitment.link_generation):
        return None
    organization_id = commitment.responsible_id if purpose == REPORT else commitment.verifier_id
    if organization_id is None or commitment.is_historic:
        return None
    person = Person.objects.holding(Post.Kind.FOCAL_POINT, organization_id, timezone.localdate()).first()
    request.actor = Actor(
        person_id=person.pk if person else None,
        name=person.name if person else "",
        link=LinkScope(purpose, commitment.pk, organization_id),
    )
    return commitment


def _named(token: str) -> Commitment | None:
    try:
        public_id = read_id(token)
    except BadLink:
        return None
    return (
        Commitment.objects.select_related("mesa", "session", "responsible", "verifier")
        .filter(public_id=public_id)
        .first()
    )


def _dead(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    name = "commitments:renew_report" if purpose == REPORT else "commitments:renew_verify"
    context = {
        "title": _("This link no longer works"),
        "text": _("It was cut on its way, or a newer one replaced it. Nothing of what you sent is lost."),
        "renew_url": reverse(name, args=[token]),
    }
    return render(request, "link_dead.html", context, status=404)


def _renew(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    """The answer is always the same: it tells nobody whose link it was, nor whether it was one."""
    commitment = _named(token)
    if commitment is not None and stems_from(
        token, purpose, commitment.public_id, commitment.link_generation
    ):
        with suppress(DomainError):
            actions.request_link(
                commitment_id=commitment.pk, purpose=purpose, by=ANONYMOUS, now=timezone.now()
            )
    context = {
        "title": _("If the link was ours, a new one is on its way"),
        "text": _(
            "It goes to the e-mail address on file of the organization. Look there in a few minutes, also among unwanted mail."
        ),
        "renew_url": "",
    }
    return render(request, "link_dead.html", context)
