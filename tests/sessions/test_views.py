"""Stations of the secretariat's way, on the real clock: what each page says, refuses and leaves behind."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.attendees.models import Delegate, Invitation
from coordination.sessions import actions
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast
from tests.sessions.scheduling import convened, drafted, with_item

SignIn = Callable[[Any], Client]


@pytest.fixture
def today(cast: Cast) -> Cast:
    """The cast at the real clock's now: pages read it."""
    cast.now = timezone.now()
    return cast


@pytest.fixture
def rosa(today: Cast, sign_in: SignIn) -> Client:
    return sign_in(today.rosa)


def url(name: str, session: Session, *more: object) -> str:
    return reverse(f"sessions:{name}", args=[session.public_id, *more])


def ran(cast: Cast) -> Session:
    """Convened two days ago for yesterday; over now."""
    before = cast.now - timedelta(days=2)
    session = drafted(cast, starts_at=cast.now - timedelta(days=1), now=before)
    return actions.mark_convened(session_id=session.pk, by=cast.secretariat, now=before)


def sent(when: datetime | None = None, **given: Any) -> dict[str, Any]:
    when = when or timezone.now() + timedelta(days=20)
    return {
        "day": f"{when:%Y-%m-%d}", "starts": "09:00", "ends": "13:00", "time_zone": "America/Guayaquil",
        "kind": "ordinary", "topic": "Alojamiento", "modality": "in_person", "venue": "Auditorio",
    } | given  # fmt: skip


def again(session: Session, **given: Any) -> dict[str, Any]:
    """The edit form as it stands, with some answers changed."""
    starts, ends = session.starts_at.astimezone(session.zone), session.ends_at.astimezone(session.zone)
    return {
        "version": session.version, "day": f"{starts:%Y-%m-%d}", "starts": f"{starts:%H:%M:%S.%f}",
        "ends": f"{ends:%H:%M:%S.%f}", "ends_on": f"{ends:%Y-%m-%d}", "time_zone": session.time_zone,
        "kind": session.kind, "topic": session.topic, "modality": session.modality, "venue": session.venue,
    } | given  # fmt: skip


def undo_of(answer: Any) -> str:
    """Where the last notice of a page takes its act back."""
    return list(answer.context["messages"])[-1].extra_tags.removeprefix("undo:")


def invite(session: Session, cast: Cast) -> None:
    invitation = Invitation.objects.create(
        session=session, organization=cast.ngo, link_expires_at=session.ends_at, created_at=cast.now
    )
    Delegate.objects.create(
        invitation=invitation, person=cast.carmen, role="principal", registered_at=cast.now
    )


def test_a_session_is_scheduled_in_its_own_zone_and_leads_on_to_its_agenda(rosa: Client, today: Cast) -> None:
    place = reverse("sessions:schedule", args=[today.mesa.slug])
    assert "hora de Quito" in rosa.get(place).content.decode()
    answer = rosa.post(place, sent(time_zone="Pacific/Galapagos", registration_closes_on=""))
    session = Session.objects.get()
    assert answer.url == url("agenda", session)
    assert session.starts_at.astimezone(session.zone).hour == 9
    assert session.registration_closes_at is None
    assert session.topic == "Alojamiento"


def test_a_session_may_end_after_midnight(rosa: Client, today: Cast) -> None:
    when = timezone.now() + timedelta(days=20)
    data = sent(when, starts="22:00", ends="01:00", ends_on=f"{when + timedelta(days=1):%Y-%m-%d}")
    rosa.post(reverse("sessions:schedule", args=[today.mesa.slug]), data)
    session = Session.objects.get()
    assert session.ends_at - session.starts_at == timedelta(hours=3)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"ends": "08:00"}, "ends"),
        ({"time_zone": "America/Atlantis"}, "time_zone"),
        ({"modality": "online"}, "online_url"),
        ({"day": "2020-01-06"}, "day"),
        ({"day": ""}, "day"),
        ({"registration_closes_on": "2090-01-01"}, "registration_closes_on"),
    ],
)
def test_bad_input_is_named_at_its_field_and_nothing_typed_is_lost(
    rosa: Client, today: Cast, given: dict, field: str
) -> None:
    answer = rosa.post(
        reverse("sessions:schedule", args=[today.mesa.slug]), sent(topic="Rutas & niñez", **given)
    )
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert "Rutas &amp; niñez" in answer.content.decode()
    assert not Session.objects.exists()


def test_a_small_room_is_hinted_at_not_refused(rosa: Client, today: Cast) -> None:
    answer = rosa.post(reverse("sessions:schedule", args=[today.mesa.slug]), sent(capacity="5"), follow=True)
    assert Session.objects.get().capacity == 5
    assert [str(message.level_tag) for message in answer.context["messages"]] == ["success", "warning"]


