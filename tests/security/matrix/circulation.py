"""Minutes that go round: whoever has the link, the organization's own people, and who keeps the record."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.minutes.models import Minutes, MinutesCopy, Observation, Section
from tests.security.matrix.base import CHAIR, MEMBER, SECRETARIAT, Row, everybody, only
from tests.security.matrix.world import World


def minutes(world: World, state: str = "circulated") -> Minutes:
    """The world's minutes, made when they are first spoken of."""
    found = Minutes.objects.filter(session=world.session).first()
    if found is not None:
        return found
    now = timezone.now()
    made = Minutes.objects.create(
        session=world.session, form="acta", approval="silence", state=state, drafted_at=now, circulated_at=now,
        observations_until=now + timedelta(days=9),
    )  # fmt: skip
    Section.objects.create(minutes=made, title="Alojamiento temporal", body="<p>Se abren 40 plazas.</p>")
    for organization in (world.ngo, world.university):
        MinutesCopy.objects.create(
            minutes=made, organization=organization, sent_at=now, link_expires_at=now + timedelta(days=90)
        )
    return made


def observed(world: World) -> Observation:
    """By the university, so that its own people may take it back."""
    made = minutes(world)
    found = Observation.objects.filter(minutes=made).first()
    return found or Observation.objects.create(
        minutes=made, section=made.sections.get(), paragraph=1, quote="Se abren 40 plazas.", text="Son 45.",
        organization=world.university, made_at=timezone.now(), client_id=uuid.uuid4(),
    )  # fmt: skip


def own(world: World) -> dict[str, Any]:
    return {"public_id": minutes(world).copies.get(organization=world.university).public_id}


def token(world: World) -> dict[str, Any]:
    return {"token": minutes(world).copies.get(organization=world.university).token}


def staff(world: World) -> dict[str, Any]:
    minutes(world)
    return {"public_id": world.session.public_id}


def draft(world: World) -> dict[str, Any]:
    minutes(world, "draft")
    return {"public_id": world.session.public_id}


def one(world: World) -> dict[str, Any]:
    return {"observation_id": observed(world).public_id}


KEEPS = (SECRETARIAT, CHAIR)
OWN = only(MEMBER, refused=404)
ROWS = [
    Row("minutes:copy", token, get=everybody(200)),
    Row("minutes:observe", token, post=everybody(422)),
    Row("minutes:observation_withdraw", lambda w: token(w) | one(w), post=everybody(302)),
    Row("minutes:agree", token, post=everybody(302)),
    Row("minutes:copy_seen", token, post=everybody(204)),
    Row("minutes:copy_renew", token, post=everybody(200)),
    Row("minutes:sign", token, get=everybody(200), post=everybody(422)),
    Row("minutes:own_copy", own, get=OWN, why="Of the university alone; nobody else has this copy."),
    Row("minutes:own_observe", own, post=only(MEMBER, ok=422, refused=404)),
    Row(
        "minutes:own_observation_withdraw", lambda w: own(w) | one(w), post=only(MEMBER, ok=302, refused=404)
    ),
    Row("minutes:own_agree", own, post=only(MEMBER, ok=302, refused=404)),
    Row("minutes:own_sign", own, get=OWN, post=only(MEMBER, ok=422, refused=404)),
    Row("minutes:circulate", draft, get=only(*KEEPS), post=only(*KEEPS, ok=422)),
    Row("minutes:circulation", staff, get=only(*KEEPS)),
    Row("minutes:circulation_term", staff, post=only(*KEEPS, ok=422)),
    Row(
        "minutes:copy_resend",
        lambda w: staff(w) | {"copy_id": minutes(w).copies.get(organization=w.ngo).public_id},
        post=only(*KEEPS, ok=302),
    ),
    Row("minutes:answers", staff, get=only(*KEEPS)),
    Row("minutes:answer", lambda w: staff(w) | one(w), get=only(*KEEPS), post=only(*KEEPS, ok=422)),
]
