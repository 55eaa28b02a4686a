"""Everything held at once: why, since when, what waits, and how it ends. For administrators."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from coordination.common.errors import DomainError
from coordination.notifications import holding
from coordination.notifications.holding_forms import HoldForm, ReleaseForm


@require_http_methods(["GET", "POST"])
def hold(request: HttpRequest) -> HttpResponse:
    """The page; its POST holds everything."""
    _check(request)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            holding.hold_everything(reason=form.cleaned_data["reason"], by=request.actor, now=timezone.now())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Everything is held: nothing leaves until somebody releases it."))
        return redirect("notifications:hold")
    return _page(request, form, ReleaseForm())


@require_POST
def release(request: HttpRequest) -> HttpResponse:
    _check(request)
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return _page(request, HoldForm(), form)
    try:
        done = holding.release(
            overdue=form.cleaned_data["which"] == "overdue", by=request.actor, now=timezone.now()
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _told(done))
    return redirect("notifications:hold")


def _check(request: HttpRequest) -> None:
    if not request.actor.is_admin:
        raise PermissionDenied


def _page(request: HttpRequest, hold_form: HoldForm, release_form: ReleaseForm) -> HttpResponse:
    found = holding.current()
    context = {
        "found": found,
        "waiting": holding.waiting(found, timezone.now()),
        "form": release_form if found else hold_form,
        "open_hold": "",
    }
    return render(request, "notifications/hold.html", context)


def _told(done: holding.Released) -> str:
    freed = ngettext(
        "Released: %(n)s message leaves when it is due.",
        "Released: %(n)s messages leave when they are due.",
        done.freed,
    ) % {"n": done.freed}
    if not done.expired:
        return freed
    expired = ngettext("%(n)s was too late.", "%(n)s were too late.", done.expired) % {"n": done.expired}
    return f"{freed} {expired}"