def test_the_edit_page_says_who_will_hear_and_saving_moves_the_calendar(rosa: Client, today: Cast) -> None:
    session = convened(today)
    invite(session, today)
    page = rosa.get(url("edit", session))
    assert (page.context["audience"].organizations, page.context["audience"].people) == (1, 1)
    rosa.post(url("edit", session), again(session, venue="Casa comunal"))
    session.refresh_from_db()
    assert (session.venue, session.schedule_version) == ("Casa comunal", 2)


def test_an_edit_without_a_change_tells_nobody(rosa: Client, today: Cast) -> None:
    # Seconds and an hour of registration that the controls cannot show: sending them back must not move anything.
    session = convened(today, registration_closes_at=today.now + timedelta(days=18, minutes=3))
    assert session.starts_at.microsecond
    form = rosa.get(url("edit", session)).context["form"]
    data = {name: form[name].value() for name in form.fields}
    data |= {"starts": f"{data['starts']:%H:%M}", "ends": f"{data['ends']:%H:%M}"}
    rosa.post(url("edit", session), {name: "" if value is None else value for name, value in data.items()})
    version = session.version
    session.refresh_from_db()
    assert (session.version, session.schedule_version) == (version, 1)


@pytest.mark.parametrize("name", ["edit", "cancel"])
def test_what_is_over_offers_no_form_and_says_why(rosa: Client, today: Cast, name: str) -> None:
    page = rosa.get(url(name, ran(today)))
    assert page.context["fixed_because"]
    assert "<textarea" not in page.content.decode()
    assert 'name="day"' not in page.content.decode()


