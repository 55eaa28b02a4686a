"""Several sessions at once, by a rhythm. Afterwards each is a session of its own."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.common import dates
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa
from coordination.sessions.actions.planning import schedule
from coordination.sessions.models import Series, Session
from coordination.sessions.program import Span
from coordination.sessions.series import MOST, span_on


class TooFewDates(DomainError):
    default_message = _("A series has at least two sessions. Keep two dates, or schedule one session.")


class TooManyDates(DomainError):
    default_message = _("A series has at most 53 sessions: a year of weeks. Write an earlier end.")


@transaction.atomic
def schedule_series(
    *,
    mesa_id: int,
    token: uuid.UUID,
    preset: str,
    first: date,
    span: Span,
    days: Sequence[date],
    exceptions: Iterable[date] = (),
    by: Actor,
    now: datetime,
    **fields: Any,
) -> Series:
    """Plans a draft on each of ``days`` as ``schedule`` does, with the clocks of ``span``, which lies on ``first``.

    ``token`` becomes the series' own id: sent twice it is one series. Numbers are those of the mesa, in the order
    of the days; ``exceptions`` keeps what was left out. All of them or none. Records: SCHEDULED for each. Raises
    TooFewDates, TooManyDates and the errors of ``schedule``, with the day before the words.
    """
    Mesa.objects.select_for_update(no_key=True).get(pk=mesa_id)
    if made := Series.objects.filter(public_id=token).first():
        if made.mesa_id == mesa_id:
            return made
        token = uuid.uuid4()
    chosen = sorted(set(days))
    if len(chosen) < 2:
        raise TooFewDates()
    if len(chosen) > MOST:
        raise TooManyDates()
    series = Series.objects.create(
        public_id=token,
        mesa_id=mesa_id,
        preset=preset,
        first_on=first,
        exceptions=sorted(day.isoformat() for day in exceptions),
        created_at=now,
    )
    closes = fields.pop("registration_closes_at", None)
    for day in chosen:
        starts_at, ends_at = span_on(day, first, span)
        deadline = closes and span_on(day, first, (closes.astimezone(span[0].tzinfo), span[1]))[0]
        told = fields | {"starts_at": starts_at, "ends_at": ends_at, "registration_closes_at": deadline}
        try:
            session = schedule(mesa_id=mesa_id, **told, by=by, now=now)
        except DomainError as error:
            words = f"{dates.date_words(day).capitalize()}: {error.message}"
            raise type(error)(words, field=error.field) from error
        Session.objects.filter(pk=session.pk).update(series=series)
    return series
