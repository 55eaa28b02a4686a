"""What can happen to a commitment."""

from enum import StrEnum


class CommitmentEvent(StrEnum):
    PROPOSED = "commitment.proposed"
    EDITED = "commitment.edited"
    AGREED = "commitment.agreed"
    STARTED = "commitment.started"
    REPORTED = "commitment.reported"
    VERIFIED = "commitment.verified"
    RETURNED = "commitment.returned"
    EXTENDED = "commitment.extended"
    WITHDRAWN = "commitment.withdrawn"
    DISPUTED = "commitment.disputed"
