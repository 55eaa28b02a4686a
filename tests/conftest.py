"""Fixtures for everybody and the guards that make the suite distrustful."""

from collections.abc import Iterator

import pytest
from django.test import Client

from coordination.organizations.models import Person
from tests.cast import Cast


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


@pytest.fixture
def sign_in() -> Iterator[object]:
    """``sign_in(person)`` gives a client that is signed in as that person's user."""

    def _sign_in(person: Person) -> Client:
        client = Client()
        client.force_login(person.user)
        return client

    yield _sign_in

