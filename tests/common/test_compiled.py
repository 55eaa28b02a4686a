"""A compiled query says what the plain one says, or refuses."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Prefetch
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.actor import ANONYMOUS, Actor, LinkScope
from coordination.common.compiled import Compiled, compiled
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Role, resolve
from coordination.organizations.models import Organization, Post, Tenure
from coordination.sessions.models import Session
from tests.cast import Cast, acting

DAY = date(1900, 1, 1)
TENURE = Tenure.objects


def _held(on: date, posts: list[int]):
    return TENURE.current(on).filter(post__any=posts).select_related("person").order_by("pk")


def test_it_gives_the_objects_of_the_queryset_and_builds_it_once(cast: Cast, settings) -> None:
    settings.COMPILED_CHECKS = 0
    built = []

    def build(on: date, posts: list[int]):
        built.append(on)
        return _held(on, posts)

    held, everybody = compiled(build), list(TENURE.values_list("post", flat=True))
    held.rows(on=DAY, posts=[])
    made = len(built)
    for posts in ([], everybody[:1], everybody):
        for on in (date(2024, 12, 31), date(2025, 1, 1), cast.now.date()):
            with CaptureQueriesContext(connection) as queries:
                found = held.rows(on, posts=posts)
                names = [one.person.name for one in found]
            assert (found, names) == (list(_held(on, posts)), [one.person.name for one in _held(on, posts)])
            assert len(queries) == 1
    assert (len(built), len(held.rows(on=cast.now.date(), posts=everybody))) == (made, len(everybody))


def test_each_actor_is_answered_by_a_query_of_its_shape(cast: Cast, settings) -> None:
    settings.COMPILED_CHECKS = 9
    shown = lambda actor, mesa: Session.objects.visible_to(actor).filter(mesa=mesa).order_by("pk")  # noqa: E731
    seen = compiled(shown)
    mesa = cast.mesa
    for closed in (True, False):
        Session.objects.create(
            mesa=mesa, number=closed, topic="Salud", is_casa_adentro=closed, state="announced",
            starts_at=cast.in_days(3), ends_at=cast.in_days(4),
        )  # fmt: skip
    rosa, carmen = (resolve(acting(one), on=cast.now.date()) for one in (cast.rosa, cast.carmen))
    auditor = replace(ANONYMOUS, user_id=7, is_auditor=True)
    for actor in (
        ANONYMOUS,
        rosa,
        carmen,
        auditor,
        replace(rosa, mesa_roles=()),
        replace(rosa, person_id=None),
    ):
        assert seen.rows(actor, mesa.pk) == list(shown(actor, mesa.pk))
    known = [(1, Role.SECRETARIAT), (2, Role.MEMBER)]
    pairs = [(one, two) for one in known for two in known]
    for roles in pairs:
        seen.rows(replace(rosa, mesa_roles=roles), 3)
        seen.rows(replace(rosa, mesa_roles=tuple((mesa + 5, role) for mesa, role in roles)), 3)


def test_who_came_by_a_link_sees_what_that_day_shows_them(cast: Cast, settings, monkeypatch) -> None:
    settings.COMPILED_CHECKS = 9
    Mesa.objects.update(visibility=Mesa.Visibility.MEMBERS)
    seen = compiled(lambda actor, state: Mesa.objects.visible_to(actor).filter(state=state))
    for day, count in (((2024, 12, 31), 0), ((2026, 3, 2), 1), ((2026, 3, 3), 1)):
        monkeypatch.setattr(timezone, "now", lambda day=day: datetime(*day, 15, tzinfo=UTC))
        for organization in (cast.ngo.pk, cast.university.pk):
            by_link = replace(ANONYMOUS, link=LinkScope("report", 1, organization))
            assert len(seen.rows(by_link, "active")) == count


def test_whose_roles_nobody_has_read_is_answered_by_the_plain_query(cast: Cast) -> None:
    asked = []

    def build(actor: Actor):
        asked.append(actor)
        return Session.objects.visible_to(actor)

    unresolved = replace(acting(cast.rosa), mesa_roles=None)
    assert compiled(build).rows(unresolved) == list(Session.objects.visible_to(unresolved))
    assert asked == [unresolved]


def test_days_may_be_moved_and_languages_have_texts_of_their_own(cast: Cast, settings) -> None:
    settings.COMPILED_CHECKS = 9
    ending = compiled(lambda today: TENURE.filter(starts_on__lte=today + timedelta(days=15)).order_by("pk"))
    named = compiled(lambda name: Organization.objects.filter(name=name).prefetch_related("posts"))
    for today in (date(2024, 12, 1), cast.now.date(), date(2031, 1, 1)):
        plain = TENURE.filter(starts_on__lte=today + timedelta(days=15)).order_by("pk")
        assert ending.rows(today) == list(plain)
    for language in ("es", "en"):
        with translation.override(language):
            (found,) = named.rows(cast.ngo.name)
            with CaptureQueriesContext(connection) as queries:
                assert found == cast.ngo and list(found.posts.all())
            assert len(queries) == 0 and named.first("ninguna") is None


def test_what_can_never_be_true_asks_nobody(db: None) -> None:
    nothing = compiled(lambda posts, on: TENURE.current(on).filter(post__in=posts))
    with CaptureQueriesContext(connection) as queries:
        assert nothing.rows((), DAY) == [] and nothing.rows((), DAY) == []
    assert len(queries) == 0 and nothing.rows((1, 2), DAY) == []


@pytest.mark.parametrize(
    ("build", "value"),
    [
        (lambda given: TENURE.filter(post__any=[*given, 5]), [1]),
        (lambda given: TENURE.filter(post=given + 1), 7),
        (lambda given: TENURE.all()[:given], 7),
        (lambda given: TENURE.filter(starts_on=given.replace(day=1)), date(2026, 3, 9)),
        (lambda given: TENURE.filter(post=given, starts_on=timezone.localdate()), 7),
        (lambda given: TENURE.filter(starts_on=timezone.localdate(given)), timezone.now()),
        (lambda given: TENURE.all(), DAY),
        (lambda given: Post.objects.filter(pk=given).prefetch_related(Prefetch("tenures", TENURE.filter(post=given))), 7),
        (lambda given: Organization.objects.filter(name__icontains=given), "Cruz"),
    ],
    ids=["longer list", "counted on", "slice", "first of the month", "clock", "day of a moment", "of no use",
         "prefetched", "part of a text"],
)  # fmt: skip
def test_it_refuses_what_it_cannot_fill_in_later(db: None, build, value) -> None:
    for language in ("es", "en"):
        with translation.override(language), pytest.raises(ImproperlyConfigured):
            compiled(build).rows(value)


def test_a_rule_that_turns_on_a_value_is_found_by_the_checks(db: None, settings) -> None:
    def build(post: int):
        return TENURE.filter(post=post) if post != 7 else TENURE.exclude(post=post)

    settings.COMPILED_CHECKS = 2
    asked: Compiled = compiled(build)
    asked.rows(6)
    with pytest.raises(ImproperlyConfigured, match="plain: "):
        asked.rows(7)


def test_threads_that_come_first_together_are_answered_alike(db: None) -> None:
    held = compiled(lambda on: TENURE.current(on).values_list("pk"))
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
