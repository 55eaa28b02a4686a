"""The door of a session: its devices' two addresses, the wall, the pass, and the code anybody may scan."""

from tests.security.matrix.attendees import RECORDS, session
from tests.security.matrix.base import Row, only

ROWS = [
    Row("attendees:reopen", session, post=only(*RECORDS, ok=302)),
    Row("attendees:door_list", session, get=only(*RECORDS, anonymous=401)),
    Row(
        "attendees:door_sync",
        session,
        post=only(*RECORDS, ok=400, anonymous=401),
        why="400 because a form is no queue: a script is told so in JSON.",
    ),
]
