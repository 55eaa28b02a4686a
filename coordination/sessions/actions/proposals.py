"""What members ask to deal with, and what becomes of it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.sessions.actions.agenda import add_item, changing
from coordination.sessions.actions.planning import lock_session
from coordination.sessions.deadlines import takes_proposals
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, AgendaProposal, Session

State = AgendaProposal.State
MOST_WAITING = 10
MOST_A_DAY = 20  # each is a letter to the secretariat, also when it is withdrawn again


class ProposalsAreClosed(DomainError):
    default_message = _(
        "The time for proposing items has passed. Write to the secretariat if it cannot wait."
    )


class TooManyProposals(DomainError):
    default_message = _(
        "Your organization already has ten proposals waiting. Withdraw one before you add another."
    )


class TooManyInADay(TooManyProposals):
    default_message = _(
        "Your organization has proposed twenty items to this mesa within a day. Tomorrow it can propose more."
    )


class ProposalTitleMissing(DomainError):
    default_message = _("Write what the mesa should deal with.")


class AlreadyAnswered(DomainError):
    default_message = _("This proposal already has its answer. Nothing was changed.")


class ReasonMissing(DomainError):
    default_message = _("Write the reason: whoever proposed it will read it.")


class ItemMissing(DomainError):
    default_message = _("Choose the item that this proposal joins.")


@transaction.atomic
def propose(
    *,
    session_id: int,
    organization_id: int,
    title: str,
    reason: str = "",
    minutes: int | None = None,
    by: Actor,
    now: datetime,
) -> AgendaProposal:
    """An organization asks to deal with something. The same words twice are one proposal.

    Records: PROPOSAL_MADE. Raises ProposalsAreClosed, ProposalTitleMissing, TooManyProposals, TooManyInADay.
    """
    session = lock_session(session_id)
    if not takes_proposals(session, now):
        raise ProposalsAreClosed()
    if not title.strip():
        raise ProposalTitleMissing(field="title")
    waiting = session.proposals.filter(organization_id=organization_id, state=State.PENDING)
    same = waiting.filter(title__iexact=title.strip()).first()
    if same:
        return same
    if waiting.count() >= MOST_WAITING:
        raise TooManyProposals()
    lately = AgendaProposal.objects.filter(
        mesa_id=session.mesa_id, organization_id=organization_id, proposed_at__gt=now - timedelta(days=1)
    )
    if lately.count() >= MOST_A_DAY:
        raise TooManyInADay()
    made = AgendaProposal.objects.create(
        mesa_id=session.mesa_id,
        session=session,
        organization_id=organization_id,
        proposed_by_id=by.person_id,
        title=title.strip(),
        reason=reason.strip(),
        minutes=minutes,
        proposed_at=now,
    )
    _record(SessionEvent.PROPOSAL_MADE, made, session, by, now)
    return made


@transaction.atomic
def accept_proposal(
    *, proposal_id: int, version: int, kind: str, answer: str = "", by: Actor, now: datetime
) -> AgendaProposal:
    """It becomes an item at the end of the agenda, presented by whoever proposed it.

    Records: AGENDA_CHANGED and PROPOSAL_ANSWERED. Raises StaleVersion, AlreadyAnswered, SessionIsClosed.
    """
    proposal, session = _locked(proposal_id, version)
    item = add_item(
        session_id=session.pk,
        kind=kind,
        title=proposal.title,
        minutes=proposal.minutes,
        presenter=proposal.organization.name[:200],
        by=by,
        now=now,
    )
    return _answered(proposal, session, State.ACCEPTED, by, now, answer=answer.strip(), item=item)


@transaction.atomic
def merge_proposal(
    *, proposal_id: int, version: int, item_id: int | None, answer: str = "", by: Actor, now: datetime
) -> AgendaProposal:
    """It is dealt with under an item that is there already.

    Records: PROPOSAL_ANSWERED. Raises StaleVersion, AlreadyAnswered, ItemMissing, SessionIsClosed.
    """
    proposal, session = _locked(proposal_id, version)
    item = AgendaItem.objects.filter(session=session, pk=item_id).first() if item_id else None
    if item is None:
        raise ItemMissing(field="item")
    return _answered(proposal, session, State.MERGED, by, now, answer=answer.strip(), item=item)


@transaction.atomic
def put_off_proposal(
    *, proposal_id: int, version: int, answer: str, declined: bool = False, by: Actor, now: datetime
) -> AgendaProposal:
    """For a later session, where it waits until one takes it up; or, ``declined``, not at all. Both say why.

    Records: PROPOSAL_ANSWERED. Raises StaleVersion, AlreadyAnswered, ReasonMissing, SessionIsClosed.
    """
    proposal, session = _locked(proposal_id, version)
    if not answer.strip():
        raise ReasonMissing(field="answer")
    if declined:
        return _answered(proposal, session, State.DECLINED, by, now, answer=answer.strip())
    return _answered(proposal, session, State.DEFERRED, by, now, answer=answer.strip(), session_id=None)


@transaction.atomic
def withdraw_proposal(*, proposal_id: int, by: Actor, now: datetime) -> AgendaProposal:
    """Whoever proposed it takes it back while it waits, here or for a later session.

    Records: PROPOSAL_WITHDRAWN. Raises AlreadyAnswered.
    """
    session = _session_of(proposal_id)
    proposal = AgendaProposal.objects.select_for_update().get(pk=proposal_id)
    if proposal.state not in (State.PENDING, State.DEFERRED):
        raise AlreadyAnswered()
    proposal.state, proposal.answered_at = State.WITHDRAWN, now
    proposal.version += 1
    proposal.save()
    _record(SessionEvent.PROPOSAL_WITHDRAWN, proposal, session, by, now)
    return proposal


@transaction.atomic
def take_up_proposal(*, proposal_id: int, session_id: int, by: Actor, now: datetime) -> AgendaProposal:
    """A deferred proposal waits for its answer again, now in this session of the same mesa.

    What was said when it was put off stays beside it. Records: PROPOSAL_TAKEN_UP. Raises SessionIsClosed,
    AlreadyAnswered.
    """
    session = changing(session_id)
    proposal = AgendaProposal.objects.select_for_update(of=("self",)).get(pk=proposal_id)
    deferred = proposal.state == State.DEFERRED and proposal.mesa_id == session.mesa_id
    if not deferred or session.is_casa_adentro:
        raise AlreadyAnswered()
    proposal.session, proposal.state, proposal.answered_at = session, State.PENDING, None
    proposal.version += 1
    proposal.save()
    _record(SessionEvent.PROPOSAL_TAKEN_UP, proposal, session, by, now)
    return proposal


def _session_of(proposal_id: int) -> Session | None:
    """The proposal's session, locked; a deferred one has none."""
    session_id = AgendaProposal.objects.values_list("session_id", flat=True).get(pk=proposal_id)
    return lock_session(session_id) if session_id else None


