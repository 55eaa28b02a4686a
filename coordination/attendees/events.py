"""What can happen between an invitation and a chair that is taken."""

from enum import StrEnum


class AttendeeEvent(StrEnum):
    INVITED = "invitation.sent"
    SECOND_NOTICE = "invitation.second_notice"
    SEEN = "invitation.seen"
    ACCEPTED = "invitation.accepted"
    DECLINED = "invitation.declined"
    DELEGATION_CHANGED = "delegation.changed"
    PROMOTED = "delegation.promoted"
    PLACES_CHANGED = "delegation.places_changed"
    LETTER_HANDED_IN = "delegation.letter_handed_in"
    STATED = "delegation.stated"
    LINK_RENEWED = "invitation.link_renewed"
    LINK_REVOKED = "invitation.link_revoked"
    LINK_PASSED_ON = "invitation.link_passed_on"
    ATTENDANCE_RECORDED = "attendance.recorded"
    WALK_IN = "attendance.walk_in"
    WALK_IN_TAKEN_OUT = "attendance.walk_in_taken_out"
