"""From well-formed HTML to blocks, in one pass without recursion: ten thousand nested tags cost ten thousand steps."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from coordination.documents.blocks import DEPTH, Block, Item, Kind, Run, Runs, text_of

# What may stand around it in an address is written out by whoever writes the address.
LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"'`\\]{1,2000}", re.IGNORECASE)
EDGES = {
    "p", "div", "pre", "section", "article", "header", "footer", "main", "aside", "dl", "dt", "dd", "address",
    "figure", "figcaption", "hr", "blockquote",
}  # fmt: skip
HEADINGS = {"h1": 3, "h2": 3, "h3": 3, "h4": 4, "h5": 4, "h6": 4}
JOINERS = "\u200c\u200d"  # some scripts are wrong without them
# What Word writes before a paragraph that it shows as an item of a list.
WORD_BULLET = re.compile(r"[·•§Øüvo▪–-]\s+")
WORD_NUMBER = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]-?\s+")
BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)")
NOT_BOLD = re.compile(r"font-weight:\s*(?:normal|[1-5]00)")
ITALIC = re.compile(r"font-style:\s*(?:italic|oblique)")


@dataclass
class _List:
    ordered: bool
    items: list["_Item"] = field(default_factory=list)
    of_word: bool = False


@dataclass
class _Item:
    runs: list[Run] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)


@dataclass
class _Table:
    rows: list[list[list[Run]]] = field(default_factory=list)
    names: int = 0  # cells of the first row that say they are names of columns
    in_head: bool = False
    cell: list[Run] | None = None


class Reader(HTMLParser):
    """Feed it, then ask ``finished``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[Block | _List] = []
        self._text: list[Run] = []
        self._marks: list[tuple[str, int, int, str | None]] = []
        self._bold = self._italic = self._quotes = self._heading = 0
        self._links: list[str] = []
        self._open: list[_List | _Item] = []
        self._tables: list[_Table] = []
        self._from_word = False

    def finished(self) -> list[Block]:
        self.close()
        while self._tables:
            self._end_table()
        self._open.clear()
        self._flush()
        made = (_made(one) if isinstance(one, _List) else one for one in self._out)
        return [block for block in made if block.kind != Kind.LIST or block.items]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("strong", "b", "em", "i", "a", "span"):
            self._begin_mark(tag, given)
        elif tag == "br":
            self._break()
        elif tag in EDGES or tag in HEADINGS:
            self._edge()
            self._heading = HEADINGS.get(tag, 0)
            self._quotes += tag == "blockquote"
            self._from_word = tag == "p" and "MsoList" in given.get("class", "")
        elif tag in ("ul", "ol"):
            self._begin_list(ordered=tag == "ol")
        elif tag == "li":
            self._begin_item()
        else:
            self._begin_part_of_table(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("strong", "b", "em", "i", "a", "span"):
            self._end_mark(tag)
        elif tag in EDGES or tag in HEADINGS:
            self._edge()
            self._heading = 0
            self._from_word = False
            self._quotes -= tag == "blockquote" and self._quotes > 0
        elif tag in ("ul", "ol"):
            self._end_list()
        elif tag == "li":
            if self._open and isinstance(self._open[-1], _Item):
                self._open.pop()
        elif tag == "table" and self._tables:
            self._end_table()
        elif tag == "thead" and self._tables:
            self._tables[-1].in_head = False
        elif tag in ("td", "th") and self._tables:
            self._tables[-1].cell = None

    def handle_data(self, data: str) -> None:
        text = re.sub(r"\s+", " ", data)
        text = "".join(sign for sign in text if _stands(sign))
        if text:
            link = self._links[-1] if self._links else ""
            self._put(Run(text, self._bold > 0, self._italic > 0, link))

    def _put(self, run: Run) -> None:
        if self._tables:
            cell = self._tables[0].cell
            # Words between the cells stand before the table.
            (self._text if cell is None else cell).append(run)
        elif self._open:
            here = self._open[-1]
            if isinstance(here, _List):
                if not run.text.strip():
                    return
                here.items.append(_Item())
                here = here.items[-1]
            here.runs.append(run)
        else:
            self._text.append(run)

    def _begin_mark(self, tag: str, given: dict[str, str]) -> None:
        style = given.get("style", "")
        bold = (tag in ("strong", "b") and not NOT_BOLD.search(style)) or bool(BOLD.search(style))
        italic = tag in ("em", "i") or bool(ITALIC.search(style))
        link = given.get("href", "").strip() if tag == "a" else None
        self._marks.append((tag, bold, italic, link))
        self._bold += bold
        self._italic += italic
        if link is not None:
            self._links.append(link if LINK.fullmatch(link) else "")

    def _end_mark(self, tag: str) -> None:
        if not self._marks or self._marks[-1][0] != tag:
            return
        _tag, bold, italic, link = self._marks.pop()
        self._bold -= bold
        self._italic -= italic
        if link is not None:
            self._links.pop()

    def _break(self) -> None:
        """Two breaks in a row are what people who have no paragraphs write for one."""
        apart = not (self._open or self._tables)
        if apart and self._text and self._text[-1].text.rstrip(" ").endswith("\n"):
            self._flush()
        else:
            self._put(Run("\n"))

    def _edge(self) -> None:
        if self._open or self._tables:
            self._put(Run("\n"))
        else:
            self._flush()

    def _flush(self) -> None:
        runs, self._text = tidy(self._text), []
        if not runs:
            return
        if self._from_word and self._word_item(runs):
            return
        if self._heading:
            runs = tidy(replace(run, bold=False) for run in runs)
            self._out.append(Block(Kind.HEADING, runs, level=self._heading))
        else:
            self._out.append(Block(Kind.QUOTE if self._quotes else Kind.PARAGRAPH, runs))

    def _word_item(self, runs: Runs) -> bool:
        text = text_of(runs)
        number, bullet = WORD_NUMBER.match(text), WORD_BULLET.match(text)
        found = bullet or number
        if found is None:
            return False
        ordered, left = bullet is None, found.end()
        last = self._out[-1] if self._out else None
        if not (isinstance(last, _List) and last.of_word and last.ordered == ordered):
            last = _List(ordered, of_word=True)
            self._out.append(last)
        item = _Item()
        for run in runs:
            item.runs.append(replace(run, text=run.text[left:]))
            left = max(0, left - len(run.text))
        last.items.append(item)
        return True

    def _begin_list(self, *, ordered: bool) -> None:
        if self._tables:
            self._edge()
            return
        if not self._open:
            self._flush()
            self._open.append(_List(ordered))
            self._out.append(self._open[-1])  # type: ignore[arg-type]
            return
        lists = [one for one in self._open[: 2 * DEPTH] if isinstance(one, _List)]
        if len(lists) >= DEPTH:
            self._open.append(lists[DEPTH - 1])
            return
        here = self._open[-1]
        if isinstance(here, _List):
            here.items = here.items or [_Item()]
            here = here.items[-1]
        here.lists.append(_List(ordered))
        self._open.append(here.lists[-1])

    def _begin_item(self) -> None:
        if self._tables:
            self._put(Run("\n– "))
            return
        if not self._open:
            self._begin_list(ordered=False)
        if isinstance(self._open[-1], _Item):
            self._open.pop()
        here = self._open[-1]
        if isinstance(here, _List):
            here.items.append(_Item())
            self._open.append(here.items[-1])

    def _end_list(self) -> None:
        while not self._tables and self._open:
            if isinstance(self._open.pop(), _List):
                break
        if self._tables:
            self._edge()

    def _begin_part_of_table(self, tag: str) -> None:
        if tag == "table":
            if self._open or self._tables:
                # A table in a cell or in a list becomes lines of text there.
                self._edge()
                if self._tables:
                    self._tables.append(_Table())
            else:
                self._flush()
                self._tables.append(_Table())
        elif not self._tables:
            if tag in ("tr", "td", "th"):
                self._edge()
        elif len(self._tables) > 1:
            self._put(Run("\n" if tag == "tr" else " "))
        elif tag == "thead":
            self._tables[0].in_head = True
        elif tag == "tr":
            self._tables[0].rows.append([])
        elif tag in ("td", "th"):
            table = self._tables[0]
            table.rows = table.rows or [[]]
            table.cell = []
            table.rows[-1].append(table.cell)
            table.names += len(table.rows) == 1 and (tag == "th" or table.in_head)

    def _end_table(self) -> None:
        table = self._tables.pop()
        if self._tables:
            self._put(Run("\n"))
            return
        self._flush()
        rows = [[tidy(cell) for cell in row] for row in table.rows]
        rows = [row for row in rows if any(row)]
        if not rows:
            return
        width = max(len(row) for row in rows)
        square = tuple(tuple([*row, *[()] * (width - len(row))]) for row in rows)
        first = square[0]
        bold = len(square) > 1 and all(all(run.bold for run in cell) for cell in first) and all(first)
        header = bold or (table.names > 0 and table.names >= len(rows[0]) and bool(table.rows[0]))
        if header:
            first = tuple(tidy(replace(run, bold=False) for run in cell) for cell in first)
            square = (first, *square[1:])
        self._out.append(Block(Kind.TABLE, rows=square, header=header))


def tidy(runs: Iterable[Run]) -> Runs:
    """Runs of one look made one, spaces single and none at an edge, and nothing empty."""
    out: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if out and (out[-1].look == run.look or not run.text.strip()):
            out[-1] = replace(out[-1], text=out[-1].text + run.text)
        else:
            out.append(run)
    lines: list[Run] = []
    last = "\n"
    for run in out:
        text = re.sub(r" *\n[ \n]*", "\n", re.sub(r" +", " ", unicodedata.normalize("NFC", run.text)))
        if last in " \n":
            text = text.lstrip(" \n" if last == "\n" else " ")
        if text.startswith("\n") and lines and last == " ":
            lines[-1] = replace(lines[-1], text=lines[-1].text[:-1])
        if text:
            lines.append(replace(run, text=text))
            last = text[-1]
    while lines and (kept := lines[-1].text.rstrip(" \n")) != lines[-1].text:
        lines[-1:] = [replace(lines[-1], text=kept)] if kept else []
    lines = [run for run in lines if run.text]
    merged: list[Run] = []
    for run in lines:
        if merged and merged[-1].look == run.look:
            merged[-1] = replace(merged[-1], text=merged[-1].text + run.text)
        else:
            merged.append(run)
    return tuple(merged)


def _made(draft: _List) -> Block:
    """A list with what it holds; an item without words gives its place to the items below it."""
    items: list[Item] = []
    for one in draft.items:
        runs = tidy(one.runs)
        lists = tuple(made for made in map(_made, one.lists) if made.items)
        if runs:
            items.append(Item(runs, lists))
        else:
            items.extend(item for made in lists for item in made.items)
    return Block(Kind.LIST, ordered=draft.ordered, items=tuple(items))


def _stands(sign: str) -> bool:
    return sign in JOINERS or not unicodedata.category(sign).startswith("C")
