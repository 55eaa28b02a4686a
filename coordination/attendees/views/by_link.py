"""What a focal point does by the link of the letter, without an account, or signed in: answer, name, change, withdraw.

Two screens at most: the form, and the page that asks whether it is right. Plain POST, no cookie but the one against
forgery. GET writes nothing: mail scanners open links.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import LinkScope
from accounts.links import stems_from
from coordination.attendees import actions, answering, queries
from coordination.attendees.actions.naming import offered, size_of
from coordination.attendees.answer_forms import (
    NO,
    AnswerForm,
    DeclineForm,
    DelegationForm,
    LetterForm,
    PassOnForm,
)
from coordination.attendees.models import Delegate, Invitation
from coordination.attendees.stating import may_state
from coordination.attendees.views.door import acting, by_link, by_post, page, sealed, to, ways
from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import row_number
from coordination.sessions.calendar import session_event
from coordination.sessions.calendar_links import calendar_links
from coordination.sessions.models import Session

YES = "si"
CHECK_KEPT = 600  # seconds
ANSWERED = (Invitation.State.ACCEPTED, Invitation.State.DECLINED)


@require_http_methods(["GET", "HEAD", "POST"])
def _invitation(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Will you come, and who? No is written at once; yes is shown once more. An answered invitation shows its answer.

    The letter's two buttons come with ``respuesta``: it only chooses beforehand, and nothing is written before a POST.
    """
    session = invitation.session
    if request.method != "POST":
        if invitation.state in ANSWERED and "cambiar" not in request.GET:
            return to(request, "answered", invitation)
        asked = request.GET.get("respuesta", "")
        if asked == YES and session.modality != Session.Modality.HYBRID:
            return to(request, "delegation", invitation)
        chosen = NO if asked == NO else invitation.modality
        form = AnswerForm(session=session, initial={"answer": chosen})
        return _delegation_page(request, invitation, _blank(invitation), answer=form)
    form = AnswerForm(request.POST, session=session)
    delegation = DelegationForm(request.POST, session=session, may_stand=_may_stand(invitation))
    if not form.is_valid():
        return _delegation_page(request, invitation, delegation, answer=form, status=422)
    if form.cleaned_data["answer"] == NO:
        return _decline(request, invitation, form)
    modality = form.cleaned_data["answer"]
    if delegation.is_blank:
        actions.mark_seen(invitation_id=invitation.pk, by=request.actor, now=timezone.now())
        return redirect(f"{ways(request, invitation)['delegation']}?modo={modality}")
    return _name(request, invitation, delegation, modality, answer=form)


