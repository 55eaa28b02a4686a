"""How each person wants to be written to, and what was written to them."""

from typing import Any

from django.utils import timezone

from coordination.notifications import preferences
from coordination.notifications.kinds import KINDS
from coordination.notifications.models import Notification
from coordination.notifications.preferences_form import PreferencesForm
from tests.security.matrix.base import ANONYMOUS, LOGIN, MEMBER, Row, everybody, only
from tests.security.matrix.world import World

KIND = "session_reminder"


def token(world: World) -> dict[str, Any]:
    return {"token": preferences.token(world.carmen)}


def one_click(world: World) -> dict[str, Any]:
    return {"token": preferences.stop_link(world.carmen, KINDS[KIND]).split("/")[-3], "kind": KIND}


def every_choice(_world: World) -> dict[str, Any]:
    return {name: "never" for name in PreferencesForm().fields} | {"language": "en"}


def notice(world: World) -> dict[str, Any]:
    """One that was written to the member."""
    now = timezone.now()
    row = Notification.objects.create(
        kind=KIND, subject_type="session", subject_id=world.session.pk, root_type="session", root_id=world.session.pk,
        recipient=world.luis, version=1, due_at=now, not_after=now, next_try_at=now, state="sent", sent_at=now,
    )  # fmt: skip
    return {"public_id": row.public_id}


ROWS = [
    Row("notifications:preferences", token, get=everybody(200), post=everybody(302), data=every_choice),
    Row("notifications:preferences_renew", token, post=everybody(200)),
    Row("notifications:preferences_revoke", token, post=everybody(200)),
    Row("notifications:unsubscribe", one_click, get=everybody(200), post=everybody(200)),
    Row(
        "notifications:my_preferences",
        get=everybody(200, **{ANONYMOUS: LOGIN}),
        post=everybody(302, **{ANONYMOUS: LOGIN}),
        data=every_choice,
    ),
    Row("notifications:inbox", get=everybody(200, **{ANONYMOUS: LOGIN})),
    Row("notifications:inbox_read_all", post=everybody(302)),
    Row(
        "notifications:inbox_read",
        notice,
        post=only(MEMBER, ok=302, refused=404),
        why="Nobody marks what was written to somebody else.",
    ),
]
