"""The minutes as those read them who may observe: paragraph by paragraph, each with what was said about it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count, groupby

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from coordination.common.errors import DomainError
from coordination.documents.rich import (
    Block,
    Kind,
    Paragraph,
    Run,
    Runs,
    blocks,
    from_text,
    paragraphs,
    to_html,
)
from coordination.minutes.queries import labelled
from coordination.minutes.texts import Observation, Section

SHORT = 60  # characters of a row in the list of rows


class RowHasOtherCells(DomainError):
    """A row of a table keeps as many cells as it has."""


@dataclass(frozen=True)
class Place:
    """What one button observes: a paragraph, an item, or a whole table with its ``rows`` to choose from."""

    number: int
    kind: str
    html: SafeString
    depth: int = 0
    marker: str = ""
    rows: tuple[tuple[int, str], ...] = ()
    said: list[Observation] = field(default_factory=list)


@dataclass(frozen=True)
class Chapter:
    """A section: what was said of it as a whole, its places, and what was said of words that have changed since."""

    section: Section
    places: list[Place]
    whole: list[Observation]
    moved: list[Observation]


def chapters(sections: Iterable[Section], observations: Iterable[Observation]) -> list[Chapter]:
    """Each section with what was observed. An observation stays with its words, also where they moved by an answer."""
    said: dict[int, list[Observation]] = defaultdict(list)
    for one in observations:
        said[one.section_id].append(one)
    return [_chapter(section, said.get(section.pk, [])) for section in sections]


def words_now(section: Section, observation: Observation) -> str:
    """The paragraph that was observed as it reads now; empty when it is not there any more."""
    now = paragraphs(section.body)
    place = _place_of(observation, now)
    return next((one.text for one in now if one.number == place), "")


def reworded(section: Section, observation: Observation, text: str) -> str:
    """The section's HTML with other words in the observed paragraph; with none the paragraph goes.

    The words of a table's row are parted by `` · `` as it shows them. Where there is no paragraph (the section as a
    whole was observed, or its words are gone) the text is added at the end. Raises RowHasOtherCells.
    """
    place = _place_of(observation, paragraphs(section.body))
    if not place:
        return section.body + from_text(text)
    return to_html(list(_renewed(blocks(section.body), place, text)))


def _renewed(found: list[Block], place: int, text: str) -> Iterator[Block]:
    turn = count(1)
    for block in found:
        if block.kind == Kind.LIST:
            yield from _list(block, turn, place, text)
        elif block.kind == Kind.TABLE:
            rows = tuple(
                row
                for old in block.rows
                for row in ((_row(old, text) if text else None) if next(turn) == place else old,)
                if row is not None
            )
            if rows:
                yield replace(block, rows=rows)
        elif next(turn) != place:
            yield block
        elif text:
            yield replace(block, runs=(Run(text),))


def _list(block: Block, turn: "count[int]", place: int, text: str) -> Iterator[Block]:
    """An item without words keeps its place while it has items below it."""
    items = []
    for item in block.items:
        mine = next(turn) == place
        inner = tuple(one for below in item.lists for one in _list(below, turn, place, text))
        runs = ((Run(text),) if text else ()) if mine else item.runs
        if runs or inner:
            items.append(replace(item, runs=runs, lists=inner))
    if items:
        yield replace(block, items=tuple(items))


def _row(old: tuple[Runs, ...], text: str) -> tuple[Runs, ...]:
    cells = [cell.strip() for cell in text.split("·")]
    if len(cells) != len(old):
        raise RowHasOtherCells(
            _("The row has %(n)s cells, parted by “·”. Write as many.") % {"n": len(old)}, field="wording"
        )
    return tuple((Run(cell),) if cell else () for cell in cells)


def _chapter(section: Section, said: list[Observation]) -> Chapter:
    found = paragraphs(section.body)
    by_number: dict[int | None, list[Observation]] = defaultdict(list)
    for one in said:
        by_number[_place_of(one, found)].append(one)
    places = list(_places(found, blocks(section.body), by_number))
    return Chapter(section, places, by_number.get(0, []), by_number.get(None, []))


def _place_of(observation: Observation, found: list[Paragraph]) -> int | None:
    """Its own number while the words are the same, else where they went; None when they are gone."""
    if observation.paragraph == 0:
        return 0
    same = [one.number for one in found if one.text == observation.quote]
    if observation.paragraph in same:
        return observation.paragraph
    return same[0] if same else None


def _places(
    found: list[Paragraph], whole: list[Block], said: dict[int | None, list[Observation]]
) -> Iterator[Place]:
    for (block, is_table), group in groupby(found, key=lambda one: (one.block, one.kind == Kind.ROW)):
        members = list(group)
        if is_table:
            numbers = [one.number for one in members]
            named = members[1:] if whole[block].header and len(members) > 1 else members
            rows = tuple((one.number, _short(one.text)) for one in named)
            about = [one for number in numbers for one in said.get(number, [])]
            yield Place(numbers[0], "table", _safe(labelled(whole[block])), rows=rows, said=about)
            continue
        for one in members:
            yield Place(
                one.number,
                one.kind.value,
                _safe(one.html),
                one.depth,
                one.marker,
                said=said.get(one.number, []),
            )


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 1].rstrip()}…"


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308  written by ``documents.rich`` with our own tags, every text in it escaped
