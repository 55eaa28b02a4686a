"""What a commitment lacks to be agreed, and who may never hold its second key."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination.commitments.models import Commitment
from coordination.common.dates import date_words
from coordination.common.working_days import add_working_days, is_working_day
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.taxonomies.queries import holidays_in

CONCRETE, MEASURABLE, VERIFIABLE = "concrete", "measurable", "verifiable"
GATE_GROUPS: dict[str, Any] = {
    CONCRETE: _("Concrete"),
    MEASURABLE: _("Measurable"),
    VERIFIABLE: _("Verifiable"),
}
# What stands beside a group that is complete.
GATE_NOTES: dict[str, Any] = {
    CONCRETE: _("deliverable, one responsible organization, date"),
    MEASURABLE: _("indicator, baseline, target"),
    VERIFIABLE: _("means, and another organization that verifies"),
}


class Missing(NamedTuple):
    """One thing the quality gate misses, and the form field where it is mended."""

    code: str
    message: str | Promise
    field: str

    @property
    def group(self) -> str:
        return _GROUP_OF[self.code]


_GROUP_OF = {
    "deliverable": CONCRETE,
    "responsible": CONCRETE,
    "due_on": CONCRETE,
    "due_passed": CONCRETE,
    "indicator": MEASURABLE,
    "unit": MEASURABLE,
    "baseline": MEASURABLE,
    "target": MEASURABLE,
    "no_change": MEASURABLE,
    "means_of_verification": VERIFIABLE,
    "verifier": VERIFIABLE,
    "own_key": VERIFIABLE,
    "same_sector": VERIFIABLE,
}
MEASURED = frozenset(code for code, group in _GROUP_OF.items() if group == MEASURABLE)
# Somebody answers for it from the first day, never for a date that is over; and no exception touches the two keys.
NEVER_EXCEPTED = frozenset({"responsible", "due_passed", "own_key", "same_sector"})
EXCEPTION_DAYS = 90  # issue 6: an exception is mended within three months, one round of sessions


def gate(commitment: Commitment) -> list[Missing]:
    """What stands between a proposal and an agreement, in the order of the form; empty when it is complete.

    Source: design, product "Quality gate". A historic record has no gate.
    """
    if commitment.is_historic:
        return []
    missing = []
    if not commitment.deliverable.strip():
        missing.append(Missing("deliverable", _("what will be delivered"), "deliverable"))
    if commitment.responsible_id is None:
        missing.append(Missing("responsible", _("one responsible organization"), "responsible"))
    if commitment.due_on is None:
        missing.append(Missing("due_on", _("a due date"), "due_on"))
    missing += _unmeasured(commitment)
    if not commitment.means_of_verification.strip():
        missing.append(
            Missing("means_of_verification", _("the means of verification"), "means_of_verification")
        )
    if commitment.verifier_id is None:
        missing.append(Missing("verifier", _("the organization that verifies"), "verifier"))
    elif commitment.verifier_id in own_side(commitment):
        missing.append(
            Missing(
                "own_key",
                _("a verifier that is not one of those who answer for it, nor part of them, nor above them"),
                "verifier",
            )
        )
    elif commitment.mesa.verifier_of_another_sector and same_sector(
        commitment.verifier_id, commitment.responsible_id
    ):
        missing.append(
            Missing(
                "same_sector", _("a verifier of another sector than the responsible organization"), "verifier"
            )
        )
    return missing


def lacks(commitment: Commitment, today: date) -> list[Missing]:
    """What stands between a proposal and an agreement today: the gate, and a due date that has passed."""
    missing = gate(commitment)
    if commitment.due_on and commitment.due_on < today and not commitment.is_historic:
        missing.append(Missing("due_passed", _("a due date that has not passed"), "due_on"))
    return missing


def _unmeasured(commitment: Commitment) -> list[Missing]:
    """What the first indicator lacks; a commitment needs one that is whole."""
    lacks: list[list[Missing]] = []
    for indicator in commitment.indicators.all():
        found = []
        if not indicator.unit.strip():
            found.append(Missing("unit", _("the unit of the indicator"), "indicator_unit"))
        if indicator.baseline is None and not indicator.baseline_is_unknown:
            found.append(
                Missing("baseline", _("the baseline, or that it is not known"), "indicator_baseline")
            )
        if indicator.target is None:
            found.append(Missing("target", _("the target of the indicator"), "indicator_target"))
        elif indicator.target == indicator.baseline and not indicator.keeps_level:
            found.append(
                Missing("no_change", _("a target that differs from the baseline"), "indicator_target")
            )
        if not found:
            return []
        lacks.append(found)
    return lacks[0] if lacks else [Missing("indicator", _("at least one indicator"), "indicator_name")]


def answering_ids(commitment: Commitment) -> set[int]:
    """The responsible and co-responsible organizations."""
    ids = {organization.pk for organization in commitment.co_responsible.all()}
    return ids | {commitment.responsible_id} if commitment.responsible_id else ids


def kin(organization_ids: Iterable[int]) -> set[int]:
    """These organizations, those they are part of and those that are part of them. One query."""
    ids = set(organization_ids)
    if not ids:
        return set()
    rows = Organization.objects.filter(Q(id__in=ids) | Q(parent__in=ids)).values_list("id", "parent_id")
    parents = {parent for organization, parent in rows if organization in ids and parent}
    return ids | parents | {organization for organization, _parent in rows}


def own_side(commitment: Commitment) -> set[int]:
    """Organizations that may never verify it: those that answer for it, their parents and their children.

    Without a query of a row that was read for its page.
    """
    known = getattr(commitment, "own_side_ids", None)
    if known is not None:
        return set(known)
    return kin(answering_ids(commitment))


def same_sector(one: int | None, other: int | None) -> bool:
    """Whether both are of one sector: an organization's own, else its type's. One query."""
    rows = (
        Organization.objects.filter(id__in=[one, other])
        .with_sector()
        .values_list("id", "sector_id_effective")
    )
    sectors = dict(rows)
    return one is not None and other is not None and sectors.get(one) == sectors.get(other)


def is_excepted(missing: Iterable[Missing]) -> bool:
    """Whether the mesa may agree although this is missing, with a reason and a date to mend it."""
    return not any(each.code in NEVER_EXCEPTED for each in missing)


@dataclass(frozen=True)
class RestDay:
    """A due date on which nobody works where the mesa belongs, and the next day on which people do."""

    words: str
    next_day: date


def rest_day(mesa: Mesa, due_on: date) -> RestDay | None:
    """None for a working day. One query: the days of rest of the mesa's canton, province and country."""
    off = holidays_in(
        canton_id=mesa.canton_id,
        province_id=mesa.province_id,
        since=due_on,
        until=due_on + timedelta(days=30),
    )
    if is_working_day(due_on, off):
        return None
    words = f"{date_words(due_on)} ({off[due_on].name})" if due_on in off else date_words(due_on)
    return RestDay(words, add_working_days(due_on, 1, off.keys()))
