"""Is it still true? One predicate per kind, read inside the gate's transaction, after the lock (``subjects``)."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.actor import Actor
from coordination.attendees.models import Delegate, Invitation
from coordination.commitments.escalation import OWED_STATES
from coordination.commitments.links.actions import LINKED_STATES
from coordination.commitments.models import (
    Commitment,
    Dispute,
    ExtensionRequest,
    NonFulfilment,
    Referral,
    Report,
    Verification,
    VerificationCode,
)
from coordination.mesas.ladders import HEAD_FROM
from coordination.mesas.models import Seat
from coordination.minutes.models import Clearance, Minutes, MinutesCopy, SharingSheet, SignCode
from coordination.notifications.digests import week_of
from coordination.notifications.models import CalendarReply, Notification
from coordination.notifications.planner import DAY
from coordination.notifications.queries import mailboxes, secretariat, vacant_post
from coordination.organizations.models import SPEAKING_POSTS, JoinRequest, Organization, Person, Tenure
from coordination.polls.models import Ballot, DatePoll
from coordination.sessions.models import AgendaProposal, Session

# What hangs from a commitment and is written about: its door is the commitment's.
OF_A_COMMITMENT = (Report, Verification, VerificationCode, Dispute, NonFulfilment, ExtensionRequest)
OVER = (Session.State.HELD, Session.State.FAILED, Session.State.CONVENED)
CALLED = (Session.State.ANNOUNCED, Session.State.CONVENED)
FALLEN = (Session.State.CANCELLED, Session.State.FAILED)


def session_of(subject: Any) -> Session | None:
    """The session a subject is about, whose door decides what may be said."""
    if isinstance(subject, Session):
        return subject
    if isinstance(subject, Invitation | Commitment | CalendarReply | AgendaProposal):
        return subject.session
    if isinstance(subject, Delegate):
        return subject.invitation.session
    if isinstance(subject, OF_A_COMMITMENT):
        return subject.commitment.session
    if isinstance(subject, Minutes | SharingSheet):
        return subject.session
    if isinstance(subject, MinutesCopy):
        return subject.minutes.session
    if isinstance(subject, SignCode):
        return subject.copy.minutes.session
    if isinstance(subject, Clearance):
        return subject.sheet.session
    return None


def is_closed(subject: Any) -> bool:
    """Whether the subject is casa adentro: by its session, or a commitment born of something closed in an open one."""
    if isinstance(subject, Referral):
        named = [one for one in (subject.commitment, subject.answer_commitment) if one]
        sessions = [one.session for one in named] + [subject.raised_in, subject.session, subject.returned_in]
        return any(one.is_casa_adentro for one in named + [one for one in sessions if one])
    session = session_of(subject)
    about = subject.commitment if isinstance(subject, OF_A_COMMITMENT) else subject
    born_closed = isinstance(about, Commitment) and about.is_casa_adentro
    return born_closed or (session is not None and session.is_casa_adentro)


def reader(row: Notification, now: datetime) -> Actor:
    """The recipient as an actor: what the organization sees on whose behalf the message comes, else every post held today."""
    if row.organization_id:
        return Actor(person_id=row.recipient_id, organization_ids=(row.organization_id,))
    held = Tenure.objects.current(timezone.localdate(now)).filter(person=row.recipient_id)
    organizations = set(held.values_list("post__organization_id", flat=True))
    return Actor(person_id=row.recipient_id, organization_ids=tuple(sorted(organizations)))


def may_see_session(row: Notification, session: Session, now: datetime) -> bool:
    if row.drafted_from is not None:  # shown to anybody, and the gate proves that this has not changed
        return True
    if Session.objects.visible_to(reader(row, now)).filter(pk=session.pk).exists():
        return True
    # A guest of a mesa that only its members see is told of the session it was called to; a closed one has no guests.
    called = Invitation.objects.filter(
        session=session, organization=row.organization_id, addressee__isnull=False
    )
    return not session.is_casa_adentro and called.exists()


def _is_on(row: Notification, session: Session, now: datetime) -> bool:
    """Convened, not over, at the date this message was planned for, and still visible to its reader."""
    return (
        session.state == Session.State.CONVENED
        and session.schedule_version == row.version
        and session.ends_at is not None
        and now < session.ends_at
        and may_see_session(row, session, now)
    )


def _is_delegate(row: Notification, session: Session) -> bool:
    if row.drafted_from is not None:
        return row.drafted_from.withdrawn_at is None and row.drafted_from.waiting_since is None
    return (
        Delegate.objects.with_a_place().filter(invitation__session=session, person=row.recipient_id).exists()
    )


def _is_named(row: Notification, session: Session) -> bool:
    """In a delegation, also on the waiting list."""
    return Delegate.objects.current().filter(invitation__session=session, person=row.recipient_id).exists()


def _speaks_for(row: Notification, organization_id: int | None, now: datetime) -> bool:
    """Holds a post today through which this organization is written to."""
    if organization_id is None:
        return False
    return (
        Tenure.objects.current(timezone.localdate(now))
        .filter(
            person=row.recipient_id,
            post__organization=organization_id,
            post__kind__in=SPEAKING_POSTS,
        )
        .exists()
    )


def _is_invited(row: Notification, session: Session, now: datetime) -> bool:
    own = Invitation.objects.filter(session=session, organization=row.organization_id)
    readers = list(own.values_list("addressee_id", flat=True))
    return row.recipient_id in readers or (bool(readers) and _speaks_for(row, row.organization_id, now))


def unanswered(row: Notification, invitation: Invitation, now: datetime) -> bool:
    return (
        invitation.state in (Invitation.State.PENDING, Invitation.State.SEEN)
        and _is_on(row, invitation.session, now)
        and holds_invited_post(row, invitation, now)
    )


def holds_invited_post(row: Notification, invitation: Invitation, now: datetime) -> bool:
    if invitation.addressee_id == row.recipient_id:
        return True
    held = Tenure.objects.current(timezone.localdate(now)).filter(
        person=row.recipient_id, post=invitation.post_id
    )
    return held.exists() or _speaks_for(row, invitation.organization_id, now)


def declined(row: Notification, invitation: Invitation, now: datetime) -> bool:
    return invitation.state == Invitation.State.DECLINED and invitation.version == row.version


def link_asked_for(row: Notification, invitation: Invitation, now: datetime) -> bool:
    session = invitation.session
    return (
        session.state == Session.State.CONVENED
        and invitation.link_generation == row.version
        and holds_invited_post(row, invitation, now)
    )


def named(row: Notification, delegate: Delegate, now: datetime) -> bool:
    has_a_place = delegate.withdrawn_at is None and delegate.waiting_since is None
    return has_a_place and _is_on(row, delegate.invitation.session, now)


def waits(row: Notification, delegate: Delegate, now: datetime) -> bool:
    still = delegate.withdrawn_at is None and delegate.waiting_since is not None
    return still and _is_on(row, delegate.invitation.session, now)


def link_passed_on(row: Notification, invitation: Invitation, now: datetime) -> bool:
    """The link that was passed on still works, and still may be: never that of a closed session."""
    session = invitation.session
    return (
        session.state == Session.State.CONVENED
        and not session.is_casa_adentro
        and invitation.link_generation == row.version
        and not invitation.link_is_dead(now)
    )


def withdrawn(row: Notification, delegate: Delegate, now: datetime) -> bool:
    session = delegate.invitation.session
    return (
        delegate.withdrawn_at is not None
        and session.state == Session.State.CONVENED
        and not _is_delegate(row, session)
    )


def reminded(row: Notification, session: Session, now: datetime) -> bool:
    return _is_on(row, session, now) and _is_delegate(row, session)


def moved(row: Notification, session: Session, now: datetime) -> bool:
    return _is_on(row, session, now) and (_is_delegate(row, session) or _is_invited(row, session, now))


def cancelled(row: Notification, session: Session, now: datetime) -> bool:
    return (
        session.state == Session.State.CANCELLED
        and session.schedule_version == row.version
        and (_is_delegate(row, session) or _is_named(row, session) or _is_invited(row, session, now))
    )


def declined_by_calendar(row: Notification, reply: CalendarReply, now: datetime) -> bool:
    """The person's calendar still says no to the date that stands, they are still in the delegation, and it still concerns the reader."""
    session, today = reply.session, timezone.localdate(now)
    going = Delegate.objects.current().filter(invitation__session=session, person=reply.person_id)
    mine = going.filter(invitation__organization=row.organization_id)
    return (
        reply.answer == CalendarReply.Answer.DECLINED
        and reply.sequence == session.schedule_version
        and _is_on(row, session, now)
        and (
            mine.exists()
            and _speaks_for(row, row.organization_id, now)
            or going.exists()
            and row.recipient_id in {person.person_id for person in secretariat(session.mesa_id, today)}
        )
    )


