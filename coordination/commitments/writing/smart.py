"""Help while a commitment is written: plain questions, and examples of the same axis that somebody already agreed."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.actor import Actor
from coordination.commitments.gate import CONCRETE, MEASURABLE, VERIFIABLE
from coordination.commitments.models import Commitment, Indicator
from coordination.common.dates import spoken
from coordination.common.models import Provenance
from coordination.mesas.models import Mesa

EXAMPLES = 3
# What whoever proposes is asked, in the order of the form. Source: the Mesa Nacional's own lesson, "concrete,
# measurable and verifiable commitments" (issue 6).
QUESTIONS: dict[str, tuple[Any, ...]] = {
    CONCRETE: (
        gettext_lazy(
            "Could somebody who was not in the room go and see it? Say the thing, not the intention."
        ),
        gettext_lazy("One organization answers. Others may help."),
        gettext_lazy("A day, not “as soon as possible”: people are reminded from it."),
    ),
    MEASURABLE: (
        gettext_lazy("Count what changes for people, not meetings or letters."),
        gettext_lazy("How much is there today? If nobody knows, say so: that is an answer too."),
        gettext_lazy("How much will there be on the due date, in the same unit?"),
    ),
    VERIFIABLE: (
        gettext_lazy("What paper, list or photograph will show it to somebody who does not know you?"),
        gettext_lazy("Who looks at it must not depend on whoever promises, nor the other way round."),
    ),
}


@dataclass(frozen=True)
class Example:
    """One sentence for each group; ``url`` where it is a commitment that one can open."""

    statement: str
    deliverable: str
    indicator: str
    change: str
    means: str
    url: str = ""
    code: str = ""


def examples(actor: Actor, mesa: Mesa, axis_id: int | None, but: int | None = None) -> list[Example]:
    """Of the axis, or of the mesa's axes: met ones first, then agreed ones, as far as the actor sees them; without
    any the shipped one. At most three queries.
    """
    axes = [axis_id] if axis_id else list(mesa.axes.values_list("pk", flat=True))
    found = _agreed(actor, axes, but) if axes else []
    if found:
        return found
    code = mesa.axes.model.objects.filter(pk__in=axes).values_list("code", flat=True).first() if axes else ""
    return [_shipped(code or "")]


def _agreed(actor: Actor, axes: list[int], but: int | None) -> list[Example]:
    seen = Commitment.objects.visible_to(actor).filter(
        axis__in=axes, provenance=Provenance.LIVE, is_casa_adentro=False, exempt_until=None
    )
    good = seen.filter(state__in=[Commitment.State.MET, *Commitment.REPORTABLE_STATES]).exclude(pk=but)
    rows = good.select_related("mesa").prefetch_related("indicators")
    # "met" comes after "agreed" and "in_progress" in the alphabet, and before "reported": asked for apart.
    ordered = sorted(
        rows.order_by("-agreed_at")[: 4 * EXAMPLES], key=lambda row: row.state != Commitment.State.MET
    )
    return [_of(row) for row in ordered[:EXAMPLES]]


def _of(commitment: Commitment) -> Example:
    first = next(iter(commitment.indicators.all()), None)
    return Example(
        commitment.statement,
        commitment.deliverable,
        first.name if first else "",
        _change(first) if first else "",
        commitment.means_of_verification,
        commitment.get_absolute_url(),
        commitment.code,
    )


def _change(indicator: Indicator) -> str:
    target = f"{indicator.target.normalize():f}" if indicator.target is not None else "—"
    if indicator.baseline is None:
        return _("to %(target)s %(unit)s") % {"target": target, "unit": indicator.unit}
    words = {"base": f"{indicator.baseline.normalize():f}", "target": target, "unit": indicator.unit}
    return pgettext("indicator", "from %(base)s to %(target)s %(unit)s") % words


@cache
def _all_shipped() -> dict[str, dict[str, dict[str, str]]]:
    path = Path(__file__).parent / "examples.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))["examples"])


def _shipped(code: str) -> Example:
    rows = _all_shipped()
    return Example(**rows.get(code, rows[""])[spoken()])
