"""What of a commitment is being settled, for its page: the two versions, whoever is waited for, and the next step."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, FilteredRelation, Q

from accounts.actor import Actor
from coordination.commitments.deciding import BAR_WORDS, barred, disputable, is_silent
from coordination.commitments.models import (
    Commitment,
    CommitmentQuerySet,
    Dispute,
    ExtensionRequest,
    NonFulfilment,
)
from coordination.commitments.page import speaks_for
from coordination.common.compiled import compiled
from coordination.sessions.models import Outcome, Session
from coordination.sessions.parts import circles_of

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
    """None where nothing is being settled of a row read for its page, one where something is."""
    if commitment.is_historic or commitment.state == State.PROPOSED:
        return Standing()
    dispute, record, asked, decision = _waiting(commitment)
    keep_untold(
        commitment,
        actor,
        [
            dispute.resolved_in if dispute else None,
            record.session if record else None,
            decision.session if decision else None,
        ],
    )
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
        decision=decision,
        bar=BAR_WORDS[bar] if bar else "",
        may_dispute=decided is not None,
        may_take_back=answers and commitment.state == State.DISPUTED,
        may_ask=answers and is_open and asked is None,
        may_confirm=record is not None and record.second_id in mine,
        may_record=keeps and record is None and is_silent(commitment, today),
    )


def keep_untold(commitment: Commitment, actor: Actor, sessions: Iterable[Session | None]) -> None:
    """Marks the closed ones, the commitment's own aside, of which this reader knows nothing: circles change. One query,
    none where there is none, nor of a commitment read ``for_page`` of this reader."""
    others = [one for one in sessions if one and one.is_casa_adentro and one.pk != commitment.session_id]
    if not others:
        return
    told = set()
    if actor.person_id:
        known = getattr(commitment, "circle_ids", None)
        if known is None:
            circles = circles_of(actor, record=False).filter(session__in=[one.pk for one in others])
            known = circles.values_list("session", flat=True)
        told = set(known)
    for one in others:
        one.is_untold = one.pk not in told  # type: ignore[attr-defined]


SETTLING = (
    "last_dispute__verification__organization", "last_dispute__non_fulfilment__second",
    "last_dispute__organization", "last_dispute__resolved_in", "last_dispute__resolved_by",
    "open_record__second", "open_record__recorded_by", "open_record__session", "open_request__organization",
    "withdrawn_by__session__mesa", "withdrawn_by__item",
)  # fmt: skip


def _waiting(
    commitment: Commitment,
) -> tuple[Dispute | None, NonFulfilment | None, ExtensionRequest | None, Outcome | None]:
    """The last dispute, what waits for an answer, and the decision that withdrew it. One query, none where its page's
    query told that there is nothing."""
    row: Any = commitment
    known = (getattr(row, name, True) for name in ("was_disputed", "has_record", "has_request"))
    if not any(known) and commitment.withdrawn_by_id is None:
        return None, None, None, None
    found: Any = _settling.first(commitment_id=commitment.pk)
    # A relation without a row leaves no attribute.
    dispute, record, asked = (
        getattr(found, name, None) for name in ("last_dispute", "open_record", "open_request")
    )
    return dispute, record, asked, _tellable(commitment, found.withdrawn_by)


@compiled
def _settling(commitment_id: int) -> CommitmentQuerySet:
    here = Commitment.objects.filter(pk=commitment_id).annotate(
        last_dispute=FilteredRelation("disputes"),
        open_record=FilteredRelation("non_fulfilments", condition=Q(non_fulfilments__answered_at=None)),
        open_request=FilteredRelation(
            "extension_requests", condition=Q(extension_requests__answered_at=None)
        ),
    )
    latest = here.order_by(F("last_dispute__disputed_at").desc(nulls_last=True), "-last_dispute__id")
    return latest.select_related(*SETTLING)[:1]


def _tellable(commitment: Commitment, found: Outcome | None) -> Outcome | None:
    """What the mesa decided when it withdrew it, as long as it may be told where the commitment is."""
    if found is None:
        return None
    reserved = found.is_reserved or found.item.is_casa_adentro or found.session.is_casa_adentro
    return None if reserved and not commitment.is_casa_adentro else found
