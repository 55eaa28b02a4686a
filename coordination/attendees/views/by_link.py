"""What a focal point does by the link of the letter, without an account: answer, name, change, withdraw.

Two screens at most, plain POST, no cookie but the one against forgery. GET writes nothing: mail scanners open links.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, LinkScope
from accounts.links import stems_from
from coordination.attendees import actions, queries
from coordination.attendees.forms import NO, AnswerForm, DeclineForm, DelegationForm
from coordination.attendees.models import Delegate, Invitation
from coordination.attendees.queries import Dead
from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import row_number
from coordination.mesas.permissions import resolve
from coordination.organizations.queries import actor_of
from coordination.sessions.calendar import session_event
from coordination.sessions.calendar_links import calendar_links
from coordination.sessions.models import Session

LinkView = Callable[..., Any]
YES = "si"
ANSWERED = (Invitation.State.ACCEPTED, Invitation.State.DECLINED)


def sealed(response: HttpResponse) -> HttpResponse:
    """The address is a key: it is not indexed, not stored, and never told to another site.

    ``same-origin`` and not ``no-referrer``: with the latter browsers send ``Origin: null`` with our own forms, and
    the check against forgery refuses them.
    """
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response.setdefault("Cache-Control", "no-store")
    return response


def _acting(request: HttpRequest, scope: LinkScope) -> Actor:
    """The link's actor, and who signed in on top of it."""
    today = timezone.localdate()
    return resolve(actor_of(user=request.user, on=today, link=scope), on=today)


