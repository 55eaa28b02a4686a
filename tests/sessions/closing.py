"""An event with a closed first day and an open second one, made by the actions themselves; a canary in every closed field."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from coordination.mesas.models import SecretariatMandate
from coordination.organizations.models import Person
from coordination.sessions import actions
from coordination.sessions.actions import circle
from coordination.sessions.models import AgendaItem, Block, CircleMember, Outcome, Session
from tests.cast import Cast, person
from tests.sessions.scheduling import convened, drafted

CANARY = "zqcanario"
DAY = timedelta(days=1)


@dataclass
class Event:
    session: Session
    open_block: Block
    closed_block: Block
    item: AgendaItem
    closed_item: AgendaItem


def block(cast: Cast, session: Session, starts_at: datetime, *, hours: float = 2, **fields: Any) -> Block:
    session.refresh_from_db()
    given: dict[str, Any] = {
        "kind": "plenary", "title": "", "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=hours),
        "modality": "", "venue": "", "online_url": "", "capacity": None, "audience_note": "", "room_id": None,
        "online_account_id": None, "is_casa_adentro": False,
    } | fields  # fmt: skip
    return actions.add_block(
        session_id=session.pk, version=session.version, **given, by=cast.secretariat, now=cast.now
    )


def rewrite(cast: Cast, one: Block, by: Any = None, **fields: Any) -> Block:
    one = Block.objects.get(pk=one.pk)
    names = (
        "kind", "title", "starts_at", "ends_at", "modality", "venue", "online_url", "capacity", "audience_note",
        "room_id", "online_account_id", "is_casa_adentro",
    )  # fmt: skip
    version = Session.objects.get(pk=one.session_id).version
    given = {name: getattr(one, name) for name in names} | fields
    return actions.edit_block(
        block_id=one.pk, version=version, **given, by=by or cast.secretariat, now=cast.now
    )


def item(cast: Cast, session: Session, title: str, **fields: Any) -> AgendaItem:
    return actions.add_item(
        session_id=session.pk, kind="discussion", title=title, **{"minutes": 30, **fields}, by=cast.secretariat,
        now=cast.now,
    )  # fmt: skip


def event(cast: Cast, *, called: bool = True, closed_first: bool = True, **fields: Any) -> Event:
    """A plenary on one day, a closed one the day before; an item, a closed one in its block and one in the open block."""
    session = (convened if called else drafted)(cast, **fields)
    open_block = Block.objects.get(session=session)
    assert session.starts_at
    shift = -DAY if closed_first else DAY
    closed = block(
        cast, session, session.starts_at + shift, title=f"{CANARY} bloque", venue=f"{CANARY} casa",
        audience_note=f"{CANARY} quienes", is_casa_adentro=True,
    )  # fmt: skip
    item(cast, session, f"{CANARY} punto del bloque", block_id=closed.pk, presenter=f"{CANARY} quien")
    inner = item(cast, session, f"{CANARY} punto suelto", is_casa_adentro=True, minutes=17)
    shown = item(cast, session, "Rutas abiertas", block_id=open_block.pk)
    session.refresh_from_db()
    return Event(session, open_block, closed, shown, inner)


def colleague(cast: Cast) -> Person:
    """Keeps the same secretariat, with every right of the role, and stands in no circle."""
    someone = person("Nora Cueva", at=cast.ministry, user=True)
    SecretariatMandate.objects.get(mesa=cast.mesa).posts.add(someone.tenures.get().post)
    return someone


def let_in(cast: Cast, session: Session, someone: Person, level: str = CircleMember.Level.RECORD) -> None:
    circle.admit(
        session_id=session.pk, person_ids=[someone.pk], level=level, by=cast.secretariat, now=cast.now
    )


def came_of(one: AgendaItem, text: str, at: datetime, **fields: Any) -> Outcome:
    return Outcome.objects.create(
        session=one.session, item=one, kind="decision", text=text, order=1, recorded_at=at, **fields
    )
