"""A compiled query says what the plain one says, or refuses."""

import threading
from datetime import date

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from coordination.common.compiled import Compiled
from coordination.organizations.models import Organization, Tenure
from tests.cast import Cast

DAY = date(1900, 1, 1)


def _held(on: date, posts: list[int]):
    return Tenure.objects.current(on).filter(post__any=posts).select_related("person").order_by("pk")


def test_it_gives_the_objects_of_the_queryset_and_builds_it_once(cast: Cast) -> None:
    built = []

    def build(on: date, posts: list[int]):
        built.append(on)
        return _held(on, posts)

    held, everybody = Compiled(build, on=DAY, posts=[-1]), list(Tenure.objects.values_list("post", flat=True))
    held.rows(on=DAY, posts=[])
    made = len(built)
    for posts in ([], everybody[:1], everybody):
        for on in (date(2024, 12, 31), date(2025, 1, 1), cast.now.date()):
            with CaptureQueriesContext(connection) as queries:
                found = held.rows(on=on, posts=posts)
                names = [one.person.name for one in found]
            assert (found, names) == (list(_held(on, posts)), [one.person.name for one in _held(on, posts)])
            assert len(queries) == 1
    assert (len(built), len(held.rows(on=cast.now.date(), posts=everybody))) == (made, len(everybody))


@pytest.mark.parametrize(
    "values",
    [{"on": None}, {"on": "2026-01-01"}, {}, {"on": DAY, "other": 1}],
    ids=["nothing", "another type", "one missing", "one too many"],
)
def test_it_refuses_values_of_another_shape(values: dict) -> None:
    with pytest.raises(TypeError, match="compiled for"):
        Compiled(lambda on: Tenure.objects.current(on), on=DAY).rows(**values)


@pytest.mark.parametrize(
    ("build", "mark"),
    [
        (lambda mark: Tenure.objects.filter(post__in=mark), [-1]),
        (lambda mark: Tenure.objects.filter(post__any=[*mark, 5]), [-1]),
        (lambda mark: Tenure.objects.all()[:mark], 7),
        (lambda mark: Organization.objects.filter(name=mark), "no such name"),
        (lambda mark: Tenure.objects.all(), DAY),
    ],
    ids=[
        "a list for in",
        "a value worked out of the mark",
        "a slice",
        "a translated field",
        "a mark of no use",
    ],
)
def test_it_refuses_what_it_cannot_fill_in_later(db: None, build, mark) -> None:
    for language in ("es", "en"):
        with translation.override(language), pytest.raises(ImproperlyConfigured):
            Compiled(lambda mark: build(mark), mark=mark).rows(mark=mark)


def test_threads_that_come_first_together_are_answered_alike(db: None) -> None:
    held = Compiled(lambda on: Tenure.objects.current(on).values_list("pk"), on=DAY)
    together, answers = threading.Barrier(4), []

    def ask() -> None:
        together.wait()
        answers.append(held.rows(on=DAY))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[]] * 4
