"""What a session reviews, what is asked of its agenda, what goes between mesas."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.commitments.models import AgendaRequest, Commitment, Referral
from coordination.mesas.models import Mesa
from tests.commitments.agenda import commitment
from tests.security.matrix.base import CHAIR, MEMBER, SECRETARIAT, Row, everybody, only
from tests.security.matrix.world import World


def here(world: World) -> dict[str, Any]:
    return {"public_id": world.session.public_id}


def open_one(world: World) -> Commitment:
    return commitment(world, due=timezone.localdate() - timedelta(days=3))


def asked(world: World) -> dict[str, Any]:
    made = AgendaRequest.objects.create(
        commitment=open_one(world), organization=world.university, reason="x", asked_at=timezone.now()
    )
    return {"request_id": made.public_id}


def referral(world: World) -> dict[str, Any]:
    """From a mesa below to the one whose secretariat Rosa keeps."""
    below, _ = Mesa.objects.get_or_create(
        slug="abajo",
        defaults={"name_es": "Abajo", "name_en": "Below", "code_prefix": "AB", "parent": world.mesa},
    )
    made = Referral.objects.create(
        origin=below, target=world.mesa, title="Salud", text="x", raised_at=timezone.now()
    )
    return {"public_id": made.public_id}


def sent(world: World) -> dict[str, Any]:
    """From the mesa whose secretariat Rosa keeps."""
    found = Referral.objects.get(**referral(world))
    Referral.objects.filter(pk=found.pk).update(origin=found.target, target=found.origin)
    return {"public_id": found.public_id}


def token(world: World) -> dict[str, Any]:
    return {"token": open_one(world).token(Commitment.REPORT_LINK)}


SPEAK = only(MEMBER, CHAIR, SECRETARIAT)
ROWS = [
    Row("commitments:review", here, get=everybody(200)),
    Row("commitments:review_paper", here, get=everybody(200)),
    Row(
        "commitments:review_tick",
        lambda w: here(w) | {"commitment_id": open_one(w).public_id},
        post=only(SECRETARIAT, CHAIR, ok=302),
        why="Who writes the record.",
    ),
    Row(
        "commitments:ask_agenda",
        lambda w: {"public_id": open_one(w).public_id},
        get=SPEAK,
        post=SPEAK,
        why="Whoever speaks for a seat of the mesa.",
    ),
    Row("commitments:take_back_agenda", asked, post=only(MEMBER, ok=302), why="Who asked."),
    Row("commitments:ask_agenda_by_link", token, get=everybody(200), post=everybody(200)),
    Row("commitments:take_back_agenda_by_link", token, post=everybody(404), why="Nothing was asked."),
    Row("commitments:referrals", lambda w: {"slug": w.mesa.slug}, get=everybody(200)),
    Row("commitments:refer", lambda w: {"slug": w.mesa.slug}, get=only(SECRETARIAT), post=only(SECRETARIAT)),
    Row("commitments:referral", referral, get=everybody(200)),
    Row("commitments:referral_receive", referral, post=only(SECRETARIAT, ok=302)),
    Row("commitments:referral_schedule", referral, post=only(SECRETARIAT, ok=422)),
    Row("commitments:referral_answer", referral, get=only(SECRETARIAT), post=only(SECRETARIAT)),
    Row(
        "commitments:referral_withdraw",
        referral,
        post=only(),
        why="Only the mesa that sent it takes it back.",
    ),
    Row("commitments:referral_withdraw", sent, post=only(SECRETARIAT, ok=302)),
]
