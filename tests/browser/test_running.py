"""The session's screen in a real browser: notes that save themselves, a crash, two people, keys only, no script."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from coordination.minutes.actions.notes import mark_presence, save_notes
from coordination.minutes.models import ItemRecord, NotesVersion, SaidFigure
from coordination.sessions.models import AgendaItem, Block, Outcome, Session
from tests.browser import world
from tests.browser.reader import DESK, PHONE, Reader
from tests.browser.test_cycle import page
from tests.cast import Cast, acting

SEEN = "JSON.stringify([{...localStorage}, {...sessionStorage}])"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return world.cast_of_today()


def begun(cast: Cast, **more: object) -> Session:
    session = world.convened(cast, **more)
    start = timezone.now() - timedelta(minutes=20)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
    Session.objects.filter(pk=session.pk).update(**times)
    Block.objects.filter(session=session).update(**times)
    return session


def item(session: Session, order: int = 2) -> AgendaItem:
    return AgendaItem.objects.get(session=session, order=order)


def opened_at(session: Session, order: int = 2) -> str:
    return f"{page('minutes:running', session.public_id)}?punto={item(session, order).public_id}"


def words(reader: Reader, name: str) -> str:
    """What the page itself will say then, in its own language."""
    return str(reader.page.locator("[data-notes]").get_attribute(f"data-{name}"))


def settled(reader: Reader) -> None:
    """Nothing waits to be saved any more."""
    waiting = [words(reader, name) for name in ("unsaved", "saving")]
    reader.page.wait_for_function(
        """waiting => { const now = document.querySelector("[data-state]").textContent.trim();
                        return now && !waiting.includes(now); }""",
        arg=waiting,
    )


def by_rosa(cast: Cast, reader: Reader, path: str) -> None:
    reader.sign_in(cast.rosa.user.email)
    reader.go(path)


def test_notes_save_themselves_and_leave_nothing_in_the_browser(cast: Cast, desk: Reader) -> None:
    session = begun(cast)
    by_rosa(cast, desk, opened_at(session))
    desk.page.locator("[name=notes]").press_sequentially("Faltan plazas")
    settled(desk)
    assert ItemRecord.objects.get().notes == "Faltan plazas"
    assert "Faltan" not in desk.page.evaluate(SEEN)
    desk.page.locator("[name=notes]").press_sequentially(" en Loja")
    desk.page.locator("[data-key=F]").click()
    desk.page.locator("#anadir").wait_for()
    assert ItemRecord.objects.get().notes == "Faltan plazas en Loja"


def test_what_was_not_saved_is_offered_after_a_crash(cast: Cast, desk: Reader) -> None:
    session = begun(cast)
    by_rosa(cast, desk, opened_at(session))
    desk.page.context.set_offline(True)
    desk.page.locator("[name=notes]").press_sequentially("Acuerdo a las once")
    expect(desk.page.locator("[data-state]")).to_have_text(words(desk, "offline"))
    desk.page.close(run_before_unload=False)
    again = Reader(desk.page.context.new_page(), desk.stage, "again")
    again.page.context.set_offline(False)
    again.go(opened_at(session))
    expect(again.page.locator("[data-draft-offer]")).to_contain_text("Acuerdo a las once")
    assert again.page.locator("[name=notes]").input_value() == ""
    again.page.locator("[data-draft-take]").click()
    settled(again)
    assert ItemRecord.objects.get().notes == "Acuerdo a las once"
    assert "Acuerdo" not in again.page.evaluate(SEEN)
    desk.complaints.clear()  # the browser says that it was offline


def test_nothing_of_a_closed_session_outlives_the_tab(cast: Cast, desk: Reader) -> None:
    session = begun(cast)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    session.circle.create(person=cast.rosa, level="record", since=timezone.now())
    by_rosa(cast, desk, opened_at(session))
    desk.page.context.set_offline(True)
    desk.page.locator("[name=notes]").press_sequentially("Canario")
    expect(desk.page.locator("[data-state]")).to_have_text(words(desk, "offline"))
    assert "Canario" not in desk.page.evaluate("JSON.stringify({...localStorage})")
    assert "Canario" in desk.page.evaluate("JSON.stringify({...sessionStorage})")
    desk.page.context.set_offline(False)
    desk.complaints.clear()


def test_two_people_in_one_item_are_told_and_put_both_texts_together(cast: Cast, desk: Reader) -> None:
    session = begun(cast)
    place, tomas = item(session), acting(cast.tomas)
    mark_presence(item_id=place.pk, person_id=cast.tomas.pk, now=timezone.now())
    by_rosa(cast, desk, opened_at(session))
    expect(desk.page.locator("[data-writers]")).to_contain_text("Tomás Vera")
    save_notes(item_id=place.pk, version=0, notes="De Tomás", reserved_notes="", by=tomas, now=timezone.now())
    desk.page.locator("[name=notes]").press_sequentially("De Rosa")
    button = desk.page.locator("[data-notes] button[type=submit]")
    expect(button).to_have_text(words(desk, "compare"))
    button.click()
    desk.page.locator(".m-run__both").wait_for()
    assert desk.page.locator("[name=notes]").input_value() == "De Tomás\nDe Rosa"
    with desk.page.expect_navigation():
        desk.page.locator("main form[action$='/notas/'] button.btn-primary").click()
    assert ItemRecord.objects.get().notes == "De Tomás\nDe Rosa"
    assert set(NotesVersion.objects.values_list("notes", flat=True)) == {"De Tomás", "De Tomás\nDe Rosa"}
    desk.complaints.clear()  # the browser repeats the 409


def test_the_keyboard_is_enough(cast: Cast, desk: Reader) -> None:
    session = begun(cast)
    by_rosa(cast, desk, opened_at(session))
    keys = desk.page.keyboard
    with desk.page.expect_navigation():
        keys.press("Alt+Shift+E")
    assert item(session).started_at
    with desk.page.expect_navigation():
        keys.press("Alt+Shift+D")
    desk.page.locator("#anadir textarea:focus").wait_for()
    keys.type("Se abren cuarenta plazas")
    for _field in range(4):
        keys.press("Tab")
    with desk.page.expect_navigation():
        keys.press("Enter")
    assert Outcome.objects.get().text == "Se abren cuarenta plazas"
    with desk.page.expect_navigation():
        keys.press("Alt+ArrowDown")
    expect(desk.page.locator("#item")).to_contain_text("Plazas de alojamiento")
    desk.page.locator("[name=notes]").focus()
    keys.type("d r c n")
    keys.press("Control+s")
    settled(desk)
    assert ItemRecord.objects.get(item=item(session, 3)).notes == "d r c n"


def test_without_a_script_everything_is_a_button(cast: Cast, opened: Callable[..., Reader]) -> None:
    session = begun(cast)
    reader = opened(PHONE, java_script_enabled=False)
    by_rosa(cast, reader, opened_at(session))

    def press(what: str) -> None:
        with reader.page.expect_navigation():
            reader.page.locator(what).click()

    reader.fill(notes="Escrito sin script")
    press("[data-notes] button[type=submit]")
    assert ItemRecord.objects.get().notes == "Escrito sin script"
    press("[data-key=E]")
    assert item(session).started_at
    press("[data-key=D]")
    reader.fill(text="Se abre")
    press("#anadir button")
    assert Outcome.objects.get().text == "Se abre"
    press("[data-key=F]")
    reader.fill(value="40", label="plazas", source="GAD")
    press("#anadir button")
    assert SaidFigure.objects.get().source == "GAD"


def test_the_screen_fits_a_phone(cast: Cast, opened: Callable[..., Reader]) -> None:
    session = begun(cast)
    for size in (DESK, PHONE):
        reader = opened(size)
        by_rosa(cast, reader, opened_at(session))
        for path in (opened_at(session), page("minutes:floor", session.public_id)):
            reader.go(path)
            width = size["viewport"]["width"]
            assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
