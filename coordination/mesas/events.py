"""What can happen to a mesa."""

from enum import StrEnum


class MesaEvent(StrEnum):
    CREATED = "mesa.created"
    EDITED = "mesa.edited"
    LADDERS_CHANGED = "mesa.ladders_changed"
    ORGANIZATION_SEATED = "mesa.organization_seated"
    SEAT_CHANGED = "mesa.seat_changed"
    SEAT_ENDED = "mesa.seat_ended"
    MANDATE_GIVEN = "mesa.mandate_given"
    STANDING_CHANGED = "mesa.standing_changed"
    DELEGATION_RULES_CHANGED = "mesa.delegation_rules_changed"
