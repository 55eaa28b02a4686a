"""Reads of reference data: which days people rest in a territory."""

from datetime import date

from django.db.models import Q

from coordination.taxonomies.models import Holiday, Province


def holidays_in(
    *, canton_id: int | None, province_id: int | None, since: date, until: date
) -> dict[date, Holiday]:
    """The days of rest of a place between two days, both included: its canton's, its province's, the country's.

    Of two on one day the widest stands. Without canton and province, the country's alone. One query.
    """
    here = Q(province=None, canton=None)
    if canton_id:
        here |= Q(canton=canton_id) | Q(province__in=Province.objects.filter(cantons=canton_id))
    elif province_id:
        here |= Q(province=province_id)
    rows = (
        Holiday.objects.filter(here, is_kept=True, date__range=(since, until))
        .select_related("province", "canton")
        .order_by("date", "id")
    )
    found: dict[date, Holiday] = {}
    for row in rows:
        held = found.get(row.date)
        if held is None or _width(row) > _width(held):
            found[row.date] = row
    return found


def _width(holiday: Holiday) -> int:
    return 0 if holiday.canton_id else 1 if holiday.province_id else 2
