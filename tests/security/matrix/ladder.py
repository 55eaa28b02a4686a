from tests.security.matrix.base import SECRETARIAT, Row, only

ROWS = [
    Row(
        "notifications:ladder",
        kwargs=lambda w: {"slug": w.mesa.slug},
        get=only(SECRETARIAT),
        post=only(SECRETARIAT, ok=302),
        why="a form without its rows goes back to what is on file",
    ),
]
