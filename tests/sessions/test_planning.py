"""Scheduling, moving and calling off: rows and what was recorded."""

from datetime import timedelta

import pytest

from coordination.activity.models import Activity
from coordination.common.errors import StaleVersion
from coordination.mesas.models import Mesa
from coordination.sessions import actions
from coordination.sessions.actions import planning
from coordination.sessions.models import CircleMember, Session
from coordination.taxonomies.models import Canton, Province
from tests.cast import Cast
from tests.sessions.scheduling import after, convened, drafted


def recorded(session: Session) -> list[str]:
    return list(Activity.objects.about("session", session.pk).order_by("id").values_list("kind", flat=True))


def test_a_scheduled_session_is_a_draft_with_its_block_and_the_review_first(cast: Cast) -> None:
    session = drafted(cast)
    assert (session.state, session.number, session.schedule_version) == ("draft", 1, 1)
    block = session.blocks.get()
    assert (block.starts_at, block.ends_at) == (session.starts_at, session.ends_at)
    item = session.agenda.get()
    assert item.is_generated
    assert (item.kind, item.order, item.title_es, item.title_en) == (
        "review",
        1,
        "Estado de los compromisos",
        "State of the commitments",
    )
    happened = Activity.objects.about("session", session.pk).get()
    assert (happened.kind, happened.mesa_id, happened.actor_person_id) == (
        "session.scheduled",
        cast.mesa.pk,
        cast.rosa.pk,
    )


def test_a_cancelled_session_keeps_its_number(cast: Cast) -> None:
    first = drafted(cast)
    actions.cancel(session_id=first.pk, reason="Feriado", by=cast.secretariat, now=cast.now)
    assert drafted(cast).number == 2


def test_a_closed_session_counts_in_its_own_series_and_shows_to_its_circle(cast: Cast) -> None:
    drafted(cast)
    drafted(cast)
    closed = drafted(cast, is_casa_adentro=True)
    assert closed.number == 1
    assert drafted(cast).number == 3
    assert closed.circle.get().level == CircleMember.Level.RECORD


def test_the_canton_brings_its_province(cast: Cast) -> None:
    province = Province.objects.create(code="11", name="Loja")
    canton = Canton.objects.create(code="1101", name="Loja", province=province)
    assert drafted(cast, canton_id=canton.pk).province_id == province.pk


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"hours": -1}, planning.EndsBeforeItStarts, "ends"),
        ({"hours": 0}, planning.EndsBeforeItStarts, "ends"),
        ({"time_zone": "America/Atlantis"}, planning.UnknownTimeZone, "time_zone"),
        ({"modality": "online"}, planning.NoOnlineLink, "online_url"),
    ],
)
def test_an_impossible_session_is_refused_and_leaves_nothing(
    cast: Cast, fields: dict, error: type, field: str
) -> None:
    with pytest.raises(error) as refusal:
        drafted(cast, **fields)
    assert refusal.value.field == field
    assert not Session.objects.exists()
    assert not Activity.objects.exists()


def test_a_session_in_the_past_is_refused(cast: Cast) -> None:
    with pytest.raises(planning.SessionInThePast):
        drafted(cast, starts_at=cast.in_days(-1))


def test_registration_cannot_close_after_the_start(cast: Cast) -> None:
    with pytest.raises(planning.RegistrationClosesTooLate):
        drafted(cast, registration_closes_at=cast.in_days(30))


@pytest.mark.parametrize("change", [{"state": "ended"}, {"provenance": "historic"}])
def test_a_mesa_that_does_not_meet_gets_no_session(cast: Cast, change: dict) -> None:
    Mesa.objects.filter(pk=cast.mesa.pk).update(**change)
    with pytest.raises(planning.MesaDoesNotMeet):
        drafted(cast)


def test_announcing_makes_a_draft_public_once(cast: Cast) -> None:
    session = actions.announce(session_id=drafted(cast).pk, by=cast.secretariat, now=cast.now)
    assert session.state == "announced"
    assert recorded(session)[-1] == "session.announced"
    with pytest.raises(planning.AlreadyAnnounced):
        actions.announce(session_id=session.pk, by=cast.secretariat, now=cast.now)


def test_convening_twice_is_once(cast: Cast) -> None:
    session = convened(cast)
    again = actions.mark_convened(session_id=session.pk, by=cast.secretariat, now=cast.in_days(1))
    assert again.convened_at == cast.now
    assert recorded(session).count("session.convened") == 1


def test_moving_a_convened_session_raises_the_schedule_version_and_takes_the_block_along(cast: Cast) -> None:
    session = convened(cast, registration_closes_at=cast.in_days(19))
    start = session.starts_at + timedelta(days=2)
    moved = actions.edit(
        session_id=session.pk,
        version=session.version,
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        by=cast.secretariat,
        now=cast.in_days(1),
    )
    assert (moved.schedule_version, moved.moved_at, moved.version) == (
        2,
        cast.in_days(1),
        session.version + 1,
    )
    assert moved.blocks.get().starts_at == start
    assert moved.registration_closes_at == cast.in_days(21)
    happened = Activity.objects.about("session", session.pk).first()
    assert happened.kind == "session.moved"
    assert happened.payload == {"fields": ["ends_at", "starts_at"], "schedule_version": 2}


