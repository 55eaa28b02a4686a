"""Without a mouse: the skip link, a delegation named by keys alone, and a mistake that the focus goes to."""

import pytest

from tests.browser import world
from tests.browser.reader import Reader
from tests.browser.test_cycle import page
from tests.cast import Cast

FOCUSED = "document.activeElement"
# The ring may stand on the card around a small control.
RINGS = """[document.activeElement, document.activeElement.closest('label, .m-choice')].some(e => e &&
  (getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e).boxShadow !== 'none'))"""


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return world.cast_of_today()


def tab_to(reader: Reader, selector: str, most: int = 40) -> None:
    """Presses Tab until the focus is there; the ring must be seen on the way."""
    for _press in range(most):
        reader.page.keyboard.press("Tab")
        if reader.page.evaluate(f"s => {FOCUSED}.matches(s)", selector):
            assert reader.page.evaluate(RINGS), f"no ring on {selector}"
            return
    raise AssertionError(f"{selector} is not reached by Tab on {reader.path}")


def test_the_skip_link_leads_past_the_navigation(cast: Cast, desk: Reader) -> None:
    desk.go("/es/")
    desk.page.keyboard.press("Tab")
    href = desk.page.evaluate(f"{FOCUSED}.getAttribute('href')")
    assert href
    assert href.startswith("#")
    assert desk.page.locator(":focus").is_visible()
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate(f"!!{FOCUSED}.closest('main')")


def test_a_delegation_is_named_by_keys_alone(cast: Cast, phone: Reader) -> None:
    session = world.convened(cast)
    phone.go(page("attendees:invitation", world.invitation(session, cast.ngo).token))
    keys = phone.page.keyboard
    tab_to(phone, "[name=answer]")
    keys.press("Space")
    tab_to(phone, "main button[type=submit]")
    keys.press("Enter")
    phone.page.wait_for_url("**/delegacion/**")
    tab_to(phone, "[name=principal_name]")
    keys.type("Carmen Loja")
    tab_to(phone, "[name=principal_email]")
    keys.type("carmen@puente.example")
    tab_to(phone, "#g-alternate > summary")
    keys.press("Enter")
    tab_to(phone, "[name=alternate_name]")
    keys.type("Luis Paredes")
    tab_to(phone, "[name=alternate_email]")
    keys.type("carmen@puente.example")
    tab_to(phone, "main button[name=check]")
    keys.press("Enter")
    phone.page.wait_for_selector("main input[type=hidden][name=alternate_name]", state="attached")
    tab_to(phone, "main button[type=submit].btn-primary")
    keys.press("Enter")
    phone.page.wait_for_url("**/listo/")
    assert "Luis Paredes" in phone.text


def test_a_mistake_takes_the_focus_and_leads_to_its_field(cast: Cast, phone: Reader) -> None:
    session = world.convened(cast)
    token = world.invitation(session, cast.ngo).token
    phone.go(page("attendees:delegation", token))
    phone.fill(principal_name="Carmen Loja", principal_email="carmen")
    phone.submit()
    assert phone.page.evaluate(f"{FOCUSED}.matches('.m-errors, [data-focus]')")
    assert phone.page.title().startswith("Error:")
    phone.page.keyboard.press("Tab")
    phone.page.keyboard.press("Enter")
    assert phone.page.evaluate(f"{FOCUSED}.name") == "principal_email"
    assert phone.page.locator("[name=principal_email]").input_value() == "carmen"
    assert phone.page.locator("[name=principal_email]").get_attribute("aria-invalid") == "true"


def test_the_menu_closes_with_escape(cast: Cast, desk: Reader) -> None:
    desk.sign_in(cast.rosa.user.email)
    menu = desk.page.locator("details.m-menu > summary").first
    menu.focus()
    desk.page.keyboard.press("Enter")
    assert desk.page.locator("details.m-menu[open]").count() == 1
    desk.page.keyboard.press("Escape")
    assert desk.page.locator("details.m-menu[open]").count() == 0
