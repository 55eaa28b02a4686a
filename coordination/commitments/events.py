"""What can happen to a commitment."""

from enum import StrEnum


class CommitmentEvent(StrEnum):
    PROPOSED = "commitment.proposed"
    EDITED = "commitment.edited"
    AGREED = "commitment.agreed"
    MENDED = "commitment.mended"
    # What was agreed changed, by decision of a session or as a slip of the pen: the payload keeps old, new and why.
    AMENDED = "commitment.amended"
    # What an organization says about having it: the payload names the organization.
    ACKNOWLEDGED = "commitment.acknowledged"
    ACCEPTED = "commitment.accepted"
    OBJECTED = "commitment.objected"
    STARTED = "commitment.started"
    REPORTED = "commitment.reported"
    # About one piece of evidence, named in the payload.
    EVIDENCE_ADDED = "commitment.evidence_added"
    EVIDENCE_CHANGED = "commitment.evidence_changed"
    EVIDENCE_WITHDRAWN = "commitment.evidence_withdrawn"
    EVIDENCE_GONE = "commitment.evidence_gone"
    EVIDENCE_BACK = "commitment.evidence_back"
    VERIFIED = "commitment.verified"
    RETURNED = "commitment.returned"
    EXTENDED = "commitment.extended"
    WITHDRAWN = "commitment.withdrawn"
    DISPUTED = "commitment.disputed"
    DISPUTE_ANSWERED = "commitment.dispute_answered"
    VERIFIER_NAMED = "commitment.verifier_named"
    NOT_MET_RECORDED = "commitment.not_met_recorded"
    NOT_MET_ANSWERED = "commitment.not_met_answered"
    EXTENSION_ASKED = "commitment.extension_asked"
    EXTENSION_REFUSED = "commitment.extension_refused"
    MEASURED = "commitment.measured"
    MEASUREMENT_WITHDRAWN = "commitment.measurement_withdrawn"
    INDICATOR_CHANGED = "commitment.indicator_changed"
    # Asked for by whoever holds a link: the subject of the first is the VerificationCode, of the second the commitment.
    VERIFY_CODE_REQUESTED = "commitment.verify_code_requested"
    LINK_REQUESTED = "commitment.link_requested"
    # About a session: whom its letter asked how their commitments stand, and that it reviewed them.
    ASKED = "commitment.asked"
    REVIEWED = "commitment.reviewed"
    TICKED = "commitment.ticked"
    RAISED_TO_AGENDA = "commitment.raised_to_agenda"
    TAKEN_FROM_AGENDA = "commitment.taken_from_agenda"
    # Alliances: the subject is the Support.
    SUPPORT_ADDED = "commitment.support_added"
    SUPPORT_WITHDRAWN = "commitment.support_withdrawn"
    # Between mesas: the subject is the Referral.
    REFERRED = "referral.raised"
    REFERRAL_RECEIVED = "referral.received"
    REFERRAL_SCHEDULED = "referral.scheduled"
    REFERRAL_ANSWERED = "referral.answered"
    REFERRAL_WITHDRAWN = "referral.withdrawn"
    REFERRAL_RETURNED = "referral.returned"
    MILESTONE_ADDED = "milestone.added"
    MILESTONE_CHANGED = "milestone.changed"
    MILESTONE_REMOVED = "milestone.removed"
