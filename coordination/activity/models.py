"""What happened, by whom, when: history and outbox in one table.

``dispatched_at IS NULL`` is the queue that notifications empties; the rest is the trail shown on pages.
No foreign keys: a row points by ``subject_type`` + id, so nothing it mentions is kept from being deleted.
A trigger lets nothing change but ``dispatched_at``.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ActivityQuerySet(models.QuerySet["Activity"]):
    def pending(self) -> "ActivityQuerySet":
        """Not yet dispatched, oldest first."""
        return self.filter(dispatched_at=None).order_by("id")

    def about(self, subject_type: str, subject_id: int) -> "ActivityQuerySet":
        return self.filter(subject_type=subject_type, subject_id=subject_id).order_by("-occurred_at", "-id")


class Activity(models.Model):
    """One thing that happened. Ids, no names: erasing a person must not touch history."""

    kind = models.CharField(_("kind"), max_length=60)
    actor_user_id = models.BigIntegerField(null=True)
    actor_person_id = models.BigIntegerField(null=True)
    actor_organization_id = models.BigIntegerField(null=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    mesa_id = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(_("when"))
    dispatched_at = models.DateTimeField(null=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        indexes = [
            models.Index(fields=["id"], name="activity_pending", condition=Q(dispatched_at=None)),
            models.Index(fields=["subject_type", "subject_id", "-occurred_at"], name="activity_subject"),
            models.Index(fields=["mesa_id", "-occurred_at"], name="activity_mesa"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}#{self.subject_id}"
