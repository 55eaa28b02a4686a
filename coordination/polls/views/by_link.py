"""What an organization does by the link of the letter, without an account: one screen, plain POST.

GET writes nothing: mail scanners open links. The same link shows the answer and changes it until the poll closes.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor, LinkScope
from accounts.links import stems_from
from coordination.common.dates import span
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.permissions import resolve
from coordination.organizations.queries import actor_of
from coordination.polls import actions, queries
from coordination.polls.forms import BallotForm
from coordination.polls.models import Ballot, Vote

LinkView = Callable[[HttpRequest, Ballot], HttpResponse]


def sealed(response: HttpResponse) -> HttpResponse:
    """The address is a key: not indexed, not stored, never told to another site, and good for our own forms."""
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response


def by_link(view: LinkView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Opens the ballot of a live link and makes the request act by it; a link that takes no answer gets its page."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        today = timezone.localdate()
        found = queries.find_link(token, timezone.now(), today)
        if found.ballot is None or found.dead is not None:
            return _dead(request, token, found)
        request.actor = _acting(request, found.ballot)
        return sealed(view(request, found.ballot))

    return opened


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """Every date with its three choices, who answers, a remark. Answered, the same page shows the answer."""
    options, given = list(ballot.poll.options.all()), queries.answers_of(ballot)
    form = BallotForm(request.POST or None, ballot=ballot, options=options, given=given)
    if request.method != "POST":
        return _page(request, ballot, form)
    if not form.is_valid():
        return _page(request, ballot, form, status=422)
    try:
        actions.answer(
            ballot_id=ballot.pk, version=form.cleaned_data["version"] or 0, answers=form.answers(),
            name=form.cleaned_data["name"], remark=form.cleaned_data["remark"], by=request.actor, now=timezone.now(),
        )  # fmt: skip
    except StaleVersion as stale:
        ballot.refresh_from_db(fields=["version", "answered_by", "remark"])
        form.add_error(None, str(stale.message))
        form.go_on_from(ballot.version)
        return _page(request, ballot, form, status=409, theirs=_theirs(ballot))
    except DomainError as refused:
        form.add_error(None, str(refused.message))
        return _page(request, ballot, form, status=422)
    return redirect(f"{ballot.get_link()}?listo=1")


@by_link
@require_POST
def seen(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """A person has the page before them. Staff who try the link do not count."""
    mine = ballot.organization_id in request.actor.organization_ids
    if mine or not request.actor.is_signed_in:
        actions.mark_seen(ballot_id=ballot.pk, by=request.actor, now=timezone.now())
    return HttpResponse(status=204)


@login_not_required
@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Sends the link again to the address on file. The answer is one and the same, whatever the token was."""
    named = queries.named_by(token, timezone.localdate())
    if named and stems_from(token, Ballot.LINK_PURPOSE, named.public_id, named.link_generation):
        # Refusals are told to nobody: whoever holds a dead token must not learn from the answer what it was for.
        with suppress(DomainError):
            actions.renew_link(ballot_id=named.pk, by=_acting(request, named), now=timezone.now())
    return sealed(render(request, "polls/renewed.html"))


def _acting(request: HttpRequest, ballot: Ballot) -> Actor:
    """The link's actor, and who signed in on top of it."""
    today = timezone.localdate()
    scope = LinkScope(Ballot.LINK_PURPOSE, ballot.pk, ballot.organization_id)
    return resolve(actor_of(user=request.user, on=today, link=scope), on=today)


def _page(
    request: HttpRequest, ballot: Ballot, form: BallotForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "ballot": ballot,
        "poll": ballot.poll,
        "form": form,
        "token": ballot.token,
        "just_saved": "listo" in request.GET and ballot.answered_at is not None and not form.is_bound,
    }
    return render(request, "polls/ballot.html", context | more, status=status)


def _dead(request: HttpRequest, token: str, found: queries.LinkFound) -> HttpResponse:
    """Why there is nothing to answer; whoever holds the organization's own link also reads what it had said."""
    context: dict[str, Any] = {"dead": str(found.dead), "ballot": found.ballot, "token": token}
    if found.ballot:
        context |= {"poll": found.ballot.poll, "given": _given(found.ballot)}
    status = 404 if found.dead == queries.Dead.UNKNOWN else 410
    return sealed(render(request, "polls/dead_link.html", context, status=status))


def _given(ballot: Ballot) -> list[tuple[str, str]]:
    zone = ballot.poll.zone.key
    votes = Vote.objects.filter(ballot=ballot).select_related("option").order_by("option__starts_at")
    return [
        (span(vote.option.starts_at, vote.option.ends_at, zone), vote.get_answer_display()) for vote in votes
    ]


def _theirs(ballot: Ballot) -> list[tuple[Any, str]]:
    """What stands now, to be laid beside what the reader chose."""
    return [*_given(ballot), (_("Who answers"), ballot.answered_by), (_("Remark"), ballot.remark)]
