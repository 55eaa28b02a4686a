"""Pages read the clock: their cast lives today. The journey reads real letters."""

import pytest
from django.utils import timezone

from tests.cast import Cast
from tests.journeys.conftest import caught, mailbox

__all__ = ["caught", "mailbox"]


@pytest.fixture
def today(cast: Cast) -> Cast:
    """The cast with the real clock's now."""
    cast.now = timezone.now()
    return cast
