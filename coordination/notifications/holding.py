"""Everything held at once: what a restore does to its copy, what an administrator does during an incident.

While a ``Hold`` is open nothing is claimed and nothing passes the gate (deliver). What a person held back alone is
another matter: its row has no hold, and releasing everything leaves it where it is.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.db.models import Count, Q, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.notifications.events import HoldEvent
from coordination.notifications.models import Hold, Notification

STATE = Notification.State


class AlreadyHeld(DomainError):
    default_message = _("Everything is already held: nothing leaves until somebody releases it.")


class NotHeld(DomainError):
    default_message = _("Nothing is held: somebody has released it in the meantime.")


@dataclass(frozen=True)
class Waiting:
    """What a release would find: due and not sent, due later, too late for anybody."""

    due: int
    ahead: int
    late: int


@dataclass(frozen=True)
class Released:
    hold: Hold
    freed: int
    expired: int


def current() -> Hold | None:
    """The open hold, if there is one. One query on an index of at most one row."""
    return Hold.objects.filter(released_at=None).first()


def waiting(hold: Hold | None, now: datetime) -> Waiting:
    """How many messages stand behind this hold; what people held one by one is not counted."""
    figures = _behind(hold).aggregate(
        due=Count("id", filter=Q(due_at__lte=now, not_after__gt=now)),
        ahead=Count("id", filter=Q(due_at__gt=now, not_after__gt=now)),
        late=Count("id", filter=Q(not_after__lte=now)),
    )
    return Waiting(**figures)


@transaction.atomic
def hold_everything(*, reason: str, by: Actor, now: datetime) -> Hold:
    """Stops every message until somebody releases them. Rows stay planned; the claim and the gate ask for the hold.

    What is being sent at this moment still goes. Records: messages.held. Raises AlreadyHeld.
    """
    try:
        with transaction.atomic():  # of two at once the constraint of the table lets one through
            hold = Hold.objects.create(since=now, reason=reason)
    except IntegrityError as error:
        raise AlreadyHeld from error
    record(kind=HoldEvent.HELD, by=by, subject=hold, now=now)
    return hold


@transaction.atomic
def hold_restored(*, reason: str, by: Actor, now: datetime) -> Hold:
    """Holds a database that was just restored, before anything else may read it (design: reminders, F13).

    Planned and claimed rows become held; what was being sent when the backup was made is unknown for good, because
    the original has sent it or not, and no lease brings it back. A hold that was open in the backup ends here.
    Records: messages.held.
    """
    Hold.objects.filter(released_at=None).update(released_at=now)
    hold = Hold.objects.create(since=now, reason=reason)
    free = {"lease_token": None, "lease_until": None}
    Notification.objects.filter(state=STATE.CLAIMED).update(state=STATE.PLANNED, **free)
    Notification.objects.filter(state=STATE.SENDING).update(state=STATE.UNKNOWN)
    Notification.objects.filter(state=STATE.UNKNOWN).update(**free)
    # Held by an earlier restore and never released: this hold answers for them now.
    Notification.objects.filter(state=STATE.HELD, hold__isnull=False).update(hold=hold)
    Notification.objects.filter(state=STATE.PLANNED).update(state=STATE.HELD, hold=hold)
    record(kind=HoldEvent.HELD, by=by, subject=hold, now=now, payload={"restored": True})
    return hold


@transaction.atomic
def release(*, overdue: bool, by: Actor, now: datetime) -> Released:
    """Ends the hold. With ``overdue`` all that is in time leaves, else only what falls due from now on: older expires.

    Whether each is still true, the gate asks when it leaves. Records: messages.released. Raises NotHeld.
    """
    hold = Hold.objects.select_for_update().filter(released_at=None).first()
    if hold is None:
        raise NotHeld
    hold.released_at, hold.released_by_id = now, by.user_id
    hold.save(update_fields=["released_at", "released_by"])
    too_late = Q(not_after__lte=now) if overdue else Q(not_after__lte=now) | Q(due_at__lte=now)
    behind = _behind(hold)
    expired = behind.filter(too_late).update(state=STATE.EXPIRED, hold=None)
    # Waiting here is no lateness of the sweeps: the clock of what is due starts anew.
    freed = behind.update(state=STATE.PLANNED, hold=None, next_try_at=Greatest("next_try_at", Value(now)))
    payload = {"overdue": overdue, "freed": freed, "expired": expired}
    record(kind=HoldEvent.RELEASED, by=by, subject=hold, now=now, payload=payload)
    return Released(hold, freed, expired)


def _behind(hold: Hold | None) -> "models.QuerySet[Notification]":
    return Notification.objects.filter(
        Q(state=STATE.PLANNED) | Q(state=STATE.HELD, hold=hold, hold__isnull=False)
    )
