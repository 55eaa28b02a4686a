"""Why this light: the rule that applies, with its dates, and how long things have been as they are."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.commitments.lights import MOVING, Light, rule_of
from coordination.commitments.models import Commitment
from coordination.common.dates import day_words, relative_days


@dataclass(frozen=True)
class Why:
    """``sentence`` has the dates of this commitment, ``ages`` how long it has been so, ``rule`` the code in the table."""

    light: Light
    rule: str
    sentence: str
    ages: list[str]


@dataclass(frozen=True)
class Back:
    """What was reported as done is worked on again: ``who`` returned it, or, without a name, the mesa opened it."""

    day: date
    who: str = ""


def why(
    commitment: Commitment,
    today: date,
    *,
    reported_on: date | None,
    asked_on: date | None,
    decided_by: str,
    back: "Back | None" = None,
) -> Why:
    """Reads the row alone. ``reported_on`` is the day of the last report, ``asked_on`` of the last that asked its
    verifier; ``decided_by`` names whose word settled it, ``back`` what became of the last report if it said "done".
    """
    rule = rule_of(commitment, today)
    settled = timezone.localdate(commitment.settled_at) if commitment.settled_at else None
    sentence = _SENTENCES.get(rule.code, lambda facts: str(rule.when))(
        _Facts(commitment, today, reported_on, asked_on, settled, decided_by, back)
    )
    return Why(rule.light, rule.code, sentence, _ages(commitment, today, reported_on, asked_on, rule.code))


@dataclass(frozen=True)
class _Facts:
    commitment: Commitment
    today: date
    reported_on: date | None
    asked_on: date | None
    settled_on: date | None
    decided_by: str
    back: "Back | None" = None

    def due(self) -> dict[str, str]:
        day = self.commitment.due_on
        return _both("due", day, self.today)

    def exempt(self) -> dict[str, str]:
        return _both("until", self.commitment.exempt_until, self.today)


def _both(name: str, day: date | None, today: date) -> dict[str, str]:
    """A date in words and its distance from today."""
    if day is None:
        return {name: "—", "ago": "—"}
    return {name: day_words(day), "ago": relative_days(day, today)}


def _decided(facts: _Facts) -> str:
    words = {
        "met": _("%(who)s confirmed on %(day)s that it is met."),
        "partly_met": _("%(who)s confirmed on %(day)s that it is met in part."),
        "not_met": _("%(who)s confirmed on %(day)s that it was not met."),
    }
    commitment, day = facts.commitment, facts.settled_on
    if not facts.decided_by or day is None:
        return _("It stands in its source as “%(state)s”.") % {"state": commitment.get_state_display()}
    return words[commitment.state] % {"who": facts.decided_by, "day": day_words(day)}


def _withdrawn(facts: _Facts) -> str:
    if facts.settled_on is None:
        return _("It was withdrawn.")
    return _("It was withdrawn on %(day)s.") % {"day": day_words(facts.settled_on)}


def _overdue(facts: _Facts) -> str:
    if facts.reported_on is None:
        return _("It was due on %(due)s, %(ago)s, and nothing has been reported.") % facts.due()
    if facts.back:
        told = facts.due() | {"report": day_words(facts.reported_on), "day": day_words(facts.back.day)}
        if facts.back.who:
            return _(
                "It was due on %(due)s, %(ago)s. It was reported as done on %(report)s, and %(who)s returned it on %(day)s: something is missing."
            ) % (told | {"who": facts.back.who})
        return (
            _(
                "It was due on %(due)s, %(ago)s. It was reported as done on %(report)s, and the mesa opened it again on %(day)s."
            )
            % told
        )
    return _(
        "It was due on %(due)s, %(ago)s. The last report, of %(report)s, does not say that it is done."
    ) % (facts.due() | {"report": day_words(facts.reported_on)})


def _waiting(facts: _Facts) -> str:
    asked = day_words(facts.asked_on) if facts.asked_on else "—"
    return _(
        "It was reported as done on %(asked)s. It was due on %(due)s, and whoever verifies has not answered."
    ) % (facts.due() | {"asked": asked})


def _undated(facts: _Facts) -> str:
    if facts.commitment.exempt_until is None:
        return _("It was agreed without a due date.")
    return _("It was agreed without a due date. It gets one by %(until)s, %(ago)s.") % facts.exempt()


_SENTENCES = {
    "met": _decided,
    "partly_met": _decided,
    "not_met": _decided,
    "withdrawn": _withdrawn,
    "overdue": _overdue,
    "waiting": _waiting,
    "undated": _undated,
    "undated_late": lambda facts: (
        _("It was agreed without a due date, and should have had one by %(until)s, %(ago)s.") % facts.exempt()
    ),
    "due_soon": lambda facts: _("It is due on %(due)s, %(ago)s.") % facts.due(),
    "incomplete": lambda facts: (
        _(
            "It was agreed although something is missing, which is to be completed by %(until)s, %(ago)s. It turns green once it is complete."
        )
        % facts.exempt()
    ),
    "incomplete_late": lambda facts: (
        _(
            "It was agreed although something was missing, which should have been completed by %(until)s, %(ago)s."
        )
        % facts.exempt()
    ),
    "on_time": lambda facts: _("It is due on %(due)s, %(ago)s.") % facts.due(),
}


def _ages(
    commitment: Commitment, today: date, reported_on: date | None, asked_on: date | None, rule: str
) -> list[str]:
    """How long it has been open, without news, with its verifier. Nothing of what is settled or historic."""
    if commitment.is_historic or commitment.state not in (*MOVING, Commitment.State.DISPUTED):
        return []
    found = []
    if commitment.agreed_at:
        agreed = timezone.localdate(commitment.agreed_at)
        found.append(_("Agreed %(ago)s.") % {"ago": relative_days(agreed, today)})
    if commitment.state == Commitment.State.REPORTED and asked_on:
        found.append(_("Waiting for its verifier since %(day)s.") % {"day": day_words(asked_on)})
    elif reported_on:
        found.append(_("Last report: %(ago)s.") % {"ago": relative_days(reported_on, today)})
    elif rule != "overdue":
        found.append(_("Nothing has been reported yet."))
    if commitment.original_due_on and commitment.due_on and commitment.original_due_on != commitment.due_on:
        found.append(_("It was due on %(day)s at first.") % {"day": day_words(commitment.original_due_on)})
    return found
