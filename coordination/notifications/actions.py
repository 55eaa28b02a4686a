"""What people do with one message: send it again, hold it back, let it go."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.notifications import subjects
from coordination.notifications.events import MessageEvent
from coordination.notifications.ledger import key_of
from coordination.notifications.models import Notification

STATE = Notification.State
GONE = (STATE.SENT, STATE.FAILED, STATE.UNKNOWN, STATE.EXPIRED)
ON_ITS_WAY = (STATE.PLANNED, STATE.CLAIMED, STATE.SENDING, STATE.HELD)
MOST_COPIES = 3
PAUSE = timedelta(minutes=10)
COPY_LIFE = timedelta(days=1)  # what is sent by hand is meant for today


class NotGone(DomainError):
    default_message = _("It has not left yet, so there is nothing to send again.")


class NoAddress(DomainError):
    default_message = _("This person has no e-mail address. Add one, then send it again.")


class NoLongerTrue(DomainError):
    default_message = _("What it says is no longer true, so it would not leave. Nothing was sent.")


class TooManyCopies(DomainError):
    default_message = _("It was already sent again three times. It is better to call the person.")


class TooSoon(DomainError):
    default_message = _("It left, or was sent again, less than ten minutes ago. Nothing was sent twice.")


class CannotHold(DomainError):
    default_message = _("It can no longer be held back: it has left, or is leaving at this moment.")


class NotHeld(DomainError):
    default_message = _("It is not held back any more. Somebody may have let it go a moment ago.")


@transaction.atomic
def resend(*, notification_id: int, by: Actor, now: datetime) -> Notification:
    """Plans one more copy of a message that left, was refused, came too late or was lost from sight.

    The copy leaves with the next sweep, through the same gate as the first. Records ``message.resent``. Raises
    NotGone, NoAddress, TooManyCopies, TooSoon, and NoLongerTrue when the gate would drop it.
    """
    row = Notification.objects.select_related("recipient", "organization").get(pk=notification_id)
    # The first of them is the lock: two clicks take turns. A look that waited does not see the copy made meanwhile, so
    # that the copies are looked at anew.
    all_of_them = Notification.objects.select_for_update().filter(**key_of(row)).order_by("copy")
    all_of_them.first()
    copies = list(all_of_them.all())
    _refuse_what_is_too_much(next(one for one in copies if one.pk == row.pk), copies, now)
    if not row.recipient.email:
        raise NoAddress
    subject = subjects.locked(row)
    if subject is None or not subjects.is_true(row, subject, now):
        raise NoLongerTrue
    made = Notification.objects.create(
        **key_of(row),
        copy=copies[-1].copy + 1,
        organization_id=row.organization_id,
        root_type=row.root_type,
        root_id=row.root_id,
        mesa_id=row.mesa_id,
        due_at=now,
        next_try_at=now,
        not_after=max(row.not_after, now + COPY_LIFE),
    )
    _note(MessageEvent.RESENT, row, by, now, copy=made.pk)
    return made


@transaction.atomic
def hold(*, notification_id: int, by: Actor, now: datetime) -> Notification:
    """Keeps a planned message back until somebody lets it go. Records ``message.held``. Raises CannotHold."""
    row = _locked(notification_id)
    if row.state != STATE.PLANNED:
        raise CannotHold
    return _moved(row, STATE.HELD, MessageEvent.HELD, by, now)


@transaction.atomic
def release(*, notification_id: int, by: Actor, now: datetime) -> Notification:
    """Lets a held message go: it is planned again, or expired when it is too late for it.

    Records ``message.released`` or ``message.expired``. Raises NotHeld.
    """
    row = _locked(notification_id)
    if row.state != STATE.HELD:
        raise NotHeld
    if row.not_after <= now:
        return _moved(row, STATE.EXPIRED, MessageEvent.EXPIRED, by, now)
    return _moved(row, STATE.PLANNED, MessageEvent.RELEASED, by, now)


def _refuse_what_is_too_much(row: Notification, copies: list[Notification], now: datetime) -> None:
    if any(one.state in ON_ITS_WAY for one in copies if one.copy):
        raise TooSoon
    # An unknown one that keeps its lease is still the sweeper's: it may be tried again by itself.
    if row.state not in GONE or (row.state == STATE.UNKNOWN and row.lease_token):
        raise NotGone
    if copies[-1].copy >= MOST_COPIES:
        raise TooManyCopies
    lately = [one.sent_at or one.due_at for one in copies if one.copy or one.sent_at]
    if any(at > now - PAUSE for at in lately):
        raise TooSoon


def _locked(notification_id: int) -> Notification:
    return Notification.objects.select_for_update().get(pk=notification_id)


def _moved(row: Notification, state: str, event: MessageEvent, by: Actor, now: datetime) -> Notification:
    # What a person decides of one message is theirs alone: releasing everything no longer speaks of it.
    row.state, row.hold = state, None
    row.save(update_fields=["state", "hold"])
    _note(event, row, by, now)
    return row


def _note(event: MessageEvent, row: Notification, by: Actor, now: datetime, **payload: int) -> None:
    record(kind=event, by=by, subject=row, now=now, mesa_id=row.mesa_id, payload=payload)
