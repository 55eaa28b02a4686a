from modeltranslation.translator import TranslationOptions, register

from coordination.organizations.models import Organization, Post


@register(Organization)
class OrganizationTranslation(TranslationOptions):
    fields = ("name", "acronym", "mission", "mandate", "note")


@register(Post)
class PostTranslation(TranslationOptions):
    fields = ("title",)
