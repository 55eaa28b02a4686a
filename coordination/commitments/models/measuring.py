"""How a commitment is measured: indicators, targets by period, measurements and who they count."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actor import Actor
from coordination.commitments.models.hanging import HangingQuerySet
from coordination.commitments.models.promises import Commitment
from coordination.common.models import PublicIdModel
from coordination.organizations.models import Organization, Person


class Indicator(PublicIdModel):
    """How a commitment is measured: unit, baseline (or "unknown", said as such), target, latest value."""

    class Formula(models.TextChoices):
        LATEST = "latest", _("the latest one counts")
        SUM = "sum", _("the periods are added up")
        AVERAGE = "average", _("the average of the periods")

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="indicators")
    name = models.CharField(_("what is measured"), max_length=200)
    unit = models.CharField(_("unit"), max_length=60)
    baseline = models.DecimalField(_("baseline"), max_digits=16, decimal_places=2, null=True, blank=True)
    baseline_is_unknown = models.BooleanField(_("the baseline is not known"), default=False)
    target = models.DecimalField(_("target"), max_digits=16, decimal_places=2, null=True, blank=True)
    # As it was agreed first; like the original due date it stays when a session moves the other one.
    original_target = models.DecimalField(
        _("original target"), max_digits=16, decimal_places=2, null=True, blank=True, editable=False
    )
    baseline_on = models.DateField(_("date of the baseline"), null=True, blank=True)
    # Kept at its level on purpose: without saying so, a target equal to its baseline promises nothing.
    keeps_level = models.BooleanField(_("what there is must be kept"), default=False)
    formula = models.CharField(
        _("how the periods add up"), max_length=7, choices=Formula, default=Formula.LATEST
    )
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    # What the formula makes of the measurements that stand; written by the actions.
    value = models.DecimalField(_("latest value"), max_digits=16, decimal_places=2, null=True, blank=True)

    objects = HangingQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(baseline=None) | Q(baseline_is_unknown=False),
                name="indicator_baseline_known_or_not",
                violation_error_message=_("Give the baseline or say that it is not known, not both."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class PeriodTarget(models.Model):
    """How much there should be by the end of a period, on the way to the indicator's target."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="period_targets")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    value = models.DecimalField(_("target of the period"), max_digits=16, decimal_places=2)

    class Meta:
        verbose_name = _("target of a period")
        verbose_name_plural = _("targets by period")
        ordering = ["ends_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "ends_on"], name="period_target_once"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="period_target_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.ends_on}: {self.value}"


class MeasurementQuerySet(models.QuerySet["Measurement"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(
            indicator__commitment__in=Commitment.objects.visible_to(actor).order_by().values("pk")
        )

    def standing(self) -> Self:
        """Without those that a later one corrected or that were taken back."""
        return self.filter(corrected_by=None, withdrawn_at=None)


class Measurement(PublicIdModel):
    """What was measured, when, and where the figure comes from. A correction is a new row that names the old one."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="measurements")
    # Last day of what it counts; with a first day it counts a period.
    measured_on = models.DateField(_("date of the figure"))
    since = models.DateField(_("counted since"), null=True, blank=True)
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=2)
    source = models.CharField(_("source of the figure"), max_length=300)
    note = models.CharField(_("remark"), max_length=500, blank=True)
    report = models.ForeignKey(
        "Report", models.PROTECT, null=True, blank=True, related_name="measurements", editable=False
    )
    organization = models.ForeignKey(Organization, models.PROTECT, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, editable=False)
    recorded_at = models.DateTimeField(editable=False)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", editable=False
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_reason = models.CharField(_("why it was taken back"), max_length=300, blank=True)

    objects = MeasurementQuerySet.as_manager()

    class Meta:
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        ordering = ["measured_on", "id"]
        indexes = [models.Index(fields=["indicator", "measured_on"], name="measurement_of_indicator")]
        constraints = [
            models.CheckConstraint(
                condition=Q(since=None) | Q(since__lte=F("measured_on")), name="measurement_in_order"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="measurement_has_a_source"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_reason=""),
                name="measurement_withdrawn_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measured_on}: {self.value}"


class MeasurementPart(models.Model):
    """How many of the measurement are of one sex, age, territory or population. Counts, never people."""

    class Dimension(models.TextChoices):
        SEX = "sex", _("sex")
        AGE = "age", _("age")
        TERRITORY = "territory", _("territory")
        POPULATION = "population", _("population")

    class Sex(models.TextChoices):
        WOMEN = "women", _("women")
        MEN = "men", _("men")
        OTHER = "other", _("other identity")

    class Age(models.TextChoices):
        UNDER_5 = "0_4", _("0 to 4 years")
        FROM_5 = "5_11", _("5 to 11 years")
        FROM_12 = "12_17", _("12 to 17 years")
        FROM_18 = "18_59", _("18 to 59 years")
        FROM_60 = "60_up", _("60 years and over")

    class Population(models.TextChoices):
        REFUGEES = "refugees", _("refugees and asylum seekers")
        MIGRANTS = "migrants", _("migrants")
        RETURNEES = "returnees", _("returnees")
        IN_TRANSIT = "in_transit", _("people in transit")
        HOST = "host", _("host community")
        OTHER = "other", pgettext_lazy("population", "other")

    measurement = models.ForeignKey(Measurement, models.CASCADE, related_name="parts")
    dimension = models.CharField(_("counted by"), max_length=10, choices=Dimension)
    # A value of Sex, Age or Population; of a territory the INEC code of its province.
    group = models.CharField(_("group"), max_length=20)
    count = models.PositiveIntegerField(_("how many"))

    class Meta:
        verbose_name = _("part of a measurement")
        verbose_name_plural = _("parts of a measurement")
        ordering = ["dimension", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["measurement", "dimension", "group"], name="measurement_part_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.group}: {self.count}"
