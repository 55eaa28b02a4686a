"""Attacks on messages, their links and what tells of them: one test is one hole that stays closed."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.actor import SYSTEM
from accounts.links import make_token
from coordination.common.logs import without_links
from coordination.mesas.models import SecretariatMandate
from coordination.notifications import actions, deliver, holding, preferences, returns
from coordination.notifications.kinds import KINDS
from coordination.notifications.models import Hold, Notification, Preference
from coordination.notifications.permissions import readable_by
from coordination.organizations.models import Person
from coordination.sessions.models import Session
from tests.cast import Cast, acting
from tests.keeping import forget_cached
from tests.notifications.conftest import World

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
READY = "/healthz/ready"


def _with_a_key(patterns: list[Any], path: str = "") -> Iterator[tuple[str, str]]:
    for one in patterns:
        here = path + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _with_a_key(one.url_patterns, here)
        elif "<str:token>" in here:
            yield here, str(here).removeprefix("es/")


ROUTES_WITH_A_KEY = dict(_with_a_key(get_resolver().url_patterns))


@pytest.fixture
def world(cast: Cast) -> World:
    return World(cast)


def planned(world: World, **given: Any) -> Notification:
    values: dict[str, Any] = {
        "recipient": world.cast.luis, "organization": world.cast.university, "kind": "session_reminder",
        "subject_type": "session", "subject_id": world.session.pk, "root_type": "session", "root_id": world.session.pk,
        "mesa_id": world.cast.mesa.pk, "version": 1, "due_at": world.now, "next_try_at": world.now,
        "not_after": timezone.now() + timedelta(days=1),
    }  # fmt: skip
    return Notification.objects.create(**values | given)


class TestWhatIsToldToAnybody:
    """How many messages wait or left was told to whoever asked: a closed session showed as a jump of the figures."""

    def test_the_health_of_the_site_does_not_count_messages_for_strangers(
        self, world: World, sign_in: SignIn
    ) -> None:
        forget_cached()
        before = Client().get(READY).json()
        Session.objects.filter(pk=world.session.pk).update(is_casa_adentro=True)
        for version in range(5):
            planned(world, version=version, state="sent", sent_at=timezone.now())
        forget_cached()
        after = Client().get(READY).json()
        assert after == before
        assert "messages" not in sign_in(world.cast.rosa).get(READY).json()
        assert sign_in(world.cast.ana).get(READY).json()["messages"]["sent"] == 5

    @pytest.mark.parametrize("route", sorted(ROUTES_WITH_A_KEY))
    def test_no_log_line_holds_a_key_whatever_the_door(self, route: str) -> None:
        """Each new door was forgotten: the list of doors stood in the log's own file."""
        token = make_token("any", uuid.uuid4(), 1)
        path = ROUTES_WITH_A_KEY[route].replace("<str:token>", token).replace("<slug:kind>", "invitation")
        told = without_links(
            None, "", {"event": f"Forbidden: /es/{path}", "at": "/a/b/authentication_backends.py"}
        )  # type: ignore[dict-item]
        assert token.split(".")[1][:8] not in told["event"]
        assert told["at"] == "/a/b/authentication_backends.py"


