"""What changed of an agreed commitment, as its readers are told: old, new, why, and the session that decided it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db.models import F, QuerySet
from django.db.models.functions import JSONObject
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.commitments.models import Amendment, Indicator
from coordination.common.dates import day_words
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
    "baseline_on": gettext_lazy("Date of the baseline"),
    "baseline_is_unknown": gettext_lazy("The baseline is not known"),
    "target": gettext_lazy("Target"),
    "keeps_level": gettext_lazy("What there is must be kept"),
    "formula": gettext_lazy("How the figures come together"),
    "steps": gettext_lazy("Targets on the way"),
}
OF_ORGANIZATIONS = ("verifier", "co_responsible")
FIGURES = ("baseline", "target")
SAID_OF_SESSION = (
    "public_id",
    "mesa_id",
    "number",
    "kind",
    "is_casa_adentro",
    "topic",
    "topic_es",
    "topic_en",
)


class Change(NamedTuple):
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Told:
    """``session`` decided it, where the reader may know of it; ``indicator`` names the one it is about."""

    reason: str
    changes: list[Change]
    session: Session | None = None
    is_slip: bool = False
    is_decided: bool = False
    indicator: str = ""


def amended(commitment_id: Any) -> QuerySet[Amendment]:
    """Everything that changed what was agreed, in the order of their numbers."""
    return Amendment.objects.filter(commitment=commitment_id).order_by("pk")


def with_facts(rows: QuerySet[Amendment]) -> QuerySet[Amendment]:
    """Adds ``facts``, what ``read`` asks for."""
    return rows.annotate(
        facts=JSONObject(
            reason="reason",
            was="was",
            now="now",
            session=session_facts(),
            is_slip="is_slip",
            indicator=F("indicator__name"),
        )
    )


def read(
    rows: Iterable[Mapping[str, Any]],
    *,
    is_casa_adentro: bool,
    named: Mapping[int, Organization] | None = None,
) -> list[Told]:
    """What ``with_facts`` adds to each, with names. One query, none where nothing was amended or ``named`` has everybody.

    Of an open commitment no closed session is named: its number and its day would tell that it was held.
    """
    found = list(rows)
    if not found:
        return []
    if named is None:
        named = Organization.objects.in_bulk({pk for row in found for pk in organizations_in(row)})
    decided = [session_of(row["session"]) for row in found]
    return [
        Told(
            reason=row["reason"],
            changes=[
                Change(str(LABELS[name]), _said(name, row["was"].get(name), named), _said(name, new, named))
                for name, new in row["now"].items()
                if name in LABELS
            ],
            session=session if session and (is_casa_adentro or not session.is_casa_adentro) else None,
            is_slip=row["is_slip"],
            is_decided=session is not None,
            indicator=row["indicator"] or "",
        )
        for row, session in zip(found, decided, strict=True)
    ]


def session_facts() -> JSONObject:
    """What a line says of the ``session`` of a row, for ``session_of``."""
    return JSONObject(id="session_id", **{name: f"session__{name}" for name in SAID_OF_SESSION})


def session_of(facts: Mapping[str, Any]) -> Session | None:
    """The session with what a line says of it; it loads the rest when asked."""
    if facts["id"] is None:
        return None
    names = [field.attname for field in Session._meta.concrete_fields if field.attname in facts]
    return Session.from_db("default", names, [facts[name] for name in names])


def organizations_in(facts: Mapping[str, Any]) -> list[int]:
    """Whoever came to a part in it, or lost one."""
    sides = [facts[side].get(name) for side in ("was", "now") for name in OF_ORGANIZATIONS]
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
    if name == "baseline_on":
        return day_words(date.fromisoformat(value))
    if name == "steps":
        return "; ".join(_step(*step) for step in value)
    if name == "formula":
        return str(dict(Indicator.Formula.choices).get(value, value))
    return _figure(value) if name in FIGURES else str(value)


def _step(starts_on: str, ends_on: str, value: str) -> str:
    first, last = (day_words(date.fromisoformat(day)) for day in (starts_on, ends_on))
    return _("%(value)s from %(first)s to %(last)s") % {"value": _figure(value), "first": first, "last": last}


def _figure(value: Any) -> str:
    try:
        return number_format(Decimal(str(value)), use_l10n=True, force_grouping=True)
    except InvalidOperation:
        return str(value)
