"""What time it is for the sweeps. Only the test settings may move it; leases always run on the database's clock."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, Value
from django.db.models.functions import Now
from django.utils import timezone


def now() -> datetime:
    """The present, shifted by ``MINGA_CLOCK_OFFSET`` where the settings know it."""
    return timezone.now() + timedelta(seconds=getattr(settings, "CLOCK_OFFSET", 0))


def database_now(shift: timedelta) -> ExpressionWrapper:
    """The database's own present, moved by ``shift``: the only clock that leases know."""
    return ExpressionWrapper(Now() + Value(shift, output_field=DurationField()), output_field=DateTimeField())
