"""People who await messages, made in bulk: what is measured is the way of a message, not the forms before it."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.actor import SYSTEM
from coordination.activity.actions import record
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Delegate, Invitation
from coordination.mesas.models import Mesa
from coordination.organizations.models import Person
from coordination.sessions.models import Session
from tests.cast import organization

DELEGATION = 10  # people of one organization; an activity of theirs is what the sweep dispatches
SOON, NONE, HOURS = timedelta(seconds=5), timedelta(), timedelta(hours=2)


class Crowd:
    """Delegations that each await a confirmation with a calendar file and the last reminder: two messages a person."""

    def __init__(self) -> None:
        self.people = 0
        self.sessions: list[Session] = []

    def register(self, messages: int, sessions: int = 0) -> int:
        """Names people until they await so many messages, in ``sessions`` new sessions; returns how many they are.

        Confirmations are due at once, reminders five seconds later.
        """
        now = timezone.now()
        people = messages // 2
        starts_at = now + timedelta(hours=2) + SOON
        self._fill(people, sessions, [now] * people, starts_at, reminds=True)
        return people * 2

    def confirm(
        self, messages: int, over: timedelta, after: timedelta = NONE, until: timedelta = HOURS
    ) -> int:
        """Names people who await a confirmation only; they come due evenly ``over`` a time that begins ``after`` a while.

        ``until`` is when the session begins, and a message about it is too late.
        """
        now = timezone.now()
        moments = [now + after + over * n / messages for n in range(messages)]
        self._fill(messages, 0, moments, now + until, reminds=False)
        return messages

    def _fill(
        self, people: int, sessions: int, moments: list[datetime], starts_at: datetime, *, reminds: bool
    ) -> None:
        now = timezone.now()
        made = [self._session(starts_at, reminds, now) for _ in range(sessions or max(people // 100, 1))]
        delegations = max(-(-people // DELEGATION), len(made))
        for place in range(delegations):
            first, last = (round(people * n / delegations) for n in (place, place + 1))
            self._delegation(made[place % len(made)], moments[first:last], now)
        self.sessions += made

    def _session(self, starts_at: datetime, reminds: bool, now: datetime) -> Session:
        mesa, _ = Mesa.objects.get_or_create(
            slug="fallas" if reminds else "fallas-sin-avisos",
            defaults={
                "name_es": "Mesa de Pruebas", "name_en": "Test Mesa", "code_prefix": "FL" if reminds else "FS",
                "session_ladder": [120] if reminds else [],
            },
        )  # fmt: skip
        return Session.objects.create(
            mesa=mesa, number=Session.objects.filter(mesa=mesa).count() + 1, state=Session.State.CONVENED,
            starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), venue="Auditorio",
            convened_at=now - timedelta(days=9),
        )  # fmt: skip

    def _delegation(self, session: Session, moments: list[datetime], now: datetime) -> None:
        host = organization(f"Organización {self.people}")
        invitation = Invitation.objects.create(
            session=session, organization=host, state="accepted", answered_at=now,
            created_at=now - timedelta(days=9), link_expires_at=now + timedelta(days=1),
        )  # fmt: skip
        numbers = range(self.people, self.people + len(moments))
        persons = Person.objects.bulk_create(
            [Person(name=f"Persona {n}", email=f"p{n}@fallas.example") for n in numbers]
        )
        self.people += len(moments)
        Delegate.objects.bulk_create(
            Delegate(invitation=invitation, person=one, role="companion", registered_at=moment)
            for one, moment in zip(persons, moments, strict=True)
        )
        record(kind=AttendeeEvent.ACCEPTED, by=SYSTEM, subject=invitation, now=now, mesa_id=session.mesa_id)
