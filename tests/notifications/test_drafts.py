"""Letters drafted before the gate: whatever changes before it opens, no old letter passes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.attendees.models import Delegate, Invitation
from coordination.mesas.models import Mesa
from coordination.notifications import deliver, drafts, holding, letters
from coordination.notifications.models import Hold, Notification, Preference
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import AgendaItem, Session
from tests.notifications.conftest import ALTERNA, OTRO, TITULAR, Sink, World

pytestmark = pytest.mark.django_db
STATE = Notification.State
KINDS = ["delegation_confirmed", "session_reminder"]


@pytest.fixture
def due(world: World) -> World:
    """Carmen's confirmation and reminder are due, and nothing else is."""
    world.convene()
    world.name(TITULAR)
    world.plan()
    carmen = Person.objects.get(email=TITULAR[2])
    rows = Notification.objects.filter(recipient=carmen, kind__in=KINDS)
    Notification.objects.exclude(pk__in=rows).delete()
    rows.exclude(kind="delegation_confirmed").exclude(rung=120).delete()
    Notification.objects.update(next_try_at=world.now)
    return world


def drafted(world: World) -> tuple[Any, dict[str, drafts.Draft]]:
    token = deliver.uuid.uuid4()
    made = drafts.of(deliver.claim(token, world.now))
    return token, {draft.row.kind: draft for draft in made.values()}


def test_both_kinds_are_drafted_and_pass_by_the_short_way(due: World) -> None:
    token, made = drafted(due)
    assert sorted(made) == KINDS
    for draft in made.values():
        letter = draft.passed(token, due.now)
        assert letter is not None and letter.recipient == TITULAR[2]
        row = Notification.objects.get(pk=draft.row.pk)
        assert (row.state, row.attempts, row.channel) == (STATE.SENDING, 1, "email")
        assert row.message_id == letters.message_id(row)


def test_the_short_way_asks_the_database_once(due: World) -> None:
    token, made = drafted(due)
    made["session_reminder"].passed(token, due.now)  # sheets and links are prepared by now
    with CaptureQueriesContext(connection) as asked:
        assert made["delegation_confirmed"].passed(token, due.now)
    assert (
        len([query for query in asked if "agendaitem" not in query["sql"] or "FOR SHARE" in query["sql"]])
        == 1
    )


def test_both_ways_write_the_same_letter(due: World) -> None:
    token, made = drafted(due)
    for draft in made.values():
        short = draft.passed(token, due.now)
        Notification.objects.filter(pk=draft.row.pk).update(state=STATE.PLANNED)
        Notification.objects.filter(pk=draft.row.pk).update(
            state=STATE.CLAIMED, lease_until=draft.row.lease_until
        )
        long = deliver.gate(draft.row.pk, token, due.now)
        assert short and long
        assert _without_marks(short.content) == _without_marks(long.content)


def _without_marks(content: bytes) -> list[bytes]:
    return [line for line in content.splitlines() if b"=_" not in line]


def _withdraw(world: World) -> None:
    Delegate.objects.update(withdrawn_at=world.now)


