"""The cascade: a mesa raises an issue or a commitment to another one, which answers; the answer comes back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.commitments.agenda.referrals import relatives
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment, Referral
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.models import Mesa
from coordination.sessions.models import Session

STATE = Referral.State
UNANSWERED = (STATE.RAISED, STATE.RECEIVED, STATE.SCHEDULED)


class NotRelated(DomainError):
    default_message = _(
        "An issue goes to a mesa that this one is part of, or to one that is part of it. Choose another mesa."
    )


class ClosedStays(DomainError):
    default_message = _(
        "What is casa adentro does not leave its circle: neither a closed commitment nor what a closed session decided is raised to another mesa."
    )


class NotOurs(DomainError):
    default_message = _("That commitment or session belongs to another mesa. Choose one of this mesa.")


class NotAgreed(DomainError):
    default_message = _(
        "Only what was agreed is raised to another mesa. This commitment is still a proposal."
    )


class AlreadyRaised(DomainError):
    default_message = _("This commitment already stands before that mesa, which has not answered yet.")


class WordsMissing(DomainError):
    default_message = _("Write it in words, so that whoever reads this later understands it.")


class NotBegun(DomainError):
    default_message = _(
        "That session has not begun, so it cannot have decided anything. Choose one that took place."
    )


class NotWaiting(DomainError):
    default_message = _("This issue was answered or taken back in the meantime. Look at it again.")


class NotAhead(DomainError):
    default_message = _("Choose a session of your mesa that is still to come and is not casa adentro.")


@transaction.atomic
def refer(
    *,
    origin_id: int,
    target_id: int,
    title: str,
    text: str,
    commitment_id: int | None = None,
    raised_in_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Referral:
    """Raises an issue, or one of the mesa's commitments, to a mesa above or below. The same words again, by a second
    click, stay one.

    Records REFERRED on the row, at the origin. Raises NotRelated, WordsMissing, NotOurs, ClosedStays, NotAgreed,
    NotBegun, AlreadyRaised.
    """
    origin = Mesa.objects.select_for_update().get(pk=origin_id)
    if origin.is_historic or target_id not in relatives(origin_id).ids:
        raise NotRelated(field="target")
    if not title.strip():
        raise WordsMissing(field="title")
    if not text.strip():
        raise WordsMissing(field="text")
    commitment = _commitment_of(origin_id, commitment_id, "commitment")
    session = Session.objects.filter(pk=raised_in_id).first() if raised_in_id else None
    if session is not None:
        if session.mesa_id != origin_id:
            raise NotOurs(field="raised_in")
        if session.is_casa_adentro:
            raise ClosedStays(field="raised_in")
        if session.starts_at is None or session.starts_at > now:
            raise NotBegun(field="raised_in")
    waiting = Referral.objects.filter(origin=origin, target=target_id, state__in=UNANSWERED)
    if commitment is not None and waiting.filter(commitment=commitment).exists():
        raise AlreadyRaised(field="target")
    if same := waiting.filter(commitment=commitment, title=title.strip(), text=text.strip()).first():
        return same
    made = Referral.objects.create(
        origin=origin,
        target_id=target_id,
        commitment=commitment,
        title=title.strip(),
        text=text.strip(),
        raised_in=session,
        raised_at=now,
    )
    _note(CommitmentEvent.REFERRED, made, origin_id, by, now)
    return made


@transaction.atomic
def receive(*, referral_id: int, by: Actor, now: datetime) -> Referral:
    """The target has it: from now on it stands in the first item of its next session. A second press changes nothing.

    Records REFERRAL_RECEIVED. Raises NotWaiting.
    """
    found = _waiting(referral_id)
    if found.state != STATE.RAISED:
        return found
    _save(found, state=STATE.RECEIVED, received_at=now)
    _note(CommitmentEvent.REFERRAL_RECEIVED, found, found.target_id, by, now)
    return found


@transaction.atomic
def schedule(*, referral_id: int, session_id: int, by: Actor, now: datetime) -> Referral:
    """The target says which of its sessions deals with it. Records REFERRAL_SCHEDULED. Raises NotWaiting, NotAhead."""
    found = _waiting(referral_id)
    ahead = Session.objects.live().filter(
        pk=session_id, mesa=found.target_id, is_casa_adentro=False, ends_at__gt=now
    )
    if not ahead.exclude(state=Session.State.CANCELLED).exists():
        raise NotAhead(field="session")
    _save(found, state=STATE.SCHEDULED, session_id=session_id, received_at=found.received_at or now)
    _note(CommitmentEvent.REFERRAL_SCHEDULED, found, found.target_id, by, now, {"session": session_id})
    return found


@transaction.atomic
def answer(
    *,
    referral_id: int,
    version: int,
    kind: str,
    text: str,
    commitment_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Referral:
    """The target takes it up, in part or not, in words; it may name what it promised because of it. Final.

    Records REFERRAL_ANSWERED. Raises NotWaiting, StaleVersion, WordsMissing, NotOurs, ClosedStays, NotAgreed.
    """
    found = _waiting(referral_id)
    if found.version != version:
        raise StaleVersion
    if not text.strip():
        raise WordsMissing(field="answer")
    born = _commitment_of(found.target_id, commitment_id, "answer_commitment")
    _save(
        found,
        state=STATE.ANSWERED,
        received_at=found.received_at or now,
        answer_kind=Referral.Answer(kind),
        answer=text.strip(),
        answer_commitment=born,
        answered_at=now,
    )
    _note(CommitmentEvent.REFERRAL_ANSWERED, found, found.target_id, by, now, {"answer": found.answer_kind})
    return found


@transaction.atomic
def withdraw(*, referral_id: int, by: Actor, now: datetime) -> Referral:
    """The origin takes it back while nobody has answered. Records REFERRAL_WITHDRAWN. Raises NotWaiting."""
    found = _waiting(referral_id)
    _save(found, state=STATE.WITHDRAWN)
    _note(CommitmentEvent.REFERRAL_WITHDRAWN, found, found.origin_id, by, now)
    return found


def _waiting(referral_id: int) -> Referral:
    found = Referral.objects.select_for_update().get(pk=referral_id)
    if found.state not in UNANSWERED:
        raise NotWaiting
    return found


def _commitment_of(mesa_id: int, commitment_id: int | None, name: str) -> Commitment | None:
    """The commitment, agreed, open and of this mesa. Raises NotOurs, ClosedStays, NotAgreed."""
    if commitment_id is None:
        return None
    found = Commitment.objects.select_related("session").get(pk=commitment_id)
    if found.mesa_id != mesa_id:
        raise NotOurs(field=name)
    if found.is_casa_adentro or (found.session and found.session.is_casa_adentro):
        raise ClosedStays(field=name)
    if found.is_historic or found.agreed_at is None:
        raise NotAgreed(field=name)
    return found


def _save(found: Referral, **changes: object) -> None:
    for name, value in changes.items():
        setattr(found, name, value)
    found.version += 1
    found.save(update_fields=[*changes, "version"])


def _note(
    kind: CommitmentEvent,
    referral: Referral,
    mesa_id: int,
    by: Actor,
    now: datetime,
    payload: dict[str, object] | None = None,
) -> None:
    record(kind=kind, by=by, subject=referral, now=now, mesa_id=mesa_id, payload=payload)
