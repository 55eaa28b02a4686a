"""A query that a page asks again and again: built and compiled once for each shape of question, then only filled in.

The rule stays where it is written, in a queryset; what is kept is the SQL Django made of it (docs/decisions/0037).
"""

from collections import Counter
from collections.abc import Callable
from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import update_wrapper
from inspect import signature
from threading import Lock
from typing import Any, Generic, ParamSpec, Protocol, Self, TypeVar, runtime_checkable
from uuid import UUID

from django.conf import settings
from django.core.exceptions import EmptyResultSet, ImproperlyConfigured
from django.db import connection
from django.db.models import Field, ForeignObject, Lookup, QuerySet, prefetch_related_objects
from django.http import Http404
from django.utils import timezone, translation

P = ParamSpec("P")
Row = TypeVar("Row")
MOST_SHAPES = 24  # of one query, some 100 kB each; then the oldest goes
FIRST_INT, MOST_INTS, FIRST_DAY, DAYS_APART = 2_000_000_000, 100_000, date(100, 1, 1), 4000


@ForeignObject.register_lookup
@Field.register_lookup
class EqualsAny(Lookup):
    """``field__any=[…]``: what ``__in`` says, with the same SQL for every length of the list, none included.

    ``field__any=ArraySubquery(…)`` is asked first and once, so that an index answers it as it answers values, also as one
    of several conditions joined by OR: with ``__in`` of a subquery each row would be looked at.
    """

    lookup_name = "any"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        if hasattr(self.rhs, "as_sql"):
            found, more = compiler.compile(self.rhs)
            return f"{column} = ANY({found})", [*params, *more]
        return f"{column} = ANY(%s)", [*params, self.rhs]


@runtime_checkable
class Shaped(Protocol):
    """An argument of several values, as an ``Actor`` is."""

    def in_marks(self, mark: Callable[[Any], Any]) -> tuple[Self, Any] | None:
        """The same with ``mark(value)`` in place of each value, and its shape; None where no query can be kept for it.

        A day in the shape may stand in the query as it is: another day is another shape.
        """


class Compiled(Generic[P, Row]):
    """``compiled(build).rows(…)`` gives what ``list(build(…))`` gives, strings in ``prefetch_related`` included.

    **Values** are filled in: ``int``, ``str``, ``date``, ``datetime``, ``UUID``, each in a tuple of them, a whole list
    by ``__any``, and the ids of an actor. A day or moment may be moved by a fixed span (``today + timedelta(15)``).
    **The rest is shape**, and has SQL of its own: None, booleans, members of an enumeration, how long a tuple is, which
    roles an actor has; so have the language and the time zone of the reader.

    ``build`` must not branch on a value, work another value out of it, nor read the clock. What would come out wrong for
    other values is refused when it is made (ImproperlyConfigured): a value that is nowhere in the SQL, or a day that is
    no argument. With ``settings.COMPILED_CHECKS`` the first questions of each shape are compared with the plain query.
    For whom no query can be kept (``Shaped``), the plain one answers.
    """

    def __init__(self, build: Callable[P, QuerySet[Any, Row]]) -> None:
        self.build = build
        self._names = tuple(signature(build).parameters)
        self._made: dict[Any, _Made] = {}
        self._lock = Lock()
        update_wrapper(self, build)  # type: ignore[arg-type]

    def rows(self, *args: P.args, **kwargs: P.kwargs) -> list[Row]:
        """One query, and one for each string in ``prefetch_related``."""
        asked = _Question(dict(zip(self._names, args, strict=False)) | kwargs)
        if asked.shape is None:
            return list(self.build(*args, **kwargs))
        made = self._made.get(asked.shape)
        if made is None:
            made = _Made(self.build, asked)
            with self._lock:
                self._made[asked.shape] = made
                for oldest in list(self._made)[:-MOST_SHAPES]:
                    del self._made[oldest]
        if made.checks < settings.COMPILED_CHECKS:
            made.checks += 1
            made.compare(self.build(*args, **kwargs), asked)
        return made.rows(asked)

    def first(self, *args: P.args, **kwargs: P.kwargs) -> Row | None:
        """Of a query that gives one row at most, or is cut to one."""
        return next(iter(self.rows(*args, **kwargs)), None)

    def get_or_404(self, *args: P.args, **kwargs: P.kwargs) -> Row:
        found = self.first(*args, **kwargs)
        if found is None:
            raise Http404
        return found


def compiled(build: Callable[P, QuerySet[Any, Row]]) -> Compiled[P, Row]:
    return Compiled(build)


