"""One subject for each letter about settling: who is written to about what (see ``notifications.test_letters``)."""

from datetime import timedelta

from accounts.actor import ANONYMOUS
from coordination.commitments.settling.actions import extending, settling
from coordination.organizations.models import Person
from coordination.sessions.models import Session
from tests.cast import NOW, Cast
from tests.commitments import settled
from tests.commitments.world import agreed

ABOUT = ("dispute", "nonfulfilment", "extensionrequest")


def subject_for(kind: str, cast: Cast) -> tuple[int, Person, int]:
    """The id of what the letter is about, its reader, and the organization it comes for."""
    # What was promised comes from a session that is over: only a later one settles it.
    Session.objects.filter(mesa=cast.mesa, number=1).update(
        state=Session.State.HELD,
        starts_at=NOW - timedelta(days=2),
        ends_at=NOW - timedelta(days=2, hours=-3),
    )
    secretariat = (cast.rosa, cast.ministry.pk)
    verifier, responsible = (cast.luis, cast.university.pk), (cast.carmen, cast.ngo.pk)
    if kind.startswith("dispute_"):
        commitment = settled.disputed(cast)
        if kind == "dispute_answered":
            settled.resolve(cast, commitment, settling.STANDS)
        to = {"dispute_opened": secretariat, "dispute_decide": verifier}.get(kind, responsible)
        return (commitment.disputes.get().pk, *to)
    commitment = agreed(cast)
    if kind.startswith("not_met_"):
        row = settled.record(cast, commitment, cast.university)
        if kind == "not_met_answered":
            settled.answer(cast, commitment, cast.university, cast.luis, True)
        to = {"not_met_asked": verifier, "not_met_answered": secretariat}.get(kind, responsible)
        return (row.pk, *to)
    asked = settled.ask(cast, commitment)
    if kind == "extension_refused":
        extending.refuse(
            commitment_id=commitment.pk, answer="La mesa mantiene la fecha", by=ANONYMOUS, now=NOW
        )
    return (asked.pk, *(secretariat if kind == "extension_asked" else responsible))
