"""From what happened to what arrives: dispatch, changes, the clock, the sweeps run twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from coordination.activity.models import Activity
from coordination.attendees import actions as attendees
from coordination.commitments import actions as commitments
from coordination.commitments.models import Commitment
from coordination.mesas.models import Mesa
from coordination.notifications.models import Notification
from coordination.notifications.queries import oldest_due_age
from coordination.notifications.remind import reconcile, remind
from coordination.notifications.sweep import sweep
from coordination.organizations.models import Tenure
from coordination.sessions import actions as sessions
from coordination.sessions.models import FollowUpTask
from tests.cast import person
from tests.notifications.conftest import ALTERNA, TITULAR, Sink, World

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
        mesa = Mesa.objects.filter(pk=world.cast.mesa.pk)
        mesa.update(session_ladder_since={"120": "not a moment"})
        Activity.objects.create(
            kind="organization.edited", subject_type="organization", subject_id=1, occurred_at=world.now
        )
        world.plan()
        left = set(Activity.objects.pending().values_list("subject_type", flat=True))
        assert left == {"session", "invitation"}
        mesa.update(session_ladder_since={})
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
        assert FollowUpTask.objects.filter(session=world.session).count() == 5
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
        rows = Notification.objects.filter(
            kind__in=("commitment_due", "commitment_letter"), subject_id=commitment.pk
        )
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
        remind(world.now)  # it is Monday: the week of each organization
        assert reconcile(world.now) == 0
        Notification.objects.filter(kind="session_reminder").delete()
        assert reconcile(world.now) == 3
        assert reconcile(world.now) == 0

    def test_every_sweep_run_twice_is_once(self, world: World, sink: Sink) -> None:
        world.convene()
        world.name(TITULAR)
        world.plan()
        remind(world.now)
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
