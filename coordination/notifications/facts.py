"""Reads what the planner needs to know, with a constant number of queries per session or commitment."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from coordination.attendees.models import Delegate, Invitation
from coordination.commitments.escalation import last_word, word_at
from coordination.commitments.models import Acknowledgement, Commitment, Extension, Report, Verification
from coordination.mesas.ladders import moments
from coordination.notifications import closed_parts
from coordination.notifications.models import Notification
from coordination.notifications.planner import (
    SURE,
    Addressee,
    CommitmentFacts,
    DelegateFacts,
    InvitationFacts,
    SessionFacts,
)
from coordination.notifications.queries import Mailboxes, mailboxes, secretariat, vacant_post
from coordination.sessions.models import Session
from coordination.sessions.queries import days_off

# Out of our hands: nothing takes these back. A refused one counts, or it would be planned for ever.
LEFT = [
    Notification.State.SENDING,
    Notification.State.SENT,
    Notification.State.UNKNOWN,
    Notification.State.FAILED,
]


def session_facts(session_id: int, now: datetime) -> SessionFacts | None:
    """The facts of a live session with its date; None where nobody is ever written to. Nine queries, one more where
    something in it is closed."""
    session = Session.objects.live().select_related("mesa").filter(pk=session_id).first()
    if session is None or session.starts_at is None or session.ends_at is None:
        return None
    invitations = list(Invitation.objects.filter(session=session).select_related("addressee"))
    delegates = list(
        Delegate.objects.filter(invitation__session=session)
        .exclude(person__email="")
        .select_related("invitation")
    )
    promises = [
        (responsible_id, agreed_at)
        for responsible_id, agreed_at in Commitment.objects.filter(
            session=session, agreed_at__isnull=False, is_casa_adentro=session.is_casa_adentro
        )
        .exclude(state=Commitment.State.WITHDRAWN)
        .values_list("responsible_id", "agreed_at")
    ]
    boxes = mailboxes(
        {*(invitation.organization_id for invitation in invitations), *(pk for pk, _ in promises)},
        timezone.localdate(now),
    )
    left, told_before = _left(session, invitations, delegates)
    tasks = tuple(session.tasks.filter(done_at=None).values_list("due_on", flat=True))
    return SessionFacts(
        id=session.pk,
        version=session.schedule_version,
        state=session.state,
        zone=session.zone,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        registration_closes_at=session.registration_closes_at,
        moved_at=session.moved_at,
        cancelled_at=session.cancelled_at,
        follow_up_planned_at=session.follow_up_planned_at,
        closed_at=session.closed_at,
        ladder=tuple(session.mesa.session_ladder),
        debounce=timedelta(seconds=settings.DEBOUNCE_SECONDS),
        invitations=tuple(
            InvitationFacts(
                invitation.pk,
                invitation.version,
                invitation.state,
                invitation.created_at,
                invitation.answered_at,
                reader_of(invitation, boxes),
                invitation.second_notice_at,
            )
            for invitation in invitations
        ),
        delegates=tuple(
            DelegateFacts(
                delegate.pk,
                Addressee(delegate.person_id, delegate.invitation.organization_id),
                delegate.registered_at,
                delegate.withdrawn_at,
                delegate.waiting_since,
                delegate.promoted_at,
            )
            for delegate in delegates
        ),
        secretariat=secretariat(session.mesa_id, timezone.localdate(now)),
        promises=tuple((to, at) for pk, at in promises if (to := boxes.of(pk))),
        left=left,
        told_before=told_before,
        tasks=tasks,
        days_off=_days_off(session, tasks),
        mesa_zone=session.mesa.zone,
        ladder_since=moments(session.mesa.session_ladder_since),
        closed_parts=(parts := closed_parts.parts_of(session)),
        circle=closed_parts.since_when(session) if parts else {},
    )


def reader_of(invitation: Invitation, boxes: Mailboxes) -> Addressee | None:
    """Whoever was named for this call alone, as guests are, else the holder of the post."""
    named = invitation.addressee
    if named and named.email:
        return Addressee(named.pk, invitation.organization_id)
    return boxes.of(invitation.organization_id, invitation.post_id)


def _days_off(session: Session, tasks: tuple[date, ...]) -> frozenset[date]:
    """The days of rest as they stand now, around the days open tasks are due; the days themselves never move."""
    if not tasks:
        return frozenset()
    return frozenset(days_off(session, since=min(tasks), until=max(tasks) + timedelta(days=30)))


def _left(
    session: Session, invitations: list[Invitation], delegates: list[Delegate]
) -> tuple[frozenset[tuple[str, int, int]], frozenset[int]]:
    """What has left about invitations and delegates, and who was told a date older than the present one."""
    rows = Notification.objects.filter(state__in=LEFT)
    letters = [
        *rows.filter(kind="invitation", subject_type="invitation", subject_id__in=[row.pk for row in invitations])
        .values_list("kind", "subject_id", "recipient_id", "version"),
        *rows.filter(kind__in=SURE, subject_type="delegate", subject_id__in=[row.pk for row in delegates])
        .values_list("kind", "subject_id", "recipient_id", "version"),
    ]  # fmt: skip
    return (
        frozenset((kind, subject, person) for kind, subject, person, _ in letters),
        frozenset(person for _, _, person, version in letters if version < session.schedule_version),
    )


def commitment_facts(commitment_id: int, now: datetime) -> CommitmentFacts | None:
    """The facts of a live commitment; None for a historic one, which nothing touches. At most nine queries."""
    commitment = (
        Commitment.objects.filter(pk=commitment_id, provenance="live")
        .annotate(word_at=word_at())
        .select_related("mesa", "session")
        .first()
    )
    if commitment is None:
        return None
    boxes = mailboxes([commitment.responsible_id, commitment.verifier_id], timezone.localdate(now))
    extended_at = (
        Extension.objects.filter(commitment=commitment)
        .order_by("-extended_at")
        .values_list("extended_at", flat=True)
        .first()
    )
    waiting = (
        Report.objects.filter(commitment=commitment, asks_verification=True, verifications=None)
        .values_list("id", "reported_at")
        .first()
    )
    return CommitmentFacts(
        id=commitment.pk,
        state=commitment.state,
        due_on=commitment.due_on,
        due_version=commitment.due_version,
        zone=commitment.mesa.zone,
        ladder=tuple(commitment.mesa.commitment_ladder),
        agreed_at=commitment.agreed_at,
        extended_at=extended_at,
        session_closed_at=commitment.session.closed_at if commitment.session else None,
        responsible=boxes.of(commitment.responsible_id),
        head=boxes.head.get(commitment.responsible_id) if commitment.responsible_id else None,
        post_is_vacant=vacant_post(commitment, timezone.localdate(now)) is not None,
        verifier=boxes.of(commitment.verifier_id),
        waiting_report=waiting,
        decisions=tuple(
            Verification.objects.filter(commitment=commitment).values_list("id", "decision", "verified_at")
        ),
        exempt_until=commitment.exempt_until,
        objections=tuple(
            (receipt, at)
            for receipt, at in Acknowledgement.objects.standing()
            .filter(commitment=commitment, objected_at__isnull=False, accepted_at=None)
            .values_list("id", "objected_at")
            if at
        ),
        secretariat=secretariat(commitment.mesa_id, timezone.localdate(now)),
        ladder_since=moments(commitment.mesa.commitment_ladder_since),
        word_at=last_word(commitment),
    )
