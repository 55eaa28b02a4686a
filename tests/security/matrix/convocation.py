"""Who may call: parts of the mesa, those who are missing, guests, lists and second notices."""

from tests.security.matrix.attendees import SEES, session
from tests.security.matrix.base import SECRETARIAT, Row, only

ROWS = [
    Row("attendees:missing", session, get=only(SECRETARIAT), post=only(SECRETARIAT, ok=200)),
    Row("attendees:remind", session, post=only(SECRETARIAT, ok=302)),
    Row(
        "attendees:sending",
        session,
        get=only(*SEES),
        why="Whoever sees the delegations sees how many letters have left.",
    ),
    Row("attendees:guests", session, get=only(SECRETARIAT), post=only(SECRETARIAT, ok=422)),
    Row("attendees:addresses", session, post=only(SECRETARIAT, ok=422)),
    Row(
        "attendees:import_addresses",
        session,
        post=only(SECRETARIAT, ok=302),
        why="A list that nobody packed goes back to the page of guests.",
    ),
    Row("attendees:address_template", session, get=only(SECRETARIAT)),
]
