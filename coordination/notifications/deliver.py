"""Sweep *deliver*: claim → gate → SMTP → mark. No transaction is open while the mail server is spoken to.

A message is taken by a token and a lease on the database's own clock. Whoever lost the lease has lost the row: the
gate refuses it. What remains is the window no design closes, between the server's yes and our mark; a process that
dies in it doubles at most the one mail it was sending, under the same Message-ID (docs/reliability.md).
"""

import logging
import math
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from coordination.notifications import drafts, letters, preferences, subjects
from coordination.notifications.channels import Channel, chosen
from coordination.notifications.clock import database_now
from coordination.notifications.letters import Letter
from coordination.notifications.marks import Owed, mark, postpone
from coordination.notifications.models import Hold, Notification
from coordination.notifications.smtp import Answer, Outcome, nothing
from coordination.organizations.models import Person

log = logging.getLogger(__name__)
STATE = Notification.State
BATCH = 40
SHARE = (
    8.0  # seconds of sending before others get their turn; with one slow answer still below the task's limit
)
SERVER_AWAY = timedelta(seconds=15)  # nobody answered: the whole batch waits for the next sweep

CLAIM = """
WITH due AS MATERIALIZED (
  SELECT id FROM notifications_notification
  WHERE state = 'planned' AND next_try_at <= %s AND not_after > %s
  AND NOT EXISTS (SELECT 1 FROM notifications_hold WHERE released_at IS NULL)
  ORDER BY next_try_at, id FOR UPDATE SKIP LOCKED LIMIT %s
)
UPDATE notifications_notification AS n
SET state = 'claimed', lease_token = %s, lease_until = clock_timestamp() + %s::interval
FROM due WHERE n.id = due.id RETURNING n.id
"""


