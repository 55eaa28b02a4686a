"""Every route has a decided answer for every role; a route without a row fails."""

import importlib
import pkgutil
from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

import tests.security.matrix as matrix
from tests.cast import signed_in
from tests.keeping import kept
from tests.security.matrix.base import ROLES, Row
from tests.security.matrix.world import World

MODULES = [m.name for m in pkgutil.iter_modules(matrix.__path__) if m.name not in ("base", "world")]
ROWS: list[Row] = [
    row for name in MODULES for row in importlib.import_module(f"tests.security.matrix.{name}").ROWS
]
# Routes of libraries whose own tests decide them; our part is their templates.
LIBRARIES = ("admin", "account_", "mfa_", "socialaccount")


def _names(patterns: list[URLPattern | URLResolver], namespace: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            found |= _names(pattern.url_patterns, inner)
        elif pattern.name:
            found.add(f"{namespace}{pattern.name}")
        else:
            found.add(f"{namespace}unnamed {pattern.pattern}")
    return found


def test_every_route_has_a_row() -> None:
    routes = {name for name in _names(get_resolver().url_patterns) if not name.startswith(LIBRARIES)}
    assert routes - {row.name for row in ROWS} == set()


def test_no_row_speaks_of_a_route_that_is_gone() -> None:
    assert {row.name for row in ROWS} - _names(get_resolver().url_patterns) == set()


def _client(world: World, role: str) -> Client:
    who = {
        "stranger": world.elena,
        "member": world.luis,
        "chair": world.tomas,
        "secretariat": world.rosa,
        "auditor": world.olga,
        "administrator": world.ana,
    }.get(role)
    return signed_in(who.user) if who else Client()


@pytest.fixture(scope="module")
def kept_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with kept(World, django_db_blocker) as made:
        yield made


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_role_gets_the_decided_answer(row: Row, kept_world: World, db: None) -> None:
    """What a role does is undone before the next one asks."""
    world = deepcopy(kept_world)
    url = reverse(row.name, kwargs=row.kwargs(world))
    surprises = []
    for role in ROLES:
        client = _client(world, role)
        with transaction.atomic():
            if row.get is not None:
                surprises += _differs(f"GET as {role}", client.get(url).status_code, {row.get[role]})
            elif row.post is not None:
                surprises += _differs(f"GET as {role}", client.get(url).status_code, {405, 302})
            if row.post is not None:
                answer = client.post(url, row.data(world))
                surprises += _differs(f"POST as {role}", answer.status_code, {row.post[role]})
            transaction.set_rollback(True)
    assert surprises == []


def _differs(what: str, status: int, decided: set[int]) -> list[str]:
    return [] if status in decided else [f"{what}: {status}, decided {sorted(decided)}"]
