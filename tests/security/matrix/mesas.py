from tests.security.matrix.base import ADMINISTRATOR, SECRETARIAT, Row, everybody, only

ROWS = [
    Row("mesas:list", get=everybody(200)),
    Row(
        "mesas:create",
        get=only(SECRETARIAT, ADMINISTRATOR),
        post=only(SECRETARIAT, ADMINISTRATOR),
        why="an empty form comes back with what is missing",
    ),
    Row("mesas:edit", kwargs=lambda w: {"slug": w.mesa.slug}, get=only(SECRETARIAT), post=only(SECRETARIAT)),
    Row(
        "mesas:seats",
        kwargs=lambda w: {"slug": w.mesa.slug},
        get=only(SECRETARIAT),
        post=only(SECRETARIAT),
        data=lambda w: {},
        why="posting without a role shows the page again",
    ),
    Row(
        "mesas:seat_end",
        kwargs=lambda w: {"slug": w.mesa.slug, "pk": w.seats["ngo"].pk},
        post=only(SECRETARIAT, ok=302),
    ),
]
