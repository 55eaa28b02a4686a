"""A session with something of every kind on record: open, reserved and casa adentro."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.minutes.actions import drafting
from coordination.minutes.models import (
    ItemRecord,
    Minutes,
    RecordedReservation,
    SaidFigure,
    SeatVote,
    Statement,
)
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import AgendaItem, Block, CircleMember, Outcome, Session
from tests.cast import Cast

RESERVED, CLOSED = "CANARIO-RESERVADO", "CANARIO-CERRADO"


@dataclass
class Recorded:
    """The session ended yesterday. Luis may be named on public lists, Carmen did not agree to it."""

    session: Session
    block: Block
    item: AgendaItem
    decision: Outcome


def recorded(cast: Cast, *, number: int = 3, closed: bool = False, days: float = -1, **more: Any) -> Recorded:
    start = cast.in_days(days)
    session = Session.objects.create(
        mesa=cast.mesa, number=number, state=Session.State.CONVENED, starts_at=start, is_casa_adentro=closed,
        ends_at=start + timedelta(hours=4), venue="Auditorio municipal", topic_es="Alojamiento",
        convened_at=cast.in_days(days - 10), **more,
    )  # fmt: skip
    block = Block.objects.create(session=session, starts_at=session.starts_at, ends_at=session.ends_at)
    AgendaItem.objects.create(
        session=session,
        block=block,
        order=1,
        kind="review",
        title_es="Estado de los compromisos",
        is_generated=True,
    )
    item = AgendaItem.objects.create(
        session=session, block=block, order=2, title_es="Alojamiento temporal", presenter="GAD Municipal"
    )
    _came(cast, block, cast.ngo, cast.carmen, listed=False)
    _came(cast, block, cast.university, cast.luis, listed=True)
    said = {"item": item, "recorded_at": session.ends_at}
    decision = Outcome.objects.create(
        session=session, kind="decision", agreement="consensus", text="Abrir el albergue <ya>", **said
    )
    RecordedReservation.objects.create(
        outcome=decision, organization=cast.ngo, text="Falta el plazo", recorded_at=session.ends_at
    )
    Statement.objects.create(
        organization=cast.ngo, speaker="Carmen Loja", speaker_title="Punto focal", text="Faltan camas", **said
    )
    SaidFigure.objects.create(label="camas ocupadas", value="350", source="Registro municipal", **said)
    ItemRecord.objects.create(item=item, notes="Se presentó el mapa.", saved_at=session.ends_at)
    return Recorded(session, block, item, decision)


def with_reserved(cast: Cast, found: Recorded) -> None:
    """What stands in the reserved version alone."""
    said = {"item": found.item, "recorded_at": found.session.ends_at, "is_reserved": True}
    held = Outcome.objects.create(
        session=found.session, kind="decision", agreement="vote", text=f"{RESERVED} acuerdo", **said
    )
    SeatVote.objects.create(
        outcome=held, organization=cast.ngo, choice="against", recorded_at=found.session.ends_at
    )
    Statement.objects.create(
        organization=cast.university, speaker="Luis Aguirre", text=f"{RESERVED} dicho", **said
    )
    ItemRecord.objects.filter(item=found.item).update(reserved_notes=f"{RESERVED} apunte")


def with_closed_part(cast: Cast, found: Recorded, *, inside: Person) -> AgendaItem:
    """A closed item of the open session, and one person in the circle of its record."""
    item = AgendaItem.objects.create(
        session=found.session, block=found.block, order=3, title_es=f"{CLOSED} punto", is_casa_adentro=True
    )
    Outcome.objects.create(
        session=found.session,
        item=item,
        kind="lesson",
        text=f"{CLOSED} lección",
        recorded_at=found.session.ends_at,
    )
    CircleMember.objects.create(session=found.session, person=inside, level="record", since=cast.now)
    return item


def drafted(cast: Cast, found: Recorded, *, language: str = "es") -> Minutes:
    return drafting.draft(session_id=found.session.pk, language=language, by=cast.secretariat, now=cast.now)


def _came(cast: Cast, block: Block, org: Organization, who: Person, *, listed: bool) -> None:
    invitation = Invitation.objects.create(
        session=block.session, organization=org, state="accepted", answered_at=cast.now,
        link_expires_at=block.ends_at, created_at=cast.now,
    )  # fmt: skip
    delegate = Delegate.objects.create(
        invitation=invitation, person=who, role="principal", post_title="Punto focal", registered_at=cast.now,
        is_listed=listed,
    )  # fmt: skip
    Attendance.objects.create(
        block=block, organization=org, delegate=delegate, status="present", arrived_at=block.starts_at,
        recorded_at=cast.now,
    )  # fmt: skip
