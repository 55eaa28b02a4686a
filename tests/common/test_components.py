"""Components stand alone: nothing of the page leaks in, nothing they are told gets out unescaped."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

FOLDER = Path(settings.BASE_DIR) / "templates" / "components"
SEVEN = [{"label": f"Sector {n}", "count": n} for n in range(7)]


def render(text: str, **context: object) -> str:
    with translation.override("es"):
        return Template(CottonCompiler().process(text)).render(Context(context))


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("[!_]*.html")))
def test_every_component_renders_with_nothing_said(name: str):
    assert render_to_string(f"components/{name}") is not None


@pytest.mark.parametrize(
    "tag",
    [
        '<c-page-header title="{{ x }}"><c-slot name="over">{{ x }}</c-slot></c-page-header>',
        '<c-card title="{{ x }}" id="a" link="/" link_text="{{ x }}">{{ x }}</c-card>',
        '<c-task title="{{ x }}" note="{{ x }}" when="{{ x }}" />',
        '<c-empty :title="x" text="{{ x }}" url="/" action="{{ x }}" />',
        '<c-light state="amber" text="{{ x }}" />',
        '<c-badge state="held" text="{{ x }}" />',
        '<c-delegate name="{{ x }}" role="{{ x }}" url="/" />',
        '<c-toast undo="/">{{ x }}</c-toast>',
        '<c-event when="{{ x }}" title="{{ x }}" />',
        '<c-agenda-item at="09:00" title="{{ x }}" note="{{ x }}" />',
    ],
)
def test_what_people_write_is_escaped_once(tag: str):
    page = render(tag, x='Salud & <b>"paz"</b>')
    assert "<b>&quot;" not in page
    assert '<b>"paz"' not in page
    assert "Salud &amp; &lt;b&gt;" in page
    assert "&amp;amp;" not in page


def test_the_page_does_not_leak_into_a_component():
    page = render(
        '<c-card><c-task title="Circular el acta" /></c-card>',
        title="LEAK",
        note="LEAK",
        url="/LEAK",
        id="LEAK",
    )
    assert "LEAK" not in page


def test_a_state_is_said_in_words_beside_its_colour():
    said = {
        state: render(f'<c-light state="{state}" />')
        for state in ("green", "amber", "red", "grey", "disputed")
    }
    for state, page in said.items():
        assert f"is-{state}" in page
        assert page.rsplit("</svg>", 1)[1].removesuffix("</span>").strip()


def test_the_gauge_says_in_text_what_it_draws():
    page = render('<c-gauge :sectors="sectors" />', sectors=SEVEN)
    assert 'role="img"' in page
    for sector in SEVEN:
        assert page.count(sector["label"]) >= 1


def test_a_toast_takes_back_by_post():
    page = render('<c-toast undo="/es/deshacer/">Punto eliminado.</c-toast>', csrf_token="t")
    assert '<form method="post" action="/es/deshacer/">' in page
    assert "csrfmiddlewaretoken" in page
    assert 'role="status"' in page


def test_a_single_page_has_no_pagination():
    assert "<nav" not in render('<c-pagination :page="None" />')


def test_the_next_page_keeps_the_filters():
    page = Paginator(range(120), 50).page(2)
    request = RequestFactory().get("/es/compromisos/?estado=red&page=2&q=a%26b")
    text = render('<c-pagination :page="page" unit="compromisos" />', page=page, request=request)
    assert 'href="?estado=red&amp;q=a%26b&amp;page=3"' in text
    assert "51 a 100 de 120 compromisos" in text.replace("51 to 100 of 120", "51 a 100 de 120")