def _locked(proposal_id: int, version: int) -> tuple[AgendaProposal, Session]:
    """A proposal that waits in a session whose agenda may change, read under the session's lock and its own."""
    session_id = AgendaProposal.objects.values_list("session_id", flat=True).get(pk=proposal_id)
    if session_id is None:
        raise AlreadyAnswered()
    session = changing(session_id)
    rows = AgendaProposal.objects.select_for_update(of=("self",)).select_related("organization")
    proposal = rows.get(pk=proposal_id)
    if proposal.state != State.PENDING or proposal.session_id != session_id:
        raise AlreadyAnswered()
    if proposal.version != version:
        raise StaleVersion()
    return proposal, session


def _answered(
    proposal: AgendaProposal, session: Session, state: State, by: Actor, now: datetime, **fields: Any
) -> AgendaProposal:
    proposal.state, proposal.answered_at = state, now
    for name, value in fields.items():
        setattr(proposal, name, value)
    proposal.version += 1
    proposal.save()
    _record(SessionEvent.PROPOSAL_ANSWERED, proposal, session, by, now)
    return proposal


def _record(
    kind: SessionEvent, proposal: AgendaProposal, session: Session | None, by: Actor, now: datetime
) -> None:
    record(
        kind=kind,
        by=by,
        subject=session or proposal,
        now=now,
        mesa_id=proposal.mesa_id,
        payload={"proposal": proposal.pk, "state": proposal.state},
    )
