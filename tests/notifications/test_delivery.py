"""From a due row to a mailbox: the gate, the mail server's answers, the sweeper, the database's own rules."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from coordination.mesas.models import Mesa
from coordination.notifications import deliver, truths
from coordination.notifications.deliver import claim, gate
from coordination.notifications.models import Notification
from coordination.notifications.queries import health
from coordination.notifications.subjects import SUBJECTS, Subject
from coordination.notifications.sweep import sweep
from tests.notifications.conftest import OTRO, TITULAR, Sink, World

pytestmark = pytest.mark.django_db
STATE = Notification.State
DAY = timedelta(days=1)


def states(kind: str) -> list[str]:
    return [row.state for row in Notification.objects.filter(kind=kind).order_by("id")]


def expire_leases() -> None:
    Notification.objects.filter(lease_until__isnull=False).update(
        lease_until=F("lease_until") - timedelta(minutes=10)
    )


class TestGate:
    @pytest.fixture
    def claimed(self, world: World) -> tuple[Any, list[int]]:
        world.convene()
        world.name(TITULAR)
        world.plan()
        Notification.objects.filter(kind="session_reminder", rung=120).update(next_try_at=world.now)
        Notification.objects.exclude(kind="session_reminder", rung=120).delete()
        token = deliver.uuid.uuid4()
        return token, claim(token, world.now)

    def test_what_is_true_passes(self, world: World, claimed: tuple[Any, list[int]]) -> None:
        token, (pk,) = claimed
        letter = gate(pk, token, world.now)
        assert letter is not None and letter.recipient == "carmen@cast.example"
        assert states("session_reminder") == [STATE.SENDING]

    def test_a_cancellation_between_claim_and_gate_is_seen(
        self, world: World, claimed: tuple[Any, list[int]]
    ) -> None:
        token, (pk,) = claimed
        world.cancel()
        assert gate(pk, token, world.now) is None
        assert states("session_reminder") == [STATE.SUPERSEDED]

    def test_without_the_gate_it_would_have_left(
        self, world: World, claimed: tuple[Any, list[int]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The negative control: the test above fails when nobody asks whether it is still true."""
        token, (pk,) = claimed
        world.cancel()
        monkeypatch.setattr(deliver.subjects, "is_true", lambda row, subject, now: True)
        assert gate(pk, token, world.now) is not None

    def test_a_move_between_claim_and_gate_is_seen(
        self, world: World, claimed: tuple[Any, list[int]]
    ) -> None:
        token, (pk,) = claimed
        world.move()
        assert gate(pk, token, world.now) is None

    def test_who_left_the_delegation_gets_nothing(self, world: World, claimed: tuple[Any, list[int]]) -> None:
        token, (pk,) = claimed
        world.name(OTRO)
        assert gate(pk, token, world.now) is None

    def test_who_may_no_longer_see_the_mesa_gets_nothing(
        self, world: World, claimed: tuple[Any, list[int]]
    ) -> None:
        token, (pk,) = claimed
        Mesa.objects.update(visibility=Mesa.Visibility.MEMBERS)
        assert gate(pk, token, world.now) is not None
        Notification.objects.filter(pk=pk).update(state=STATE.PLANNED)
        world.cast.seats["ngo"].ends_on = (world.now - DAY).date()
        world.cast.seats["ngo"].save()
        token = deliver.uuid.uuid4()
        claim(token, world.now)
        assert gate(pk, token, world.now) is None

    def test_a_lost_lease_is_refused(self, world: World, claimed: tuple[Any, list[int]]) -> None:
        token, (pk,) = claimed
        assert gate(pk, deliver.uuid.uuid4(), world.now) is None
        expire_leases()
        assert gate(pk, token, world.now) is None

    def test_too_late_is_expired(self, world: World, claimed: tuple[Any, list[int]]) -> None:
        token, (pk,) = claimed
        assert gate(pk, token, world.session.starts_at + DAY) is None
        assert states("session_reminder") == [STATE.EXPIRED]

    def test_every_kind_has_its_question(self) -> None:
        from coordination.notifications.kinds import KINDS

        for kind in KINDS.values():
            subject: Subject = SUBJECTS[kind.subject_type]
            assert kind.name in subject.truths
        assert truths.OVER


