"""The second key: another organization decides on what was reported."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.commitments.actions.row import NotOpen, OwnKey, ReasonMissing, locked, note
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.gate import answering_ids, kin
from coordination.commitments.models import (
    Commitment,
    Verification,
    VerificationCode,
)
from coordination.commitments.states import Step, move
from coordination.common.errors import DomainError
from coordination.organizations.models import Person, Tenure


class NotVerifier(DomainError):
    default_message = _("Only the organization named as verifier decides.")


class NoAddress(DomainError):
    default_message = _(
        "We have no e-mail address on file for this organization. The secretariat can add it."
    )


class TooManyRequests(DomainError):
    default_message = _(
        "We have already sent it several times. Look in the mailbox, also among unwanted mail, and try again in an hour."
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
LINKS_AN_HOUR = 3


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
    commitment = locked(commitment_id)
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
    move(commitment, STEP_OF[decision], now=now, settled_by_id=None if returned else organization_id)
    commitment.verification_codes.filter(spent_at=None).update(spent_at=now)
    kind = CommitmentEvent.RETURNED if returned else CommitmentEvent.VERIFIED
    payload = {"verification": made.pk, "report": last.pk, "decision": decision.value}
    note(kind, commitment, by, now, payload)
    return made


@transaction.atomic
def request_verification_code(
    *, commitment_id: int, organization_id: int, person_id: int | None, by: Actor, now: datetime
) -> VerificationCode:
    """Opens ten minutes in which the code mailed to the address on file decides by the link.

    An earlier code dies. Records VERIFY_CODE_REQUESTED on the code's row, which is what gets mailed. Raises
    NotOpen, NotVerifier, NoAddress, TooManyRequests.
    """
    commitment = locked(commitment_id)
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
    commitment = locked(commitment_id)
    if commitment.state not in Commitment.REPORTABLE_STATES:
        raise NotOpen
    asked = Activity.objects.about("commitment", commitment.pk).filter(
        kind=CommitmentEvent.LINK_REQUESTED, occurred_at__gt=now - timedelta(hours=1)
    )
    if asked.count() >= LINKS_AN_HOUR:
        raise TooManyRequests
    note(CommitmentEvent.LINK_REQUESTED, commitment, by, now, {"purpose": purpose})
    return commitment


def _try_code(commitment_id: int, person_id: int | None, given: str, now: datetime) -> None:
    with transaction.atomic():
        code = (
            VerificationCode.objects.select_for_update()
            .filter(commitment=commitment_id)
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


def _works_for(person_id: int | None, organization_ids: set[int], now: datetime) -> bool:
    """True when the person holds a post today in one of them: two posts do not make two keys."""
    held = Tenure.objects.current(timezone.localdate(now)).filter(person=person_id)
    return person_id is not None and held.filter(post__organization__in=organization_ids).exists()
