"""Rich text: whatever comes in, what is kept has our tags alone, every word of it, and stays as it is."""

import re
import time

import pytest
from django.template import Context, Template
from hypothesis import given, settings
from hypothesis import strategies as st

from coordination.documents import rich
from coordination.documents.rich import RichTextTooLong, TableTooWide, clean, from_text, paragraphs, plain

OURS = re.compile(
    r"</?(?:p|h3|h4|ul|ol|li|blockquote|strong|em|table|thead|tbody|tr|td)>|<br>|</a>|</th>"
    r'|<th scope="col">|<a href="(?:https?://|mailto:)[^"<>\s]+" rel="noopener noreferrer">',
    re.IGNORECASE,
)
PIECES = [
    "<p>", "</p>", "<b>", "</b>", "<em>", "</em>", "<ul>", "<ol>", "</ul>", "</ol>", "<li>", "</li>", "<br>", "<td>",
    "<table>", "</table>", "<tr>", "<th>", "<thead>", "</thead>", "<blockquote>", "</blockquote>", "<h1>", "</h1>",
    "<h4>", "</h4>", '<a href="https://a.ec/?a=1&b=2">', "<a href='javascript:alert(1)'>", "</a>", "<script>",
    "</script>", '<p class="MsoListParagraph">', "·&nbsp;&nbsp;", "1) ", "&nbsp;", "&lt;", "&amp;lt;", "<", '"', "\n",
    "\x00", "\u202e", "a\u0301", "\u0301", "<!--", "-->", "]]>", "<svg><style>", "palabra", " ", "ñ", "<div>",
    "</div>", "<b style='font-weight:normal'>", "<span style='font-style:italic'>", "</span>", "- ", "\ud800",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=30).map("".join))
def test_what_is_clean_stays_as_it_is_and_has_only_our_tags(html: str) -> None:
    once = clean(html)
    assert clean(once) == once
    assert "<" not in OURS.sub("", once)
    assert [one.number for one in paragraphs(once)] == list(range(1, len(paragraphs(once)) + 1))
    assert plain(once) == "\n".join(one.text for one in paragraphs(once))
    assert all(one.text.strip() for one in paragraphs(once))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_notes_keep_their_words(text: str) -> None:
    kept = from_text(f"Nota: {text}")
    assert clean(kept) == kept
    assert plain(kept).startswith("Nota:")


@pytest.mark.parametrize(
    "html",
    [
        "<img src=x onerror=alert(1)>",
        "<p onclick=alert(1) style='background:url(//x)' id=a class=b>hola</p>",
        "<a href='javascript:alert(1)'>x</a><a href='data:text/html,x'>y</a><a href='/admin/'>z</a>",
        "<a href='https://a.ec/\"onmouseover=\"alert(1)'>x</a>",
        "<svg><a xlink:href='javascript:alert(1)'>x</a></svg><math><mi>x</mi></math>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<form action=//x><input name=a><button>b</button></form><iframe srcdoc='<script>1</script>'></iframe>",
    ],
)
def test_nothing_of_the_senders_runs_or_opens(html: str) -> None:
    kept = clean(html)
    assert not re.search(r"on\w+=|javascript|data:|style=|id=|class=|src|/admin/|<(?!/?(p|br|a))", kept)


