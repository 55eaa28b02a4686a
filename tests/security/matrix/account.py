"""The follow-up report is for anyone, of what they may see; alliances are the secretariat's to write."""

from typing import Any

from django.utils import timezone

from coordination.commitments.models import Support
from tests.commitments.world import agreed
from tests.security.matrix.base import SECRETARIAT, Row, everybody, only
from tests.security.matrix.commitments import _id, _soon
from tests.security.matrix.world import World


def commitment(world: World) -> dict[str, Any]:
    return _id(agreed(world, **_soon()))


def session(world: World) -> dict[str, Any]:
    return {"public_id": world.session.public_id}


def mesa(world: World) -> dict[str, Any]:
    return {"slug": world.mesa.slug}


def support(world: World, **given: Any) -> dict[str, Any]:
    made = Support.objects.create(
        mesa=world.mesa, organization=world.ngo, kind="technical", recorded_at=timezone.now(), **given
    )
    return {"public_id": made.public_id}


def reserved(world: World) -> dict[str, Any]:
    return support(world, is_public=False)


def given(world: World) -> dict[str, Any]:
    return {"organization": world.ngo.pk, "kind": "technical", "currency": "USD", "what": "Una especialista"}


WRITES = only(SECRETARIAT)
WRITTEN = only(SECRETARIAT, ok=302)
HIDDEN = only(SECRETARIAT, refused=404)
HIDDEN_WRITTEN = only(SECRETARIAT, ok=302, refused=404)

ROWS = [
    Row("commitments:account", get=everybody(200)),
    Row("commitments:account_rows", get=everybody(200)),
    Row("commitments:account_supports", get=everybody(200)),
    Row("commitments:account_file", lambda _world: {"kind": "json"}, get=everybody(200)),
    Row("commitments:account_file", lambda _world: {"kind": "exe"}, get=everybody(404)),
    Row("commitments:support_commitment", commitment, get=WRITES, post=WRITTEN, data=given),
    Row("commitments:support_session", session, get=WRITES, post=WRITTEN, data=given),
    Row("commitments:support_mesa", mesa, get=WRITES, post=WRITTEN, data=given),
    Row("commitments:support_change", support, get=WRITES, post=WRITTEN, data=given),
    Row(
        "commitments:support_change",
        reserved,
        get=HIDDEN | {"member": 404, "auditor": 403},
        why="What is not public is not there; the auditor reads it.",
    ),
    Row("commitments:support_withdraw", support, post=WRITTEN),
    Row("commitments:support_withdraw", reserved, post=HIDDEN_WRITTEN | {"auditor": 403}),
    Row("commitments:support_restore", support, post=WRITTEN),
]
