"""Who gets the minutes, until when they may be observed, and what a link is worth."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from coordination.activity.models import Activity
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.models import Seat
from coordination.minutes import circulating
from coordination.minutes.actions import circulation
from coordination.minutes.events import MinutesEvent
from coordination.minutes.models import Minutes
from coordination.sessions.models import Block, FollowUpTask
from coordination.taxonomies.models import Holiday
from tests.attendees.inviting import invitation_of
from tests.cast import Cast
from tests.minutes.going_round import by_link, circulated, closed, copy_of, day_after, drafted, held

pytestmark = pytest.mark.django_db
QUITO = ZoneInfo("America/Guayaquil")


def circulate(cast: Cast, minutes: Minutes, **more: object) -> Minutes:
    given = {"version": minutes.edit_version, "by": cast.secretariat, "now": day_after(minutes.session)}
    return circulation.circulate(minutes_id=minutes.pk, **(given | more))  # type: ignore[arg-type]


def names(minutes: Minutes) -> set[str]:
    return set(minutes.copies.values_list("organization__name_es", flat=True))


def test_it_goes_to_who_came_and_to_who_presides_and_to_nobody_else(cast: Cast) -> None:
    minutes = circulated(cast, drafted(cast, held(cast, absent=(cast.university,))))
    assert names(minutes) == {"Ministerio Central", "Fundación Puente Sur"}
    assert minutes.state == Minutes.State.CIRCULATED and minutes.circulated_at


def test_the_term_ends_with_the_last_minute_of_a_working_day_of_the_mesa(cast: Cast) -> None:
    """The session is on 22 March 2026, a Sunday: gone round on Monday 23, ten working days later is Monday 6 April."""
    minutes = circulated(cast)
    assert minutes.observations_until
    local = minutes.observations_until.astimezone(QUITO)
    assert (local.date(), local.hour, local.minute) == (date(2026, 4, 6), 23, 59)


def test_a_day_of_rest_does_not_count(cast: Cast) -> None:
    Holiday.objects.create(date=date(2026, 4, 3), name="Viernes Santo")
    minutes = circulated(cast)
    assert minutes.observations_until
    assert minutes.observations_until.astimezone(QUITO).date() == date(2026, 4, 7)


@pytest.mark.parametrize("days", [0, -3, 200])
def test_a_term_that_is_too_near_or_too_far_is_refused(cast: Cast, days: int) -> None:
    minutes = drafted(cast)
    day = day_after(minutes.session).astimezone(QUITO).date() + timedelta(days=days)
    with pytest.raises(circulation.TermOutOfBounds):
        circulate(cast, minutes, until=day)
    assert not minutes.copies.exists()


def test_the_next_working_day_is_soon_enough(cast: Cast) -> None:
    minutes = drafted(cast)
    day = circulating.soonest_day(minutes.session, day_after(minutes.session))
    assert circulate(cast, minutes, until=day).observations_until


def test_it_is_frozen_once_and_done_once(cast: Cast) -> None:
    session = held(cast)
    FollowUpTask.objects.create(session=session, kind="minutes", due_on=date(2026, 4, 1))
    minutes = circulated(cast, drafted(cast, session))
    assert FollowUpTask.objects.get(session=session, kind="minutes").done_at
    with pytest.raises(circulation.NotADraft):
        circulate(cast, minutes)
    assert Activity.objects.filter(kind=MinutesEvent.CIRCULATED).count() == 1


def test_a_draft_somebody_edited_meanwhile_does_not_go_out(cast: Cast) -> None:
    minutes = drafted(cast)
    Minutes.objects.filter(pk=minutes.pk).update(edit_version=5)
    with pytest.raises(StaleVersion):
        circulate(cast, minutes)


def test_an_empty_draft_and_one_for_nobody_do_not_go_out(cast: Cast) -> None:
    minutes = drafted(cast, body="")
    minutes.sections.filter(order=2).delete()
    with pytest.raises(circulation.NothingToRead):
        circulate(cast, minutes)
    other = drafted(cast, held(cast, absent=(cast.ngo, cast.university), starts_at=cast.in_days(60, hour=14)))
    Seat.objects.all().delete()
    cast.mesa.mandates.all().delete()
    with pytest.raises(circulation.NobodyToTell):
        circulate(cast, other)


def test_a_closed_session_goes_only_to_organizations_of_its_circle(cast: Cast) -> None:
    minutes = circulated(cast, drafted(cast, closed(cast, cast.rosa, cast.luis)))
    assert names(minutes) == {"Ministerio Central", "Universidad del Páramo"}


def test_who_came_to_a_closed_part_alone_is_not_on_the_list(cast: Cast) -> None:
    session = held(cast)
    Block.objects.filter(session=session).update(is_casa_adentro=True)
    assert names(circulated(cast, drafted(cast, session))) == {"Ministerio Central"}
    assert invitation_of(session, cast.ngo)


def test_more_time_may_be_given_and_never_less(cast: Cast) -> None:
    minutes = circulated(cast)
    assert minutes.observations_until
    term = minutes.observations_until
    later = term.astimezone(QUITO).date() + timedelta(days=3)
    now = day_after(minutes.session)
    circulation.postpone(minutes_id=minutes.pk, until=later, by=cast.secretariat, now=now)
    minutes.refresh_from_db()
    assert minutes.observations_until == term + timedelta(days=3)
    with pytest.raises(circulation.OnlyLater):
        circulation.postpone(
            minutes_id=minutes.pk, until=later - timedelta(days=1), by=cast.secretariat, now=now
        )


def test_a_link_is_sent_again_three_times_an_hour_and_one_that_expired_lives_again(cast: Cast) -> None:
    copy = copy_of(circulated(cast), cast.ngo)
    late = copy.link_expires_at + timedelta(days=1)
    assert circulating.find_link(copy.token, late).dead == circulating.Dead.EXPIRED
    for _time in range(3):
        circulation.renew_link(copy_id=copy.pk, by=by_link(copy), now=late)
    with pytest.raises(DomainError):
        circulation.renew_link(copy_id=copy.pk, by=by_link(copy), now=late)
    assert circulating.find_link(copy.token, late).dead is None
    circulation.renew_link(copy_id=copy.pk, by=by_link(copy), now=late + timedelta(hours=2))


def test_seen_is_noted_once(cast: Cast) -> None:
    copy = copy_of(circulated(cast), cast.ngo)
    for _time in range(2):
        circulation.mark_seen(copy_id=copy.pk, by=by_link(copy), now=cast.now)
    assert Activity.objects.filter(kind=MinutesEvent.SEEN).count() == 1
