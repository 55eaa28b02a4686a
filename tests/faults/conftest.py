"""A stage around the test database, with everything ended and closed behind it."""

from collections.abc import Iterator

import pytest

from tests.faults.stage import Stage, staged


@pytest.fixture
def stage(transactional_db: None) -> Iterator[Stage]:
    with staged() as made:
        yield made
