"""Places on a scale, as the attributes of a drawing take them."""

from datetime import date

from django import template

from coordination.common.dates import short_month

register = template.Library()


@register.filter
def place(share: float | None) -> str:
    """0.527 → ``52.7%``, whatever sign the language writes between whole and part."""
    return "" if share is None else f"{100 * share:.1f}%"


@register.filter
def tick(day: date) -> str:
    """A month on the scale; January says its year."""
    return f"{short_month(day)} {day.year}" if day.month == 1 else short_month(day)
