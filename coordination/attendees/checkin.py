"""The door of a session as its devices know it: the list they carry, and the entries they bring. Reads and parsing."""

import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from accounts.actor import Actor
from accounts.links import BadLink, proves, read_id
from coordination.attendees.models import Attendance, Delegate, DelegateQuerySet, Invitation
from coordination.organizations.models import Organization
from coordination.sessions.models import Block, Session
from coordination.sessions.permissions import in_circle
from coordination.sessions.program import current

MOST_ENTRIES = 200
MOST_BYTES = 256 * 1024
EARLIEST = timedelta(hours=6)  # before the session: nobody comes earlier, a device's clock may say so
KEY_LENGTH = 32  # hexadecimal digits of what a device keeps of a pass: enough to know it, useless to make it
NAME_LENGTH = 200
_TOKEN = re.compile(r"(?:^|/p/)([A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{32})(?:/|$)")


@dataclass(frozen=True)
class Entry:
    """One tap or scan of a device, as it was sent. What could not be read is empty."""

    client_id: uuid.UUID | None
    kind: str
    block: int | None
    delegate: uuid.UUID | None
    token: str
    status: str
    name: str
    organization: str
    represents: bool
    replaces: uuid.UUID | None
    at: datetime | None


@dataclass(frozen=True)
class Clock:
    """A device's clock against ours: its hours are moved by the difference and kept within the session's day."""

    offset: timedelta
    earliest: datetime
    now: datetime

    def right(self, at: datetime | None) -> datetime:
        """The hour at the door: never ahead of us, never long before the session; of an unread one, now."""
        if at is None:
            return self.now
        try:
            told = at + self.offset
        except OverflowError:
            return self.now
        return min(max(told, self.earliest), self.now)


def clock_of(session: Session, sent_at: datetime | None, now: datetime) -> Clock:
    begins = session.starts_at or now
    return Clock(now - sent_at if sent_at else timedelta(), min(begins - EARLIEST, now), now)


def read_entry(raw: Any) -> Entry:
    """Reads leniently: whatever is of the wrong kind counts as not said."""
    told = raw if isinstance(raw, dict) else {}
    return Entry(
        client_id=_uuid(told.get("client_id")),
        kind=_text(told.get("kind")),
        block=told["block"] if type(told.get("block")) is int else None,
        delegate=_uuid(told.get("delegate")),
        token=token_in(_text(told.get("pass"))),
        status=_text(told.get("status")),
        name=" ".join(_text(told.get("name")).split()),
        organization=_text(told.get("organization")),
        represents=told.get("represents") is True,
        replaces=_uuid(told.get("replaces")),
        at=read_moment(told.get("at")),
    )


def read_moment(value: Any) -> datetime | None:
    """A moment with its zone; anything else is none."""
    try:
        found = parse_datetime(_text(value))
    except ValueError:
        return None
    return found if found and found.utcoffset() is not None else None


def token_in(text: str) -> str:
    """The token a scanned code or a pasted address holds; of anything else nothing."""
    found = _TOKEN.search(text.strip()[:2000])
    return found[1] if found else ""


def key_of(delegate: Delegate) -> str:
    """What a device keeps to know a pass by, also without a connection."""
    return hashlib.sha256(delegate.pass_token.encode()).hexdigest()[:KEY_LENGTH]


def delegates() -> DelegateQuerySet:
    """Delegates with what the door says of them."""
    return Delegate.objects.select_related(
        "person",
        "invitation__organization",
        "invitation__session__mesa",
        "invitation__session__canton",
        "invitation__session__province",
    )


def with_pass(token: str) -> tuple[Delegate | None, bool]:
    """Whose pass it is, and whether it is their latest; a token nobody made is nobody's. One query."""
    try:
        public_id = read_id(token)
    except BadLink:
        return None, False
    found: Delegate | None = delegates().filter(public_id=public_id).first()
    if found is None:
        return None, False
    made = (Delegate.LINK_PURPOSE, found.public_id)
    if proves(token, *made, found.pass_generation):
        return found, True
    was_ours = any(proves(token, *made, earlier) for earlier in range(1, found.pass_generation))
    return (found, False) if was_ours else (None, False)


def name_shown(actor: Actor, session: Session) -> str:
    """What another session may be called to this reader; of one that does not exist for them nothing. Two queries."""
    if not Session.objects.visible_to(actor).filter(pk=session.pk).exists() or not in_circle(actor, session):
        return ""
    return session.title


def door_clock(at: datetime | None, session: Session) -> str:
    """09h12: how the door says an hour."""
    return f"{at.astimezone(session.zone):%Hh%M}" if at else ""


def door_list(session: Session, blocks: list[Block], now: datetime) -> dict[str, Any]:
    """What a device carries: who is expected, who is here already, and which organizations there are. Three queries."""
    marks = list(
        Attendance.objects.filter(block__in=blocks)
        .exclude(status=Attendance.Status.ABSENT)
        .select_related("organization")
        .order_by("id")
    )
    of: dict[int, dict[str, dict[str, str]]] = {}
    for mark in marks:
        if mark.delegate_id:
            of.setdefault(mark.delegate_id, {})[str(mark.block_id)] = _mark(mark, session)
    expected = Q(withdrawn_at=None, invitation__state=Invitation.State.ACCEPTED)
    people = (
        delegates()
        .filter(expected | Q(id__in=list(of)), invitation__session=session)
        .order_by("person__name", "id")
    )
    called = Organization.objects.filter(invitations__session=session).values("pk")
    directory = Organization.objects.filter(Q(state=Organization.State.ACTIVE) | Q(pk__in=called))
    on = current(blocks, now)
    return {
        "session": {"id": str(session.public_id), "title": session.title, "zone": session.zone.key},
        "server_now": now.isoformat(),
        "blocks": [
            {
                "id": block.pk,
                "name": block.name,
                "starts_at": block.starts_at.isoformat(),
                "ends_at": block.ends_at.isoformat(),
            }
            for block in blocks
        ],
        "block": on.pk if on else None,
        "organizations": [
            {"slug": one.slug, "name": one.name} for one in directory.order_by("plain_name", "id")
        ],
        "people": [
            {
                "id": str(one.public_id),
                "key": key_of(one),
                "name": one.person.name,
                "organization": one.invitation.organization.name,
                "slug": one.invitation.organization.slug,
                "role": one.get_role_display(),
                "rank": one.get_rank_display(),
                "waiting": one.waiting_since is not None,
                "marks": of.get(one.pk, {}),
            }
            for one in people
        ],
        "walk_ins": [
            {
                "client_id": str(mark.client_id),
                "name": mark.name,
                "organization": mark.organization.name,
                "slug": mark.organization.slug,
                "block": mark.block_id,
                **_mark(mark, session),
            }
            for mark in marks
            if mark.is_walk_in
        ],
    }


def _mark(mark: Attendance, session: Session) -> dict[str, str]:
    told = {"status": mark.status, "at": door_clock(mark.arrived_at or mark.recorded_at, session)}
    return told | ({"left": door_clock(mark.left_at, session)} if mark.left_at else {})


def _text(value: Any) -> str:
    """Text that a database takes: no null bytes, no halves of signs."""
    return value.replace("\0", "").encode("utf-8", "ignore").decode() if isinstance(value, str) else ""


def _uuid(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
