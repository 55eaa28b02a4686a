"""Reads what the planner needs to know of disputes, records that something was not met, and requests for time."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.commitments.amendments import amended, organizations_in
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import (
    Amendment,
    Commitment,
    Dispute,
    ExtensionRequest,
    NonFulfilment,
    Report,
)
from coordination.notifications.queries import mailboxes, secretariat
from coordination.notifications.settling_planner import (
    AmendmentFacts,
    DisputeFacts,
    RecordFacts,
    RequestFacts,
    SettlingFacts,
)


def settling_facts(commitment_id: int, now: datetime) -> SettlingFacts | None:
    """The facts of a live commitment. One query where nothing of it was ever disputed, recorded or asked for."""
    mine = {"commitment": OuterRef("pk")}
    commitment = (
        Commitment.objects.filter(pk=commitment_id, provenance="live")
        .annotate(
            disputed=Exists(Dispute.objects.filter(**mine)),
            recorded=Exists(NonFulfilment.objects.filter(**mine)),
            asked=Exists(ExtensionRequest.objects.filter(**mine)),
            changed=Exists(amended(OuterRef("pk"))),
        )
        .first()
    )
    if commitment is None or not (
        commitment.disputed or commitment.recorded or commitment.asked or commitment.changed
    ):
        return None
    today = timezone.localdate(now)
    disputes = list(Dispute.objects.filter(commitment=commitment)) if commitment.disputed else []
    records = list(NonFulfilment.objects.filter(commitment=commitment)) if commitment.recorded else []
    requests = list(ExtensionRequest.objects.filter(commitment=commitment)) if commitment.asked else []
    sides = {commitment.responsible_id, commitment.verifier_id, *(row.second_id for row in records)}
    entries = list(amended(commitment.pk)) if commitment.changed else []
    parts = _parts(commitment, entries)
    boxes = mailboxes(sides.union(*parts), today)
    since = _decides_since(commitment, disputes)
    return SettlingFacts(
        id=commitment.pk,
        state=commitment.state,
        generation=commitment.link_generation,
        responsible=boxes.of(commitment.responsible_id),
        verifier=boxes.of(commitment.verifier_id),
        secretariat=secretariat(commitment.mesa_id, today),
        disputes=tuple(
            DisputeFacts(row.pk, row.disputed_at, row.resolved_at, row.resolved_in_id is not None, since)
            for row in disputes
        ),
        records=tuple(
            RecordFacts(
                row.pk,
                boxes.of(row.second_id),
                row.recorded_at,
                row.answered_at,
                bool(row.is_confirmed),
                row.second_person_id is not None,
            )
            for row in records
        ),
        requests=tuple(
            RequestFacts(
                row.pk, row.asked_at, row.answered_at if row.answer else None, row.answered_at is None
            )
            for row in requests
        ),
        amendments=tuple(
            AmendmentFacts(number, entry.amended_at, tuple(to for pk in sorted(part) if (to := boxes.of(pk))))
            for number, (entry, part) in enumerate(zip(entries, parts, strict=True), 1)
        ),
    )


def _parts(commitment: Commitment, entries: list[Amendment]) -> list[set[int]]:
    """Of each change, whoever has a part in the commitment today, or had one until then."""
    if not entries:
        return []
    sides = {commitment.responsible_id, commitment.verifier_id} - {None}
    today = {pk for pk in sides if pk} | {each.pk for each in commitment.co_responsible.all()}
    return [today | set(organizations_in({"was": entry.was, "now": entry.now})) for entry in entries]


def _decides_since(commitment: Commitment, disputes: list[Dispute]) -> datetime | None:
    """When the verifier of today came to hold the open dispute: when it was disputed, or when the mesa named it."""
    waiting = next((row for row in disputes if row.resolved_at is None), None)
    if waiting is None or not Report.objects.filter(commitment=commitment, asks_verification=True).exists():
        return None
    named = (
        Activity.objects.about("commitment", commitment.pk)
        .filter(kind=CommitmentEvent.VERIFIER_NAMED, occurred_at__gt=waiting.disputed_at)
        .order_by("-occurred_at")
        .values_list("occurred_at", flat=True)
        .first()
    )
    return named or waiting.disputed_at
