"""Search as a tired official expects it: accents and capitals make no difference, the beginning of a word is enough,
several words must all be there, in any order.

Two SQL functions of our own (migration 0002) over PostgreSQL's full-text search, which needs no extension. Why
beginnings and not middles of words: docs/decisions/0042.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, F, Func, Value


class Words(Func):
    """The words of a column that ``Plain`` made."""

    function = "palabras"
    output_field = SearchVectorField()


class HasWords(Func):
    """For ``filter``: every word of ``text`` begins a word of the column. A text without words finds nothing."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    output_field = BooleanField()

    def __init__(self, column: str, text: str) -> None:
        super().__init__(Words(F(column)), Func(Value(text), function="busca"))


def words_index(column: str, name: str) -> GinIndex:
    """What makes ``HasWords(column, …)`` quick in a large table. Costs a few kB a thousand rows."""
    return GinIndex(Words(F(column)), name=name)
