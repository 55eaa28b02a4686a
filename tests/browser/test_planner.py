"""The planner in a real browser: dragged, moved by keys, and nothing complained of under the strict policy."""

from urllib.parse import parse_qs, urlsplit

import pytest

from coordination.sessions.models import Session
from tests.browser import world
from tests.browser.reader import DESK, Reader
from tests.browser.test_cycle import page
from tests.cast import Cast

FOCUSED = "document.activeElement.dataset.session"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return world.cast_of_today()


def at_the_planner(reader: Reader, cast: Cast, session: Session) -> None:
    assert session.starts_at
    reader.sign_in(cast.rosa.user.email)
    month = session.starts_at.astimezone(session.zone).strftime("%Y-%m")
    reader.go(f"{page('portal:planner')}?mes={month}")
    reader.page.wait_for_selector(".fc-event")


def proposed(reader: Reader) -> dict[str, list[str]]:
    reader.page.wait_for_url("**/mover/**")
    return parse_qs(urlsplit(reader.page.url).query)


def test_arrows_move_a_session_and_enter_opens_the_page_that_asks(cast: Cast, desk: Reader) -> None:
    session = world.convened(cast)
    at_the_planner(desk, cast, session)
    keys, event = desk.page.keyboard, desk.page.locator(".fc-event").first
    event.focus()
    for _back_and_forth in range(2):
        keys.press("ArrowDown")
        desk.page.wait_for_function(f"id => {FOCUSED} === id", arg=str(session.public_id))
        keys.press("Escape")
        desk.page.wait_for_function(f"id => {FOCUSED} === id", arg=str(session.public_id))
    keys.press("ArrowDown")
    desk.page.wait_for_function(f"id => {FOCUSED} === id", arg=str(session.public_id))
    assert desk.page.locator("[data-said]").is_visible()
    keys.press("Enter")
    asked = proposed(desk)
    starts = session.starts_at.astimezone(session.zone)  # type: ignore[union-attr]
    assert asked["hora"] == [f"{starts:%H:%M}"] and asked["version"] == [str(session.version)]
    assert asked["dia"] != [f"{starts:%Y-%m-%d}"]
    assert Session.objects.get(pk=session.pk).starts_at == session.starts_at
    desk.page.click("main form button[type=submit]")
    desk.page.wait_for_url("**/sesiones/*/")
    moved = Session.objects.get(pk=session.pk).starts_at
    assert moved and f"{moved.astimezone(session.zone):%Y-%m-%d}" == asked["dia"][0]


def test_dragging_opens_the_page_and_moves_nothing(cast: Cast, desk: Reader) -> None:
    session = world.convened(cast)
    at_the_planner(desk, cast, session)
    desk.page.locator(".fc-event").first.scroll_into_view_if_needed()
    event = desk.page.locator(".fc-event").first.bounding_box()
    same_week = "tr:has(.fc-event) > .fc-daygrid-day:not(:has(.fc-event))"
    away = desk.page.locator(same_week).first.bounding_box()
    assert event and away
    mouse = desk.page.mouse
    mouse.move(event["x"] + 12, event["y"] + 8)
    mouse.down()
    mouse.move(away["x"] + 20, away["y"] + 20, steps=8)
    mouse.up()
    assert proposed(desk)["version"] == [str(session.version)]
    assert Session.objects.get(pk=session.pk).starts_at == session.starts_at


def test_a_reader_elsewhere_reads_their_hour_after_the_sessions(cast: Cast, opened) -> None:  # type: ignore[no-untyped-def]
    session = world.convened(cast)
    link = page("attendees:invitation", world.invitation(session, cast.ngo).token)
    there, here = opened(DESK, timezone_id="Europe/Madrid"), opened(DESK)
    there.go(link)
    noted = there.page.locator("time[data-zone] + span").first.inner_text()
    assert noted.strip().startswith(("(su hora:", "(your time:"))
    here.go(link)
    assert (
        here.page.locator("time[data-zone]").count()
        and not here.page.locator("time[data-zone] + span").count()
    )
