"""The only writers of sessions: planning (when and where), agenda (what about), proposals and papers (what
comes before it), record (what came of it), follow_up, feeds (the addresses calendars read)."""

from coordination.sessions.actions.agenda import (
    add_item,
    edit_item,
    move_item,
    place_item,
    remove_item,
    set_cut_offs,
)
from coordination.sessions.actions.blocks import add_block, edit_block, order_block, remove_block
from coordination.sessions.actions.feeds import open_feed, renew_feed, revoke_feed
from coordination.sessions.actions.follow_up import complete_task, plan_follow_up, reopen_task
from coordination.sessions.actions.following import schedule_next
from coordination.sessions.actions.papers import (
    add_paper,
    add_version,
    edit_paper,
    take_version,
    withdraw_paper,
)
from coordination.sessions.actions.planning import announce, cancel, edit, mark_convened, schedule
from coordination.sessions.actions.proposals import (
    accept_proposal,
    merge_proposal,
    propose,
    put_off_proposal,
    take_up_proposal,
    withdraw_proposal,
)
from coordination.sessions.actions.rapporteurs import end_rapporteur, name_rapporteur
from coordination.sessions.actions.record import (
    close,
    edit_outcome,
    forget_attendance_totals,
    record_attendance_totals,
    record_outcome,
    remove_outcome,
    set_agreement,
)
from coordination.sessions.actions.running import (
    carry_item,
    end_item,
    start_item,
    take_back_item,
    undo_times,
)
from coordination.sessions.actions.series import schedule_series

__all__ = [
    "accept_proposal",
    "add_block",
    "add_item",
    "add_paper",
    "add_version",
    "announce",
    "cancel",
    "carry_item",
    "close",
    "complete_task",
    "edit",
    "edit_block",
    "edit_item",
    "edit_outcome",
    "edit_paper",
    "end_item",
    "end_rapporteur",
    "forget_attendance_totals",
    "mark_convened",
    "merge_proposal",
    "move_item",
    "name_rapporteur",
    "open_feed",
    "order_block",
    "place_item",
    "plan_follow_up",
    "propose",
    "put_off_proposal",
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
    "schedule_series",
    "set_agreement",
    "set_cut_offs",
    "start_item",
    "take_back_item",
    "take_up_proposal",
    "take_version",
    "undo_times",
    "withdraw_paper",
    "withdraw_proposal",
]
