"""More time: asked for by the responsible organization, agreed by the mesa in a session. Nothing of the old is lost."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.agreeing import DueDatePassed
from coordination.commitments.deciding import deciding_sessions, extendable_since, is_of_own_side, too_early
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.figures.rules import indicator_problems
from coordination.commitments.models import Commitment, Extension, ExtensionRequest, Indicator
from coordination.commitments.reports.actions.reporting import NotResponsible
from coordination.commitments.row import NotOpen, ReasonMissing, locked, note
from coordination.commitments.states import SETTLED
from coordination.commitments.terms import begin_anew
from coordination.common.errors import DomainError
from coordination.sessions.models import Outcome


class AlreadySettled(NotOpen):
    default_message = _("It is already closed, as %(state)s: it needs no more time, and its date stays.")


class SessionMissing(DomainError):
    default_message = _(
        "Choose the session of this mesa that agreed it: one that was held, or that is running."
    )


class OwnDecision(DomainError):
    default_message = _(
        "It is a commitment of your own organization: choose a session whose record has a decision of the mesa."
    )


class TargetWrong(DomainError):
    default_message = _(
        "A target equal to the baseline promises nothing. Give another one, or leave it as it is."
    )


class AlreadyAsked(NotOpen):
    default_message = _("Your organization has already asked for more time: the mesa answers that request.")


class NoRequest(NotOpen):
    default_message = _("That request was already answered.")


@transaction.atomic
def extend(
    *,
    commitment_id: int,
    version: int,
    new_due_on: date,
    reason: str,
    session_id: int | None,
    organization_id: int | None = None,
    person_id: int | None = None,
    indicator_id: int | None = None,
    new_target: Decimal | None = None,
    by: Actor,
    now: datetime,
) -> Extension:
    """A later due date, agreed in a session; the old one, the old target, who and why are kept. Reminders are planned anew.

    Answers the open request, if there is one: the session was not over when it was asked. Another target is another
    promise: whoever accepted is asked again. More time alone is not. Records EXTENDED with both dates and the due version. Raises
    HistoricRecord, StaleVersion, AlreadySettled, NotOpen, ReasonMissing, DueDatePassed, SessionMissing, OwnDecision,
    TargetWrong.
    """
    commitment = locked(commitment_id, version)
    _refuse_closed(commitment)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    _refuse_early(commitment, new_due_on, "new_due_on", now)
    own = is_of_own_side(organization_id, person_id, commitment, timezone.localdate(now))
    _refuse_session(commitment, session_id, own, now)
    indicator = _to_retarget(commitment, indicator_id, new_target, now)
    assert commitment.due_on is not None  # noqa: S101  seen above
    made = Extension.objects.create(
        commitment=commitment,
        old_due_on=commitment.due_on,
        new_due_on=new_due_on,
        reason=reason,
        session_id=session_id,
        indicator=indicator,
        old_target=indicator.target if indicator else None,
        new_target=new_target if indicator else None,
        organization_id=organization_id,
        person_id=person_id,
        extended_at=now,
    )
    if indicator:
        indicator.target = new_target
        indicator.save(update_fields=["target"])
        begin_anew(commitment, now)
    commitment.due_on = new_due_on
    commitment.due_version += 1
    commitment.version += 1
    commitment.save(update_fields=["due_on", "due_version", "version"])
    commitment.extension_requests.filter(answered_at=None).update(answered_at=now, extension=made)
    payload = {
        "extension": made.pk,
        "from": made.old_due_on.isoformat(),
        "to": new_due_on.isoformat(),
        "due_version": commitment.due_version,
    }
    note(CommitmentEvent.EXTENDED, commitment, by, now, payload)
    return made


@transaction.atomic
def ask(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    asked_until: date,
    reason: str,
    by: Actor,
    now: datetime,
) -> ExtensionRequest:
    """The responsible organization asks for more time. The date stays until the mesa agrees it.

    Records EXTENSION_ASKED with the request's id. Raises HistoricRecord, NotResponsible, AlreadySettled, NotOpen,
    AlreadyAsked, ReasonMissing, DueDatePassed.
    """
    commitment = locked(commitment_id)
    if commitment.responsible_id != organization_id:
        raise NotResponsible
    _refuse_closed(commitment)
    if commitment.extension_requests.filter(answered_at=None).exists():
        raise AlreadyAsked
    if not reason.strip():
        raise ReasonMissing(field="reason")
    _refuse_early(commitment, asked_until, "asked_until", now)
    made = ExtensionRequest.objects.create(
        commitment=commitment,
        organization_id=organization_id,
        person_id=person_id,
        asked_until=asked_until,
        reason=reason,
        asked_at=now,
    )
    note(CommitmentEvent.EXTENSION_ASKED, commitment, by, now, {"request": made.pk})
    return made


@transaction.atomic
def refuse(*, commitment_id: int, answer: str, by: Actor, now: datetime) -> ExtensionRequest:
    """The mesa does not agree to more time, in its secretariat's words. The date stays.

    Records EXTENSION_REFUSED with the request's id. Raises HistoricRecord, NoRequest, ReasonMissing.
    """
    commitment = locked(commitment_id)
    row: ExtensionRequest | None = commitment.extension_requests.filter(answered_at=None).first()
    if row is None:
        raise NoRequest
    if not answer.strip():
        raise ReasonMissing(_("Say why it was not agreed: the organization reads it."), field="answer")
    row.answer, row.answered_at = answer, now
    row.save(update_fields=["answer", "answered_at"])
    note(CommitmentEvent.EXTENSION_REFUSED, commitment, by, now, {"request": row.pk})
    return row


def _refuse_closed(commitment: Commitment) -> None:
    if commitment.state in SETTLED:
        raise AlreadySettled(AlreadySettled.default_message % {"state": commitment.get_state_display()})
    if commitment.state not in Commitment.OPEN_STATES or commitment.due_on is None:
        raise NotOpen


def _refuse_early(commitment: Commitment, day: date, field: str, now: datetime) -> None:
    if (commitment.due_on and day <= commitment.due_on) or day < timezone.localdate(now):
        raise DueDatePassed(
            _("An extension ends after the present due date and not before today."), field=field
        )


def _refuse_session(commitment: Commitment, session_id: int | None, own: bool, now: datetime) -> None:
    """The mesa agreed it in a session. Of what one's own organization answers for, the record must hold a decision."""
    since = extendable_since(commitment)
    sessions = deciding_sessions(commitment, now, since).filter(pk=session_id or 0)
    if not sessions.exists():
        raise SessionMissing(too_early(since), field="session")
    decided = Outcome.objects.filter(session=session_id, kind=Outcome.Kind.DECISION)
    if own and not decided.exists():
        raise OwnDecision(field="session")


def _to_retarget(
    commitment: Commitment, indicator_id: int | None, target: Decimal | None, now: datetime
) -> Indicator | None:
    """The indicator whose target the mesa moves too, still with the one of before."""
    if indicator_id is None or target is None:
        return None
    found: Indicator = commitment.indicators.select_for_update().get(pk=indicator_id)
    if found.target == target:
        return None
    if found.baseline == target and not found.keeps_level:
        raise TargetWrong(field="new_target")
    wrong = indicator_problems(
        unit=found.unit, baseline=found.baseline, baseline_is_unknown=found.baseline_is_unknown, target=target,
        keeps_level=found.keeps_level, formula=found.formula, today=timezone.localdate(now),
    )  # fmt: skip
    if wrong:
        raise TargetWrong(wrong[0].message, field="new_target")
    return found
