"""What changes a poll and its ballots."""

from coordination.polls.actions.answers import (
    PollIsClosed,
    UnknownOption,
    answer,
    mark_seen,
)
from coordination.polls.actions.asking import (
    ClosesTooLate,
    ClosesTooSoon,
    NobodyToAsk,
    PollRefused,
    WrongDates,
    open_poll,
)
from coordination.polls.actions.deciding import (
    AlreadyDecided,
    AlreadyReminded,
    NobodyIsSilent,
    PollIsWithdrawn,
    decide,
    remind,
    withdraw,
)
from coordination.polls.actions.links import TooManyRenewals, renew_link

__all__ = [
    "AlreadyDecided",
    "AlreadyReminded",
    "ClosesTooLate",
    "ClosesTooSoon",
    "NobodyIsSilent",
    "NobodyToAsk",
    "PollIsClosed",
    "PollIsWithdrawn",
    "PollRefused",
    "TooManyRenewals",
    "UnknownOption",
    "WrongDates",
    "answer",
    "decide",
    "mark_seen",
    "open_poll",
    "remind",
    "renew_link",
    "withdraw",
]
