from modeltranslation.translator import TranslationOptions, register

from coordination.commitments.models import Commitment


@register(Commitment)
class CommitmentTranslation(TranslationOptions):
    fields = ("statement",)
