"""Who waits is told so; who is promoted is told that; who leaves a post takes no link along."""

from datetime import timedelta

import pytest

from coordination.attendees import actions
from coordination.attendees.actions import DelegateData
from coordination.attendees.models import Delegate, Invitation
from coordination.notifications.models import Notification
from coordination.organizations import actions as organizations
from coordination.organizations.models import Post, Tenure
from coordination.sessions.models import Session
from tests.attendees.inviting import by_link, kinds
from tests.cast import person
from tests.notifications.conftest import Sink, World

pytestmark = pytest.mark.django_db
TWO = [
    DelegateData("principal", "Ana Uno", "ana@uno.example"),
    DelegateData("alternate", "Eva Dos", "eva@dos.example"),
]


def named(world: World, people: list[DelegateData] = TWO) -> Invitation:
    invitation = world.invitation(world.cast.university)
    return actions.answer(
        invitation_id=invitation.pk,
        version=invitation.version,
        modality="in_person",
        delegates=people,
        by=by_link(invitation),
        now=world.now,
    )


def of(name: str) -> list[str]:
    rows = Notification.objects.filter(recipient__name=name).exclude(state="superseded")
    return sorted({row.kind for row in rows})


def test_who_waits_gets_no_confirmation_and_who_is_promoted_gets_one_letter(world: World, sink: Sink) -> None:
    world.convene()
    Session.objects.filter(pk=world.session.pk).update(capacity=1)
    named(world)
    world.plan()
    assert of("Eva Dos") == ["delegation_waiting"]
    assert "delegation_confirmed" in of("Ana Uno") and "session_reminder" in of("Ana Uno")
    world.send()
    invitation = world.invitation(world.cast.university)
    swapped = [DelegateData("principal", "Eva Dos", "eva@dos.example")]
    actions.answer(
        invitation_id=invitation.pk, version=invitation.version, modality="in_person",
        delegates=swapped, by=by_link(invitation), now=world.now + timedelta(minutes=5),
    )  # fmt: skip
    assert Delegate.objects.with_a_place().get().person.name == "Eva Dos"
    world.now += timedelta(minutes=10)
    world.plan()
    assert "delegation_confirmed" in of("Eva Dos"), "her organization gave her its own place"
    assert "delegation_withdrawn" in of("Ana Uno")


def test_a_larger_room_takes_who_waits_and_tells_them_with_the_calendar(world: World, sink: Sink) -> None:
    world.convene()
    Session.objects.filter(pk=world.session.pk).update(capacity=1)
    named(world)
    world.plan()
    world.send()
    assert actions.promote_waiting(session_id=world.session.pk, now=world.now) == 0
    Session.objects.filter(pk=world.session.pk).update(capacity=2)
    world.now += timedelta(minutes=5)
    assert actions.promote_waiting(session_id=world.session.pk, now=world.now) == 1
    world.plan()
    assert "delegation_promoted" in of("Eva Dos") and "session_reminder" in of("Eva Dos")
    assert "delegation_confirmed" not in of("Eva Dos")
    world.send()
    letter = Notification.objects.get(kind="delegation_promoted")
    assert letter.state == "sent" and letter.recipient.name == "Eva Dos"


def test_a_link_passed_on_goes_to_the_colleague_alone(world: World, sink: Sink) -> None:
    world.convene()
    invitation = world.invitation(world.cast.university)
    actions.pass_on(
        invitation_id=invitation.pk, name="Eva Dos", email="eva@dos.example", by=by_link(invitation), now=world.now
    )  # fmt: skip
    world.plan()
    row = Notification.objects.get(kind="link_passed_on")
    assert row.recipient.name == "Eva Dos"
    world.send()
    row.refresh_from_db()
    assert row.state == "sent"


def test_who_left_the_post_takes_no_link_along(world: World) -> None:
    world.convene()
    invitation = world.invitation(world.cast.university)
    tenure = Tenure.objects.get(person=world.cast.luis)
    today = world.now.date()
    organizations.end_tenure(tenure_id=tenure.pk, on=today, by=world.cast.secretariat, now=world.now)
    assert actions.retire_links(now=world.now) == 0, "today is still a day of theirs"
    tomorrow = world.now + timedelta(days=1)
    person("Nueva Voz", at=world.cast.university)
    assert actions.retire_links(now=tomorrow) == 1
    assert actions.retire_links(now=tomorrow + timedelta(days=1)) == 0
    fresh = Invitation.objects.get(pk=invitation.pk)
    assert fresh.link_generation == 2 and fresh.token != invitation.token
    assert kinds(fresh)[-2:] == ["invitation.link_revoked", "invitation.link_renewed"]
    world.now = tomorrow
    world.plan()
    assert Notification.objects.get(kind="link_renewed").recipient.name == "Nueva Voz"


def test_who_still_speaks_through_another_post_keeps_the_link(world: World) -> None:
    world.convene()
    tenure = Tenure.objects.get(person=world.cast.luis)
    head = Post.objects.create(organization=world.cast.university, title_es="Rectorado", kind=Post.Kind.HEAD)
    Tenure.objects.create(post=head, person=world.cast.luis, starts_on=tenure.starts_on)
    organizations.end_tenure(
        tenure_id=tenure.pk, on=world.now.date(), by=world.cast.secretariat, now=world.now
    )
    assert actions.retire_links(now=world.now + timedelta(days=1)) == 0
