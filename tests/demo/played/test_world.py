"""The living mesas and the people in them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.management import call_command
from django.db import models

from accounts.models import User
from coordination.activity.models import Activity
from coordination.attendees.letter import sent_letter
from coordination.commitments.lights import traffic_light
from coordination.commitments.models import Commitment
from coordination.demo import people, world
from coordination.demo.files import DATA
from coordination.demo.living import QUITO, _Player
from coordination.demo.world import Loaded
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Role, roles
from coordination.notifications.dispatch import dispatch
from coordination.notifications.models import Notification
from coordination.notifications.remind import reconcile, remind
from coordination.organizations.models import Person
from coordination.organizations.queries import actor_of
from coordination.sessions.models import Series, Session
from tests.demo.conftest import NOW

TODAY = NOW.astimezone(QUITO).date()


def tally() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in apps.get_models()}


def live(prefix: str) -> Iterator[Session]:
    yield from Session.objects.filter(mesa__code_prefix=prefix, provenance="live").order_by("number")


def test_there_is_a_session_in_every_state(demo: Loaded) -> None:
    states = {
        prefix: [session.state for session in live(prefix)]
        for prefix in ("MT", "FC", "FN", "TU", "IE", "FS", "HQ")
    }
    assert states == {
        "MT": ["draft"],
        "FC": ["held", "announced"],
        "FN": ["convened"],
        "TU": ["convened", *["draft"] * 4],
        "IE": ["convened"],
        "FS": ["held", "held", "convened"],
        "HQ": ["held", "held"],
    }


def test_one_is_today_one_was_yesterday_one_is_open_for_registration(demo: Loaded) -> None:
    today, yesterday, ahead = (next(live(prefix)) for prefix in ("TU", "IE", "FN"))
    assert today.starts_at and today.starts_at.astimezone(QUITO).date() == TODAY
    assert today.starts_at - timedelta(hours=2) <= NOW < today.starts_at
    assert yesterday.ends_at and NOW - timedelta(days=1, hours=12) < yesterday.ends_at < NOW
    assert (yesterday.closed_at, yesterday.follow_up_planned_at) == (None, None)
    assert ahead.registration_closes_at and ahead.registration_closes_at > NOW
    answers = set(ahead.invitations.values_list("state", flat=True))
    assert answers == {"pending", "seen", "accepted", "declined"}


@pytest.mark.parametrize(("hour", "starts"), [(2, 8), (10, 11), (23, 23)])
def test_the_session_of_today_is_today_at_any_hour(hour: int, starts: int) -> None:
    player = object.__new__(_Player)
    player.now = datetime(2026, 3, 4, hour, 20, tzinfo=QUITO)
    soon = player._soon()
    assert (soon.date(), soon.hour) == (player.now.date(), starts)


def test_the_lights_of_the_closed_session_are_all_there(demo: Loaded) -> None:
    commitments = Commitment.objects.filter(mesa__code_prefix="FS")
    codes = {traffic_light(commitment, TODAY).code for commitment in commitments}
    assert codes == {"green", "amber", "red", "disputed", "grey"}
    assert commitments.count() <= 14
    states = set(Commitment.objects.filter(mesa__in=Mesa.objects.live()).values_list("state", flat=True))
    assert states == set(Commitment.State.values) - {Commitment.State.UNKNOWN}
    assert Commitment.objects.overdue(TODAY).count() >= 2


def test_a_convened_session_has_its_letters(demo: Loaded) -> None:
    session = Session.objects.filter(state="convened", ends_at__gt=NOW).order_by("pk")[0]
    for invitation in session.invitations.select_related("organization", "post"):
        assert sent_letter(invitation, now=NOW, language="es").startswith(b"%PDF")


def test_a_proposal_waits_at_the_gate(demo: Loaded) -> None:
    assert Commitment.objects.get(mesa__code_prefix="IE", state="proposed").verifier is None


def test_every_living_mesa_says_that_it_is_fictitious(demo: Loaded) -> None:
    for mesa in Mesa.objects.live():
        assert "demostración" in mesa.name_es
        assert "ficticios" in mesa.notes[0]["es"]
    assert not Person.objects.filter(is_fictitious=False).exists()


def test_no_address_leaves_the_reserved_domain(demo: Loaded) -> None:
    found = 0
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.EmailField):
                for address in model._default_manager.exclude(**{field.name: ""}).values_list(
                    field.name, flat=True
                ):
                    assert address.endswith(".example"), (model, address)
                    found += 1
    assert found > 50


def test_rosa_keeps_the_living_mesas_and_the_forum_has_two_secretariats(demo: Loaded) -> None:
    rosa = actor_of(user=User.objects.get(email="rosa.tandazo@mremh.example"), on=TODAY)
    for mesa in Mesa.objects.live().exclude(code_prefix="FC"):
        assert Role.SECRETARIAT in roles(rosa, mesa, on=TODAY), mesa
    forum = Mesa.objects.get(code_prefix="FC")
    assert Role.SECRETARIAT not in roles(rosa, forum, on=TODAY)
    for email in ("carmen.loja@cisp.example", "daniela.salas@dd.example"):
        assert Role.SECRETARIAT in roles(
            actor_of(user=User.objects.get(email=email), on=TODAY), forum, on=TODAY
        )


def test_every_login_that_is_told_works(demo: Loaded) -> None:
    logins = people.logins(folder=DATA, language="es")
    assert len(logins) == User.objects.count() == 7
    for login in logins:
        assert User.objects.get(email=login.email).check_password(login.password)
        assert EmailAddress.objects.filter(email=login.email, verified=True, primary=True).exists()


def test_demo_logins_prints_three_columns(
    demo: Loaded, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    call_command("demo_logins")
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert ["administradora@minga.example", "minga-demo-2026", "administrator"] in rows
    assert all(len(row) == 3 for row in rows)


def test_the_first_minutes_bring_the_letters_a_person_would_have_now(demo: Loaded) -> None:
    remind(NOW)
    dispatch(NOW)
    letters = Notification.objects.filter(due_at__lte=NOW)
    assert 30 <= letters.count() <= 120
    assert not letters.filter(not_after__lte=NOW).exists()
    assert set(letters.values_list("kind", flat=True)) >= {
        "invitation",
        "delegation_confirmed",
        "session_reminder",
        "commitment_due",
        "commitment_reported",
        "follow_up_tasks",
        "follow_up_commitments",
        "commitments_asked",
        "commitment_returned",
        "dispute_decide",
        "not_met_asked",
        "extension_asked",
    }


def test_no_letter_was_forgotten(demo: Loaded) -> None:
    remind(NOW)
    dispatch(NOW)
    assert reconcile(NOW) == 0


def test_sessions_that_are_over_wait_for_no_sweep(demo: Loaded) -> None:
    waiting = Activity.objects.filter(dispatched_at=None, subject_type="session").values("subject_id")
    assert not Session.objects.filter(id__in=waiting, closed_at__isnull=False).exists()


def test_nothing_happens_after_now(demo: Loaded) -> None:
    assert not Activity.objects.filter(occurred_at__gt=NOW).exists()


def test_a_second_run_changes_nothing(demo: Loaded) -> None:
    before = tally()
    again = world.load(now=NOW + timedelta(days=3))
    assert (again.is_new, len(again.left_out)) == (False, 1)
    assert tally() == before


def test_a_forum_meets_on_two_days_and_a_mesa_in_a_series(demo: Loaded) -> None:
    forum, series = [*live("FC")][-1], Series.objects.get()
    assert [block.kind for block in forum.blocks.all()] == ["plenary", "break", "group", "group", "plenary"]
    assert forum.local_day != forum.local_end_day
    assert {item.block.order for item in forum.agenda.all()} == {1, 5}
    assert series.sessions.count() == 4
