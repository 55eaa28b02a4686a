"""Each person chooses how they are written to: by the link of a letter, by one click of a mail program, signed in."""

import email
import email.policy
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from coordination.activity.models import Activity
from coordination.notifications import letters, preferences, subjects
from coordination.notifications.dispatch import dispatch
from coordination.notifications.events import PreferenceEvent
from coordination.notifications.kinds import KINDS
from coordination.notifications.models import Notification, Preference
from coordination.organizations.models import Person
from coordination.sessions.models import Session
from tests.cast import Cast
from tests.notifications.conftest import ALTERNA, TITULAR, Sink, World
from tests.notifications.test_letters import subject_for

pytestmark = pytest.mark.django_db
NEVER, DAILY, NOW = "never", "daily", "now"


def row_of(kind: str, world: World, **changed: Any) -> Notification:
    subject_id, person, organization_id = subject_for(kind, world)
    given = {
        "root_type": "session", "root_id": world.session.pk, "kind": kind, "subject_type": KINDS[kind].subject_type,
        "subject_id": subject_id, "recipient": person, "version": 1, "organization_id": organization_id,
        "due_at": world.now, "not_after": world.now + timedelta(days=5), "next_try_at": world.now,
    }  # fmt: skip
    return Notification.objects.create(**given | changed)


def letter_of(row: Notification, world: World) -> Any:
    row = Notification.objects.select_related("recipient", "organization").get(pk=row.pk)
    return email.message_from_bytes(
        letters.write(row, subjects.locked(row), world.now).content, policy=email.policy.default
    )


def prefer(person: Person, kind: str, choice: str, world: World) -> None:
    preferences.choose(
        person_id=person.pk,
        choices={kind: choice},
        language=person.language,
        by=world.cast.secretariat,
        now=world.now,
    )


def told_of_preferences() -> "QuerySet[Activity]":
    return Activity.objects.filter(kind__in=PreferenceEvent)


def answers(form: Any, **changed: str) -> dict[str, str]:
    """What a browser sends of the page as it stands, but for what was changed."""
    return {name: form.initial[name] for name in form.fields} | changed


@pytest.mark.parametrize(("choice", "way"), [(NOW, "email"), (DAILY, "digest"), (NEVER, "inbox")])
def test_a_message_goes_the_way_its_recipient_chose(
    choice: str, way: str, world: World, django_assert_num_queries: Any
) -> None:
    row = row_of("commitment_due", world)
    prefer(world.cast.carmen, "commitment_due", choice, world)
    with django_assert_num_queries(1):
        assert preferences.way(row) == way


def test_who_said_nothing_is_written_to_at_once(world: World) -> None:
    assert preferences.way(row_of("commitment_due", world)) == "email"


def test_what_always_goes_asks_for_no_preference(world: World, django_assert_num_queries: Any) -> None:
    row = row_of("session_cancelled", world)
    Preference.objects.create(
        person=row.recipient, kind="session_cancelled", choice=NEVER, changed_at=world.now
    )
    with django_assert_num_queries(0):
        assert preferences.way(row) == "email"


def test_what_somebody_sends_again_by_hand_is_a_mail(world: World) -> None:
    prefer(world.cast.carmen, "commitment_due", NEVER, world)
    assert preferences.way(row_of("commitment_due", world, copy=1)) == "email"


def test_what_cannot_wait_for_the_summary_comes_at_once(world: World) -> None:
    """The rung two hours before a session would be listed the morning after it."""
    prefer(world.cast.carmen, "commitment_due", DAILY, world)
    row = row_of("commitment_due", world, not_after=world.now + timedelta(hours=2))
    assert preferences.way(row) == "email"


def test_the_page_opens_without_an_account_and_writes_nothing(cast: Cast) -> None:
    path = preferences.link(cast.carmen)
    page = Client().get(path)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "same-origin" and "noindex" in page["X-Robots-Tag"]
    assert not Preference.objects.exists() and not told_of_preferences().exists()
    for kind in preferences.CHOOSABLE:
        assert f'name="{kind.name}"' in page.text
    assert 'name="session_cancelled"' not in page.text


