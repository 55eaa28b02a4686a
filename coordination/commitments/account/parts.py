"""What a follow-up report is made of: numbers that know their rows, tables, lists, sentences."""

from dataclasses import dataclass
from datetime import datetime

from coordination.commitments.account.rows import Row
from coordination.commitments.account.scope import Scope


@dataclass(frozen=True)
class Figure:
    """A number and the query that lists its rows; the codes of those that were read, and how many more there are."""

    count: int
    address: str
    codes: tuple[str, ...] = ()

    @property
    def more(self) -> int:
        return self.count - len(self.codes)


@dataclass(frozen=True)
class Line:
    label: str
    figures: tuple[Figure, ...]
    note: str = ""


@dataclass(frozen=True)
class Table:
    """``meaning`` says what is counted. The columns name the figures; the first column is the label's."""

    key: str
    title: str
    meaning: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def named(self) -> list[tuple[str, list[tuple[str, Figure]]]]:
        """Each line's label, and its figures with the names of their columns."""
        return [(line.label, list(zip(self.columns[1:], line.figures, strict=True))) for line in self.lines]


@dataclass(frozen=True)
class Listing:
    key: str
    title: str
    meaning: str
    figure: Figure
    rows: tuple[Row, ...]
    and_more: str

    @property
    def more(self) -> int:
        return self.figure.count - len(self.rows)

    @property
    def more_words(self) -> str:
        return self.and_more % {"n": self.more}


@dataclass(frozen=True)
class Part:
    """A piece of a sentence; with a figure it is that number."""

    text: str
    figure: Figure | None = None


@dataclass(frozen=True)
class Account:
    scope: Scope
    made_at: datetime
    title: str
    facts: tuple[tuple[str, str], ...]
    sentences: tuple[tuple[Part, ...], ...]
    total: Figure
    tables: tuple[Table, ...]
    listings: tuple[Listing, ...]
    sums: tuple[str, ...]
    definitions: tuple[tuple[str, str], ...]
    # What the marks of the rows are called: sectors, axes and territories by their keys.
    labels: dict[str, dict[int, str]]
    heads: dict[str, str]
    has_closed: bool

    @property
    def paragraph(self) -> str:
        return " ".join("".join(part.text for part in sentence) for sentence in self.sentences)
