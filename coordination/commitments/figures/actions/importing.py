"""A spreadsheet of figures that came back: kept a day to be looked at, then applied once."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.figures.actions.measuring import FigureRefused, refresh, write
from coordination.commitments.figures.rules import MEASURABLE_STATES, Figure, Part
from coordination.commitments.figures.sheet import Row
from coordination.commitments.models import Indicator, Measurement, SheetImport
from coordination.commitments.row import NotOpen, locked, note
from coordination.common.errors import DomainError

KEPT = timedelta(days=1)


class AlreadyApplied(DomainError):
    default_message = _("These figures were already saved. Nothing was written twice.")


class NoLongerKept(DomainError):
    default_message = _("A spreadsheet is kept for one day. Hand it in again: nothing has been written.")


class RowRefused(DomainError):
    """The row that fits no more, with the words of its own refusal."""


@transaction.atomic
def keep_sheet(*, commitment_id: int, rows: list[Row], by: Actor, now: datetime) -> SheetImport:
    """Keeps what was read for who handed it in, and forgets those of more than a day. Writes no figure, records nothing."""
    SheetImport.objects.filter(kind=SheetImport.Kind.MEASUREMENTS, made_at__lt=now - KEPT).delete()
    return SheetImport.objects.create(
        kind=SheetImport.Kind.MEASUREMENTS,
        commitment_id=commitment_id,
        user_id=by.user_id,
        link_commitment_id=by.link.subject_id if by.link and by.user_id is None else None,
        rows=[row.as_json() for row in rows],
        made_at=now,
    )


@transaction.atomic
def apply_sheet(*, sheet_id: int, organization_id: int, by: Actor, now: datetime) -> int:
    """Writes the rows that were right, against what stands now: all of them or none. Returns how many.

    A row whose figure stands already is passed over. Records MEASURED with the ids. Raises AlreadyApplied, NoLongerKept,
    RowRefused (naming the row), HistoricRecord, NotOpen.
    """
    sheet = SheetImport.objects.select_for_update().get(pk=sheet_id)
    if sheet.applied_at is not None or sheet.commitment_id is None:
        raise AlreadyApplied
    if sheet.made_at < now - KEPT:
        raise NoLongerKept
    commitment = locked(sheet.commitment_id)
    if commitment.state not in MEASURABLE_STATES:
        raise NotOpen
    indicators = {str(each.public_id): each for each in commitment.indicators.all()}
    standing: dict[int, list[Measurement]] = defaultdict(list)
    for row in (
        Measurement.objects.standing().filter(indicator__commitment=commitment).prefetch_related("parts")
    ):
        standing[row.indicator_id].append(row)
    written = []
    for given in sheet.rows:
        if given["state"] not in ("new", "changed"):
            continue
        indicator = indicators.get(given["indicator"])
        if indicator is None:
            raise RowRefused(_("Row %(row)s: its indicator is no longer there.") % {"row": given["row"]})
        made = _apply(indicator, given, standing[indicator.pk], organization_id, by, now)
        if made is not None:
            written.append(made)
    for indicator in {row.indicator for row in written}:
        refresh(indicator)
    sheet.applied_at = now
    sheet.save(update_fields=["applied_at"])
    if written:
        payload = {"measurements": [row.pk for row in written], "sheet": sheet.pk}
        note(CommitmentEvent.MEASURED, commitment, by, now, payload)
    return len(written)


def _apply(
    indicator: Indicator,
    given: dict[str, Any],
    standing: list[Measurement],
    organization_id: int,
    by: Actor,
    now: datetime,
) -> Measurement | None:
    since = date.fromisoformat(given["since"]) if given["since"] else None
    figure = Figure(Decimal(given["value"]), date.fromisoformat(given["measured_on"]), since)
    parts = [Part(dimension, group, count) for dimension, group, count in given["parts"]]
    days = (figure.since, figure.measured_on)
    old = next((row for row in standing if (row.since, row.measured_on) == days), None)
    if (
        old is not None
        and (old.value, old.source, old.note)
        == (
            figure.value,
            given["source"],
            given["note"],
        )
        and {(part.dimension, part.group, part.count) for part in old.parts.all()} == set(parts)
    ):
        return None
    try:
        return write(
            indicator, figure, standing=standing, organization_id=organization_id, person_id=by.person_id,
            source=given["source"], note_text=given["note"], parts=parts, report=None,
            corrects_id=old.pk if old else None, now=now,
        )  # fmt: skip
    except FigureRefused as refused:
        words = _("Row %(row)s: %(why)s Nothing was written. Hand the spreadsheet in again.")
        raise RowRefused(words % {"row": given["row"], "why": refused.message}) from refused
