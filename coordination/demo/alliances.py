"""Who financed what in the record, as the sources say it; beside the facts, and historic like them."""

from datetime import datetime
from pathlib import Path
from typing import Any

from coordination.commitments.models import Commitment, Support
from coordination.common.models import Provenance
from coordination.demo.facts import address_name, organizations_by_id
from coordination.demo.files import DATA, BrokenData, pick, read
from coordination.mesas.models import Mesa
from coordination.sessions.models import Session

FILE = "alliances.json"


def load(*, now: datetime, folder: Path = DATA) -> None:
    """Adds what is missing; rows that exist are left alone. Raises BrokenData when the file is broken."""
    try:
        rows = read(folder, FILE)["supports"]
        sources = read(folder, "history.json")["sources"]
        organizations = organizations_by_id()
        for row in rows:
            _add(row, sources, organizations, now)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BrokenData(f"{FILE}: {type(error).__name__}: {error}") from error


def _add(row: dict[str, Any], sources: dict[str, Any], organizations: dict[str, Any], now: datetime) -> None:
    where = f"{FILE}, {row['organization']}"
    source = pick(sources, row["source"], where)
    told = " ".join(part for part in (source["title"], source["url"]) if part)
    Support.objects.get_or_create(
        **_thing(row),
        organization=pick(organizations, row["organization"], where),
        kind=row["kind"],
        source=told[:300],
        defaults={
            "what": row["what"], "amount": row["amount"], "currency": row["currency"], "starts_on": row["starts_on"],
            "ends_on": row["ends_on"], "provenance": Provenance.HISTORIC, "recorded_at": now,
        },
    )  # fmt: skip


def _thing(row: dict[str, Any]) -> dict[str, Any]:
    """What is supported; BrokenData where the files have no such thing."""
    try:
        if "session" in row:
            return {"session": Session.objects.get(source_id=row["session"])}
        if "commitment" in row:
            return {"commitment": Commitment.objects.get(source_id=row["commitment"])}
        return {"mesa": Mesa.objects.get(slug=address_name(row["series"]))}
    except (Session.DoesNotExist, Commitment.DoesNotExist, Mesa.DoesNotExist) as error:
        raise BrokenData(f"{FILE}: nothing of this name is supported: {row}") from error
