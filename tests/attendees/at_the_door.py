"""A session whose door is open, and entries as the devices at the door send them."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from coordination.attendees.models import Delegate
from coordination.sessions.models import Block, Session
from tests.attendees.inviting import accept, called, delegates, invitation_of
from tests.cast import Cast


def opened(cast: Cast, *, starts_at: datetime | None = None, **fields: Any) -> Session:
    """A convened session that began half an hour before the cast's now."""
    session = called(cast, **fields)
    start = starts_at or cast.now - timedelta(minutes=30)
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=3))
    Block.objects.filter(session=session).update(starts_at=start, ends_at=start + timedelta(hours=3))
    session.refresh_from_db()
    return session


def named(cast: Cast, session: Session) -> list[Delegate]:
    """Carmen Loja and Luis Paredes of the foundation."""
    start = cast.now - timedelta(days=1)
    return delegates(accept(cast, invitation_of(session, cast.ngo), now=min(start, session.starts_at)))


def entry(block: Block, kind: str = "mark", **told: Any) -> dict[str, Any]:
    return {"client_id": str(uuid.uuid4()), "block": block.pk, "kind": kind, **told}


def scan(block: Block, delegate: Delegate, at: datetime, **told: Any) -> dict[str, Any]:
    address = f"http://testserver/p/{delegate.pass_token}/"
    return entry(block, **{"pass": address}, at=at.isoformat(), status="present", **told)


def send(
    client: Client, session: Session, entries: Any, *, sent_at: datetime | None = None, body: Any = None
) -> Any:
    """Posts a queue; gives the response."""
    told = {"sent_at": sent_at.isoformat() if sent_at else None, "entries": entries}
    return client.post(
        reverse("attendees:door_sync", args=[session.public_id]),
        data=body if body is not None else json.dumps(told),
        content_type="application/json",
    )


def results(client: Client, session: Session, entries: Any, **more: Any) -> list[dict[str, str]]:
    response = send(client, session, entries, **more)
    assert response.status_code == 200, response.content
    return list(response.json()["results"])