def test_one_press_saves_every_choice_and_the_language(cast: Cast) -> None:
    client = Client()
    path = preferences.link(cast.carmen)
    form = client.get(path).context["form"]
    sent = answers(form, session_reminder=DAILY, commitment_due=NEVER, language="en")
    assert client.post(path, sent).status_code == 302
    assert preferences.chosen(cast.carmen.pk) | {"session_reminder": DAILY, "commitment_due": NEVER} == (
        preferences.chosen(cast.carmen.pk)
    )
    cast.carmen.refresh_from_db()
    assert cast.carmen.language == "en"
    told = Activity.objects.get(kind=PreferenceEvent.CHOSEN)
    assert told.payload["choices"] == {"session_reminder": DAILY, "commitment_due": NEVER}
    client.post(path, sent)
    assert told_of_preferences().count() == 1, "nothing differs, nothing is told"


def test_a_choice_that_is_not_offered_is_refused(cast: Cast) -> None:
    client = Client()
    path = preferences.link(cast.carmen)
    sent = answers(client.get(path).context["form"], organization_digest=DAILY)
    assert client.post(path, sent).status_code == 422
    assert not Preference.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "nobody.atall", "ñ.²"])
def test_a_link_that_was_never_ours_gets_the_usual_page(token: str, cast: Cast) -> None:
    page = Client().get(f"/es/preferencias/{token or '.'}/")
    assert page.status_code == 404
    assert cast.carmen.name not in page.text


def test_a_link_taken_back_offers_a_new_one_to_the_address_on_file(
    cast: Cast, world: World, sink: Sink
) -> None:
    old = preferences.token(cast.carmen)
    preferences.revoke_link(person_id=cast.carmen.pk, by=cast.secretariat, now=world.now)
    dispatch(world.now)
    page = Client().get(reverse("notifications:preferences", args=[old]))
    assert page.status_code == 410
    assert cast.carmen.name not in page.text and cast.carmen.email not in page.text
    answer = Client().post(reverse("notifications:preferences_renew", args=[old]))
    assert answer.status_code == 200
    dispatch(world.now)
    asked = Activity.objects.get(kind=PreferenceEvent.LINK_REQUESTED)
    world.send(at=asked.occurred_at)
    cast.carmen.refresh_from_db()
    mail = sink.to(cast.carmen.email)[-1]
    assert preferences.link(cast.carmen) in mail.get_body(("plain",)).get_content()
    assert Client().get(preferences.link(cast.carmen)).status_code == 200


def test_asking_for_links_has_an_end_and_one_answer(cast: Cast) -> None:
    renew = reverse("notifications:preferences_renew", args=[preferences.token(cast.carmen)])
    pages = [Client().post(renew) for _ in range(5)]
    foreign = Client().post(reverse("notifications:preferences_renew", args=["nobody.atall"]))
    assert {page.status_code for page in [*pages, foreign]} == {200}
    assert (
        Activity.objects.filter(kind=PreferenceEvent.LINK_REQUESTED).count() == preferences.RENEWALS_AN_HOUR
    )


def test_closing_a_link_kills_every_copy(cast: Cast) -> None:
    path = preferences.link(cast.carmen)
    stop = preferences.stop_link(cast.carmen, KINDS["session_reminder"])
    assert Client().post(f"{path}cerrar/").status_code == 200
    assert Client().get(path).status_code == 410
    assert Client().post(stop).status_code == 410


