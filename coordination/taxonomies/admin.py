"""Reference data: what the administrators mend."""

from django.contrib import admin
from django.db.models import ManyToManyField
from django.forms import CheckboxSelectMultiple
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


admin.site.register([models.GcmObjective, models.GcmPrinciple, models.Sdg], TermAdmin)
