"""The second key: another organization decides on what was reported."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.commitments.deciding import BAR_WORDS, Bar, barred, works_for
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.gate import answering_ids, kin
from coordination.commitments.links.actions import TooManyRequests
from coordination.commitments.models import (
    Commitment,
    Dispute,
    NonFulfilment,
    Report,
    Verification,
    VerificationCode,
)
from coordination.commitments.row import NotOpen, OwnKey, ReasonMissing, locked, note
from coordination.commitments.states import Step, move
from coordination.commitments.terms import wording_of
from coordination.common.errors import DomainError, StaleVersion
from coordination.organizations.models import Organization, Person


class NotVerifier(DomainError):
    default_message = _("Only the organization named as verifier decides.")


class NotDecided(DomainError):
    default_message = _("Choose one of the three decisions.")


class AlreadyDecided(NotOpen):
    """``decided`` is the verification that came first."""

    def __init__(self, decided: Verification) -> None:
        self.decided = decided
        super().__init__(
            _(
                "%(organization)s had already decided: %(decision)s. That decision stands, and yours was not needed: nothing changed."
            )
            % {
                "organization": decided.organization.name,
                "decision": decided.get_decision_display(),
            }
        )


class ReportChanged(DomainError):
    default_message = _(
        "The organization sent another report while you were reading. Look at it and decide again: what you wrote is still below."
    )


class NoAddress(DomainError):
    default_message = _(
        "We have no e-mail address on file for this organization. The secretariat can add it."
    )


class WrongCode(DomainError):
    default_message = _("This is not the code of the last mail. Check the six digits, or ask for a new code.")


class CodeDead(DomainError):
    default_message = _(
        "This code no longer works: it lasts ten minutes and five attempts. Ask for a new one; your decision stays written below."
    )


CODES_AN_HOUR = 5
STEP_OF = {
    Verification.Decision.MET: Step.CONFIRM,
    Verification.Decision.PARTLY_MET: Step.CONFIRM_PARTLY,
    Verification.Decision.RETURNED: Step.RETURN,
}
WAITING = (Commitment.State.REPORTED, Commitment.State.DISPUTED)


@transaction.atomic
def verify(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    decision: str,
    text: str = "",
    report_id: int | None = None,
    wording: str | None = None,
    by: Actor,
    now: datetime,
) -> Verification:
    """The second key, on a report or anew on what is disputed. Met and partly met settle it; returned keeps it open.

    ``report_id`` is the report the page showed, ``wording`` the text of what was agreed (``terms.with_wording``): a later
    one is read first. Records VERIFIED, or RETURNED, with the ids
    of verification and report; spends the codes mailed for it; resolves the dispute. Raises HistoricRecord,
    AlreadyDecided, NotOpen, NotVerifier, OwnKey, NotDecided, ReasonMissing, ReportChanged, StaleVersion.
    """
    commitment = locked(commitment_id)
    last = _to_decide(commitment, organization_id)
    _refuse_own_side(commitment, organization_id, person_id, last, now)
    if decision not in Verification.Decision.values:
        raise NotDecided(field="decision")
    chosen = Verification.Decision(decision)
    if chosen == Verification.Decision.RETURNED and not text.strip():
        raise ReasonMissing(_("Say what is missing, so that the organization can complete it."), field="text")
    if report_id is not None and report_id != last.pk:
        raise ReportChanged
    if wording is not None and wording != wording_of(commitment.pk):
        raise StaleVersion
    made = Verification.objects.create(
        commitment=commitment,
        report=last,
        organization_id=organization_id,
        person_id=person_id,
        decision=chosen,
        text=text,
        verified_at=now,
    )
    returned = chosen == Verification.Decision.RETURNED
    disputed = commitment.state == Commitment.State.DISPUTED
    step = Step.REOPEN if returned and disputed else STEP_OF[chosen]
    move(commitment, step, now=now, settled_by_id=None if returned else organization_id)
    if disputed:
        _resolve_by(commitment, made, now)
    if not returned:
        close_what_waits(commitment, now)
    commitment.verification_codes.filter(spent_at=None).update(spent_at=now)
    kind = CommitmentEvent.RETURNED if returned else CommitmentEvent.VERIFIED
    payload = {"verification": made.pk, "report": last.pk, "decision": chosen.value}
    note(kind, commitment, by, now, payload)
    return made


def _to_decide(commitment: Commitment, organization_id: int) -> Report:
    """The report this organization decides on. Says who came first where two verifiers were at it at once."""
    if commitment.state not in WAITING:
        last = commitment.verifications.select_related("organization").first()
        if last is not None and last.organization_id == organization_id:
            raise AlreadyDecided(last)
        raise NotOpen
    if commitment.verifier_id != organization_id:
        raise NotVerifier
    report = commitment.reports.filter(asks_verification=True).first()
    if report is None:
        raise NotOpen(_("It was never reported as done: there is nothing to verify yet."))
    return report


def _refuse_own_side(
    commitment: Commitment, organization_id: int, person_id: int | None, report: Report, now: datetime
) -> None:
    """Asked again at the moment of deciding: organizations merge, people change posts, others join the answering side."""
    bar = barred(commitment, organization_id)
    if bar == Bar.SECTOR:
        raise OwnKey(BAR_WORDS[bar])
    side = kin(answering_ids(commitment) | {report.organization_id})
    if bar or organization_id in side or works_for(person_id, side, timezone.localdate(now)):
        raise OwnKey


def _resolve_by(commitment: Commitment, made: Verification, now: datetime) -> None:
    """Decided anew: whether the decision that was disputed stands is what the new one says."""
    dispute = commitment.disputes.filter(resolved_at=None).select_related("verification").first()
    if dispute is None:
        return
    old = dispute.verification
    same = old is not None and old.decision == made.decision
    dispute.resolution = Dispute.Resolution.UPHELD if same else Dispute.Resolution.CHANGED
    dispute.resolved_by_id, dispute.resolved_at = made.organization_id, now
    dispute.save(update_fields=["resolution", "resolved_by", "resolved_at"])


def close_what_waits(commitment: Commitment, now: datetime) -> None:
    """A settled commitment waits for nobody: an open record that it was not met and a request for time end unanswered."""
    commitment.non_fulfilments.filter(answered_at=None).update(answered_at=now, is_confirmed=False)
    commitment.extension_requests.filter(answered_at=None).update(answered_at=now)


@transaction.atomic
def request_verification_code(
    *, commitment_id: int, organization_id: int, person_id: int | None, by: Actor, now: datetime
) -> VerificationCode:
    """Opens ten minutes in which the code mailed to the address on file decides by the link.

    For the verifier, and for the second organization of a record that it was not met. Its earlier codes die. Records
    VERIFY_CODE_REQUESTED on the code's row, which is what gets mailed. Raises NotOpen, NotVerifier, NoAddress,
    TooManyRequests.
    """
    commitment = locked(commitment_id)
    asked = NonFulfilment.objects.filter(
        commitment=commitment, second=organization_id, answered_at=None
    ).exists()
    if not asked:
        _to_decide(commitment, organization_id)
    person = Person.objects.filter(pk=person_id).exclude(email="").first()
    if person is None:
        raise NoAddress
    codes = commitment.verification_codes.filter(organization=organization_id)
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
    report_id: int | None = None,
    wording: str | None = None,
    by: Actor,
    now: datetime,
) -> Verification:
    """``verify`` for whoever comes by the link: the code of the last mail opens it, once.

    Two transactions on purpose: a wrong attempt stays counted although it is refused. Raises CodeDead, WrongCode
    and what ``verify`` raises.
    """
    try_code(commitment_id, organization_id, person_id, code, now)
    return verify(
        commitment_id=commitment_id,
        organization_id=organization_id,
        person_id=person_id,
        decision=decision,
        text=text,
        report_id=report_id,
        wording=wording,
        by=by,
        now=now,
    )


@transaction.atomic
def name_verifier(
    *, commitment_id: int, verifier_id: int, version: int, by: Actor, now: datetime
) -> Commitment:
    """Another organization holds the second key of what waits for its verifier. Links mailed before die.

    Records VERIFIER_NAMED. Raises HistoricRecord, StaleVersion, NotOpen, OwnKey.
    """
    commitment = locked(commitment_id, version)
    return put_verifier(commitment, verifier_id, by, now)


def put_verifier(commitment: Commitment, verifier_id: int, by: Actor, now: datetime) -> Commitment:
    """``name_verifier`` on a row already locked."""
    if commitment.state not in WAITING:
        raise NotOpen
    bar = barred(commitment, verifier_id)
    if bar or not Organization.objects.active().filter(pk=verifier_id).exists():
        raise OwnKey(BAR_WORDS[bar] if bar else None, field="verifier")
    payload = {"from": commitment.verifier_id, "to": verifier_id}
    commitment.verifier_id = verifier_id
    commitment.link_generation += 1
    commitment.version += 1
    commitment.save(update_fields=["verifier", "link_generation", "version"])
    commitment.verification_codes.filter(spent_at=None).update(spent_at=now)
    note(CommitmentEvent.VERIFIER_NAMED, commitment, by, now, payload)
    return commitment


def try_code(
    commitment_id: int, organization_id: int, person_id: int | None, given: str, now: datetime
) -> None:
    """Counts the attempt and refuses what is not the live code of that organization."""
    with transaction.atomic():
        code = (
            VerificationCode.objects.select_for_update()
            .filter(commitment=commitment_id, organization=organization_id)
            .order_by("-id")
            .first()
        )
        if code is None or code.person_id != person_id or not code.is_live(now):
            raise CodeDead(field="code")
        right = code.matches(given)
        if not right:
            code.attempts = F("attempts") + 1
            code.save(update_fields=["attempts"])
            code.refresh_from_db(fields=["attempts"])
    if not right:
        raise WrongCode(field="code") if code.attempts < VerificationCode.ATTEMPTS else CodeDead(field="code")