def test_one_click_stops_a_kind_without_cookies_again_and_again(cast: Cast) -> None:
    stop = preferences.stop_link(cast.carmen, KINDS["session_reminder"])
    for _ in range(2):
        answer = Client(enforce_csrf_checks=True).post(stop, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert not answer.cookies
    assert preferences.chosen(cast.carmen.pk)["session_reminder"] == NEVER
    assert list(Preference.objects.values_list("kind", flat=True)) == ["session_reminder"]
    assert told_of_preferences().count() == 1


def test_opening_the_one_click_link_only_prepares_the_page(cast: Cast) -> None:
    page = Client().get(preferences.stop_link(cast.carmen, KINDS["session_reminder"]))
    assert page.status_code == 200
    assert page.context["form"].initial["session_reminder"] == NEVER
    assert not Preference.objects.exists()
    assert preferences.link(cast.carmen) in page.text, "the button posts where everything is saved"


def test_a_one_click_link_is_bound_to_its_kind(cast: Cast) -> None:
    stop = preferences.stop_link(cast.carmen, KINDS["session_reminder"])
    for kind in ("commitment_due", "session_cancelled", "no_such_kind"):
        assert Client().post(stop.replace("session_reminder", kind)).status_code in (404, 410)
    assert Client().post(preferences.link(cast.carmen) + "session_reminder/").status_code in (404, 410)
    assert not Preference.objects.exists()


def test_stopping_the_summary_stops_what_it_collects(world: World) -> None:
    prefer(world.cast.carmen, "commitment_due", DAILY, world)
    prefer(world.cast.carmen, "session_reminder", NOW, world)
    assert Client().post(preferences.stop_link(world.cast.carmen, KINDS["daily_digest"])).status_code == 200
    chosen = preferences.chosen(world.cast.carmen.pk)
    assert (chosen["commitment_due"], chosen["session_reminder"]) == (NEVER, NOW)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_letter_says_where_to_choose(kind: str, world: World) -> None:
    row = row_of(kind, world)
    mail = letter_of(row, world)
    link = preferences.link(row.recipient)
    assert link in mail.get_body(("plain",)).get_content()
    assert link in mail.get_body(("html",)).get_content()
    can_stop = KINDS[kind].choosable or kind == "daily_digest"
    assert ("List-Unsubscribe" in mail) == ("List-Unsubscribe-Post" in mail) == can_stop


def test_the_header_of_a_letter_is_a_link_that_stops_it(world: World) -> None:
    row = row_of("commitment_due", world)
    mail = letter_of(row, world)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.fullmatch(r"<http://[^/]+(/\S+)>", str(mail["List-Unsubscribe"]))
    assert address is not None
    assert Client(enforce_csrf_checks=True).post(address[1]).status_code == 200
    assert preferences.way(row) == "inbox"


def test_a_closed_letter_does_not_say_its_kind_in_a_header(world: World) -> None:
    row = row_of("session_reminder", world)
    Session.objects.filter(pk=world.session.pk).update(is_casa_adentro=True)
    assert "session_reminder" not in letter_of(row, world).as_string()


def test_who_signed_in_chooses_for_themselves_alone(cast: Cast, sign_in: Callable[[Person], Client]) -> None:
    client = sign_in(cast.luis)
    path = reverse("notifications:my_preferences")
    sent = answers(client.get(path).context["form"], commitment_due=NEVER)
    assert client.post(path, sent).status_code == 302
    assert list(Preference.objects.values_list("person", "kind", "choice")) == [
        (cast.luis.pk, "commitment_due", NEVER)
    ]


def test_an_account_that_is_nobodys_is_told_so(cast: Cast, sign_in: Callable[[Person], Client]) -> None:
    client = sign_in(cast.ana)
    Person.objects.filter(pk=cast.ana.pk).update(user=None)
    page = client.get(reverse("notifications:my_preferences"))
    assert page.status_code == 200 and "<form class" not in page.text.split("<main")[1]


def test_each_kind_has_a_name_for_people() -> None:
    assert all(str(kind.label) for kind in KINDS.values())
    assert {kind.name for kind in preferences.CHOOSABLE} == {
        kind.name
        for kind in KINDS.values()
        if not (kind.always or kind.transactional) and kind.name != "daily_digest"
    }


def test_two_people_of_one_mailbox_choose_apart(world: World) -> None:
    world.convene()
    world.name(TITULAR, (ALTERNA[0], ALTERNA[1], TITULAR[2]))
    first, second = Person.objects.filter(email=TITULAR[2]).order_by("id")
    prefer(first, "session_reminder", NEVER, world)
    assert preferences.chosen(second.pk)["session_reminder"] == NOW
