"""Minutes: the secretariat and the chair write and publish; everybody else reads what is public."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from coordination.documents.codes import new_code
from coordination.minutes.models import Minutes, Section
from coordination.sessions.models import Session
from tests.security.matrix.base import ANONYMOUS, CHAIR, LOGIN, ROLES, SECRETARIAT, Row, everybody, only
from tests.security.matrix.world import World

# What is not for GET is refused before anybody asks who reads: the anonymous are sent to sign in first.
NO_GET = {role: LOGIN if role == ANONYMOUS else 405 for role in ROLES}
WRITES = only(SECRETARIAT, CHAIR)
WRITTEN = only(SECRETARIAT, CHAIR, ok=302)
READS_DRAFT = {role: 200 if role in (SECRETARIAT, CHAIR) else 404 for role in ROLES}


def over(world: World) -> Session:
    """The world's session, come to its end an hour ago."""
    end = timezone.now() - timedelta(hours=1)
    Session.objects.filter(pk=world.session.pk).update(starts_at=end - timedelta(hours=3), ends_at=end)
    return world.session


def session(world: World) -> dict[str, Any]:
    return {"public_id": over(world).public_id}


def minutes(world: World, **state: Any) -> Minutes:
    now = timezone.now()
    made = Minutes.objects.create(
        session=over(world), form="acta", approval="silence", drafted_at=now, **state
    )  # fmt: skip
    Section.objects.create(minutes=made, kind="free", title="Parte", body="<p>Texto</p>", is_reserved=True)
    return made


def published(world: World, state: str = "published") -> Minutes:
    now = timezone.now()
    return minutes(
        world, state=state, circulated_at=now, approved_at=now, published_at=now, code=new_code(), sha256="0",
        number=f"ACTA-FS-2026-{world.session.number:03}",
    )  # fmt: skip


def draft(world: World) -> dict[str, Any]:
    return {"public_id": minutes(world).session.public_id}


def section(world: World) -> dict[str, Any]:
    made = minutes(world)
    return {"public_id": made.session.public_id, "section_id": made.sections.get().public_id}


def settled(world: World) -> dict[str, Any]:
    return {"public_id": published(world, "approved").session.public_id}


def version(world: World) -> dict[str, Any]:
    return {"public_id": published(world).session.public_id, "number": 1}


def correction(world: World) -> dict[str, Any]:
    before = published(world, "superseded")
    now = timezone.now()
    Minutes.objects.create(
        session=before.session, version=2, corrects=before, correction_reason="Errata", form="acta", state="published",
        approval="silence", drafted_at=now, circulated_at=now, approved_at=now, published_at=now, sha256="1",
        code=new_code(), number=before.number,
    )  # fmt: skip
    return {"public_id": before.session.public_id, "number": 2}


def reserved(world: World) -> dict[str, Any]:
    return version(world) | {"which": "reservada", "kind": "pdf"}


def edited(_world: World) -> dict[str, Any]:
    return {"title": "Parte", "body": "<p>Otro texto</p>", "version": 1, "is_reserved": "on"}


ROWS = [
    Row("minutes:list", get=everybody(200), why="each reader finds what is theirs"),
    Row("minutes:minutes", draft, get=READS_DRAFT, why="a draft is its writers' alone"),
    Row("minutes:version", version, get=everybody(200), why="published minutes are public"),
    Row("minutes:differences", correction, get=everybody(200)),
    Row("minutes:file", reserved, get=READS_DRAFT, why="what is reserved is for who keeps the record"),
    Row("minutes:create", session, get=NO_GET, post=WRITTEN),
    Row("minutes:take_up", draft, get=NO_GET, post=WRITTEN),
    Row("minutes:publish", settled, get=NO_GET, post=WRITTEN),
    Row("minutes:correct", settled, get=WRITES, post=WRITTEN, data=lambda _w: {"reason": "Errata"}),
    Row("minutes:section", section, get=WRITES, post=WRITTEN, data=edited),
    Row("minutes:section_new", draft, get=NO_GET, post=WRITTEN, data=lambda _w: {"title": "Nueva"}),
    Row("minutes:section_move", section, get=NO_GET, post=WRITTEN, data=lambda _w: {"to": "up"}),
    Row("minutes:section_remove", section, get=NO_GET, post=WRITTEN),
    Row("minutes:section_restore", draft, get=NO_GET, post=WRITTEN),
    Row("minutes:section_anew", section, get=WRITES, post=WRITTEN, data=lambda _w: {"version": 1}),
]
