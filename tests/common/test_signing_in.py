"""Whoever presses a button after their session ran out is brought back to it, never to an empty page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.cast import Cast
from tests.commitments.world import proposal


def next_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["next"][0]


def test_signing_in_leads_back_to_the_page_with_the_button(cast: Cast, sign_in) -> None:
    commitment = proposal(cast)
    page, pressed = (
        f"/en/compromisos/{commitment.public_id}/",
        f"/en/compromisos/{commitment.public_id}/acordar/",
    )
    client = Client()
    answer = client.post(pressed, headers={"referer": f"http://testserver{page}?a=1"})
    assert next_of(answer.url) == f"{page}?a=1"
    assert "nothing was saved" in client.get(answer.url).content.decode()
    assert next_of(client.get("/es/mi-trabajo/").url) == "/es/mi-trabajo/"
    commitment.refresh_from_db()
    assert commitment.state == "proposed"


@pytest.mark.parametrize(
    "came_from", ["", "https://ejemplo.example/x", "//ejemplo.example/x", "javascript:alert(1)"]
)
def test_no_other_site_says_where_signing_in_leads(cast: Cast, came_from: str) -> None:
    pressed = f"/es/compromisos/{proposal(cast).public_id}/acordar/"
    assert next_of(Client().post(pressed, headers={"referer": came_from}).url) == pressed


def test_the_address_of_a_button_says_so(cast: Cast, sign_in) -> None:
    pressed = f"/en/compromisos/{proposal(cast).public_id}/acordar/"
    rosa = sign_in(cast.rosa)
    page = rosa.get(pressed, headers={"accept": "text/html"})
    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert "nothing was changed" in page.content.decode()
    assert rosa.get(pressed, headers={"accept": "application/json"}).content == b""
