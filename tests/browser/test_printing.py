"""On paper: the months of a road map stay apart, its head says whose it is, and reasons are not folded away."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PageObject, PdfReader

from coordination.commitments.models import Commitment
from tests.browser import world
from tests.browser.reader import DESK, PHONE, Reader
from tests.cast import Cast

ROAD, LIST = "/es/compromisos/hoja-de-ruta/", "/es/compromisos/"
LONG = "Compromiso" + "muylargo" * 12


def printed(reader: Reader) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(reader.page.pdf(prefer_css_page_size=True))).pages)


def words(pages: list[PageObject]) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def boxes(reader: Reader, selector: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reader.page.eval_on_selector_all(
        selector, "all => all.map(one => one.getBoundingClientRect().toJSON())"
    )
    return found


@pytest.fixture
def commitment(cast: Cast) -> Commitment:
    return world.agreed(cast, world.over(cast))


def test_the_road_map_lies_on_its_side_with_its_months_apart(
    commitment: Commitment, opened: Callable[..., Reader]
) -> None:
    reader = opened(DESK)
    reader.go(f"{ROAD}?mesa={commitment.mesa.slug}&group=responsible")
    reader.page.emulate_media(media="print")
    pages = printed(reader)
    assert len(pages) == 1
    assert pages[0].mediabox.width > pages[0].mediabox.height
    said = words(pages)
    for expected in (commitment.mesa.name, commitment.code, "Agrupado por: organización", "fecha vigente"):
        assert expected in said, expected
    assert "(/es/" not in said
    reader.page.set_viewport_size({"width": 1030, "height": 700})  # what is left of the paper
    months = boxes(reader, ".m-road__axis text")
    assert len(months) >= 3
    assert all(after["left"] > before["right"] for before, after in zip(months, months[1:], strict=False))


def test_a_commitment_prints_its_reasons_and_no_buttons_and_a_long_word_stays_on_the_paper(
    commitment: Commitment, opened: Callable[..., Reader]
) -> None:
    Commitment.objects.filter(pk=commitment.pk).update(statement_es=LONG)
    reader = opened(DESK)
    reader.go(commitment.get_absolute_url())
    reader.page.emulate_media(media="print")
    said = words(pages := printed(reader))
    assert len(pages) <= 2
    assert commitment.mesa.name in said
    assert "Vence el" in said  # the sentence under "Why?", which is folded on the screen
    assert "Cómo se calcula el semáforo" not in said
    reader.go(LIST)
    reader.page.set_viewport_size({"width": 690, "height": 1000})  # A4 between its margins
    reader.page.emulate_media(media="print")
    assert LIST in words(printed(reader))  # the address, which is the whole filter
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 690


def test_on_a_phone_the_months_stand_above_the_cards_and_what_was_promised_first(
    commitment: Commitment, opened: Callable[..., Reader]
) -> None:
    reader = opened(PHONE)
    reader.go(ROAD)
    months = boxes(reader, ".m-roadmap .m-road__axis text")
    assert months
    assert all(month["height"] > 8 and 0 <= month["left"] < month["right"] <= 360 for month in months)
    reader.go(commitment.get_absolute_url())
    promised, chart = boxes(reader, ".m-what")[0], boxes(reader, "[aria-labelledby=ind]")[0]
    assert promised["bottom"] < chart["top"]
    assert boxes(reader, ".m-crumbs")[0]["height"] < 48
    assert all(link["height"] >= 24 for link in boxes(reader, ".m-crumbs a, .m-sect > a"))
