"""The gallery: every letter in every language, with invented facts, without a database row and without a gap."""

import re
from typing import Any

import pytest
from django.test import Client

from coordination.notifications import gallery
from tests.cast import Cast

GALLERY = "/es/mensajes/cartas/"


@pytest.mark.parametrize("language", gallery.LANGUAGES)
@pytest.mark.parametrize("name", gallery.NAMES)
def test_every_letter_is_shown_whole(name: str, language: str) -> None:
    letter = gallery.letter(name, language)
    assert len(letter.subject) > 10
    assert "Carmen Loja" in letter.text and "Carmen Loja" in letter.html
    assert f'lang="{language}"' in letter.html
    for part in (letter.subject, letter.text, letter.html):
        assert "{{" not in part and "{%" not in part
        assert not re.search(r"[\w-]{22}\.[\w-]{32}", part)


@pytest.mark.django_db
def test_the_gallery_shows_all_in_the_language_asked_for(cast: Cast, sign_in: Any) -> None:
    for language in gallery.LANGUAGES:
        page = sign_in(cast.rosa).get(f"{GALLERY}?letra={language}").content.decode()
        assert page.count("<iframe") == len(gallery.NAMES)
        assert gallery.letter("casa_adentro", language).subject in page


@pytest.mark.django_db
def test_a_frame_runs_nothing_and_leads_nowhere(cast: Cast, sign_in: Any) -> None:
    answer = sign_in(cast.rosa).get(f"{GALLERY}invitation/es/")
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    for wrong in ("nada/es/", "invitation/qu/"):
        assert sign_in(cast.rosa).get(GALLERY + wrong).status_code == 404


@pytest.mark.django_db
def test_the_gallery_is_for_who_reads_messages(cast: Cast, sign_in: Any) -> None:
    assert Client().get(GALLERY).status_code == 302
    assert sign_in(cast.luis).get(GALLERY).status_code == 403
    assert sign_in(cast.luis).get(f"{GALLERY}invitation/es/").status_code == 403
    assert sign_in(cast.ana).get(GALLERY).status_code == 200


def test_a_letter_of_the_gallery_tells_one_story_in_its_own_language() -> None:
    """No Spanish title in English, nothing overdue that is still to come, no met commitment that lacks something."""
    english = {name: gallery.letter(name, "en") for name in gallery.NAMES}
    for name in ("referral_raised", "referral_answered"):
        assert "Health staff" in english[name].subject, english[name].subject
    assert "secretariat of Cantonal Mesa of Huaquillas" in english["referral_answered"].text
    assert "was due 10 days ago" in english["commitment_letter"].text
    assert "is missing" not in english["commitment_verified"].text
    assert "III session, Southern Border" in english["commitment_extended"].text
    assert "The secretariat" not in english["commitment_extended"].text
