"""The optional questions of a delegation: what they are, how many people may still answer, what may be shown.

Self-identification as in the census of Ecuador (INEC, VIII Censo de Población y VII de Vivienda, 2022, question on
culture and customs).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from coordination.activity.models import Activity
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Invitation, StatedCount
from coordination.attendees.suppression import SHOWN_FROM as SHOWN_FROM
from coordination.attendees.suppression import suppressed
from coordination.sessions.models import Session

Question = StatedCount.Question

ANSWERS: dict[str, list[tuple[str, Any]]] = {
    Question.SEX: [("woman", _("woman")), ("man", _("man")), ("another", _("another answer"))],
    Question.AGE: [
        ("under_18", _("under 18")),
        ("18_29", _("18 to 29")),
        ("30_44", _("30 to 44")),
        ("45_64", _("45 to 64")),
        ("65_more", _("65 or more")),
    ],
    Question.IDENTITY: [
        ("indigenous", _("Indigenous")),
        ("afro", _("Afro-Ecuadorian or of African descent")),
        ("black", _("Black")),
        ("mulatto", _("Mulatto")),
        ("montubio", _("Montubio")),
        ("mestizo", _("Mestizo")),
        ("white", _("White")),
        ("another", _("another")),
    ],
}


@dataclass(frozen=True)
class Total:
    """A question with its counts; None where a count stays hidden."""

    question: str
    label: Any
    rows: list[tuple[Any, int | None]]


def may_state(invitation: Invitation) -> int:
    """How many people of the delegation have not been counted. Two queries."""
    asked = (
        Activity.objects.about("invitation", invitation.pk)
        .filter(kind=AttendeeEvent.STATED)
        .aggregate(n=Sum(Cast(KeyTextTransform("people", "payload"), IntegerField())))["n"]
    )
    return max(invitation.delegates.current().count() - (asked or 0), 0)


def totals(session: Session) -> list[Total]:
    """What may be shown, by the rule of ``suppression``; of a table that stays hidden no count at all. One query."""
    counted: dict[str, dict[str, int]] = {}
    for question, answer, n in StatedCount.objects.filter(session=session).values_list(
        "question", "answer", "count"
    ):
        counted.setdefault(question, {})[answer] = n
    return [
        Total(question, Question(question).label, _shown(ANSWERS[question], counted[question]))
        for question in ANSWERS
        if any(counted.get(question, {}).values())
    ]


def _shown(answers: Iterable[tuple[str, Any]], counts: dict[str, int]) -> list[tuple[Any, int | None]]:
    """Answers that were given. Of a hidden table all that there are: which were given is hidden too."""
    shown = suppressed(counts)
    if shown is None:
        return [(label, None) for _answer, label in answers]
    return [(label, shown[answer]) for answer, label in answers if counts.get(answer)]
