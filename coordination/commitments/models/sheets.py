"""A spreadsheet that came back, read but not yet applied: its rows, and what is wrong with each."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.common.models import PublicIdModel


class SheetImportQuerySet(models.QuerySet["SheetImport"]):
    def visible_to(self, actor: Actor) -> Self:
        """Whoever handed it in: the account, or who comes by the same link; nobody else."""
        if actor.user_id is not None:
            return self.filter(user_id=actor.user_id)
        return self.filter(link_commitment=actor.link.subject_id) if actor.link else self.none()


class SheetImport(PublicIdModel):
    """Kept for a day between "look at what would change" and "apply it"."""

    class Kind(models.TextChoices):
        MATRIX = "matrix", _("follow-up matrix")
        MEASUREMENTS = "measurements", _("measurements")

    kind = models.CharField(max_length=12, choices=Kind)
    commitment = models.ForeignKey("Commitment", models.CASCADE, null=True, blank=True, related_name="+")
    # Who handed it in: an account, or the link of a commitment.
    user_id = models.BigIntegerField(null=True, blank=True)
    link_commitment = models.ForeignKey("Commitment", models.CASCADE, null=True, blank=True, related_name="+")
    # [{"row": 7, "code": "FS-014", "changes": {...}, "errors": [...]}]
    rows = models.JSONField(default=list)
    made_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = SheetImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("spreadsheet that came back")
        verbose_name_plural = _("spreadsheets that came back")
        constraints = [
            models.CheckConstraint(
                condition=Q(user_id__isnull=False) | Q(link_commitment__isnull=False),
                name="sheet_import_belongs_to_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.made_at:%Y-%m-%d}"
