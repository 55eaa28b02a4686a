"""Every kind of message, on one page. A row of this table and its letters are all a new kind needs.

The letters of a kind are the whole files ``templates/emails/<language>/<name>.subject.txt``, ``.txt`` and ``.html``.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Unknown(Enum):
    """What follows when the connection broke after the final dot: nobody knows whether the server took the mail.

    A reminder, change or cancellation gets one more try under the same Message-ID: a missed one costs a journey,
    a double one a smile. A digest is never repeated (design: reminders 8).
    """

    ONCE_MORE = 1
    NEVER = 0


@dataclass(frozen=True)
class Kind:
    """``subject_type`` is what a message is about; ``calendar`` the iCalendar method of its invitation.

    ``transactional`` ones answer something the person has just asked for. ``always`` ones are sent whatever the
    person prefers. ``by_event`` ones follow an event and cannot be worked out again from the state of things, so the
    planner leaves them alone.
    """

    name: str
    subject_type: str
    calendar: Literal["REQUEST", "CANCEL"] | None = None
    unknown: Unknown = Unknown.ONCE_MORE
    transactional: bool = False
    always: bool = False
    by_event: bool = False


_TABLE = [
    # name                  what it is about         and what sets it apart
    Kind("invitation", "invitation", always=True),
    Kind("answer_reminder", "invitation"),
    Kind("invitation_declined", "invitation", transactional=True),
    Kind("link_renewed", "invitation", transactional=True, by_event=True),
    Kind("delegation_confirmed", "delegate", calendar="REQUEST"),
    Kind("delegation_withdrawn", "delegate", calendar="CANCEL", always=True),
    Kind("session_reminder", "session"),
    Kind("session_moved", "session", calendar="REQUEST", always=True),
    Kind("session_cancelled", "session", calendar="CANCEL", always=True),
    Kind("follow_up_tasks", "session"),
    Kind("follow_up_commitments", "session"),
    Kind("commitment_agreed", "commitment"),
    Kind("commitment_due", "commitment"),
    Kind("commitment_extended", "commitment"),
    Kind("commitment_link", "commitment", transactional=True, by_event=True),
    Kind("commitment_reported", "report"),
    Kind("commitment_verified", "verification"),
    Kind("commitment_returned", "verification"),
    Kind("verify_code", "verificationcode", transactional=True, always=True),
    Kind("join_confirm", "joinrequest", transactional=True, always=True),
    Kind("join_approved", "joinrequest", always=True),
    Kind("join_declined", "joinrequest", always=True),
]
KINDS = {kind.name: kind for kind in _TABLE}
BY_EVENT = [kind.name for kind in _TABLE if kind.by_event]
