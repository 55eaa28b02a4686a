"""One row of the matrix as a form: a page of its own, or in its place where there is a script."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.commitments import permissions
from coordination.commitments.matrix.actions import amend
from coordination.commitments.matrix.columns import followers, with_all
from coordination.commitments.matrix.forms import RowForm, post_label
from coordination.commitments.models import Commitment
from coordination.common.errors import DomainError, StaleVersion


@require_http_methods(["GET", "HEAD", "POST"])
def row(request: HttpRequest, public_id: str) -> HttpResponse:
    """What of a commitment is written in the matrix itself. A script asks for the form alone (``X-Part``)."""
    found = with_all(Commitment.objects.visible_to(request.actor)).prefetch_related("indicators")
    stored = get_object_or_404(found, public_id=public_id)
    if not permissions.can_manage(request.actor, stored):
        raise PermissionDenied
    pair = (stored.mesa_id, stored.responsible_id)
    posts = followers([pair], timezone.localdate())[pair]
    if stored.follow_up_owner and stored.follow_up_owner not in posts:
        posts.append(stored.follow_up_owner)
    edited = Commitment.objects.get(pk=stored.pk)  # a bound form changes its instance
    form = RowForm(
        request.POST or None,
        instance=edited,
        posts=posts,
        initial={"version": stored.version},
        auto_id=f"{stored.code}-%s",
    )
    context: dict[str, Any] = {"commitment": stored, "form": form, "query": request.GET.urlencode()}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                amend(
                    commitment_id=stored.pk,
                    version=form.cleaned_data["version"],
                    changes=form.changes(),
                    by=request.actor,
                    now=timezone.now(),
                )
            except StaleVersion:
                status = 409
                again: Any = request.POST.copy()
                again["version"] = stored.version
                form.data = again
                context["theirs"] = _theirs(stored)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                messages.success(request, _("Saved."))
                query = f"?{request.GET.urlencode()}" if request.GET else ""
                return redirect(f"{reverse('commitments:list')}{query}#{stored.code}")
    part = request.headers.get("X-Part") == "row"
    answer = render(request, f"commitments/{'_row_form' if part else 'row'}.html", context, status=status)
    answer["Vary"] = "X-Part, Cookie"
    return answer


def _theirs(stored: Commitment) -> list[tuple[str, Any]]:
    """What somebody else saved, in the words of the form."""
    return [
        (_("What will be delivered"), stored.deliverable),
        (_("Thematic axis"), stored.axis or ""),
        (_("Means of verification"), stored.means_of_verification),
        (_("Resources"), stored.resources),
        (_("Remarks"), stored.remarks),
        (_("Followed by"), post_label(stored.follow_up_owner) if stored.follow_up_owner else ""),
    ]
