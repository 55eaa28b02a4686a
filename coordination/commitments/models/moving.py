"""Dates that move and are remembered: extensions, who asked for them, milestones of the road map."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.models.hanging import HangingQuerySet
from coordination.commitments.models.promises import Commitment
from coordination.common.models import PublicIdModel
from coordination.mesas.models import Mesa, mesa_shown
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import Session


class Extension(models.Model):
    """A new due date. The old one and the reason are kept."""

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="extensions")
    old_due_on = models.DateField(_("from"))
    new_due_on = models.DateField(_("to"))
    reason = models.TextField(_("reason"), max_length=1000)
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="extensions",
        verbose_name=_("session that agreed it"),
    )  # fmt: skip
    # The mesa may change the target with the date; both stay.
    indicator = models.ForeignKey("Indicator", models.PROTECT, null=True, blank=True, related_name="+")
    old_target = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    new_target = models.DecimalField(_("new target"), max_digits=16, decimal_places=2, null=True, blank=True)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    extended_at = models.DateTimeField()

    objects = HangingQuerySet.as_manager()

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["extended_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(new_due_on__gt=F("old_due_on")), name="extension_moves_forward"
            )
        ]

    def __str__(self) -> str:
        return f"{self.old_due_on} → {self.new_due_on}"


class Amendment(models.Model):
    """What was agreed says something else from now on: old, new, why, and the session that decided it.

    Kept here and not in the activity, which knows ids alone: of something closed these are words of its circle. Nothing
    changes or deletes a row (a trigger refuses it); an organization is named by its id, so that its name stays true.
    """

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="amendments")
    indicator = models.ForeignKey(
        "Indicator", models.CASCADE, null=True, blank=True, related_name="amendments"
    )
    # None of a slip of the pen, and of what an indicator changed while that took a reason alone.
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="+")
    is_slip = models.BooleanField(default=False)
    reason = models.TextField(_("reason"), max_length=1000)
    was = models.JSONField(default=dict)
    now = models.JSONField(default=dict)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    amended_at = models.DateTimeField()

    objects = HangingQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of what was agreed")
        verbose_name_plural = _("changes of what was agreed")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="amendment_says_why"),
            models.CheckConstraint(
                condition=Q(session=None) | Q(is_slip=False), name="amendment_slip_needs_no_session"
            ),
        ]

    def __str__(self) -> str:
        return self.reason[:80]


class ExtensionRequest(PublicIdModel):
    """The responsible organization asks for more time; the mesa answers in a session."""

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="extension_requests")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_until = models.DateField(_("until"))
    reason = models.TextField(_("reason"), max_length=1000)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    extension = models.OneToOneField(
        Extension, models.PROTECT, null=True, blank=True, related_name="request", editable=False
    )
    answer = models.TextField(_("answer"), max_length=1000, blank=True)

    objects = HangingQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for an extension")
        verbose_name_plural = _("requests for an extension")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment"], condition=Q(answered_at=None), name="extension_request_one_open"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_request_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.asked_until}"


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    def visible_to(self, actor: Actor) -> Self:
        """Of mesas the actor sees; one of a commitment with the commitment."""
        seen = Commitment.objects.visible_to(actor).order_by().values("pk")
        return self.filter(self._own(actor) | Q(commitment__in=seen))

    def of_mesas(self, actor: Actor) -> Self:
        """Of these, the ones that are no commitment's."""
        return self.filter(self._own(actor))

    @staticmethod
    def _own(actor: Actor) -> Q:
        return Q(commitment=None) & mesa_shown(actor, "mesa__")


class Milestone(PublicIdModel):
    """A step on the road: of a mesa, or on the way to one of its commitments."""

    mesa = models.ForeignKey(Mesa, models.CASCADE, related_name="milestones")
    commitment = models.ForeignKey(
        "Commitment", models.CASCADE, null=True, blank=True, related_name="milestones"
    )
    title = models.CharField(_("milestone"), max_length=200)
    due_on = models.DateField(_("date"))
    original_due_on = models.DateField(editable=False)
    moved_reason = models.CharField(_("why the date moved"), max_length=500, blank=True)
    done_on = models.DateField(_("reached on"), null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on=F("original_due_on")) | ~Q(moved_reason=""),
                name="milestone_moved_says_why",
            )
        ]

    def __str__(self) -> str:
        return self.title
