"""Pages read the clock: their cast lives today."""

import pytest
from django.utils import timezone

from tests.cast import Cast


@pytest.fixture
def today(cast: Cast) -> Cast:
    """The cast with the real clock's now."""
    cast.now = timezone.now()
    return cast