def proposal_waits(row: Notification, proposal: AgendaProposal, now: datetime) -> bool:
    """It still waits for its answer in an open session ahead, and its reader keeps the secretariat."""
    session, today = proposal.session, timezone.localdate(now)
    return (
        session is not None
        and not session.is_casa_adentro
        and (proposal.state, proposal.version) == (AgendaProposal.State.PENDING, row.version)
        and session.state in CALLED
        and session.starts_at is not None
        and now < session.starts_at
        and row.recipient_id in {person.person_id for person in secretariat(proposal.mesa_id, today)}
        and may_see_session(row, session, now)
    )


def proposal_answered(row: Notification, proposal: AgendaProposal, now: datetime) -> bool:
    """The answer stands, what it names is still there, and its reader still belongs to the organization that asked."""
    session, state = proposal.session, AgendaProposal.State
    stands = proposal.version == row.version and (
        proposal.state in (state.DEFERRED, state.DECLINED)
        or proposal.state in (state.ACCEPTED, state.MERGED)
        and proposal.item_id is not None
    )
    there = session is None or (
        not session.is_casa_adentro
        and session.state not in FALLEN
        and session.starts_at is not None
        and may_see_session(row, session, now)
    )
    held = Tenure.objects.current(timezone.localdate(now)).filter(person=row.recipient_id)
    return stands and there and held.filter(post__organization=proposal.organization_id).exists()


