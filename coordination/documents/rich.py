"""Rich text: what an editor hands in, what is kept, what pages show; ``blocks`` is what papers are set from.

Whatever comes in (the editor, a paste from Word, a hostile request) is read into blocks and written again from them:
no tag, attribute or style of the sender's survives, only the text and the few meanings a record needs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby

import nh3
from django.utils.translation import gettext_lazy as _

from coordination.common.errors import DomainError
from coordination.documents.blocks import Block, Item, Kind, Run, Runs, text_of
from coordination.documents.reading import EDGES, HEADINGS, Reader

MOST = 400_000  # characters: 60 printed pages have 200,000; what Word pastes is mostly not text
MOST_TAGS = 20_000  # a table of 400 rows has 12,000
MOST_COLUMNS = 12  # an A4 sheet holds no more
TAGS = {"strong", "b", "em", "i", "a", "span", "br", "ul", "ol", "li"} | EDGES | set(HEADINGS)
TAGS |= {"table", "thead", "tbody", "tfoot", "tr", "th", "td"}
# Not even their words: they are of the page they were copied from.
WITHOUT = {
    "script",
    "style",
    "title",
    "head",
    "noscript",
    "template",
    "svg",
    "math",
    "object",
    "iframe",
    "xml",
}
# Only to be read: Word's lists are known by a class, Google's bold by a style.
ATTRIBUTES = {"a": {"href"}, "p": {"class"}, "b": {"style"}, "strong": {"style"}, "span": {"style"}}


class RichTextTooLong(DomainError):
    """More than a section holds."""

    default_message = _(
        "The text is too long for one section. What was saved before is still there. "
        "Paste it in parts, or paste it without format."
    )


class TableTooWide(DomainError):
    """A table that no sheet holds."""

    default_message = _(
        "A table has more than 12 columns, and a page does not hold it. What was saved before is still there. "
        "Split the table, or add it as an annex."
    )


@dataclass(frozen=True)
class Paragraph:
    """What somebody can point at, numbered from 1 in reading order.

    A paragraph, heading and quote is one each; so is every item of a list at any depth, and every row of a table,
    its header included. ``kind`` is paragraph, heading, quote, item or row; ``html`` stands by itself; ``marker`` of
    an item is "2." or "•"; ``block`` says which block it is part of, from 0: a new list or table begins with a new one.
    """

    number: int
    kind: Kind
    html: str
    text: str
    block: int
    depth: int = 0
    marker: str = ""


def clean(html: str) -> str:
    """The HTML to keep: p, h3, h4, ul, ol, li, blockquote, strong, em, a[href], br and tables; nothing else.

    What is clean stays as it is. Raises RichTextTooLong, TableTooWide, with ``field="body"``.
    """
    if len(html) > MOST or html.count("<") > MOST_TAGS:
        raise RichTextTooLong(field="body")
    found = blocks(html)
    if any(len(block.rows[0]) > MOST_COLUMNS for block in found if block.kind == Kind.TABLE):
        raise TableTooWide(field="body")
    kept = to_html(found)
    # Written out, signs like & are longer than they came.
    if len(kept) > MOST or kept.count("<") > MOST_TAGS:
        raise RichTextTooLong(field="body")
    return kept


def blocks(html: str) -> list[Block]:
    """The blocks of a text. Safe for any text; how long it may be is what ``clean`` asks."""
    reader = Reader()
    reader.feed(
        nh3.clean(
            html.encode("utf-8", "ignore").decode(),
            tags=TAGS,
            clean_content_tags=WITHOUT,
            attributes=ATTRIBUTES,
            filter_style_properties={"font-weight", "font-style"},
            url_schemes={"http", "https", "mailto"},
            link_rel=None,
        )
    )
    return reader.finished()


def to_html(found: list[Block]) -> str:
    """Safe HTML of blocks: the only tags in it are ours, every text is escaped."""
    parts = []
    for is_quote, group in groupby(found, key=lambda block: block.kind == Kind.QUOTE):
        written = "".join(map(_block_html, group))
        parts.append(f"<blockquote>{written}</blockquote>" if is_quote else written)
    return "".join(parts)


def paragraphs(html: str) -> list[Paragraph]:
    """What can be observed, one by one. The same text always gives the same numbers."""
    return [
        Paragraph(number, *one) for number, one in enumerate(_each(blocks(html)), start=1)
    ]  # fmt: skip


def plain(html: str) -> str:
    """The words alone, a paragraph a line; cells of a row are parted by `` · ``."""
    return "\n".join(paragraph.text for paragraph in paragraphs(html))


def from_text(text: str) -> str:
    """Notes typed as plain text, as clean HTML: a blank line parts paragraphs, ``- `` and ``1. `` begin items.

    Raises as ``clean`` does.
    """
    out: list[str] = []
    for chunk in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        for tag, group in groupby(chunk.strip().split("\n"), key=_list_of):
            lines = [escape(_MARKERS.sub("", line) if tag else line, quote=False) for line in group]
            if tag:
                out.append(f"<{tag}>{''.join(f'<li>{line}</li>' for line in lines)}</{tag}>")
            else:
                out.append(f"<p>{'<br>'.join(lines)}</p>")
    return clean("".join(out))


_MARKERS = re.compile(r"^\s*(?:[-•*–]|\d{1,3}[.)])\s+")


def _list_of(line: str) -> str:
    found = _MARKERS.match(line)
    return "" if not found else "ol" if found.group().strip()[0].isdigit() else "ul"


def _block_html(block: Block) -> str:
    if block.kind == Kind.LIST:
        return _list_html(block)
    if block.kind == Kind.TABLE:
        return _table_html(block)
    tag = f"h{block.level}" if block.kind == Kind.HEADING else "p"
    return f"<{tag}>{_runs_html(block.runs)}</{tag}>"


def _list_html(block: Block) -> str:
    tag = "ol" if block.ordered else "ul"
    items = (f"<li>{_runs_html(one.runs)}{''.join(map(_list_html, one.lists))}</li>" for one in block.items)
    return f"<{tag}>{''.join(items)}</{tag}>"


def _table_html(block: Block) -> str:
    rows = list(block.rows)
    head = ""
    if block.header:
        names = "".join(f'<th scope="col">{_runs_html(cell)}</th>' for cell in rows.pop(0))
        head = f"<thead><tr>{names}</tr></thead>"
    body = "".join(f"<tr>{''.join(f'<td>{_runs_html(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{head}{f'<tbody>{body}</tbody>' if body else ''}</table>"


def _runs_html(runs: Runs) -> str:
    out = []
    for link, group in groupby(runs, key=lambda run: run.link):
        inside = "".join(map(_run_html, group))
        out.append(f'<a href="{escape(link)}" rel="noopener noreferrer">{inside}</a>' if link else inside)
    return "".join(out)


def _run_html(run: Run) -> str:
    text = escape(run.text, quote=False).replace("\n", "<br>")
    text = f"<em>{text}</em>" if run.italic else text
    return f"<strong>{text}</strong>" if run.bold else text


def _each(found: list[Block]) -> Iterator[tuple[Kind, str, str, int, int, str]]:
    for at, block in enumerate(found):
        if block.kind == Kind.LIST:
            yield from _items(block, at, 1)
        elif block.kind == Kind.TABLE:
            for index, row in enumerate(block.rows):
                alone = Block(Kind.TABLE, rows=(row,), header=block.header and index == 0)
                text = " · ".join(text_of(cell).replace("\n", " ") for cell in row)
                yield Kind.ROW, _table_html(alone), text, at, 0, ""
        else:
            yield block.kind, to_html([block]), text_of(block.runs).replace("\n", " "), at, 0, ""


def _items(block: Block, at: int, depth: int) -> Iterator[tuple[Kind, str, str, int, int, str]]:
    for index, item in enumerate(block.items, start=1):
        words = text_of(item.runs).replace("\n", " ")
        alone = Block(Kind.PARAGRAPH, item.runs)
        yield Kind.ITEM, _block_html(alone), words, at, depth, f"{index}." if block.ordered else "•"
        for inner in item.lists:
            yield from _items(inner, at, depth + 1)


__all__ = [
    "Block", "Item", "Kind", "Paragraph", "RichTextTooLong", "Run", "Runs", "TableTooWide", "blocks", "clean",
    "from_text", "paragraphs", "plain", "to_html",
]  # fmt: skip
