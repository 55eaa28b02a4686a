"""What came of a session: outcomes, totals of attendance, the end."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.sessions.actions.follow_up import FOLLOWED, complete, plan, undo
from coordination.sessions.actions.planning import SessionIsClosed, lock_session
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, Block, FollowUpTask, Outcome, Session
from coordination.sessions.queries import agreement_hangs_on, commitment_hangs_on


class NotStartedYet(DomainError):
    default_message = _(
        "The session has not started. What comes of it can be recorded from its first minute on."
    )


class NotConvened(DomainError):
    default_message = _(
        "This session was never convened. Convene it first, or cancel it if it will not take place."
    )


class NotOverYet(DomainError):
    default_message = _("The session has not ended. It can be closed once its last hour has passed.")


class AttendanceIsOpen(DomainError):
    default_message = _("The attendance register is still open. Close it first: the quorum comes from it.")


class UnknownResult(DomainError):
    default_message = _("Say whether the session was held or failed.")


class TextMissing(DomainError):
    default_message = _("Write what came of the item.")


class CommitmentHangsOnIt(DomainError):
    default_message = _("A commitment was written from this outcome, so it stays, and stays a commitment.")


class AgreementHangsOnIt(DomainError):
    default_message = _(
        "Votes or reservations are recorded on this outcome. Take them away first, then it can be removed."
    )


class ReservedCommitment(DomainError):
    default_message = _(
        "A commitment is followed in the open, so it cannot be reserved. Write it as a decision, or leave it open."
    )


class ReasonOfFailureMissing(DomainError):
    default_message = _("The quorum was met, so say why the session failed.")


@transaction.atomic
def record_outcome(
    *,
    item_id: int,
    kind: str,
    text: str,
    agreement: str = "",
    is_reserved: bool = False,
    by: Actor,
    now: datetime,
) -> Outcome:
    """Writes what came of an agenda item, after what is there. What is reserved stands in the reserved minutes alone.

    Records: OUTCOME_RECORDED with the outcome's id and kind, no text. Raises NotStartedYet, SessionIsClosed,
    TextMissing, ReservedCommitment.
    """
    item = AgendaItem.objects.select_related(None).get(pk=item_id)
    session = lock_recording(item.session_id, now)
    _settled(kind, text, is_reserved)
    last = Outcome.objects.filter(item=item).aggregate(models.Max("order"))["order__max"] or 0
    outcome = Outcome.objects.create(
        session=session,
        item=item,
        kind=kind,
        agreement=agreement,
        is_reserved=is_reserved,
        text=text.strip(),
        order=last + 1,
        recorded_at=now,
    )
    _record_outcome(SessionEvent.OUTCOME_RECORDED, outcome, session, by, now)
    return outcome


@transaction.atomic
def edit_outcome(
    *,
    outcome_id: int,
    version: int,
    kind: str,
    text: str,
    agreement: str | None = None,
    is_reserved: bool | None = None,
    by: Actor,
    now: datetime,
) -> Outcome:
    """Rewrites an outcome; without ``agreement`` or ``is_reserved`` they stay. With a commitment it keeps its kind.

    Records: OUTCOME_EDITED. Raises StaleVersion, CommitmentHangsOnIt, SessionIsClosed, TextMissing,
    ReservedCommitment.
    """
    outcome, session = lock_outcome(outcome_id, now)
    if outcome.version != version:
        raise StaleVersion()
    reserved = outcome.is_reserved if is_reserved is None else is_reserved
    _settled(kind, text, reserved)
    if kind != outcome.kind and commitment_hangs_on(outcome):
        raise CommitmentHangsOnIt(field="kind")
    outcome.kind = kind
    outcome.text = text.strip()
    outcome.agreement = outcome.agreement if agreement is None else agreement
    outcome.is_reserved = reserved
    outcome.version += 1
    outcome.save(update_fields=["kind", "text", "agreement", "is_reserved", "version"])
    _record_outcome(SessionEvent.OUTCOME_EDITED, outcome, session, by, now)
    return outcome


@transaction.atomic
def set_agreement(*, outcome_id: int, version: int, agreement: str, by: Actor, now: datetime) -> Outcome:
    """How it was agreed: by consensus, by vote, or not said. What belongs to it is kept above.

    Records: OUTCOME_EDITED, act "agreed". Raises StaleVersion, SessionIsClosed.
    """
    outcome, session = lock_outcome(outcome_id, now)
    if outcome.version != version:
        raise StaleVersion()
    outcome.agreement = agreement
    outcome.version += 1
    outcome.save(update_fields=["agreement", "version"])
    _record_outcome(SessionEvent.OUTCOME_EDITED, outcome, session, by, now, act="agreed")
    return outcome


@transaction.atomic
def remove_outcome(*, outcome_id: int, by: Actor, now: datetime) -> Outcome:
    """Takes away what was written by mistake. Returns it, no longer stored, so that an undo can record it again.

    Records: OUTCOME_EDITED, act "removed". Raises CommitmentHangsOnIt, AgreementHangsOnIt, SessionIsClosed.
    """
    outcome, session = lock_outcome(outcome_id, now)
    if commitment_hangs_on(outcome):
        raise CommitmentHangsOnIt()
    if agreement_hangs_on(outcome):
        raise AgreementHangsOnIt()
    _record_outcome(SessionEvent.OUTCOME_EDITED, outcome, session, by, now, act="removed")
    outcome.delete()
    return outcome


@transaction.atomic
def record_attendance_totals(
    *,
    session_id: int,
    organizations: int,
    sectors: int,
    people: int,
    quorum_met: bool,
    by: Actor,
    now: datetime,
) -> Session:
    """Keeps the figures of a closed register, which ``attendees`` counted, and completes the task.

    Records: ATTENDANCE_CLOSED with the figures. Raises SessionIsClosed.
    """
    session = _open_record(session_id)
    session.present_organizations = organizations
    session.present_sectors = sectors
    session.present_people = people
    session.quorum_met = quorum_met
    session.attendance_closed_at = now
    session.save(
        update_fields=[
            "present_organizations", "present_sectors", "present_people", "quorum_met", "attendance_closed_at",
        ]
    )  # fmt: skip
    payload = {"organizations": organizations, "sectors": sectors, "people": people, "quorum_met": quorum_met}
    record(
        kind=SessionEvent.ATTENDANCE_CLOSED,
        by=by,
        subject=session,
        now=now,
        mesa_id=session.mesa_id,
        payload=payload,
    )
    complete(session, FollowUpTask.Kind.ATTENDANCE, by, now)
    return session


@transaction.atomic
def forget_attendance_totals(*, session_id: int, by: Actor, now: datetime) -> Session:
    """The register is open again: its figures are no longer true, and the task is to be done.

    Records: ATTENDANCE_REOPENED with the figures that stood. Raises SessionIsClosed.
    """
    session = _open_record(session_id)
    told = {
        "organizations": session.present_organizations,
        "sectors": session.present_sectors,
        "people": session.present_people,
        "quorum_met": session.quorum_met,
    }
    session.present_organizations = session.present_sectors = session.present_people = None
    session.quorum_met = session.attendance_closed_at = None
    session.save(
        update_fields=[
            "present_organizations", "present_sectors", "present_people", "quorum_met", "attendance_closed_at",
        ]
    )  # fmt: skip
    record(
        kind=SessionEvent.ATTENDANCE_REOPENED,
        by=by,
        subject=session,
        now=now,
        mesa_id=session.mesa_id,
        payload=told,
    )
    undo(session, FollowUpTask.Kind.ATTENDANCE, by, now)
    return session


@transaction.atomic
def close(*, session_id: int, result: str, failure_note: str = "", by: Actor, now: datetime) -> Session:
    """Ends the record: ``held`` or ``failed``, and nothing of it changes any more.

    A session that failed needs no outcome; ``failure_note`` says why, and may stay empty where the register says that
    the quorum was missing. Plans the follow-up if the sweep has not. Records: ENDED where planned here, TASK_DONE,
    CLOSED with the result. Raises SessionIsClosed, NotConvened, NotOverYet, AttendanceIsOpen, UnknownResult,
    ReasonOfFailureMissing.
    """
    session = _open_record(session_id)
    if session.ends_at is None or session.ends_at > now:
        raise NotOverYet()
    if session.attendance_closed_at is None:
        raise AttendanceIsOpen()
    if result not in (Session.State.HELD, Session.State.FAILED):
        raise UnknownResult(field="result")
    has_failed = result == Session.State.FAILED
    if has_failed and session.quorum_met and not failure_note.strip():
        raise ReasonOfFailureMissing(field="failure_note")
    session.state = result
    session.failure_note = failure_note.strip() if has_failed else ""
    session.closed_at = now
    session.version += 1
    session.save(update_fields=["state", "failure_note", "closed_at", "version"])
    if session.follow_up_planned_at:
        complete(session, FollowUpTask.Kind.CLOSE, by, now)
    else:
        plan(session, by, now)
    record(
        kind=SessionEvent.CLOSED,
        by=by,
        subject=session,
        now=now,
        mesa_id=session.mesa_id,
        payload={"result": result},
    )
    return session


def _open_record(session_id: int) -> Session:
    """A convened session whose record still changes."""
    session = lock_session(session_id)
    if session.is_historic or session.closed_at or session.state == Session.State.CANCELLED:
        raise SessionIsClosed()
    if session.state not in FOLLOWED:
        raise NotConvened()
    return session


def lock_recording(session_id: int, now: datetime) -> Session:
    """The session, locked, if its record is being written: begun, be it with a closed part, and not closed. Raises
    NotStartedYet, NotConvened, SessionIsClosed."""
    session = _open_record(session_id)
    closed = Block.objects.filter(session=session, is_casa_adentro=True, starts_at__lte=now)
    if session.starts_at and session.starts_at > now and not closed.exists():
        raise NotStartedYet()
    return session


def lock_outcome(outcome_id: int, now: datetime) -> tuple[Outcome, Session]:
    """The outcome, read after its session was locked. Raises what ``lock_recording`` does."""
    session = lock_recording(Outcome.objects.values_list("session_id", flat=True).get(pk=outcome_id), now)
    return Outcome.objects.get(pk=outcome_id), session


def _settled(kind: str, text: str, is_reserved: bool) -> None:
    """Raises TextMissing, ReservedCommitment."""
    if not text.strip():
        raise TextMissing(field="text")
    if is_reserved and kind == Outcome.Kind.COMMITMENT:
        raise ReservedCommitment(field="is_reserved")


def _record_outcome(
    kind: SessionEvent, outcome: Outcome, session: Session, by: Actor, now: datetime, act: str = ""
) -> None:
    payload = {"outcome": outcome.pk, "item": outcome.item_id, "kind": outcome.kind}
    if act:
        payload["act"] = act
    if outcome.is_reserved or outcome.item.is_casa_adentro:
        payload["casa"] = True  # of its circle alone
    record(kind=kind, by=by, subject=session, now=now, mesa_id=session.mesa_id, payload=payload)
