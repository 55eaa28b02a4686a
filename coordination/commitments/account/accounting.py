"""The follow-up report, worked out once. Page, PDF, DOCX, XLSX and JSON say what stands here and nothing else.

Everything is text in the report's language and whole numbers; a number knows the query that lists its rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, F, Min, QuerySet, Sum, Value, Window
from django.db.models.functions import Coalesce, NullIf, RowNumber
from django.urls import reverse
from django.utils import translation

from coordination.commitments.account import saying, words
from coordination.commitments.account.parts import Account, Figure, Line, Listing, Part, Table
from coordination.commitments.account.rows import Row, detailed, short_name
from coordination.commitments.account.scope import (
    AGE_CODES,
    GAPS,
    GROUPS,
    LATE,
    MARKS,
    MET,
    NONE,
    NOT_MET,
    PARTLY,
    REASONS,
    STANDINGS,
    WAITING,
    WITHDRAWN,
    Scope,
    late,
    marked,
    standing,
    supports_of,
    universe,
)
from coordination.commitments.alliances.amounts import sums
from coordination.commitments.models.supporting import Support
from coordination.common.compiled import compiled
from coordination.common.dates import spoken
from coordination.taxonomies.models import Province, Sector, ThematicAxis

# Rows of each list: on the page, on paper, in files. The numbers are whole whatever is listed.
ON_PAGE, ON_PAPER, IN_FILES = 20, 100, 500
CODES = 40


@dataclass(frozen=True)
class Cell:
    """How many commitments bear the same marks, and the earliest day since which one of them is late."""

    marks: Mapping[str, Any]
    count: int
    since: date | None


@dataclass(frozen=True)
class Names:
    """What sectors, axes and provinces are called by their keys, in the order of their lists; and for a form."""

    sectors: dict[int, str]
    axes: dict[int, str]
    provinces: dict[int, str]
    axis_choices: tuple[tuple[str, str], ...] = ()
    province_choices: tuple[tuple[str, str], ...] = ()


def account_of(scope: Scope, *, now: datetime, most: int = ON_PAGE, names: Names | None = None) -> Account:
    """Seven queries whatever there is; six with the names at hand. Rows are limited to ``most`` of each standing."""
    with translation.override(scope.language):
        read = detailed(scope, _first_of_each.rows(scope, most))
        return _Maker(scope, _cells(scope), read, names or names_in()).made(now)


@compiled
def _named() -> Any:
    """Kind, key, code, name and place of every sector, axis and province, in the language spoken now."""
    language = spoken()

    def told(model: Any, kind: str, *, translated: bool) -> Any:
        name = (
            Coalesce(NullIf(F(f"name_{language}"), Value("")), F("name_es"), output_field=CharField())
            if translated
            else F("name")
        )
        place = F("order") if translated else F("id")
        # Without the manager that translates: it puts the columns of what is joined into an order of its own.
        rows = (
            QuerySet(model)
            .order_by()
            .annotate(kind=Value(kind), key=F("id"), signed=F("code"), told=name, place=place)
        )
        return rows.values_list("kind", "key", "signed", "told", "place")

    return told(Sector, "sector", translated=True).union(
        told(ThematicAxis, "axis", translated=True), told(Province, "province", translated=False), all=True
    )


def names_in() -> Names:
    """What sectors, axes and provinces are called in the language spoken now. One query."""
    found: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
    for kind, pk, code, name, place in _named.rows():
        found[kind].append((place, pk, code, name))
    names = {kind: {pk: name for _place, pk, _code, name in sorted(rows)} for kind, rows in found.items()}
    codes = {kind: tuple((code, name) for *_keys, code, name in sorted(rows)) for kind, rows in found.items()}
    return Names(
        names.get("sector", {}), names.get("axis", {}), names.get("province", {}), codes.get("axis", ()),
        codes.get("province", ()),
    )  # fmt: skip


@compiled
def _counted(scope: Scope) -> Any:
    return (
        marked(scope, universe(scope))
        .order_by()
        .values(*MARKS)
        .annotate(n=Count("pk"), first=Min("due_on", filter=late(scope.today)))
    )


def _cells(scope: Scope) -> list[Cell]:
    return [Cell({mark: row[mark] for mark in MARKS}, row["n"], row["first"]) for row in _counted.rows(scope)]


@compiled
def _first_of_each(scope: Scope, most: int) -> Any:
    """The keys of the first rows of each standing, the ones that wait longest before the others.

    With the one mark that it asks for: the others are worked out for the rows that are read, not for a country's.
    """
    order = [F("due_on").asc(nulls_last=True), F("pk").asc()]
    place = Window(RowNumber(), partition_by=F("stands"), order_by=order)
    ranked = universe(scope).order_by().annotate(stands=standing(scope.today)).annotate(place=place)
    return ranked.filter(place__lte=most).values_list("pk", flat=True)


@compiled
def _verified(scope: Scope) -> Any:
    """How many each organization settled, by how."""
    rows = universe(scope).filter(settled_by__isnull=False, state__in=[MET, PARTLY, NOT_MET])
    named = rows.order_by().values("settled_by", "state", told=short_name("settled_by__"))
    return named.annotate(n=Count("pk"))


@compiled
def _supported(scope: Scope) -> Any:
    """How many entries of support each organization has, by kind and currency, and what they add up to."""
    rows = supports_of(scope, universe(scope)).order_by()
    named = rows.values("organization", "kind", "currency", told=short_name("organization__"))
    return named.annotate(n=Count("pk"), priced=Count("amount"), total=Sum("amount"))


def rows_address(scope: Scope, **wanted: str) -> str:
    return f"{reverse('commitments:account_rows')}?{scope.query(**wanted)}"


def supports_address(scope: Scope, **wanted: str) -> str:
    return f"{reverse('commitments:account_supports')}?{scope.query(**wanted)}"


class _Maker:
    """Adds the cells up. Every figure is made by ``figure``: the same words count, list and link."""

    def __init__(self, scope: Scope, cells: list[Cell], rows: list[Row], names: Names) -> None:
        self._scope, self._cells, self._rows, self._names = scope, cells, rows, names

    def figure(
        self, holds: Callable[[Mapping[str, Any]], bool] = lambda _marks: True, **wanted: str
    ) -> Figure:
        count = sum(cell.count for cell in self._cells if holds(cell.marks))
        codes = tuple(row.code for row in self._rows if holds(row.marks))[:CODES]
        return Figure(count, rows_address(self._scope, **wanted), codes)

    def standing(self, *codes: str, name: str = "") -> Figure:
        return self.figure(lambda marks: marks["stands"] in codes, standing=name or codes[0])

    def made(self, now: datetime) -> Account:
        scope = self._scope
        total = self.figure()
        supports, sums = self._supports()
        told = {code: self.standing(code) for code in STANDINGS} | {
            "total": total,
            "verified": self.standing(MET, PARTLY, name="verified"),
            "agreed": self.figure(lambda marks: marks["is_agreed_in"], **{"in": "agreed"}),
            "settled": self.figure(lambda marks: marks["is_settled_in"], **{"in": "settled"}),
        }
        told |= {reason: self._reason(reason) for reason in REASONS}
        tables = [self._standings(), self._flows(), self._late(), self._ages()]
        tables += [
            self._breakdown("sector", "sector", self._names.sectors),
            self._breakdown("axis", "axis_id", self._names.axes, param="by_axis"),
            self._breakdown("territory", "territory", self._names.provinces),
            self._verifiers(),
            supports,
            self._gaps(),
        ]
        return Account(
            scope=scope,
            made_at=now,
            title=words.title(scope),
            facts=words.facts(scope, now),
            sentences=tuple(self._said(told, supports, sums)),
            total=total,
            tables=tuple(table for table in tables if table.lines),
            listings=tuple(self._listings()),
            sums=sums,
            definitions=words.definitions(),
            labels={
                "sector": self._names.sectors,
                "axis": self._names.axes,
                "territory": self._names.provinces,
            },
            heads=words.heads(),
            has_closed=any(cell.marks["is_casa_adentro"] for cell in self._cells),
        )

    def _reason(self, reason: str) -> Figure:
        return self.figure(lambda marks: marks["why"] == reason, why=reason)

    def _standings(self) -> Table:
        lines = [Line(words.STANDING[code](), (self.standing(code),)) for code in STANDINGS]
        return words.table("standings", (words.count(),), [line for line in lines if line.figures[0].count])

    def _flows(self) -> Table:
        """What happened in the report's days; without days that is what the table above says."""
        if not self._scope.has_period:
            return words.table("flows", (words.count(),), [])

        def settled(code: str) -> Figure:
            return self.figure(
                lambda marks: marks["is_settled_in"] and marks["stands"] == code,
                **{"in": "settled", "standing": code},
            )

        lines = [
            Line(words.agreed(), (self.figure(lambda marks: marks["is_agreed_in"], **{"in": "agreed"}),))
        ]
        lines += [
            Line(words.STANDING[code](), (settled(code),)) for code in (MET, PARTLY, NOT_MET, WITHDRAWN)
        ]
        return words.table("flows", (words.count(),), lines)

    def _late(self) -> Table:
        lines = [Line(words.REASON[code](), (self._reason(code),)) for code in REASONS]
        return words.table("late", (words.count(),), [line for line in lines if line.figures[0].count])

    def _ages(self) -> Table:
        def aged(standing: str, age: str) -> Figure:
            return self.figure(
                lambda marks: marks["stands"] == standing and marks["age"] == age, standing=standing, age=age
            )

        lines = [Line(words.age(code), (aged(LATE, code), aged(WAITING, code))) for code in AGE_CODES]
        kept = [line for line in lines if any(figure.count for figure in line.figures)]
        return words.table("ages", (words.GROUP[LATE](), words.GROUP[WAITING]()), kept)

    def _breakdown(self, key: str, mark: str, names: dict[int, str], *, param: str = "") -> Table:
        """One line for each sector, axis or territory that has a row, and one for those without."""
        there = {cell.marks[mark] for cell in self._cells}
        known = [pk for pk in names if pk in there] + ([None] if None in there else [])
        lines = []
        for pk in known:
            wanted = {param or key: NONE if pk is None else str(pk)}
            figures = [self._of(mark, pk, wanted)]
            figures += [
                self._of(mark, pk, wanted | {"standing": group}, codes) for group, codes in GROUPS.items()
            ]
            label = words.without(key) if pk is None else names[pk]
            lines.append(Line(label, tuple(figures)))
        return words.table(key, (words.everything(), *(words.GROUP[group]() for group in GROUPS)), lines)

    def _of(self, mark: str, pk: int | None, wanted: dict[str, str], codes: Iterable[str] = ()) -> Figure:
        kept = set(codes)
        return self.figure(
            lambda marks: marks[mark] == pk and (not kept or marks["stands"] in kept), **wanted
        )

    def _verifiers(self) -> Table:
        """Whose word settled them: one organization a line. One query."""
        found: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
        for row in _verified.rows(self._scope):
            found[row["told"], row["settled_by"]][row["state"]] = row["n"]
        lines = []
        for (name, pk), counts in sorted(found.items()):
            figures = []
            for state in (MET, PARTLY, NOT_MET):
                codes = [
                    row.code for row in self._rows if row.settled_by_id == pk and row.marks["stands"] == state
                ]
                address = rows_address(self._scope, verifier=str(pk), standing=state)
                figures.append(Figure(counts.get(state, 0), address, tuple(codes[:CODES])))
            lines.append(Line(name, tuple(figures)))
        return words.table("verifiers", tuple(words.SHORT[code]() for code in (MET, PARTLY, NOT_MET)), lines)

    def _supports(self) -> tuple[Table, tuple[str, ...]]:
        """Who finances or assists, by kind; amounts added up by currency, only among those that have one. One query."""
        found: dict[tuple[str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        money: dict[str, list[Any]] = defaultdict(lambda: [0, Decimal(0)])
        bare = 0
        for row in _supported.rows(self._scope):
            found[row["told"], row["organization"]][row["kind"]] += row["n"]
            bare += row["n"] - row["priced"]
            if row["priced"]:
                money[row["currency"]][0] += row["priced"]
                money[row["currency"]][1] += row["total"]
        lines = [
            Line(
                name,
                tuple(
                    Figure(kinds.get(kind, 0), supports_address(self._scope, by=str(pk), kind=kind))
                    for kind in Support.Kind.values
                ),
            )
            for (name, pk), kinds in sorted(found.items())
        ]
        table = words.table("supports", tuple(words.capital(kind.label) for kind in Support.Kind), lines)
        return table, sums({currency: (n, total) for currency, (n, total) in sorted(money.items())}, bare)

    def _gaps(self) -> Table:
        tests: dict[str, Callable[[Mapping[str, Any]], bool]] = {
            "axis": lambda marks: marks["axis_id"] is None,
            "responsible": lambda marks: marks["sector"] is None,
            "due": lambda marks: marks["no_due"],
            "indicator": lambda marks: marks["no_indicator"],
            "word": lambda marks: marks["no_word"],
            "historic": lambda marks: marks["is_historic_row"],
        }
        lines = [Line(words.GAP[gap](), (self.figure(tests[gap], gap=gap),)) for gap in GAPS]
        return words.table("gaps", (words.count(),), [line for line in lines if line.figures[0].count])

    def _listings(self) -> Iterable[Listing]:
        for key, codes in words.LISTED.items():
            figure = self.standing(*codes, name=key)
            if figure.count:
                rows = tuple(row for row in self._rows if row.marks["stands"] in codes)
                yield Listing(key, *words.listing(key), figure, rows, words.heads()["more"])

    def _said(
        self, told: dict[str, Figure], supports: Table, sums: tuple[str, ...]
    ) -> Iterable[tuple[Part, ...]]:
        late_since = [cell.since for cell in self._cells if cell.marks["stands"] == LATE and cell.since]
        oldest = (self._scope.today - min(late_since)).days if late_since else 0
        counts = {name: figure.count for name, figure in told.items()}
        for sentence, texts in saying.sentences(self._scope, counts, oldest, len(supports.lines), sums):
            yield tuple(
                Part(str(told[name].count), told[name])
                if name in told
                else Part(texts.get(name, name) if placed else name)
                for name, placed in saying.pieces(sentence)
            )