def test_a_stale_edit_shows_both_texts(rosa: Client, today: Cast) -> None:
    session = convened(today)
    actions.edit(
        session_id=session.pk,
        version=session.version,
        venue="Biblioteca",
        by=today.secretariat,
        now=today.now,
    )
    answer = rosa.post(url("edit", session), again(session, venue="Casa comunal"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Biblioteca" in page
    assert "Casa comunal" in page
    fresh = answer.context["form"]["version"].value()
    assert (
        rosa.post(url("edit", session), again(session, venue="Casa comunal", version=fresh)).status_code
        == 302
    )
    session.refresh_from_db()
    assert session.venue == "Casa comunal"


def test_announcing_writes_to_nobody(rosa: Client, today: Cast) -> None:
    session = drafted(today)
    rosa.post(url("announce", session))
    session.refresh_from_db()
    assert session.state == "announced"


def test_cancelling_names_how_many_and_asks_why(rosa: Client, today: Cast) -> None:
    session = convened(today)
    invite(session, today)
    assert rosa.get(url("cancel", session)).context["audience"].organizations == 1
    assert rosa.post(url("cancel", session), {"reason": " "}).context["form"].errors
    rosa.post(url("cancel", session), {"reason": "Vía cerrada"})
    session.refresh_from_db()
    assert (session.state, session.cancel_reason) == ("cancelled", "Vía cerrada")


def test_the_agenda_grows_moves_shrinks_and_takes_back(rosa: Client, today: Cast) -> None:
    session = drafted(today)
    for title in ("Rutas", "Albergues"):
        rosa.post(url("agenda", session), {"title": title, "kind": "discussion", "minutes": "50"})
    first, second = session.agenda.filter(is_generated=False)
    rosa.post(url("item_move", session, second.public_id), {"to": "up"})
    assert list(session.agenda.values_list("title_es", flat=True)[1:]) == ["Albergues", "Rutas"]
    answer = rosa.post(url("item_remove", session, second.public_id), follow=True)
    assert session.agenda.count() == 2
    rosa.post(undo_of(answer))
    assert list(session.agenda.values_list("title_es", "minutes")[1:]) == [("Albergues", 50), ("Rutas", 50)]


def test_a_forged_undo_adds_nothing(rosa: Client, today: Cast) -> None:
    session, other = drafted(today), drafted(today)
    item = with_item(today, other)
    answer = rosa.post(url("item_remove", other, item.public_id), follow=True)
    signed = undo_of(answer).split("?")[1]
    assert rosa.post(f"{url('item_restore', session)}?{signed}").status_code == 404
    rosa.post(f"{url('item_restore', session)}?punto=nada")
    assert session.agenda.count() == 1


def test_the_generated_item_offers_minutes_only(rosa: Client, today: Cast) -> None:
    session = drafted(today)
    review = session.agenda.get()
    page = rosa.get(url("item_edit", session, review.public_id))
    assert set(page.context["form"].fields) == {"minutes", "presenter", "presenter_post", "version"}
    rosa.post(url("item_edit", session, review.public_id), {"minutes": "20", "version": "1"})
    review.refresh_from_db()
    assert review.minutes == 20


def test_a_stale_item_shows_both_texts(rosa: Client, today: Cast) -> None:
    session = drafted(today)
    item = with_item(today, session, "Rutas")
    place = url("item_edit", session, item.public_id)
    rosa.post(place, {"title": "Rutas seguras", "kind": "discussion", "version": "1"})
    answer = rosa.post(place, {"title": "Caminos", "kind": "discussion", "version": "1"})
    assert answer.status_code == 409
    assert "Rutas seguras" in answer.content.decode()
    assert "Caminos" in answer.content.decode()


def test_an_overlong_agenda_says_by_how_much(rosa: Client, today: Cast) -> None:
    session = drafted(today, hours=1)
    with_item(today, session, "Largo", 55)
    assert rosa.get(url("agenda", session)).context["agenda"].over_run == 25


def test_a_commitment_leads_on_to_its_form(rosa: Client, today: Cast) -> None:
    session = ran(today)
    item = session.agenda.get()
    assert rosa.get(f"{url('outcomes', session)}?punto={item.public_id}").context["open_item"] == item
    answer = rosa.post(
        url("outcomes", session), {"punto": item.public_id, "kind": "commitment", "text": "Abrir"}
    )
    outcome = session.outcomes.get()
    assert answer.url == reverse("commitments:propose", args=[outcome.public_id])
    answer = rosa.post(
        url("outcomes", session), {"punto": item.public_id, "kind": "lesson", "text": "Avisar antes"}
    )
    assert answer.url.startswith(url("outcomes", session))


def test_an_outcome_needs_words_and_keeps_the_form_open(rosa: Client, today: Cast) -> None:
    session = ran(today)
    item = session.agenda.get()
    answer = rosa.post(url("outcomes", session), {"punto": item.public_id, "kind": "lesson", "text": " "})
    assert answer.status_code == 200
    assert answer.context["open_item"] == item
    assert list(answer.context["form"].errors) == ["text"]


def test_an_outcome_is_corrected_removed_and_taken_back(rosa: Client, today: Cast) -> None:
    session = ran(today)
    item = session.agenda.get()
    rosa.post(url("outcomes", session), {"punto": item.public_id, "kind": "lesson", "text": "Avisar"})
    outcome = session.outcomes.get()
    place = url("outcome_edit", session, outcome.public_id)
    rosa.post(place, {"kind": "lesson", "text": "Avisar antes", "version": "1"})
    stale = rosa.post(place, {"kind": "lesson", "text": "Otra", "version": "1"})
    assert stale.status_code == 409
    assert "Avisar antes" in stale.content.decode()
    answer = rosa.post(url("outcome_remove", session, outcome.public_id), follow=True)
    assert not session.outcomes.exists()
    again = rosa.get(url("outcomes", session))  # the message with its undo is gone by now
    ((code, text),) = again.context["removed"]
    assert text == "Avisar antes" and code in again.content.decode()
    rosa.post(undo_of(answer))
    assert session.outcomes.get().text == "Avisar antes"
    assert rosa.get(url("outcomes", session)).context["removed"] == []


def test_the_way_to_the_end_names_what_is_missing(rosa: Client, today: Cast) -> None:
    session = ran(today)
    page = rosa.get(url("close", session))
    assert not page.context["can_close_now"]
    assert reverse("attendees:attendance", args=[session.public_id]) in page.content.decode()
    refused = rosa.post(url("close", session), {"result": "held"})
    assert refused.context["form"].non_field_errors()
    actions.record_attendance_totals(
        session_id=session.pk,
        organizations=1,
        sectors=1,
        people=2,
        quorum_met=False,
        by=today.secretariat,
        now=today.now,
    )
    page = rosa.get(url("close", session))
    assert page.context["form"]["result"].value() == "failed"
    rosa.post(url("close", session), {"result": "failed"})
    session.refresh_from_db()
    assert session.state == "failed"
    assert session.tasks.count() == 5


def test_a_closed_session_does_not_exist_for_a_secretariat_outside_its_circle(
    rosa: Client, today: Cast
) -> None:
    session = convened(today, is_casa_adentro=True, topic="Tema reservado")
    assert rosa.get(url("agenda", session)).status_code == 200
    assert "Tema reservado" in rosa.get(session.get_absolute_url()).content.decode()
    assert session.get_absolute_url() in rosa.get(reverse("sessions:list")).content.decode()
    CircleMember.objects.all().delete()
    for name in ("agenda", "edit", "cancel", "outcomes", "close"):
        assert rosa.get(url(name, session)).status_code == 404
    assert session.get_absolute_url() not in rosa.get(reverse("sessions:list")).content.decode()


def test_pages_write_nothing_when_they_are_read(rosa: Client, today: Cast) -> None:
    session = ran(today)
    before = Activity.objects.count(), Session.objects.values_list("version", flat=True).get()
    for name in ("agenda", "edit", "cancel", "outcomes", "close"):
        assert rosa.get(url(name, session)).status_code == 200
    assert rosa.get(reverse("sessions:list")).status_code == 200
    assert before == (Activity.objects.count(), Session.objects.values_list("version", flat=True).get())
