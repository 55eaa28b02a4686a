"""Sessions in the states that tests begin from, made by the actions themselves."""

from datetime import datetime, timedelta
from typing import Any

from coordination.sessions import actions
from coordination.sessions.models import AgendaItem, Session
from tests.cast import Cast


def drafted(cast: Cast, *, starts_at: datetime | None = None, hours: float = 3, **fields: Any) -> Session:
    """A draft twenty days ahead, 09:00 in Quito, unless told otherwise."""
    start = starts_at or cast.in_days(20, hour=14)
    given: dict[str, Any] = {
        "mesa_id": cast.mesa.pk,
        "kind": "ordinary",
        "topic": "Alojamiento temporal",
        "time_zone": "America/Guayaquil",
        "starts_at": start,
        "ends_at": start + timedelta(hours=hours),
        "modality": "in_person",
        "venue": "Auditorio municipal",
        "by": cast.secretariat,
        "now": cast.now,
    }
    return actions.schedule(**(given | fields))


def convened(cast: Cast, **fields: Any) -> Session:
    return actions.mark_convened(session_id=drafted(cast, **fields).pk, by=cast.secretariat, now=cast.now)


def with_item(
    cast: Cast, session: Session, title: str = "Calendario", minutes: int | None = 40
) -> AgendaItem:
    return actions.add_item(
        session_id=session.pk,
        kind="discussion",
        title=title,
        minutes=minutes,
        by=cast.secretariat,
        now=cast.now,
    )


def over(cast: Cast, **fields: Any) -> Session:
    """Convened, and its end has passed at ``after(session)``."""
    return convened(cast, **fields)


def after(session: Session, hours: float = 1) -> datetime:
    assert session.ends_at
    return session.ends_at + timedelta(hours=hours)


def during(session: Session) -> datetime:
    assert session.starts_at
    return session.starts_at + timedelta(minutes=30)