def by_link(view: LinkView) -> Callable[..., HttpResponse]:
    """Opens the invitation of a live link and makes the request act by it; a dead link gets its page."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        now = timezone.now()
        found = queries.find_link(token, now)
        if found.invitation is None or found.dead is not None:
            return _dead(request, token, found)
        scope = LinkScope(Invitation.LINK_PURPOSE, found.invitation.pk, found.invitation.organization_id)
        request.actor = _acting(request, scope)
        return sealed(view(request, found.invitation, **more))

    return opened


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Screen 1. No is written at once; yes goes on to the names. An answered invitation shows its answer.

    The letter's two buttons come with ``respuesta``: it only chooses beforehand, and nothing is written before a POST.
    """
    changing = "cambiar" in request.GET
    if request.method != "POST":
        if invitation.state in ANSWERED and not changing:
            return _to("answered", invitation)
        asked = request.GET.get("respuesta", "")
        if asked == YES and invitation.session.modality != Session.Modality.HYBRID:
            return _to("delegation", invitation)
        chosen = NO if asked == NO else invitation.modality
        form = AnswerForm(session=invitation.session, initial={"answer": chosen})
        return _page(request, "invitation", invitation, form=form)
    form = AnswerForm(request.POST, session=invitation.session)
    if not form.is_valid():
        return _page(request, "invitation", invitation, form=form, status=422)
    if form.cleaned_data["answer"] == NO:
        return _decline(request, invitation, form)
    actions.mark_seen(invitation_id=invitation.pk, by=request.actor, now=timezone.now())
    return redirect(f"{_address('delegation', invitation)}?modo={form.cleaned_data['answer']}")


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def delegation(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Screen 2: the names."""
    size = invitation.session.mesa.delegation_size
    if request.method != "POST":
        people = queries.current_delegation(invitation) or queries.last_delegation(invitation)
        modality = _modality(request.GET.get("modo", ""), invitation)
        return _delegation_page(request, invitation, DelegationForm(size=size, people=people), modality)
    form = DelegationForm(request.POST, size=size)
    modality = _modality(request.POST.get("modality", ""), invitation)
    if not form.is_valid():
        return _delegation_page(request, invitation, form, modality, status=422)
    try:
        actions.answer(
            invitation_id=invitation.pk,
            version=_version(request),
            modality=modality,
            delegates=form.delegates(),
            by=request.actor,
            now=timezone.now(),
        )
    except StaleVersion as stale:
        form.add_error(None, stale.message)
        invitation.refresh_from_db(fields=["version", "state", "modality", "note"])
        theirs = _theirs(invitation)
        return _delegation_page(request, invitation, form, modality, status=409, theirs=theirs)
    except DomainError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return _delegation_page(request, invitation, form, modality, status=422)
    return _to("answered", invitation)


@by_link
@require_GET
def answered(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """What is registered, what happens next, and the ways to change it."""
    if invitation.state not in ANSWERED:
        return _to("invitation", invitation)
    return _page(
        request, "answered", invitation, **_answer_context(invitation), form=DeclineForm(instance=invitation)
    )


@by_link
@require_POST
def decline(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Withdraws the delegation, or keeps the remark of an organization that already declined."""
    form = DeclineForm(request.POST)
    if form.is_valid():
        return _decline(request, invitation, form, note=form.cleaned_data["note"])
    return _page(request, "answered", invitation, **_answer_context(invitation), form=form, status=422)


@by_link
@require_GET
def calendar(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """The session as a file that calendars open. Published, not requested: opening it answers nobody."""
    content = session_event(
        session=invitation.session,
        method="PUBLISH",
        attendee=None,
        url=f"{settings.BASE_URL}{invitation.session.get_absolute_url()}",
        language=get_language() or "es",
    )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response["Content-Disposition"] = 'attachment; filename="sesion.ics"'
    return response


@by_link
@require_POST
def seen(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """A person has the page before them. Staff who try the link do not count."""
    mine = invitation.organization_id in request.actor.organization_ids
    if mine or not request.actor.is_signed_in:
        actions.mark_seen(invitation_id=invitation.pk, by=request.actor, now=timezone.now())
    return HttpResponse(status=204)


@login_not_required
@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Sends a new link to the address on file. The answer is one and the same, whatever the token was."""
    named = queries.named_by(token)
    purpose = Invitation.LINK_PURPOSE
    if named is not None and stems_from(token, purpose, named.public_id, named.link_generation):
        scope = LinkScope(Invitation.LINK_PURPOSE, named.pk, named.organization_id)
        actor = _acting(request, scope)
        # Refusals are told to nobody: whoever holds a dead token must not learn from the answer what it was for.
        with suppress(DomainError):
            actions.renew_link(invitation_id=named.pk, by=actor, now=timezone.now())
    return sealed(render(request, "attendees/renewed.html"))


def _dead(request: HttpRequest, token: str, found: queries.LinkFound) -> HttpResponse:
    context: dict[str, Any] = {"token": token, "dead": str(found.dead), "invitation": found.invitation}
    if found.invitation and found.dead == Dead.REVOKED:
        reader = queries.recipient(found.invitation, timezone.localdate())
        context["hint"] = queries.masked(reader.email) if reader else ""
    status = 404 if found.dead == Dead.UNKNOWN else 410
    return sealed(render(request, "attendees/dead_link.html", context, status=status))


def _decline(
    request: HttpRequest, invitation: Invitation, form: AnswerForm | DeclineForm, note: str = ""
) -> HttpResponse:
    try:
        actions.decline(
            invitation_id=invitation.pk,
            version=_version(request),
            note=note,
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as refused:
        form.add_error(None, refused.message)
        stale = isinstance(refused, StaleVersion)
        invitation.refresh_from_db(fields=["version", "state", "modality"])
        template = "answered" if isinstance(form, DeclineForm) else "invitation"
        told = _answer_context(invitation) | ({"theirs": _theirs(invitation)} if stale else {})
        return _page(request, template, invitation, form=form, status=409 if stale else 422, **told)
    return _to("answered", invitation)


def _version(request: HttpRequest) -> int:
    return row_number(request.POST.get("version", ""))


def _modality(asked: str, invitation: Invitation) -> str:
    """How they come: what was chosen, where the session offers it; else what stands; else the session's own way."""
    own = invitation.session.modality
    offered = (
        [Session.Modality.IN_PERSON, Session.Modality.ONLINE] if own == Session.Modality.HYBRID else [own]
    )
    return next((way for way in (asked, invitation.modality) if way in offered), offered[0])


def _theirs(invitation: Invitation) -> list[tuple[Any, str]]:
    """What stands now, to be laid beside what the reader wrote."""
    people = queries.current_delegation(invitation)
    rows: list[tuple[Any, str]] = [(_("What it answered"), invitation.get_state_display())]
    return rows + [
        (Delegate.Role(one.role).label, f"{one.person.name}, {one.person.email}") for one in people
    ]


def _answer_context(invitation: Invitation) -> dict[str, Any]:
    session = invitation.session
    online = invitation.modality == Session.Modality.ONLINE
    accepted = invitation.state == Invitation.State.ACCEPTED
    closes = session.registration_closes_at
    people = queries.current_delegation(invitation)
    return {
        "people": people,
        "silent": [one.person.name for one in people if not one.person.email],
        "accepted": accepted,
        "calendars": calendar_links(
            session=session,
            url=f"{settings.BASE_URL}{session.get_absolute_url()}",
            language=get_language() or "es",
        ),
        "online_url": session.online_url if accepted and online else "",
        "registration_closed": bool(closes and timezone.now() >= closes),
    }


def _delegation_page(
    request: HttpRequest,
    invitation: Invitation,
    form: DelegationForm,
    modality: str,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    way = Session.Modality(modality).label
    return _page(
        request, "delegation", invitation, form=form, modality=modality, way=way, status=status,
        size=invitation.session.mesa.delegation_size, **more,
    )  # fmt: skip


def _page(
    request: HttpRequest, template: str, invitation: Invitation, *, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {"invitation": invitation, "session": invitation.session, "token": invitation.token}
    return render(request, f"attendees/{template}.html", context, status=status)


def _address(name: str, invitation: Invitation) -> str:
    return reverse(f"attendees:{name}", args=[invitation.token])


def _to(name: str, invitation: Invitation) -> HttpResponse:
    return redirect(_address(name, invitation))
