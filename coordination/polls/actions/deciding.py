"""How a poll goes on and ends: the silent are reminded, it is withdrawn, or one of its dates becomes a session."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.polls.actions.answers import PollIsClosed, UnknownOption
from coordination.polls.events import PollEvent
from coordination.polls.models import DatePoll
from coordination.sessions import actions as session_actions
from coordination.sessions.actions.planning import ReasonMissing

REMINDED_EVERY = timedelta(days=1)


class PollIsWithdrawn(DomainError):
    default_message = _("This poll was withdrawn. To meet after all, propose dates again.")


class AlreadyDecided(DomainError):
    default_message = _(
        "Somebody else has just chosen another date. The session of that date stands; nothing of yours was lost."
    )


class AlreadyReminded(DomainError):
    default_message = _("They were written to less than a day ago. Nothing was sent: wait until tomorrow.")


class NobodyIsSilent(DomainError):
    default_message = _("Every organization has answered. There is nobody to remind.")


@transaction.atomic
def remind(*, poll_id: int, by: Actor, now: datetime) -> DatePoll:
    """Asks those who have not answered once more, at most once a day.

    The letters leave by notifications. Records: REMINDED. Raises PollIsClosed, NobodyIsSilent, AlreadyReminded.
    """
    poll = _locked(poll_id)
    if not poll.takes_answers(now):
        raise PollIsClosed
    if not poll.ballots.filter(answered_at=None).exists():
        raise NobodyIsSilent
    if now < (poll.reminded_at or poll.created_at) + REMINDED_EVERY:
        raise AlreadyReminded
    poll.reminders += 1
    poll.reminded_at = now
    poll.save(update_fields=["reminders", "reminded_at"])
    record(kind=PollEvent.REMINDED, by=by, subject=poll, now=now, mesa_id=poll.mesa_id)
    return poll


@transaction.atomic
def withdraw(*, poll_id: int, reason: str, by: Actor, now: datetime) -> DatePoll:
    """Takes the question back; its answers stay. Withdrawing twice is once.

    Everybody who was asked is told why. Records: WITHDRAWN. Raises ReasonMissing, AlreadyDecided.
    """
    poll = _locked(poll_id)
    if poll.state == DatePoll.State.WITHDRAWN:
        return poll
    if poll.state == DatePoll.State.DECIDED:
        raise AlreadyDecided
    if not reason.strip():
        raise ReasonMissing(field="reason")
    poll.state = DatePoll.State.WITHDRAWN
    poll.withdrawn_at, poll.withdraw_reason = now, reason.strip()
    poll.version += 1
    poll.save(update_fields=["state", "withdrawn_at", "withdraw_reason", "version"])
    record(kind=PollEvent.WITHDRAWN, by=by, subject=poll, now=now, mesa_id=poll.mesa_id)
    return poll


@transaction.atomic
def decide(*, poll_id: int, option_id: int, by: Actor, now: datetime) -> DatePoll:
    """Makes one date a draft session of the mesa, with everything the poll knows; the poll takes no more answers.

    One poll gives one session, however many choose at once: the same date again gives the same session, another one is
    refused. It may be chosen before the poll closes. Records: DECIDED here and SCHEDULED by sessions. Raises
    UnknownOption, PollIsWithdrawn, AlreadyDecided and the errors of ``sessions.actions.schedule``.
    """
    poll = _locked(poll_id)
    option = poll.options.filter(pk=option_id).first()
    if option is None:
        raise UnknownOption
    if poll.state == DatePoll.State.WITHDRAWN:
        raise PollIsWithdrawn
    if poll.state == DatePoll.State.DECIDED:
        if poll.decided_option_id == option.pk:
            return poll
        raise AlreadyDecided
    session = session_actions.schedule(
        mesa_id=poll.mesa_id, kind=poll.kind, topic=poll.topic, time_zone=poll.time_zone, starts_at=option.starts_at,
        ends_at=option.ends_at, modality=poll.modality, venue=poll.venue, online_url=poll.online_url,
        canton_id=poll.mesa.canton_id, by=by, now=now,
    )  # fmt: skip
    poll.state, poll.decided_at, poll.decided_option, poll.session = (
        DatePoll.State.DECIDED,
        now,
        option,
        session,
    )
    poll.version += 1
    poll.save(update_fields=["state", "decided_at", "decided_option", "session", "version"])
    record(
        kind=PollEvent.DECIDED,
        by=by,
        subject=poll,
        now=now,
        mesa_id=poll.mesa_id,
        payload={"option": option.pk, "session": session.pk},
    )
    return poll


def _locked(poll_id: int) -> DatePoll:
    """The poll's row, held until the transaction ends: whatever ends it is done once."""
    return (
        DatePoll.objects.select_for_update(no_key=True, of=("self",)).select_related("mesa").get(pk=poll_id)
    )
