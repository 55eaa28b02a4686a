"""A state machine does to one session what people do, and a small model says what everybody must have been told (F14)."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from accounts.actor import SYSTEM
from coordination.attendees import actions as attendees
from coordination.attendees.actions import DelegateData
from coordination.attendees.models import Invitation
from coordination.mesas.models import Mesa
from coordination.notifications import deliver, dispatch, remind, smtp, sweep
from coordination.notifications.models import Notification
from coordination.organizations.models import Person
from coordination.sessions import actions as sessions
from coordination.sessions.models import Session
from tests.cast import organization
from tests.faults.stage import Stage

LADDER = (7 * 1440, 1440, 120)
BEGIN = datetime(2026, 3, 2, 14, tzinfo=UTC)
DEBOUNCE = timedelta(seconds=settings.DEBOUNCE_SECONDS)
NAMES = st.integers(0, 5)
MINUTES = st.sampled_from([1, 5, 11, 45, 130, 600, 1500, 4000])


class Crash(BaseException):
    """The process dies."""


class DyingLine(smtp.Line):
    """Dies at the so-manieth message, before it is spoken or after the server took it."""

    def __init__(self, at: int, after: bool) -> None:
        super().__init__()
        self.at, self.after, self.victim = at, after, ""

    def send(self, letter: Any, meanwhile: Callable[[], None] = smtp.nothing) -> smtp.Answer:
        self.at -= 1
        if self.at < 0:
            self.victim = letter.message_id
            if self.after:
                super().send(letter)
            raise Crash
        return super().send(letter, meanwhile)


class Office(RuleBasedStateMachine):
    """The rules are what happens to a session; ``tick`` is the sweeps; the model is what the fields below hold."""

    stage: Stage
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGIN
        mesa, _ = Mesa.objects.get_or_create(
            slug="modelo", defaults={"name_es": "Mesa", "name_en": "Mesa", "code_prefix": "MO", "delegation_size": 9,
                                     "session_ladder": list(LADDER)},
        )  # fmt: skip
        self.starts_at = self.now + timedelta(days=9)
        self.session = Session.objects.create(
            mesa=mesa, number=Session.objects.filter(mesa=mesa).count() + 1, state="convened", venue="Auditorio",
            starts_at=self.starts_at, ends_at=self.starts_at + timedelta(hours=2), convened_at=self.now,
        )  # fmt: skip
        self.invitation = Invitation.objects.create(
            session=self.session, organization=organization("Modelo"), created_at=self.now,
            link_expires_at=self.starts_at,
        )  # fmt: skip
        self.version = 1
        self.cancelled_at: datetime | None = None
        self.moved_at: datetime | None = None
        self.coming: dict[int, datetime] = {}
        self.address = {n: f"m{n}@fallas.example" for n in range(6)}
        self.crashes: Counter[str] = Counter()
        self.delivered: Counter[str] = Counter()
        self.told: set[tuple[str, int, str, int]] = set()
        self.read_to = len(self.stage.arrived())
        self._answer({0, 1, 2})

    @property
    def is_on(self) -> bool:
        return self.cancelled_at is None and self.now < self.starts_at

    @precondition(lambda self: self.is_on)
    @rule(name=NAMES)
    def register(self, name: int) -> None:
        self._answer({*self.coming, name})

    @precondition(lambda self: self.is_on and self.coming)
    @rule(name=NAMES)
    def lose_role(self, name: int) -> None:
        self._answer(set(self.coming) - {name})

    @precondition(lambda self: self.is_on)
    @rule(hours=st.sampled_from([-50, -3, 1, 26, 200]))
    def move(self, hours: int) -> None:
        to = self.starts_at + timedelta(hours=hours)
        if to <= self.now + timedelta(minutes=1):
            return
        self._step()
        self.session.refresh_from_db()
        sessions.edit(session_id=self.session.pk, version=self.session.version, by=SYSTEM, now=self.now,
                      starts_at=to, ends_at=to + timedelta(hours=2))  # fmt: skip
        self.starts_at, self.moved_at, self.version = to, self.now, self.version + 1

    @precondition(lambda self: self.is_on and self.now > BEGIN + timedelta(days=3))
    @rule()
    def cancel(self) -> None:
        self._step()
        sessions.cancel(session_id=self.session.pk, reason="Falta de quórum", by=SYSTEM, now=self.now)
        self.cancelled_at, self.version = self.now, self.version + 1

    @rule(name=NAMES)
    def change_address(self, name: int) -> None:
        self._step()
        before, after = self.address[name], f"m{name}x{self.now:%d%H%M}@fallas.example"
        Person.objects.filter(email=before, delegations__invitation=self.invitation).update(email=after)
        self.address[name] = after

    @rule(minutes=MINUTES, at=st.integers(0, 4), after=st.booleans())
    def crash(self, minutes: int, at: int, after: bool) -> None:
        self._step()
        self.now += timedelta(minutes=minutes)
        self._sweeps()
        line = DyingLine(at, after)
        try:
            deliver.drain(lambda: self.now, line=line)
        except Crash:
            self.crashes[line.victim] += 1
            line.close()
        self._look_at_arrivals()

    @rule(minutes=MINUTES)
    def tick(self, minutes: int) -> None:
        """Every sweep once; then everybody knows what the model says."""
        self._step()
        self.now += timedelta(minutes=minutes)
        self._sweeps()
        while deliver.drain(lambda: self.now).claimed:
            pass
        self._look_at_arrivals()
        self._everybody_knows()

    def teardown(self) -> None:
        Notification.objects.all().delete()
        Session.objects.update(state=Session.State.DRAFT)

    def _step(self) -> None:
        self.now += timedelta(seconds=1)
        type(self).steps += 1

    def _answer(self, names: set[int]) -> None:
        self._step()
        self.invitation.refresh_from_db()
        if names:
            people = [
                DelegateData("companion" if place else "principal", f"Persona {n}", self.address[n])
                for place, n in enumerate(sorted(names))
            ]
            attendees.answer(invitation_id=self.invitation.pk, version=self.invitation.version,
                             modality="in_person", delegates=people, by=SYSTEM, now=self.now)  # fmt: skip
        else:
            attendees.decline(invitation_id=self.invitation.pk, version=self.invitation.version,
                              by=SYSTEM, now=self.now)  # fmt: skip
        self.coming = {n: self.coming.get(n, self.now) for n in names}

    def _sweeps(self) -> None:
        """Whatever a dead process held has run out by now."""
        held = Notification.objects.filter(lease_until__isnull=False)
        held.update(lease_until=timezone.now() - timedelta(hours=1))
        for _ in range(2):
            sweep.sweep(self.now)
            held.update(lease_until=timezone.now() - timedelta(hours=1))
        sweep.sweep(self.now)
        remind.remind(self.now)
        dispatch.dispatch(self.now)

    def _look_at_arrivals(self) -> None:
        """Each mail was true when it left, went to the address of that moment, and left once unless a process died with it."""
        lines = self.stage.arrived()[self.read_to :]
        self.read_to += len(lines)
        sent = {row.message_id: row for row in Notification.objects.select_related("recipient")}
        for line in lines:
            row = sent[line["id"]]
            name = int(row.recipient.name.split()[1])
            self.delivered[line["id"]] += 1
            self.told.add((row.kind, row.rung, row.recipient.name, row.version))
            assert self.delivered[line["id"]] <= 1 + self.crashes[line["id"]], f"{row} twice"
            assert line["to"] == self.address[name], f"{row} to {line['to']}"
            assert (row.kind == "session_cancelled") == (self.cancelled_at is not None), (
                f"{row} after the cancellation"
            )
            assert (row.kind == "delegation_withdrawn") == (name not in self.coming), (
                f"{row} to {name}, who left"
            )
            if row.kind != "delegation_withdrawn":
                assert row.version == self.version, f"{row} tells an old date"
            if row.kind == "session_reminder":
                due = self.starts_at - timedelta(minutes=row.rung)
                assert due <= self.now < self.starts_at, f"{row} at {self.now}"

    def _everybody_knows(self) -> None:
        doubtful = {
            (row.kind, row.rung, row.recipient.name, row.version)
            for row in Notification.objects.select_related("recipient").filter(doubts__gt=1)
        }
        for name, since in self.coming.items():
            for wanted in self._awaited(name, since):
                keys = {(kind, rung, f"Persona {name}", self.version) for kind, rung in wanted}
                assert keys & (self.told | doubtful), f"{name} was not told any of {wanted}"
        assert not Notification.objects.filter(
            state__in=["planned", "claimed", "sending"], next_try_at__lte=self.now, not_after__gt=self.now
        ).exists()

    def _awaited(self, name: int, since: datetime) -> list[list[tuple[str, int]]]:
        """What this person must have been told by now; any one of each list will do."""
        if self.cancelled_at:
            return [[("session_cancelled", 0)]] if self.now < self.cancelled_at + timedelta(days=1) else []
        if self.now >= self.starts_at:
            return []
        known = [("delegation_confirmed", 0), ("session_moved", 0)]
        awaited = [known] if not self.moved_at or self.now >= self.moved_at + DEBOUNCE else []
        begin = max(since, self.moved_at or since)
        for place, rung in enumerate(LADDER):
            due = self.starts_at - timedelta(minutes=rung)
            until = self.starts_at - timedelta(minutes=(*LADDER, 0)[place + 1])
            if begin < due <= self.now < until:
                awaited.append([("session_reminder", rung)])
        return awaited
