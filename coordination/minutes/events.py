"""What can happen to the record of a session, to its minutes and to what is shared of it."""

from enum import StrEnum


class RecordEvent(StrEnum):
    NOTES_SAVED = "record.notes_saved"
    STATEMENT_RECORDED = "record.statement"
    FIGURE_RECORDED = "record.figure"
    STATEMENT_CHANGED = "record.statement_changed"
    FIGURE_CHANGED = "record.figure_changed"
    RESERVATION_RECORDED = "record.reservation"
    VOTE_RECORDED = "record.vote"
    FLOOR_TAKEN = "record.floor"
    ROUND_ANSWERED = "record.round_answered"


class MinutesEvent(StrEnum):
    DRAFTED = "minutes.drafted"
    EDITED = "minutes.edited"
    CIRCULATED = "minutes.circulated"
    SEEN = "minutes.seen"
    OBSERVED = "minutes.observed"
    OBSERVATION_WITHDRAWN = "minutes.observation_withdrawn"
    ANSWERED = "minutes.answered"
    SIGNED = "minutes.signed"
    APPROVED = "minutes.approved"
    PUBLISHED = "minutes.published"
    CORRECTED = "minutes.corrected"
    LINK_RENEWED = "minutes.link_renewed"
    AGREED = "minutes.agreed"
    TERM_SET = "minutes.term_set"
    SIGN_CODE_REQUESTED = "minutes.sign_code_requested"
    TEMPLATE_UPLOADED = "minutes.template_uploaded"
    TEMPLATE_RETIRED = "minutes.template_retired"


class SharingEvent(StrEnum):
    DRAFTED = "sharing.drafted"
    EDITED = "sharing.edited"
    CLEARING = "sharing.clearing"
    AGREED = "sharing.agreed"
    OBJECTED = "sharing.objected"
    PUBLISHED = "sharing.published"
    WITHDRAWN = "sharing.withdrawn"
