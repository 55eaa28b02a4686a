"""A short text that a person hands on by their own WhatsApp. Nothing is sent from here, and nobody else is told."""

from typing import Any
from urllib.parse import quote

from django import template
from django.conf import settings
from django.template import Context, engines
from django.utils.translation import get_language

register = template.Library()


@register.inclusion_tag("notifications/_whatsapp.html")
def whatsapp(name: str, key: Any, path: str, **facts: Any) -> dict[str, Any]:
    """The text ``templates/notifications/whatsapp/<language>/<name>.txt`` in a field to copy, and a link to WhatsApp.

    ``path`` is the page of ours that the text leads to; ``key`` tells two of them on one page apart. Casa adentro uses
    the text ``reserved``, which says nothing.
    """
    language = (get_language() or "es").partition("-")[0]
    words = engines["django"].engine.get_template(f"notifications/whatsapp/{language}/{name}.txt")  # type: ignore[attr-defined]
    told = {"link": f"{settings.BASE_URL}{path}"} | facts
    text = words.render(Context(told, autoescape=False)).strip()
    return {"text": text, "key": key, "address": f"https://wa.me/?text={quote(text)}"}
