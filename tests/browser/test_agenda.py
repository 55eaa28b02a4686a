"""Items dragged in a real browser, by the same request as their buttons, under the strict policy."""

import pytest

from coordination.sessions.models import Session
from tests.browser import world
from tests.browser.reader import Reader
from tests.browser.test_cycle import page
from tests.cast import Cast


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return world.cast_of_today()


def titles(session: Session) -> list[str]:
    return list(session.agenda.filter(is_generated=False).values_list("title_es", flat=True))


def test_an_item_dropped_above_another_stands_before_it(cast: Cast, desk: Reader) -> None:
    session = world.drafted(cast)
    first, last = titles(session)
    desk.sign_in(cast.rosa.user.email)
    desk.go(page("sessions:agenda", session.public_id))
    rows = desk.page.locator("[data-drag]")
    with desk.page.expect_navigation():
        rows.nth(1).locator(".m-drag").drag_to(rows.nth(0), target_position={"x": 200, "y": 4})
    assert titles(session) == [last, first]
    rows = desk.page.locator("[data-drag]")
    with desk.page.expect_navigation():
        rows.nth(0).locator(".m-drag").drag_to(rows.nth(1), target_position={"x": 200, "y": 60})
    assert titles(session) == [first, last]


def test_without_dragging_the_buttons_do_the_same(cast: Cast, desk: Reader) -> None:
    session = world.drafted(cast)
    first, last = titles(session)
    desk.sign_in(cast.rosa.user.email)
    desk.go(page("sessions:agenda", session.public_id))
    button = desk.page.locator("[data-drag] form[action$='/mover/'] button").first
    button.focus()
    with desk.page.expect_navigation():
        desk.page.keyboard.press("Enter")
    assert titles(session) == [last, first]