@require_http_methods(["GET", "HEAD", "POST"])
def _delegation(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """The names alone: to change them, or after "we will attend" in the letter."""
    if request.method != "POST":
        modality = _modality(request.GET.get("modo", ""), invitation)
        return _delegation_page(request, invitation, _blank(invitation), modality=modality)
    form = DelegationForm(request.POST, session=invitation.session, may_stand=_may_stand(invitation))
    return _name(request, invitation, form, _modality(request.POST.get("modality", ""), invitation))


@require_GET
def _answered(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """What is registered, what happens next, and the ways to change it."""
    if invitation.state not in ANSWERED:
        return to(request, "invitation", invitation)
    return answered_page(request, invitation)


@require_POST
def _decline_view(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Withdraws the delegation, or keeps the remark of an organization that already declined."""
    form = DeclineForm(request.POST)
    if form.is_valid():
        return _decline(request, invitation, form, note=form.cleaned_data["note"])
    return answered_page(request, invitation, form=form, status=422)


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
        actor = acting(request, LinkScope(Invitation.LINK_PURPOSE, named.pk, named.organization_id))
        # Refusals are told to nobody: whoever holds a dead token must not learn from the answer what it was for.
        with suppress(DomainError):
            actions.renew_link(invitation_id=named.pk, by=actor, now=timezone.now())
    return sealed(render(request, "attendees/renewed.html"))


def version_of(request: HttpRequest) -> int:
    return row_number(request.POST.get("version", ""))


def answered_page(
    request: HttpRequest, invitation: Invitation, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of what is registered; ``more`` brings a form that was refused."""
    context = {"form": DeclineForm(instance=invitation), **_answer_context(invitation), **more}
    return page(request, "answered", invitation, status=status, **context)


def _name(
    request: HttpRequest,
    invitation: Invitation,
    form: DelegationForm,
    modality: str,
    *,
    answer: AnswerForm | None = None,
) -> HttpResponse:
    """Shows what was written once more (``check``), lets it be changed (``edit``), or makes it final."""
    if "edit" in request.POST:
        form.is_valid()
        return _delegation_page(request, invitation, form, modality=modality)
    if not form.is_valid():
        return _delegation_page(request, invitation, form, modality=modality, answer=answer, status=422)
    people = form.delegates()
    if "check" in request.POST:
        return _check_page(request, invitation, form, modality)
    try:
        actions.answer(
            invitation_id=invitation.pk,
            version=version_of(request),
            modality=modality,
            delegates=people,
            keep_standing=bool(form.cleaned_data.get("keep_standing")),
            by=request.actor,
            now=timezone.now(),
        )
    except StaleVersion as stale:
        form.add_error(None, stale.message)
        invitation.refresh_from_db(fields=["version", "state", "modality", "note"])
        theirs = _theirs(invitation)
        return _delegation_page(request, invitation, form, modality=modality, status=409, theirs=theirs)
    except DomainError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return _delegation_page(request, invitation, form, modality=modality, status=422)
    return to(request, "answered", invitation)


def _check_page(
    request: HttpRequest, invitation: Invitation, form: DelegationForm, modality: str
) -> HttpResponse:
    people = form.delegates()
    waiting = answering.would_wait(invitation, modality, people)
    hybrid = invitation.session.modality == Session.Modality.HYBRID
    online = [replace(one, modality=Session.Modality.ONLINE) for one in people]
    fits_online = bool(hybrid and waiting and not answering.would_wait(invitation, modality, online))
    rows = [
        {
            "person": one,
            "role": Delegate.Role(one.role).label,
            "rank": form.fields[f"{slot}_rank"].choices
            and dict(form.fields[f"{slot}_rank"].choices)[one.rank]  # type: ignore[attr-defined]
            if one.rank
            else "",
            "how": Session.Modality(one.modality).label if one.modality else "",
            "needs": [Delegate.Need(kind).label for kind in one.need_kinds],
            "waits": number in waiting,
            "slot": slot,
        }
        for number, (one, slot) in enumerate(zip(people, _named_slots(form), strict=True))
    ]
    shown = page(
        request, "check", invitation, rows=rows, waits=len(waiting), modality=modality,
        way=Session.Modality(modality).label, carried=form.carried, elsewhere=answering.elsewhere(invitation, people),
        keep_standing=bool(form.cleaned_data.get("keep_standing")), fits_online=fits_online,
    )  # fmt: skip
    # The browser that wrote it may keep it a while: going back to the answer of a POST would show an error instead.
    shown["Cache-Control"] = f"private, max-age={CHECK_KEPT}"
    return shown


def _named_slots(form: DelegationForm) -> list[str]:
    return [slot for slot, _role in form.slots if form.cleaned_data.get(f"{slot}_name")]


def _decline(
    request: HttpRequest, invitation: Invitation, form: AnswerForm | DeclineForm, note: str = ""
) -> HttpResponse:
    try:
        actions.decline(
            invitation_id=invitation.pk,
            version=version_of(request),
            note=note,
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as refused:
        form.add_error(None, refused.message)
        stale = isinstance(refused, StaleVersion)
        invitation.refresh_from_db(fields=["version", "state", "modality"])
        told: dict[str, Any] = {"theirs": _theirs(invitation)} if stale else {}
        status = 409 if stale else 422
        if isinstance(form, DeclineForm):
            return answered_page(request, invitation, form=form, status=status, **told)
        return _delegation_page(request, invitation, _blank(invitation), answer=form, status=status, **told)
    return to(request, "answered", invitation)


def _modality(asked: str, invitation: Invitation) -> str:
    """How they come: what was chosen, where the session offers it; else what stands; else the session's own way."""
    ways_offered = offered(invitation.session)
    return next((way for way in (asked, invitation.modality) if way in ways_offered), ways_offered[0])


def _theirs(invitation: Invitation) -> list[tuple[Any, str]]:
    """What stands now, to be laid beside what the reader wrote."""
    people = queries.current_delegation(invitation)
    rows: list[tuple[Any, str]] = [(_("What it answered"), invitation.get_state_display())]
    return rows + [
        (Delegate.Role(one.role).label, f"{one.person.name}, {one.person.email}") for one in people
    ]


def _answer_context(invitation: Invitation) -> dict[str, Any]:
    session = invitation.session
    accepted = invitation.state == Invitation.State.ACCEPTED
    closes = session.registration_closes_at
    people = queries.current_delegation(invitation)
    placed = [one for one in people if one.waiting_since is None]
    online = any((one.modality or invitation.modality) == Session.Modality.ONLINE for one in placed)
    return {
        "people": people,
        "placed": placed,
        "waiting": [one for one in people if one.waiting_since is not None],
        "may_swap": {"principal", "alternate"} <= {one.role for one in people},
        "silent": [one.person.name for one in people if not one.person.email],
        "accepted": accepted,
        "calendars": calendar_links(
            session=session,
            url=f"{settings.BASE_URL}{session.get_absolute_url()}",
            language=get_language() or "es",
        ),
        "online_url": session.online_url if accepted and online else "",
        "registration_closed": bool(closes and timezone.now() >= closes),
        "to_state": may_state(invitation) if accepted else 0,
        "letter_form": LetterForm(
            initial={"number": invitation.letter_number, "dated": invitation.letter_on}, prefix="letter"
        ),
        "pass_form": PassOnForm(prefix="pass"),
    }


def _may_stand(invitation: Invitation) -> bool:
    """The tick "for the next sessions too" is for who has a seat, and never beside a closed session."""
    return not invitation.session.is_casa_adentro and answering.seat_of(invitation) is not None


def _blank(invitation: Invitation) -> DelegationForm:
    """The form as it begins: with whoever is known already."""
    start = answering.proposed(invitation)
    form = DelegationForm(session=invitation.session, people=start.people, may_stand=_may_stand(invitation))
    form.start = start  # type: ignore[attr-defined]
    return form


def _delegation_page(
    request: HttpRequest, invitation: Invitation, form: DelegationForm, *, modality: str = "", **more: Any
) -> HttpResponse:
    """The names, and above them whether the organization comes where that is asked too (``answer``)."""
    status = more.pop("status", 200)
    answer = more.pop("answer", None)
    chosen = modality or _modality("", invitation)
    context = {
        "form": answer if answer is not None and answer.errors else form,
        "people": form,
        "answer": answer,
        "modality": chosen,
        "way": Session.Modality(chosen).label,
        "size": size_of(invitation.session),
        "start": getattr(form, "start", None),
        "pass_form": PassOnForm(prefix="pass"),
    }
    template = "invitation" if answer is not None else "delegation"
    return page(request, template, invitation, status=status, **context, **more)


invitation, own_invitation = by_link(_invitation), by_post(_invitation)
delegation, own_delegation = by_link(_delegation), by_post(_delegation)
answered, own_answered = by_link(_answered), by_post(_answered)
decline, own_decline = by_link(_decline_view), require_POST(by_post(_decline_view))

__all__ = [
    "answered", "by_link", "calendar", "decline", "delegation", "invitation", "own_answered", "own_decline",
    "own_delegation", "own_invitation", "renew", "sealed", "seen",
]  # fmt: skip
