"""The next session from the last: a day, the same place, what was left open, and three clicks to the convocation."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.mesas.models import Mesa
from coordination.sessions import actions, following
from coordination.sessions.actions.following import NothingToFollow
from coordination.sessions.models import Block, Outcome, Session
from coordination.sessions.rooms import Reservation
from coordination.taxonomies.models import Holiday
from tests.cast import Cast
from tests.sessions.scheduling import after, convened, drafted, with_item
from tests.sessions.test_rooms import room

SignIn = Callable[[Any], Client]
TUESDAY = date(2026, 5, 5)


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [
        (None, date(2026, 6, 2)),  # a month: four weeks
        (30, date(2026, 6, 2)),
        (7, date(2026, 5, 12)),
        (3, date(2026, 5, 12)),
        (15, date(2026, 5, 19)),
        (90, date(2026, 8, 4)),  # thirteen weeks
    ],
)
def test_the_weekday_is_kept_as_near_to_the_rhythm_as_weeks_allow(rhythm: int | None, expected: date) -> None:
    assert following.next_day(TUESDAY, rhythm, earliest=TUESDAY, resting=()) == expected


def test_holidays_and_days_of_notice_are_stepped_over_week_by_week() -> None:
    resting = {date(2026, 6, 2), date(2026, 6, 9)}
    assert following.next_day(TUESDAY, 30, earliest=TUESDAY, resting=resting) == date(2026, 6, 16)
    assert following.next_day(TUESDAY, 30, earliest=date(2026, 7, 1), resting=()) == date(2026, 7, 7)


@pytest.fixture
def today(cast: Cast) -> Cast:
    cast.now = timezone.now().replace(second=0, microsecond=0)
    return cast


def ran(cast: Cast, *, days: int = 10, **fields: Any) -> Session:
    """Convened and over so many days ago, with two items: one with an outcome, one without."""
    before = cast.now - timedelta(days=days + 10)
    start = (cast.now - timedelta(days=days)).replace(hour=14, minute=0)
    session = drafted(cast, starts_at=start, now=before, **fields)
    done, left = with_item(cast, session, "Rutas"), with_item(cast, session, "Alojamiento", 25)
    assert left.order == 3
    actions.mark_convened(session_id=session.pk, by=cast.secretariat, now=before)
    Outcome.objects.create(session=session, item=done, kind="decision", text="Se acuerda", recorded_at=start)
    session.refresh_from_db()
    return session


def sent(page: Any, **given: Any) -> dict[str, Any]:
    """What a browser posts from the filled-in form, untouched."""
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields}
    told = {name: "" if value is None else str(value) for name, value in values.items()}
    return told | {"items": [str(pk) for pk in page.context["taken_up"]]} | given


def test_three_clicks_lead_from_the_last_session_to_the_sent_convocation(
    today: Cast, sign_in: SignIn
) -> None:
    last = ran(today, room_id=room(today).pk)
    rosa = sign_in(today.rosa)
    address = reverse("sessions:next", args=[last.public_id])
    assert address in rosa.get(last.get_absolute_url()).content.decode()
    page = rosa.get(address)  # the first
    answer = rosa.post(address, sent(page))  # the second
    made = Session.objects.exclude(pk=last.pk).get()
    assert answer.url == reverse("attendees:convene", args=[made.public_id])
    assert rosa.post(answer.url, {"message": "", "short_notice_reason": ""}).status_code == 302  # the third
    made.refresh_from_db()
    assert made.state == "convened" and made.invitations.count() == 3


def test_the_form_starts_from_the_last_session(today: Cast, sign_in: SignIn) -> None:
    place = room(today)
    last = ran(today, room_id=place.pk, hours=4)
    rosa = sign_in(today.rosa)
    rosa.post(
        reverse("sessions:next", args=[last.public_id]),
        sent(rosa.get(reverse("sessions:next", args=[last.public_id]))),
    )
    made = Session.objects.exclude(pk=last.pk).get()
    assert (made.room, made.venue, made.modality) == (place, "Auditorio Loja", last.modality)
    assert (made.starts_at - last.starts_at).days % 7 == 0
    assert made.starts_at.astimezone(made.zone).time() == last.starts_at.astimezone(last.zone).time()
    assert made.ends_at - made.starts_at == timedelta(hours=4)
    assert Reservation.objects.filter(block__session=made, is_held=True).exists()


def test_what_was_left_open_is_taken_up_and_marked(today: Cast, sign_in: SignIn) -> None:
    last = ran(today)
    rosa, address = sign_in(today.rosa), reverse("sessions:next", args=[last.public_id])
    page = rosa.get(address)
    assert [item.title for item in page.context["items"]] == ["Alojamiento"]
    rosa.post(address, sent(page))
    made = Session.objects.exclude(pk=last.pk).get()
    review, taken_up = made.agenda.order_by("order")
    assert review.is_generated and (taken_up.title, taken_up.minutes) == ("Alojamiento", 25)
    assert taken_up.carried_from.session == last
    for name in ("sessions:agenda", "portal:session"):
        assert last.short_title in rosa.get(reverse(name, args=[made.public_id])).content.decode()


def test_an_item_that_is_not_ticked_stays_behind_and_a_strange_one_is_passed_over(
    today: Cast, sign_in: SignIn
) -> None:
    last, other = ran(today), ran(today, days=40)
    stranger = following.open_items(other)[0]
    rosa, address = sign_in(today.rosa), reverse("sessions:next", args=[last.public_id])
    rosa.post(address, sent(rosa.get(address), items=[str(stranger.pk), "x"]))
    made = Session.objects.exclude(pk__in=[last.pk, other.pk]).get()
    assert made.agenda.count() == 1


def test_a_holiday_is_stepped_over_and_said(today: Cast, sign_in: SignIn) -> None:
    last = ran(today)
    first = following.proposal(last, now=today.now).day
    Holiday.objects.create(date=first, name="Fiesta del Páramo", source="Decreto")
    proposed = following.proposal(last, now=today.now)
    assert proposed.day == first + timedelta(days=7)
    assert [holiday.name for holiday in proposed.holidays] == ["Fiesta del Páramo"]
    page = sign_in(today.rosa).get(reverse("sessions:next", args=[last.public_id])).content.decode()
    assert "Fiesta del Páramo" in page


def test_days_of_notice_fit_before_the_day_proposed(today: Cast) -> None:
    Mesa.objects.update(notice_days=20, rhythm_days=7)
    today.mesa.refresh_from_db()
    last = ran(today)
    assert (following.proposal(last, now=today.now).day - today.now.date()).days > 20


@pytest.mark.parametrize("state", ["draft", "announced", "cancelled"])
def test_only_one_that_took_place_is_followed(today: Cast, sign_in: SignIn, state: str) -> None:
    last = ran(today)
    Session.objects.filter(pk=last.pk).update(state=state, cancelled_at=today.now)
    answer = sign_in(today.rosa).get(reverse("sessions:next", args=[last.public_id]))
    assert answer.status_code == 404


def test_one_still_ahead_is_not_followed(today: Cast, sign_in: SignIn) -> None:
    ahead = actions.mark_convened(
        session_id=drafted(today, now=today.now).pk, by=today.secretariat, now=today.now
    )
    rosa = sign_in(today.rosa)
    assert rosa.get(reverse("sessions:next", args=[ahead.public_id])).status_code == 404
    assert "/siguiente/" not in rosa.get(ahead.get_absolute_url()).content.decode()


def test_nothing_is_taken_from_a_closed_session(today: Cast, sign_in: SignIn) -> None:
    """An open session would carry the items of a closed one into the light."""
    last = ran(today, is_casa_adentro=True)
    rosa = sign_in(today.rosa)
    assert rosa.get(reverse("sessions:next", args=[last.public_id])).status_code == 404
    assert "/siguiente/" not in rosa.get(today.mesa.get_absolute_url()).content.decode()
    with pytest.raises(NothingToFollow):
        actions.schedule_next(after_id=last.pk, by=today.secretariat, now=today.now)


def test_the_mesas_page_offers_it_until_one_is_planned(today: Cast, sign_in: SignIn) -> None:
    last, rosa = ran(today), sign_in(today.rosa)
    address = reverse("sessions:next", args=[last.public_id])
    assert address in rosa.get(today.mesa.get_absolute_url()).content.decode()
    drafted(today, now=today.now)
    assert address not in rosa.get(today.mesa.get_absolute_url()).content.decode()
    assert rosa.get(address).context["later"] is not None


def test_who_does_not_plan_is_not_offered_it(today: Cast, sign_in: SignIn) -> None:
    last = ran(today)
    for someone in (today.luis, today.tomas, today.olga):
        assert "/siguiente/" not in sign_in(someone).get(last.get_absolute_url()).content.decode()


def test_of_several_blocks_the_first_gives_its_hours(cast: Cast) -> None:
    last = convened(cast)
    Block.objects.create(
        session=last,
        order=2,
        starts_at=last.starts_at + timedelta(days=1),
        ends_at=last.ends_at + timedelta(days=1),
    )
    Session.objects.filter(pk=last.pk).update(ends_at=last.ends_at + timedelta(days=1))
    last.refresh_from_db()
    filled = following.proposal(last, now=after(last)).initial
    assert (filled["ends_on"], filled["ends"]) == (
        None,
        last.blocks.first().ends_at.astimezone(last.zone).time(),
    )
