"""When the ladder of reminders is over and a commitment goes to the mesa's agenda. Pure: reads the row and its mesa."""

from datetime import date

from coordination.commitments.models import Commitment
from coordination.mesas.ladders import past_when_due_before

# What the responsible organization still owes a word about. A report waits for its verifier, a dispute for the mesa.
OWED_STATES = (Commitment.State.AGREED, Commitment.State.IN_PROGRESS)


def owed_on(commitment: Commitment) -> date | None:
    """The day reminders are counted from: the due date; without one, the day by which it is completed."""
    return commitment.due_on or commitment.exempt_until


def past_ladder(commitment: Commitment, today: date) -> bool:
    """True once the last step is a day old and nothing was asked to be verified. Select the mesa with it: no query.

    Source: design, reminders 16: the letter to the head, then an item on the mesa's next agenda.
    """
    day = owed_on(commitment)
    return (
        not commitment.is_historic
        and commitment.state in OWED_STATES
        and day is not None
        and day < past_when_due_before(commitment.mesa.commitment_ladder, today)
    )
