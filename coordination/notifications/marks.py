"""What the mail server said, written down. It is the mark that is repeated when the database is away, never the mail.

Each commit waits for the disk. The mark of a message that was taken is therefore *owed* until the gate of the next one,
which is only milliseconds away, and both are one commit. A process that dies in between doubles the one mail it has
no mark for, as it would have between the server's yes and a commit of its own.
"""

import logging
import random
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from coordination.notifications.models import Notification
from coordination.notifications.smtp import Answer, Outcome
from coordination.organizations.models import Person

log = logging.getLogger(__name__)
STATE = Notification.State
WAITS = (1, 5, 15, 60)  # minutes before the next try
MARK_PATIENCE = 30.0  # seconds in which a mark is tried again over new connections

# The mark of nearly every message, written as it is run because it is run so often.
SENT = """
UPDATE notifications_notification
SET state = 'sent', sent_at = %(sent_at)s, answer_code = %(code)s, answer_text = %(text)s,
  lease_token = NULL, lease_until = NULL
WHERE id = %(sent)s AND lease_token = %(sent_by)s AND state IN ('sending', 'unknown')
"""


class Owed:
    """The mark of the message that was taken last, until it is written: with the next gate, or alone."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] | None = None

    def owe(self, pk: int, token: uuid.UUID, now: datetime, answer: Answer) -> None:
        self.facts = {
            "sent": pk, "sent_by": token, "sent_at": now, "code": answer.code or None, "text": answer.text[:300],
        }  # fmt: skip

    def paid(self, rows: int) -> None:
        """It is written; ``rows`` is 0 when the lease was lost meanwhile."""
        if not rows and self.facts:
            log.error("mark refused, the lease was lost: notification %s", self.facts["sent"])
        self.facts = None

    def pay(self) -> None:
        """Writes it alone, over new connections when it must."""
        if self.facts is not None:
            self.paid(insistently(self._write))

    def _write(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(SENT, self.facts)
            return cursor.rowcount


def mark(pk: int, token: uuid.UUID, now: datetime, answer: Answer, refusals: int = 0) -> None:
    """Writes down at once what the server said. ``refusals`` are those that a taken mail ends."""
    if answer.outcome is Outcome.LATER:
        postpone(pk, token, now, STATE.SENDING, answer)
        return
    if answer.outcome is Outcome.TAKEN and not refusals:
        owed = Owed()
        owed.owe(pk, token, now, answer)
        owed.pay()
        return
    changes: dict[str, Any] = {"answer_code": answer.code or None, "answer_text": answer.text[:300]}
    if answer.outcome is Outcome.TAKEN:
        changes |= {"state": STATE.SENT, "sent_at": now, "lease_token": None, "lease_until": None}
    elif answer.outcome is Outcome.REFUSED:
        changes |= {"state": STATE.FAILED, "lease_token": None, "lease_until": None}
    else:
        changes |= {"state": STATE.UNKNOWN, "doubts": F("doubts") + 1, "lease_until": Now()}

    def write() -> int:
        mine = Notification.objects.filter(pk=pk, lease_token=token, state__in=[STATE.SENDING, STATE.UNKNOWN])
        with transaction.atomic():
            done = mine.update(**changes)
            if done and answer.outcome is not Outcome.UNKNOWN:
                bounces = 0 if answer.outcome is Outcome.TAKEN else F("bounces") + 1
                Person.objects.filter(notifications=pk).update(bounces=bounces)
            return done

    if not insistently(write):
        log.error("mark refused, the lease was lost: notification %s, %s", pk, answer.outcome.name)


def postpone(pk: int, token: uuid.UUID, now: datetime, state: str, answer: Answer) -> None:
    """Plans it again, later with each try."""
    tries = Notification.objects.values_list("attempts", flat=True).get(pk=pk)
    minutes = WAITS[min(max(tries, 1), len(WAITS)) - 1]
    wait = timedelta(minutes=minutes) * random.uniform(0.9, 1.2)  # noqa: S311  spreads tries, guards nothing
    insistently(
        lambda: Notification.objects.filter(pk=pk, lease_token=token, state=state).update(
            state=STATE.PLANNED,
            attempts=max(tries, 1),
            next_try_at=now + wait,
            lease_token=None,
            lease_until=None,
            answer_code=answer.code or None,
            answer_text=answer.text[:300],
        )
    )


def insistently(write: Callable[[], int]) -> int:
    """Repeats a mark over new connections for a while: the mail has left, and only the mark says so."""
    until, pause = time.monotonic() + MARK_PATIENCE, 0.1
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if time.monotonic() > until:
                raise
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, 3)
