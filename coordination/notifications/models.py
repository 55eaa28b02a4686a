"""One row per message and recipient. No body and no address: both are read when it is sent.

States: planned → claimed → sending → sent | failed | unknown; planned or claimed → superseded | expired;
superseded → planned for the same key; a lost lease sends claimed back to planned and sending to unknown;
unknown → planned for one more try. An unknown row that keeps its lease is still to be decided by the sweeper.
A database trigger refuses every other move (design: reminders 3).
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.organizations.models import Organization, Person


class Notification(models.Model):
    """A message that is due to a person, or was sent. UNIQUE key: kind, rung, subject, recipient, version."""

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

    recipient = models.ForeignKey(Person, models.CASCADE, related_name="notifications")
    organization = models.ForeignKey(Organization, models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=40)
    rung = models.IntegerField(_("step"), default=0)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    version = models.PositiveIntegerField()
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
    created_at = models.DateTimeField(auto_now_add=True)

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
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "rung", "subject_type", "subject_id", "recipient", "version"],
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
