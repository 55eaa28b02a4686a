from modeltranslation.translator import TranslationOptions, register

from coordination.mesas.models import Mesa


@register(Mesa)
class MesaTranslation(TranslationOptions):
    fields = ("name", "objectives")