def tasks_open(row: Notification, session: Session, now: datetime) -> bool:
    keepers = {person.person_id for person in secretariat(session.mesa_id, timezone.localdate(now))}
    return (
        session.state in OVER and session.tasks.filter(done_at=None).exists() and row.recipient_id in keepers
    )


def task_due(row: Notification, session: Session, now: datetime) -> bool:
    """Something that was due by that morning is still open, and its reader still keeps the secretariat and sees it."""
    if session.state not in OVER or session.local_end_day is None:
        return False
    keepers = {person.person_id for person in secretariat(session.mesa_id, timezone.localdate(now))}
    return (
        row.recipient_id in keepers
        and session.tasks.filter(done_at=None, due_on__lte=session.local_end_day + row.rung * DAY).exists()
        and may_see_session(row, session, now)
    )


def promised(row: Notification, session: Session, now: datetime) -> bool:
    promises = Commitment.objects.filter(
        session=session,
        responsible=row.organization_id,
        agreed_at__isnull=False,
        is_casa_adentro=session.is_casa_adentro,
    )
    return (
        session.state in OVER
        and promises.exclude(state=Commitment.State.WITHDRAWN).exists()
        and _speaks_for(row, row.organization_id, now)
    )


def may_see(row: Notification, commitment: Commitment, now: datetime) -> bool:
    return Commitment.objects.visible_to(reader(row, now)).filter(pk=commitment.pk).exists()


def answers_for(row: Notification, commitment: Commitment, now: datetime) -> bool:
    return _speaks_for(row, commitment.responsible_id, now) and may_see(row, commitment, now)


