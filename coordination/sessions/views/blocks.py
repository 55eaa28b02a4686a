"""The programme: what blocks a session has; each is added, rewritten, ordered and taken out."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import row_number
from coordination.sessions import actions
from coordination.sessions.actions.blocks import heir_of
from coordination.sessions.block_forms import BlockForm
from coordination.sessions.circle import reach
from coordination.sessions.clashes import attending
from coordination.sessions.models import AgendaItem, Block, Session
from coordination.sessions.permissions import can_schedule
from coordination.sessions.program import meetings
from coordination.sessions.queries import audience
from coordination.sessions.views.loading import load
from coordination.sessions.views.planning import fixed_because, refuse
from coordination.sessions.views.warning import unread_clashes


@require_http_methods(["GET", "POST"])
def program(request: HttpRequest, public_id: object) -> HttpResponse:
    """All blocks with what they are, and the form for one more."""
    session = load(request, public_id, can_schedule)
    known = reach(request.actor, session)
    knows = known.inside or not session.is_casa_adentro
    form, status = BlockForm(request.POST or None, session=session, people=known.people, knows=knows), 200
    context: dict[str, Any] = {
        "session": session,
        "form": form,
        "audience": audience(session),
        "known": known,
    }
    if request.method == "POST" and form.is_valid():
        context["clashes"] = _unread(request, form, session)
    if request.method == "POST" and form.is_valid() and not context["clashes"]:
        try:
            block = actions.add_block(session_id=session.pk, **_sent(request, form))
        except StaleVersion:
            form.add_error(None, _again())
            form.go_on_from(session.version)
            status = 409
        except DomainError as error:
            refuse(form, error)
        else:
            told = _("“%(block)s” is in the programme.") % {"block": block.name}
            heard = _who_hears(session, context["audience"].organizations, block)
            return _saved(request, session, f"{told} {heard}")
    blocks = list(
        _blocks(request, session).select_related("room", "online_account").prefetch_related("audience")
    )
    context |= {"rows": _rows(blocks), "fixed_because": fixed_because(session)}
    return render(request, "sessions/blocks.html", context, status=status)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, public_id: object, block_id: int) -> HttpResponse:
    session, block = _load(request, public_id, block_id)
    known = reach(request.actor, session)
    form = BlockForm(
        request.POST or None, session=session, instance=Block.objects.get(pk=block.pk), people=known.people,
        knows=block.tells_what,
    )  # fmt: skip
    context: dict[str, Any] = {
        "session": session, "stretch": block, "form": form, "audience": audience(session), "known": known,
        "fixed_because": fixed_because(session),
    }  # fmt: skip
    status = 200
    if request.method == "POST" and form.is_valid() and _moves(block, form):
        context["clashes"] = _unread(request, form, session)
    if request.method == "POST" and form.is_valid() and not context.get("clashes"):
        try:
            saved = actions.edit_block(block_id=block.pk, **_sent(request, form))
        except StaleVersion:
            form.add_error(None, _again())
            form.go_on_from(session.version)
            status = 409
        except DomainError as error:
            refuse(form, error)
        else:
            heard = _who_hears(session, context["audience"].organizations, saved, was=block)
            return _saved(request, session, heard)
    return render(request, "sessions/block.html", context, status=status)


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, public_id: object, block_id: int) -> HttpResponse:
    """Asked for on a page of its own: its items go elsewhere, and people may be told."""
    session, block = _load(request, public_id, block_id)
    told = audience(session)
    if request.method == "POST":
        version = row_number(request.POST.get("version", ""))
        try:
            actions.remove_block(block_id=block.pk, version=version, by=request.actor, now=timezone.now())
        except StaleVersion:
            messages.error(request, _again())
        except DomainError as error:
            messages.error(request, str(error.message))
        else:
            taken = _("“%(block)s” was taken out of the programme.") % {"block": block.name}
            heard = _who_hears(session, told.organizations, block, was=block)
            return _saved(request, session, f"{taken} {heard}")
        return redirect("sessions:blocks", session.public_id)
    others = list(_blocks(request, session).exclude(pk=block.pk))
    if not block.is_casa_adentro:
        others = [one for one in others if not one.is_casa_adentro]
    context = {
        "session": session, "stretch": block, "audience": told, "fixed_because": fixed_because(session),
        "items": AgendaItem.objects.shown_to(request.actor).filter(block=block).count(), "heir": heir_of(block, others) if meetings(others) else None,
    }  # fmt: skip
    return render(request, "sessions/block_remove.html", context)


@require_POST
def move(request: HttpRequest, public_id: object, block_id: int) -> HttpResponse:
    session, block = _load(request, public_id, block_id)
    version = row_number(request.POST.get("version", ""))
    up = request.POST.get("to") == "up"
    try:
        actions.order_block(block_id=block.pk, version=version, up=up, by=request.actor, now=timezone.now())
    except StaleVersion:
        messages.error(request, _again())
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect(f"{reverse('sessions:blocks', args=[session.public_id])}#bloque-{block.pk}")


def _load(request: HttpRequest, public_id: object, block_id: int) -> tuple[Session, Block]:
    session = load(request, public_id, can_schedule)
    return session, get_object_or_404(_blocks(request, session), pk=block_id)


def _blocks(request: HttpRequest, session: Session) -> "QuerySet[Block]":
    return Block.objects.shown_to(request.actor).filter(session=session)


def _sent(request: HttpRequest, form: BlockForm) -> dict[str, Any]:
    version = form.cleaned_data["version"] or 0
    return form.wanted() | {"version": version, "by": request.actor, "now": timezone.now()}


def _unread(request: HttpRequest, form: BlockForm, session: Session) -> Any:
    """A break keeps nobody, so it clashes with nothing."""
    if form.cleaned_data["kind"] == Block.Kind.BREAK:
        return None
    return unread_clashes(request, form, attending(session, timezone.localdate()), but=session.pk)


def _moves(block: Block, form: BlockForm) -> bool:
    return form.spans() != [(block.starts_at, block.ends_at)]


def _rows(blocks: list[Block]) -> list[dict[str, Any]]:
    """Each block, and whether a neighbour begins with it: only those are ordered by hand, the clock orders the rest."""
    starts = [block.starts_at for block in blocks]
    return [
        {
            "block": block,
            "up": place > 0 and starts[place - 1] == block.starts_at,
            "down": starts[place + 1 : place + 2] == [block.starts_at],
        }
        for place, block in enumerate(blocks)
    ]


def _again() -> str:
    """There is nothing to compare below: the list on the page is what stands."""
    return _(
        "Somebody else changed this session in the meantime. Nothing of yours is lost: look at the programme and save "
        "again."
    )


def _saved(request: HttpRequest, session: Session, told: str) -> HttpResponse:
    messages.success(request, told.strip())
    return redirect("sessions:blocks", session.public_id)


def _who_hears(before: Session, organizations: int, block: Block, *, was: Block | None = None) -> str:
    """Who is written to, as far as the schedule's version tells; of a closed block its circle alone."""
    if block.is_casa_adentro and (was is None or was.is_casa_adentro):
        return _("Only its circle sees it. Of its hours only the delegates in the circle are told.")
    saved = Session.objects.only("version", "schedule_version").get(pk=before.pk)
    if saved.version == before.version:
        return _("Nothing was different, so nothing was changed and nobody is told.")
    if saved.schedule_version == before.schedule_version or not organizations:
        return _("Nobody is written to about this change.")
    told = ngettext(
        "The notice to %(count)s organization and those it named leaves in some minutes: several edits make one mail.",
        "The notice to %(count)s organizations and those they named leaves in some minutes: several edits make one mail.",
        organizations,
    )
    return told % {"count": organizations}
