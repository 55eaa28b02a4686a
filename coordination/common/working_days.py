"""Working days: Monday to Friday but for the days of rest the caller knows. Pure, without a clock or a database."""

from collections.abc import Collection
from datetime import date, timedelta

DAY = timedelta(days=1)


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


def add_working_days(start: date, count: int, holidays: Collection[date] = frozenset()) -> date:
    """The day ``count`` working days after ``start``, which itself does not count; with zero, ``start`` as it is.

    Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError("Working days are counted forward.")
    day = start
    while count:
        day += DAY
        count -= is_working_day(day, holidays)
    return day
