"""The page of the mail on a weak network: what a first visit weighs, and what it says when there is no network."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from tests.cast import Cast
from tests.commitments.world import agreed, report

pytestmark = pytest.mark.django_db
MOST = 60_000
ASKED = re.compile(r'(?:href|src)="' + re.escape(settings.STATIC_URL) + r'([^"#]+)')


def weight(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def test_a_first_visit_weighs_less_than_sixty_kilobytes(cast: Cast) -> None:
    commitment = agreed(cast)
    report(cast, commitment, done=False)
    page = Client().get(commitment.get_report_link()).content
    total = weight(page)
    names = set(ASKED.findall(page.decode()))
    assert "js/report.js" in names and "icons.svg" in names
    for name in names:
        found = finders.find(name)
        assert isinstance(found, str), name
        content = Path(found).read_bytes()
        assert b"url(" not in content or b"@font-face" not in content, "a font would have to be counted"
        total += weight(content)
    assert total <= MOST


def test_the_page_has_words_for_sending_and_for_no_network(cast: Cast) -> None:
    page = Client().get(agreed(cast).get_report_link()).content.decode()
    for words in ("data-sending hidden", "data-offline hidden", "data-draft="):
        assert words in page
