"""The only writers of invitations, delegations and the register."""

from coordination.attendees.actions.answers import (
    RegistrationClosed,
    SessionIsCancelled,
    SessionIsOver,
    answer,
    decline,
    mark_seen,
    swap,
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
from coordination.attendees.actions.naming import DelegateData, DelegationRefused
from coordination.attendees.actions.papers import (
    LetterRefused,
    NotToBePassedOn,
    StatementRefused,
    hand_in_letter,
    pass_on,
    state,
)
from coordination.attendees.actions.places import PlacesRefused, promote_waiting, set_places
    "NobodyToInvite",
    "RegisterRefused",
    "RegistrationClosed",
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
    "LetterRefused",
    "GuestsRefused",
    "mark_attendance",
    "mark_organization",
    "mark_seen",
    "NotASignatory",
    "NotToBePassedOn",
    "PlacesRefused",
    "renew_link",
    "revoke_link",
    "take_out_walk_in",
]
    "StatementRefused",
    "TooLateToRemind",
    "hand_in_letter",
    "pass_on",
    "promote_waiting",
    "remind_silent",
    "set_places",
    "silent_today",
    "state",
    "swap",