class TestLinksToPreferences:
    def test_a_corrected_address_takes_the_key_from_the_old_mailbox(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        """Who reads the wrong mailbox kept the link, the name behind it, and the choice of what is sent."""
        old = preferences.link(cast.carmen)
        page = reverse("admin:organizations_person_change", args=[cast.carmen.pk])
        form = {
            "name": cast.carmen.name,
            "email": "carmen.loja@puente.example",
            "language": "es",
            "bounces": 2,
        }
        tenures = {"tenures-TOTAL_FORMS": 0, "tenures-INITIAL_FORMS": 0}
        assert sign_in(cast.ana).post(page, form | tenures).status_code == 302
        assert Client().get(old).status_code == 410
        cast.carmen.refresh_from_db()
        assert (cast.carmen.email, cast.carmen.bounces) == ("carmen.loja@puente.example", 0)
        assert Client().get(preferences.link(cast.carmen)).status_code == 200

    def test_only_the_one_click_door_asks_for_no_token_against_forgery(
        self, cast: Cast, sign_in: SignIn
    ) -> None:
        token = preferences.token(cast.carmen)
        strict = Client(enforce_csrf_checks=True)
        for name in ("preferences", "preferences_renew", "preferences_revoke"):
            assert strict.post(reverse(f"notifications:{name}", args=[token])).status_code == 403
        staff = Client(enforce_csrf_checks=True)
        staff.force_login(cast.ana.user)
        for path in ("mensajes/retencion/", "mensajes/retencion/soltar/", "avisos/leidos/", "mi-cuenta/avisos/", f"mensajes/{uuid.uuid4()}/reenviar/"):  # fmt: skip
            assert staff.post(f"/es/{path}", {"reason": "x", "which": "overdue"}).status_code == 403
        assert not Hold.objects.exists()
        stop = preferences.stop_link(cast.carmen, KINDS["session_reminder"])
        assert strict.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200

    def test_no_key_opens_another_door(self, world: World) -> None:
        world.convene()
        carmen, kind = world.cast.carmen, "session_reminder"
        own, stop = preferences.token(carmen), preferences.stop_link(carmen, KINDS[kind]).split("/")[3]
        called = world.invitation(world.cast.ngo).token
        for token, other in ((own, kind), (called, kind), (stop, "commitment_due"), (stop, "daily_digest")):
            path = reverse("notifications:unsubscribe", args=[token, other])
            assert Client().post(path).status_code in (404, 410)
        for token in (stop, called):
            assert Client().post(reverse("notifications:preferences_revoke", args=[token])).status_code in (
                404,
                410,
            )
            assert Client().get(reverse("notifications:preferences", args=[token])).status_code in (404, 410)
        for token in (own, stop):
            for door in ("attendees:invitation", "commitments:report", "organizations:join_confirm"):
                assert Client().get(reverse(door, args=[token])).status_code in (404, 410)
        assert not Preference.objects.exists()


class TestHolding:
    def test_a_message_let_go_alone_and_held_alone_stays_when_everything_is_released(
        self, world: World
    ) -> None:
        """It still bore the mark of the great hold, and left with all the others."""
        row = planned(world)
        holding.hold_restored(reason="restaurada", by=acting(world.cast.ana), now=world.now)
        actions.release(notification_id=row.pk, by=world.cast.secretariat, now=world.now)
        actions.hold(notification_id=row.pk, by=world.cast.secretariat, now=world.now)
        done = holding.release(overdue=True, by=acting(world.cast.ana), now=world.now)
        row.refresh_from_db()
        assert (row.state, done.freed) == ("held", 0)


def at_once(first: Callable[[], object], second: Callable[[], object]) -> list[Exception]:
    """The second begins before the first has committed, and waits for it; what it was refused with."""
    begun, told = threading.Event(), []

    def run() -> None:
        begun.wait(5)
        try:
            second()
        except Exception as refused:
            told.append(refused)
        finally:
            connection.close()

    other = threading.Thread(target=run)
    other.start()
    with transaction.atomic():
        first()
        begun.set()
        time.sleep(0.5)
    other.join(10)
    return told


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_who_hold_everything_are_told_apart(self, cast: Cast) -> None:
        """The second saw nothing held yet, waited for the first, and got an error page."""

        def hold() -> None:
            holding.hold_everything(reason="incidente", by=SYSTEM, now=timezone.now())

        (refused,) = at_once(hold, hold)
        assert isinstance(refused, holding.AlreadyHeld)
        assert Hold.objects.count() == 1

    def test_two_who_release_everything_are_told_apart(self, cast: Cast) -> None:
        holding.hold_everything(reason="incidente", by=SYSTEM, now=timezone.now())

        def release() -> None:
            holding.release(overdue=True, by=SYSTEM, now=timezone.now())

        (refused,) = at_once(release, release)
        assert isinstance(refused, holding.NotHeld)

    def test_two_who_send_it_again_make_one_copy(self, world: World) -> None:
        """The second waited for the lock with an old look at the copies, and got an error page."""
        world.convene()
        world.plan()
        row = Notification.objects.filter(kind="invitation").first()
        assert row
        for state in ("claimed", "sending", "failed"):
            lease = {"lease_token": uuid.uuid4(), "lease_until": timezone.now()} if state != "failed" else {}
            Notification.objects.filter(pk=row.pk).update(state=state, **lease)

        def resend() -> None:
            actions.resend(notification_id=row.pk, by=world.cast.secretariat, now=world.now)

        (refused,) = at_once(resend, resend)
        assert isinstance(refused, actions.TooSoon)
        assert Notification.objects.filter(recipient=row.recipient, kind="invitation").count() == 2

    def test_who_holds_what_another_lets_go_is_told(self, world: World) -> None:
        row = planned(world)

        def keep() -> None:
            actions.hold(notification_id=row.pk, by=SYSTEM, now=world.now)

        (refused,) = at_once(keep, keep)
        assert isinstance(refused, actions.CannotHold)


class TestWhoReads:
    def test_a_former_secretariat_finds_nothing(self, world: World, sign_in: SignIn) -> None:
        row = planned(world)
        SecretariatMandate.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
        client = sign_in(world.cast.rosa)
        assert client.get(reverse("notifications:messages")).status_code == 403
        for name in ("message", "letter"):
            assert client.get(reverse(f"notifications:{name}", args=[row.public_id])).status_code == 404
        for name in ("resend", "keep_back", "let_go"):
            assert client.post(reverse(f"notifications:{name}", args=[row.public_id])).status_code == 404

    @pytest.mark.parametrize("text", ["\0", "%", "_", "\\", "'\"<script>alert(1)</script>", "x" * 100_000, "IIII", "m" * 90, "9" * 99, "FS-" + "9" * 30, "²-²"], ids=range(11))  # fmt: skip
    def test_strange_words_find_nothing_and_break_nothing(
        self, text: str, world: World, sign_in: SignIn
    ) -> None:
        planned(world)
        client = sign_in(world.cast.rosa)
        seen = client.get(
            reverse("notifications:messages"),
            {
                "q": text,
                "group": "all",
                "page": "9" * 40,
                "kind": text,
                "mesa": text,
                "session": text,
                "commitment": text,
            },
        )
        assert seen.status_code == 200
        assert b"<script>alert" not in seen.content
        if len(text) == 1 and text != "\0":
            assert not seen.context["lines"]

    def test_hostile_words_do_not_become_markup_in_a_letter(self, world: World, sign_in: SignIn) -> None:
        evil = "<img src=x onerror=alert(1)>"
        Session.objects.filter(pk=world.session.pk).update(
            topic_es=evil, topic_en=evil, venue=evil, address=evil
        )
        Person.objects.filter(pk=world.cast.luis.pk).update(name=f"Luis {evil}\r\nBcc: all@cast.example")
        world.convene()
        world.plan()
        client = sign_in(world.cast.rosa)
        for row in Notification.objects.all():
            seen = client.get(reverse("notifications:letter", args=[row.public_id]))
            assert seen.status_code == 200
            assert evil.encode() not in seen.content
            assert (
                "sandbox" in seen["Content-Security-Policy"]
                and "default-src 'none'" in seen["Content-Security-Policy"]
            )
            assert (
                evil.encode()
                not in client.get(reverse("notifications:message", args=[row.public_id])).content
            )


class TestWhatNoLongerExists:
    def test_a_message_of_a_kind_no_longer_made_is_told_and_not_sent(
        self, world: World, sign_in: SignIn
    ) -> None:
        """Its page was an error of ours, and so was the button to send it again."""
        row = planned(world, kind="old_kind", state="failed")
        client = sign_in(world.cast.rosa)
        assert client.get(reverse("notifications:message", args=[row.public_id])).status_code == 200
        assert client.get(reverse("notifications:letter", args=[row.public_id])).status_code == 404
        assert client.post(reverse("notifications:resend", args=[row.public_id])).status_code == 302
        assert not Notification.objects.exclude(pk=row.pk).exists()
        other = planned(world, kind="older_kind")
        token = uuid.uuid4()
        assert other.pk in deliver.claim(token, timezone.now())
        assert deliver.gate(other.pk, token, timezone.now()) is None
        other.refresh_from_db()
        assert other.state == "superseded"

    def test_hidden_and_missing_answer_alike(self, world: World, sign_in: SignIn) -> None:
        row = planned(world)
        Session.objects.filter(pk=world.session.pk).update(is_casa_adentro=True)
        client = sign_in(world.cast.rosa)
        for name in ("message", "letter"):
            hidden = client.get(reverse(f"notifications:{name}", args=[row.public_id]))
            missing = client.get(reverse(f"notifications:{name}", args=[uuid.uuid4()]))
            assert hidden.status_code == missing.status_code == 404
            assert len(hidden.content) == len(missing.content)

    def test_without_a_person_behind_the_account_nothing_breaks(self, world: World, sign_in: SignIn) -> None:
        Person.objects.filter(pk=world.cast.ana.pk).update(user=None)
        planned(world)
        client = Client()
        client.force_login(world.cast.ana.user)
        for name in ("messages", "gallery", "hold", "inbox", "my_preferences"):
            assert client.get(reverse(f"notifications:{name}")).status_code == 200
        assert client.post(reverse("notifications:inbox_read_all")).status_code == 302
        assert client.get("/es/estado-del-sistema/").status_code == 200


class TestSummaries:
    """An organization with nothing going on but a closed session had a summary, and administrators saw that it had."""

    def seen(self, world: World, client: Client) -> tuple[set[str], bool]:
        rows = readable_by(acting(world.cast.ana)).values_list("kind", flat=True)
        page = client.get(reverse("admin:notifications_notification_changelist")).content.decode()
        return set(rows), "_digest" in page

    def test_nobody_learns_of_a_closed_matter_by_a_summary(self, world: World, sign_in: SignIn) -> None:
        world.convene()
        carmen, ngo = world.cast.carmen, world.cast.ngo
        week = {"kind": "organization_digest", "subject_type": "organization", "subject_id": ngo.pk, "root_type": "organization", "root_id": ngo.pk}  # fmt: skip
        daily = {"kind": "daily_digest", "subject_type": "person", "subject_id": carmen.pk, "root_type": "person", "root_id": carmen.pk}  # fmt: skip
        for one in (week, daily):
            planned(
                world,
                recipient=carmen,
                organization=ngo,
                mesa_id=None,
                due_at=world.now + timedelta(hours=9),
                **one,
            )
        planned(world, recipient=carmen, state="sent", sent_at=world.now, channel="digest")
        client = sign_in(world.cast.ana)
        assert self.seen(world, client) == ({"session_reminder", "daily_digest", "organization_digest"}, True)
        Session.objects.update(is_casa_adentro=True)
        assert self.seen(world, client) == (set(), False)
        world.promise(at=world.now)
        Session.objects.update(is_casa_adentro=False)
        assert "organization_digest" in self.seen(world, client)[0]


class TestTheProvidersDoor:
    def test_a_mailbox_that_takes_and_returns_everything_is_marked(self, world: World) -> None:
        """Each yes of the provider wiped out the bounce before it: two in a row were never counted."""
        carmen = world.cast.carmen
        for version in (1, 2, 3):
            row = planned(
                world, recipient=carmen, version=version, state="sent", channel="email", message_id=f"<{version}@x>",
                sent_at=world.now + timedelta(hours=version),
            )  # fmt: skip
            Person.objects.filter(pk=carmen.pk).update(bounces=0)  # the provider took it
            returns.bounced(message_id=row.message_id, given_id="", reason="hard")
            carmen.refresh_from_db()
            assert carmen.bounces == min(version, 2)
        planned(
            world,
            recipient=carmen,
            version=4,
            state="sent",
            channel="email",
            sent_at=world.now + timedelta(hours=4),
        )
        row = planned(world, recipient=carmen, version=5, state="sent", channel="email", message_id="<5@x>", sent_at=world.now + timedelta(hours=5))  # fmt: skip
        Person.objects.filter(pk=carmen.pk).update(bounces=0)
        returns.bounced(message_id=row.message_id, given_id="", reason="hard")
        carmen.refresh_from_db()
        assert carmen.bounces == 1


def test_a_bounce_before_our_own_mark_counts_too(world: World) -> None:
    lease = {"lease_token": uuid.uuid4(), "lease_until": timezone.now()}
    row = planned(world, state="sending", channel="email", message_id="<1@x>", **lease)
    assert returns.bounced(message_id=row.message_id, given_id="", reason="hard")
    assert Person.objects.get(pk=row.recipient_id).bounces == 1


@pytest.mark.parametrize("year", ["99999", "9" * 30, "\0"])
def test_a_year_that_no_calendar_has_finds_the_page_of_holidays(
    year: str, cast: Cast, sign_in: SignIn
) -> None:
    page = sign_in(cast.ana).get(reverse("admin:taxonomies_holiday_changelist"), {"year": year})
    assert page.status_code == 200
