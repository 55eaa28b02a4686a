"""The order of the day: the first item stays, the others come, move and go."""

from datetime import timedelta

import pytest

from coordination.activity.models import Activity
from coordination.common.errors import StaleVersion
from coordination.sessions import actions
from coordination.sessions.actions import agenda, planning
from coordination.sessions.models import Session
from coordination.sessions.queries import agenda_with_times
from tests.cast import Cast
from tests.sessions.scheduling import convened, drafted, during, with_item


def titles(session: Session) -> list[str]:
    return list(session.agenda.values_list("title_es", flat=True))


def last_act(session: Session) -> dict:
    return Activity.objects.about("session", session.pk).first().payload


def test_items_are_added_at_the_end(cast: Cast) -> None:
    session = drafted(cast)
    item = with_item(cast, session, "Rutas")
    assert titles(session) == ["Estado de los compromisos", "Rutas"]
    assert item.block == session.blocks.get()
    assert last_act(session) == {"act": "added", "item": item.pk}


def test_an_undone_removal_returns_to_its_place(cast: Cast) -> None:
    session = drafted(cast)
    first, _second = with_item(cast, session, "Rutas"), with_item(cast, session, "Albergues")
    place = first.order
    gone = actions.remove_item(item_id=first.pk, by=cast.secretariat, now=cast.now)
    assert titles(session) == ["Estado de los compromisos", "Albergues"]
    assert list(session.agenda.values_list("order", flat=True)) == [1, 2]
    actions.add_item(
        session_id=session.pk,
        kind=gone.kind,
        title=gone.title,
        minutes=gone.minutes,
        place=place,
        by=cast.secretariat,
        now=cast.now,
    )
    assert titles(session) == ["Estado de los compromisos", "Rutas", "Albergues"]


def test_nothing_comes_before_the_generated_item(cast: Cast) -> None:
    session = drafted(cast)
    actions.add_item(
        session_id=session.pk, kind="decision", title="Antes", place=1, by=cast.secretariat, now=cast.now
    )
    assert titles(session)[0] == "Estado de los compromisos"


def test_items_swap_with_their_neighbour_and_stop_at_the_ends(cast: Cast) -> None:
    session = drafted(cast)
    first, second = with_item(cast, session, "Rutas"), with_item(cast, session, "Albergues")
    actions.move_item(item_id=second.pk, up=True, by=cast.secretariat, now=cast.now)
    assert titles(session) == ["Estado de los compromisos", "Albergues", "Rutas"]
    count = Activity.objects.count()
    actions.move_item(item_id=second.pk, up=True, by=cast.secretariat, now=cast.now)
    actions.move_item(item_id=first.pk, up=False, by=cast.secretariat, now=cast.now)
    assert titles(session) == ["Estado de los compromisos", "Albergues", "Rutas"]
    assert Activity.objects.count() == count


def test_the_generated_item_neither_moves_nor_goes(cast: Cast) -> None:
    session = drafted(cast)
    review = session.agenda.get()
    with pytest.raises(agenda.GeneratedItem):
        actions.remove_item(item_id=review.pk, by=cast.secretariat, now=cast.now)
    with pytest.raises(agenda.GeneratedItem):
        actions.move_item(item_id=review.pk, up=False, by=cast.secretariat, now=cast.now)


def test_of_the_generated_item_only_minutes_and_presenter_change(cast: Cast) -> None:
    review = drafted(cast).agenda.get()
    edited = actions.edit_item(
        item_id=review.pk, version=1, kind="decision", title="Otro", minutes=15, presenter="Secretaría",
        by=cast.secretariat, now=cast.now,
    )  # fmt: skip
    assert (edited.kind, edited.title_es, edited.minutes, edited.presenter) == (
        "review",
        "Estado de los compromisos",
        15,
        "Secretaría",
    )


def test_a_stale_item_is_refused(cast: Cast) -> None:
    item = with_item(cast, drafted(cast))
    change = {
        "item_id": item.pk,
        "version": 1,
        "kind": "decision",
        "minutes": 10,
        "by": cast.secretariat,
        "now": cast.now,
    }
    actions.edit_item(title="Uno", **change)
    with pytest.raises(StaleVersion):
        actions.edit_item(title="Dos", **change)


def test_an_item_with_outcomes_stays(cast: Cast) -> None:
    session = convened(cast)
    item = with_item(cast, session)
    actions.record_outcome(
        item_id=item.pk, kind="decision", text="Se aprueba", by=cast.secretariat, now=during(session)
    )
    with pytest.raises(agenda.ItemHasOutcomes):
        actions.remove_item(item_id=item.pk, by=cast.secretariat, now=during(session))


def test_an_item_needs_a_title(cast: Cast) -> None:
    with pytest.raises(agenda.TitleMissing):
        with_item(cast, drafted(cast), "  ")


def test_the_agenda_of_a_cancelled_session_is_fixed(cast: Cast) -> None:
    session = drafted(cast)
    actions.cancel(session_id=session.pk, reason="x", by=cast.secretariat, now=cast.now)
    with pytest.raises(planning.SessionIsClosed):
        with_item(cast, session)


def test_hours_follow_from_the_minutes(cast: Cast) -> None:
    session = drafted(cast, hours=1)
    with_item(cast, session, "Rutas", 20)
    with_item(cast, session, "Sin duración", None)
    with_item(cast, session, "Varios", 25)
    seen = agenda_with_times(session)
    assert [timed.starts_at - session.starts_at for timed in seen.items] == [
        timedelta(minutes=minutes) for minutes in (0, 30, 50, 50)
    ]
    assert (seen.minutes, seen.spare, seen.over_run) == (75, -15, 15)
    assert [(timed.is_first, timed.is_last) for timed in seen.items] == [
        (False, False), (True, False), (False, False), (False, True),
    ]  # fmt: skip
