"""What people do about the messages they get."""

from enum import StrEnum


class PreferenceEvent(StrEnum):
    CHOSEN = "preferences.chosen"
    LINK_REQUESTED = "preferences.link_requested"
    LINK_REVOKED = "preferences.link_revoked"


class MessageEvent(StrEnum):
    """What the secretariat does with one message."""

    RESENT = "message.resent"
    HELD = "message.held"
    RELEASED = "message.released"
    EXPIRED = "message.expired"


class HoldEvent(StrEnum):
    """Everything at once: a restored copy, or an administrator during an incident."""

    HELD = "messages.held"
    RELEASED = "messages.released"


class ReplyEvent(StrEnum):
    """An answer that a calendar sent by mail."""

    TAKEN = "calendar_reply.taken"
