"""What is kept of the review: whom a letter asked, what was gone through, how each commitment stood at the end.

The clock writes most of it; doing it twice, late or at the same time changes nothing.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import SYSTEM, Actor
from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.commitments.agenda import reviewing
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import AgendaRequest, Referral, Review
from coordination.common.errors import DomainError
from coordination.sessions.actions.planning import lock_session
from coordination.sessions.models import Session


class NotUnderReview(DomainError):
    default_message = _(
        "This commitment does not come up in this session any more. Look at the list again: it builds itself."
    )


class AlreadyKept(DomainError):
    default_message = _(
        "The session is over, and how each commitment stood is kept. The list stays as it is."
    )


@transaction.atomic
def note_asked(
    *, session_id: int, organization_id: int, commitment_ids: list[int], at: datetime, by: Actor = SYSTEM
) -> bool:
    """A letter left that asked this organization how these commitments stand. False when that is known already.

    Records: ASKED about the session, with the ids.
    """
    session = lock_session(session_id)
    told = Activity.objects.about("session", session.pk).filter(
        kind=CommitmentEvent.ASKED, payload__organization=organization_id, occurred_at=at
    )
    if told.exists():
        return False
    payload = {"organization": organization_id, "commitments": commitment_ids}
    record(
        kind=CommitmentEvent.ASKED, by=by, subject=session, now=at, mesa_id=session.mesa_id, payload=payload
    )
    return True


@transaction.atomic
def tick(*, session_id: int, commitment_id: int, by: Actor, now: datetime) -> Review:
    """In the room: this one was gone through. Keeps how it stands at this moment; a second press changes nothing.

    Records: TICKED about the session. Raises AlreadyKept, NotUnderReview.
    """
    session = _reviewing(session_id)
    kept = Review.objects.filter(session=session, commitment=commitment_id).first()
    if kept:
        return kept
    found = reviewing.content(session, actor=None, now=now).lines
    line = next((line for line in found if line.commitment.pk == commitment_id), None)
    if line is None:
        raise NotUnderReview
    made = _review(session, line, now)
    made.save()
    _note(CommitmentEvent.TICKED, session, by, now, {"commitment": commitment_id})
    return made


@transaction.atomic
def untick(*, session_id: int, commitment_id: int, by: Actor, now: datetime) -> None:
    """The press was a mistake. Records: TICKED with ``undone``. Raises AlreadyKept."""
    session = _reviewing(session_id)
    if Review.objects.filter(session=session, commitment=commitment_id).delete()[0]:
        _note(CommitmentEvent.TICKED, session, by, now, {"commitment": commitment_id, "undone": True})


@transaction.atomic
def freeze(*, session_id: int, by: Actor = SYSTEM, now: datetime) -> int:
    """Keeps how every commitment stood that the session reviewed; how many. Once: later calls write nothing.

    A session that is not over, failed or was called off reviewed nothing. Records: REVIEWED with the count.
    """
    session = lock_session(session_id)
    over = session.ends_at is not None and session.ends_at <= now
    if session.is_historic or session.state not in reviewing.HAPPENED or not over:
        return 0
    done = Activity.objects.about("session", session.pk).filter(kind=CommitmentEvent.REVIEWED)
    if done.exists():
        return 0
    rows = [_review(session, line, now) for line in reviewing.content(session, actor=None, now=now).lines]
    Review.objects.bulk_create(
        rows, ignore_conflicts=True
    )  # those ticked in the room stay as they stood then
    _note(CommitmentEvent.REVIEWED, session, by, now, {"commitments": len(rows)})
    return len(rows)


@transaction.atomic
def settle(*, session_id: int, by: Actor = SYSTEM, now: datetime) -> int:
    """What a held session has dealt with is done: requests for its agenda, answers of other mesas that came back.

    Only once somebody has closed it as held: a session that failed dealt with nothing. A closed one ends nothing that
    others see. How many rows. Records: REFERRAL_RETURNED for each answer.
    """
    session = lock_session(session_id)
    if session.state != Session.State.HELD or session.closed_at is None:
        return 0
    asked = list(reviewing.done_in(session).values_list("pk", flat=True))
    rows = AgendaRequest.objects.filter(pk__in=asked, closed_at=None)
    done = rows.update(closed_at=now, session=session)
    if session.is_casa_adentro:
        return done
    back = Referral.objects.select_for_update().filter(
        origin=session.mesa_id,
        state=Referral.State.ANSWERED,
        returned_in=None,
        answered_at__lte=session.ends_at,
    )
    for referral in back.order_by("pk"):
        referral.returned_in = session
        referral.version += 1
        referral.save(update_fields=["returned_in", "version"])
        record(
            kind=CommitmentEvent.REFERRAL_RETURNED,
            by=by,
            subject=referral,
            now=now,
            mesa_id=session.mesa_id,
            payload={"session": session.pk},
        )
        done += 1
    return done


def _reviewing(session_id: int) -> Session:
    """The session, locked, while its reviews are not kept. Raises AlreadyKept."""
    session = lock_session(session_id)
    done = Activity.objects.about("session", session.pk).filter(kind=CommitmentEvent.REVIEWED)
    if session.is_historic or session.closed_at or done.exists():
        raise AlreadyKept
    return session


def _review(session: Session, line: reviewing.Line, now: datetime) -> Review:
    return Review(
        session=session,
        commitment=line.commitment,
        reason=Review.Reason(line.reason.value),
        state=line.state,
        light=line.light.code,
        due_on=line.due_on,
        progress=line.progress,
        was_asked=line.was_asked,
        was_silent=line.was_silent,
        reviewed_at=now,
    )


def _note(
    kind: CommitmentEvent, session: Session, by: Actor, now: datetime, payload: dict[str, object]
) -> None:
    record(kind=kind, by=by, subject=session, now=now, mesa_id=session.mesa_id, payload=payload)