class TestAnswers:
    @pytest.fixture
    def due(self, world: World) -> World:
        world.convene()
        world.plan()
        Notification.objects.exclude(recipient=world.cast.carmen, kind="invitation").delete()
        return world

    def one(self) -> Notification:
        return Notification.objects.get()

    def test_taken_is_sent_and_forgives_old_refusals(self, due: World, sink: Sink) -> None:
        due.cast.carmen.bounces = 1
        due.cast.carmen.save()
        due.send()
        row = self.one()
        due.cast.carmen.refresh_from_db()
        assert (row.state, row.answer_code, row.attempts, due.cast.carmen.bounces) == (STATE.SENT, 250, 1, 0)

    @pytest.mark.parametrize("answer", ["421 later", "451 later", "452 full"])
    def test_not_now_is_tried_again_after_a_while(self, due: World, sink: Sink, answer: str) -> None:
        sink.order(due.cast.carmen.email, answer, answer)
        due.send()
        row = self.one()
        wait = (row.next_try_at - due.now).total_seconds()
        assert row.state == STATE.PLANNED and 54 <= wait <= 72
        assert due.send().sent == 0
        due.send(due.now + timedelta(minutes=2))
        wait = (self.one().next_try_at - due.now - timedelta(minutes=2)).total_seconds()
        assert 270 <= wait <= 360
        due.send(due.now + timedelta(minutes=10))
        assert self.one().state == STATE.SENT
        assert len(sink.taken) == 1

    @pytest.mark.parametrize("answer", ["550 no such mailbox", "554 no"])
    def test_never_is_never_tried_again_and_is_remembered(self, due: World, sink: Sink, answer: str) -> None:
        sink.order(due.cast.carmen.email, answer)
        due.send()
        for days in range(3):
            due.send(due.now + days * DAY)
        due.cast.carmen.refresh_from_db()
        assert (self.one().state, due.cast.carmen.bounces, sink.taken) == (STATE.FAILED, 1, [])

    def test_a_line_broken_before_the_dot_is_surely_not_sent(self, due: World, sink: Sink) -> None:
        sink.order(due.cast.carmen.email, "hang up before the dot")
        due.send()
        assert self.one().state == STATE.PLANNED
        due.send(due.now + timedelta(minutes=2))
        assert self.one().state == STATE.SENT
        assert len(sink.taken) == 1

    def test_a_line_broken_after_the_dot_gives_one_more_try_under_the_same_id(
        self, due: World, sink: Sink
    ) -> None:
        sink.order(due.cast.carmen.email, "hang up after the dot", "hang up after the dot")
        due.send()
        assert self.one().state == STATE.UNKNOWN
        sweep(due.now)
        assert self.one().state == STATE.UNKNOWN  # its holder may still be about to mark it
        expire_leases()
        sweep(due.now)
        assert self.one().state == STATE.PLANNED
        due.send()
        expire_leases()
        sweep(due.now)
        sweep(due.now)
        assert (self.one().state, self.one().doubts) == (STATE.UNKNOWN, 2)
        assert len(sink.taken) == 2
        assert len({m["Message-ID"] for m in sink.taken}) == 1

    def test_a_broken_line_does_not_stop_the_batch(self, world: World, sink: Sink) -> None:
        world.convene()
        world.plan()
        sink.order(world.cast.rosa.email, "hang up before the dot")
        tally = world.send()
        assert (tally.sent, tally.postponed) == (2, 1)

    def test_a_server_that_is_away_costs_no_try(self, due: World, settings: Any) -> None:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        due.send()
        row = self.one()
        assert (row.state, row.attempts) == (STATE.PLANNED, 0)
        assert row.next_try_at == due.now + deliver.SERVER_AWAY

    def test_a_letter_that_cannot_be_written_waits_and_the_others_leave(
        self, world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.convene()
        world.plan()
        carmen = world.cast.carmen
        carmen.language = "xx"
        carmen.save()
        tally = world.send()
        assert (tally.sent, tally.postponed) == (2, 1)
        row = Notification.objects.get(recipient=carmen, kind="invitation")
        assert (row.state, row.answer_text) == (STATE.PLANNED, "TemplateDoesNotExist")


class TestSweeper:
    def test_a_dead_claim_is_planned_again(self, world: World) -> None:
        world.convene()
        world.plan()
        claim(deliver.uuid.uuid4(), world.now)
        sweep(world.now)
        assert health(world.now).in_flight == 3
        expire_leases()
        assert sweep(world.now)["unclaimed"] == 3
        assert health(world.now).due_not_sent == 3

    def test_a_dead_sender_leaves_a_doubt_and_a_slow_one_can_still_say_it_was_sent(
        self, world: World, sink: Sink
    ) -> None:
        world.convene()
        world.plan()
        token = deliver.uuid.uuid4()
        pk = claim(token, world.now)[0]
        gate(pk, token, world.now)
        Notification.objects.filter(pk=pk).update(lease_until=F("lease_until") - timedelta(minutes=3))
        assert sweep(world.now)["unknown"] == 1
        deliver.mark(pk, token, world.now, deliver.Answer(deliver.Outcome.TAKEN, 250, "OK"))
        assert Notification.objects.get(pk=pk).state == STATE.SENT

    def test_two_claims_never_share_a_row(self, world: World) -> None:
        world.convene()
        world.plan()
        first = claim(deliver.uuid.uuid4(), world.now, limit=2)
        second = claim(deliver.uuid.uuid4(), world.now, limit=2)
        assert (len(first), len(second)) == (2, 1)
        assert not set(first) & set(second)


class TestDatabase:
    @pytest.mark.parametrize(
        ("path", "wrong"),
        [
            ([], "sent"), ([], "sending"), ([], "unknown"), (["claimed"], "sent"), (["claimed", "sending"], "superseded"),
            (["claimed", "sending", "sent"], "planned"), (["claimed", "sending", "failed"], "planned"),
            (["expired"], "planned"), (["superseded"], "claimed"),
        ],
    )  # fmt: skip
    def test_a_wrong_move_is_refused(self, world: World, path: list[str], wrong: str) -> None:
        world.convene()
        world.plan()
        row = Notification.objects.filter(kind="invitation").first()
        assert row is not None
        rows = Notification.objects.filter(pk=row.pk)
        lease = {"lease_token": deliver.uuid.uuid4(), "lease_until": world.now, "sent_at": world.now}
        for state in path:
            rows.update(state=state, **lease)
        with pytest.raises(DatabaseError, match="cannot move"), transaction.atomic():
            rows.update(state=wrong, **lease)

    def test_the_same_message_cannot_exist_twice(self, world: World) -> None:
        world.convene()
        world.plan()
        row = Notification.objects.filter(kind="invitation").first()
        assert row is not None
        row.pk = None
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save(force_insert=True)

    def test_no_body_and_no_address_is_kept(self) -> None:
        with connection.cursor() as cursor:
            columns = {
                column.name
                for column in connection.introspection.get_table_description(
                    cursor, "notifications_notification"
                )
            }
        assert not columns & {"body", "subject", "text", "html", "email", "address"}
