"""What differs between two texts of minutes: paragraph by paragraph, and inside a changed one word by word."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from coordination.documents.rich import plain
from coordination.minutes.texts import Section

WORD = re.compile(r"\S+\s*")
MOST_WORDS = 3000  # of one paragraph; beyond, the old and the new one stand whole
MOST_PAIRS = (
    40_000  # equal words, or lines, of both: what comparing takes grows with them, and faster than they do
)


@dataclass(frozen=True)
class Part:
    """Some words: ``same``, ``added`` or ``removed``."""

    kind: str
    text: str


@dataclass(frozen=True)
class SectionChange:
    """How one section differs: ``added``, ``removed`` or ``changed``; each line is a paragraph made of parts."""

    kind: str
    title: str
    lines: list[list[Part]] = field(default_factory=list)
    is_reserved: bool = False


def between(before: Sequence[Section], after: Sequence[Section]) -> list[SectionChange]:
    """The sections that differ, in the order of the newer text, and then those that are gone. No query."""
    old = dict(_keyed(before))
    changes = []
    for key, section in _keyed(after):
        was = old.pop(key, None)
        if was is None:
            changes.append(
                SectionChange("added", section.title, _alone(section, "added"), section.is_reserved)
            )
        elif (was.title, was.body, was.is_reserved) != (section.title, section.body, section.is_reserved):
            found = of_texts(was.title, was.body, section.title, section.body)
            changes.append(SectionChange("changed", section.title, found, section.is_reserved))
    for was in old.values():
        changes.append(SectionChange("removed", was.title, _alone(was, "removed"), was.is_reserved))
    return changes


def of_texts(title: str, body: str, new_title: str, new_body: str) -> list[list[Part]]:
    """The paragraphs that differ between two texts of one section; its title counts as the first."""
    return lines(f"{title}\n{plain(body)}", f"{new_title}\n{plain(new_body)}")


def lines(before: str, after: str) -> list[list[Part]]:
    """The paragraphs of both texts one after the other; those that stayed only beside one that changed."""
    old, new = before.split("\n"), after.split("\n")
    found: list[list[Part]] = []
    for tag, a, b, c, d in _steps(old, new):
        if tag == "equal":
            continue
        if tag == "replace" and b - a == d - c:
            found += [_words(one, other) for one, other in zip(old[a:b], new[c:d], strict=True)]
        else:
            found += [[Part("removed", text)] for text in old[a:b] if text]
            found += [[Part("added", text)] for text in new[c:d] if text]
    return found


def _steps(old: list[str], new: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """What differs; of texts with the same line over and over only where they begin and end alike."""
    if _pairs(old, new) <= MOST_PAIRS:
        yield from SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        return
    most = min(len(old), len(new))
    first = next((at for at in range(most) if old[at] != new[at]), most)
    last = next((at for at in range(most - first) if old[-1 - at] != new[-1 - at]), most - first)
    yield "replace", first, len(old) - last, first, len(new) - last


def _pairs(old: list[str], new: list[str]) -> int:
    there = Counter(new)
    return sum(n * there[word] for word, n in Counter(old).items())


def _words(before: str, after: str) -> list[Part]:
    old, new = WORD.findall(before), WORD.findall(after)
    if len(old) + len(new) > MOST_WORDS or _pairs(old, new) > MOST_PAIRS:
        return [Part("removed", before), Part("added", after)]
    parts: list[Part] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(Part("same", "".join(old[a:b])))
            continue
        if b > a:
            parts.append(Part("removed", "".join(old[a:b])))
        if d > c:
            parts.append(Part("added", "".join(new[c:d])))
    return parts


def _keyed(sections: Sequence[Section]) -> Iterator[tuple[tuple[object, ...], Section]]:
    """What makes a section the same one in both: where it comes from; one of people's own, its title; the how-manieth."""
    seen: dict[tuple[object, ...], int] = {}
    for section in sections:
        free = section.title if section.kind == Section.Kind.FREE else ""
        # Hidden or shown it is the same; the reserved twin of an item comes after it.
        key = (section.kind, section.item_id, section.is_casa_adentro, free)
        seen[key] = seen.get(key, 0) + 1
        yield (*key, seen[key]), section


def _alone(section: Section, kind: str) -> list[list[Part]]:
    return [[Part(kind, text)] for text in plain(section.body).split("\n") if text]
