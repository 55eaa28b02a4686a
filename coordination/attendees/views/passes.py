"""The pass of a delegate, opened by its link without an account: to show at the door, to join online, to say "here"."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.attendees import certificates, passes, queries
from coordination.attendees.actions.arriving import arrive, holder
from coordination.attendees.actions.marks import RegisterRefused
from coordination.attendees.checkin import door_clock
from coordination.attendees.models import Attendance, Delegate
from coordination.attendees.passes import PassFound, Stands
from coordination.attendees.tries import Tries
from coordination.attendees.views.door import sealed
from coordination.attendees.wall import code_holds, door_of
from coordination.common.forms import row_number
from coordination.sessions.models import Block, Session

COOKIE, COOKIE_SALT, COOKIE_LIFE = "pase", "pass", 12 * 3600


def by_pass(view: Callable[..., HttpResponse], *, waiting: bool = False) -> Callable[..., HttpResponse]:
    """Opens a pass that is worth something; any other gets the page that says why and whom to ask.

    ``waiting``: the page is also for who is on the waiting list; the others send them to it.
    """

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        found = passes.find_pass(token, timezone.now())
        if found.delegate is None or not (found.stands.opens or found.stands == Stands.WAITING):
            return dead(request, found)
        if found.stands == Stands.WAITING and not waiting:
            return redirect("attendees:pass", token)
        return sealed(view(request, found.delegate, found.stands))

    return opened


def dead(request: HttpRequest, found: PassFound) -> HttpResponse:
    context: dict[str, Any] = {"stands": str(found.stands)}
    if found.delegate is not None:
        session = found.delegate.invitation.session
        context |= {"session": session, "organization": found.delegate.invitation.organization}
        if not session.is_casa_adentro:
            context["secretariat"] = queries.secretariat_names(session.mesa, timezone.localdate())
            if found.stands == Stands.OVER:
                context["certificate"] = certificates.of_delegate(found.delegate)
    status = 404 if found.stands == Stands.UNKNOWN else 410
    return sealed(render(request, "attendees/pass_dead.html", context, status=status))


@require_safe
def show(request: HttpRequest, delegate: Delegate, stands: Stands) -> HttpResponse:
    """The pass: name, hour, place and the code. This phone is known at the wall for the rest of the day."""
    session = delegate.invitation.session
    now = timezone.now()
    context: dict[str, Any] = {"delegate": delegate, "session": session, "stands": str(stands)}
    if stands.opens:
        blocks = passes.expected_in(delegate)
        on = passes.on_now(blocks, now)
        marks = passes.marks_of(delegate)
        here = {mark.block_id for mark in marks}
        context |= {
            "qr": passes.qr(passes.address(delegate)),
            "joins": bool(passes.online_ones(session, blocks)),
            "marks": [(mark, door_clock(mark.arrived_at or mark.recorded_at, session)) for mark in marks],
            "takes_code": bool(on)
            and not all(block.pk in here for block in on)
            and door_of(session).self_check_in,
            "choices": named_groups(session, passes.to_choose(on)),
        }
    response = render(request, "attendees/pass.html", context)
    if stands.opens:
        response.set_signed_cookie(
            COOKIE, delegate.pass_token, salt=COOKIE_SALT, max_age=COOKIE_LIFE,
            httponly=True, samesite="Lax", secure=settings.HTTPS,
        )  # fmt: skip
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, delegate: Delegate, stands: Stands) -> HttpResponse:
    """Joining online counts: the button marks those who press it and leads to the meeting. A GET marks nobody."""
    session, now = delegate.invitation.session, timezone.now()
    blocks = passes.online_ones(session, passes.expected_in(delegate))
    on = passes.on_now(blocks, now)
    choices = passes.to_choose(on)
    if request.method == "POST" and on:
        chosen = chosen_of(request, on, choices)
        if chosen:
            # A register that was closed meanwhile keeps nobody out of the meeting.
            with suppress(RegisterRefused):
                arrive(
                    delegate_id=delegate.pk,
                    block_ids=[block.pk for block in chosen],
                    source=Attendance.Source.ONLINE,
                    by=holder(delegate),
                    now=now,
                )
            if link := passes.link_of(session, _meeting(chosen, now)):
                return redirect(link)
            messages.info(
                request,
                _("You are registered. The link of the meeting is not here yet: ask whoever called you."),
            )
            return redirect("attendees:pass", delegate.pass_token)
    context = {
        "delegate": delegate,
        "session": session,
        "on": on,
        "choices": named_groups(session, choices),
        "joins": bool(blocks),
        "opens_at": passes.opens_at(blocks, now),
        "unsaid": request.method == "POST" and bool(choices),
    }
    response = render(request, "attendees/pass_join.html", context, status=422 if context["unsaid"] else 200)
    # Browsers ask whether a form may lead to another site, also by way of a redirect.
    # The host alone: what an address says before its @ may be anything, also more policy.
    hosts = {urlsplit(passes.link_of(session, block)) for block in on}
    named = [f"{one.scheme}://{one.netloc.rpartition('@')[2]}" for one in hosts if one.netloc]
    response._csp_update = {"form-action": named}  # type: ignore[attr-defined]
    return response


@require_POST
def check_in(request: HttpRequest, delegate: Delegate, stands: Stands) -> HttpResponse:
    """The six digits on the wall, typed into one's own pass."""
    session, now = delegate.invitation.session, timezone.now()
    tries = Tries(f"pass:{delegate.public_id.hex}", most=10)
    back = redirect("attendees:pass", delegate.pass_token)
    on = passes.on_now(passes.expected_in(delegate), now)
    chosen = chosen_of(request, on, passes.to_choose(on))
    if tries.spent:
        messages.error(
            request, _("Too many codes were tried. Register at the desk, or try again in ten minutes.")
        )
    elif not code_holds(door_of(session), request.POST.get("code", "")[:20], now):
        tries.count()
        messages.error(
            request, _("That is not the code on the wall now. It changes every minute: read it again.")
        )
    elif not on:
        messages.error(request, _("No block is open now. Nothing was registered."))
    elif not chosen:
        messages.error(request, _("Say which group you are in."))
    else:
        try:
            written = arrive(
                delegate_id=delegate.pk,
                block_ids=[block.pk for block in chosen],
                source=Attendance.Source.SELF,
                by=holder(delegate),
                now=now,
            )
        except RegisterRefused as refused:
            messages.error(request, str(refused))
        else:
            at = min(mark.arrived_at or mark.recorded_at for mark in written)
            messages.success(
                request, _("Your arrival is registered: %(at)s.") % {"at": door_clock(at, session)}
            )
    return back


def chosen_of(request: HttpRequest, on: list[Block], choices: list[Block]) -> list[Block]:
    """What a mark is for: everything that is open, but of groups side by side only the one that was said."""
    if not choices:
        return on
    said = row_number(request.POST.get("bloque", ""))
    picked = [block for block in choices if block.pk == said]
    return picked + [block for block in on if block not in choices] if picked else []


def _meeting(chosen: list[Block], now: datetime) -> Block:
    """The one to go to: what is on, else what is next."""
    return next((block for block in chosen if block.starts_at <= now), chosen[0])


def named_groups(session: Session, blocks: list[Block]) -> list[tuple[int, str]]:
    """Groups to choose from; of a closed session without what they deal with."""
    if session.is_casa_adentro:
        return [(block.pk, _("Group %(n)s") % {"n": n}) for n, block in enumerate(blocks, 1)]
    return [(block.pk, block.name) for block in blocks]


pass_page, pass_join, pass_check_in = by_pass(show, waiting=True), by_pass(join), by_pass(check_in)
