"""The first key: what the responsible organization says was done, or that there is nothing new."""

import uuid
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.figures.actions.measuring import (
    FigureRefused,
    record_measurement,
    withdraw_measurement,
)
from coordination.commitments.inbox.actions import received
from coordination.commitments.models import Commitment, Evidence, Measurement, Report
from coordination.commitments.row import locked, note
from coordination.commitments.states import NotOpen, Step, may_take, move
from coordination.common.errors import DomainError, StaleVersion

SAME_WORDS = timedelta(hours=1)


class NotResponsible(DomainError):
    default_message = _("Only the responsible organization reports on its commitment.")


class NothingSaid(DomainError):
    default_message = _("Say what was done. If there is nothing new, there is a button for that at the top.")


@transaction.atomic
def report(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    text: str,
    progress: int,
    value: Decimal | None = None,
    obstacles: str = "",
    figures: Mapping[int, Decimal] | None = None,
    figures_on: date | None = None,
    figures_source: str = "",
    evidence_ids: Collection[int] = (),
    public_ids: Collection[int] = (),
    evidence_url: str = "",
    asks_verification: bool = False,
    corrects_id: int | None = None,
    key: uuid.UUID | None = None,
    after: uuid.UUID | str | None = None,
    by: Actor,
    now: datetime,
) -> Report:
    """What the responsible organization says was done. Progress may fall: the text says why.

    Asking for verification makes the commitment REPORTED, anything else IN_PROGRESS. ``figures`` are values by
    indicator (``value`` alone is the first one's), recorded as measurements of the report; ``evidence_ids`` are pieces
    that came in before it and wait for their report; each keeps its readers, and those of ``public_ids`` are opened to
    anyone. An address becomes a piece of its own. Of ``corrects_id``, an earlier report, the figures
    are replaced, whatever their day, and those left out are taken back. Sent twice under the same ``key`` the same words make one report; ``after`` is
    the public id of the last report the sender knew ("" for none), and None does not ask. Records REPORTED with the
    report's id and that of the report it corrects. Raises HistoricRecord, NotOpen, NotResponsible, NothingSaid, StaleVersion, FigureRefused.
    """
    commitment = locked(commitment_id)
    words = {"has_news": True, "text": text.strip(), "obstacles": obstacles.strip(), "progress": progress, "asks_verification": asks_verification}  # fmt: skip
    made = _sent_before(commitment, organization_id, key, words)
    if made is None and key and corrects_id is None:
        values, day = _figures(commitment, figures, value), figures_on or timezone.localdate(now)
        made = _said_just_now(commitment, organization_id, words, values, day, now)
    if made is None:
        _open_to(commitment, organization_id, after, Step.ASK if asks_verification else Step.REPORT)
        if not words["text"]:
            raise NothingSaid(field="text")
        values = _figures(commitment, figures, value)
        # Whoever reports has it; opening a link never says so.
        received(commitment, organization_id, person_id, by=by, now=now)
        made = Report.objects.create(
            public_id=_free(key),
            commitment=commitment,
            organization_id=organization_id,
            person_id=person_id,
            value=value if value is not None else next(iter(values.values()), None),
            reported_at=now,
            **words,
        )
        move(commitment, Step.ASK if asks_verification else Step.REPORT, now=now, progress=progress)
        source = figures_source.strip() or _("Report of %(name)s") % {"name": made.organization.short_name}
        day = figures_on or timezone.localdate(now)
        earlier = _figures_of(commitment, corrects_id)
        for indicator_id, figure in values.items():
            _measure(made, indicator_id, figure, day, str(source), earlier.pop(indicator_id, None), by, now)
        for left_out in earlier.values():
            reason = str(_("Left out of the corrected report"))
            withdraw_measurement(measurement_id=left_out, reason=reason, by=by, now=now)
        payload = {"report": made.pk, "progress": progress, "asks_verification": asks_verification}
        if corrects_id:
            payload["corrects"] = corrects_id
        note(CommitmentEvent.REPORTED, commitment, by, now, payload)
    waiting = commitment.evidence.filter(organization=organization_id, report=None)
    waiting.filter(pk__in={*evidence_ids} & {*public_ids}).update(is_restricted=False)
    waiting.filter(pk__in=evidence_ids).update(report=made)
    if evidence_url and not made.evidence.filter(url=evidence_url).exists():
        Evidence.objects.create(
            commitment=commitment,
            report=made,
            organization_id=organization_id,
            person_id=person_id,
            type=Evidence.Type.PUBLICATION,
            title=evidence_url[:200],
            dated_on=timezone.localdate(now),
            url=evidence_url,
            added_at=now,
        )
    return made


