"""What can happen to organizations and the people in them."""

from enum import StrEnum


class OrganizationEvent(StrEnum):
    JOIN_REQUESTED = "organization.join_requested"
    JOIN_CONFIRMED = "organization.join_confirmed"
    JOIN_APPROVED = "organization.join_approved"
    JOIN_DECLINED = "organization.join_declined"
    PROPOSED = "organization.proposed"
    EDITED = "organization.edited"
    TENURE_STARTED = "organization.tenure_started"
    TENURE_ENDED = "organization.tenure_ended"