class _Question:
    """The arguments of one call: their shape, and under each mark the value that belongs there now."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.values: dict[Any, Any] = {}
        self.spare: set[Any] = set()  # of an actor a query need not ask for everything
        self.days: set[date] = set()  # that are shape
        self.marked: dict[str, Any] = {}
        self._kinds: Counter[type] = Counter()
        self.shape: tuple[Any, ...] | None = None
        shape: list[Any] = [translation.get_language(), timezone.get_current_timezone_name()]
        for name, value in given.items():
            if isinstance(value, Shaped):
                before = set(self.values)
                found = value.in_marks(lambda one: self._mark(one)[0])
                if found is None:
                    return
                self.marked[name], seen = found
                self.days |= {one for one in seen if isinstance(one, date)}
                self.spare |= set(self.values) - before
            else:
                self.marked[name], seen = self._mark(value)
            shape.append((name, seen))
        self.shape = tuple(shape)

    def _mark(self, value: Any) -> tuple[Any, Any]:
        """What stands for it in the making, and its part of the shape. A mark is kept for one value alone."""
        kind = type(value)
        if kind is tuple:
            found = [self._mark(one) for one in value]
            return tuple(mark for mark, _seen in found), tuple(seen for _mark, seen in found)
        stands_for = int if kind is list else kind
        make = MARKS.get(stands_for)
        if make is None:
            return value, value
        mark = make(self._kinds[stands_for])
        self._kinds[stands_for] += 1
        if kind is list:
            self.values[(mark,)] = value
            return [mark], list
        self.values[mark] = value
        return mark, kind


class _Made:
    """The query of one shape, made with marks in place of values."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], asked: _Question) -> None:
        self.checks = 0
        self.queryset = build(**asked.marked)
        lookups: Any = self.queryset._prefetch_related_lookups  # type: ignore[attr-defined]
        if not all(isinstance(one, str) for one in lookups):
            raise ImproperlyConfigured(
                f"{build.__name__}: a queryset to prefetch keeps the values of its first call"
            )
        self.lookups = lookups
        self.compiler = self.queryset.query.get_compiler(connection=connection)
        try:
            self.sql, params = self.compiler.as_sql()
        except EmptyResultSet:
            self.sql, params = "", ()
        found: set[Any] = set()
        self.slots = [_slot(param, asked, found) for param in params]
        lost = set(asked.values) - asked.spare - found
        if self.sql and lost:
            raise ImproperlyConfigured(
                f"{build.__name__}: {sorted(map(str, lost))} are no parameters of {self.sql}"
            )

    def rows(self, asked: _Question) -> list[Any]:
        """Read by Django's own iterators, converters and annotations included."""
        if not self.sql:
            return []
        compiler = copy(self.compiler)  # a thread's own, on its own connection
        compiler.connection = connection
        compiler.as_sql = lambda: (self.sql, self._filled(asked))
        query, again = _double(self.queryset.query), _double(self.queryset)
        query.get_compiler = lambda *using, **more: compiler
        again._query = query
        found = list(again._iterable_class(again))
        if self.lookups:
            prefetch_related_objects(found, *self.lookups)
        return found

    def compare(self, plain: QuerySet[Any, Any], asked: _Question) -> None:
        try:
            sql, params = plain.query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            sql, params = "", ()
        mine = self._filled(asked)
        # The order in which a set gives its members is its own: the values of an IN may be swapped.
        if sql != self.sql or sorted(map(repr, params)) != sorted(map(repr, mine)):
            raise ImproperlyConfigured(f"compiled: {self.sql} {mine}\nplain: {sql} {params}")

    def _filled(self, asked: _Question) -> list[Any]:
        return [slot(asked.values) for slot in self.slots]


def _slot(param: Any, asked: _Question, found: set[Any]) -> Callable[[dict[Any, Any]], Any]:
    """Which value goes where this parameter stands, how it is moved and wrapped; or the parameter for ever."""
    mark, span = param, None
    if isinstance(param, list):
        mark = tuple(param)
    elif isinstance(param, date):
        mark = next((one for one in asked.values if _moved(param, one) is not None), None)
        if mark is None and param in asked.days:
            return lambda values: param
        if mark is None:
            raise ImproperlyConfigured(f"{param} is no argument: it would stay for ever")
        span = _moved(param, mark)
    if not isinstance(mark, (int, str, date, UUID, tuple)) or mark not in asked.values:
        if isinstance(param, int) and FIRST_INT - MOST_INTS < param < FIRST_INT + MOST_INTS:
            raise ImproperlyConfigured(f"{param} is worked out of a value")
        return lambda values: param
    found.add(mark)
    if span:
        return lambda values: values[mark] + span
    kind = type(param)
    if kind in MARKS or kind is list:
        return lambda values: values[mark]
    return lambda values: kind(values[mark])  # what the driver is told of the type


def _double(one: Any) -> Any:
    """Another object with the same contents: a queryset that is copied by the book asks the database first."""
    made = object.__new__(type(one))
    made.__dict__.update(one.__dict__)
    return made


def _moved(param: date, mark: Any) -> timedelta | None:
    """By how much the mark was moved; None where the parameter does not come from it."""
    if type(param) is not type(mark):
        return None
    span = param - mark
    return span if abs(span.days) < DAYS_APART // 2 else None


def _day(place: int) -> date:
    return FIRST_DAY + timedelta(days=DAYS_APART * place)


def _instant(place: int) -> datetime:
    day = _day(place)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


MARKS: dict[type, Callable[[int], Any]] = {
    int: lambda place: FIRST_INT + place,
    str: lambda place: f"\N{LOZENGE}{place}",
    date: _day,
    datetime: _instant,
    UUID: lambda place: UUID(int=FIRST_INT + place),
}
