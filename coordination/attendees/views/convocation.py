"""What the secretariat does with a convocation: send it, follow the answers, mend the links."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
from coordination.attendees.balance import Balance, seen
from coordination.attendees.convocation_forms import ConvocationForm, SegmentForm, fingerprint
from coordination.attendees.models import Convocation, Invitation
from coordination.attendees.permissions import can_convene, can_see_delegations
from coordination.attendees.queries import Invitee, Standing
from coordination.attendees.segments import Segment, chosen, times_present
from coordination.common.errors import DomainError
from coordination.sessions.clashes import Attending, clashes
from coordination.sessions.models import Session

PAGE = 50


def visible_session(request: HttpRequest, public_id: uuid.UUID) -> Session:
    """The live session behind an address, through the actor's door; 404 for the rest."""
    rows = (
        Session.objects.visible_to(request.actor)
        .live()
        .select_related("mesa", "canton", "province", "convocation")
    )
    return get_object_or_404(rows, public_id=public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def convene(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who will be called, by which letter, and who is missing; then one button. Filters live in the address."""
    session = visible_session(request, public_id)
    if not can_convene(request.actor, session):
        raise PermissionDenied
    if sent_with(session):
        return redirect("attendees:delegations", public_id)
    now = timezone.now()
    plan = _plan(request, session, now)
    form = plan.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        shown = [one.organization.pk for one in plan.called]
        try:
            sent = actions.convene(
                session_id=session.pk, organization_ids=shown, **form.wanted(), by=request.actor, now=now
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            _thank(request, sent)
            return redirect("attendees:delegations", public_id)
    return _convene_page(request, plan, form, status=422 if form.errors else 200)


def sent_with(session: Session) -> Convocation | None:
    """The convocation of a session that came through ``visible_session``. No query."""
    return getattr(session, "convocation", None)


@dataclass(frozen=True)
class Plan:
    """Whom this convocation would call as the filters stand, and what that means."""

    session: Session
    everybody: list[Invitee]
    called: list[Invitee]
    filters: SegmentForm
    segment: Segment
    balance: Balance
    now: datetime

    @property
    def days(self) -> int:
        return actions.days_of_notice(self.session, self.now)

    @property
    def short(self) -> bool:
        return self.days < self.session.mesa.notice_days

    def form(self, data: Any) -> ConvocationForm:
        day = timezone.localtime(self.now, self.session.zone).date()
        return ConvocationForm(
            data,
            short=self.short,
            balance=self.balance,
            signing=queries.signatories(self.session.mesa, day),
            who=fingerprint(self.called),
        )


def _plan(request: HttpRequest, session: Session, now: datetime) -> Plan:
    everybody = queries.invitees(session, timezone.localtime(now, session.zone).date())
    filters = SegmentForm(request.GET or None, called=everybody)
    segment = filters.segment() if filters.is_bound else Segment()
    times = times_present(session, of_last=segment.of_last) if segment.came else {}
    called = chosen(everybody, segment, times)
    balance = seen(session, session.mesa).of((one.sector_id, one.organization.level) for one in called)
    return Plan(session, everybody, called, filters, segment, balance, now)


def _convene_page(request: HttpRequest, plan: Plan, form: ConvocationForm, *, status: int) -> HttpResponse:
    session, now, met = plan.session, plan.now, None
    if session.starts_at and session.ends_at:
        met = clashes(
            who=Attending(frozenset(one.organization.pk for one in plan.called)),
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            actor=request.actor,
            on=timezone.localdate(now),
            but=session.pk,
            as_it_stands=True,
        )
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "session": session,
        "form": form,
        "plan": plan,
        "clashes": met,
        "called": plan.called,
        "page": Paginator(plan.called, PAGE).get_page(request.GET.get("page")),
        "query": query.urlencode(),
        "left_out": len(plan.everybody) - len(plan.called),
        "silent": [one for one in plan.called if not one.has_mailbox],
        "balance": plan.balance,
        "days": plan.days,
        "short": plan.short,
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
    now, may = timezone.now(), can_convene(request.actor, session)
    standing = queries.standing(session, reminded=actions.silent_today(session, now))
    counts = standing.by_state
    may_send = may and not queries.is_over(session, now) and session.state == Session.State.CONVENED
    convocation = sent_with(session)
    context = {
        "session": session,
        "convocation": convocation,
        "balance": queries.balance_of(convocation) if convocation and may else None,
        **_page_of(request, session, standing),
        "standing": standing,
        "counts": [(value, label, counts[value]) for value, label in Invitation.State.choices],
        "total": standing.total,
        "answered": counts[Invitation.State.ACCEPTED] + counts[Invitation.State.DECLINED],
        "silent": standing.silent,
        "may_send": may_send,
        "may_convene": may,
        "to_remind": standing.to_remind if may_send and actions.takes_answers(session, now) else 0,
        "uncalled": queries.count_not_called(session, timezone.localtime(now, session.zone).date())
        if may_send
        else 0,
        "base_url": settings.BASE_URL,
        "taken": queries.places_taken(session.pk),
    }
    return render(request, "attendees/delegations.html", context)


def _page_of(request: HttpRequest, session: Session, standing: Standing) -> dict[str, Any]:
    """The rows of the state asked for; how many there are is known from their counts."""
    state = request.GET.get("estado", "")
    rows, count = Invitation.objects.visible_to(request.actor).filter(session=session), standing.total
    if state in Invitation.State.values:
        rows, count = rows.filter(state=state), standing.by_state[state]
    elif state == "silent":
        rows, count = rows.filter(state__in=queries.SILENT), standing.silent
    pages = Paginator(queries.with_delegations(rows), PAGE)
    pages.count = count
    page = pages.get_page(request.GET.get("page"))
    return {"page": page, "state": state, "query": f"estado={state}" if state else ""}


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
