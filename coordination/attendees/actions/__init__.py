"""The only writers of invitations, delegations and the register."""

from coordination.attendees.actions.answers import (
    DelegateData,
    DelegationRefused,
    RegistrationClosed,
    RoomFull,
    SessionIsCancelled,
    SessionIsOver,
    answer,
    decline,
    mark_seen,
)
from coordination.attendees.actions.convocation import (
    ConvocationRefused,
    NoAgenda,
    NobodyToInvite,
    ShortNotice,
    convene,
    days_of_notice,
)
from coordination.attendees.actions.links import TooManyRenewals, renew_link, revoke_link
from coordination.attendees.actions.register import (
    RegisterRefused,
    add_walk_in,
    close_attendance,
    mark_attendance,
    mark_organization,
    take_out_walk_in,
)

__all__ = [
    "ConvocationRefused",
    "DelegateData",
    "DelegationRefused",
    "NoAgenda",
    "NobodyToInvite",
    "RegisterRefused",
    "RegistrationClosed",
    "RoomFull",
    "SessionIsCancelled",
    "SessionIsOver",
    "ShortNotice",
    "TooManyRenewals",
    "add_walk_in",
    "answer",
    "close_attendance",
    "convene",
    "days_of_notice",
    "decline",
    "mark_attendance",
    "mark_organization",
    "mark_seen",
    "renew_link",
    "revoke_link",
    "take_out_walk_in",
]
