"""What changed of an agreed commitment, read back from history: old, new, why, and the session that decided it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.activity.models import Activity
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Indicator
from coordination.organizations.models import Organization
from coordination.sessions.models import Session

LABELS: dict[str, Any] = {
    "statement": gettext_lazy("Commitment"),
    "deliverable": gettext_lazy("Deliverable"),
    "means_of_verification": gettext_lazy("Means of verification"),
    "verifier": gettext_lazy("Organization that verifies"),
    "co_responsible": gettext_lazy("Co-responsible organizations"),
    "name": gettext_lazy("Indicator"),
    "unit": gettext_lazy("Unit"),
    "baseline": gettext_lazy("Baseline"),
    "target": gettext_lazy("Target"),
    "keeps_level": gettext_lazy("What there is must be kept"),
    "formula": gettext_lazy("How the figures come together"),
}
OF_ORGANIZATIONS = ("verifier", "co_responsible")
FIGURES = ("baseline", "target")


class Change(NamedTuple):
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Amendment:
    """``session`` decided it: none of a slip of the pen, nor of an indicator, which changes with a reason alone."""

    reason: str
    changes: list[Change]
    session: Session | None = None
    is_slip: bool = False
    is_of_indicator: bool = False


def amended(commitment_id: Any) -> QuerySet[Activity]:
    """The entries that changed what was agreed. What was changed before the agreement has no reason, and stays out."""
    told = Q(kind=CommitmentEvent.AMENDED) | (
        Q(kind=CommitmentEvent.INDICATOR_CHANGED, payload__has_key="reason") & ~Q(payload__reason="")
    )
    return Activity.objects.filter(told, subject_type="commitment", subject_id=commitment_id)


def read(payloads: Iterable[Mapping[str, Any]], *, is_casa_adentro: bool) -> list[Amendment]:
    """With their names. Two queries at most, none where nothing was amended.

    Of an open commitment no closed session is named: its number and its day would tell that it was held.
    """
    rows = list(payloads)
    if not rows:
        return []
    named = Organization.objects.in_bulk({pk for row in rows for pk in organizations_in(row)})
    sessions = _sessions({row["session"] for row in rows if row.get("session")}, is_casa_adentro)
    return [
        Amendment(
            reason=row["reason"],
            changes=[
                Change(str(LABELS[name]), _said(name, row["was"].get(name), named), _said(name, new, named))
                for name, new in row.get("now", {}).items()
                if name in LABELS
            ],
            session=sessions.get(row.get("session") or 0),
            is_slip="indicator" not in row and not row.get("session"),
            is_of_indicator="indicator" in row,
        )
        for row in rows
    ]


def _sessions(ids: set[int], is_casa_adentro: bool) -> dict[int, Session]:
    rows = Session.objects.filter(pk__in=ids) if ids else Session.objects.none()
    return {row.pk: row for row in rows.select_related("mesa") if is_casa_adentro or not row.is_casa_adentro}


def organizations_in(payload: Mapping[str, Any]) -> list[int]:
    """Whoever came to a part in it, or lost one."""
    sides = [payload.get(side, {}).get(name) for side in ("was", "now") for name in OF_ORGANIZATIONS]
    return [pk for side in sides if side for pk in (side if isinstance(side, list) else [side])]


def _said(name: str, value: Any, named: Mapping[int, Organization]) -> str:
    """As a reader says it: an organization by its name, a figure grouped, nothing as "none"."""
    if value in (None, "", []):
        return _("none")
    if name in OF_ORGANIZATIONS:
        pks = value if isinstance(value, list) else [value]
        return "; ".join(named[pk].name for pk in pks if pk in named)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name == "formula":
        return str(dict(Indicator.Formula.choices).get(value, value))
    if name in FIGURES:
        try:
            return number_format(Decimal(str(value)), use_l10n=True, force_grouping=True)
        except InvalidOperation:
            return str(value)
    return str(value)
