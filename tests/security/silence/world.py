"""The matrix's world with something casa adentro in it: a whole session, or a block and an item of an open one."""

from copy import copy
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from coordination.attendees.models import Invitation
from coordination.mesas.models import Mesa, Seat, SecretariatMandate
from coordination.notifications.models import Notification
from coordination.organizations.models import Organization, Post
from coordination.sessions.models import AgendaItem, Block, CircleMember, Outcome, Session
from coordination.sessions.rooms import Room
from tests.cast import SINCE, organization, person, seat, signed_in
from tests.security.matrix.world import World
from tests.security.silence.planting import Inside, Planted, overwrite, plant

LEVEL = CircleMember.Level


class ClosedWorld(World):
    """Irma and Sara are in the circle of the record, Lidia knows when and where, Xavier left it, Clara is their colleague.

    ``self.session`` and everything hung from it is what the matrix's rows open.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.inner, self.answering = organization("Red Adentro"), organization("Fundación Responde")
        self.verifying = organization("Colegio Verifica", kind="academia", sector="academia")
        for one in (self.inner, self.answering, self.verifying):
            seat(self.mesa, one, Seat.Role.MEMBER)
        self.irma = person("Irma Adentro", at=self.inner, user=True)
        self.lidia = person("Lidia Cuándo", at=self.inner, user=True)
        self.xavier = person("Xavier Antes", at=self.inner, user=True)
        self.clara = person("Clara Colega", at=self.inner, user=True)
        self.sara = person("Sara Secretaria", at=self.ministry, user=True)
        SecretariatMandate.objects.get(mesa=self.mesa).posts.add(self.sara.tenures.get().post)
        other = Mesa.objects.create(slug="otra", name_es="Mesa Norte", name_en="North mesa", code_prefix="MN")
        self.berta = person("Berta Vecina", at=self.outsider, user=True)
        mandate = SecretariatMandate.objects.create(mesa=other, instrument="Acuerdo 13", starts_on=SINCE)
        mandate.organizations.add(self.outsider)
        mandate.posts.add(self.berta.tenures.get().post)
        self.room = Room.objects.create(organization=self.ministry, name="Sala de la planta baja")
        self.planted = Planted()
        self.spares: list[ClosedWorld] = []

    def spare(self) -> "ClosedWorld":
        """The same people with another session of the mesa, which is closed with the first one."""
        other = copy(self)
        start = self.session.starts_at + timedelta(days=1 + len(self.spares))
        times = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
        other.session = Session.objects.create(
            mesa=self.mesa,
            number=20 + len(self.spares),
            state=Session.State.CONVENED,
            convened_at=timezone.now(),
            **times,
        )
        other.block = Block.objects.create(session=other.session, **times)
        made = {"session": other.session, "block": other.block}
        other.review = AgendaItem.objects.create(
            **made, order=1, kind="review", title_es="Estado de los compromisos", is_generated=True
        )
        other.item = AgendaItem.objects.create(**made, order=2, title_es="Alojamiento temporal")
        other.invitation = Invitation.objects.create(
            session=other.session, organization=self.ngo, link_expires_at=start, created_at=timezone.now()
        )
        self.spares.append(other)
        return other

    @property
    def outsiders(self) -> dict[str, Client]:
        """Everybody who must not learn of it, freshly signed in."""
        people = {
            "stranger": self.elena, "member": self.luis, "chair": self.tomas, "secretariat": self.rosa,
            "auditor": self.olga, "administrator": self.ana, "colleague": self.clara, "former": self.xavier,
            "other secretariat": self.berta,
        }  # fmt: skip
        return {"anonymous": Client()} | {role: signed_in(who.user) for role, who in people.items()}

    @property
    def insiders(self) -> dict[str, Client]:
        return {role: signed_in(who.user) for role, who in {"irma": self.irma, "sara": self.sara}.items()}

    @property
    def logistics(self) -> Client:
        return signed_in(self.lidia.user)

    def close_whole(self, *, over: bool) -> None:
        """The session of the matrix is casa adentro, with everything a session can have."""
        now = timezone.now()
        start = now - timedelta(days=20) if over else self.session.starts_at
        fields = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
        if over:
            fields |= {"state": Session.State.HELD, "closed_at": now, "attendance_closed_at": now}
        Session.objects.filter(pk=self.session.pk).update(is_casa_adentro=True, **fields)
        Block.objects.filter(pk=self.block.pk).update(**{k: fields[k] for k in ("starts_at", "ends_at")})
        self._circle()
        self._plant({Session: self.session, Block: self.block, AgendaItem: self.item})
        for other in self.spares:
            Session.objects.filter(pk=other.session.pk).update(is_casa_adentro=True)
            rows = {
                Session: other.session,
                Block: other.block,
                AgendaItem: other.item,
                Invitation: other.invitation,
            }
            overwrite(self.planted, rows)

    def close_part(self) -> None:
        """The session stays open; a block on another day is not, nor its item, nor what came of it."""
        now = timezone.now()
        open_block, open_item = self.block, self.item
        closed = Block.objects.create(
            session=self.session, order=90, is_casa_adentro=True,
            starts_at=self.session.starts_at - timedelta(days=3), ends_at=self.session.starts_at - timedelta(days=2, hours=20),
        )  # fmt: skip
        item = AgendaItem.objects.create(session=self.session, block=closed, order=90, is_casa_adentro=True)
        # What has its own session is the open one's; only what hangs from the part is hidden.
        outcome = Outcome.objects.create(
            session=self.session, item=item, kind="lesson", text="x", recorded_at=now
        )
        self._circle()
        self.planted.rows[Session] = self.session
        self.planted.open.add(Session)
        self._plant({Block: closed, AgendaItem: item, Outcome: outcome}, part=True)
        self.open_parts = (open_block, open_item)

    def _circle(self) -> None:
        """The circle of the session, and of those beside it none: rows of the matrix let in whom they need."""
        now = timezone.now()
        CircleMember.objects.all().delete()
        rows = {self.irma: LEVEL.RECORD, self.sara: LEVEL.RECORD, self.lidia: LEVEL.LOGISTICS}
        for who, level in rows.items():
            CircleMember.objects.create(session=self.session, person=who, level=level, since=now)
        CircleMember.objects.create(
            session=self.session,
            person=self.xavier,
            level=LEVEL.RECORD,
            since=now - timedelta(days=9),
            until=now,
        )

    def _plant(self, closed: dict[type, object], *, part: bool = False) -> None:
        post = Post.objects.get(organization=self.inner, tenures__person=self.irma)
        inside = Inside(self.inner, self.answering, self.verifying, self.irma, post)
        self.planted.rows[CircleMember] = CircleMember.objects.get(person=self.irma)
        if not part:
            type(self.invitation).objects.filter(pk=self.invitation.pk).update(
                organization=self.inner, post=post
            )
        plant(self.planted, inside, closed, part=part)
        for row in (self.session, self.block, self.item, self.invitation):
            row.refresh_from_db()
        if not part:
            self._told()

    def _told(self) -> None:
        """Mails about it that left: the list of messages must not know them."""
        now = timezone.now()
        for number, kind in enumerate(("session_reminder", "session_moved", "follow_up_tasks")):
            Notification.objects.create(
                recipient=self.irma, organization=self.inner, kind=kind, rung=number, subject_type="session",
                subject_id=self.session.pk, root_type="session", root_id=self.session.pk, mesa_id=self.mesa.pk,
                version=self.session.schedule_version, due_at=now, not_after=now + timedelta(days=30),
                next_try_at=now, state="sent", sent_at=now, channel="inbox",
            )  # fmt: skip


def organizations_inside(world: ClosedWorld) -> list[Organization]:
    return [world.inner, world.answering, world.verifying]
