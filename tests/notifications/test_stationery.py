"""Sheets: put together and inlined once, and never filled in with a hole."""

import traceback
from pathlib import Path
from typing import Any

import pytest
from django.template import TemplateDoesNotExist

from coordination.notifications import stationery
from coordination.notifications.models import Notification
from coordination.notifications.stationery import Gap, fill
from tests.notifications.conftest import Sink, World


@pytest.fixture
def sheets(tmp_path: Path, settings: Any) -> Any:
    """A folder of sheets of the test's own, in front of ours."""

    def write(**sources: str) -> None:
        for name, source in sources.items():
            (tmp_path / name.replace("__", ".")).write_text(source)

    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    stationery._engine.cache_clear()
    stationery._sheet.cache_clear()
    yield write
    stationery._engine.cache_clear()
    stationery._sheet.cache_clear()


@pytest.mark.parametrize(
    "source",
    [
        "{{ gone }}", "{{ known.gone }}", "{{ gone|default:'x' }}", "{{ gone|upper }}", "{{ known|join:gone }}",
        "{% with x=gone %}{{ x }}{% endwith %}",
    ],
)  # fmt: skip
def test_a_name_nobody_gave_stops_the_letter(sheets: Any, source: str) -> None:
    sheets(a__txt=source)
    with pytest.raises(Gap):
        fill("a.txt", {"known": "x"}, escape=False)


def test_a_gap_says_nothing_of_the_facts(sheets: Any) -> None:
    sheets(a__txt="{{ gone }}", b__txt="{{ name|join:gone }}")
    facts = {"name": "-".join(("Eva", "Lara"))}
    for sheet in ("a.txt", "b.txt"):
        with pytest.raises(Gap) as gap:
            fill(sheet, facts, escape=False)
        assert "Eva-Lara" not in "".join(traceback.format_exception(gap.value))


def test_asking_whether_there_is_something_is_allowed(sheets: Any) -> None:
    sheets(a__txt="{% if gone %}x{% endif %}{% for one in gone %}x{% endfor %}y")
    assert fill("a.txt", {}, escape=False) == "y"


def test_a_sheet_that_does_not_exist_is_no_letter(sheets: Any) -> None:
    with pytest.raises(TemplateDoesNotExist):
        fill("none.txt", {}, escape=False)


def test_rules_become_attributes_and_the_template_stays_as_it_was(sheets: Any) -> None:
    sheets(
        frame__html="<html><head><style>td{color:red} @media print{td{color:blue}}</style></head>"
        "<body>{% block letter %}{% endblock %}</body></html>",
        part__html='<a href="{{ url }}">{{ label }}</a>',
        a__html='{% extends "frame.html" %}{% block letter %}<table>{% if yes %}<tr><td>{{ words|join:", " }}</td></tr>'
        '{% endif %}</table>{% include "part.html" with url=address label="Ver" only %}{% endblock %}',
    )
    facts = {"yes": True, "words": ["a<b", "c"], "address": "https://x.example/?a=1&b=2"}
    filled = fill("a.html", facts, escape=True)
    assert '<td style="color: red;">a&lt;b, c</td>' in filled
    assert '<a href="https://x.example/?a=1&amp;b=2">Ver</a>' in filled
    assert "@media print" in filled
    assert "<tr>" not in fill("a.html", facts | {"yes": False}, escape=True)


def test_a_tag_that_would_be_lost_is_found_when_the_sheet_is_read(sheets: Any) -> None:
    sheets(a__html="<html><head></head><body><p {% if x %}class{% endif %}>x</p></body></html>")
    with pytest.raises(ValueError, match="no place"):
        fill("a.html", {"x": 1}, escape=True)


@pytest.mark.django_db
def test_a_letter_with_a_gap_is_never_sent_and_the_others_leave(
    world: World, sink: Sink, sheets: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "emails" / "es"
    folder.mkdir(parents=True)
    (folder / "delegation_confirmed.txt").write_text("Hola {{ name }}, venga a {{ gone }}")
    world.convene()
    world.name(("principal", "Eva Lara", "eva@cast.example"))
    world.plan()
    tally = world.send()
    row = Notification.objects.get(kind="delegation_confirmed")
    assert (row.state, row.answer_text, row.attempts) == (Notification.State.PLANNED, "Gap", 1)
    assert sink.to("eva@cast.example") == []
    assert (tally.sent, tally.postponed) == (2, 1)
