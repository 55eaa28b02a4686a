"""What is asked before a report goes, and what a verifier is told is not there: the same facts, said to each side.

Nothing here is refused. People mistype, and people press "it is done" too early; whoever still means it says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from coordination.commitments.figures.queries import amount
from coordination.commitments.figures.rules import Figure, combined, figure_of, is_percent
from coordination.commitments.models import Commitment, Indicator, Measurement, Report
from coordination.common.dates import day_words, moment, percent

WHOLE = 100
AT_ONCE = timedelta(hours=1)  # sooner the same words are the same report: actions.reporting
FAR_OVER = 2  # times what was promised or was there: beyond it a digit too many is likelier than a success


class Question(NamedTuple):
    """``code`` carries the values it asks about: what was confirmed once is not asked again, other values are."""

    code: str
    text: str


@dataclass(frozen=True)
class Told:
    """What somebody is about to report. ``corrects`` is the report whose figures it replaces."""

    progress: int
    asks_verification: bool
    figures: Mapping[int, Decimal]
    day: date
    has_evidence: bool
    text: str = ""
    corrects: Report | None = None


def questions(
    commitment: Commitment,
    indicators: Sequence[Indicator],
    standing: Sequence[Measurement],
    told: Told,
    last: Report | None,
    now: datetime,
) -> list[Question]:
    """``standing`` are the figures of these indicators that stand, ``last`` is the latest report."""
    found = []
    if last and not told.corrects and _says_the_same(last, told) and last.reported_at < now - AT_ONCE:
        at = moment(last.reported_at, commitment.mesa.time_zone)
        found.append(
            Question(
                f"same:{last.pk}", _("Your organization sent these same words: %(when)s.") % {"when": at}
            )
        )
    if told.asks_verification and told.progress < WHOLE:
        found.append(
            Question(
                f"part:{told.progress}",
                _("You ask to verify it as done and report %(progress)s.")
                % {"progress": percent(told.progress)},
            )
        )
    for indicator in indicators:
        rows = [row for row in standing if row.indicator_id == indicator.pk]
        found += _of_figure(indicator, rows, told)
    if told.asks_verification and not told.has_evidence:
        found.append(Question("evidence", _("There is no evidence: no file and no address.")))
    return found


def gaps(report: Report | None, indicators: Iterable[Indicator], *, has_evidence: bool) -> list[str]:
    """What whoever verifies should know before deciding, in words; empty where everything promised was reported."""
    found = []
    if report and report.progress < WHOLE:
        found.append(_("It reports %(progress)s.") % {"progress": percent(report.progress)})
    found += [short for each in indicators if (short := _short(each, each.value))]
    if not has_evidence:
        found.append(_("There is no evidence: no file and no address."))
    return found


def _says_the_same(last: Report, told: Told) -> bool:
    return last.has_news and last.text.strip() == told.text.strip()


def in_place_of(rows: Iterable[Measurement], day: date, corrects: Report | None) -> Measurement | None:
    """Of one indicator's standing figures the one that a report of that day replaces."""
    mine = next((row for row in rows if corrects and row.report_id == corrects.pk), None)
    return mine or next((row for row in rows if (row.since, row.measured_on) == (None, day)), None)


def _of_figure(indicator: Indicator, rows: list[Measurement], told: Told) -> list[Question]:
    value, found = told.figures.get(indicator.pk), []
    total = indicator.value
    if value is not None:
        old = in_place_of(rows, told.day, told.corrects)
        total = combined(
            indicator.formula, [*(figure_of(row) for row in rows if row != old), Figure(value, told.day)]
        )
        if old and not told.corrects and indicator.formula == Indicator.Formula.SUM and old.value != value:
            found.append(_replaced(indicator, old, value))
        most = max(indicator.baseline or 0, indicator.target or 0) * FAR_OVER
        if total is not None and total > most > 0 and not is_percent(indicator.unit):
            found.append(Question(f"high:{indicator.pk}:{total}", _against(indicator, total)))
        elif _is_backwards(indicator, total):
            found.append(Question(f"back:{indicator.pk}:{total}", _from_baseline(indicator, total)))
    is_said_done = told.asks_verification or (told.progress == WHOLE and total is not None)
    if is_said_done and not found and (short := _short(indicator, total)):
        found.append(Question(f"short:{indicator.pk}:{total}", short))
    return found


def _replaced(indicator: Indicator, old: Measurement, value: Decimal) -> Question:
    words = _(
        "“%(name)s”: of %(day)s there is already a figure, %(old)s. What you write replaces it: for both together write %(both)s."
    )
    said = {
        "name": indicator.name, "day": day_words(old.measured_on), "old": amount(old.value),
        "both": amount(old.value + value),
    }  # fmt: skip
    return Question(f"replaces:{old.pk}:{value}", words % said)


def _against(indicator: Indicator, total: Decimal) -> str:
    target = indicator.target if indicator.target is not None else indicator.baseline
    words = _("“%(name)s”: it comes to %(value)s, and %(target)s was promised. Is the figure right?")
    return words % {"name": indicator.name, "value": amount(total), "target": amount(target or Decimal(0))}


def _from_baseline(indicator: Indicator, total: Decimal | None) -> str:
    words = _("“%(name)s”: %(value)s is further from the target than at the beginning (%(baseline)s).")
    return words % {
        "name": indicator.name, "value": amount(total or Decimal(0)),
        "baseline": amount(indicator.baseline or Decimal(0)),
    }  # fmt: skip


def _short(indicator: Indicator, total: Decimal | None) -> str:
    """In words what is missing to the target; empty where it is reached or none was set."""
    target = indicator.target
    if target is None:
        return ""
    if total is None:
        return _("“%(name)s”: there is no figure yet; the target is %(target)s.") % {
            "name": indicator.name, "target": amount(target)
        }  # fmt: skip
    if total >= target if _rises(indicator) else total <= target:
        return ""
    words = _("“%(name)s”: %(value)s; the target is %(target)s.")
    return words % {"name": indicator.name, "value": amount(total), "target": amount(target)}


def _rises(indicator: Indicator) -> bool:
    return indicator.baseline is None or indicator.target is None or indicator.target >= indicator.baseline


def _is_backwards(indicator: Indicator, total: Decimal | None) -> bool:
    """Sums begin at nothing, whatever the baseline is."""
    if total is None or indicator.baseline is None or indicator.formula == Indicator.Formula.SUM:
        return False
    return total < indicator.baseline if _rises(indicator) else total > indicator.baseline
