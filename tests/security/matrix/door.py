"""The door of a session: its devices' two addresses, the wall, the pass, and the code anybody may scan."""

from typing import Any

from django.utils import timezone

from coordination.attendees.models import Delegate, Invitation
from tests.cast import organization, person
from tests.security.matrix.attendees import RECORDS, session, token
from tests.security.matrix.base import Row, everybody, only
from tests.security.matrix.delegations import mine, own
from tests.security.matrix.world import World


def pass_of(world: World) -> dict[str, Any]:
    """The pass of somebody without an account, of an organization that is nobody's here."""
    invited = organization("Casa de la Red")
    made = Invitation.objects.create(
        session=world.session,
        organization=invited,
        state=Invitation.State.ACCEPTED,
        modality="in_person",
        answered_at=timezone.now(),
        link_expires_at=world.session.ends_at,
        created_at=world.session.convened_at,
    )
    delegate = Delegate.objects.create(
        invitation=made, person=person("Inés Cuenca"), role="principal", registered_at=timezone.now()
    )
    return {"token": delegate.pass_token}


def wall_of(world: World) -> dict[str, Any]:
    return {"public_id": world.session.public_id, "code": "000000"}


ROWS = [
    Row("attendees:reopen", session, post=only(*RECORDS, ok=302)),
    Row("attendees:door_list", session, get=only(*RECORDS, anonymous=401)),
    Row(
        "attendees:door_sync",
        session,
        post=only(*RECORDS, ok=400, anonymous=401),
        why="400 because a form is no queue: a script is told so in JSON.",
    ),
    Row("attendees:wall", session, get=only(*RECORDS), post=only(*RECORDS, ok=302)),
    Row("attendees:wall_code", session, get=only(*RECORDS)),
    Row(
        "attendees:here", wall_of, get=everybody(410), post=everybody(410), why="No code hangs on that wall."
    ),
    Row("attendees:pass", pass_of, get=everybody(200)),
    Row("attendees:pass_join", pass_of, get=everybody(200), post=everybody(200), why="Nothing is open yet."),
    Row("attendees:pass_check_in", pass_of, post=everybody(302)),
    Row("attendees:renew_passes", token, post=everybody(302)),
    Row("attendees:own_renew_passes", own, post=mine(302)),
]
