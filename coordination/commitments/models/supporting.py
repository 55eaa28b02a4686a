"""Alliances: who finances or assists a commitment, a session or a mesa."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.models.promises import Commitment
from coordination.common.models import Provenance, PublicIdModel
from coordination.mesas.models import Mesa, mesa_shown
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.organizations.models import Organization
from coordination.sessions.models import Session


class SupportQuerySet(models.QuerySet["Support"]):
    def visible_to(self, actor: Actor) -> Self:
        """With what it supports; where it was not public, only to that organization, the keepers and the auditor."""
        told = Q(is_public=True)
        if actor.organization_ids:
            told |= Q(organization__in=actor.organization_ids)
        if actor.is_signed_in:
            for path in ("mesa", "session__mesa", "commitment__mesa"):
                told |= at_mesas_with(actor, Permission.MANAGE_COMMITMENTS, path)
        shown = told if not actor.is_auditor else Q()
        return self.of_visible(actor).filter(shown, withdrawn_at=None)

    def of_visible(self, actor: Actor) -> Self:
        """Of what the actor sees, public or not, those taken back too: for whoever keeps them."""
        # Asked of each support: there are few, and a country has 200,000 commitments.
        sessions = Session.objects.visible_to(actor).order_by().filter(pk=OuterRef("session"))
        seen = Commitment.objects.visible_to(actor).order_by().filter(pk=OuterRef("commitment"))
        return self.filter(
            (Q(mesa__isnull=False) & mesa_shown(actor, "mesa__"))
            | (Q(session__isnull=False) & Exists(sessions))
            | (Q(commitment__isnull=False) & Exists(seen))
        )


class Support(PublicIdModel):
    """One organization helps with knowledge, money or in kind. The amount is optional, the source is kept."""

    class Kind(models.TextChoices):
        TECHNICAL = "technical", _("technical assistance")
        FINANCIAL = "financial", _("financing")
        IN_KIND = "in_kind", _("in kind")

    commitment = models.ForeignKey(
        "Commitment", models.CASCADE, null=True, blank=True, related_name="supports"
    )
    session = models.ForeignKey(Session, models.CASCADE, null=True, blank=True, related_name="supports")
    mesa = models.ForeignKey(Mesa, models.CASCADE, null=True, blank=True, related_name="supports")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="supports", verbose_name=_("organization that supports")
    )
    kind = models.CharField(_("kind of support"), max_length=10, choices=Kind)
    what = models.CharField(_("what it gives"), max_length=300, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    is_public = models.BooleanField(_("anyone may know it"), default=True)
    source = models.CharField(_("where it was made public"), max_length=300, blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("to"), null=True, blank=True)
    provenance = models.CharField(max_length=10, choices=Provenance, default=Provenance.LIVE, editable=False)
    recorded_at = models.DateTimeField(editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SupportQuerySet.as_manager()

    class Meta:
        verbose_name = _("support")
        verbose_name_plural = _("supports")
        ordering = ["kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(commitment__isnull=False, session=None, mesa=None)
                | Q(commitment=None, session__isnull=False, mesa=None)
                | Q(commitment=None, session=None, mesa__isnull=False),
                name="support_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0), name="support_amount_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.kind}"