@transaction.atomic
def nothing_new(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    obstacles: str = "",
    key: uuid.UUID | None = None,
    by: Actor,
    now: datetime,
) -> Report:
    """The organization answered: nothing has changed since the last time, and perhaps why.

    State and progress stay as they are: what waits for its verifier goes on waiting. Sent twice under the same ``key``
    it is one answer. Records REPORTED with ``has_news`` false. Raises HistoricRecord, NotOpen, NotResponsible.
    """
    commitment = locked(commitment_id)
    words = {"has_news": False, "text": "", "obstacles": obstacles.strip(), "progress": commitment.progress}
    made = _sent_before(commitment, organization_id, key, words)
    if made is None and key:
        made = _said_just_now(commitment, organization_id, words, {}, None, now)
    if made is not None:
        return made
    _open_to(commitment, organization_id, None, Step.REPORT)
    received(commitment, organization_id, person_id, by=by, now=now)
    made = Report.objects.create(
        public_id=_free(key),
        commitment=commitment,
        organization_id=organization_id,
        person_id=person_id,
        reported_at=now,
        **words,
    )
    payload = {"report": made.pk, "progress": made.progress, "asks_verification": False, "has_news": False}
    note(CommitmentEvent.REPORTED, commitment, by, now, payload)
    return made


def _sent_before(
    commitment: Commitment, organization_id: int, key: uuid.UUID | None, words: dict[str, Any]
) -> Report | None:
    """The report that this very form made already; other words under the same key are another report."""
    if key is None:
        return None
    return commitment.reports.filter(public_id=key, organization=organization_id, **words).first()


def _figures_of(commitment: Commitment, report_id: int | None) -> dict[int, int]:
    """By indicator the figures of an earlier report of this commitment that still stand."""
    if report_id is None:
        return {}
    rows = Measurement.objects.standing().filter(report=report_id, indicator__commitment=commitment)
    return dict(rows.values_list("indicator_id", "pk"))


def _said_just_now(
    commitment: Commitment,
    organization_id: int,
    words: dict[str, Any],
    figures: dict[int, Decimal],
    figures_on: date | None,
    now: datetime,
) -> Report | None:
    """The last report, when it is of this hour and says the same to the letter: the browser's way back brings the words
    again under another key. Figures of another day are another delivery. Once somebody has answered it, the same words
    are another report."""
    last = commitment.reports.prefetch_related("measurements").first()
    if last is None or last.organization_id != organization_id or last.reported_at < now - SAME_WORDS:
        return None
    if any(getattr(last, name) != said for name, said in words.items()):
        return None
    said = {(row.indicator_id, row.value, row.measured_on) for row in last.measurements.all()}
    if said != {(pk, value, figures_on) for pk, value in figures.items()}:
        return None
    waits = commitment.state == Commitment.State.REPORTED
    return last if waits == last.asks_verification or not last.has_news else None


def _measure(
    made: Report,
    indicator_id: int,
    value: Decimal,
    day: date,
    source: str,
    corrects_id: int | None,
    by: Actor,
    now: datetime,
) -> None:
    """The figure as a measurement of the report. What is refused is told beside its own field of the form."""
    try:
        record_measurement(
            indicator_id=indicator_id,
            organization_id=made.organization_id,
            person_id=made.person_id,
            value=value,
            measured_on=day,
            source=source[:300],
            report=made,
            corrects_id=corrects_id,
            by=by,
            now=now,
        )
    except FigureRefused as refused:
        fields = {"measured_on": "figures_on", "source": "figures_source"}
        refused.field = fields.get(refused.field or "", f"figure_{indicator_id}")
        raise


def _free(key: uuid.UUID | None) -> uuid.UUID:
    taken = key is None or Report.objects.filter(public_id=key).exists()
    return uuid.uuid4() if taken or key is None else key


def _open_to(commitment: Commitment, organization_id: int, after: uuid.UUID | str | None, step: Step) -> None:
    if not may_take(commitment, step):
        raise NotOpen
    if commitment.responsible_id != organization_id:
        raise NotResponsible
    if after is not None:
        last = commitment.reports.values_list("public_id", flat=True).first()
        if str(last or "") != str(after):
            raise StaleVersion


def _figures(
    commitment: Commitment, figures: Mapping[int, Decimal] | None, value: Decimal | None
) -> dict[int, Decimal]:
    """By id of the commitment's own indicators; a single value is the first one's."""
    own = list(commitment.indicators.values_list("pk", flat=True))
    given = dict(figures or {})
    if value is not None and own and not given:
        given = {own[0]: value}
    return {pk: given[pk] for pk in own if pk in given}
