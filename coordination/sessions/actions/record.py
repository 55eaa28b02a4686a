"""What came of a session: outcomes, totals of attendance, the end."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.sessions.actions.follow_up import FOLLOWED, complete, plan
from coordination.sessions.actions.planning import SessionIsClosed, lock_session
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, FollowUpTask, Outcome, Session
from coordination.sessions.queries import commitment_hangs_on


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


@transaction.atomic
def record_outcome(*, item_id: int, kind: str, text: str, by: Actor, now: datetime) -> Outcome:
    """Writes what came of an agenda item, after what is there.

    Records: OUTCOME_RECORDED with the outcome's id and kind, no text. Raises NotStartedYet, SessionIsClosed,
    TextMissing.
    """
    item = AgendaItem.objects.select_related(None).get(pk=item_id)
    session = _recording(item.session_id, now)
    if not text.strip():
        raise TextMissing(field="text")
    last = item.outcomes.aggregate(models.Max("order"))["order__max"] or 0
    outcome = Outcome.objects.create(
        session=session, item=item, kind=kind, text=text.strip(), order=last + 1, recorded_at=now
    )
    _record_outcome(SessionEvent.OUTCOME_RECORDED, outcome, session, by, now)
    return outcome


@transaction.atomic
def edit_outcome(*, outcome_id: int, version: int, kind: str, text: str, by: Actor, now: datetime) -> Outcome:
    """Rewrites an outcome. One that a commitment hangs on keeps its kind.

    Records: OUTCOME_EDITED. Raises StaleVersion, CommitmentHangsOnIt, SessionIsClosed, TextMissing.
    """
    outcome, session = _locked_outcome(outcome_id, now)
    if outcome.version != version:
        raise StaleVersion()
    if not text.strip():
        raise TextMissing(field="text")
    if kind != outcome.kind and commitment_hangs_on(outcome):
        raise CommitmentHangsOnIt(field="kind")
    outcome.kind = kind
    outcome.text = text.strip()
    outcome.version += 1
    outcome.save(update_fields=["kind", "text", "version"])
    _record_outcome(SessionEvent.OUTCOME_EDITED, outcome, session, by, now)
    return outcome


@transaction.atomic
def remove_outcome(*, outcome_id: int, by: Actor, now: datetime) -> Outcome:
    """Takes away what was written by mistake. Returns it, no longer stored, so that an undo can record it again.

    Records: OUTCOME_EDITED, act "removed". Raises CommitmentHangsOnIt, SessionIsClosed.
    """
    outcome, session = _locked_outcome(outcome_id, now)
    if commitment_hangs_on(outcome):
        raise CommitmentHangsOnIt()
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
def close(*, session_id: int, result: str, by: Actor, now: datetime) -> Session:
    """Ends the record: ``held`` or ``failed``, and nothing of it changes any more.

    Plans the follow-up if the sweep has not. Records: ENDED where planned here, TASK_DONE, CLOSED with the
    result. Raises SessionIsClosed, NotConvened, NotOverYet, AttendanceIsOpen, UnknownResult.
    """
    session = _open_record(session_id)
    if session.ends_at is None or session.ends_at > now:
        raise NotOverYet()
    if session.attendance_closed_at is None:
        raise AttendanceIsOpen()
    if result not in (Session.State.HELD, Session.State.FAILED):
        raise UnknownResult(field="result")
    session.state = result
    session.closed_at = now
    session.version += 1
    session.save(update_fields=["state", "closed_at", "version"])
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


def _recording(session_id: int, now: datetime) -> Session:
    session = _open_record(session_id)
    if session.starts_at and session.starts_at > now:
        raise NotStartedYet()
    return session


def _locked_outcome(outcome_id: int, now: datetime) -> tuple[Outcome, Session]:
    """The outcome, read after its session was locked."""
    session = _recording(Outcome.objects.values_list("session_id", flat=True).get(pk=outcome_id), now)
    return Outcome.objects.get(pk=outcome_id), session


def _record_outcome(
    kind: SessionEvent, outcome: Outcome, session: Session, by: Actor, now: datetime, act: str = ""
) -> None:
    payload = {"outcome": outcome.pk, "item": outcome.item_id, "kind": outcome.kind}
    if act:
        payload["act"] = act
    record(kind=kind, by=by, subject=session, now=now, mesa_id=session.mesa_id, payload=payload)
