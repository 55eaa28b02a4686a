"""Most letters are drafted before the gate, which then proves that nothing they say has changed.

A draft keeps the *prints* of every row it was read from: where PostgreSQL keeps the row's present version and which
transaction wrote it (``ctid`` and ``xmin``). A row that was changed has another print, a lock alone leaves it. The
gate locks the subject, compares the prints in a new statement, and moves the message to ``sending`` only when they are
the same: what was true of the draft is then true under the lock. Anything else goes the long way (``deliver.gate``),
which reads and writes under the lock.

Only the many are drafted: messages to the delegates of an open session that anybody may see. Prints are read before
the rows, so a change in between shows as a difference.
"""

import contextlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.actor import ANONYMOUS
from coordination.attendees.models import Delegate
from coordination.notifications import letters, subjects
from coordination.notifications.letters import Entries, Letter
from coordination.notifications.marks import SENT, Owed
from coordination.notifications.models import Notification
from coordination.sessions.models import Session

KEPT = ("delegation_confirmed", "session_reminder", "session_moved", "session_cancelled")

# The prints of one message: the tables a draft is read from, each found by what it hangs from. Agenda: all its rows;
# blocks change only with their session's row.
PRINTS = """
SELECT n.id, d.id, s.id, concat_ws(' ', s.ctid, s.xmin, m.ctid, m.xmin, i.ctid, i.xmin, d.ctid, d.xmin,
  o.ctid, o.xmin, p.ctid, p.xmin,
  (SELECT string_agg(concat(a.ctid, a.xmin), ' ' ORDER BY a.id) FROM mesa_sessions_agendaitem a WHERE a.session_id = s.id))
FROM notifications_notification n
JOIN organizations_person p ON p.id = n.recipient_id
JOIN attendees_delegate d ON d.id = CASE n.subject_type WHEN 'delegate' THEN n.subject_id ELSE (
  SELECT min(own.id) FROM attendees_delegate own JOIN attendees_invitation called ON called.id = own.invitation_id
  WHERE called.session_id = n.subject_id AND own.person_id = n.recipient_id AND own.withdrawn_at IS NULL) END
JOIN attendees_invitation i ON i.id = d.invitation_id
JOIN organizations_organization o ON o.id = i.organization_id
JOIN mesa_sessions_session s ON s.id = i.session_id
JOIN mesas_mesa m ON m.id = s.mesa_id
WHERE n.id = ANY(%s) AND n.kind = ANY(%s) AND n.copy = 0 AND p.email <> '' AND NOT s.is_casa_adentro
AND NOT EXISTS (SELECT 1 FROM notifications_preference c WHERE c.person_id = p.id AND c.kind = n.kind)
"""

# Statements of one transaction: the lock first, so that those after it look at what is true while it is held, and so
# that whoever holds the session is waited for before any message is.
PATIENCE = "SET LOCAL lock_timeout = %(patience)s"  # an owed mark is not kept waiting until its lease ends
LOCK = "SELECT 1 FROM mesa_sessions_session WHERE id = %(session)s FOR SHARE"
THROUGH = """
UPDATE notifications_notification n
SET state = 'sending', attempts = attempts + 1, channel = 'email', message_id = %(message_id)s,
  lease_until = clock_timestamp() + %(lease)s::interval
WHERE n.id = %(pk)s AND n.state = 'claimed' AND n.lease_token = %(token)s AND n.lease_until > clock_timestamp()
AND n.not_after > %(now)s
AND NOT EXISTS (SELECT 1 FROM notifications_hold WHERE released_at IS NULL)
AND NOT EXISTS (SELECT 1 FROM notifications_preference WHERE person_id = n.recipient_id AND kind = n.kind)
AND %(prints)s = concat_ws(' ',
  (SELECT concat_ws(' ', ctid, xmin) FROM mesa_sessions_session WHERE id = %(session)s),
  (SELECT concat_ws(' ', ctid, xmin) FROM mesas_mesa WHERE id = %(mesa)s),
  (SELECT concat_ws(' ', ctid, xmin) FROM attendees_invitation WHERE id = %(invitation)s),
  (SELECT concat_ws(' ', ctid, xmin) FROM attendees_delegate WHERE id = %(delegate)s),
  (SELECT concat_ws(' ', ctid, xmin) FROM organizations_organization WHERE id = %(organization)s),
  (SELECT concat_ws(' ', ctid, xmin) FROM organizations_person WHERE id = n.recipient_id),
  (SELECT string_agg(concat(a.ctid, a.xmin), ' ' ORDER BY a.id)
   FROM mesa_sessions_agendaitem a WHERE a.session_id = %(session)s))
"""


