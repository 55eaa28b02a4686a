"""Rich text on a page: ``{% load rich %} {{ section.body|rich }}``."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from coordination.documents.rich import blocks, to_html

register = template.Library()


@register.filter(name="rich")
def show(html: str) -> SafeString:
    """Safe whatever the database holds: it is read again and written with our own tags. Its headings are h3 and h4."""
    return mark_safe(to_html(blocks(html or "")))  # noqa: S308  every text in it is escaped by ``to_html``
