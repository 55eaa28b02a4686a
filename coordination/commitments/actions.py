"""The only writers of commitments: promise (what is agreed), keys (who reports, who confirms).

Historic records are untouchable: they say what their source says.
"""

from coordination.commitments.agreeing import DueDatePassed, GateNotPassed, agree
from coordination.commitments.links.actions import LINKS_AN_HOUR, TooManyRequests, request_link
from coordination.commitments.reports.actions.reporting import NotResponsible, report
from coordination.commitments.row import HistoricRecord, NotOpen, OwnKey, ReasonMissing
from coordination.commitments.settling.actions.extending import extend
from coordination.commitments.settling.actions.keys import (
    CODES_AN_HOUR,
    CodeDead,
    NoAddress,
    NotVerifier,
    WrongCode,
    request_verification_code,
    verify,
    verify_by_code,
)
from coordination.commitments.settling.actions.settling import withdraw
from coordination.commitments.writing.actions.proposing import (
    AlreadyProposed,
    DueDateFixed,
    IndicatorData,
    NotACommitment,
    edit,
    propose,
)

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
