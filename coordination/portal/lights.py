"""Counts by traffic light as the parts of a share bar, each with the address of its rows."""

from urllib.parse import urlencode

from django.urls import reverse

from coordination.commitments.lights import LIGHT_LABELS

ORDER = ("green", "amber", "red", "disputed", "grey")


def parts_of(counts: dict[str, int], *, mesa: str = "") -> list[dict[str, object]]:
    """One part per light that has rows, in the order of the design: every number links to its rows."""
    filters = {"mesa": mesa} if mesa else {}
    return [
        {
            "state": code,
            "label": LIGHT_LABELS[code],
            "count": counts[code],
            "url": f"{reverse('commitments:list')}?{urlencode({**filters, 'light': code})}",
        }
        for code in ORDER
        if counts.get(code)
    ]
