"""Alliances written: added, taken back, put back. Nothing is deleted, and what is changed is taken back and added anew."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment, Support
from coordination.common.errors import DomainError
from coordination.common.models import Provenance
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.sessions.models import Session

# ISO 4217. What the cooperation with the region is counted in.
CURRENCIES = ("USD", "EUR", "CHF", "GBP", "CAD", "JPY", "SEK", "NOK", "COP", "PEN")
HIGHEST = Decimal("999999999999.99")


class BadAmount(DomainError):
    default_message = _(
        "An amount is zero or more, and below a million million. Leave it empty where it is not known."
    )


class BadCurrency(DomainError):
    default_message = _("Choose one of the currencies in the list.")


class DaysReversed(DomainError):
    default_message = _("The support would end before it begins. Correct one of the two dates.")


class SourceMissing(DomainError):
    default_message = _(
        "Whoever finances a mesa or a session is named where it was made public: write where, or leave it reserved."
    )


class AlreadyWithdrawn(DomainError):
    default_message = _("This support was taken back already: nothing changed.")


class HistoricSupport(DomainError):
    default_message = _("This support stands as its source tells it. It does not change.")


@dataclass(frozen=True)
class SupportData:
    """What one organization gives, as the form has it."""

    organization_id: int
    kind: str
    what: str = ""
    amount: Decimal | None = None
    currency: str = "USD"
    is_public: bool = True
    source: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


@transaction.atomic
def add_support(
    *,
    data: SupportData,
    by: Actor,
    now: datetime,
    commitment_id: int | None = None,
    session_id: int | None = None,
    mesa_id: int | None = None,
) -> Support:
    """Of a commitment, a session or a mesa: one of them. The same entry twice, by a second click, stays one.

    Raises BadAmount, BadCurrency, DaysReversed, SourceMissing. Records: commitment.support_added.
    """
    _check(data, named_aloud=commitment_id is None)
    thing = _locked(commitment_id, session_id, mesa_id)
    organization = Organization.objects.get(pk=data.organization_id)
    values = {
        "commitment_id": commitment_id, "session_id": session_id, "mesa_id": mesa_id, "organization": organization,
        "kind": data.kind, "what": data.what.strip(), "amount": data.amount, "currency": data.currency,
        "is_public": data.is_public, "source": data.source.strip(), "starts_on": data.starts_on, "ends_on": data.ends_on,
        "provenance": Provenance.LIVE,
    }  # fmt: skip
    if same := Support.objects.filter(**values, withdrawn_at=None).first():
        return same
    made = Support.objects.create(**values, recorded_at=now)
    _note(CommitmentEvent.SUPPORT_ADDED, made, _mesa_id(thing), by, now)
    return made


@transaction.atomic
def change_support(*, support_id: int, data: SupportData, by: Actor, now: datetime) -> Support:
    """Takes the entry back and adds the new one, of the same thing. Raises what both raise. Records both."""
    old = withdraw_support(support_id=support_id, by=by, now=now)
    return add_support(
        data=data,
        by=by,
        now=now,
        commitment_id=old.commitment_id,
        session_id=old.session_id,
        mesa_id=old.mesa_id,
    )


@transaction.atomic
def withdraw_support(*, support_id: int, by: Actor, now: datetime) -> Support:
    """It is shown no longer; the row stays. Raises HistoricSupport, AlreadyWithdrawn. Records: support_withdrawn."""
    support = _row(support_id)
    if support.withdrawn_at:
        raise AlreadyWithdrawn
    support.withdrawn_at = now
    support.save(update_fields=["withdrawn_at"])
    _note(CommitmentEvent.SUPPORT_WITHDRAWN, support, _mesa_id(_thing(support)), by, now)
    return support


@transaction.atomic
def restore_support(*, support_id: int, by: Actor, now: datetime) -> Support:
    """Shown again; one that was never taken back stays as it is. Records: commitment.support_added."""
    support = _row(support_id)
    if support.withdrawn_at:
        support.withdrawn_at = None
        support.save(update_fields=["withdrawn_at"])
        _note(CommitmentEvent.SUPPORT_ADDED, support, _mesa_id(_thing(support)), by, now)
    return support


def _check(data: SupportData, *, named_aloud: bool) -> None:
    if data.amount is not None and not (data.amount.is_finite() and 0 <= data.amount <= HIGHEST):
        raise BadAmount(field="amount")
    if data.currency not in CURRENCIES:
        raise BadCurrency(field="currency")
    if data.starts_on and data.ends_on and data.ends_on < data.starts_on:
        raise DaysReversed(field="ends_on")
    if named_aloud and data.is_public and not data.source.strip():
        raise SourceMissing(field="source")


def _locked(
    commitment_id: int | None, session_id: int | None, mesa_id: int | None
) -> Commitment | Session | Mesa:
    """What is supported, locked: two clicks at once come one after the other."""
    if commitment_id is not None:
        return Commitment.objects.select_for_update(of=("self",)).get(pk=commitment_id)
    if session_id is not None:
        return Session.objects.select_for_update(of=("self",)).get(pk=session_id)
    return Mesa.objects.select_for_update(of=("self",)).get(pk=mesa_id)


def _row(support_id: int) -> Support:
    support = (
        Support.objects.select_for_update(of=("self",))
        .select_related("commitment", "session", "mesa")
        .get(pk=support_id)
    )
    if support.provenance == Provenance.HISTORIC:
        raise HistoricSupport
    return support


def _thing(support: Support) -> Commitment | Session | Mesa:
    found = support.commitment or support.session or support.mesa
    assert found is not None  # noqa: S101  a constraint of the table
    return found


def _mesa_id(thing: Commitment | Session | Mesa) -> int:
    return thing.pk if isinstance(thing, Mesa) else thing.mesa_id


def _note(kind: CommitmentEvent, support: Support, mesa_id: int, by: Actor, now: datetime) -> None:
    record(kind=kind, by=by, subject=support, now=now, mesa_id=mesa_id)