def test_a_paste_from_word_becomes_lists_tables_and_paragraphs() -> None:
    pasted = (
        "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><style>p.MsoNormal{margin:0}</style>"
        "<title>Acta</title><!--[if gte mso 9]><xml><w:View>Print</w:View></xml><![endif]--></head><body>"
        "<p class=MsoNormal style='mso-fareast-language:ES'><b><span lang=ES-EC>Primer\u00a0 punto<o:p></o:p></span></b></p>"
        "<p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        "<p class=MsoListParagraphCxSpFirst style='mso-list:l0 level1 lfo1'><![if !supportLists]><span>·<span>"
        "&nbsp;&nbsp;&nbsp; </span></span><![endif]>Agua <i>segura</i></p>"
        "<p class=MsoListParagraphCxSpLast>·&nbsp; Salud</p>"
        "<p class=MsoListParagraph>1)&nbsp; Uno</p>"
        "<table class=MsoTableGrid><tr><td><p><b>Entidad</b></p></td><td><p><b>Plazo</b></p></td></tr>"
        "<tr><td><p>ONG</p></td><td><p>Mayo<o:p></o:p></p></td></tr></table></body></html>"
    )
    assert clean(pasted) == (
        "<p><strong>Primer punto</strong></p><ul><li>Agua <em>segura</em></li><li>Salud</li></ul><ol><li>Uno</li></ol>"
        '<table><thead><tr><th scope="col">Entidad</th><th scope="col">Plazo</th></tr></thead>'
        "<tbody><tr><td>ONG</td><td>Mayo</td></tr></tbody></table>"
    )


def test_a_paste_from_google_is_not_all_bold() -> None:
    pasted = "<b style='font-weight:normal;' id='docs-internal'><p><span style='font-weight:700'>Sí</span> no</p></b>"
    assert clean(pasted) == "<p><strong>Sí</strong> no</p>"


def test_two_megabytes_are_refused_in_words_and_at_once() -> None:
    began = time.process_time()
    with pytest.raises(RichTextTooLong, match="sigue ahí") as refused:
        clean("<p class=MsoNormal style='mso-bidi-font-weight:normal'>texto</p>" * 32_000)
    assert refused.value.field == "body"
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("tags", ["<ul><li>", "<div><p>", "<b><p>", "<blockquote><b>", "<table><td>"])
def test_ten_thousand_nested_tags_do_no_harm(tags: str) -> None:
    began = time.process_time()
    kept = clean(tags * 9_999 + "x")
    assert plain(kept) == "x"
    assert kept.count("<ul>") <= 3
    assert time.process_time() - began < 5


def test_a_table_wider_than_a_sheet_is_refused() -> None:
    with pytest.raises(TableTooWide):
        clean("<table><tr>" + "<td>x</td>" * 13 + "</tr></table>")


def test_paragraphs_are_numbered_items_and_rows_too() -> None:
    body = clean(
        "<h3>Agua</h3><p>Uno</p><ul><li>a<ol><li>b</li><li>c</li></ol></li></ul>"
        "<table><tr><th>X</th></tr><tr><td>y</td></tr></table><blockquote>cita</blockquote>"
    )
    assert [(one.number, one.kind.value, one.text, one.depth, one.marker) for one in paragraphs(body)] == [
        (1, "heading", "Agua", 0, ""),
        (2, "paragraph", "Uno", 0, ""),
        (3, "item", "a", 1, "•"),
        (4, "item", "b", 2, "1."),
        (5, "item", "c", 2, "2."),
        (6, "row", "X", 0, ""),
        (7, "row", "y", 0, ""),
        (8, "quote", "cita", 0, ""),
    ]


def test_notes_typed_as_text_become_paragraphs_and_lists() -> None:
    typed = "Se abre.\nCon <12> entidades.\n\n- agua\n- salud\n1. uno\n2) dos\n\nFin & cierre"
    assert from_text(typed) == (
        "<p>Se abre.<br>Con &lt;12&gt; entidades.</p><ul><li>agua</li><li>salud</li></ul>"
        "<ol><li>uno</li><li>dos</li></ol><p>Fin &amp; cierre</p>"
    )


def test_a_page_shows_it_safely_even_when_the_database_does_not_hold_clean_text() -> None:
    page = Template("{% load rich %}{{ body|rich }}").render(
        Context({"body": "<p>a<script>1</script>&lt;b&gt;</p>"})
    )
    assert page == "<p>a&lt;b&gt;</p>"


def test_the_model_reads_what_it_wrote() -> None:
    body = (
        "<p><strong>a</strong><br>b <a href='mailto:a@b.ec'>c</a></p><ol><li>d<ul><li>e</li></ul></li></ol>"
    )
    found = rich.blocks(body)
    assert rich.blocks(rich.to_html(found)) == found
