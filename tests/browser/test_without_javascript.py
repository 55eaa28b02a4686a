"""With scripts switched off: a filter of the ministry, an old telephone, a poor connection."""

from collections.abc import Callable

import pytest

from tests.browser import world
from tests.browser.mailbox import Mailbox
from tests.browser.reader import DESK, PHONE, Reader
from tests.browser.test_cycle import page
from tests.cast import Cast


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return world.cast_of_today()


def test_the_link_is_answered_changed_and_withdrawn(
    cast: Cast, opened: Callable[..., Reader], mailbox: Mailbox
) -> None:
    phone = opened(PHONE, java_script_enabled=False)
    asked = world.invitation(world.convened(cast), cast.ngo)
    phone.go(page("attendees:invitation", asked.token))
    phone.submit()  # nothing chosen
    assert phone.page.locator(".m-errors").is_visible()
    phone.fill(answer="in_person")
    phone.submit()
    phone.page.locator("#g-alternate > summary").click()
    phone.fill(
        principal_name="Carmen Loja", principal_email="carmen@puente.example", alternate_name="Luis Paredes"
    )
    phone.submit()
    assert phone.page.locator("[name=alternate_email]").is_visible()  # what is wrong is open
    phone.fill(alternate_email="luis@puente.example")
    phone.submit()
    phone.submit()  # everything is right
    assert phone.path.endswith("/listo/"), phone.text
    assert "Luis Paredes" in phone.text
    mailbox.wait_for(to="luis@puente.example", subject="Le esperamos")
    phone.page.locator("details.m-more:has(form[action$='/no-asistira/']) > summary").click()
    phone.fill(note="No conseguimos transporte.")
    phone.submit("main form[action$='/no-asistira/']")
    asked.refresh_from_db()
    assert asked.state == "declined"


def test_the_secretariat_signs_in_and_marks_who_came(cast: Cast, opened: Callable[..., Reader]) -> None:
    desk = opened(DESK, java_script_enabled=False)
    session = world.under_way(cast)
    desk.sign_in(cast.rosa.user.email)
    desk.go(page("attendees:attendance", session.public_id))
    desk.mark("Carmen Loja", "present")
    assert desk.page.get_by_role("group", name="Carmen Loja").locator("[aria-pressed=true]").count() == 1
    assert desk.page.locator("[data-theme-toggle]:visible, [data-dismiss]:visible").count() == 0
