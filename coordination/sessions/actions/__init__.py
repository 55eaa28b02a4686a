"""The only writers of sessions: planning (when and where), agenda (what about), record (what came of it), follow_up,
feeds (the addresses calendars read)."""

from coordination.sessions.actions.agenda import add_item, edit_item, move_item, remove_item
from coordination.sessions.actions.blocks import add_block, edit_block, order_block, remove_block
from coordination.sessions.actions.feeds import open_feed, renew_feed, revoke_feed
from coordination.sessions.actions.follow_up import complete_task, plan_follow_up, reopen_task
from coordination.sessions.actions.following import schedule_next
from coordination.sessions.actions.planning import announce, cancel, edit, mark_convened, schedule
from coordination.sessions.actions.record import (
    close,
    edit_outcome,
    record_attendance_totals,
    record_outcome,
    remove_outcome,
)

__all__ = [
    "add_block",
    "add_item",
    "announce",
    "cancel",
    "close",
    "complete_task",
    "edit",
    "edit_block",
    "edit_item",
    "edit_outcome",
    "mark_convened",
    "move_item",
    "open_feed",
    "order_block",
    "plan_follow_up",
    "record_attendance_totals",
    "record_outcome",
    "remove_block",
    "remove_item",
    "remove_outcome",
    "renew_feed",
    "reopen_task",
    "revoke_feed",
    "schedule",
    "schedule_next",
]
