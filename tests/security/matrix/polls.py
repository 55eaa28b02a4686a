"""Polls for a date: the secretariat asks and chooses, who sees delegations reads, a link answers for its organization."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.polls import actions
from coordination.polls.models import DatePoll
from tests.security.matrix.base import AUDITOR, CHAIR, SECRETARIAT, Row, everybody, only
from tests.security.matrix.world import World

SEES = (SECRETARIAT, CHAIR, AUDITOR)


def asked(world: World) -> DatePoll:
    """The world's one poll, opened when it is first spoken of."""
    found = DatePoll.objects.filter(mesa=world.mesa).first()
    now = timezone.now()
    return found or actions.open_poll(
        mesa_id=world.mesa.pk, kind="ordinary", topic="Plan de acogida", modality="in_person",
        time_zone="America/Guayaquil", minutes=120, starts=[now + timedelta(days=20), now + timedelta(days=21)],
        closes_at=now + timedelta(days=10), by=world.secretariat, now=now - timedelta(days=2),
    )  # fmt: skip


def mesa(world: World) -> dict[str, Any]:
    return {"slug": world.mesa.slug}


def poll(world: World) -> dict[str, Any]:
    return {"public_id": asked(world).public_id}


def token(world: World) -> dict[str, Any]:
    return {"token": asked(world).ballots.get(organization=world.ngo).token}


def acts(ok: int = 302) -> dict[str, int]:
    """The secretariat may; who only reads is refused; for everybody else there is no such poll."""
    return only(SECRETARIAT, ok=ok, refused=404) | {CHAIR: 403, AUDITOR: 403}


ROWS = [
    Row("polls:list", mesa, get=only(*SEES)),
    Row("polls:create", mesa, get=only(SECRETARIAT), post=only(SECRETARIAT, ok=422)),
    Row("polls:poll", poll, get=only(*SEES, refused=404), why="A poll does not exist for anybody else."),
    Row("polls:remind", poll, post=acts()),
    Row("polls:withdraw", poll, post=acts(), data=lambda _world: {"reason": "Feriado"}),
    Row(
        "polls:decide",
        poll,
        post=acts(),
        data=lambda world: {"option": asked(world).options.first().pk},
    ),
    Row("polls:answer", token, get=everybody(200), post=everybody(422)),
    Row("polls:seen", token, post=everybody(204)),
]
