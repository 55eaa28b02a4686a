"""A session of two days with groups side by side, and a series: what the demo shows of programmes and rhythms."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

from accounts.actor import Actor
from coordination.demo.facts import QUITO
from coordination.mesas.models import Mesa
from coordination.sessions import actions
from coordination.sessions.models import AgendaItem, Session
from coordination.sessions.series import days_of

PARTS = ("kind", "title", "audience_note", "venue", "is_casa_adentro")
AS_THE_SESSION: dict[str, Any] = {
    "audience_note": "", "modality": "", "venue": "", "online_url": "", "capacity": None, "room_id": None,
    "online_account_id": None,
}  # fmt: skip


def add_blocks(session: Session, rows: list[dict[str, Any]], *, by: Actor, now: datetime) -> None:
    """Adds the blocks after the first and moves the items that belong to them, named by their titles."""
    first = session.local_day
    assert first is not None  # noqa: S101  live sessions have a time
    for row in rows:
        starts = datetime.combine(
            first + timedelta(days=row["day"]), time.fromisoformat(row["starts"]), tzinfo=QUITO
        )
        told = {name: row[name] for name in PARTS if name in row}
        block = actions.add_block(
            session_id=session.pk,
            version=Session.objects.values_list("version", flat=True).get(pk=session.pk),
            **AS_THE_SESSION | {"title": ""} | told,
            starts_at=starts,
            ends_at=starts + timedelta(minutes=row["minutes"]),
            by=by,
            now=now,
        )
        for item in AgendaItem.objects.filter(session=session, title_es__in=row.get("items", [])):
            actions.edit_item(
                item_id=item.pk,
                version=item.version,
                kind=item.kind,
                title=item.title,
                minutes=item.minutes,
                presenter=item.presenter,
                block_id=block.pk,
                by=by,
                now=now,
            )


def repeat(mesa: Mesa, row: dict[str, Any], *, first: date, by: Actor, now: datetime) -> None:
    """Plans a series of drafts; the mesa's number goes on."""
    start = datetime.combine(first, time.fromisoformat(row["starts"]), tzinfo=QUITO)
    actions.schedule_series(
        mesa_id=mesa.pk,
        token=uuid.uuid4(),
        preset=row["preset"],
        first=first,
        span=(start, start + timedelta(hours=row["hours"])),
        days=days_of(first, row["preset"], count=row["count"]),
        kind="ordinary",
        topic=row["topic"],
        time_zone=QUITO.key,
        modality=row["modality"],
        venue=row["venue"],
        by=by,
        now=now,
    )
