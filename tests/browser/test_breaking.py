"""What people do to a page without meaning harm, and what they do meaning it."""

from datetime import timedelta

import pytest

from coordination.attendees import actions as attendees
from coordination.attendees.models import Invitation
from coordination.sessions.models import Session
from tests.browser import world
from tests.browser.mailbox import Mailbox
from tests.browser.reader import Reader
from tests.browser.stage import Stage
from tests.browser.test_cycle import page
from tests.cast import Cast


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return world.cast_of_today()


def test_a_double_click_sends_one_convocation_to_each(
    cast: Cast, desk: Reader, stage: Stage, mailbox: Mailbox
) -> None:
    session = world.drafted(cast)
    desk.sign_in(cast.rosa.user.email)
    desk.go(page("attendees:convene", session.public_id))
    desk.page.locator("form.m-card--now button.btn-primary").dblclick()
    desk.page.wait_for_url("**/delegaciones/")
    stage.sweep()
    people = [cast.rosa.email, cast.carmen.email, cast.luis.email]
    assert [len(mailbox.all(address, "Convocatoria")) for address in people] == [1, 1, 1]


def test_two_requests_at_once_send_one_convocation_to_each(
    cast: Cast, desk: Reader, stage: Stage, mailbox: Mailbox
) -> None:
    """Without the script nothing holds the second click back: the action does."""
    session = world.drafted(cast)
    desk.sign_in(cast.rosa.user.email)
    desk.go(page("attendees:convene", session.public_id))
    statuses = desk.page.evaluate(
        """async () => {
          const form = document.querySelector('form.m-card--now');
          const send = () => fetch(location.href, {method: 'POST', body: new URLSearchParams(new FormData(form))});
          return (await Promise.all([send(), send()])).map(answer => answer.status);
        }"""
    )
    assert 200 in statuses
    assert all(status < 500 for status in statuses)
    stage.sweep()
    assert len(mailbox.all(cast.carmen.email, "Convocatoria")) == 1
    assert Invitation.objects.filter(session=session).count() == 3


def test_going_back_after_answering_shows_a_form_that_still_works(cast: Cast, phone: Reader) -> None:
    session = world.convened(cast)
    asked = world.invitation(session, cast.ngo)
    phone.go(page("attendees:invitation", asked.token))
    phone.fill(answer="in_person")
    phone.submit()
    phone.fill(principal_name="Carmen Loja", principal_email="carmen@puente.example")
    phone.submit()
    phone.submit()
    assert phone.path.endswith("/listo/"), phone.text
    phone.page.go_back()
    assert "Carmen Loja" in phone.text, "the page that was checked is still there"
    phone.submit()  # the same once more is no second answer
    assert phone.path.endswith("/listo/"), phone.text
    phone.page.locator("main a[href$='/delegacion/']").first.click()
    phone.page.locator("#g-principal > summary").click()  # who is named already shows closed
    phone.fill(principal_name="Elsa Loja")
    phone.submit()
    phone.submit()
    assert phone.path.endswith("/listo/"), phone.text
    assert "Elsa Loja" in phone.text


def test_a_stale_form_shows_both_texts_and_loses_neither(cast: Cast, desk: Reader) -> None:
    session = world.drafted(cast)
    desk.sign_in(cast.rosa.user.email)
    address = page("sessions:edit", session.public_id)
    desk.go(address)
    other = desk.page.context.new_page()
    other.goto(address)
    other.locator("[name=topic]").fill("Salud en la frontera")
    other.locator("main form button.btn-primary").click()
    other.wait_for_url("**/sesiones/*/")
    desk.fill(topic="Educación en la frontera")
    with desk.page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        desk.submit()
    assert answer.value.status == 409
    assert "Salud en la frontera" in desk.text
    assert desk.page.locator("[name=topic]").input_value() == "Educación en la frontera"
    desk.submit()
    assert Session.objects.get(pk=session.pk).topic == "Educación en la frontera"


def test_dead_links_say_what_happened_and_not_whose_they_were(
    cast: Cast, phone: Reader, mailbox: Mailbox
) -> None:
    session = world.convened(cast)
    asked = world.invitation(session, cast.ngo)
    token, foreign = asked.token, world.foreign_token(cast, session)
    for broken in (token[:-1], token[:-4] + "AAAA", f"x{token}", "nada", foreign):
        assert phone.go(page("attendees:invitation", broken)).status == 404
        assert "Fundación Puente Sur" not in phone.text
    attendees.revoke_link(invitation_id=asked.pk, by=cast.secretariat, now=cast.now)
    assert phone.go(page("attendees:invitation", token)).status == 410
    assert "Carmen" not in phone.text
    phone.submit()
    renewed = mailbox.wait_for(to=cast.carmen.email, subject="Su nuevo enlace")
    assert phone.go(renewed.link("/i/")).status == 200


def test_the_link_of_a_session_that_is_over_is_gone(cast: Cast, phone: Reader) -> None:
    session = world.convened(cast, starts_at=cast.now - timedelta(days=1), now=cast.now - timedelta(days=21))
    asked = world.invitation(session, cast.ngo)
    assert phone.go(page("attendees:invitation", asked.token)).status == 410
    assert phone.page.locator("h1").count() == 1


def test_an_open_redirect_and_a_script_in_a_name_do_nothing(cast: Cast, desk: Reader) -> None:
    cast.rosa.user.name = "<script>alert(1)</script>"
    cast.rosa.user.save(update_fields=["name"])
    desk.go("/es/cuenta/login/?next=https://elsewhere.example/")
    desk.fill(login=cast.rosa.user.email, password="una clave larga")
    desk.submit()
    assert desk.page.url.startswith(desk.stage.url)
    assert desk.page.locator("script:has-text('alert')").count() == 0
