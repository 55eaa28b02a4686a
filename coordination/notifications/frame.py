"""What the frame of every staff page tells of messages; read with the user, so that it costs no query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import User
from coordination.notifications.inbox import MOST, unread
from coordination.notifications.models import Hold


@dataclass(frozen=True)
class Frame:
    """How many notices are new, up to a hundred; why everything is held, empty while nothing is."""

    unread: int
    hold: str


def with_frame(users: "QuerySet[User]", now: datetime) -> "QuerySet[User]":
    """Adds what ``frame_of`` reads: two subqueries on small indexes."""
    new = unread(OuterRef("person__id"), now).values("pk")[: MOST + 1]
    held = Hold.objects.filter(released_at=None).values("reason")[:1]
    return users.annotate(new_notices=ArraySubquery(new), hold_reason=Subquery(held))


def frame_of(user: User, now: datetime) -> Frame:
    """One query for a user who did not come from ``with_frame``: somebody who signed in with this very request."""
    known: Any = user  # annotations are attributes, and a request's user is a lazy wrapping around its own
    if not hasattr(known, "new_notices"):
        known = with_frame(User.objects.filter(pk=user.pk), now).get()
    return Frame(unread=len(known.new_notices), hold=known.hold_reason or "")
