"""Calling the organizations of a mesa to a session."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Convocation, Invitation
from coordination.attendees.queries import invitees, is_over, session_day
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa, Seat
from coordination.sessions import actions as session_actions
from coordination.sessions.models import Session


class ConvocationRefused(DomainError):
    """The session cannot be called any more."""

    default_message = _(
        "This session can no longer be convened: it is over or was cancelled. Nothing was sent."
    )


class NoAgenda(DomainError):
    """A convocation says what will be dealt with."""

    default_message = _("The session has no agenda yet. Add at least one item, then convene.")


class NobodyToInvite(DomainError):
    """No organization has a seat."""

    default_message = _("No organization has a seat at this mesa today. Seat the organizations first.")


class ShortNotice(DomainError):
    """Fewer days than the mesa's rule, and no reason given."""


def days_of_notice(session: Session, now: datetime) -> int:
    """Whole days from today to the session's day, where it is held."""
    return (session_day(session) - timezone.localtime(now, session.zone).date()).days


@transaction.atomic
def convene(
    *, session_id: int, message: str = "", short_notice_reason: str = "", by: Actor, now: datetime
) -> Convocation:
    """Calls every organization with a seat today, once; a second call changes nothing and gives the first back.

    Records: the Convocation with its number (mesa prefix, year, order in the year; casa adentro in a series of its
    own), one Invitation per organization with role and vote as they are today, the session as convened (through
    ``sessions.actions.mark_convened``), INVITED per invitation. Days of notice: ``Mesa.notice_days``; fewer need a
    reason, which is kept. Raises ConvocationRefused, NoAgenda, NobodyToInvite, ShortNotice.
    """
    mesa_id = Session.objects.values_list("mesa_id", flat=True).get(pk=session_id)
    mesa = Mesa.objects.select_for_update(no_key=True).get(pk=mesa_id)
    session = Session.objects.select_for_update(no_key=True).get(pk=session_id)
    if already := Convocation.objects.filter(session=session).first():
        return already
    if session.state not in (Session.State.DRAFT, Session.State.ANNOUNCED) or is_over(session, now):
        raise ConvocationRefused
    if not session.agenda.exists():
        raise NoAgenda
    days = days_of_notice(session, now)
    if days < mesa.notice_days and not short_notice_reason.strip():
        raise ShortNotice(_too_short(days, mesa.notice_days), field="short_notice_reason")
    called = invitees(session, timezone.localtime(now, session.zone).date())
    if not called:
        raise NobodyToInvite
    convocation = Convocation.objects.create(
        session=session,
        number=_next_number(mesa, session, now),
        message=message.strip(),
        short_notice_reason=short_notice_reason.strip() if days < mesa.notice_days else "",
        sent_at=now,
    )
    session_actions.mark_convened(session_id=session.pk, by=by, now=now)
    for one in called:
        invitation = Invitation.objects.create(
            session=session,
            organization=one.organization,
            post=one.post,
            role=one.seat.role,
            votes=one.seat.voting == Seat.Voting.VOICE_VOTE,
            link_expires_at=session.ends_at,
            created_at=now,
        )
        record(kind=AttendeeEvent.INVITED, by=by, subject=invitation, now=now, mesa_id=mesa.pk)
    return convocation


def _too_short(days: int, needed: int) -> object:
    return ngettext_lazy(
        "The session is %(days)s day away and this mesa convenes %(needed)s days ahead. Write the reason; it is kept with the convocation.",
        "The session is %(days)s days away and this mesa convenes %(needed)s days ahead. Write the reason; it is kept with the convocation.",
        "days",
    ) % {"days": days, "needed": needed}


def _next_number(mesa: Mesa, session: Session, now: datetime) -> str:
    """FS-2026-003. The mesa's row is locked, so that two convocations cannot take one number."""
    year = timezone.localtime(now, session.zone).year
    head = f"{mesa.code_prefix}-CA-{year}-" if session.is_casa_adentro else f"{mesa.code_prefix}-{year}-"
    sent = Convocation.objects.filter(session__mesa=mesa, number__startswith=head)
    taken = [int(number.removeprefix(head)) for number in sent.values_list("number", flat=True)]
    return f"{head}{max(taken, default=0) + 1:03}"