def due(row: Notification, commitment: Commitment, now: datetime) -> bool:
    """Still owed under that date. A dispute waits for the mesa, and takes no report meanwhile."""
    return (
        commitment.state in OWED_STATES
        and commitment.due_version == row.version
        and answers_for(row, commitment, now)
        and not _copied_for_nothing(row, commitment, now)
    )


def _copied_for_nothing(row: Notification, commitment: Commitment, now: datetime) -> bool:
    """The head's copy while a post was vacant, and by now somebody holds it again."""
    today, organization = timezone.localdate(now), commitment.responsible_id
    if row.rung >= HEAD_FROM or organization is None:
        return False
    boxes = mailboxes([organization], today)
    head, focal = boxes.head.get(organization), boxes.focal.get(organization)
    is_copy = head and focal and head.person_id == row.recipient_id != focal.person_id
    return bool(is_copy) and vacant_post(commitment, today) is None


def agreed(row: Notification, commitment: Commitment, now: datetime) -> bool:
    return commitment.state in Commitment.OPEN_STATES and answers_for(row, commitment, now)


def extended(row: Notification, commitment: Commitment, now: datetime) -> bool:
    return commitment.due_version == row.version and agreed(row, commitment, now)


def link_to_commitment(row: Notification, commitment: Commitment, now: datetime) -> bool:
    sides = {commitment.responsible_id, commitment.verifier_id}
    return (
        commitment.state in LINKED_STATES
        and row.organization_id in sides
        and _speaks_for(row, row.organization_id, now)
    )


def waits_for_verifier(row: Notification, report: Report, now: datetime) -> bool:
    commitment = report.commitment
    return (
        commitment.state == Commitment.State.REPORTED
        and not report.verifications.exists()
        and _speaks_for(row, commitment.verifier_id, now)
        and may_see(row, commitment, now)
    )


def decided(row: Notification, verification: Verification, now: datetime) -> bool:
    return answers_for(row, verification.commitment, now)


def code_lives(row: Notification, code: VerificationCode, now: datetime) -> bool:
    return code.is_live(now) and code.person_id == row.recipient_id


def asked(row: Notification, ballot: Ballot, now: datetime) -> bool:
    """The poll still takes answers, this organization has given none and still sits at the mesa."""
    return (
        ballot.answered_at is None
        and ballot.poll.takes_answers(now)
        and _sits_for(row, ballot.poll, ballot.organization_id, now)
    )


def poll_link_asked_for(row: Notification, ballot: Ballot, now: datetime) -> bool:
    return (
        ballot.link_generation == row.version
        and ballot.poll.takes_answers(now)
        and _sits_for(row, ballot.poll, ballot.organization_id, now)
    )


def poll_ended(row: Notification, poll: DatePoll, now: datetime) -> bool:
    """It ended as the message says, and its reader speaks for an organization that was asked and still sits there."""
    return f"poll_{poll.state}" == row.kind and _sits_for(row, poll, row.organization_id, now)


def _sits_for(row: Notification, poll: DatePoll, organization_id: int | None, now: datetime) -> bool:
    seats = Seat.objects.current(now.astimezone(poll.mesa.zone).date())
    return (
        _speaks_for(row, organization_id, now)
        and seats.filter(mesa=poll.mesa_id, organization=organization_id).exists()
        and poll.ballots.filter(organization=organization_id).exists()
    )


def unconfirmed(row: Notification, request: JoinRequest, now: datetime) -> bool:
    return request.state == JoinRequest.State.UNCONFIRMED and request.link_generation == row.version


def approved(row: Notification, request: JoinRequest, now: datetime) -> bool:
    return request.state == JoinRequest.State.APPROVED


def not_approved(row: Notification, request: JoinRequest, now: datetime) -> bool:
    return request.state == JoinRequest.State.DECLINED


def link_to_preferences(row: Notification, person: Person, now: datetime) -> bool:
    return person.link_generation == row.version


def week_has_something(row: Notification, organization: Organization, now: datetime) -> bool:
    """Who holds no post of it any more is told nothing: ``week_of`` is empty then."""
    return organization.state == Organization.State.ACTIVE and bool(
        week_of(organization.pk, reader(row, now), now)
    )
