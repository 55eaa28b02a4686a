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
    MEASURED = "commitment.measured"
    MEASUREMENT_WITHDRAWN = "commitment.measurement_withdrawn"
    INDICATOR_CHANGED = "commitment.indicator_changed"
    # Asked for by whoever holds a link: the subject of the first is the VerificationCode, of the second the commitment.
    VERIFY_CODE_REQUESTED = "commitment.verify_code_requested"
    LINK_REQUESTED = "commitment.link_requested"
