"""A convened session, a mail server that does what it is told, and templates that refuse unknown names."""

import email
import email.policy
import socket
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Conversation
from django.template import engines
from pytest_django import DjangoDbBlocker

from coordination.attendees import actions as attendees
from coordination.attendees.actions import DelegateData
from coordination.attendees.models import Invitation
from coordination.commitments import actions as commitments
from coordination.commitments.models import Commitment
from coordination.notifications.deliver import Tally, drain
from coordination.notifications.dispatch import dispatch
from coordination.notifications.models import Notification
from coordination.sessions import actions as sessions
from coordination.sessions.models import Outcome
from tests.cast import Cast
from tests.keeping import kept


class Sink:
    """Keeps every message whose final dot has passed. ``orders`` says what happens to the next one for an address."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.orders: dict[str, list[str]] = {}

    def order(self, address: str, *what: str) -> None:
        self.orders.setdefault(address, []).extend(what)

    async def handle_RCPT(
        self, server: SMTP, talk: Conversation, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        waiting = self.orders.get(address)
        if waiting and waiting[0][:3].isdigit():
            return waiting.pop(0)
        if waiting and waiting[0] == "hang up before the dot":
            waiting.pop(0)
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, talk: Conversation, envelope: Envelope) -> str:
        address = envelope.rcpt_tos[0]
        message = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
        self.taken.append(message)  # type: ignore[arg-type]
        waiting = self.orders.get(address)
        if waiting and waiting[0] == "hang up after the dot":
            waiting.pop(0)
            server.transport.abort()
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.taken if message["To"].addresses[0].addr_spec == address]


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """A real server on a port of its own; messages go over a socket and nothing is put in its place."""
    handler = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_TIMEOUT = 5
    settings.EMAIL_HOST_USER = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield handler
    controller.stop()


class _Strict(str):
    """A name no letter may leave undefined."""

    def __contains__(self, part: object) -> bool:
        return True

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"a letter uses {name}, which nobody gives it")


@pytest.fixture
def strict_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", _Strict("%s"))


@dataclass
class World:
    """The cast's mesa with a session convened for thirty days later; Carmen's organization names two people."""

    cast: Cast
    sessions: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cast = self.cast
        self.now = cast.now
        self.session = sessions.schedule(
            mesa_id=cast.mesa.pk,
            kind="ordinary",
            topic="Registro en frontera",
            time_zone="America/Guayaquil",
            starts_at=cast.in_days(30, hour=14),
            ends_at=cast.in_days(30, hour=18),
            modality="hybrid",
            venue="Auditorio municipal",
            address="Calle de los Ceibos y Primera",
            online_url="https://reunion.example/abc",
            by=cast.secretariat,
            now=self.now,
        )

    def convene(self) -> None:
        attendees.convene(session_id=self.session.pk, by=self.cast.secretariat, now=self.now)
        self.session.refresh_from_db()

    def invitation(self, organization: Any) -> Invitation:
        return Invitation.objects.get(session=self.session, organization=organization)

    def name(
        self, *people: tuple[str, str, str], at: datetime | None = None, organization: Any = None
    ) -> None:
        """(role, name, e-mail) become the delegation."""
        invitation = self.invitation(organization or self.cast.ngo)
        attendees.answer(
            invitation_id=invitation.pk,
            version=invitation.version,
            modality="in_person",
            delegates=[DelegateData(role=role, name=name, email=address) for role, name, address in people],
            by=self.cast.secretariat,
            now=at or self.now,
        )

    def plan(self, at: datetime | None = None) -> Any:
        return dispatch(at or self.now)

    def send(self, at: datetime | None = None) -> Tally:
        moment = at or self.now
        return drain(lambda: moment, seconds=120)  # a machine that is busy with a whole suite may be slow

    def rows(self, kind: str, **more: Any) -> list[Notification]:
        return list(Notification.objects.filter(kind=kind, **more).order_by("id"))

    def move(self, days: float = 1, at: datetime | None = None) -> None:
        self.session.refresh_from_db()
        shift = timedelta(days=days)
        sessions.edit(
            session_id=self.session.pk,
            version=self.session.version,
            starts_at=self.session.starts_at + shift,
            ends_at=self.session.ends_at + shift,
            by=self.cast.secretariat,
            now=at or self.now,
        )
        self.session.refresh_from_db()

    def cancel(self, at: datetime | None = None) -> None:
        sessions.cancel(
            session_id=self.session.pk, reason="Falta de quórum", by=self.cast.secretariat, now=at or self.now
        )

    def promise(self, at: datetime | None = None, due_in: int = 40) -> Commitment:
        """The NGO commits to something the university verifies, agreed."""
        moment = at or self.now
        item = self.session.agenda.first()
        outcome = Outcome.objects.create(
            session=self.session, item=item, kind="commitment", text="Habilitar 40 plazas", recorded_at=moment
        )
        made = commitments.propose(
            outcome_id=outcome.pk,
            statement="Habilitar 40 plazas de acogida",
            deliverable="40 plazas habilitadas",
            responsible_id=self.cast.ngo.pk,
            verifier_id=self.cast.university.pk,
            due_on=(moment + timedelta(days=due_in)).date(),
            means_of_verification="Acta de recepción",
            indicator=commitments.IndicatorData(
                name="plazas", unit="plazas", baseline_is_unknown=True, target=40
            ),
            by=self.cast.secretariat,
            now=moment,
        )
        return commitments.agree(commitment_id=made.pk, by=self.cast.secretariat, now=moment)


@pytest.fixture(scope="module")
def kept_world(kept_cast: Cast | None, django_db_blocker: DjangoDbBlocker) -> Iterator[World | None]:
    """Scheduled once for all tests of a module, as the cast is; whoever asks for it finds its session there."""
    if kept_cast is None:
        yield None
    else:
        with kept(lambda: World(deepcopy(kept_cast)), django_db_blocker) as made:
            yield made


@pytest.fixture
def world(kept_world: World | None, cast: Cast) -> World:
    if kept_world is None:
        return World(cast)
    world = deepcopy(kept_world)
    world.cast = cast
    return world


TITULAR = ("principal", "Carmen Loja", "carmen@cast.example")
ALTERNA = ("alternate", "Julia Paz", "julia@cast.example")
OTRO = ("principal", "Pedro Cun", "pedro@cast.example")
