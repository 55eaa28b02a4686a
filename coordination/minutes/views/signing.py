"""An organization signs: signed in at once, by its link with the code mailed at that moment."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from coordination.common.errors import DomainError
from coordination.minutes.actions import signing
from coordination.minutes.copy_permissions import can_speak, proven, sections_read
from coordination.minutes.forms_observing import SignCodeForm, SignForm
from coordination.minutes.mailbox import mailbox_of
from coordination.minutes.paper import signed_sum
from coordination.minutes.texts import MinutesCopy
from coordination.minutes.views.copy_doors import by_account, by_link, ways


@require_http_methods(["GET", "HEAD", "POST"])
def _sign(request: HttpRequest, copy: MinutesCopy) -> HttpResponse:
    """Name and post; by the link then the code. What is signed is the text whose sum the page carried."""
    step = "name"
    if request.method != "POST":
        read = request.GET.get("texto", "")[:64] or signed_sum(copy.minutes)
        form = SignForm(initial={"name": request.actor.name, "sha256": read})
        return _page(request, copy, form, step)
    with_code = "code" in request.POST and "again" not in request.POST
    form = (SignCodeForm if with_code else SignForm)(request.POST)
    if form.is_valid():
        try:
            if step_done := _go_on(request, copy, form, with_code):
                return step_done
            form = SignCodeForm(initial=form.cleaned_data)
            return _page(request, copy, form, "code")
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
            stale = isinstance(error, signing.TextChanged)
            return _page(request, copy, form, "code" if with_code else step, status=409 if stale else 422)
    return _page(request, copy, form, "code" if with_code else step, status=422)


def _go_on(request: HttpRequest, copy: MinutesCopy, form: SignForm, with_code: bool) -> HttpResponse | None:
    """Signs, or asks for the code to be mailed: then None."""
    now, told = timezone.now(), form.cleaned_data
    given = {"copy_id": copy.pk, "name": told["name"], "title": told["title"], "sha256": told["sha256"]}
    if with_code:
        signing.sign_by_code(**given, code=told["code"], by=request.actor, now=now)
    elif proven(request.actor, copy):
        signing.sign(**given, person_id=request.actor.person_id, by=request.actor, now=now)
    else:
        person = mailbox_of(copy, timezone.localdate(now))
        signing.request_code(copy_id=copy.pk, person_id=person, by=request.actor, now=now)
        return None
    return redirect(f"{ways(request, copy)['copy']}?firmado=1")


def _page(
    request: HttpRequest, copy: MinutesCopy, form: SignForm, step: str, *, status: int = 200
) -> HttpResponse:
    signature = copy.minutes.signatures.filter(organization=copy.organization_id).first()
    present = signed_sum(copy.minutes)
    context: dict[str, Any] = {
        "copy": copy,
        "minutes": copy.minutes,
        "session": copy.minutes.session,
        "form": form,
        "step": step,
        "sections": sections_read(request.actor, copy.minutes).count(),
        "signature": signature if signature and signature.sha256 == present else None,
        "may": can_speak(request.actor, copy) and signing.takes_signatures(copy.minutes),
        "needs_code": not proven(request.actor, copy),
        "text_sum": present,
        "to": ways(request, copy),
        "frame": "base_link.html" if request.actor.link else "base_staff.html",
    }
    return render(request, "minutes/sign.html", context, status=status)


sign, own_sign = by_link(_sign), by_account(_sign)
