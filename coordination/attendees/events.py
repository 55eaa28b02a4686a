"""What can happen between an invitation and a chair that is taken."""

from enum import StrEnum


class AttendeeEvent(StrEnum):
    INVITED = "invitation.sent"
    SEEN = "invitation.seen"
    ACCEPTED = "invitation.accepted"
    DECLINED = "invitation.declined"
    DELEGATION_CHANGED = "delegation.changed"
    LINK_RENEWED = "invitation.link_renewed"
    PROMOTED = "delegation.promoted"
    PLACES_CHANGED = "delegation.places_changed"
    LETTER_HANDED_IN = "delegation.letter_handed_in"
    STATED = "delegation.stated"
    LINK_REVOKED = "invitation.link_revoked"
    ATTENDANCE_RECORDED = "attendance.recorded"
    LINK_PASSED_ON = "invitation.link_passed_on"
    WALK_IN = "attendance.walk_in"
    WALK_IN_TAKEN_OUT = "attendance.walk_in_taken_out"
