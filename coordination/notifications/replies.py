"""Answers that calendars send by mail. One function takes them, whatever the door (docs/decisions, 0009).

Nothing in a mail is proof, so little follows from one: the answer is kept beside the person who gave it and, when it is
a no, their secretariat and their organization are told. No delegation changes.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.attendees.models import Delegate
from coordination.notifications import reply_mail
from coordination.notifications.events import ReplyEvent
from coordination.notifications.kinds import KINDS
from coordination.notifications.models import CalendarReply, Notification
from coordination.sessions.calendar import uid
from coordination.sessions.models import Session

log = logging.getLogger(__name__)
REQUESTS = [kind.name for kind in KINDS.values() if kind.calendar == "REQUEST"]
# An answer from further ahead would stand against every later one.
CLOCKS_DIFFER = timedelta(days=1)


class Taken(StrEnum):
    """What became of a mail."""

    TAKEN = "taken"
    NO_REPLY = "no answer that can be read"
    NO_SESSION = "about no session of ours that is ahead"
    NOT_INVITED = "not of anybody we wrote to"
    FORGED = "sent by somebody else than who answers"
    NOT_COMING = "of somebody who is not in a delegation"
    OTHER_DATE = "to another date of the session"
    OLD = "older than the one we have"
    NO_ANSWER = "neither yes, no nor perhaps"


def take(*, raw: bytes, now: datetime) -> Taken:
    """Keeps the answer in this mail, if it is one, for the person who gave it and nobody else.

    Who answers must be who we sent an invitation for this session, must have sent the mail, must still be in a
    delegation, and must speak of the date that stands. Of several people with one mailbox the name decides; where it
    does not, nobody answered. Taking it twice changes nothing. Records: one activity per new answer, which is told to
    the secretariat and the organization when it is a no.
    """
    try:
        reply = reply_mail.read(raw, settings.REPLIES_AUTHSERV)
    except reply_mail.NoReply as why:
        log.info("mail not taken: %s", why)
        return Taken.NO_REPLY
    taken = _take(reply, now)
    if taken is not Taken.TAKEN:
        log.warning("answer not taken: %s", taken)
    return taken


@transaction.atomic
def _take(reply: reply_mail.Reply, now: datetime) -> Taken:
    if reply.answer.lower() not in CalendarReply.Answer.values:
        return Taken.NO_ANSWER
    session = _session(reply.uid, now)
    if session is None:
        return Taken.NO_SESSION
    if reply.sender != reply.attendee:
        return Taken.FORGED
    letter = _letter(session, reply)
    if letter is None:
        return Taken.NOT_INVITED
    if (
        not Delegate.objects.with_a_place()
        .filter(invitation__session=session, person=letter.recipient_id)
        .exists()
    ):
        return Taken.NOT_COMING
    if reply.sequence != session.schedule_version:
        return Taken.OTHER_DATE
    before = CalendarReply.objects.filter(session=session, person=letter.recipient_id).first()
    if reply.stamped_at > now + CLOCKS_DIFFER or before and before.stamped_at >= reply.stamped_at:
        return Taken.OLD
    _keep(session, letter, reply, before, now)
    return Taken.TAKEN


def _session(named: str, now: datetime) -> Session | None:
    """The session of a UID, locked: convened, open and not over. Closed ones have no calendar, so nobody answers one."""
    try:
        public_id = UUID(named.partition("@")[0].removeprefix("session-"))
    except ValueError:
        return None
    session = (
        Session.objects.select_for_update(no_key=True)
        .filter(public_id=public_id, is_casa_adentro=False, state=Session.State.CONVENED, ends_at__gt=now)
        .first()
    )
    return session if session and uid(session) == named else None


def _letter(session: Session, reply: reply_mail.Reply) -> Notification | None:
    """The last invitation for a calendar that left for this address. Several people at it: the one with that name."""
    user, _, domain = reply.attendee.rpartition("@")
    addresses = Q(recipient__email__iexact=reply.attendee)
    with suppress(UnicodeError):  # a domain with accents is kept as it was typed
        addresses |= Q(recipient__email__iexact=f"{user}@{domain.encode().decode('idna')}")
    rows = (
        Notification.objects.filter(
            addresses,
            root_type="session",
            root_id=session.pk,
            kind__in=REQUESTS,
            state=Notification.State.SENT,
            channel=Notification.Channel.EMAIL,
        )
        .select_related("recipient")
        .order_by("sent_at", "id")
    )
    last = {row.recipient_id: row for row in rows}
    if len(last) > 1:
        last = {pk: row for pk, row in last.items() if " ".join(row.recipient.name.split()) == reply.name}
    return next(iter(last.values())) if len(last) == 1 else None


def _keep(
    session: Session,
    letter: Notification,
    reply: reply_mail.Reply,
    before: CalendarReply | None,
    now: datetime,
) -> None:
    told = {
        "notification": letter,
        "answer": reply.answer.lower(),
        "sequence": reply.sequence,
        "stamped_at": reply.stamped_at,
        "taken_at": now,
    }
    kept, _made = CalendarReply.objects.update_or_create(
        session=session, person_id=letter.recipient_id, defaults=told
    )
    if before is None or (before.answer, before.sequence) != (kept.answer, kept.sequence):
        record(
            kind=ReplyEvent.TAKEN,
            by=Actor(person_id=letter.recipient_id),
            subject=kept,
            mesa_id=session.mesa_id,
            payload={"answer": kept.answer, "schedule_version": kept.sequence},
            now=now,
        )
