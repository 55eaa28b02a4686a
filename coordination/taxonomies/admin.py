"""Reference data: what the administrators mend."""

from typing import Any

from django.contrib import admin
from django.db.models import ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from coordination.common.admin import QuietDeleteAdmin
from coordination.taxonomies import models


@admin.register(models.Province)
class ProvinceAdmin(QuietDeleteAdmin):
    list_display = ["code", "name", "iso_code", "capital", "planning_zone"]
    list_filter = ["planning_zone"]
    search_fields = ["name", "code", "capital"]


@admin.register(models.Canton)
class CantonAdmin(QuietDeleteAdmin):
    list_display = ["code", "name", "province"]
    list_filter = ["province"]
    list_select_related = ["province"]
    search_fields = ["name", "code"]


class TermAdmin(QuietDeleteAdmin, TranslationAdmin):
    list_display = ["code", "name", "order"]
    list_display_links = ["code", "name"]
    search_fields = ["code", "name_es", "name_en"]


@admin.register(models.Sector)
class SectorAdmin(TermAdmin):
    list_display = ["code", "name", "short_name", "order"]


@admin.register(models.SectorType)
class SectorTypeAdmin(TermAdmin):
    list_display = ["code", "name", "sector", "order"]
    list_filter = ["sector"]
    list_select_related = ["sector"]


@admin.register(models.SdgTarget)
class SdgTargetAdmin(TermAdmin):
    list_display = ["code", "name", "goal"]
    list_filter = ["goal"]
    list_select_related = ["goal"]


@admin.register(models.DevelopmentSector)
class DevelopmentSectorAdmin(TermAdmin):
    list_display = ["code", "name", "scheme", "order"]
    list_filter = ["scheme"]


@admin.register(models.ThematicAxis)
class ThematicAxisAdmin(TermAdmin):
    formfield_overrides = {ManyToManyField: {"widget": CheckboxSelectMultiple}}


class YearFilter(admin.SimpleListFilter):
    title = _("year")
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(day.year), str(day.year)) for day in models.Holiday.objects.dates("date", "year")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        year = self.value()
        return queryset.filter(date__year=year) if year and year.isdecimal() else queryset


@admin.register(models.Holiday)
class HolidayAdmin(QuietDeleteAdmin, TranslationAdmin):
    """Tasks that already have their day keep it: a day added here moves only what is planned from now on."""

    list_display = ["date", "name", "province", "canton", "is_kept", "source"]
    list_display_links = ["date", "name"]
    list_filter = [YearFilter, "is_kept", "province"]
    list_select_related = ["province", "canton"]
    search_fields = ["name_es", "name_en", "province__name", "canton__name"]
    autocomplete_fields = ["canton"]
    date_hierarchy = "date"
    fields = ["date", "name", "province", "canton", "is_kept", "source", "source_url"]


admin.site.register([models.GcmObjective, models.GcmPrinciple, models.Sdg], TermAdmin)
