from datetime import timedelta

from django.utils import timezone

from coordination.organizations.models import JoinRequest
from tests.cast import sector_type
from tests.security.matrix.base import ADMINISTRATOR, CHAIR, SECRETARIAT, Row, everybody, only
from tests.security.matrix.world import World


def asked(world: World) -> JoinRequest:
    """A request whose mail nobody has confirmed yet."""
    now = timezone.now()
    return JoinRequest.objects.create(
        name="Red Andina",
        sector_type=sector_type(),
        contact_name="Marta Ruiz",
        contact_post="Directora",
        contact_email="marta@red.example",
        reason="Trabajamos en la frontera.",
        link_expires_at=now + timedelta(days=7),
        created_at=now,
    )


ROWS = [
    Row("organizations:list", get=everybody(200)),
    Row(
        "organizations:join",
        get=everybody(200),
        post=everybody(200),
        why="an empty form comes back with what is missing",
    ),
    Row("organizations:join_sent", get=everybody(200)),
    Row(
        "organizations:join_confirm",
        kwargs=lambda w: {"token": asked(w).token},
        get=everybody(200),
        post=everybody(302),
        why="the link is the proof, whoever is signed in",
    ),
    Row(
        "organizations:edit",
        kwargs=lambda w: {"slug": w.ministry.slug},
        get=only(SECRETARIAT, CHAIR, ADMINISTRATOR),
        post=only(SECRETARIAT, CHAIR, ADMINISTRATOR),
        why="Rosa is the ministry's focal point, Tomás its head",
    ),
]
