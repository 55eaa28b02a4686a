"""Papers of the day: sheets, annexes, totals, certificates, and the page that says what a code stands for."""

from tests.security.matrix.base import Row, everybody

ROWS = [
    Row("portal:verify_form", get=everybody(200)),
    Row(
        "portal:verify",
        lambda _world: {"code": "K7M2A-9QXT-4HRJW"},
        get=everybody(404),
        why="Nobody gave this code: the same for everybody.",
    ),
]
