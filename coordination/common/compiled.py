"""A query that every page asks: the ORM builds and compiles it once a process, later calls only fill in the values.

The rule stays where it is written, in a queryset; what is kept is the SQL Django made of it (docs/decisions/0010).
"""

from collections.abc import Callable
from copy import copy
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Field, ForeignObject, Lookup, QuerySet
from django.utils import translation


@ForeignObject.register_lookup
@Field.register_lookup
class EqualsAny(Lookup):
    """``field__any=[…]``: what ``__in`` says, with the same SQL for every length of the list, none included."""

    lookup_name = "any"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, self.rhs]


class Compiled:
    """``Compiled(build, **marks).rows(**values)`` gives what ``list(build(**values))`` gives.

    A mark is a value of the right type that means nothing else in the query; it must come out among the parameters as
    it went in, whole lists by ``__any``. What would be other SQL for other values is refused: None, another type, a
    list for ``__in``, a slice, a name that modeltranslation keeps by language. ``build`` must not branch on a value,
    nor depend on what a request sets (the time zone of ``TruncDate``).
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **marks: Any) -> None:
        self.build, self.marks = build, marks

    def rows(self, **values: Any) -> list[Any]:
        """Read by Django's own iterators, converters and annotations included. One query."""
        if {name: type(value) for name, value in values.items()} != self._types:
            raise TypeError(f"compiled for {self.marks}, asked with {values}")
        queryset, made, (sql, slots) = self._made
        compiler = copy(made)  # a thread's own, on its own connection
        compiler.connection = connection
        compiler.as_sql = lambda: (sql, [wrap(values[name]) if name else kept for name, wrap, kept in slots])
        query = SimpleNamespace(get_compiler=lambda using: compiler)
        again = SimpleNamespace(query=query, db=connection.alias, _known_related_objects={})
        return list(queryset._iterable_class(again))

    @cached_property
    def _types(self) -> dict[str, type]:
        return {name: type(mark) for name, mark in self.marks.items()}

    @cached_property
    def _made(self) -> tuple[Any, Any, tuple[str, list[Any]]]:
        """Two threads that come first may both make it: they make the same."""
        made = []
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                queryset = self.build(**self.marks)
                compiler = queryset.query.get_compiler(connection=connection)
                sql, params = compiler.as_sql()
                made.append((queryset, compiler, (sql, [self._slot(param) for param in params])))
        lost = set(self.marks) - {name for name, _wrap, _kept in made[0][2][1]}
        if lost:
            raise ImproperlyConfigured(f"{sorted(lost)} do not come out as parameters of {made[0][2][0]}")
        if any(other[2] != made[0][2] for other in made):
            raise ImproperlyConfigured(f"the language changes {made[0][2][0]}")
        return made[0]

    def _slot(self, param: Any) -> tuple[str, Any, Any]:
        """Which value goes where this parameter stands and how it is wrapped, or none and the parameter for ever."""
        for name, mark in self.marks.items():
            if isinstance(param, type(mark)) and param == mark:
                return name, _as_it_is if type(param) is type(mark) else type(param), param
        return "", _as_it_is, param


def _as_it_is(value: Any) -> Any:
    return value
