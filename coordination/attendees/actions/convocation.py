"""Calling the organizations of a mesa to a session, all or a part of them, and calling again those who are silent."""

from collections.abc import Collection, Iterable
from datetime import datetime, time

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.actor import Actor
from coordination.activity.actions import record_all
from coordination.attendees.actions.places import copy as copy_places
from coordination.attendees.balance import Balance, seen
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Convocation, Invitation
from coordination.attendees.queries import (
    SILENT,
    Invitee,
    invitees,
    is_over,
    not_called,
    session_day,
    signatories,
)
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


class Unbalanced(DomainError):
    """A sector or a level is missing, and no reason given."""

    default_message = _(
        "Sectors or levels are missing from this convocation. Write the reason; it is kept in the record of the session."
    )


class NotASignatory(DomainError):
    default_message = _("Whoever signs holds a post today in the organizations that keep the secretariat.")


class TooLateToRemind(DomainError):
    default_message = _("Registration has closed: an answer can no longer come. Nothing was sent.")


class NobodySilent(DomainError):
    default_message = _("Everybody who has not answered was already reminded today. Nothing was sent.")


def days_of_notice(session: Session, now: datetime) -> int:
    """Whole days from today to the session's day, where it is held."""
    return (session_day(session) - timezone.localtime(now, session.zone).date()).days


@transaction.atomic
def convene(
    *,
    session_id: int,
    message: str = "",
    short_notice_reason: str = "",
    balance_reason: str = "",
    signatory_post_id: int | None = None,
    organization_ids: Collection[int] | None = None,
    by: Actor,
    now: datetime,
) -> Convocation:
    """Calls every organization with a seat today, or those of them named, once; a second call gives the first back.

    Records: the Convocation with its number (mesa prefix, year, order in the year; casa adentro in a series of its
    own), who signs as they were today, and what the balance showed; one Invitation per organization with role and
    vote as they are today; the mesa's places by sector, from then on the session's own; the session as convened
    (through ``sessions.actions.mark_convened``); INVITED per invitation. Days of notice: ``Mesa.notice_days``; fewer
    need a reason, as does a missing sector or level; both are kept. Raises ConvocationRefused, NoAgenda, NobodyToInvite, ShortNotice, Unbalanced, NotASignatory.
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
    called = _only(invitees(session, timezone.localtime(now, session.zone).date()), organization_ids)
    if not called:
        raise NobodyToInvite
    balance = seen(session, mesa).of((one.sector_id, one.organization.level) for one in called)
    if balance.needs_reason and not balance_reason.strip():
        raise Unbalanced(field="balance_reason")
    convocation = Convocation(
        session=session,
        number=_next_number(mesa, session, now),
        message=message.strip(),
        short_notice_reason=short_notice_reason.strip() if days < mesa.notice_days else "",
        sent_at=now,
    )
    _sign(convocation, mesa, signatory_post_id, now)
    _weigh(convocation, balance, balance_reason)
    convocation.save()
    copy_places(session=session)
    session_actions.mark_convened(session_id=session.pk, by=by, now=now)
    _invite(session, called, by=by, now=now)
    return convocation


@transaction.atomic
def call_missing(
    *, session_id: int, organization_ids: Collection[int], by: Actor, now: datetime
) -> list[Invitation]:
    """Calls those named of the organizations with a seat that a convened session has not called yet.

    Who is called already stays as they are. Records: INVITED per new invitation. Raises ConvocationRefused,
    NobodyToInvite.
    """
    session = locked_convened(session_id, now)
    missing = _only(not_called(session, timezone.localtime(now, session.zone).date()), organization_ids)
    if not missing:
        raise NobodyToInvite(_("None of those chosen still waits to be called. Nothing was sent."))
    return _invite(session, missing, by=by, now=now)


@transaction.atomic
def remind_silent(*, session_id: int, by: Actor, now: datetime) -> int:
    """A second notice to every organization that has not answered; how many. Once a day at most for each.

    The day is the session's own. Records: SECOND_NOTICE per invitation. Raises ConvocationRefused, TooLateToRemind,
    NobodySilent.
    """
    session = locked_convened(session_id, now)
    if not takes_answers(session, now):
        raise TooLateToRemind
    silent = list(Invitation.objects.filter(silent_today(session, now)).select_for_update(no_key=True))
    if not silent:
        raise NobodySilent
    Invitation.objects.filter(pk__in=[one.pk for one in silent]).update(second_notice_at=now)
    record_all(kind=AttendeeEvent.SECOND_NOTICE, by=by, subjects=silent, now=now, mesa_id=session.mesa_id)
    return len(silent)


def takes_answers(session: Session, now: datetime) -> bool:
    """Whether an organization that is reminded now could still register."""
    closes = session.registration_closes_at or session.starts_at
    return closes is None or now < closes


def silent_today(session: Session, now: datetime) -> Q:
    """The invitations a second notice would reach: silent, called before today, and not reminded today."""
    local = timezone.localtime(now, session.zone)
    midnight = datetime.combine(local.date(), time(), tzinfo=session.zone)
    rested = Q(second_notice_at=None) | Q(second_notice_at__lt=midnight)
    return Q(session=session, state__in=SILENT, created_at__lt=midnight) & rested


def locked_convened(session_id: int, now: datetime) -> Session:
    """The session's row locked, while organizations can still be called to it. Raises ConvocationRefused."""
    session = Session.objects.select_for_update(no_key=True).get(pk=session_id)
    if session.state != Session.State.CONVENED or is_over(session, now):
        raise ConvocationRefused
    return session


def _only(called: list[Invitee], wanted: Collection[int] | None) -> list[Invitee]:
    return called if wanted is None else [one for one in called if one.organization.pk in set(wanted)]


def _sign(convocation: Convocation, mesa: Mesa, post_id: int | None, now: datetime) -> None:
    """Name and title as they are that day: the post goes on with others."""
    if post_id is None:
        return
    signing = signatories(mesa, timezone.localtime(now, mesa.zone).date())
    tenure = next((one for one in signing if one.post_id == post_id), None)
    if tenure is None:
        raise NotASignatory(field="signatory_post")
    convocation.signatory_post = tenure.post
    convocation.signatory_name = tenure.person.name
    convocation.signatory_title = tenure.post.title


def _weigh(convocation: Convocation, balance: Balance, reason: str) -> None:
    convocation.balance = balance.snapshot()
    convocation.balance_reason = reason.strip() if balance.needs_reason else ""


def _invite(session: Session, called: Iterable[Invitee], *, by: Actor, now: datetime) -> list[Invitation]:
    """A row each in one statement: five hundred organizations are called within the second."""
    invitations = Invitation.objects.bulk_create(
        Invitation(
            session=session,
            organization=one.organization,
            post=one.post,
            role=Invitation.Role(one.seat.role),
            votes=one.seat.voting == Seat.Voting.VOICE_VOTE,
            link_expires_at=session.ends_at,
            created_at=now,
        )
        for one in called
    )
    record_all(kind=AttendeeEvent.INVITED, by=by, subjects=invitations, now=now, mesa_id=session.mesa_id)
    return invitations


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
