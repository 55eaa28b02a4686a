"""The circle of a session: who stands in it, letting people in and out, closing the whole session."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import Actor
from coordination.common.errors import DomainError
from coordination.common.forms import row_number
from coordination.organizations.models import Person
from coordination.sessions import circle as reads
from coordination.sessions.actions import circle as actions
from coordination.sessions.calendar import closed_hours
from coordination.sessions.models import Block, CircleMember, Session
from coordination.sessions.permissions import can_schedule, can_set_agenda
from coordination.sessions.queries import load_parts
from coordination.sessions.views.loading import load

UNDO_SALT = "minga.circle.undo"
UNDO_SECONDS = 60 * 60
Level = CircleMember.Level


def _may(actor: Actor, session: Session) -> bool:
    """Who stands in it, and who could close something. Outside it the page is the same, circle or none."""
    return can_set_agenda(actor, session) or reads.stands_in(actor, session, record=False)


@require_safe
def circle(request: HttpRequest, public_id: object) -> HttpResponse:
    session = load(request, public_id, _may)
    known = reads.reach(request.actor, session)
    today = timezone.localdate()
    context: dict[str, Any] = {
        "session": session,
        "known": known,
        "has_hours": any(
            block.is_casa_adentro for block in load_parts(session, request.actor, "blocks").blocks.all()
        ),
        "may_turn": session.state == Session.State.DRAFT and can_schedule(request.actor, session),
    }
    if known.inside:
        text = request.GET.get("q", "").replace("\0", "").strip()[:100]
        rows = reads.members(session, today)
        standing = [one for one in rows if one.row.until is None]
        inner = [one for one in standing if one.row.level == Level.RECORD]
        context |= {
            "standing": standing,
            "left": [one for one in rows if one.row.until],
            "is_alone": len(inner) == 1,
            "in_it": {one.row.person_id: one.row.level for one in standing},
            "text": text,
            "found": reads.like(reads.candidates(session, today), text) if len(text) > 1 else None,
            "organizations": reads.organizations_of(session, today),
            "delegates": len(set(reads.with_a_place(session)) - {one.row.person_id for one in standing}),
            "levels": [(level, Level(level).label, words) for level, words in reads.LEVELS.items()],
        }
    return render(request, "sessions/circle.html", context)


@require_safe
def circle_hours(request: HttpRequest, public_id: object) -> HttpResponse:
    """The closed hours for one's own calendar, to both rings; 404 where nothing is closed for this reader."""
    session = load(request, public_id, _may)
    blocks = list(Block.objects.shown_to(request.actor).filter(session=session, is_casa_adentro=True))
    if not blocks:
        raise Http404
    content = closed_hours(session=session, blocks=blocks, language=get_language() or "es")
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="reunion.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def circle_admit(request: HttpRequest, public_id: object) -> HttpResponse:
    """One person at a level, the focal points of an organization, or the delegates with a place: these for logistics."""
    session = load(request, public_id, _inside)
    today, level = timezone.localdate(), Level.LOGISTICS
    if "delegados" in request.POST:
        people = reads.with_a_place(session)
    elif "organizacion" in request.POST:
        people = reads.focal_points(row_number(request.POST["organizacion"]), session, today)
    else:
        level = _level(request)
        chosen = reads.candidates(session, today).filter(pk=row_number(request.POST.get("persona", "")))
        people = list(chosen.values_list("pk", flat=True))
    try:
        made = actions.admit(
            session_id=session.pk, person_ids=people, level=level, by=request.actor, now=timezone.now()
        )
    except DomainError as error:
        messages.error(request, str(error.message))
        return _back(session)
    if not made:
        messages.info(
            request, _("Nobody was added: they are in the circle already, or nobody holds such a post.")
        )
        return _back(session)
    told = ngettext(
        "%(n)s person is in the circle from now on.", "%(n)s people are in the circle from now on.", len(made)
    )
    _say(request, session, told % {"n": len(made)}, [row.person_id for row in made], "")
    return _back(session)


@require_POST
def circle_member(request: HttpRequest, public_id: object, person_id: object) -> HttpResponse:
    """Another level, or out."""
    session = load(request, public_id, _inside)
    row = get_object_or_404(session.circle.current().select_related("person"), person__public_id=person_id)
    given: dict[str, Any] = {
        "session_id": session.pk, "person_id": row.person_id, "by": request.actor, "now": timezone.now(),
    }  # fmt: skip
    try:
        if "quitar" in request.POST:
            actions.let_out(**given)
            told = _("%(name)s is out of the circle and sees nothing of it from now on.")
        else:
            actions.change_level(**given, level=_level(request))
            told = _("%(name)s stands in the circle at the other level from now on.")
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        _say(request, session, told % {"name": row.person.name}, [row.person_id], row.level)
    return _back(session)


@require_POST
def circle_undo(request: HttpRequest, public_id: object) -> HttpResponse:
    """Takes back what the notice says, within the hour. The history keeps both."""
    session = load(request, public_id, _inside)
    try:
        done = signing.loads(request.GET.get("hecho", ""), salt=UNDO_SALT, max_age=UNDO_SECONDS)
        if done["session"] != session.pk:
            raise Http404
        _undo(session, done["people"], done["level"], request.actor)
    except signing.BadSignature:
        messages.error(request, _("This can no longer be undone. Change it in the list below."))
    except (DomainError, CircleMember.DoesNotExist) as error:
        told = error.message if isinstance(error, DomainError) else _("Somebody changed it in the meantime.")
        messages.error(request, str(told))
    else:
        messages.success(request, _("It is as it was before."))
    return _back(session)


@require_POST
def turn(request: HttpRequest, public_id: object) -> HttpResponse:
    """Closes the whole session while it is a draft, or opens it."""
    session = load(request, public_id, can_schedule)
    act = actions.open_session if session.is_casa_adentro else actions.close_session
    try:
        act(session_id=session.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        closed = _(
            "The session is casa adentro: only its circle sees it. It has a number of the closed series."
        )
        opened = _("The session is open, with the next number of the mesa. What is closed in it stays so.")
        messages.success(request, opened if session.is_casa_adentro else closed)
    return _back(session)


def _inside(actor: Actor, session: Session) -> bool:
    return reads.stands_in(actor, session)


def _undo(session: Session, people: Iterable[int], level: str, by: Actor) -> None:
    """``level`` is what they had before; empty, they were not in it."""
    given: dict[str, Any] = {"session_id": session.pk, "by": by, "now": timezone.now()}
    for person_id in people:
        if not level:
            actions.let_out(**given, person_id=person_id)
        elif session.circle.current().filter(person=person_id).exists():
            actions.change_level(**given, person_id=person_id, level=level)
        elif Person.objects.filter(pk=person_id).exists():
            actions.admit(**given, person_ids=[person_id], level=level)


def _level(request: HttpRequest) -> Level:
    """What was asked for; anything else is the outer ring, which knows less."""
    return Level.RECORD if request.POST.get("nivel") == Level.RECORD else Level.LOGISTICS


def _say(request: HttpRequest, session: Session, told: str, people: list[int], level: str) -> None:
    done = signing.dumps(
        {"session": session.pk, "people": people, "level": level}, salt=UNDO_SALT, compress=True
    )
    undo = f"{reverse('sessions:circle_undo', args=[session.public_id])}?{urlencode({'hecho': done})}"
    messages.success(request, told, extra_tags=f"undo:{undo}")


def _back(session: Session) -> HttpResponse:
    return redirect("sessions:circle", session.public_id)
