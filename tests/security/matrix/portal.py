"""Woven pages are public where their rows are; my work asks for an account."""

from tests.security.matrix.base import ADMINISTRATOR, ANONYMOUS, LOGIN, Row, everybody, only

ROWS = [
    Row("portal:home", get=everybody(200)),
    Row("portal:search", get=everybody(200)),
    Row("portal:my_work", get=everybody(200, **{ANONYMOUS: LOGIN})),
    Row("portal:mesa", kwargs=lambda w: {"slug": w.mesa.slug}, get=everybody(200)),
    Row("portal:session", kwargs=lambda w: {"public_id": w.session.public_id}, get=everybody(200)),
    Row("portal:organization", kwargs=lambda w: {"slug": w.ngo.slug}, get=everybody(200)),
    Row("portal:system", get=only(ADMINISTRATOR)),
    Row("portal:style", get=everybody(200)),
    Row("portal:accessibility", get=everybody(200)),
    Row("portal:privacy", get=everybody(200)),
    Row("robots", get=everybody(200), why="robots have no account, and it names no row"),
    Row("health_live", get=everybody(200), why="supervisors ask without an account"),
    Row(
        "health_ready",
        get=everybody(200),
        why="says no more than ages and states; counts to administrators alone",
    ),
]
