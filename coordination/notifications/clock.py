"""What time it is for the sweeps. Only the test settings may move it; leases always run on the database's clock."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """The present, shifted by ``MINGA_CLOCK_OFFSET`` where the settings know it."""
    return timezone.now() + timedelta(seconds=getattr(settings, "CLOCK_OFFSET", 0))
