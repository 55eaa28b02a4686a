"""The session's screen: secretariat and chair write the record; who plans names rapporteurs; a pass opens the round.

The matrix' session lies ahead: what is written is refused in words (422) by those who may, and leads back.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.attendees.models import Delegate
from coordination.minutes.models import RecordedReservation, SaidFigure, Statement
from coordination.sessions.models import Outcome, Session
from tests.security.matrix.base import CHAIR, SECRETARIAT, Row, everybody, only
from tests.security.matrix.sessions import NO_GET, session
from tests.security.matrix.world import World

READS = only(SECRETARIAT, CHAIR)
WRITES = only(SECRETARIAT, CHAIR, ok=302)
REFUSED = only(SECRETARIAT, CHAIR, ok=422)


def at_item(world: World) -> dict[str, Any]:
    return session(world) | {"item_id": world.item.public_id}


def _outcome(world: World) -> Outcome:
    return Outcome.objects.create(
        session=world.session, item=world.item, kind="decision", text="Se abre", recorded_at=timezone.now()
    )


def at_outcome(world: World) -> dict[str, Any]:
    return session(world) | {"outcome_id": _outcome(world).public_id}


def at_reservation(world: World) -> dict[str, Any]:
    kept = RecordedReservation.objects.create(
        outcome=_outcome(world), organization=world.ngo, text="x", recorded_at=timezone.now()
    )
    return session(world) | {"outcome_id": kept.outcome.public_id, "reservation_id": kept.pk}


def at_statement(world: World) -> dict[str, Any]:
    said = Statement.objects.create(item=world.item, text="Dicho", recorded_at=timezone.now())
    return session(world) | {"said_id": said.public_id}


def at_figure(world: World) -> dict[str, Any]:
    said = SaidFigure.objects.create(
        item=world.item, label="plazas", value="3", source="acta", recorded_at=timezone.now()
    )
    return session(world) | {"said_id": said.public_id}


def to_next(world: World) -> dict[str, Any]:
    Session.objects.filter(pk=world.unsent.pk).update(starts_at=world.session.starts_at + timedelta(days=9))
    return at_item(world)


def of_luis(world: World) -> dict[str, Any]:
    return session(world) | {"person_id": world.luis.public_id}


def by_pass(world: World) -> dict[str, Any]:
    made = Delegate.objects.create(
        invitation=world.invitation, person=world.carmen, role="principal", registered_at=timezone.now()
    )
    return {"token": made.pass_token}


STATEMENT, FIGURE = {"text": "Dicho"}, {"label": "plazas", "value": "3", "source": "acta"}

ROWS = [
    Row("minutes:running", session, get=READS),
    Row("minutes:floor", session, get=READS),
    Row("minutes:turn", session, get=NO_GET, post=WRITES),
    Row("minutes:restore", session, get=NO_GET, post=WRITES),
    Row("minutes:notes", at_item, get=NO_GET, post=REFUSED, data=lambda _w: {"version": 0, "notes": "x"}),
    Row("minutes:notes_history", at_item, get=READS),
    Row("minutes:presence", at_item, get=NO_GET, post=only(SECRETARIAT, CHAIR, ok=200)),
    Row("minutes:times", at_item, get=NO_GET, post=WRITES, data=lambda _w: {"que": "empezar"}),
    Row("minutes:carry", to_next, get=NO_GET, post=only(SECRETARIAT, ok=302)),
    Row(
        "minutes:outcome_add", at_item, get=NO_GET, post=REFUSED,
        data=lambda _w: {"kind": "decision", "text": "Se abre"},
    ),
    Row("minutes:statement_add", at_item, get=NO_GET, post=REFUSED, data=lambda _w: STATEMENT),
    Row("minutes:figure_add", at_item, get=NO_GET, post=REFUSED, data=lambda _w: FIGURE),
    Row(
        "minutes:statement_edit", at_statement, get=READS, post=REFUSED,
        data=lambda _w: STATEMENT | {"version": 1},
    ),
    Row("minutes:figure_edit", at_figure, get=READS, post=REFUSED, data=lambda _w: FIGURE | {"version": 1}),
    Row("minutes:statement_remove", at_statement, get=NO_GET, post=WRITES),
    Row("minutes:figure_remove", at_figure, get=NO_GET, post=WRITES),
    Row("minutes:agreement", at_outcome, get=READS),
    Row("minutes:consensus", at_outcome, get=NO_GET, post=REFUSED, data=lambda _w: {"version": 1}),
    Row("minutes:votes", at_outcome, get=NO_GET, post=REFUSED, data=lambda _w: {"version": 1}),
    Row("minutes:votes_clear", at_outcome, get=NO_GET, post=REFUSED, data=lambda _w: {"version": 1}),
    Row("minutes:reservation_add", at_outcome, get=NO_GET, post=REFUSED),
    Row("minutes:reservation_remove", at_reservation, get=NO_GET, post=REFUSED),
    Row("minutes:agreement_restore", at_outcome, get=NO_GET, post=WRITES),
    Row("minutes:rapporteurs", session, get=only(SECRETARIAT)),
    Row("minutes:rapporteur_set", of_luis, get=NO_GET, post=only(SECRETARIAT, ok=302)),
    Row("minutes:closing_round", session, get=READS),
    Row("minutes:round_answer", by_pass, get=everybody(200), post=everybody(200), why="it opens later"),
]  # fmt: skip