CHANGES: dict[str, Callable[[World], Any]] = {
    "cancelled": lambda world: world.cancel(),
    "moved": lambda world: world.move(),
    "another delegate": lambda world: world.name(OTRO),
    "withdrawn": _withdraw,
    "another role": lambda world: Delegate.objects.update(role="companion"),
    "the link revoked": lambda world: Invitation.objects.update(link_generation=F("link_generation") + 1),
    "another address": lambda world: Person.objects.update(email="otra@cast.example"),
    "no address": lambda world: Person.objects.update(email=""),
    "another language": lambda world: Person.objects.update(language="en"),
    "another name": lambda world: Organization.objects.update(name_es="Otra"),
    "another agenda": lambda world: AgendaItem.objects.update(title_es="Otro punto"),
    "another place": lambda world: Session.objects.update(venue="Otra sala"),
    "a closed door": lambda world: Session.objects.update(is_casa_adentro=True),
    "a mesa for members": lambda world: Mesa.objects.update(visibility=Mesa.Visibility.MEMBERS),
    "a choice": lambda world: [
        Preference.objects.create(person=person, kind=kind, choice="never", changed_at=world.now)
        for person in Person.objects.all()
        for kind in KINDS
    ],
    "everything held": lambda world: Hold.objects.create(since=world.now, reason="Prueba"),
    "the lease lost": lambda world: Notification.objects.update(
        lease_until=F("lease_until") - timedelta(hours=1)
    ),
    "another holder": lambda world: Notification.objects.update(lease_token=deliver.uuid.uuid4()),
    "too late": lambda world: Notification.objects.update(not_after=world.now),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_after_the_draft_closes_the_short_way(change: str, due: World) -> None:
    token, made = drafted(due)
    CHANGES[change](due)
    assert len(made) == 2
    for draft in made.values():
        assert draft.passed(token, due.now) is None
        assert Notification.objects.get(pk=draft.row.pk).state == STATE.CLAIMED


def test_the_long_way_then_says_what_is_true_now(due: World) -> None:
    token, made = drafted(due)
    Session.objects.update(venue="Sala nueva")
    letter = deliver._letter(made["session_reminder"].row.pk, {made["session_reminder"].row.pk: made["session_reminder"]}, token, due.now)  # fmt: skip
    assert letter is not None and b"Sala nueva" in letter.content


def test_what_not_everybody_may_see_is_not_drafted(due: World) -> None:
    Mesa.objects.update(visibility=Mesa.Visibility.MEMBERS)
    assert drafted(due)[1] == {}


def test_a_batch_is_drafted_with_constant_queries(world: World) -> None:
    world.convene()
    world.name(TITULAR, ALTERNA)
    world.plan()
    Notification.objects.update(next_try_at=world.now)
    few = [Notification.objects.filter(kind="delegation_confirmed").values_list("pk", flat=True)[0]]
    many = list(Notification.objects.values_list("pk", flat=True))
    counts = []
    for batch in (few, many):
        with CaptureQueriesContext(connection) as asked:
            assert drafts.of(batch)
        counts.append(len(asked))
    assert counts == [5, 5]


class TestHold:
    def test_nothing_is_claimed_while_everything_is_held(self, due: World, sink: Sink) -> None:
        hold = holding.hold_everything(reason="Prueba", by=due.cast.secretariat, now=due.now)
        assert due.send().claimed == 0
        Hold.objects.filter(pk=hold.pk).update(released_at=due.now)
        assert due.send().sent == 2

    def test_what_was_claimed_before_does_not_pass_and_waits(self, due: World, sink: Sink) -> None:
        token = deliver.uuid.uuid4()
        pk = deliver.claim(token, due.now)[0]
        Hold.objects.create(since=due.now, reason="Prueba")
        assert deliver.gate(pk, token, due.now) is None
        assert Notification.objects.get(pk=pk).state == STATE.PLANNED


class TestWays:
    @pytest.mark.parametrize(("choice", "way"), [("never", "inbox"), ("daily", "digest")])
    def test_what_is_not_wanted_at_once_is_kept_and_not_mailed(
        self, choice: str, way: str, due: World, sink: Sink
    ) -> None:
        person = Person.objects.get(email=TITULAR[2])
        Notification.objects.update(due_at=due.now, not_after=due.now + timedelta(days=9))
        Preference.objects.create(person=person, kind="session_reminder", choice=choice, changed_at=due.now)
        due.send()
        row = Notification.objects.get(kind="session_reminder")
        assert (row.state, row.channel, row.sent_at, row.attempts) == (STATE.SENT, way, due.now, 0)
        assert [str(mail["Subject"]) for mail in sink.taken if "Recordatorio" in str(mail["Subject"])] == []
        assert Notification.objects.get(kind="delegation_confirmed").channel == "email"

    def test_an_account_without_an_address_still_has_an_inbox(self, due: World, sink: Sink) -> None:
        account = User.objects.create_user("carmen.loja@cast.example", "una clave larga", name="Carmen Loja")
        Person.objects.filter(email=TITULAR[2]).update(email="", user=account)
        due.send()
        rows = {(row.state, row.channel) for row in Notification.objects.all()}
        assert (rows, sink.taken) == ({(STATE.SENT, "inbox")}, [])

    def test_without_an_address_and_an_account_nothing_is_sent(self, due: World, sink: Sink) -> None:
        Person.objects.filter(email=TITULAR[2]).update(email="")
        due.send()
        assert {row.state for row in Notification.objects.all()} == {STATE.SUPERSEDED}
