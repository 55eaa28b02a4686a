"""What a page weighs, and that what is served is what the sources say."""

import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings

from coordination.common.management.commands.join_css import joined

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"


def weight(*names: str) -> int:
    return sum(len(brotli.compress((STATIC / name).read_bytes())) for name in names)


def test_the_joined_sheet_is_up_to_date():
    served = (STATIC / "css" / "minga.css").read_text(encoding="utf-8")
    assert served == joined(STATIC / "css"), "Run: manage.py join_css"


def test_the_sheet_stays_below_25_kilobytes():
    assert weight("css/minga.css") <= 25_000


def test_what_a_public_page_loads_leaves_room_for_its_text():
    # Public pages weigh at most 60 kB in all: 25 for what every page loads, the rest for text and drawings.
    loaded = ("css/minga.css", "js/theme.js", "js/minga.js", "js/zone.js", "icons.svg", "simbolo.svg")
    assert weight(*loaded) <= 25_000
    assert len((STATIC / "js" / "zone.js").read_bytes()) <= 2_000


def test_licence_notices_travel_with_what_they_license():
    assert "Licensed under MIT" in (STATIC / "css" / "minga.css").read_text(encoding="utf-8")
    assert "ISC licence" in (STATIC / "icons.svg").read_text(encoding="utf-8")
    assert {path.name for path in (STATIC / "css" / "vendor").glob("LICENSE*")} == {
        "LICENSE-bootstrap.txt",
        "LICENSE-lucide.txt",
    }


def pages() -> list[Path]:
    return sorted(path for path in TEMPLATES.rglob("*.html") if "emails" not in path.parts)


def test_every_icon_a_template_names_is_in_the_sprite():
    known = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    named = {
        name
        for path in pages()
        for pair in re.findall(r'{% icon "([\w-]+)"|icon_name="([\w-]+)"', path.read_text(encoding="utf-8"))
        for name in pair
        if name
    }
    assert named <= known


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_page_carries_a_style_or_script_of_its_own(path: Path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"\sstyle=|\son[a-z]+=\"|<style(?! data-tiptap-style nonce=\"{{ CSP_NONCE }}\"></style>)|<script(?![^>]*(src=|application/json))",
        text,
    )


def test_dark_says_the_same_by_device_and_by_choice():
    tokens = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
    blocks = re.findall(
        r"(?:\n\[data-bs-theme=\"dark\"\]|:root:not\(\[data-bs-theme\]\)) \{(.*?)\n\}", tokens, re.DOTALL
    )
    assert len(blocks) == 2
    assert blocks[0].strip() == blocks[1].strip()
