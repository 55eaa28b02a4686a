"""The only writers of commitments. Historic records are untouchable: they say what their source says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import (
    Commitment,
    Extension,
    Indicator,
    Report,
    Verification,
    VerificationCode,
)
from coordination.commitments.queries import Missing, answering_ids, gate, kin
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.models import Mesa
from coordination.organizations.models import Person, Tenure
from coordination.sessions.models import Outcome


class NotACommitment(DomainError):
    default_message = _("Only an outcome of kind commitment is opened as one. Change the kind of the outcome first.")


class AlreadyProposed(DomainError):
    default_message = _("This outcome already has its commitment: nothing was added.")


class HistoricRecord(DomainError):
    default_message = _("This is a historic record. It says what its source says and does not change.")


class GateNotPassed(DomainError):
    """``missing`` lists what ``queries.gate`` found."""

    default_message = _("The commitment is not complete yet.")

    def __init__(self, missing: list[Missing]) -> None:
        self.missing = missing
        words = ", ".join(str(each.message) for each in missing)
        super().__init__(
            _("It was not agreed, nothing has been lost. Still missing: %(what)s.") % {"what": words},
            field=missing[0].field,
        )


class DueDatePassed(DomainError):
    default_message = _("The due date has already passed. Give a later one.")


class DueDateFixed(DomainError):
    default_message = _("The due date was agreed. It moves by an extension, which keeps the old date and the reason.")


class NotOpen(DomainError):
    default_message = _("This commitment does not take that step in its present state. Look at it again: somebody may have changed it.")


class NotResponsible(DomainError):
    default_message = _("Only the responsible organization reports on its commitment.")


class NotVerifier(DomainError):
    default_message = _("Only the organization named as verifier decides.")


class OwnKey(DomainError):
    default_message = _("Nobody verifies a commitment of their own organization, nor of one it is part of. Another organization must decide.")


class ReasonMissing(DomainError):
    default_message = _("Say why, so that whoever reads this later understands it.")


class NoAddress(DomainError):
    default_message = _("We have no e-mail address on file for this organization. The secretariat can add it.")


class TooManyRequests(DomainError):
    default_message = _("We have already sent it several times. Look in the mailbox, also among unwanted mail, and try again in an hour.")


class WrongCode(DomainError):
    default_message = _("This is not the code of the last mail. Check the six digits, or ask for a new code.")


class CodeDead(DomainError):
    default_message = _("This code no longer works: it lasts ten minutes and five attempts. Ask for a new one; your decision stays written below.")


@dataclass(frozen=True)
class IndicatorData:
    """The indicator as the form gives it; anything may be missing while the commitment is proposed."""

    name: str
    unit: str = ""
    baseline: Decimal | None = None
    baseline_is_unknown: bool = False
    target: Decimal | None = None


@transaction.atomic
def propose(
    *,
    outcome_id: int,
    statement: str,
    deliverable: str = "",
    responsible_id: int | None = None,
    verifier_id: int | None = None,
    due_on: date | None = None,
    means_of_verification: str = "",
    axis_id: int | None = None,
    gcm_ids: Iterable[int] = (),
    sdg_ids: Iterable[int] = (),
    co_responsible_ids: Iterable[int] = (),
    resources: str = "",
    indicator: IndicatorData | None = None,
    by: Actor,
    now: datetime,
) -> Commitment:
    """Opens an outcome as a commitment, PROPOSED whatever it lacks, with the mesa's next number.

    Records PROPOSED. Raises NotACommitment, AlreadyProposed, OwnKey.
    """
    outcome = Outcome.objects.select_for_update(of=("self",)).select_related("session").get(pk=outcome_id)
    if outcome.kind != Outcome.Kind.COMMITMENT:
        raise NotACommitment
    if outcome.session.is_historic:
        raise HistoricRecord
    if Commitment.objects.filter(outcome=outcome).exists():
        raise AlreadyProposed
    mesa = Mesa.objects.select_for_update().get(pk=outcome.session.mesa_id)
    last = Commitment.objects.filter(mesa=mesa).aggregate(last=Max("number"))["last"] or 0
    co_responsible = set(co_responsible_ids) - {responsible_id}
    _refuse_own_key(verifier_id, {responsible_id, *co_responsible})
    commitment = Commitment.objects.create(
        mesa=mesa,
        session=outcome.session,
        outcome=outcome,
        number=last + 1,
        statement=statement,
        deliverable=deliverable,
        responsible_id=responsible_id,
        verifier_id=verifier_id,
        due_on=due_on,
        means_of_verification=means_of_verification,
        axis_id=axis_id,
        resources=resources,
    )
    commitment.gcm_objectives.set(gcm_ids)
    commitment.sdgs.set(sdg_ids)
    commitment.co_responsible.set(co_responsible)
    _set_indicator(commitment, indicator)
    record(kind=CommitmentEvent.PROPOSED, by=by, subject=commitment, now=now, mesa_id=mesa.pk)
    return commitment


@transaction.atomic
def edit(
    *,
    commitment_id: int,
    version: int,
    statement: str,
    deliverable: str = "",
    responsible_id: int | None = None,
    verifier_id: int | None = None,
    due_on: date | None = None,
    means_of_verification: str = "",
    axis_id: int | None = None,
    gcm_ids: Iterable[int] = (),
    sdg_ids: Iterable[int] = (),
    co_responsible_ids: Iterable[int] = (),
    resources: str = "",
    indicator: IndicatorData | None = None,
    by: Actor,
    now: datetime,
) -> Commitment:
    """Changes a commitment that is not settled. Once agreed it must stay complete and its date moves by extension.

    A change of responsible or verifier kills the links mailed before. Records EDITED with the names of the fields
    that changed. Raises HistoricRecord, StaleVersion, NotOpen, DueDateFixed, OwnKey, GateNotPassed.
    """
    commitment = _locked(commitment_id, version)
    agreed = commitment.state != Commitment.State.PROPOSED
    if agreed and commitment.state not in Commitment.REPORTABLE_STATES:
        raise NotOpen
    if agreed and due_on != commitment.due_on:
        raise DueDateFixed(field="due_on")
    co_responsible = set(co_responsible_ids) - {responsible_id}
    _refuse_own_key(verifier_id, {responsible_id, *co_responsible})
    wanted = {
        "statement": statement,
        "deliverable": deliverable,
        "responsible_id": responsible_id,
        "verifier_id": verifier_id,
        "due_on": due_on,
        "means_of_verification": means_of_verification,
        "axis_id": axis_id,
        "resources": resources,
    }
    changed = [name for name, value in wanted.items() if getattr(commitment, name) != value]
    for name in changed:
        setattr(commitment, name, wanted[name])
    if {"responsible_id", "verifier_id"} & set(changed):
        commitment.link_generation += 1
    commitment.version += 1
    commitment.save()
    commitment.gcm_objectives.set(gcm_ids)
    commitment.sdgs.set(sdg_ids)
    commitment.co_responsible.set(co_responsible)
    _set_indicator(commitment, indicator)
    if agreed and (missing := gate(commitment)):
        raise GateNotPassed(missing)
    _record(CommitmentEvent.EDITED, commitment, by, now, {"changed": [name.removesuffix("_id") for name in changed]})
    return commitment


@transaction.atomic
def agree(*, commitment_id: int, by: Actor, now: datetime) -> Commitment:
    """A complete proposal becomes AGREED; its due date is kept as the original one.

    Records AGREED. Raises HistoricRecord, NotOpen, GateNotPassed (naming what is missing), DueDatePassed.
    """
    commitment = _locked(commitment_id)
    if commitment.state != Commitment.State.PROPOSED:
        raise NotOpen
    if missing := gate(commitment):
        raise GateNotPassed(missing)
    assert commitment.due_on is not None  # noqa: S101  the gate has seen it
    if commitment.due_on < timezone.localdate(now):
        raise DueDatePassed(field="due_on")
    commitment.state = Commitment.State.AGREED
    commitment.original_due_on = commitment.due_on
    commitment.agreed_at = now
    commitment.version += 1
    commitment.save(update_fields=["state", "original_due_on", "agreed_at", "version"])
    _record(CommitmentEvent.AGREED, commitment, by, now)
    return commitment


@transaction.atomic
def report(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    text: str,
    progress: int,
    value: Decimal | None = None,
    evidence_url: str = "",
    asks_verification: bool = False,
    by: Actor,
    now: datetime,
) -> Report:
    """What the responsible organization says was done. Progress may fall: the text says why.

    Asking for verification makes the commitment REPORTED, anything else IN_PROGRESS. Records REPORTED with the
    report's id. Raises HistoricRecord, NotOpen, NotResponsible.
    """
    commitment = _locked(commitment_id)
    if commitment.state not in Commitment.REPORTABLE_STATES:
        raise NotOpen
    if commitment.responsible_id != organization_id:
        raise NotResponsible
    made = Report.objects.create(
        commitment=commitment,
        organization_id=organization_id,
        person_id=person_id,
        text=text,
        progress=progress,
        value=value,
        evidence_url=evidence_url,
        asks_verification=asks_verification,
        reported_at=now,
    )
    commitment.progress = progress
    commitment.state = Commitment.State.REPORTED if asks_verification else Commitment.State.IN_PROGRESS
    commitment.version += 1
    commitment.save(update_fields=["progress", "state", "version"])
    measured = commitment.indicators.order_by("id").first()
    if value is not None and measured:
        measured.value = value
        measured.save(update_fields=["value"])
    payload = {"report": made.pk, "progress": progress, "asks_verification": asks_verification}
    _record(CommitmentEvent.REPORTED, commitment, by, now, payload)
    return made


@transaction.atomic
def verify(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    decision: str,
    text: str = "",
    by: Actor,
    now: datetime,
) -> Verification:
    """The second key. Met and partly met settle the commitment; returned puts it in progress again and says why.

    Records VERIFIED, or RETURNED, with the ids of verification and report. Spends the codes mailed for it.
    Raises HistoricRecord, NotOpen, NotVerifier, OwnKey, ReasonMissing.
    """
    commitment = _locked(commitment_id)
    if commitment.state != Commitment.State.REPORTED:
        raise NotOpen
    if commitment.verifier_id != organization_id:
        raise NotVerifier
    decision = Verification.Decision(decision)
    last = commitment.reports.filter(asks_verification=True).first()
    if last is None:
        raise NotOpen
    barred = kin(answering_ids(commitment) | {last.organization_id})
    if organization_id in barred or _works_for(person_id, barred, now):
        raise OwnKey
    if decision == Verification.Decision.RETURNED and not text.strip():
        raise ReasonMissing(_("Say what is missing, so that the organization can complete it."), field="text")
    made = Verification.objects.create(
        commitment=commitment,
        report=last,
        organization_id=organization_id,
        person_id=person_id,
        decision=decision,
        text=text,
        verified_at=now,
    )
    returned = decision == Verification.Decision.RETURNED
    commitment.state = Commitment.State.IN_PROGRESS if returned else Commitment.State(decision.value)
    commitment.settled_at = None if returned else now
    commitment.version += 1
    commitment.save(update_fields=["state", "settled_at", "version"])
    commitment.verification_codes.filter(spent_at=None).update(spent_at=now)
    kind = CommitmentEvent.RETURNED if returned else CommitmentEvent.VERIFIED
    payload = {"verification": made.pk, "report": last.pk, "decision": decision.value}
    _record(kind, commitment, by, now, payload)
    return made


@transaction.atomic
def extend(
    *, commitment_id: int, version: int, new_due_on: date, reason: str, by: Actor, now: datetime
) -> Extension:
    """A later due date; the old one and the reason are kept, and every planned reminder is planned again.

    Records EXTENDED with both dates and the due version. Raises HistoricRecord, StaleVersion, NotOpen,
    DueDatePassed, ReasonMissing.
    """
    commitment = _locked(commitment_id, version)
    if commitment.state not in Commitment.OPEN_STATES or commitment.due_on is None:
        raise NotOpen
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if new_due_on <= commitment.due_on or new_due_on < timezone.localdate(now):
        raise DueDatePassed(_("An extension ends after the present due date and not before today."), field="new_due_on")
    made = Extension.objects.create(
        commitment=commitment, old_due_on=commitment.due_on, new_due_on=new_due_on, reason=reason, extended_at=now
    )
    commitment.due_on = new_due_on
    commitment.due_version += 1
    commitment.version += 1
    commitment.save(update_fields=["due_on", "due_version", "version"])
    payload = {
        "extension": made.pk,
        "from": made.old_due_on.isoformat(),
        "to": new_due_on.isoformat(),
        "due_version": commitment.due_version,
    }
    _record(CommitmentEvent.EXTENDED, commitment, by, now, payload)
    return made


@transaction.atomic
def withdraw(*, commitment_id: int, reason: str, by: Actor, now: datetime) -> Commitment:
    """Takes a commitment off by a decision of the mesa, whose reason is kept. Nothing is deleted.

    Records WITHDRAWN. Raises HistoricRecord, NotOpen, ReasonMissing.
    """
    commitment = _locked(commitment_id)
    if commitment.state not in (*Commitment.OPEN_STATES, Commitment.State.PROPOSED):
        raise NotOpen
    if not reason.strip():
        raise ReasonMissing(field="reason")
    commitment.state = Commitment.State.WITHDRAWN
    commitment.withdrawn_reason = reason
    commitment.settled_at = now
    commitment.version += 1
    commitment.save(update_fields=["state", "withdrawn_reason", "settled_at", "version"])
    _record(CommitmentEvent.WITHDRAWN, commitment, by, now)
    return commitment


CODES_AN_HOUR = 5
LINKS_AN_HOUR = 3


@transaction.atomic
def request_verification_code(
    *, commitment_id: int, organization_id: int, person_id: int | None, by: Actor, now: datetime
) -> VerificationCode:
    """Opens ten minutes in which the code mailed to the address on file decides by the link.

    An earlier code dies. Records VERIFY_CODE_REQUESTED on the code's row, which is what gets mailed. Raises
    NotOpen, NotVerifier, NoAddress, TooManyRequests.
    """
    commitment = _locked(commitment_id)
    if commitment.state != Commitment.State.REPORTED:
        raise NotOpen
    if commitment.verifier_id != organization_id:
        raise NotVerifier
    person = Person.objects.filter(pk=person_id).exclude(email="").first()
    if person is None:
        raise NoAddress
    codes = commitment.verification_codes
    if codes.filter(requested_at__gt=now - timedelta(hours=1)).count() >= CODES_AN_HOUR:
        raise TooManyRequests
    codes.filter(spent_at=None).update(spent_at=now)
    code = VerificationCode.objects.create(
        commitment=commitment,
        organization_id=organization_id,
        person=person,
        requested_at=now,
        expires_at=now + timedelta(minutes=VerificationCode.MINUTES),
    )
    record(
        kind=CommitmentEvent.VERIFY_CODE_REQUESTED,
        by=by,
        subject=code,
        now=now,
        mesa_id=commitment.mesa_id,
        payload={"commitment": commitment.pk},
    )
    return code


def verify_by_code(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    code: str,
    decision: str,
    text: str = "",
    by: Actor,
    now: datetime,
) -> Verification:
    """``verify`` for whoever comes by the link: the code of the last mail opens it, once.

    Two transactions on purpose: a wrong attempt stays counted although it is refused. Raises CodeDead, WrongCode
    and what ``verify`` raises.
    """
    _try_code(commitment_id, person_id, code, now)
    return verify(
        commitment_id=commitment_id,
        organization_id=organization_id,
        person_id=person_id,
        decision=decision,
        text=text,
        by=by,
        now=now,
    )


@transaction.atomic
def request_link(*, commitment_id: int, purpose: str, by: Actor, now: datetime) -> Commitment:
    """A fresh link goes to the address on file of whoever may use it; the asker learns nothing.

    Records LINK_REQUESTED with the purpose. Raises NotOpen, TooManyRequests.
    """
    commitment = _locked(commitment_id)
    if commitment.state not in Commitment.REPORTABLE_STATES:
        raise NotOpen
    asked = Activity.objects.about("commitment", commitment.pk).filter(
        kind=CommitmentEvent.LINK_REQUESTED, occurred_at__gt=now - timedelta(hours=1)
    )
    if asked.count() >= LINKS_AN_HOUR:
        raise TooManyRequests
    _record(CommitmentEvent.LINK_REQUESTED, commitment, by, now, {"purpose": purpose})
    return commitment


def _try_code(commitment_id: int, person_id: int | None, given: str, now: datetime) -> None:
    with transaction.atomic():
        code = VerificationCode.objects.select_for_update().filter(commitment=commitment_id).order_by("-id").first()
        if code is None or code.person_id != person_id or not code.is_live(now):
            raise CodeDead(field="code")
        right = code.matches(given)
        if not right:
            code.attempts = F("attempts") + 1
            code.save(update_fields=["attempts"])
            code.refresh_from_db(fields=["attempts"])
    if not right:
        raise WrongCode(field="code") if code.attempts < VerificationCode.ATTEMPTS else CodeDead(field="code")


def _locked(commitment_id: int, version: int | None = None) -> Commitment:
    """The row as it is now, locked; refuses historic ones and, where a version is given, stale ones."""
    commitment = Commitment.objects.select_for_update(of=("self",)).select_related("mesa").get(pk=commitment_id)
    if commitment.is_historic:
        raise HistoricRecord
    if version is not None and commitment.version != version:
        raise StaleVersion
    return commitment


def _refuse_own_key(verifier_id: int | None, answering: set[int | None]) -> None:
    if verifier_id is not None and verifier_id in kin({each for each in answering if each is not None}):
        raise OwnKey(field="verifier")


def _works_for(person_id: int | None, organization_ids: set[int], now: datetime) -> bool:
    """True when the person holds a post today in one of them: two posts do not make two keys."""
    held = Tenure.objects.current(timezone.localdate(now)).filter(person=person_id)
    return person_id is not None and held.filter(post__organization__in=organization_ids).exists()


def _set_indicator(commitment: Commitment, data: IndicatorData | None) -> None:
    """The first indicator as the form gives it; without a name it goes, as long as nothing was measured with it."""
    first = commitment.indicators.order_by("id").first()
    if data is None:
        if first and first.value is None:
            first.delete()
        return
    indicator = first or Indicator(commitment=commitment)
    indicator.name, indicator.unit = data.name, data.unit
    indicator.baseline, indicator.baseline_is_unknown = data.baseline, data.baseline_is_unknown
    indicator.target = data.target
    indicator.save()


def _record(
    kind: CommitmentEvent, commitment: Commitment, by: Actor, now: datetime, payload: dict[str, Any] | None = None
) -> None:
    record(kind=kind, by=by, subject=commitment, now=now, mesa_id=commitment.mesa_id, payload=payload)
