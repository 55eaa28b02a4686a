"""The marks in a Word template, read as whoever wrote them sees them: in the text, one paragraph after the other.

Only three things can be said: place a variable ``{{ name }}``, repeat ``{% for one in list %} … {% endfor %}``, choose
``{% if name %} … {% else %} … {% endif %}``. Knows neither Django nor this project: it runs in the process that fills.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
HALF = re.compile(r"\{\{|\{%|%\}|\}\}")
NAME = r"[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)?"
PLACE = re.compile(rf"\{{\{{[pr]?\s+({NAME})\s*(?:\|\s*(?:upper|lower|title)\s*)?\}}\}}|\{{\{{({NAME})\}}\}}")
STATEMENT = re.compile(r"\{%-?\s*(?:(?:p|tr|tc|r)\s+)?(.*?)\s*-?%\}", re.DOTALL)
FOR = re.compile(rf"for\s+([A-Za-z_]\w*)\s+in\s+({NAME})")
IF = re.compile(rf"(?:if|elif)\s+(?:not\s+)?({NAME})((?:\s+(?:and|or)\s+(?:not\s+)?{NAME})*)")
NAMES = re.compile(NAME)
WORDS_BEFORE = 5
MOST_PROBLEMS = 20

# A name that can be placed, or one that can be repeated with what each of it has.
Schema = dict[str, list[str] | None]


@dataclass
class Problem:
    """``code`` says what, ``tag`` the mark itself, ``before`` the words before it, ``guess`` what may have been meant."""

    code: str
    tag: str = ""
    before: str = ""
    guess: str = ""


@dataclass
class Scan:
    """What the marks say: the names used (``list.field`` of what is repeated) and what is wrong with them."""

    schema: Schema
    used: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    _open: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    _said: str = ""

    def read(self, part: Any) -> None:
        """One part of the document: its body, a head or a foot. What is begun in it ends in it."""
        self._open, self._said = [], ""
        for text in paragraph_texts(part):
            at = 0
            for found in TAG.finditer(text):
                self._plain(text[at : found.start()])
                self._tag(found.group())
                at = found.end()
            self._plain(text[at:])
            self._said += "\n"
        for kind, tag, before, _variable, _list in self._open:
            self._problem("not_closed_for" if kind == "for" else "not_closed_if", tag, before)

    def _plain(self, text: str) -> None:
        self._said = (self._said + text)[-300:]
        if half := HALF.search(text):
            begun = self._said.rfind(half.group())
            self._problem("unclosed", text[half.start() : half.start() + 40], self._words(self._said[:begun]))

    def _tag(self, tag: str) -> None:
        if tag.startswith("{#"):
            return
        if tag.startswith("{{"):
            placed = PLACE.fullmatch(tag)
            if placed:
                self._name(placed.group(1) or placed.group(2), tag)
            else:
                self._problem("not_allowed", tag)
            return
        said = STATEMENT.fullmatch(tag)
        statement = said.group(1) if said else ""
        if begins := FOR.fullmatch(statement):
            self._begin_for(begins.group(1), begins.group(2), tag)
        elif choice := IF.fullmatch(statement):
            for name in NAMES.findall(choice.group(1) + " " + choice.group(2)):
                if name not in ("and", "or", "not"):
                    self._name(name, tag)
            if statement.startswith("if"):
                self._open.append(("if", tag, self._words(), "", ""))
            elif not self._inside("if"):
                self._problem("no_begin", tag)
        elif statement in ("endfor", "endif"):
            self._end(statement.removeprefix("end"), tag)
        elif statement == "else":
            if not self._inside("if"):
                self._problem("no_begin", tag)
        else:
            self._problem("not_allowed", tag)

    def _begin_for(self, variable: str, of: str, tag: str) -> None:
        if any(kind == "for" for kind, *_rest in self._open):
            self._problem("loop_in_loop", tag)
        elif not isinstance(self.schema.get(of), list):
            lists = [name for name, fields in self.schema.items() if fields is not None]
            self._problem("not_a_list", tag, guess=_nearest(of, lists) or ", ".join(lists[:3]))
            of = ""
        self._open.append(("for", tag, self._words(), variable, of))

    def _end(self, kind: str, tag: str) -> None:
        if self._inside(kind):
            self._open.pop()
        else:
            self._problem("no_begin", tag)
            if any(one[0] == kind for one in self._open):
                while self._open.pop()[0] != kind:
                    pass

    def _inside(self, kind: str) -> bool:
        return bool(self._open) and self._open[-1][0] == kind

    def _name(self, name: str, tag: str) -> None:
        first, _dot, last = name.partition(".")
        loop = next((one for one in self._open if one[0] == "for" and one[3] == first), None)
        if loop:
            _kind, _tag, _before, variable, of = loop
            fields = self.schema.get(of) or []
            if of and last not in fields:
                guess = _nearest(last, fields) or (fields[0] if fields else "")
                self._problem("unknown", tag, guess=f"{variable}.{guess}")
            self.used.add(f"{of}.{last}")
        elif first in self.schema and not last:
            if self.schema[first] is not None and not tag.startswith("{%"):
                self._problem("is_a_list", tag, guess=f"{{% for x in {first} %}}")
            self.used.add(first)
        else:
            self._problem("unknown", tag, guess=_nearest(first, list(self.schema)))

    def _problem(self, code: str, tag: str, before: str | None = None, guess: str = "") -> None:
        if len(self.problems) < MOST_PROBLEMS:
            shown = " ".join(tag.split())[:60]
            self.problems.append(Problem(code, shown, self._words() if before is None else before, guess))

    def _words(self, text: str | None = None) -> str:
        """The last words before, of the same paragraph where it has any, else of the one above."""
        lines = TAG.sub(" ", self._said if text is None else text).split("\n")
        words = next((said for line in reversed(lines) if (said := line.split())), [])
        return " ".join(words[-WORDS_BEFORE:])[-80:]


def paragraph_texts(part: Any) -> Iterator[str]:
    return (text_of(paragraph) for paragraph in part.iter(f"{W}p"))


def text_of(paragraph: Any) -> str:
    """What a reader sees of a paragraph; that of a text box in it is a paragraph of its own."""
    return "".join(
        node.text or "" if node.tag == f"{W}t" else "\n"
        for node in paragraph.iter(f"{W}t", f"{W}br", f"{W}tab")
        if next(node.iterancestors(f"{W}p")) is paragraph
    )


def as_dicts(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [asdict(one) for one in problems]


def _nearest(name: str, names: list[str]) -> str:
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=0.6)), "")
