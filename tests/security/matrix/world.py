"""What the matrix acts upon: the cast, and one object of every kind that has a route."""

from datetime import timedelta

from django.utils import timezone

from coordination.attendees.models import Invitation
from coordination.sessions.models import AgendaItem, Block, Session
from tests.cast import Cast


class World(Cast):
    """The cast with a convened session ahead (dates relative to the real clock: views read it)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        start = timezone.now() + timedelta(days=20)
        self.session = Session.objects.create(
            mesa=self.mesa,
            number=3,
            state=Session.State.CONVENED,
            starts_at=start,
            ends_at=start + timedelta(hours=3),
            convened_at=timezone.now(),
            venue="Auditorio",
        )
        self.block = Block.objects.create(
            session=self.session, starts_at=self.session.starts_at, ends_at=self.session.ends_at
        )
        self.review = AgendaItem.objects.create(
            session=self.session,
            block=self.block,
            order=1,
            kind="review",
            title_es="Estado de los compromisos",
            is_generated=True,
        )
        self.item = AgendaItem.objects.create(
            session=self.session, block=self.block, order=2, title_es="Alojamiento temporal"
        )
        self.invitation = Invitation.objects.create(
            session=self.session,
            organization=self.ngo,
            link_expires_at=self.session.ends_at,
            created_at=timezone.now(),
        )
        self.unsent = Session.objects.create(
            mesa=self.mesa,
            number=4,
            starts_at=start + timedelta(days=30),
            ends_at=start + timedelta(days=30, hours=3),
        )
        AgendaItem.objects.create(session=self.unsent, order=1, title_es="Informe", is_generated=True)
