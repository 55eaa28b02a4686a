"""The list of messages, the page of one, and what is done with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_exempt, csp_update
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from coordination.commitments.models import Commitment
from coordination.common.errors import DomainError
from coordination.common.paging import CountedPaginator
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, mesas_with
from coordination.notifications import actions, ledger, reading, stories, words
from coordination.notifications.forms import ALL, MessageFilter
from coordination.notifications.models import Notification
from coordination.notifications.permissions import readable_by, readable_sessions, reads_messages

PAGE = 50
# A letter brings its own styles and nothing else: no script, no form, no picture from elsewhere, no way out.
LETTER_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'"
)


@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    """What was sent; filters live in the address. Without a choice: what has left, if anything has."""
    if not reads_messages(request.actor):
        raise PermissionDenied
    now, form = timezone.now(), _filter(request)
    chosen = form.chosen()
    rows = _found(readable_by(request.actor), chosen)
    counts = ledger.counted(rows)
    group = chosen.get("group") or (ledger.Group.LEFT.value if counts["left"] else ALL)
    shown = "" if group == ALL else group
    total = counts[shown] if shown else sum(counts.values())
    page = CountedPaginator(ledger.listed(rows, shown), PAGE, count=total).get_page(request.GET.get("page"))
    is_filtered = bool(set(chosen) - {"group"})
    query = request.GET.copy()
    for name in list(query):
        if name not in chosen:
            del query[name]
    kept = query.copy()
    kept.pop("group", None)
    context = {
        "form": form,
        "page": page,
        "lines": stories.lines(list(page.object_list), now),
        "chips": [(value, label, counts[value]) for value, label in ledger.Group.choices],
        "all": sum(counts.values()),
        "group": group,
        "chosen": chosen,
        "is_filtered": is_filtered,
        "query": query.urlencode(),
        "kept": kept.urlencode(),
        "not_reached": [] if is_filtered else _not_reached(request),
    }
    return render(request, "notifications/messages.html", context)


@require_safe
@csp_update({"frame-src": [SELF]})
def message(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One message: what happened to it, what can be done, and the letter as it would be written now."""
    row, now = _row(request, public_id), timezone.now()
    story = stories.of(row, now)
    context = {
        "row": row,
        "story": story,
        "kind": words.kind_words(row.kind),
        "letter": reading.shown(row, now),
        "may": stories.what_may_be_done(row),
    }
    return render(request, "notifications/message.html", context)


@require_safe
@csp_exempt()
@xframe_options_sameorigin
def letter(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The letter's HTML in a frame of its own, without a working link."""
    shown = reading.shown(_row(request, public_id), timezone.now())
    if shown is None:
        raise Http404
    return sandboxed(shown.html)


def sandboxed(html: str) -> HttpResponse:
    """A letter as an answer of its own. The page around it frames it; nothing in it runs or leads out."""
    response = HttpResponse(html)
    response["Content-Security-Policy"] = LETTER_POLICY
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def resend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One more copy; the way leads to it."""
    row = _row(request, public_id)
    made = _done(request, row, actions.resend)
    if made is None:
        return redirect("notifications:message", public_id)
    messages.success(
        request,
        _("It is on its way to %(name)s again. What happens to it is told here.") % {"name": row.recipient},
    )
    return redirect("notifications:message", made.public_id)


@require_POST
def keep_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    row = _row(request, public_id)
    if _done(request, row, actions.hold):
        messages.success(request, _("It is held back. It does not leave until somebody lets it go."))
    return redirect("notifications:message", public_id)


@require_POST
def let_go(request: HttpRequest, public_id: UUID) -> HttpResponse:
    row = _row(request, public_id)
    done = _done(request, row, actions.release)
    if done and done.state == Notification.State.EXPIRED:
        messages.warning(
            request, _("It was too late for it: what it says was of use until its time. It was not sent.")
        )
    elif done:
        messages.success(request, _("It waits for its hour again; if that has passed, it leaves now."))
    return redirect("notifications:message", public_id)


def _done(request: HttpRequest, row: Notification, act: Callable[..., Notification]) -> Notification | None:
    """One action; a refusal is told and gives nothing."""
    try:
        return act(notification_id=row.pk, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.message))
        return None


def _row(request: HttpRequest, public_id: UUID) -> Notification:
    return get_object_or_404(
        readable_by(request.actor).select_related("recipient", "organization"), public_id=public_id
    )


def _filter(request: HttpRequest) -> MessageFilter:
    actor = request.actor
    mesas = Mesa.objects.all() if actor.is_admin else mesas_with(actor, Permission.READ_MESSAGES)
    return MessageFilter(
        request.GET,
        mesas=mesas.live().order_by("plain_name"),
        sessions=readable_sessions(actor).select_related("mesa"),
        commitments=Commitment.objects.visible_to(actor).select_related("mesa"),
    )


def _found(rows: "QuerySet[Notification]", chosen: dict[str, Any]) -> "QuerySet[Notification]":
    mesa = chosen.get("mesa")
    return ledger.found(
        rows,
        text=chosen.get("q", ""),
        kind=chosen.get("kind", ""),
        mesa_id=mesa.pk if mesa else None,
        session=chosen.get("session"),
        commitment=chosen.get("commitment"),
    )


def _not_reached(request: HttpRequest) -> list[ledger.Deaf]:
    """Who of the sessions ahead gets no mail."""
    sessions = readable_sessions(request.actor).filter(state="convened", ends_at__gt=timezone.now())
    return ledger.not_reached(sessions, timezone.localdate())
