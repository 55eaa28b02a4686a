"""What was agreed, who answers for it, how it is measured and who confirmed it."""

from coordination.commitments.measuring import Indicator, Measurement, MeasurementPart, PeriodTarget
from coordination.commitments.moving import Extension, ExtensionRequest, Milestone
from coordination.commitments.promises import Commitment, CommitmentQuerySet, GateException
from coordination.commitments.raising import AgendaRequest, Referral, Review
from coordination.commitments.reporting import Acknowledgement, Evidence, Report
from coordination.commitments.sheets import SheetImport
from coordination.commitments.supporting import Support
from coordination.commitments.verifying import Dispute, NonFulfilment, Verification, VerificationCode

__all__ = [
    "Acknowledgement", "AgendaRequest", "Commitment", "CommitmentQuerySet", "Dispute", "Evidence", "Extension",
    "ExtensionRequest", "GateException", "Indicator", "Measurement", "MeasurementPart", "Milestone", "NonFulfilment",
    "PeriodTarget", "Referral", "Report", "Review", "SheetImport", "Support", "Verification", "VerificationCode",
]  # fmt: skip
