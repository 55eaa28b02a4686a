"""A session that runs right now, with its register and two items, as the tests of its screen begin."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.attendees.models import Attendance
from coordination.sessions import actions
from coordination.sessions.models import AgendaItem, Block, Rapporteur, Session
from tests.attendees.inviting import accept, called, delegates, invitation_of, one
from tests.cast import Cast
from tests.sessions.scheduling import with_item


def seat_people(cast: Cast, session: Session) -> None:
    """The foundation and the university are there, each with its principal; the ministry is not."""
    for organization, name in ((cast.ngo, "Carmen Loja"), (cast.university, "Luis Aguirre")):
        people = [one("principal", name, post_title="Punto focal")]
        invitation = accept(cast, invitation_of(session, organization), people)
        for delegate in delegates(invitation):
            Attendance.objects.create(
                block=session.blocks.get(),
                organization=organization,
                delegate=delegate,
                person=delegate.person,
                status=Attendance.Status.PRESENT,
                recorded_at=cast.now,
            )


def running(cast: Cast, *, minutes: int = 30, items: int = 2, people: bool = True, **fields: Any) -> Session:
    """Begun so many minutes ago by the real clock, three hours long."""
    session = called(cast, **fields)
    for number in range(items):
        with_item(cast, session, f"Punto {number + 2}", minutes=40)
    if people:
        seat_people(cast, session)
    start = timezone.now() - timedelta(minutes=minutes)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
    Session.objects.filter(pk=session.pk).update(**times)
    Block.objects.filter(session=session).update(**times)
    session.refresh_from_db()
    return session


def item(session: Session, order: int = 2) -> AgendaItem:
    return AgendaItem.objects.get(session=session, order=order)


def outcome(cast: Cast, session: Session, text: str = "Se abre el albergue", **more: Any) -> Any:
    told = {"kind": "decision", "by": cast.secretariat, "now": timezone.now()} | more
    return actions.record_outcome(item_id=item(session).pk, text=text, **told)


def rapporteur(cast: Cast, session: Session, who: str = "luis") -> Rapporteur:
    return actions.name_rapporteur(
        session_id=session.pk, person_id=getattr(cast, who).pk, by=cast.secretariat, now=timezone.now()
    )
