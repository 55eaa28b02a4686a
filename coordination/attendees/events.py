"""What can happen between an invitation and a chair that is taken."""

from enum import StrEnum


class AttendeeEvent(StrEnum):
    INVITED = "invitation.sent"
    SEEN = "invitation.seen"
    ACCEPTED = "invitation.accepted"
    DECLINED = "invitation.declined"
    DELEGATION_CHANGED = "delegation.changed"
    LINK_RENEWED = "invitation.link_renewed"
    LINK_REVOKED = "invitation.link_revoked"
    ATTENDANCE_RECORDED = "attendance.recorded"
    WALK_IN = "attendance.walk_in"
    WALK_IN_TAKEN_OUT = "attendance.walk_in_taken_out"
