"""From what happened to what arrives: dispatch, the clock, the gate, the mail server's answers, the sweeper."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from coordination.activity.models import Activity
from coordination.attendees import actions as attendees
from coordination.commitments import actions as commitments
from coordination.commitments.models import Commitment
from coordination.mesas.models import Mesa
from coordination.notifications import deliver, truths
from coordination.notifications.deliver import claim, gate
from coordination.notifications.models import Notification
from coordination.notifications.queries import figures, oldest_due_age
from coordination.notifications.remind import reconcile, remind
from coordination.notifications.subjects import SUBJECTS, Subject
from coordination.notifications.sweep import sweep
from coordination.organizations.models import Tenure
from coordination.sessions import actions as sessions
from coordination.sessions.models import FollowUpTask, Session
from tests.cast import person
from tests.notifications.conftest import ALTERNA, OTRO, TITULAR, Sink, World

pytestmark = pytest.mark.django_db
STATE = Notification.State
DAY = timedelta(days=1)


def states(kind: str) -> list[str]:
    return [row.state for row in Notification.objects.filter(kind=kind).order_by("id")]


def expire_leases() -> None:
    Notification.objects.filter(lease_until__isnull=False).update(
        lease_until=F("lease_until") - timedelta(minutes=10)
    )


class TestDispatch:
    def test_convening_invites_each_seated_organization_once(self, world: World, sink: Sink) -> None:
        world.convene()
        world.plan()
        assert world.plan().news == 0
        assert world.send().sent == 3
        assert world.send().sent == 0
        carmen = world.cast.carmen.email
        assert len(sink.to(carmen)) == 1
        assert world.invitation(world.cast.ngo).token in sink.to(carmen)[0].get_body(("plain",)).get_content()
        assert Activity.objects.pending().count() == 0

    def test_a_delegation_gets_its_confirmation_and_the_whole_ladder(self, world: World) -> None:
        world.convene()
        world.name(TITULAR, ALTERNA)
        world.plan()
        assert len(world.rows("delegation_confirmed")) == 2
        assert sorted(row.rung for row in world.rows("session_reminder")) == [
            120,
            120,
            1440,
            1440,
            10080,
            10080,
        ]
        soonest = world.rows("session_reminder", rung=120)[0]
        assert soonest.due_at == world.session.starts_at - timedelta(hours=2)
        assert (
            states("answer_reminder").count(STATE.PLANNED) == 4
        )  # the two organizations that have not answered

    def test_an_activity_that_cannot_be_planned_does_not_hold_up_the_others(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.convene()
        session_id = world.session.pk
        Mesa.objects.filter(pk=world.cast.mesa.pk).update(time_zone="Europe/Madrid")
        Session.objects.filter(pk=session_id).update(time_zone="Nowhere/Land")
        Activity.objects.create(
            kind="organization.edited", subject_type="organization", subject_id=1, occurred_at=world.now
        )
        world.plan()
        left = set(Activity.objects.pending().values_list("subject_type", flat=True))
        assert left == {"session", "invitation"}
        Session.objects.filter(pk=session_id).update(time_zone="America/Guayaquil")
        world.plan()
        assert not Activity.objects.pending().exists()
        assert len(world.rows("invitation")) == 3

    def test_a_delegate_swapped_out_and_back_is_reminded_again(self, world: World, sink: Sink) -> None:
        world.convene()
        world.name(TITULAR, ALTERNA)
        world.plan()
        world.send()
        world.name(TITULAR)
        world.plan()
        julia = Notification.objects.filter(recipient__name="Julia Paz", kind="session_reminder")
        assert {row.state for row in julia} == {STATE.SUPERSEDED}
        world.send()
        assert "ya no figura" in sink.to("julia@cast.example")[-1].get_body(("plain",)).get_content()
        world.name(TITULAR, ALTERNA)
        world.plan()
        assert {row.state for row in julia.all()} == {STATE.PLANNED}
        assert julia.count() == 3

    def test_a_new_link_is_sent_again_for_each_request(self, world: World, sink: Sink) -> None:
        world.convene()
        world.plan()
        world.send()
        invitation = world.invitation(world.cast.ngo)
        attendees.renew_link(invitation_id=invitation.pk, by=world.cast.secretariat, now=world.now + DAY)
        world.plan(world.now + DAY)
        world.send(world.now + DAY)
        invitation.refresh_from_db()
        assert invitation.token in sink.to(world.cast.carmen.email)[-1].get_body(("plain",)).get_content()
        assert reconcile(world.now + DAY) == 0


class TestChanges:
    def test_moving_twice_gives_one_notice_of_the_last_date_with_a_higher_sequence(
        self, world: World, sink: Sink, settings: Any
    ) -> None:
        settings.DEBOUNCE_SECONDS = 600
        world.convene()
        world.name(TITULAR)
        world.plan()
        world.send()
        before = len(sink.to("carmen@cast.example"))
        world.move(days=1, at=world.now + timedelta(minutes=1))
        world.plan(world.now + timedelta(minutes=1))
        world.move(days=1, at=world.now + timedelta(minutes=5))
        world.plan(world.now + timedelta(minutes=5))
        assert world.send(world.now + timedelta(minutes=6)).sent == 0
        world.send(world.now + timedelta(minutes=16))
        mine = sink.to("carmen@cast.example")[before:]
        assert len(mine) == 1
        assert b"SEQUENCE:3" in list(mine[0].walk())[-1].get_payload(decode=True)
        current = Notification.objects.filter(kind="session_reminder", state=STATE.PLANNED)
        assert {row.version for row in current} == {3}
        assert set(states("session_moved")) == {STATE.SUPERSEDED, STATE.SENT}

    def test_an_invitation_that_had_not_left_says_the_new_date_and_nothing_else_follows(
        self, world: World, sink: Sink
    ) -> None:
        world.convene()
        world.plan()
        world.move(days=2)
        world.plan()
        world.send(world.now + timedelta(minutes=30))
        assert len(sink.taken) == 3
        assert world.rows("session_moved") == []

    def test_cancelling_reaches_each_once_and_silences_the_rest(self, world: World, sink: Sink) -> None:
        world.convene()
        world.name(TITULAR, ALTERNA)
        world.plan()
        world.send()
        sink.taken.clear()
        world.cancel()
        world.plan()
        for hours in range(0, 24 * 40, 6):
            world.send(world.now + timedelta(hours=hours))
        sent_to = sorted(str(message["To"].addresses[0].addr_spec) for message in sink.taken)
        people = [world.cast.carmen.email, world.cast.luis.email, world.cast.rosa.email]
        assert sent_to == sorted(["carmen@cast.example", "julia@cast.example", *people])
        for message in sink.taken:
            assert b"METHOD:CANCEL" in list(message.walk())[-1].get_payload(decode=True)
        assert not Notification.objects.filter(state=STATE.PLANNED).exists()


class TestClock:
    def test_the_ladder_is_sent_rung_by_rung_each_once(self, world: World, sink: Sink) -> None:
        world.convene()
        world.name(TITULAR)
        world.plan()
        for hours in range(24 * 31):
            world.send(world.now + timedelta(hours=hours))
        subjects_ = [str(m["Subject"]) for m in sink.to("carmen@cast.example")]
        reminders = [line for line in subjects_ if line.startswith("Recordatorio")]
        assert [line.split(":")[0] for line in reminders] == [
            "Recordatorio, en 7 días", "Recordatorio, mañana", "Recordatorio, hoy",
        ]  # fmt: skip

    def test_a_rung_that_was_missed_is_sent_late_only_while_it_is_worth_it(
        self, world: World, sink: Sink
    ) -> None:
        world.convene()
        world.name(TITULAR)
        world.plan()
        world.send()
        sink.taken.clear()
        late = world.session.starts_at - 3 * DAY
        world.send(late)
        assert [str(m["Subject"]).split(":")[0] for m in sink.to("carmen@cast.example")] == [
            "Recordatorio, en 3 días"
        ]
        sweep(world.session.starts_at + timedelta(hours=1))
        assert {row.state for row in world.rows("session_reminder") if row.rung != 10080} == {STATE.EXPIRED}

    def test_an_ended_session_is_followed_up_whether_or_not_anybody_closes_it(
        self, world: World, sink: Sink
    ) -> None:
        world.convene()
        world.plan()
        world.send()
        after = world.session.ends_at + timedelta(minutes=1)
        world.promise(at=world.session.ends_at - timedelta(hours=1))
        world.plan(after)
        sink.taken.clear()
        assert remind(after) == 1
        assert remind(after) == 0
        world.plan(after)
        world.send(after)
        assert FollowUpTask.objects.filter(session=world.session).count() == 3
        told = {str(m["To"].addresses[0].addr_spec): m for m in sink.taken}
        assert set(told) == {world.cast.rosa.email, world.cast.carmen.email}
        assert "FS-001" in told[world.cast.carmen.email].get_body(("plain",)).get_content()

    def test_a_due_date_is_reminded_to_whoever_holds_the_post_then(self, world: World, sink: Sink) -> None:
        world.convene()
        commitment = world.promise(due_in=60)
        world.plan()
        eva = person("Eva Lara", at=world.cast.ngo)
        due = world.now + 60 * DAY
        Tenure.objects.filter(person=world.cast.carmen).update(ends_on=(due - 20 * DAY).date())
        for day in range(75):
            remind(world.now + day * DAY)
            remind(world.now + day * DAY)
            world.send(world.now + day * DAY)
        rows = Notification.objects.filter(kind="commitment_due", subject_id=commitment.pk)
        assert sorted(rows.values_list("rung", "recipient__name", "state")) == [
            (rung, eva.name, "sent") for rung in (-15, -5, 0, 3, 10)
        ]

    def test_the_two_keys_write_to_each_other(self, world: World, sink: Sink) -> None:
        world.convene()
        commitment = world.promise()
        by, now = world.cast.secretariat, world.now
        commitments.report(
            commitment_id=commitment.pk, organization_id=world.cast.ngo.pk, person_id=None, text="Hecho", progress=100,
            asks_verification=True, by=by, now=now,
        )  # fmt: skip
        code = commitments.request_verification_code(
            commitment_id=commitment.pk, organization_id=world.cast.university.pk, person_id=world.cast.luis.pk, by=by, now=now
        )  # fmt: skip
        world.plan()
        world.send()
        luis = sink.to(world.cast.luis.email)
        assert any("/v/" in m.get_body(("plain",)).get_content() for m in luis)
        assert any(code.digits in m.get_body(("plain",)).get_content() for m in luis)
        commitments.verify(
            commitment_id=commitment.pk, organization_id=world.cast.university.pk, person_id=None, decision="returned",
            text="Falta el acta", by=by, now=now,
        )  # fmt: skip
        world.plan()
        world.send()
        assert "Devuelto" in str(sink.to(world.cast.carmen.email)[-1]["Subject"])

    def test_reconcile_adds_what_is_missing_and_then_nothing(self, world: World) -> None:
        world.convene()
        world.name(TITULAR)
        world.plan()
        assert reconcile(world.now) == 0
        Notification.objects.filter(kind="session_reminder").delete()
        assert reconcile(world.now) == 3
        assert reconcile(world.now) == 0

    def test_every_sweep_run_twice_is_once(self, world: World, sink: Sink) -> None:
        world.convene()
        world.name(TITULAR)
        world.plan()
        rows = Notification.objects.count()
        world.plan()
        reconcile(world.now)
        remind(world.now)
        sweep(world.now)
        sweep(world.now)
        assert Notification.objects.count() == rows
        world.send()
        world.send()
        assert len(sink.taken) == len({m["Message-ID"] for m in sink.taken})


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
        assert figures(world.now)["in_flight"] == 3
        expire_leases()
        assert sweep(world.now)["unclaimed"] == 3
        assert figures(world.now)["due_not_sent"] == 3

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
        deliver._mark(pk, token, world.now, deliver.Answer(deliver.Outcome.TAKEN, 250, "OK"), deliver.Tally())
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


def test_the_oldest_due_message_is_what_readiness_asks_for(world: World, sink: Sink) -> None:
    assert oldest_due_age(world.now) is None
    world.convene()
    world.plan()
    assert oldest_due_age(world.now + timedelta(minutes=5)) == timedelta(minutes=5)
    world.send()
    assert oldest_due_age(world.now + timedelta(minutes=5)) is None


def test_closing_late_tells_each_organization_its_commitments_once(world: World, sink: Sink) -> None:
    world.convene()
    by, session = world.cast.secretariat, world.session
    after = session.ends_at + timedelta(hours=2)
    remind(after)
    world.plan(after)
    world.send(after)
    assert world.rows("follow_up_commitments") == []
    world.promise(at=after)
    attendees.close_attendance(session_id=session.pk, by=by, now=after)
    sessions.close(session_id=session.pk, result="held", by=by, now=after + timedelta(hours=1))
    world.plan(after + timedelta(hours=1))
    world.send(after + timedelta(hours=1))
    assert states("follow_up_commitments") == [STATE.SENT]
    assert states("commitment_agreed") == []
    assert Commitment.objects.count() == 1
