"""What a message is about: how its row is locked and read for the gate, its version, and whether it is still true.

Everything here is read inside the gate's short transaction, after the lock: a cancellation that has committed is
seen, one that has not waits for the lock (design: reminders 6).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from coordination.attendees.models import Delegate, Invitation
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
from coordination.minutes.models import Clearance, Minutes, MinutesCopy, SharingSheet, SignCode
from coordination.notifications import (
    agenda_truths,
    closed_parts,
    minutes_truths,
    receipt_truths,
    settling_truths,
    truths,
)
from coordination.notifications.digests import daily_rows
from coordination.notifications.kinds import CLOSED_PART, DAILY_DIGEST, ORGANIZATION_DIGEST
from coordination.notifications.models import CalendarReply, Notification
from coordination.organizations.models import JoinRequest, Organization, Person
from coordination.polls.models import Ballot, DatePoll
from coordination.sessions.models import AgendaProposal, Session

Truth = Callable[[Notification, Any, datetime], bool]


@dataclass(frozen=True)
class Subject:
    """``lock`` names the row that actions take FOR UPDATE before they change what makes the message true."""

    lock: Callable[[int], tuple[type[Model], int | None]]
    read: Callable[[int], Any]
    truths: dict[str, Truth]


def locked(row: Notification) -> Any | None:
    """The subject, read after its lock was taken FOR SHARE; None when it no longer exists."""
    subject = SUBJECTS[row.subject_type]
    model, pk = subject.lock(row.subject_id)
    if pk is None:
        return None
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR SHARE", [pk])  # noqa: S608  our own table's name
        if cursor.fetchone() is None:
            return None
    return subject.read(row.subject_id)


def is_true(row: Notification, subject: Any, now: datetime) -> bool:
    """Whether this message still says something true to somebody who may hear it; a kind that is no longer made does not."""
    session = truths.session_of(subject)
    if session and session.is_casa_adentro and not truths.may_see_session(row, session, now):
        return False  # whatever the kind: a mail, even an empty one, tells that the session exists
    truth = SUBJECTS[row.subject_type].truths.get(row.kind)
    return truth is not None and truth(row, subject, now)


def still_true(rows: Iterable[Notification], now: datetime) -> Iterator[tuple[Notification, Any]]:
    """Of messages that are only listed, those that still say something true to their reader, each with its subject."""
    for row in rows:
        subject = SUBJECTS[row.subject_type].read(row.subject_id)
        if subject is not None and is_true(row, subject, now):
            yield row, subject


def _has_news(row: Notification, person: Person, now: datetime) -> bool:
    return any(True for _ in still_true(daily_rows(row), now))


def _read(model: type[Model], *related: str) -> Callable[[int], Any]:
    def read(pk: int) -> Any:
        return model._default_manager.select_related(*related).filter(pk=pk).first()

    return read


def _itself(model: type[Model]) -> Callable[[int], tuple[type[Model], int | None]]:
    return lambda pk: (model, pk)


def _above(
    model: type[Model], root: type[Model], path: str
) -> Callable[[int], tuple[type[Model], int | None]]:
    def lock(pk: int) -> tuple[type[Model], int | None]:
        return root, model._default_manager.filter(pk=pk).values_list(path, flat=True).first()

    return lock


COMMITMENT = (
    "commitment__mesa",
    "commitment__session__mesa",
    "commitment__responsible",
    "commitment__verifier",
)
SUBJECTS: dict[str, Subject] = {
    "session": Subject(
        _itself(Session),
        _read(Session, "mesa"),
        {
            "session_reminder": truths.reminded,
            "session_moved": truths.moved,
            CLOSED_PART: closed_parts.still_meets,
            "session_cancelled": truths.cancelled,
            "follow_up_tasks": truths.tasks_open,
            "task_due": truths.task_due,
            "follow_up_commitments": truths.promised,
            "commitments_asked": agenda_truths.asked,
        },
    ),
    "invitation": Subject(
        _above(Invitation, Session, "session_id"),
        _read(Invitation, "session__mesa", "organization", "session__convocation"),
        {
            "invitation": truths.unanswered,
            "answer_reminder": truths.unanswered,
            "second_notice": truths.unanswered,
            "invitation_declined": truths.declined,
            "link_renewed": truths.link_asked_for,
            "link_passed_on": truths.link_passed_on,
        },
    ),
    "delegate": Subject(
        _above(Delegate, Session, "invitation__session_id"),
        _read(Delegate, "invitation__session__mesa", "invitation__organization"),
        {
            "delegation_confirmed": truths.named,
            "delegation_promoted": truths.named,
            "delegation_waiting": truths.waits,
            "delegation_withdrawn": truths.withdrawn,
        },
    ),
    "calendarreply": Subject(
        _above(CalendarReply, Session, "session_id"),
        _read(CalendarReply, "session__mesa", "person"),
        {"calendar_declined": truths.declined_by_calendar},
    ),
    "agendaproposal": Subject(
        _itself(AgendaProposal),
        _read(AgendaProposal, "mesa", "session__mesa", "organization", "item"),
        {"proposal_made": truths.proposal_waits, "proposal_answered": truths.proposal_answered},
    ),
    "commitment": Subject(
        _itself(Commitment),
        _read(Commitment, "mesa", "session__mesa", "responsible", "verifier"),
        {
            "commitment_agreed": truths.agreed,
            "commitment_due": truths.due,
            "commitment_letter": receipt_truths.silent,
            "commitment_mend": receipt_truths.incomplete,
            "commitment_objected": receipt_truths.objects,
            "commitment_extended": truths.extended,
            "commitment_changed": settling_truths.changed,
            "commitment_link": truths.link_to_commitment,
        },
    ),
    "report": Subject(
        _above(Report, Commitment, "commitment_id"),
        _read(Report, "commitment__mesa", "commitment__session__mesa", "organization"),
        {"commitment_reported": truths.waits_for_verifier},
    ),
    "verification": Subject(
        _above(Verification, Commitment, "commitment_id"),
        _read(Verification, "commitment__mesa", "commitment__session__mesa", "organization"),
        {"commitment_verified": truths.decided, "commitment_returned": truths.decided},
    ),
    "dispute": Subject(
        _above(Dispute, Commitment, "commitment_id"),
        _read(
            Dispute, *COMMITMENT, "verification__organization", "non_fulfilment__second", "resolved_in__mesa"
        ),
        {
            "dispute_opened": settling_truths.disputed,
            "dispute_decide": settling_truths.decides_anew,
            "dispute_answered": settling_truths.resolved,
        },
    ),
    "nonfulfilment": Subject(
        _above(NonFulfilment, Commitment, "commitment_id"),
        _read(NonFulfilment, *COMMITMENT, "session__mesa", "second"),
        {
            "not_met_asked": settling_truths.asked_to_confirm,
            "not_met_recorded": settling_truths.recorded,
            "not_met_answered": settling_truths.answered,
        },
    ),
    "extensionrequest": Subject(
        _above(ExtensionRequest, Commitment, "commitment_id"),
        _read(ExtensionRequest, *COMMITMENT),
        {
            "extension_asked": settling_truths.time_asked,
            "extension_refused": settling_truths.time_refused,
        },
    ),
    "verificationcode": Subject(
        _above(VerificationCode, Commitment, "commitment_id"),
        _read(VerificationCode, "commitment__mesa", "commitment__session__mesa", "organization"),
        {"verify_code": truths.code_lives},
    ),
    "ballot": Subject(
        _above(Ballot, DatePoll, "poll_id"),
        _read(Ballot, "poll__mesa", "organization"),
        {
            "poll_invitation": truths.asked,
            "poll_reminder": truths.asked,
            "poll_link": truths.poll_link_asked_for,
        },
    ),
    "datepoll": Subject(
        _itself(DatePoll),
        _read(DatePoll, "mesa", "decided_option"),
        {"poll_decided": truths.poll_ended, "poll_withdrawn": truths.poll_ended},
    ),
    "minutes": Subject(
        _above(Minutes, Session, "session_id"),
        _read(Minutes, "session__mesa"),
        {"minutes_unanswered": minutes_truths.held_up},
    ),
    "minutescopy": Subject(
        _above(MinutesCopy, Session, "minutes__session_id"),
        _read(MinutesCopy, "minutes__session__mesa", "organization"),
        {
            "minutes_circulated": minutes_truths.goes_round,
            "minutes_corrected": minutes_truths.goes_round,
            "minutes_reminder": minutes_truths.silent,
            "minutes_link": minutes_truths.link_asked_for,
            "minutes_answered": minutes_truths.answered,
            "minutes_approved": minutes_truths.approved,
        },
    ),
    "signcode": Subject(
        _above(SignCode, Session, "copy__minutes__session_id"),
        _read(SignCode, "copy__minutes__session__mesa", "copy__organization"),
        {"sign_code": minutes_truths.code_lives},
    ),
    "sharingsheet": Subject(
        _itself(SharingSheet),
        _read(SharingSheet, "session__mesa"),
        {"sharing_published": minutes_truths.shared},
    ),
    "clearance": Subject(
        _above(Clearance, SharingSheet, "sheet_id"),
        _read(Clearance, "sheet__session__mesa", "organization"),
        {
            "sharing_clearance": minutes_truths.clears,
            "sharing_reminder": minutes_truths.clears_by_then,
        },
    ),
    "referral": Subject(
        _itself(Referral),
        _read(
            Referral,
            "origin",
            "target",
            "commitment__mesa",
            "commitment__session",
            "answer_commitment__mesa",
            "answer_commitment__session",
            "raised_in",
            "session",
        ),
        {"referral_raised": agenda_truths.raised, "referral_answered": agenda_truths.answered},
    ),
    "joinrequest": Subject(
        _itself(JoinRequest),
        _read(JoinRequest, "organization"),
        {
            "join_confirm": truths.unconfirmed,
            "join_approved": truths.approved,
            "join_declined": truths.not_approved,
        },
    ),
    "person": Subject(
        _itself(Person),
        _read(Person),
        {"preferences_link": truths.link_to_preferences, DAILY_DIGEST: _has_news},
    ),
    "organization": Subject(
        _itself(Organization), _read(Organization), {ORGANIZATION_DIGEST: truths.week_has_something}
    ),
}
