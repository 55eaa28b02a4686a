"""Pages read the clock: their cast lives today."""

import pytest
from django.utils import timezone

from tests.cast import Cast


@pytest.fixture
def today(db: None) -> Cast:
    """The cast with the real clock's now."""
    return Cast(now=timezone.now())