@pytest.mark.parametrize(
    "change", [{"venue": "Casa comunal"}, {"modality": "hybrid"}, {"online_url": "https://sala.example/1"}]
)
def test_a_new_place_is_news_too(cast: Cast, change: dict) -> None:
    session = convened(cast)
    edited = actions.edit(
        session_id=session.pk, version=session.version, by=cast.secretariat, now=cast.now, **change
    )
    assert edited.schedule_version == 2
    assert recorded(session)[-1] == "session.moved"


def test_a_corrected_topic_is_no_news(cast: Cast) -> None:
    session = convened(cast)
    edited = actions.edit(
        session_id=session.pk, version=session.version, topic="Otro tema", by=cast.secretariat, now=cast.now
    )
    assert (edited.schedule_version, edited.moved_at) == (1, None)
    assert recorded(session)[-1] == "session.edited"


def test_moving_a_draft_is_no_news(cast: Cast) -> None:
    session = drafted(cast)
    edited = actions.edit(
        session_id=session.pk, version=1, venue="Casa comunal", by=cast.secretariat, now=cast.now
    )
    assert edited.schedule_version == 1


def test_an_edit_that_changes_nothing_records_nothing(cast: Cast) -> None:
    session = convened(cast)
    before = recorded(session)
    same = actions.edit(
        session_id=session.pk, version=session.version, venue=session.venue, by=cast.secretariat, now=cast.now
    )
    assert same.version == session.version
    assert recorded(session) == before


def test_a_stale_edit_is_refused(cast: Cast) -> None:
    session = drafted(cast)
    actions.edit(session_id=session.pk, version=1, venue="Casa comunal", by=cast.secretariat, now=cast.now)
    with pytest.raises(StaleVersion):
        actions.edit(session_id=session.pk, version=1, venue="Otra", by=cast.secretariat, now=cast.now)
    session.refresh_from_db()
    assert session.venue == "Casa comunal"


def test_convening_makes_an_open_edit_stale_because_its_consequence_changed(cast: Cast) -> None:
    session = drafted(cast)
    actions.mark_convened(session_id=session.pk, by=cast.secretariat, now=cast.now)
    with pytest.raises(StaleVersion):
        actions.edit(session_id=session.pk, version=1, venue="Otra", by=cast.secretariat, now=cast.now)


def test_a_session_cannot_be_moved_into_the_past(cast: Cast) -> None:
    session = convened(cast)
    with pytest.raises(planning.SessionInThePast):
        actions.edit(
            session_id=session.pk,
            version=session.version,
            starts_at=cast.in_days(-1),
            by=cast.secretariat,
            now=cast.now,
        )


def test_cancelling_keeps_the_reason_and_raises_the_schedule_version(cast: Cast) -> None:
    session = convened(cast)
    gone = actions.cancel(
        session_id=session.pk, reason=" Cierre de la vía ", by=cast.secretariat, now=cast.now
    )
    assert (gone.state, gone.cancel_reason, gone.cancelled_at) == ("cancelled", "Cierre de la vía", cast.now)
    assert gone.schedule_version == 2
    happened = Activity.objects.about("session", session.pk).first()
    assert (happened.kind, happened.payload) == (
        "session.cancelled",
        {"schedule_version": 2, "was": "convened"},
    )


def test_cancelling_asks_for_a_reason(cast: Cast) -> None:
    session = convened(cast)
    with pytest.raises(planning.ReasonMissing):
        actions.cancel(session_id=session.pk, reason="  ", by=cast.secretariat, now=cast.now)


def test_what_took_place_cannot_be_cancelled_or_moved(cast: Cast) -> None:
    session = convened(cast)
    with pytest.raises(planning.SessionIsOver):
        actions.cancel(session_id=session.pk, reason="x", by=cast.secretariat, now=after(session))
    with pytest.raises(planning.SessionIsOver):
        actions.edit(
            session_id=session.pk, version=session.version, venue="x", by=cast.secretariat, now=after(session)
        )


def test_a_draft_whose_day_went_by_can_still_be_cancelled(cast: Cast) -> None:
    session = drafted(cast)
    gone = actions.cancel(
        session_id=session.pk, reason="Nunca se convocó", by=cast.secretariat, now=after(session)
    )
    assert gone.state == "cancelled"


def test_a_cancelled_session_does_not_change_any_more(cast: Cast) -> None:
    session = convened(cast)
    gone = actions.cancel(session_id=session.pk, reason="x", by=cast.secretariat, now=cast.now)
    for act in (
        lambda: actions.edit(
            session_id=gone.pk, version=gone.version, venue="x", by=cast.secretariat, now=cast.now
        ),
        lambda: actions.announce(session_id=gone.pk, by=cast.secretariat, now=cast.now),
        lambda: actions.mark_convened(session_id=gone.pk, by=cast.secretariat, now=cast.now),
        lambda: actions.cancel(session_id=gone.pk, reason="x", by=cast.secretariat, now=cast.now),
    ):
        with pytest.raises(planning.SessionIsClosed):
            act()
