"""What was agreed, who answers for it, how it is measured and who confirmed it."""

from coordination.commitments.models.measuring import Indicator, Measurement, MeasurementPart, PeriodTarget
from coordination.commitments.models.moving import Amendment, Extension, ExtensionRequest, Milestone
from coordination.commitments.models.promises import Commitment, CommitmentQuerySet, GateException
from coordination.commitments.models.raising import AgendaRequest, Referral, Review
from coordination.commitments.models.reporting import Acknowledgement, Evidence, Report
from coordination.commitments.models.sheets import SheetImport
from coordination.commitments.models.supporting import Support
from coordination.commitments.models.verifying import Dispute, NonFulfilment, Verification, VerificationCode

__all__ = [
    "Acknowledgement", "AgendaRequest", "Amendment", "Commitment", "CommitmentQuerySet", "Dispute", "Evidence", "Extension",
    "ExtensionRequest", "GateException", "Indicator", "Measurement", "MeasurementPart", "Milestone", "NonFulfilment",
    "PeriodTarget", "Referral", "Report", "Review", "SheetImport", "Support", "Verification", "VerificationCode",
]  # fmt: skip
