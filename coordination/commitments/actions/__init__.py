"""The only writers of commitments: promise (what is agreed), keys (who reports, who confirms).

Historic records are untouchable: they say what their source says.
"""

from coordination.commitments.actions.agreeing import DueDatePassed, GateNotPassed, agree
from coordination.commitments.actions.extending import extend
from coordination.commitments.actions.keys import (
    CODES_AN_HOUR,
    LINKS_AN_HOUR,
    CodeDead,
    NoAddress,
    NotVerifier,
    TooManyRequests,
    WrongCode,
    request_link,
    request_verification_code,
    verify,
    verify_by_code,
)
from coordination.commitments.actions.promise import (
    AlreadyProposed,
    DueDateFixed,
    IndicatorData,
    NotACommitment,
    edit,
    propose,
)
from coordination.commitments.actions.reporting import NotResponsible, report
from coordination.commitments.actions.row import HistoricRecord, NotOpen, OwnKey, ReasonMissing
from coordination.commitments.actions.settling import withdraw

__all__ = [
    "AlreadyProposed",
    "CODES_AN_HOUR",
    "CodeDead",
    "DueDateFixed",
    "DueDatePassed",
    "GateNotPassed",
    "HistoricRecord",
    "IndicatorData",
    "LINKS_AN_HOUR",
    "NoAddress",
    "NotACommitment",
    "NotOpen",
    "NotResponsible",
    "NotVerifier",
    "OwnKey",
    "ReasonMissing",
    "TooManyRequests",
    "WrongCode",
    "agree",
    "edit",
    "extend",
    "propose",
    "report",
    "request_link",
    "request_verification_code",
    "verify",
    "verify_by_code",
    "withdraw",
]
