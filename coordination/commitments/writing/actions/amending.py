"""What was agreed changes: by decision of a session of the mesa, or because a slip of the pen is put right.

Both texts and the reason stay in the history of the commitment, and its organizations are written to.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.agreeing import GateNotPassed, RecordWaits
from coordination.commitments.deciding import day_of, deciding_sessions, is_of_own_side, too_early
from coordination.commitments.gate import answering_ids, gate, kin
from coordination.commitments.models import Commitment
from coordination.commitments.row import NotOpen, OwnKey, ReasonMissing, locked
from coordination.commitments.settling.actions.extending import OwnDecision, SessionMissing
from coordination.commitments.terms import keep_amendment
from coordination.commitments.writing.actions.proposing import leave_no_other_text
from coordination.common.errors import DomainError
from coordination.sessions.models import Outcome, Session

TEXTS = ("statement", "deliverable", "means_of_verification")


class NothingChanged(DomainError):
    default_message = _("Nothing was changed: it says the same as before.")


class Emptied(DomainError):
    default_message = _("It was agreed with this: it cannot be left empty.")


@transaction.atomic
def amend(
    *,
    commitment_id: int,
    version: int,
    texts: Mapping[str, str],
    verifier_id: int | None,
    co_responsible_ids: Iterable[int],
    session_id: int | None,
    reason: str,
    organization_id: int | None = None,
    person_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Commitment:
    """What the mesa decided in a session after it had agreed it. ``texts`` by name, of ``TEXTS``.

    A new verifier kills the links and codes mailed before, and whoever accepted is asked again. Records AMENDED; session,
    reason, old and new are kept in its Amendment. Raises HistoricRecord, StaleVersion, NotOpen, RecordWaits, ReasonMissing, SessionMissing, OwnDecision,
    Emptied, OwnKey, GateNotPassed, NothingChanged.
    """
    commitment = standing_promise(commitment_id, version, reason)
    refuse_session(commitment, session_id, organization_id, person_id, now)
    helping = set(co_responsible_ids) - {commitment.responsible_id}
    _refuse_own_key(commitment, verifier_id, helping)
    lacked = {each.code for each in gate(commitment)}
    was, told = _written(commitment, texts)
    if "statement" in told:
        was |= leave_no_other_text(commitment)
    if verifier_id != commitment.verifier_id:
        if verifier_id is None:
            raise Emptied(field="verifier")
        was["verifier"], told["verifier"] = commitment.verifier_id, verifier_id
        commitment.verifier_id = verifier_id
        commitment.link_generation += 1
        commitment.verification_codes.filter(spent_at=None).update(spent_at=now)
    helped = {each.pk for each in commitment.co_responsible.all()}
    if helping != helped:
        was["co_responsible"], told["co_responsible"] = sorted(helped), sorted(helping)
        # Who helps no longer leaves first: it may be the new verifier, and the database looks at every row.
        commitment.co_responsible.remove(*(helped - helping))
    _save(commitment, told)
    commitment.co_responsible.add(*(helping - helped))
    if lost := [each for each in gate(commitment) if each.code not in lacked]:
        raise GateNotPassed(lost)
    keep_amendment(
        commitment, was=was, told=told, reason=reason, session_id=session_id,
        organization_id=organization_id, by=by, now=now,
    )  # fmt: skip
    return commitment


@transaction.atomic
def correct(
    *, commitment_id: int, version: int, texts: Mapping[str, str], reason: str, by: Actor, now: datetime
) -> Commitment:
    """Puts a slip of the pen right, without a session: what is meant stays, and nobody's part in it changes.

    What was accepted stays accepted. Records AMENDED; the reason and both texts are kept in its Amendment. Raises HistoricRecord, StaleVersion, NotOpen,
    RecordWaits, ReasonMissing, Emptied, NothingChanged.
    """
    commitment = standing_promise(commitment_id, version, reason)
    with translation.override(_language_of(commitment)):
        was, told = _written(commitment, texts)
    _save(commitment, told)
    keep_amendment(commitment, was=was, told=told, reason=reason, session_id=None, by=by, now=now)
    return commitment


def changing_sessions(commitment: Commitment, now: datetime) -> tuple[QuerySet[Session], str]:
    """Where the mesa can have changed it, and why not earlier: no session that was over before it was agreed."""
    since = day_of(commitment, commitment.agreed_at)
    rows = deciding_sessions(commitment, now, since)
    return rows.exclude(pk=commitment.session_id, ends_at__lte=commitment.agreed_at), too_early(since)


def standing_promise(commitment_id: int, version: int | None, reason: str) -> Commitment:
    """What was agreed and waits for no decision of others, locked: it may change, for a reason."""
    commitment = locked(commitment_id, version)
    if commitment.state not in Commitment.REPORTABLE_STATES:
        raise NotOpen
    if commitment.non_fulfilments.filter(answered_at=None).exists():
        raise RecordWaits
    if not reason.strip():
        raise ReasonMissing(field="reason")
    return commitment


def refuse_session(
    commitment: Commitment,
    session_id: int | None,
    organization_id: int | None,
    person_id: int | None,
    now: datetime,
) -> None:
    """As with an extension: of what one's own organization answers for, the record must hold a decision."""
    sessions, why = changing_sessions(commitment, now)
    if not sessions.filter(pk=session_id or 0).exists():
        raise SessionMissing(why, field="session")
    own = is_of_own_side(organization_id, person_id, commitment, timezone.localdate(now))
    if own and not Outcome.objects.filter(session=session_id, kind=Outcome.Kind.DECISION).exists():
        raise OwnDecision(field="session")


def _refuse_own_key(commitment: Commitment, verifier_id: int | None, helping: set[int]) -> None:
    """Of a verifier whose side changed by itself, only what this change brings about is refused."""
    answering = {commitment.responsible_id, *helping} - {None}
    same = verifier_id == commitment.verifier_id and answering <= answering_ids(commitment)
    if not same and verifier_id in kin(each for each in answering if each):
        raise OwnKey(field="verifier")


def _written(commitment: Commitment, texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Old and new of what changes; the row in hand has the new. What an exception left open is filled in elsewhere."""
    was: dict[str, Any] = {}
    told: dict[str, Any] = {}
    for name in TEXTS:
        old, new = getattr(commitment, name), texts.get(name, getattr(commitment, name)).strip()
        if new == old.strip():
            continue
        if not new:
            raise Emptied(field=name)
        was[name], told[name] = old, new
        setattr(commitment, name, new)
    return was, told


def _language_of(commitment: Commitment) -> str:
    """In which its statement is read here: a slip is put right where it stands, not in a translation beside it."""
    languages = (translation.get_language() or "", *settings.MODELTRANSLATION_FALLBACK_LANGUAGES)
    return next(code for code in languages if getattr(commitment, f"statement_{code}", ""))


def _save(commitment: Commitment, told: Mapping[str, Any]) -> None:
    if not told:
        raise NothingChanged
    commitment.version += 1
    commitment.save()
