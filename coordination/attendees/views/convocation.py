"""What the secretariat does with a convocation: send it, follow the answers, mend the links."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coordination.attendees import actions, queries
from coordination.attendees.forms import ConvokeForm
from coordination.attendees.models import Convocation, Invitation
from coordination.attendees.permissions import can_convene, can_see_delegations
from coordination.common.errors import DomainError
from coordination.sessions.clashes import Attending, clashes
from coordination.sessions.models import Session

PAGE = 50


def visible_session(request: HttpRequest, public_id: uuid.UUID) -> Session:
    """The live session behind an address, through the actor's door; 404 for the rest."""
    rows = Session.objects.visible_to(request.actor).live().select_related("mesa", "canton", "province")
    return get_object_or_404(rows, public_id=public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def convene(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who will be called, by which letter; then one button."""
    session = visible_session(request, public_id)
    if not can_convene(request.actor, session):
        raise PermissionDenied
    if Convocation.objects.filter(session=session).exists():
        return redirect("attendees:delegations", public_id)
    now = timezone.now()
    short = actions.days_of_notice(session, now) < session.mesa.notice_days
    form = ConvokeForm(request.POST if request.method == "POST" else None, short=short)
    if request.method == "POST" and form.is_valid():
        try:
            sent = actions.convene(session_id=session.pk, **form.cleaned_data, by=request.actor, now=now)
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            _thank(request, sent)
            return redirect("attendees:delegations", public_id)
    return _convene_page(request, session, form, short=short, status=422 if form.errors else 200)


def _convene_page(
    request: HttpRequest, session: Session, form: ConvokeForm, *, short: bool, status: int
) -> HttpResponse:
    now = timezone.now()
    called = queries.invitees(session, timezone.localtime(now, session.zone).date())
    met = None
    if session.starts_at and session.ends_at:
        met = clashes(
            who=Attending(frozenset(one.organization.pk for one in called)),
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            actor=request.actor,
            on=timezone.localdate(now),
            but=session.pk,
        )
    context = {
        "session": session,
        "form": form,
        "clashes": met,
        "called": called,
        "silent": [one for one in called if not one.has_mailbox],
        "sectors": queries.balance(one.sector_id for one in called),
        "days": actions.days_of_notice(session, now),
        "short": short,
        "has_agenda": session.agenda.exists(),
        "over": queries.is_over(session, now) or session.state == Session.State.CANCELLED,
    }
    return render(request, "attendees/convene.html", context, status=status)


@require_GET
def delegations(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Every organization called, what it answered, whom it named. Links are shown to the secretariat alone."""
    session = visible_session(request, public_id)
    if not can_see_delegations(request.actor, session):
        raise PermissionDenied
    state = request.GET.get("estado", "")
    rows = Invitation.objects.visible_to(request.actor).filter(session=session)
    if state in Invitation.State.values:
        rows = rows.filter(state=state)
    elif state == "silent":
        rows = rows.filter(state__in=queries.SILENT)
    now, may = timezone.now(), can_convene(request.actor, session)
    counts = queries.counts_by_state(session)
    context = {
        "session": session,
        "convocation": Convocation.objects.filter(session=session).first(),
        "page": Paginator(queries.with_delegations(rows), PAGE).get_page(request.GET.get("page")),
        "counts": [(value, label, counts[value]) for value, label in Invitation.State.choices],
        "total": sum(counts.values()),
        "answered": counts[Invitation.State.ACCEPTED] + counts[Invitation.State.DECLINED],
        "state": state,
        "silent": sum(counts[state] for state in queries.SILENT),
        "query": f"estado={state}" if state else "",
        "may_send": may and not queries.is_over(session, now) and session.state == Session.State.CONVENED,
        "may_convene": may,
        "base_url": settings.BASE_URL,
        "taken": queries.places_taken(session.pk),
    }
    return render(request, "attendees/delegations.html", context)


@require_POST
def resend(request: HttpRequest, public_id: uuid.UUID, invitation: uuid.UUID) -> HttpResponse:
    """Mails the link again to the address on file."""
    found = _invitation(request, public_id, invitation)
    try:
        actions.renew_link(invitation_id=found.pk, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        reader = queries.recipient(found, timezone.localdate())
        told = _("The link of %(organization)s is on its way to %(who)s.")
        nobody = _(
            "%(organization)s has nobody with an e-mail address: copy its link and send it another way."
        )
        messages.success(
            request,
            (told if reader else nobody)
            % {"organization": found.organization, "who": reader.email if reader else ""},
        )
    return redirect("attendees:delegations", public_id)


@require_POST
def revoke(request: HttpRequest, public_id: uuid.UUID, invitation: uuid.UUID) -> HttpResponse:
    """Every copy of the link stops working."""
    found = _invitation(request, public_id, invitation)
    actions.revoke_link(invitation_id=found.pk, by=request.actor, now=timezone.now())
    text = _(
        "Every copy of the link of %(organization)s stopped working. Send it a new one when you know where it should go."
    )
    messages.success(request, text % {"organization": found.organization})
    return redirect("attendees:delegations", public_id)


def _invitation(request: HttpRequest, public_id: uuid.UUID, invitation: uuid.UUID) -> Invitation:
    session = visible_session(request, public_id)
    if not can_convene(request.actor, session):
        raise PermissionDenied
    rows = Invitation.objects.visible_to(request.actor).select_related("organization")
    return get_object_or_404(rows, session=session, public_id=invitation)


def _thank(request: HttpRequest, sent: Convocation) -> None:
    count = sent.session.invitations.count()
    text = ngettext(
        "Convocation %(number)s is on its way to %(count)s organization. You may leave this page; the sending goes on.",
        "Convocation %(number)s is on its way to %(count)s organizations. You may leave this page; the sending goes on.",
        count,
    )
    messages.success(request, text % {"number": sent.number, "count": count})
