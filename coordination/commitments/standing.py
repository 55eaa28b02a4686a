"""What of a commitment is being settled, for its page: the two versions, whoever is waited for, and the next step."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from accounts.actor import Actor
from coordination.commitments.deciding import BAR_WORDS, barred, disputable, is_silent
from coordination.commitments.models import Commitment, Dispute, ExtensionRequest, NonFulfilment
from coordination.commitments.page import speaks_for
from coordination.sessions.models import Outcome

State = Commitment.State
DISPUTABLE = (State.PARTLY_MET, State.NOT_MET, State.IN_PROGRESS)


@dataclass(frozen=True)
class Standing:
    """``dispute`` is the last one, resolved or not; ``record`` and ``asked`` wait for an answer; ``decision`` is
    the one that withdrew it.

    The rest is what this reader may do about it, and whether the named verifier can no longer decide, in words.
    """

    dispute: Dispute | None = None
    record: NonFulfilment | None = None
    asked: ExtensionRequest | None = None
    decision: Outcome | None = None
    bar: Any = ""
    may_dispute: bool = False
    may_take_back: bool = False
    may_ask: bool = False
    may_confirm: bool = False
    may_record: bool = False

    @property
    def is_disputed(self) -> bool:
        return self.dispute is not None and self.dispute.resolved_at is None


def standing_of(commitment: Commitment, actor: Actor, today: date, *, keeps: bool) -> Standing:
    """One query where nothing is being settled and nobody signed in; at most nine."""
    if commitment.is_historic or commitment.state == State.PROPOSED:
        return Standing()
    dispute, record, asked = _waiting(commitment)
    mine = speaks_for(actor, commitment)
    answers = commitment.responsible_id in mine
    concerned = keeps or commitment.verifier_id in mine
    bar = barred(commitment) if concerned and commitment.state in Commitment.OPEN_STATES else None
    decided = disputable(commitment) if answers and commitment.state in DISPUTABLE else None
    is_open = commitment.state in Commitment.OPEN_STATES and commitment.due_on is not None
    return Standing(
        dispute=dispute,
        record=record,
        asked=asked,
        decision=_decision(commitment),
        bar=BAR_WORDS[bar] if bar else "",
        may_dispute=decided is not None,
        may_take_back=answers and commitment.state == State.DISPUTED,
        may_ask=answers and is_open and asked is None,
        may_confirm=record is not None and record.second_id in mine,
        may_record=keeps and record is None and is_silent(commitment, today),
    )


def _decision(commitment: Commitment) -> Outcome | None:
    """What the mesa decided when it withdrew it, as long as it may be told where the commitment is."""
    if commitment.withdrawn_by_id is None:
        return None
    found = Outcome.objects.select_related("session__mesa", "item").get(pk=commitment.withdrawn_by_id)
    reserved = found.is_reserved or found.item.is_casa_adentro or found.session.is_casa_adentro
    return None if reserved and not commitment.is_casa_adentro else found


def _waiting(
    commitment: Commitment,
) -> tuple[Dispute | None, NonFulfilment | None, ExtensionRequest | None]:
    """Asks once which of the three there are, and reads only those."""
    mine = {"commitment": OuterRef("pk")}
    row: Any = commitment
    if hasattr(row, "was_disputed"):  # read with its row, for its page
        disputed, recorded, asked = row.was_disputed, row.has_record, row.has_request
    else:
        disputed, recorded, asked = Commitment.objects.filter(pk=commitment.pk).values_list(
            Exists(Dispute.objects.filter(**mine)),
            Exists(NonFulfilment.objects.filter(**mine, answered_at=None)),
            Exists(ExtensionRequest.objects.filter(**mine, answered_at=None)),
        )[0]
    rows = Dispute.objects.filter(commitment=commitment).select_related(
        "verification__organization", "non_fulfilment__second", "organization", "resolved_in", "resolved_by"
    )
    records = NonFulfilment.objects.filter(commitment=commitment, answered_at=None)
    requests = ExtensionRequest.objects.filter(commitment=commitment, answered_at=None)
    return (
        rows.first() if disputed else None,
        records.select_related("second", "recorded_by", "session").first() if recorded else None,
        requests.select_related("organization").first() if asked else None,
    )
