"""What the secretariat writes in the matrix itself: a row at a time, or a spreadsheet that came back."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.agreeing import mend, refuse_agreed
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment, SheetImport
from coordination.commitments.row import HistoricRecord, NotOpen, locked, note
from coordination.common.errors import DomainError, StaleVersion

FIELDS = ("deliverable", "axis", "means_of_verification", "resources", "remarks", "follow_up_owner")
# Beyond these the sheet is taken back in parts: they are changed in one transaction.
MOST_ROWS = 2000
KEPT_FOR = timedelta(days=1)


class AlreadyApplied(DomainError):
    default_message = _("These changes were already written: nothing was written twice.")


class SheetExpired(DomainError):
    default_message = _(
        "This sheet was read more than a day ago. Nothing has changed: choose your file again."
    )


class NoLongerAllowed(DomainError):
    default_message = _("This row is not yours to change any more.")


@transaction.atomic
def amend(
    *, commitment_id: int, version: int, changes: Mapping[str, Any], by: Actor, now: datetime
) -> Commitment:
    """Writes some of ``FIELDS`` (``axis_id`` and ``follow_up_owner_id`` by key) of a commitment that is not settled.

    Dates, states, organizations and what was agreed have their own ways. Records EDITED with the names of what changed; nothing when
    nothing did; an exception of the gate that this completes is mended. Raises HistoricRecord, StaleVersion, NotOpen,
    AgreedFixed.
    """
    return _amended(locked(commitment_id, version), changes, by, now)


@transaction.atomic
def keep_sheet(*, rows: list[dict[str, Any]], by: Actor, now: datetime) -> SheetImport:
    """Keeps what a sheet would change until its owner confirms it, at most for a day. Changes no commitment."""
    SheetImport.objects.filter(kind=SheetImport.Kind.MATRIX, made_at__lt=now - KEPT_FOR).delete()
    return SheetImport.objects.create(
        kind=SheetImport.Kind.MATRIX, user_id=by.user_id, rows=rows, made_at=now
    )


@transaction.atomic
def apply_sheet(
    *, sheet_id: int, allowed: Collection[int], by: Actor, now: datetime
) -> tuple[int, list[tuple[str, Any]]]:
    """Writes the rows of the sheet that have no error, each as ``amend`` does: how many, and what was refused by now.

    ``allowed`` are the commitments the actor keeps today. A row somebody else changed since the sheet was downloaded
    stays as it is. Records EDITED for each commitment that changes. Raises AlreadyApplied, SheetExpired.
    """
    sheet = SheetImport.objects.select_for_update().get(pk=sheet_id)
    if sheet.applied_at is not None:
        raise AlreadyApplied
    if sheet.made_at < now - KEPT_FOR:
        raise SheetExpired
    wanted = {row["id"]: row for row in sheet.rows if row["changes"] and not row["errors"]}
    rows = Commitment.objects.select_for_update(of=("self",)).select_related("mesa").order_by("pk")
    written, refused = 0, []
    for commitment in rows.filter(pk__in=wanted):
        row = wanted[commitment.pk]
        try:
            if commitment.pk not in allowed:
                raise NoLongerAllowed
            if commitment.version != row["version"]:
                raise StaleVersion
            values = {change["field"]: change["value"] for change in row["changes"]}
            _amended(commitment, values, by, now)
        except DomainError as error:
            # Nothing of the row is written before the last of these can be raised.
            refused.append((row["code"], error.message))
        else:
            written += 1
    sheet.applied_at = now
    sheet.save(update_fields=["applied_at"])
    return written, refused


def _amended(commitment: Commitment, changes: Mapping[str, Any], by: Actor, now: datetime) -> Commitment:
    if commitment.is_historic:
        raise HistoricRecord
    if commitment.state not in (Commitment.State.PROPOSED, *Commitment.REPORTABLE_STATES):
        raise NotOpen
    changed = [name for name, value in changes.items() if getattr(commitment, name) != value]
    refuse_agreed(commitment, changes)
    if not changed:
        return commitment
    for name in changed:
        setattr(commitment, name, changes[name])
    commitment.version += 1
    commitment.save(update_fields=[*changed, "version"])
    payload = {"changed": [name.removesuffix("_id") for name in changed]}
    note(CommitmentEvent.EDITED, commitment, by, now, payload)
    mend(commitment, by=by, now=now)
    return commitment
