"""What every action starts and ends with: the row as it is now, locked, and its entry in history."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment
from coordination.commitments.states import NotOpen
from coordination.common.errors import DomainError, StaleVersion

__all__ = ["HistoricRecord", "NotOpen", "OwnKey", "ReasonMissing", "locked", "note"]


class HistoricRecord(DomainError):
    default_message = _("This is a historic record. It says what its source says and does not change.")


class OwnKey(DomainError):
    default_message = _(
        "Nobody verifies a commitment of their own organization, nor of one it is part of. Another organization must decide."
    )


class ReasonMissing(DomainError):
    default_message = _("Say why, so that whoever reads this later understands it.")


def locked(commitment_id: int, version: int | None = None) -> Commitment:
    """The row as it is now, locked; refuses historic ones and, where a version is given, stale ones."""
    commitment = (
        Commitment.objects.select_for_update(of=("self",)).select_related("mesa").get(pk=commitment_id)
    )
    if commitment.is_historic:
        raise HistoricRecord
    if version is not None and commitment.version != version:
        raise StaleVersion
    return commitment


def note(
    kind: CommitmentEvent,
    commitment: Commitment,
    by: Actor,
    now: datetime,
    payload: dict[str, Any] | None = None,
) -> None:
    record(kind=kind, by=by, subject=commitment, now=now, mesa_id=commitment.mesa_id, payload=payload)
