"""What rich text is made of, once read: blocks of runs. Pages, PDF and DOCX all begin here."""

from dataclasses import dataclass
from enum import StrEnum

DEPTH = 3  # of lists; what lies deeper stands on the third level


class Kind(StrEnum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST = "list"
    ITEM = "item"
    QUOTE = "quote"
    TABLE = "table"
    ROW = "row"


@dataclass(frozen=True)
class Run:
    """Text of one look; a line break is ``\\n``."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""

    @property
    def look(self) -> tuple[bool, bool, str]:
        return self.bold, self.italic, self.link


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Item:
    """Of a list: its words, and lists inside it."""

    runs: Runs
    lists: tuple["Block", ...] = ()


@dataclass(frozen=True)
class Block:
    """``runs`` of a paragraph, heading (``level`` 3 or 4) or quote; ``items`` of a list; ``rows`` of cells of a table.

    All rows of a table have as many cells; with ``header`` the first row names the columns.
    """

    kind: Kind
    runs: Runs = ()
    level: int = 0
    ordered: bool = False
    items: tuple[Item, ...] = ()
    header: bool = False
    rows: tuple[tuple[Runs, ...], ...] = ()


def text_of(runs: Runs) -> str:
    return "".join(run.text for run in runs)
