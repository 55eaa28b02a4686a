"""What each letter shows before it is opened, on a narrow screen, in the dark, and beside a calendar."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from coordination.notifications.kinds import KINDS
from tests.notifications.conftest import World
from tests.notifications.test_letters import written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strict_templates")]
WITH_CALENDAR = ("delegation_confirmed", "delegation_promoted", "session_moved", "session_reminder")


def parts(message: Any) -> tuple[str, str]:
    plain, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    return plain.replace("\r\n", "\n"), html


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"daily_digest", "task_due"}))
def test_a_letter_is_one_column_with_at_most_one_button_and_words_for_the_list(
    kind: str, world: World
) -> None:
    _row, message = written(kind, "es", world)
    text, html = parts(message)
    preheader = re.search(r'<div class="preheader"[^>]*>(.*?)</div>', html, re.S)
    assert preheader and len(preheader[1].strip()) > 8
    assert html.count('class="button"') <= 1
    assert html.count("<h1") == 1
    assert 'name="color-scheme"' in html and "max-width: 480px" in html
    assert "/preferencias/" in html.split('class="why"')[-1]
    for line in text.splitlines():
        if "http://127.0.0.1" in line:
            assert line.startswith("http"), "a link stands on a line of its own"


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("kind", WITH_CALENDAR)
def test_who_goes_finds_three_ways_into_a_calendar(kind: str, language: str, world: World) -> None:
    _row, message = written(kind, language, world)
    text, html = parts(message)
    html = html.replace("&amp;", "&")
    (google,) = re.findall(r'href="(https://calendar\.google\.com/[^"]+)"', html)
    (outlook,) = re.findall(r'href="(https://outlook\.office\.com/[^"]+)"', html)
    assert re.search(r'href="[^"]+/calendario\.ics"', html)
    assert re.search(r"^http\S+/calendario\.ics$", text, re.M)
    for link, name in ((google, "text"), (outlook, "subject")):
        told = parse_qs(urlsplit(link).query)
        assert "Mesa" in told[name][0] and len(link) < 2000
        assert "/i/" not in str(told) and "reunion.example" not in str(told)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(WITH_CALENDAR)))
def test_other_letters_offer_no_calendar(kind: str, world: World) -> None:
    _row, message = written(kind, "es", world)
    assert "calendar.google.com" not in parts(message)[1]
