"""The record of a session: what is written while it runs, the minutes, and what is shared of it."""

from coordination.minutes.recording import (
    ItemPresence,
    ItemRecord,
    NotesVersion,
    RecordedReservation,
    RoundAnswer,
    RoundVoter,
    SaidFigure,
    SeatVote,
    Statement,
    Turn,
)
from coordination.minutes.sharing import Clearance, SharedPoint, SharingSheet
from coordination.minutes.sign_codes import SignCode
from coordination.minutes.texts import (
    Minutes,
    MinutesCopy,
    MinutesTemplate,
    Observation,
    Section,
    Signature,
)

__all__ = [
    "Clearance", "ItemPresence", "ItemRecord", "Minutes", "MinutesCopy", "MinutesTemplate", "NotesVersion",
    "Observation", "RecordedReservation", "RoundAnswer", "RoundVoter", "SaidFigure", "SeatVote", "Section", "SharedPoint",
    "SharingSheet", "SignCode", "Signature", "Statement", "Turn",
]  # fmt: skip
