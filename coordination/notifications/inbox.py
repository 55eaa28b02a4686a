"""The messages of one person as they read them in Minga, by whatever way they also went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.actor import Actor
from coordination.commitments.models import Commitment
from coordination.notifications.kinds import CLOSED_PART, KINDS, ORGANIZATION_DIGEST
from coordination.notifications.models import Notification
from coordination.sessions.models import Session

STATE = Notification.State
GONE = (STATE.SENT, STATE.UNKNOWN, STATE.FAILED)
# What answers the moment it was asked for, and what only repeats other messages, is no news in the inbox.
LEFT_OUT = [kind.name for kind in KINDS.values() if kind.transactional] + ["daily_digest"]
FRESH = timedelta(days=30)  # what is older is read or no longer matters: it is not counted as new
MOST = 99


@dataclass(frozen=True)
class Line:
    """One message in a line: its kind, what it is about, and the page of it. Closed matters say neither."""

    row: Notification
    kind: str
    about: str
    url: str
    at: datetime
    is_new: bool
    is_reserved: bool = False


def messages_of(person_id: int | OuterRef | None) -> "QuerySet[Notification]":
    """Everything that left for this person, newest first; nothing for an account that is nobody's."""
    rows = Notification.objects.filter(recipient=person_id, state__in=GONE).exclude(kind__in=LEFT_OUT)
    return rows.annotate(at=Coalesce("sent_at", "due_at")).order_by("-at", "-id")


def unread(person_id: int | OuterRef | None, now: datetime) -> "QuerySet[Notification]":
    """What this person has not marked as read and is not old. Messages sent again count once: the first.

    The database subtracts, so that ``now`` itself is a parameter: the frame of every page compiles this once.
    """
    return messages_of(person_id).filter(read_at=None, copy=0, due_at__gt=Value(now) - FRESH).order_by()


def lines(rows: Iterable[Notification], actor: Actor, now: datetime) -> list[Line]:
    """The rows in words, with the rights the reader has now. Two queries, however many rows."""
    found = list(rows)
    sessions = Session.objects.visible_to(actor).select_related("mesa").in_bulk(_roots(found, "session"))
    commitments = (
        Commitment.objects.visible_to(actor).select_related("mesa").in_bulk(_roots(found, "commitment"))
    )
    return [_line(row, sessions, commitments, now) for row in found]


def mark_read(*, person_id: int, now: datetime, ids: Iterable[int] | None = None) -> int:
    """These messages of the person, or all of them, are read; asking again changes nothing."""
    rows = Notification.objects.filter(recipient=person_id, state__in=GONE, read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return rows.update(read_at=now)


def _roots(rows: list[Notification], kind: str) -> set[int]:
    return {row.root_id for row in rows if row.root_type == kind}


def _line(
    row: Notification, sessions: dict[int, Session], commitments: dict[int, Commitment], now: datetime
) -> Line:
    at: datetime = row.sent_at or row.due_at
    is_new = row.read_at is None and row.copy == 0 and row.due_at > now - FRESH
    label = str(KINDS[row.kind].label) if row.kind in KINDS else ""
    session = sessions.get(row.root_id) if row.root_type == "session" else None
    if row.kind == CLOSED_PART:
        return Line(row, "", "", session.get_absolute_url() if session else "", at, is_new, is_reserved=True)
    if session:
        return Line(row, label, session.title, session.get_absolute_url(), at, is_new)
    commitment = commitments.get(row.root_id) if row.root_type == "commitment" else None
    if commitment:
        return Line(row, label, str(commitment), commitment.get_absolute_url(), at, is_new)
    if row.root_type in ("session", "commitment"):
        return Line(row, "", "", "", at, is_new, is_reserved=True)
    url = reverse("portal:my_work") if row.kind == ORGANIZATION_DIGEST else ""
    return Line(row, label, "", url, at, is_new)
