from modeltranslation.translator import TranslationOptions, register

from coordination.sessions.models import AgendaItem, Session


@register(Session)
class SessionTranslation(TranslationOptions):
    fields = ("topic",)


@register(AgendaItem)
class AgendaItemTranslation(TranslationOptions):
    fields = ("title",)
