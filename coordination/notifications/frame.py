"""What the frame of every staff page tells of messages, asked for in one query."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextField, Value

from accounts.actor import Actor
from coordination.notifications.inbox import MOST, unread
from coordination.notifications.models import Hold


@dataclass(frozen=True)
class Frame:
    """How many notices are new, up to a hundred; why everything is held, empty while nothing is."""

    unread: int
    hold: str


def frame(actor: Actor, now: datetime) -> Frame:
    """One query, on two small indexes; who is nobody has no notices."""
    nothing = Value("", output_field=TextField())
    held = Hold.objects.filter(released_at=None).values_list("reason")
    if actor.person_id is None:
        rows = list(held)
    else:
        new = unread(actor.person_id, now).order_by().values_list(nothing)[: MOST + 1]
        rows = list(new.union(held, all=True))
    reasons = [reason for (reason,) in rows if reason]
    return Frame(unread=len(rows) - len(reasons), hold=reasons[0] if reasons else "")
