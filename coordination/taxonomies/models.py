"""Reference data: territories, sectors, axes, objectives. Nothing here is fixed to one country or subject."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Territory(models.Model):
    """What a province and a canton share: an official code and a name."""

    code = models.CharField(_("code"), max_length=10, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Province(Territory):
    """``code`` is INEC's (01-24), ``iso_code`` ISO 3166-2."""

    iso_code = models.CharField(_("ISO code"), max_length=6, blank=True)
    capital = models.CharField(_("capital"), max_length=120, blank=True)
    planning_zone = models.PositiveSmallIntegerField(_("planning zone"), null=True, blank=True)

    class Meta:
        verbose_name = _("province")
        verbose_name_plural = _("provinces")
        ordering = ["code"]


class Canton(Territory):
    province = models.ForeignKey(Province, models.PROTECT, related_name="cantons", verbose_name=_("province"))

    class Meta:
        verbose_name = _("canton")
        verbose_name_plural = _("cantons")
        ordering = ["code"]


class Term(models.Model):
    """A coded word of a list, translated, in the list's own order."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=250)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Sector(Term):
    """One of the seven sectors of the whole-of-society view; quorum and the balance gauge count these."""

    short_name = models.CharField(_("short name"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("sector")
        verbose_name_plural = _("sectors")
        ordering = ["order", "code"]


class SectorType(Term):
    """A finer kind of organization, mapped onto a sector; an organization may override the sector."""

    sector = models.ForeignKey(Sector, models.PROTECT, related_name="types", verbose_name=_("sector"))

    class Meta:
        verbose_name = _("sector type")
        verbose_name_plural = _("sector types")
        ordering = ["order", "code"]


class GcmObjective(Term):
    """An objective of the Global Compact for Migration (A/RES/73/195)."""

    class Meta:
        verbose_name = _("GCM objective")
        verbose_name_plural = _("GCM objectives")
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.order}. {self.name}"


class GcmPrinciple(Term):
    """A guiding principle of the Global Compact for Migration."""

    class Meta:
        verbose_name = _("GCM principle")
        verbose_name_plural = _("GCM principles")
        ordering = ["order"]


class Sdg(Term):
    """A Sustainable Development Goal."""

    class Meta:
        verbose_name = _("SDG")
        verbose_name_plural = _("SDGs")
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.order}. {self.name}"


class SdgTarget(Term):
    goal = models.ForeignKey(Sdg, models.PROTECT, related_name="targets", verbose_name=_("SDG"))

    class Meta:
        verbose_name = _("SDG target")
        verbose_name_plural = _("SDG targets")
        ordering = ["goal", "order"]


class DevelopmentSector(Term):
    """A development sector of a programme (for example the nine of MMICD, or those of R4V)."""

    scheme = models.CharField(_("scheme"), max_length=20)

    class Meta:
        verbose_name = _("development sector")
        verbose_name_plural = _("development sectors")
        ordering = ["scheme", "order"]


class ThematicAxis(Term):
    gcm_objectives = models.ManyToManyField(GcmObjective, blank=True, verbose_name=_("GCM objectives"))

    class Meta:
        verbose_name = _("thematic axis")
        verbose_name_plural = _("thematic axes")
        ordering = ["order", "code"]


class Holiday(models.Model):
    """A day of rest as it is kept, after its move: of the whole country, or of one province or canton.

    One that is no longer kept is unticked and stays: deleted, the next load of the shipped list would bring it back.
    """

    date = models.DateField(_("day of rest"))
    name = models.CharField(_("name"), max_length=120)
    province = models.ForeignKey(
        Province,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="holidays",
        verbose_name=_("province"),
        help_text=_("Only where the whole province rests. Without province and canton: the whole country."),
    )
    canton = models.ForeignKey(
        Canton,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="holidays",
        verbose_name=_("canton"),
        help_text=_("Only where one canton rests; then the province stays empty."),
    )
    is_kept = models.BooleanField(
        _("is kept"), default=True, help_text=_("Without the tick it counts as a working day.")
    )
    source = models.CharField(_("source"), max_length=250)
    source_url = models.URLField(_("address of the source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["date", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["date", "province", "canton"],
                name="holiday_once_a_territory",
                nulls_distinct=False,
                violation_error_message=_("This territory already has a holiday on this day."),
            ),
            models.CheckConstraint(
                condition=Q(province=None) | Q(canton=None),
                name="holiday_of_one_territory",
                violation_error_message=_("Choose the province or the canton, not both."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"

    @property
    def place(self) -> str:
        """Where people rest: the canton's or the province's name; empty for the whole country."""
        territory = self.canton or self.province
        return territory.name if territory else ""
