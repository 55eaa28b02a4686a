"""The inbox: what was written to whoever is signed in. Reading is said by a button, never by opening the page."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from coordination.common.forms import row_number
from coordination.notifications import inbox as messages

PAGE = 50


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    page = Paginator(messages.messages_of(request.actor.person_id), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": messages.lines(page.object_list, request.actor, now),
        "section": "account",
    }
    return render(request, "notifications/inbox.html", context)


@require_POST
def read(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One message is read. Nobody marks another person's."""
    mine = messages.messages_of(request.actor.person_id)
    row = get_object_or_404(mine, public_id=public_id)
    messages.mark_read(person_id=request.actor.person_id, ids=[row.pk], now=timezone.now())
    return _back(request)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    if request.actor.person_id is not None:
        messages.mark_read(person_id=request.actor.person_id, now=timezone.now())
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page of the list one came from."""
    page = row_number(request.POST.get("page", ""))
    answer = redirect("notifications:inbox")
    if page > 1:
        answer["Location"] += f"?page={page}"
    return answer
