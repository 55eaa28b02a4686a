"""What happens when the two keys do not agree, or one of them is never turned: disputes, not met, withdrawn."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.deciding import (
    deciding_sessions,
    decisions,
    disputable,
    is_of_own_side,
    is_silent,
    other_verifiers,
    recorded_it,
    resolvable_since,
    seconds,
    silent_since,
    spoke_since,
    too_early,
)
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment, Dispute, NonFulfilment, Verification
from coordination.commitments.reports.actions.reporting import NotResponsible
from coordination.commitments.row import NotOpen, OwnKey, ReasonMissing, locked, note
from coordination.commitments.settling.actions.keys import close_what_waits, put_verifier, try_code
from coordination.commitments.states import Step, may_take, move
from coordination.common.errors import DomainError

State = Commitment.State
UPHOLD = {
    State.PARTLY_MET: Step.UPHOLD_PARTLY,
    State.NOT_MET: Step.UPHOLD_NOT_MET,
    State.IN_PROGRESS: Step.REOPEN,
}
STANDS, REOPENED, ANOTHER = "stands", "reopened", "another"


class NothingToDispute(DomainError):
    default_message = _(
        "There is no decision that can be disputed now: it changed meanwhile, or it was disputed before. Each decision is disputed once."
    )


class AlreadyDisputed(NotOpen):
    default_message = _(
        "It is already disputed: your organization's version was recorded a moment ago and stands on the page. Nothing was lost."
    )


class NoDispute(NotOpen):
    default_message = _("There is no open objection any more: somebody resolved it, or it was taken back.")


class NotInSession(DomainError):
    default_message = _("Choose a session of this mesa that was held or is running.")


class NotSilent(DomainError):
    default_message = _(
        "The organization has not been silent for as long as this mesa's reminders last. Wait for the last reminder, or for its answer."
    )


class AlreadyRecorded(NotOpen):
    default_message = _("It is already recorded as not met and waits for the second organization.")


class AlreadyAnswered(NotOpen):
    default_message = _("It was already answered: that answer stands, and yours was not needed.")


class NotSecond(DomainError):
    default_message = _(
        "Choose another member of the mesa: neither one that answers for it, nor its kin, nor the one that records it."
    )


class SpokeMeanwhile(DomainError):
    default_message = _(
        "The responsible organization reported meanwhile: it is no longer silent. It cannot be confirmed as not met; say so in your answer."
    )


class DecisionMissing(DomainError):
    default_message = _("Choose the decision of the mesa that withdraws it, from the record of a session.")


class NotAsked(DomainError):
    default_message = _("It was never reported as done. Open it again, so that the organization can report.")


@transaction.atomic
def dispute(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    text: str,
    by: Actor,
    now: datetime,
) -> Dispute:
    """The responsible organization gives its version of a decision: partly met, not met, or returned. Both stand.

    Records DISPUTED with the dispute's id. Raises HistoricRecord, NotResponsible, AlreadyDisputed, NothingToDispute,
    ReasonMissing.
    """
    commitment = locked(commitment_id)
    if commitment.responsible_id != organization_id:
        raise NotResponsible
    if commitment.state == State.DISPUTED:
        raise AlreadyDisputed
    decided = disputable(commitment) if may_take(commitment, Step.DISPUTE) else None
    if decided is None:
        raise NothingToDispute
    if not text.strip():
        raise ReasonMissing(
            _("Give your organization's version: it stands beside the decision."), field="text"
        )
    made = Dispute.objects.create(
        commitment=commitment,
        verification=decided if isinstance(decided, Verification) else None,
        non_fulfilment=decided if isinstance(decided, NonFulfilment) else None,
        state_before=commitment.state,
        organization_id=organization_id,
        person_id=person_id,
        text=text,
        disputed_at=now,
    )
    move(commitment, Step.DISPUTE, now=now)
    note(CommitmentEvent.DISPUTED, commitment, by, now, {"dispute": made.pk})
    return made


@transaction.atomic
def take_back(*, commitment_id: int, organization_id: int, by: Actor, now: datetime) -> Dispute:
    """The organization takes its objection back: the decision stands again. Its version stays in the history.

    Records DISPUTE_ANSWERED. Raises HistoricRecord, NotResponsible, NoDispute.
    """
    commitment = locked(commitment_id)
    if commitment.responsible_id != organization_id:
        raise NotResponsible
    row = _open_dispute(commitment)
    _as_before(commitment, row, now)
    return _resolved(commitment, row, Dispute.Resolution.WITHDRAWN, by, now)


@transaction.atomic
def resolve(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    session_id: int,
    outcome: str,
    reason: str,
    verifier_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Dispute:
    """What the mesa resolved in a session, as its secretariat records it: the decision STANDS, the commitment is
    REOPENED, or ANOTHER organization decides. The session was not over when it was disputed.

    Met never comes from here: a second organization says it, by the second key. Records DISPUTE_ANSWERED, or
    VERIFIER_NAMED while the dispute waits for that organization. Raises HistoricRecord, NoDispute, OwnKey,
    NotInSession, ReasonMissing, NotAsked, NotSecond.
    """
    commitment = locked(commitment_id)
    row, today = _open_dispute(commitment), timezone.localdate(now)
    if is_of_own_side(organization_id, person_id, commitment, today):
        raise OwnKey(_("Nobody resolves an objection of their own organization. Another one must record it."))
    since = resolvable_since(commitment, row)
    row.resolved_in = deciding_sessions(commitment, now, since).filter(pk=session_id).first()
    if row.resolved_in is None:
        raise NotInSession(too_early(since), field="session")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    row.resolution_text = reason
    row.resolved_by_id = organization_id
    if outcome == ANOTHER:
        if not commitment.reports.filter(asks_verification=True).exists():
            raise NotAsked(field="outcome")
        if not other_verifiers(commitment, today).filter(pk=verifier_id or 0).exists():
            raise NotSecond(field="verifier")
        row.save(update_fields=["resolved_in", "resolution_text", "resolved_by"])
        put_verifier(commitment, verifier_id or 0, by, now)
        return row
    if outcome == STANDS:
        _as_before(commitment, row, now)
        return _resolved(commitment, row, Dispute.Resolution.UPHELD, by, now)
    move(commitment, Step.REOPEN, now=now)
    return _resolved(commitment, row, Dispute.Resolution.CHANGED, by, now)


@transaction.atomic
def record_not_met(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    session_id: int,
    second_id: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> NonFulfilment:
    """Silence past the ladder: the mesa records in a session that it was not met, and names who confirms it. On the
    session's day the silence was complete already.

    The commitment stays as it is until then. Records NOT_MET_RECORDED with the record's id. Raises HistoricRecord,
    AlreadyRecorded, NotSilent, NotInSession, NotSecond, ReasonMissing.
    """
    commitment, today = locked(commitment_id), timezone.localdate(now)
    if commitment.non_fulfilments.filter(answered_at=None).exists():
        raise AlreadyRecorded
    if not may_take(commitment, Step.NOT_MET) or not is_silent(commitment, today):
        raise NotSilent
    since = silent_since(commitment)
    if not deciding_sessions(commitment, now, since).filter(pk=session_id).exists():
        raise NotInSession(too_early(since), field="session")
    if not seconds(commitment, organization_id, today).filter(pk=second_id).exists():
        raise NotSecond(field="second")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    made = NonFulfilment.objects.create(
        commitment=commitment,
        session_id=session_id,
        reason=reason,
        recorded_by_id=organization_id,
        person_id=person_id,
        recorded_at=now,
        second_id=second_id,
    )
    note(CommitmentEvent.NOT_MET_RECORDED, commitment, by, now, {"non_fulfilment": made.pk})
    return made


@transaction.atomic
def answer_not_met(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    confirms: bool,
    text: str = "",
    by: Actor,
    now: datetime,
) -> NonFulfilment:
    """The second organization confirms that it was not met, which settles it, or refuses and says why.

    Records NOT_MET_ANSWERED. Raises HistoricRecord, AlreadyAnswered, NotSecond, OwnKey, SpokeMeanwhile, NotOpen,
    ReasonMissing.
    """
    commitment, today = locked(commitment_id), timezone.localdate(now)
    row = commitment.non_fulfilments.filter(answered_at=None).first()
    if row is None:
        raise AlreadyAnswered
    if row.second_id != organization_id:
        raise NotSecond(_("Only the organization named to confirm it answers."))
    if is_of_own_side(organization_id, person_id, commitment, today):
        raise OwnKey
    if recorded_it(row, organization_id, person_id, today):
        raise OwnKey(_("Whoever recorded it does not confirm it too. A second organization must answer."))
    if confirms and (
        commitment.state not in (State.AGREED, State.IN_PROGRESS) or spoke_since(commitment, row.recorded_at)
    ):
        raise SpokeMeanwhile(field="confirms")
    if not confirms and not text.strip():
        raise ReasonMissing(_("Say why you do not confirm it: the mesa reads it."), field="text")
    row.is_confirmed, row.answer = confirms, text
    row.second_person_id, row.answered_at = person_id, now
    row.save(update_fields=["is_confirmed", "answer", "second_person", "answered_at"])
    if confirms:
        move(commitment, Step.NOT_MET, now=now, settled_by_id=organization_id)
        close_what_waits(commitment, now)
    commitment.verification_codes.filter(spent_at=None, organization=organization_id).update(spent_at=now)
    payload = {"non_fulfilment": row.pk, "confirmed": confirms}
    note(CommitmentEvent.NOT_MET_ANSWERED, commitment, by, now, payload)
    return row


def answer_not_met_by_code(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    code: str,
    confirms: bool,
    text: str = "",
    by: Actor,
    now: datetime,
) -> NonFulfilment:
    """``answer_not_met`` for whoever comes by the link: two transactions, so that a wrong attempt stays counted."""
    try_code(commitment_id, organization_id, person_id, code, now)
    return answer_not_met(
        commitment_id=commitment_id,
        organization_id=organization_id,
        person_id=person_id,
        confirms=confirms,
        text=text,
        by=by,
        now=now,
    )


@transaction.atomic
def lift_not_met(*, commitment_id: int, reason: str, by: Actor, now: datetime) -> NonFulfilment:
    """The secretariat takes back what it recorded before the second organization answered: somebody spoke, or it was
    the wrong one. The row stays, with the reason.

    Records NOT_MET_ANSWERED. Raises HistoricRecord, AlreadyAnswered, ReasonMissing.
    """
    commitment = locked(commitment_id)
    row = commitment.non_fulfilments.filter(answered_at=None).first()
    if row is None:
        raise AlreadyAnswered
    if not reason.strip():
        raise ReasonMissing(field="reason")
    row.is_confirmed, row.answer, row.answered_at = False, reason, now
    row.save(update_fields=["is_confirmed", "answer", "answered_at"])
    payload = {"non_fulfilment": row.pk, "confirmed": False, "lifted": True}
    note(CommitmentEvent.NOT_MET_ANSWERED, commitment, by, now, payload)
    return row


@transaction.atomic
def withdraw(
    *, commitment_id: int, reason: str, decision_id: int | None = None, by: Actor, now: datetime
) -> Commitment:
    """Takes a commitment off. An agreed one by a decision of the mesa, recorded in one of its sessions; a proposal,
    which nobody promised yet, with a reason alone. What is disputed ends with it, so that the decision came later.
    Nothing is deleted.

    Records WITHDRAWN. Raises HistoricRecord, NotOpen, ReasonMissing, DecisionMissing.
    """
    commitment = locked(commitment_id)
    if not may_take(commitment, Step.WITHDRAW):
        raise NotOpen
    if not reason.strip():
        raise ReasonMissing(field="reason")
    row, decision = commitment.disputes.filter(resolved_at=None).first(), None
    if commitment.state != State.PROPOSED:
        since = resolvable_since(commitment, row)
        decision = decisions(commitment, now, since).filter(pk=decision_id or 0).first()
        if decision is None:
            raise DecisionMissing(field="decision")
    move(
        commitment,
        Step.WITHDRAW,
        now=now,
        withdrawn_reason=reason,
        withdrawn_by_id=decision.pk if decision else None,
    )
    if row and decision:
        row.resolution, row.resolution_text = Dispute.Resolution.CHANGED, reason
        row.resolved_in_id, row.resolved_at = decision.session_id, now
        row.save(update_fields=["resolution", "resolution_text", "resolved_in", "resolved_at"])
    close_what_waits(commitment, now)
    note(CommitmentEvent.WITHDRAWN, commitment, by, now)
    return commitment


def _open_dispute(commitment: Commitment) -> Dispute:
    row: Dispute | None = (
        commitment.disputes.filter(resolved_at=None).select_related("verification", "non_fulfilment").first()
    )
    if commitment.state != State.DISPUTED or row is None:
        raise NoDispute
    return row


def _as_before(commitment: Commitment, row: Dispute, now: datetime) -> None:
    """The decision stands again, by the word of the organization that gave it."""
    before = State(row.state_before)
    word = row.verification.organization_id if row.verification else None
    if row.non_fulfilment:
        word = row.non_fulfilment.second_id
    move(commitment, UPHOLD[before], now=now, settled_by_id=None if before == State.IN_PROGRESS else word)


def _resolved(
    commitment: Commitment, row: Dispute, resolution: Dispute.Resolution, by: Actor, now: datetime
) -> Dispute:
    row.resolution, row.resolved_at = resolution, now
    row.save(update_fields=["resolution", "resolution_text", "resolved_by", "resolved_in", "resolved_at"])
    payload = {"dispute": row.pk, "resolution": resolution.value}
    note(CommitmentEvent.DISPUTE_ANSWERED, commitment, by, now, payload)
    return row
