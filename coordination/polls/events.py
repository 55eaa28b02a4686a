"""What can happen between the question when to meet and the date that is chosen."""

from enum import StrEnum


class PollEvent(StrEnum):
    OPENED = "poll.opened"
    SEEN = "poll.seen"
    ANSWERED = "poll.answered"
    ANSWER_CHANGED = "poll.answer_changed"
    LINK_RENEWED = "poll.link_renewed"
    REMINDED = "poll.reminded"
    WITHDRAWN = "poll.withdrawn"
    DECIDED = "poll.decided"
