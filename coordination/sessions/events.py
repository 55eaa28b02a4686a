"""What can happen to a session."""

from enum import StrEnum


class SessionEvent(StrEnum):
    SCHEDULED = "session.scheduled"
    EDITED = "session.edited"
    ANNOUNCED = "session.announced"
    CONVENED = "session.convened"
    MOVED = "session.moved"
    CANCELLED = "session.cancelled"
    AGENDA_CHANGED = "session.agenda_changed"
    OUTCOME_RECORDED = "session.outcome_recorded"
    OUTCOME_EDITED = "session.outcome_edited"
    ATTENDANCE_CLOSED = "session.attendance_closed"
    ENDED = "session.ended"
    HELD = "session.held"
    FAILED = "session.failed"
    CLOSED = "session.closed"
    TASK_DONE = "session.task_done"
    TASK_REOPENED = "session.task_reopened"
    FEED_OPENED = "session.feed_opened"
    FEED_RENEWED = "session.feed_renewed"
    FEED_REVOKED = "session.feed_revoked"