@dataclass
class Draft:
    """A message with everything its letter is written from, and the prints of those rows."""

    row: Notification
    delegate: Delegate
    prints: str
    entries: Entries = field(repr=False)
    letter: Letter | None = field(default=None, repr=False)

    @property
    def session(self) -> Session:
        return self.delegate.invitation.session

    def write_ahead(self, now: datetime) -> None:
        """Writes the letter while there is time. What cannot be written says so when its turn comes."""
        with contextlib.suppress(Exception):
            self.letter = letters.write(self.row, self._subject, now, self.entries)

    def passed(self, token: uuid.UUID, now: datetime, owed: Owed | None = None) -> Letter | None:
        """The letter, once the gate has let it through; None when it must go the long way, whatever the reason.

        The mark that is owed for the message before is written in the same commit, whether this one passes or not.
        """
        if not subjects.is_true(self.row, self._subject, now):
            return None
        letter = self.letter or letters.write(self.row, self._subject, now, self.entries)
        invitation = self.delegate.invitation
        facts: dict[str, Any] = {
            "pk": self.row.pk, "token": token, "now": now, "message_id": letter.message_id,
            "lease": f"{settings.SENDING_LEASE_SECONDS} seconds", "prints": self.prints,
            "patience": f"{settings.SENDING_LEASE_SECONDS / 2:.0f}s",
            "session": invitation.session_id, "mesa": self.session.mesa_id, "invitation": invitation.pk,
            "delegate": self.delegate.pk, "organization": invitation.organization_id,
        }  # fmt: skip
        marks = owed.facts if owed else None
        statements = (PATIENCE, LOCK, SENT, THROUGH) if marks else (LOCK, THROUGH)
        with connection.cursor() as cursor:
            cursor.execute(";".join(statements), facts | (marks or {}))
            changed = [cursor.rowcount] + [cursor.rowcount for _ in statements if cursor.nextset()]
        if owed and marks:
            owed.paid(changed[-2])
        return letter if changed[-1] == 1 else None

    @property
    def _subject(self) -> Delegate | Session:
        return self.delegate if self.row.subject_type == "delegate" else self.session


def of(batch: Iterable[int]) -> dict[int, Draft]:
    """Drafts for those of the batch that can have one. Five queries, whatever their number."""
    with connection.cursor() as cursor:
        cursor.execute(PRINTS, [list(batch), list(KEPT)])
        prints = {pk: (delegate, session, marks) for pk, delegate, session, marks in cursor.fetchall()}
    if not prints:
        return {}
    rows = Notification.objects.select_related("recipient", "organization").in_bulk(prints)
    delegates = Delegate.objects.select_related(
        "invitation__organization", "invitation__session__mesa", "invitation__session__canton",
        "invitation__session__province",
    ).prefetch_related("invitation__session__blocks").in_bulk({delegate for delegate, _, _ in prints.values()})  # fmt: skip
    shown = set(
        Session.objects.visible_to(ANONYMOUS)
        .filter(pk__in={session for _, session, _ in prints.values()})
        .values_list("pk", flat=True)
    )
    entries: Entries = {}
    drafts = {}
    for pk, (delegate_id, session_id, marks) in prints.items():
        delegate = delegates.get(delegate_id)
        if session_id not in shown or delegate is None or pk not in rows:
            continue
        drafts[pk] = Draft(rows[pk], delegate, marks, entries)
        rows[pk].drafted_from = delegate
    return drafts
