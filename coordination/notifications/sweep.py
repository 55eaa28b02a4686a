"""The sweeper: leases whose holder died, mails nobody answered for, messages that came too late."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from coordination.notifications.clock import database_now
from coordination.notifications.kinds import KINDS, Unknown
from coordination.notifications.models import Notification

log = logging.getLogger(__name__)
STATE = Notification.State
ONCE_MORE = [kind.name for kind in KINDS.values() if kind.unknown is Unknown.ONCE_MORE]


def sweep(now: datetime) -> dict[str, int]:
    """Moves every row whose holder is gone, and counts the moves. Safe beside any number of itself.

    Claimed and dead: nothing was sent, planned again. Sending and dead: nobody knows, so *unknown*, and a little
    later (its holder may only have been slow to mark it) what the kind's policy says. Past ``not_after``: expired,
    and told to the log, because somebody was not told in time.
    """
    gone = Q(lease_until__lt=Now())
    doubtful = Q(lease_until__lt=database_now(-timedelta(seconds=settings.DOUBT_SECONDS)))
    again = Q(kind__in=ONCE_MORE, doubts__lte=Unknown.ONCE_MORE.value, not_after__gt=now)
    free = {"lease_token": None, "lease_until": None}
    moves = {
        "unclaimed": _move(Q(state=STATE.CLAIMED) & gone, state=STATE.PLANNED, next_try_at=now, **free),
        "again": _move(
            Q(state=STATE.UNKNOWN) & doubtful & again, state=STATE.PLANNED, next_try_at=now, **free
        ),
        "left_unknown": _move(Q(state=STATE.UNKNOWN) & doubtful & ~again, **free),
        "unknown": _move(
            Q(state=STATE.SENDING) & gone, state=STATE.UNKNOWN, doubts=F("doubts") + 1, lease_until=Now()
        ),
        "expired": _move(Q(state=STATE.PLANNED, not_after__lte=now), state=STATE.EXPIRED, **free),
    }
    if moves["expired"] or moves["left_unknown"]:
        log.warning("not delivered: %s expired, %s left unknown", moves["expired"], moves["left_unknown"])
    return moves


def _move(rows: Q, **changes: object) -> int:
    """A conditional update of rows that nobody else is holding."""
    with transaction.atomic():
        found = (
            Notification.objects.filter(rows).select_for_update(skip_locked=True).values_list("pk", flat=True)
        )
        return Notification.objects.filter(pk__in=list(found)).update(**changes)
