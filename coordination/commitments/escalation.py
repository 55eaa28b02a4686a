"""When the ladder of reminders is over and a commitment goes to the mesa's agenda, and from when its days count.

A rule of the calendar: it says that the days of the mesa's reminders went by, never that one of them left. Which did is
in the ledger of messages, and only the letter to the head reads it.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from coordination.commitments.models import (
    Acknowledgement,
    Commitment,
    Dispute,
    ExtensionRequest,
    Report,
    Verification,
)
from coordination.mesas.ladders import past_when_due_before

# What the responsible organization still owes a word about. A report waits for its verifier, a dispute for the mesa.
OWED_STATES = Commitment.OWED_STATES


def owed_on(commitment: Commitment) -> date | None:
    """The day reminders are counted from: the due date; without one, the day by which it is completed."""
    return commitment.due_on or commitment.exempt_until


def word_at() -> Greatest:
    """The moment of ``last_word`` as SQL, for the rows of a query: ``annotate(word_at=word_at())``."""
    mine = {"commitment": OuterRef("pk")}

    def last(rows: QuerySet[Any], moment: Any) -> Subquery:
        return Subquery(rows.order_by().values("commitment").annotate(at=Max(moment)).values("at"))

    answered = Greatest(F("asked_at"), Coalesce(F("answered_at"), F("asked_at")))
    return Greatest(
        last(Report.objects.filter(**mine, has_news=True), "reported_at"),
        last(Verification.objects.filter(**mine, decision=Verification.Decision.RETURNED), "verified_at"),
        last(Dispute.objects.filter(**mine), "resolved_at"),
        last(ExtensionRequest.objects.filter(**mine), answered),
        last(Acknowledgement.objects.filter(**mine, organization=OuterRef("responsible")), "objected_at"),
    )


def last_word(commitment: Commitment) -> datetime | None:
    """When it was last spoken of: something new was reported, more time asked for, it was objected to; or answered by
    others: returned, a request for time refused, a dispute resolved. From then nobody has been silent.

    "Nothing new" is an answer to a reminder, but no news. One query, none of a row read with ``word_at``.
    """
    if hasattr(commitment, "word_at"):
        known: datetime | None = commitment.word_at
        return known
    rows = Commitment.objects.filter(pk=commitment.pk).order_by().annotate(word_at=word_at())
    found: datetime | None = rows.values_list("word_at", flat=True).first()
    return found


def days_begun_anew(due_on: date | None, word: datetime | None, zone: Any) -> int:
    """By how many days the steps after the due date come later: they count from the last word, when that came after."""
    if due_on is None or word is None:
        return 0
    return max(0, (timezone.localtime(word, zone).date() - due_on).days)


def past_ladder(commitment: Commitment, today: date) -> bool:
    """True once the day of the last step is over and nothing was asked to be verified; of a row read with ``word_at``,
    that day as it counts from the last word. Select the mesa with it: no query.

    Source: design, reminders 16: the letter to the head, then an item on the mesa's next agenda.
    """
    day = owed_on(commitment)
    if commitment.is_historic or commitment.state not in OWED_STATES or day is None:
        return False
    word: datetime | None = getattr(commitment, "word_at", None)
    day += timedelta(days=days_begun_anew(day, word, commitment.mesa.zone))
    return day < past_when_due_before(commitment.mesa.commitment_ladder, today)
