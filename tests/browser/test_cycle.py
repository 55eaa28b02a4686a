"""The ten steps, in Spanish: the secretariat at 1280 px, organizations on a phone of 360 px by the link of their letter."""

import pytest

from coordination.mesas.models import Mesa
from tests.browser import world
from tests.browser.mailbox import Mailbox
from tests.browser.reader import Reader
from tests.cast import Cast


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """A fresh cast for each test: nobody leans on what another left."""
    return world.cast_of_today()


def test_rosa_signs_in_with_her_password(cast: Cast, desk: Reader) -> None:
    desk.sign_in(cast.rosa.user.email)
    assert "Rosa" in desk.text


def test_rosa_signs_in_with_a_code_from_her_mail(cast: Cast, desk: Reader, mailbox: Mailbox) -> None:
    desk.go("/es/cuenta/login/")
    desk.page.locator("a[href*='login/code']").click()
    desk.page.locator("[name=email]").fill(cast.rosa.user.email)
    desk.submit()
    mail = mailbox.wait_for(to=cast.rosa.user.email)
    assert mail.subject.endswith("es su código para entrar")
    assert "Reciba un cordial saludo." in mail.text
    desk.page.locator("[name=code]").fill(mail.code)
    desk.submit()
    assert desk.path.startswith("/es/mi-trabajo/")
