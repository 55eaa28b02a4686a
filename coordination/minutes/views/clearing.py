"""What an organization that took part says of the sheet by its link, without an account. GET writes nothing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import LinkScope
from coordination.attendees.views.door import sealed
from coordination.common.errors import DomainError
from coordination.mesas.permissions import resolve
from coordination.minutes import clearing
from coordination.minutes.actions import sharing as actions
from coordination.minutes.sharing import Clearance, SharingSheet
from coordination.minutes.sharing_forms import ClearForm
from coordination.organizations.queries import actor_of


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def clearance(request: HttpRequest, token: str) -> HttpResponse:
    """The sheet as it would be read, and two answers. The same link changes the answer until it is published."""
    found = clearing.find_link(token, timezone.now())
    if found.clearance is None:
        status = 410 if found.dead == clearing.Dead.OVER else 404
        return sealed(
            render(request, "minutes/clearance_dead.html", {"dead": str(found.dead)}, status=status)
        )
    row = found.clearance
    today = timezone.localdate()
    scope = LinkScope(Clearance.LINK_PURPOSE, row.pk, row.organization_id)
    request.actor = resolve(actor_of(user=request.user, on=today, link=scope), on=today)
    form = ClearForm(request.POST or None, initial={"version": row.sheet.version, "text": row.text})
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.answer(
                clearance_id=row.pk, version=data["version"], agrees="agrees" in request.POST, text=data["text"],
                by=request.actor, now=timezone.now(),
            )  # fmt: skip
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
            status = 409 if refused.field is None else 422
        else:
            messages.success(request, _("Your organization's answer is noted."))
            return sealed(redirect("minutes:clearance", token))
    return sealed(_page(request, row, form, token, status))


def _page(request: HttpRequest, row: Clearance, form: ClearForm, token: str, status: int) -> HttpResponse:
    sheet = row.sheet
    context = {
        "clearance": row,
        "sheet": sheet,
        "session": sheet.session,
        "mesa": sheet.session.mesa,
        "participants": clearing.participants(sheet),
        "answer": clearing.standing(row, sheet),
        "form": form,
        "token": token,
        "takes_answers": sheet.state == SharingSheet.State.CLEARING,
    }
    return render(request, "minutes/clearance.html", context, status=status)
