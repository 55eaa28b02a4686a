"""How an outcome was agreed: by consensus, with reservations on record, or by a vote of the seats."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.minutes.events import RecordEvent
from coordination.minutes.models import RecordedReservation, SeatVote
from coordination.minutes.seats import Tally, seats_here, tally
from coordination.organizations.models import Organization
from coordination.sessions import actions as session_actions
from coordination.sessions.actions.record import lock_outcome
from coordination.sessions.models import Block, Outcome, Session
from coordination.sessions.program import meetings


class NoVotes(DomainError):
    default_message = _("Nobody has voted yet. Mark how at least one seat voted.")


class NotAVotingSeat(DomainError):
    default_message = _(
        "One of these organizations has no voting seat that is present. The list was read again: check it and record."
    )


class VoteStands(DomainError):
    default_message = _("A vote is recorded. Take it away first, then write down the consensus.")


class ReservationMissing(DomainError):
    default_message = _("Write the reservation in the words of the organization.")


class NotAtTheTable(DomainError):
    default_message = _("This organization is not at the table of this session. Choose one of the list.")


@transaction.atomic
def agree_by_consensus(*, outcome_id: int, version: int, by: Actor, now: datetime) -> Outcome:
    """Nobody objected. Records: OUTCOME_EDITED. Raises StaleVersion, VoteStands and what ``lock_recording`` does."""
    outcome, _session = lock_outcome(outcome_id, now)
    if SeatVote.objects.filter(outcome=outcome).exists():
        raise VoteStands()
    return session_actions.set_agreement(
        outcome_id=outcome_id, version=version, agreement=Outcome.Agreement.CONSENSUS, by=by, now=now
    )


@transaction.atomic
def record_votes(
    *, outcome_id: int, version: int, choices: Mapping[int, str], by: Actor, now: datetime
) -> Tally:
    """How each seat voted, by show of hands; what was recorded before is replaced as a whole.

    ``choices`` names organizations; seats left out did not vote. Only voting seats that are present count, and those
    that voted before they left. Records: OUTCOME_EDITED, VOTE_RECORDED with the outcome's id. Raises StaleVersion,
    NoVotes, NotAVotingSeat and what ``lock_recording`` does.
    """
    outcome, session = lock_outcome(outcome_id, now)
    given = {key: value for key, value in choices.items() if value in SeatVote.Choice.values}
    if not given:
        raise NoVotes()
    before = set(SeatVote.objects.filter(outcome=outcome).values_list("organization_id", flat=True))
    present = {
        seat.organization.pk
        for seat in seats_here(session, block_id=voting_block(outcome, session))
        if seat.may_vote
    }
    if set(given) - present - before:
        raise NotAVotingSeat()
    session_actions.set_agreement(
        outcome_id=outcome.pk, version=version, agreement=Outcome.Agreement.VOTE, by=by, now=now
    )
    SeatVote.objects.filter(outcome=outcome).delete()
    SeatVote.objects.bulk_create(
        SeatVote(outcome=outcome, organization_id=organization, choice=choice, recorded_at=now)
        for organization, choice in given.items()
    )
    _record(RecordEvent.VOTE_RECORDED, outcome, session, by, now)
    return tally(given.values())


@transaction.atomic
def clear_votes(*, outcome_id: int, version: int, by: Actor, now: datetime) -> dict[int, str]:
    """Takes the vote away; returns it, for an undo. Records: OUTCOME_EDITED, VOTE_RECORDED, act "removed"."""
    outcome, session = lock_outcome(outcome_id, now)
    votes = SeatVote.objects.filter(outcome=outcome)
    before = dict(votes.values_list("organization_id", "choice"))
    session_actions.set_agreement(outcome_id=outcome.pk, version=version, agreement="", by=by, now=now)
    votes.delete()
    _record(RecordEvent.VOTE_RECORDED, outcome, session, by, now, act="removed")
    return before


@transaction.atomic
def record_reservation(
    *, outcome_id: int, organization_id: int, text: str, by: Actor, now: datetime
) -> RecordedReservation:
    """An organization goes along, and its reservation is on record; the same organization's is rewritten.

    An outcome nobody said it of becomes one by consensus. Records: RESERVATION_RECORDED with ids, OUTCOME_EDITED where
    that changes. Raises ReservationMissing, NotAtTheTable and what ``lock_recording`` does.
    """
    outcome, session = lock_outcome(outcome_id, now)
    if not text.strip():
        raise ReservationMissing(field="text")
    table = seats_here(session, block_id=voting_block(outcome, session))
    seated = any(seat.organization.pk == organization_id for seat in table if seat.came)
    kept = RecordedReservation.objects.filter(outcome=outcome, organization_id=organization_id).first()
    if not seated and kept is None:
        raise NotAtTheTable(field="organization")
    if not outcome.agreement:
        session_actions.set_agreement(
            outcome_id=outcome.pk,
            version=outcome.version,
            agreement=Outcome.Agreement.CONSENSUS,
            by=by,
            now=now,
        )
    made = kept or RecordedReservation(
        outcome=outcome, organization=Organization.objects.get(pk=organization_id)
    )
    made.text, made.recorded_at = text.strip(), now
    made.save()
    _record(RecordEvent.RESERVATION_RECORDED, outcome, session, by, now)
    return made


@transaction.atomic
def remove_reservation(*, reservation_id: int, by: Actor, now: datetime) -> RecordedReservation:
    """Takes it away; returned, no longer stored, for an undo. Records: RESERVATION_RECORDED, act "removed"."""
    outcome_id = RecordedReservation.objects.values_list("outcome_id", flat=True).get(pk=reservation_id)
    outcome, session = lock_outcome(outcome_id, now)
    kept = RecordedReservation.objects.get(pk=reservation_id)
    kept.delete()
    _record(RecordEvent.RESERVATION_RECORDED, outcome, session, by, now, act="removed")
    return kept


def voting_block(outcome: Outcome, session: Session) -> int | None:
    """The block whose register says who is there: the item's own where the session has several."""
    block_id = outcome.item.block_id
    return block_id if block_id and len(meetings(Block.objects.filter(session=session))) > 1 else None


def _record(
    kind: RecordEvent, outcome: Outcome, session: Session, by: Actor, now: datetime, act: str = ""
) -> None:
    payload = {"outcome": outcome.pk, "item": outcome.item_id} | ({"act": act} if act else {})
    record(kind=kind, by=by, subject=session, now=now, mesa_id=session.mesa_id, payload=payload)