@dataclass
class Tally:
    """What one run did, row by row."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0
    unknown: int = 0
    dropped: int = 0
    claimed: int = 0

    def count(self, outcome: Outcome) -> None:
        """One answer of the mail server."""
        self.sent += outcome is Outcome.TAKEN
        self.postponed += outcome is Outcome.LATER
        self.refused += outcome is Outcome.REFUSED
        self.unknown += outcome is Outcome.UNKNOWN


def drain(clock: Callable[[], datetime], seconds: float = SHARE, line: Channel | None = None) -> Tally:
    """Sends what is due, batch by batch over one connection, until nothing is or the time is up.

    Any number may run at once.
    """
    tally, until = Tally(), time.monotonic() + seconds
    with line or chosen() as line:
        while time.monotonic() < until:
            token = uuid.uuid4()
            batch = claim(token, clock())
            if not batch:
                break
            tally.claimed += len(batch)
            if not _deliver(batch, token, clock, line, tally, until):
                break
    return tally


def claim(token: uuid.UUID, now: datetime, limit: int = BATCH) -> list[int]:
    """Takes up to ``limit`` due rows that nobody else has. One statement, committed at once."""
    lease = settings.CLAIM_LEASE_SECONDS
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [now, now, limit, token, f"{lease} seconds"])
        return sorted(pk for (pk,) in cursor.fetchall())


def gate(pk: int, token: uuid.UUID, now: datetime) -> Letter | None:
    """The last question before the mail leaves, in one short transaction; None when it must not.

    The subject's row is held FOR SHARE while the message is checked, written out and moved to ``sending``: a
    cancellation either committed before and is seen, or waits until this message counts as in flight. What its
    recipient wants in a summary or only in the inbox is there from this moment, and no mail leaves.
    """
    with transaction.atomic():
        row = Notification.objects.select_related("recipient", "organization").get(pk=pk)
        subject = subjects.locked(row)
        mine = Notification.objects.filter(
            pk=pk, state=STATE.CLAIMED, lease_token=token, lease_until__gt=Now()
        )
        if Hold.objects.filter(released_at=None).exists():
            mine.update(state=STATE.PLANNED, lease_token=None, lease_until=None)
            return None
        if now >= row.not_after:
            mine.update(state=STATE.EXPIRED, lease_token=None, lease_until=None)
            return None
        if subject is None or not _reachable(row.recipient) or not subjects.is_true(row, subject, now):
            mine.update(state=STATE.SUPERSEDED, lease_token=None, lease_until=None)
            return None
        way = preferences.way(row) if row.recipient.email else "inbox"
        if way != "email":
            if mine.update(state=STATE.SENDING, channel=way):
                passed = Notification.objects.filter(pk=pk, state=STATE.SENDING, lease_token=token)
                passed.update(state=STATE.SENT, sent_at=now, lease_token=None, lease_until=None)
            return None
        letter = letters.write(row, subject, now)
        moved = mine.update(
            state=STATE.SENDING,
            attempts=F("attempts") + 1,
            lease_until=database_now(timedelta(seconds=settings.SENDING_LEASE_SECONDS)),
            message_id=letter.message_id,
            channel=Notification.Channel.EMAIL,
        )
    return letter if moved else None


def _reachable(person: Person) -> bool:
    """By mail, or in the inbox of an account."""
    return bool(person.email or person.user_id)


def _deliver(
    batch: list[int],
    token: uuid.UUID,
    clock: Callable[[], datetime],
    line: Channel,
    tally: Tally,
    until: float = math.inf,
) -> bool:
    """One batch. What is left of it when the time is up goes back. False when the mail server does not answer."""
    try:
        line.open()
    except OSError as error:
        log.warning("the mail server does not answer: %s", type(error).__name__)
        _give_back(batch, token, clock() + SERVER_AWAY)
        tally.postponed += len(batch)
        return False
    drafted, owed = _drafted(batch), Owed()
    try:
        for pk, following in zip_longest(batch, batch[1:]):
            if time.monotonic() > until:
                _give_back(batch[batch.index(pk) :], token, clock())
                break
            now = clock()
            try:
                letter = _letter(pk, drafted, token, now, owed)
            except (OperationalError, InterfaceError):
                raise  # the lease brings the row back
            except Exception as error:
                log.exception("letter not written: notification %s", pk)
                postpone(pk, token, now, STATE.CLAIMED, Answer(Outcome.LATER, 0, type(error).__name__))
                tally.postponed += 1
                continue
            if letter is None:
                tally.dropped += 1
                continue
            ahead = drafted.get(following)
            answer = line.send(letter, _write_ahead(ahead, clock) if ahead else nothing)
            tally.count(answer.outcome)
            if ahead and answer.outcome is Outcome.TAKEN and not letter.refusals:
                owed.owe(pk, token, clock(), answer)
            else:
                mark(pk, token, clock(), answer, letter.refusals)
    finally:
        owed.pay()
    return True


def _drafted(batch: list[int]) -> dict[int, drafts.Draft]:
    """Drafts are a shorter way and never the only one: without them every message goes the long one."""
    try:
        return drafts.of(batch)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("no drafts for this batch")
        return {}


def _letter(
    pk: int, drafted: dict[int, drafts.Draft], token: uuid.UUID, now: datetime, owed: Owed | None = None
) -> Letter | None:
    """By the short way where there is one, else through the whole gate, which also says why not."""
    letter = drafted[pk].passed(token, now, owed) if pk in drafted else None
    if letter is None and owed:
        owed.pay()
    return letter or gate(pk, token, now)


def _write_ahead(draft: drafts.Draft, clock: Callable[[], datetime]) -> Callable[[], None]:
    return lambda: draft.write_ahead(clock())


def _give_back(batch: list[int], token: uuid.UUID, at: datetime) -> None:
    Notification.objects.filter(pk__in=batch, lease_token=token, state=STATE.CLAIMED).update(
        state=STATE.PLANNED, next_try_at=at, lease_token=None, lease_until=None
    )
