"""One row per message and recipient. No body and no address: both are read when it is sent.

States: planned → claimed → sending → sent | failed | unknown; planned or claimed → superseded | expired;
superseded → planned for the same key; a lost lease sends claimed back to planned and sending to unknown;
unknown → planned for one more try; planned ↔ held, by a person or a hold, and held → superseded | expired; sent → failed
when it came back. An unknown row that keeps its lease is still to be decided by the sweeper.
A database trigger refuses every other move (design: reminders 3).
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.common.models import PublicIdModel
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import Session


class Notification(PublicIdModel):
    """A message that is due to a person, or was sent. UNIQUE key: kind, rung, subject, recipient, version, copy."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        CLAIMED = "claimed", _("about to be sent")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("refused")
        UNKNOWN = "unknown", _("not known whether it arrived")
        SUPERSEDED = "superseded", _("no longer needed")
        EXPIRED = "expired", _("too late")
        HELD = "held", _("held back")

    class Channel(models.TextChoices):
        EMAIL = "email", _("by e-mail")
        DIGEST = "digest", _("in the daily summary")
        INBOX = "inbox", _("only in the inbox")

    recipient = models.ForeignKey(Person, models.CASCADE, related_name="notifications")
    organization = models.ForeignKey(Organization, models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=40)
    rung = models.IntegerField(_("step"), default=0)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    # Whose plan the row belongs to (planning.Root), and the mesa whose secretariat may look at it.
    root_type = models.CharField(max_length=40)
    root_id = models.BigIntegerField()
    mesa_id = models.BigIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField()
    # 0 is what the plan asked for; a person who sends it again by hand makes copy 1, 2, …
    copy = models.PositiveSmallIntegerField(_("copy"), default=0)
    due_at = models.DateTimeField(_("due"))
    not_after = models.DateTimeField(_("not after"))
    next_try_at = models.DateTimeField(_("next try"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    # How often a try ended without an answer; the kind says how many more are made (kinds.Unknown).
    doubts = models.PositiveSmallIntegerField(_("tries without an answer"), default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=120, blank=True)
    answer_code = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    answer_text = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    # By which way it went, as the recipient preferred at that moment; empty while it has not.
    channel = models.CharField(_("way"), max_length=8, choices=Channel, blank=True)
    read_at = models.DateTimeField(_("read in the inbox"), null=True, blank=True)
    # The hold that stopped it with everything else (holding); empty where a person stopped this one alone.
    hold = models.ForeignKey("Hold", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    # No column: set on a row that was drafted (drafts), the recipient's place in a session that anybody may see.
    drafted_from: Any = None

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["next_try_at", "id"], name="notification_due", condition=Q(state="planned")),
            models.Index(
                fields=["lease_until"],
                name="notification_leases",
                condition=Q(state__in=["claimed", "sending", "unknown"]),
            ),
            models.Index(fields=["subject_type", "subject_id"], name="notification_subject"),
            models.Index(fields=["root_type", "root_id"], name="notification_root"),
            models.Index(fields=["mesa_id", "-due_at"], name="notification_of_mesa"),
            models.Index(
                fields=["recipient", "-sent_at"], name="notification_inbox", condition=Q(state="sent")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "rung", "subject_type", "subject_id", "recipient", "version", "copy"],
                name="notification_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["claimed", "sending"], lease_token__isnull=False, lease_until__isnull=False
                )
                | ~Q(state__in=["claimed", "sending"]),
                name="notification_lease_while_claimed",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="notification_sent_has_a_moment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}#{self.subject_id} v{self.version}"


class Heartbeat(models.Model):
    """The last time each sweep finished, for the health page."""

    sweep = models.CharField(max_length=40, primary_key=True)
    finished_at = models.DateTimeField()
    handled = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.sweep


class Preference(models.Model):
    """How a person wants one kind of message. No row: at once. What is ``always`` sent cannot be chosen."""

    class Choice(models.TextChoices):
        NOW = "now", _("at once")
        DAILY = "daily", _("once a day, in a summary")
        NEVER = "never", _("not by e-mail")

    person = models.ForeignKey(Person, models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=40)
    choice = models.CharField(max_length=5, choices=Choice)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.choice}"


class Hold(models.Model):
    """While one is open nothing is sent. A restore makes it, a person ends it (design: reminders, F13)."""

    since = models.DateTimeField(_("since"))
    reason = models.CharField(_("reason"), max_length=300)
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(released_at__isnull=True), name="hold_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.reason


class CalendarReply(models.Model):
    """What a person's calendar answered by mail to the invitation we sent them. The last answer of each to a session.

    It says nothing for their organization: who is in a delegation is decided by link or account alone.
    """

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("accepted in the calendar")
        TENTATIVE = "tentative", _("in doubt in the calendar")
        DECLINED = "declined", _("declined in the calendar")

    session = models.ForeignKey(Session, models.CASCADE, related_name="calendar_replies")
    person = models.ForeignKey(Person, models.CASCADE, related_name="calendar_replies")
    notification = models.ForeignKey(Notification, models.CASCADE, related_name="calendar_replies")
    answer = models.CharField(_("answer"), max_length=10, choices=Answer)
    # The session's schedule_version that was answered, and the moment the calendar gives its answer.
    sequence = models.PositiveIntegerField()
    stamped_at = models.DateTimeField(_("answered"))
    taken_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("calendar answer")
        verbose_name_plural = _("calendar answers")
        constraints = [models.UniqueConstraint(fields=["session", "person"], name="calendar_reply_once")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.answer}"
