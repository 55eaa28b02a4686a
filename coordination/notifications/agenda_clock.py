"""The clock of the review: who is asked before a session, what is kept once it is over."""

import logging
from datetime import datetime

from coordination.commitments.agenda.actions.reviewing import freeze, note_asked, settle
from coordination.commitments.agenda.reviewing import freezable, settleable
from coordination.notifications.agenda_facts import sessions_asking, unplanned, unrecorded
from coordination.notifications.planning import Root, replan

log = logging.getLogger(__name__)


def tend(now: datetime) -> int:
    """Plans the questions that come near, records those that left, keeps the reviews of sessions that ended.

    Each session by itself: one that cannot be worked out is told to the log and does not hold up the others.
    """
    handled = 0
    asking = sessions_asking(now)
    for session in unplanned(asking, now):
        try:
            handled += replan(Root("session", session.pk), now).news
        except Exception:
            log.exception("nobody was asked: session %s", session.pk)
    for session, organization, commitments, at in unrecorded(asking):
        handled += note_asked(
            session_id=session.pk, organization_id=organization, commitment_ids=commitments, at=at
        )
    for rows, keep in ((freezable(now), freeze), (settleable(now), settle)):
        for session_id in list(rows.values_list("pk", flat=True)):
            try:
                handled += keep(session_id=session_id, now=now)
            except Exception:
                log.exception("the review was not kept: session %s", session_id)
    return handled
