from modeltranslation.translator import TranslationOptions, register

from coordination.taxonomies import models


@register(
    [
        models.SectorType,
        models.GcmObjective,
        models.GcmPrinciple,
        models.Sdg,
        models.SdgTarget,
        models.DevelopmentSector,
        models.ThematicAxis,
        models.Holiday,
    ]
)
class TermTranslation(TranslationOptions):
    fields = ("name",)


@register(models.Sector)
class SectorTranslation(TranslationOptions):
    fields = ("name", "short_name")
