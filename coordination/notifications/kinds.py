"""Every kind of message, on one page. A row of this table and its letters are all a new kind needs.

The letters of a kind are the whole files ``templates/emails/<language>/<name>.subject.txt``, ``.txt`` and ``.html``.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Unknown(Enum):
    """What follows when the connection broke after the final dot: nobody knows whether the server took the mail.

    A reminder, change or cancellation gets one more try under the same Message-ID: a missed one costs a journey,
    a double one a smile. A digest is never repeated (design: reminders 8).
    """

    ONCE_MORE = 1
    NEVER = 0


class Group(TextChoices):
    """The headings under which people choose how they are written to."""

    SESSIONS = "sessions", _("Sessions")
    MINUTES = "minutes", _("Minutes")
    COMMITMENTS = "commitments", _("Commitments")
    SUMMARIES = "summaries", _("Summaries")


@dataclass(frozen=True)
class Kind:
    """``subject_type`` is what a message is about; ``calendar`` the iCalendar method of its invitation.

    ``label`` names the kind to people; those with a ``group`` are offered on the page of preferences.
    ``transactional`` ones answer something the person has just asked for. ``always`` ones are sent whatever the
    person prefers. ``by_event`` ones follow an event and cannot be worked out again from the state of things, so the
    planner leaves them alone.
    """

    name: str
    subject_type: str
    label: Promise | str
    group: Group | None = None
    calendar: Literal["REQUEST", "CANCEL"] | None = None
    unknown: Unknown = Unknown.ONCE_MORE
    transactional: bool = False
    always: bool = False
    by_event: bool = False

    @property
    def choosable(self) -> bool:
        """Whether its recipient decides how it comes."""
        return self.group is not None and not (self.always or self.transactional)


DAILY_DIGEST, ORGANIZATION_DIGEST = "daily_digest", "organization_digest"
CLOSED_PART = "closed_part"  # its letter is that of everything closed

_TABLE = [
    # name                  what it is about         and what sets it apart
    Kind("invitation", "invitation", _("Invitation to a session"), always=True),
    Kind("answer_reminder", "invitation", _("Reminder to answer an invitation"), Group.SESSIONS),
    Kind("second_notice", "invitation", _("Second notice of an invitation"), always=True),
    Kind("invitation_declined", "invitation", _("Receipt of an answer that declines"), transactional=True),
    Kind("link_renewed", "invitation", _("New link to an invitation"), transactional=True, by_event=True),
    Kind(
        "delegation_confirmed",
        "delegate",
        _("Confirmation that you are in a delegation"),
        Group.SESSIONS,
        calendar="REQUEST",
    ),
    Kind(
        "delegation_withdrawn",
        "delegate",
        _("Notice that you left a delegation"),
        calendar="CANCEL",
        always=True,
    ),
    Kind("delegation_waiting", "delegate", _("Notice that you are on the waiting list"), always=True),
    Kind(
        "delegation_promoted",
        "delegate",
        _("Place that came to you from the waiting list"),
        calendar="REQUEST",
        always=True,
    ),
    Kind(
        "link_passed_on",
        "invitation",
        _("Link to an invitation, from a colleague"),
        transactional=True,
        by_event=True,
    ),
    # Its invitation is the one of the confirmation, for whoever deleted that: the same UID and SEQUENCE change nothing.
    Kind("session_reminder", "session", _("Reminder of a session"), Group.SESSIONS, calendar="REQUEST"),
    Kind(
        "calendar_declined",
        "calendarreply",
        _("Delegate whose calendar declined"),
        Group.SESSIONS,
        by_event=True,
    ),
    Kind("proposal_made", "agendaproposal", _("Proposal for the agenda"), Group.SESSIONS, by_event=True),
    Kind(
        "proposal_answered",
        "agendaproposal",
        _("Answer to what your organization proposed"),
        Group.SESSIONS,
        by_event=True,
    ),
    Kind("session_moved", "session", _("Change of a session"), calendar="REQUEST", always=True),
    Kind(CLOSED_PART, "session", _("Notice of a reserved activity"), always=True),
    Kind("session_cancelled", "session", _("Cancellation of a session"), calendar="CANCEL", always=True),
    Kind("poll_invitation", "ballot", _("Question which dates suit your organization"), always=True),
    Kind("poll_reminder", "ballot", _("Reminder to answer a date poll"), Group.SESSIONS),
    Kind("poll_link", "ballot", _("Link to a date poll, sent again"), transactional=True, by_event=True),
    Kind("poll_decided", "datepoll", _("Date chosen in a poll"), Group.SESSIONS),
    Kind("poll_withdrawn", "datepoll", _("Date poll that was withdrawn"), always=True),
    Kind("follow_up_tasks", "session", _("Tasks of the secretariat after a session"), Group.SESSIONS),
    Kind("task_due", "session", _("Tasks of the secretariat that fall due"), Group.SESSIONS),
    Kind(
        "follow_up_commitments",
        "session",
        _("What your organization promised in a session"),
        Group.COMMITMENTS,
    ),
    Kind("minutes_circulated", "minutescopy", _("Minutes to read and observe"), always=True),
    Kind("minutes_corrected", "minutescopy", _("Correction of minutes to read and observe"), always=True),
    Kind("minutes_reminder", "minutescopy", _("Reminder to observe minutes"), Group.MINUTES),
    Kind("minutes_link", "minutescopy", _("Link to minutes, sent again"), transactional=True, by_event=True),
    Kind("minutes_answered", "minutescopy", _("Answer to what your organization observed"), Group.MINUTES),
    Kind("minutes_unanswered", "minutes", _("Minutes that wait for the secretariat"), Group.MINUTES),
    Kind("minutes_approved", "minutescopy", _("Minutes that were approved"), Group.MINUTES),
    Kind("sign_code", "signcode", _("Code to sign minutes"), transactional=True, always=True),
    Kind("sharing_clearance", "clearance", _("Text that asks for your agreement"), always=True),
    Kind(
        "sharing_reminder", "clearance", _("Reminder of a text that asks for your agreement"), Group.MINUTES
    ),
    Kind(
        "sharing_published",
        "sharingsheet",
        _("Text your organization was asked about, now published"),
        Group.MINUTES,
    ),
    Kind("commitment_agreed", "commitment", _("New commitment of your organization"), Group.COMMITMENTS),
    Kind("commitment_due", "commitment", _("Due date of a commitment"), Group.COMMITMENTS),
    Kind("commitment_letter", "commitment", _("Letter to the head about an overdue commitment"), always=True),
    Kind("commitment_mend", "commitment", _("Commitment that is to be completed"), Group.COMMITMENTS),
    Kind("commitment_objected", "commitment", _("Objection to a commitment"), Group.COMMITMENTS),
    Kind("commitment_extended", "commitment", _("Extension of a commitment"), Group.COMMITMENTS),
    Kind("commitment_changed", "commitment", _("Change of what was agreed"), Group.COMMITMENTS),
    Kind("commitment_link", "commitment", _("New link to a commitment"), transactional=True, by_event=True),
    Kind("commitment_reported", "report", _("Report that waits for your verification"), Group.COMMITMENTS),
    Kind("commitment_verified", "verification", _("Commitment that was verified"), Group.COMMITMENTS),
    Kind("commitment_returned", "verification", _("Report that was returned"), Group.COMMITMENTS),
    Kind("dispute_opened", "dispute", _("Objection to how a commitment was decided"), Group.COMMITMENTS),
    Kind("dispute_decide", "dispute", _("Objection your organization decides on"), Group.COMMITMENTS),
    Kind("dispute_answered", "dispute", _("Answer to your organization's objection"), Group.COMMITMENTS),
    Kind("not_met_asked", "nonfulfilment", _("Record your organization must confirm"), Group.COMMITMENTS),
    Kind("not_met_recorded", "nonfulfilment", _("Commitment recorded as not met"), Group.COMMITMENTS),
    Kind(
        "not_met_answered",
        "nonfulfilment",
        _("Answer to a record that was to be confirmed"),
        Group.COMMITMENTS,
    ),
    Kind("extension_asked", "extensionrequest", _("Request for an extension"), Group.COMMITMENTS),
    Kind("extension_refused", "extensionrequest", _("Extension that was not granted"), Group.COMMITMENTS),
    Kind(
        "verify_code", "verificationcode", _("Code to verify a commitment"), transactional=True, always=True
    ),
    Kind(
        "commitments_asked",
        "session",
        _("Question before a session: how your commitments stand"),
        Group.COMMITMENTS,
    ),
    Kind("referral_raised", "referral", _("Issue that another mesa raised"), Group.COMMITMENTS),
    Kind("referral_answered", "referral", _("Answer of another mesa"), Group.COMMITMENTS),
    Kind("join_confirm", "joinrequest", _("Confirmation of an address"), transactional=True, always=True),
    Kind("join_approved", "joinrequest", _("Organization accepted"), always=True),
    Kind("join_declined", "joinrequest", _("Organization not accepted"), always=True),
    Kind("preferences_link", "person", _("New link to your preferences"), transactional=True, by_event=True),
    Kind(DAILY_DIGEST, "person", _("Daily summary"), unknown=Unknown.NEVER),
    Kind(
        ORGANIZATION_DIGEST,
        "organization",
        _("Your organization's week, on Mondays"),
        Group.SUMMARIES,
        unknown=Unknown.NEVER,
    ),
]
KINDS = {kind.name: kind for kind in _TABLE}
BY_EVENT = [kind.name for kind in _TABLE if kind.by_event]
