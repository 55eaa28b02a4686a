"""The code on the wall: the page staff put on a screen, and the page its picture opens on anybody's phone."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from coordination.attendees import passes, wall
from coordination.attendees.actions.arriving import arrive, holder, set_door
from coordination.attendees.actions.marks import RegisterRefused
from coordination.attendees.checkin import door_clock
from coordination.attendees.forms import HereForm
from coordination.attendees.models import Attendance, Delegate, Door
from coordination.attendees.passes import Stands
from coordination.attendees.tries import Tries
from coordination.attendees.views.convocation import visible_session
from coordination.attendees.views.door import sealed
from coordination.attendees.views.passes import COOKIE, COOKIE_LIFE, COOKIE_SALT, chosen_of, named_groups
from coordination.common.allowances import line_of
from coordination.common.errors import DomainError
from coordination.sessions.models import Session
from coordination.sessions.permissions import can_record

OPENED_SALT, OPENED_LIFE = (
    "here",
    600,
)  # seconds to find one's address in: by then the code on the wall is another
MOST_WRONG = 60  # a whole venue shares one address on the internet


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def screen(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The code, large; and below it the two things staff do with it."""
    session = _kept(request, public_id)
    if request.method == "POST":
        return _change(request, session)
    return render(request, "attendees/wall.html", _code(session))


@never_cache
@require_safe
def code(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The part of the page that changes every minute."""
    return render(request, "attendees/_wall.html", _code(_kept(request, public_id)))


def _code(session: Session) -> dict[str, Any]:
    now = timezone.now()
    door = wall.door_of(session)
    told: dict[str, Any] = {"session": session, "door": door}
    if door.self_check_in:
        digits = wall.code_now(door, now)
        told |= {"digits": f"{digits[:3]} {digits[3:]}", "qr": passes.qr(wall.address(door, now))}
    return told


def _change(request: HttpRequest, session: Session) -> HttpResponse:
    act = request.POST.get("act", "")
    try:
        set_door(
            session_id=session.pk,
            self_check_in={"open": True, "shut": False}.get(act),
            renew=act == "renew",
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as refused:
        messages.error(request, str(refused))
    return redirect("attendees:wall", session.public_id)


def _kept(request: HttpRequest, public_id: uuid.UUID) -> Session:
    session = visible_session(request, public_id)
    if not can_record(request.actor, session):
        raise PermissionDenied
    return session


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def here(request: HttpRequest, public_id: uuid.UUID, code: str) -> HttpResponse:
    """ "I am here", by the code on the wall. Nothing of the session is told before somebody is known, and little then."""
    tries = Tries(f"{public_id.hex}:{line_of(request)}", most=MOST_WRONG)
    if tries.spent:
        return _page(request, None, {"mode": "spent"}, 429)
    door = Door.objects.select_related("session__mesa").filter(session__public_id=public_id).first()
    if door is None or not door.self_check_in or not _opened(request, door, code):
        tries.count()
        return _page(request, None, {"mode": "stale"}, 410)
    me = _known(request, door.session)
    if request.method != "POST":
        return _page(request, door, {"mode": "ask", "me": me, "form": HereForm()})
    if me is not None and "me" in request.POST:
        return _arrive(request, door, me, inside=True)
    if door.session.is_casa_adentro:  # else whoever typed addresses would hear who was called
        tries.count()
        return _page(request, door, {"mode": "ask", "me": me})
    form = HereForm(request.POST)
    if not form.is_valid():
        return _page(request, door, {"mode": "ask", "form": form, "has_errors": True}, 422)
    people = passes.passes_by_mail(door.session, form.cleaned_data["email"])
    if not people:
        tries.count()
        return _page(request, None, {"mode": "unknown", "again": request.path})
    if len(people) > 1:
        said = request.POST.get("persona", "")
        people = [one for one in people if str(one.public_id) == said] or people
    if len(people) > 1:
        named = [(one.public_id, one.person.name.split()[0]) for one in people]
        return _page(request, door, {"mode": "who", "people": named, "form": form})
    return _arrive(request, door, people[0], form=form)


def _arrive(
    request: HttpRequest,
    door: Door,
    delegate: Delegate,
    *,
    inside: bool = False,
    form: HereForm | None = None,
) -> HttpResponse:
    """Marks the delegate in what is open. Closed blocks only for who is known, and not for who typed an address."""
    now = timezone.now()
    blocks = passes.expected_in(delegate, inside=inside)
    on = passes.on_now(blocks, now)
    choices = passes.to_choose(on)
    chosen = chosen_of(request, on, choices)
    if not on:
        return _page(request, None, {"mode": "early"})
    if not chosen:
        named = named_groups(door.session, choices)
        context = {"mode": "group", "choices": named, "form": form, "me": delegate if inside else None}
        return _page(request, door, context | {"persona": delegate.public_id})
    try:
        written = arrive(
            delegate_id=delegate.pk,
            block_ids=[block.pk for block in chosen],
            source=Attendance.Source.SELF,
            by=holder(delegate),
            now=now,
        )
    except RegisterRefused as refused:
        return _page(request, None, {"mode": "refused", "why": str(refused)})
    at = min(mark.arrived_at or mark.recorded_at for mark in written)
    return _page(request, None, {"mode": "done", "at": door_clock(at, door.session)})


def _opened(request: HttpRequest, door: Door, code: str) -> bool:
    """The code holds, or the page was opened with one that held a few minutes ago."""
    if wall.code_holds(door, code, timezone.now()):
        return True
    try:
        told = signing.loads(request.POST.get("opened", ""), salt=OPENED_SALT, max_age=OPENED_LIFE)
    except signing.BadSignature:
        return False
    return bool(told == [door.session.public_id.hex, door.generation])


def _known(request: HttpRequest, session: Session) -> Delegate | None:
    """Whose pass was opened on this phone today, else who signed in."""
    token = request.get_signed_cookie(COOKIE, default="", salt=COOKIE_SALT, max_age=COOKIE_LIFE)
    if token:
        found = passes.find_pass(token, timezone.now())
        mine = found.delegate is not None and found.delegate.invitation.session_id == session.pk
        if mine and found.stands in (Stands.TODAY, Stands.BEFORE):
            return found.delegate
    return passes.pass_of_person(session, request.actor.person_id if request.actor.is_signed_in else None)


def _page(request: HttpRequest, door: Door | None, told: dict[str, Any], status: int = 200) -> HttpResponse:
    context: dict[str, Any] = dict(told)
    if door is not None:
        context["session"] = door.session
        sign = [door.session.public_id.hex, door.generation]
        matched = request.resolver_match
        in_time = matched and wall.code_holds(door, matched.kwargs["code"], timezone.now())
        # Only a code on the wall gives minutes; a page that was opened by one does not renew itself.
        context["opened"] = (
            signing.dumps(sign, salt=OPENED_SALT) if in_time else request.POST.get("opened", "")
        )
    return sealed(render(request, "attendees/here.html", context, status=status))
