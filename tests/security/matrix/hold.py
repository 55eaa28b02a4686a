"""Only administrators stop everything and let it go again."""

from django.utils import timezone

from coordination.notifications.models import Hold
from tests.security.matrix.base import ADMINISTRATOR, Row, only
from tests.security.matrix.world import World


def held(world: World) -> dict[str, str]:
    Hold.objects.create(since=timezone.now(), reason="incidente")
    return {}


ROWS = [
    Row(
        "notifications:hold",
        get=only(ADMINISTRATOR),
        post=only(ADMINISTRATOR, ok=302),
        data=lambda w: {"reason": "un incidente"},
    ),
    Row("notifications:release", held, post=only(ADMINISTRATOR, ok=302), data=lambda w: {"which": "ahead"}),
]
