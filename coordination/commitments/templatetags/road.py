"""Places on a scale, as the attributes of a drawing take them."""

from django import template

from coordination.commitments.roadmap.queries import tick

register = template.Library()


@register.filter
def place(share: float | None) -> str:
    """0.527 → ``52.7%``, whatever sign the language writes between whole and part."""
    return "" if share is None else f"{100 * share:.1f}%"


register.filter(tick)
