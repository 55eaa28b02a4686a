"""What may be casa adentro has one door; who writes sees everything, who reads asks for whom (docs/decisions/0022)."""

import re

import pytest

from coordination.sessions.models import AgendaItem, Block, Outcome, Paper
from launcher.home import ROOT

WHOLE = re.compile(
    r"\b(?:Block|AgendaItem|Outcome|Paper)\.objects\b(?!\.(?:none|visible_to|shown_to|open)\()"
)
ASKS = re.compile(
    r"\b(?:visible_to|shown_to|is_casa_adentro|circles_of|stands_in|in_circle|is_inside)\b|\.open\(\)"
)
WRITERS = ("actions", "demo", "migrations")


@pytest.mark.parametrize("model", [Block, AgendaItem, Outcome, Paper])
def test_what_hangs_from_a_session_is_what_everybody_sees(model: type) -> None:
    """``session.blocks``, ``item.outcomes``, forms and the administration read through the default manager."""
    assert model._default_manager.name == "open_ones"  # type: ignore[attr-defined]
    assert model._base_manager.name != "open_ones"  # type: ignore[attr-defined]  # a foreign key still leads to it


def test_who_reads_all_parts_of_a_session_asks_who_may_see_them() -> None:
    """A simple net: a module outside ``sessions`` that reads every row of a part has some question about the reader."""
    found = []
    for file in sorted((ROOT / "coordination").rglob("*.py")):
        way = file.relative_to(ROOT / "coordination").parts
        if way[0] == "sessions" or any(part.removesuffix(".py") in WRITERS for part in way):
            continue
        text = file.read_text()
        if WHOLE.search(text) and not ASKS.search(text):
            found.append("/".join(way))
    assert found == []
