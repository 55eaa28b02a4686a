"""The dates of a series, and what is known about each before it is made. Reads and arithmetic only."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from accounts.actor import Actor
from coordination.mesas.models import Mesa
from coordination.sessions.models import Block, Series, Session
from coordination.sessions.program import Span
from coordination.sessions.queries import overlapping
from coordination.sessions.rooms import Reservation
from coordination.taxonomies.models import Canton, Holiday
from coordination.taxonomies.queries import holidays_in

MOST = 53  # a year of weeks
TOLD = (
    "id", "public_id", "mesa_id", "number", "kind", "topic", "topic_es", "topic_en", "is_casa_adentro", "time_zone",
    "starts_at",
)  # fmt: skip
WEEK = timedelta(days=7)
WEEKS = {Series.Preset.WEEKLY: 1, Series.Preset.FORTNIGHTLY: 2}
MONTHS = {Series.Preset.MONTHLY: 1, Series.Preset.BIMONTHLY: 2, Series.Preset.QUARTERLY: 3}
NTH, WEEKDAY = "nth", "weekday"
LAST = 5  # the fifth Tuesday is the last one: not every month has five
SATURDAY = 5
FAR = 60  # days within which a working day is looked for; no country rests longer


@dataclass(frozen=True)
class Stand:
    """What is known about one date: a holiday, a weekend, the room taken, the mesa's own sessions at that hour."""

    day: date
    span: Span
    holiday: Holiday | None = None
    is_weekend: bool = False
    rooms: tuple[str, ...] = ()
    own: tuple[Session, ...] = ()

    @property
    def is_clear(self) -> bool:
        return not (self.holiday or self.is_weekend or self.rooms or self.own)


@dataclass(frozen=True)
class Candidate:
    """A date of the rhythm, how it stands, and how the next working day stands where this one rests."""

    here: Stand
    moved: Stand | None = field(default=None)

    @property
    def key(self) -> str:
        return self.here.day.isoformat()


def place_in_month(day: date) -> int:
    """1 for the first such weekday of its month, …, 5 for the fifth, which stands for the last."""
    return (day.day - 1) // 7 + 1


def days_of(
    first: date, preset: str, *, by: str = NTH, count: int | None = None, until: date | None = None
) -> list[date]:
    """The days of the rhythm from ``first`` on: so many, or until a day; one more than allowed where that is too far.

    Months go by the nth weekday (the second Tuesday; a fifth is the last), or by the same weekday nearest to the
    same day of the month (29 February is the 28th where there is none, then the nearest such weekday). Each is
    counted from the first, so that nothing drifts.
    """
    most = min(count or MOST + 1, MOST + 1)
    found: list[date] = []
    for step in range(most):
        day = _step(first, preset, by, step)
        if until and day > until:
            break
        found.append(day)
    return found


def _step(first: date, preset: str, by: str, step: int) -> date:
    if preset in WEEKS:
        return first + step * WEEKS[Series.Preset(preset)] * WEEK
    months = first.month - 1 + step * MONTHS[Series.Preset(preset)]
    year, month = first.year + months // 12, months % 12 + 1
    length = monthrange(year, month)[1]
    if by == NTH:
        opening = date(year, month, 1)
        day = opening + timedelta(days=(first.weekday() - opening.weekday()) % 7)
        day += (place_in_month(first) - 1) * WEEK
        return day if day.month == month else day - WEEK
    near = date(year, month, min(first.day, length))
    apart = (first.weekday() - near.weekday() + 3) % 7 - 3  # from three days before to three after
    return near + timedelta(days=apart)


def span_on(day: date, first: date, span: Span) -> Span:
    """The same clocks on another day, in the zone the span is in."""
    zone = span[0].tzinfo
    faces = (moment.astimezone(zone).replace(tzinfo=None) + (day - first) for moment in span)
    start, end = (face.replace(tzinfo=zone).astimezone(UTC) for face in faces)
    return start, end


def preview(
    *,
    mesa: Mesa,
    days: Sequence[date],
    first: date,
    span: Span,
    room_ids: Iterable[int],
    canton_id: int | None,
    actor: Actor,
) -> list[Candidate]:
    """How each day stands. At most five queries, however many days."""
    if not days:
        return []
    whose = canton_id or mesa.canton_id
    province = (
        Canton.objects.filter(pk=whose).values_list("province_id", flat=True).first() if whose else None
    )
    off = holidays_in(
        canton_id=whose,
        province_id=province or mesa.province_id,
        since=days[0],
        until=days[-1] + timedelta(days=FAR),
    )
    spans = {day: span_on(day, first, span) for day in days}
    later = {day: _working_day(day, off) for day in days if day in off or day.weekday() >= SATURDAY}
    spans |= {day: span_on(day, first, span) for day in later.values()}
    taken = _taken(room_ids, spans.values())
    own = _own(mesa, actor, spans.values())

    def stand(day: date) -> Stand:
        start, end = spans[day]
        rooms = {name for name, since, until in taken if since < end and until > start}
        met = {block.session for block in own if block.starts_at < end and block.ends_at > start}
        return Stand(
            day, (start, end), off.get(day), day.weekday() >= SATURDAY, tuple(sorted(rooms)),
            tuple(sorted(met, key=lambda one: one.pk)),
        )  # fmt: skip

    return [Candidate(stand(day), stand(later[day]) if day in later else None) for day in days]


def _working_day(day: date, off: dict[date, Holiday]) -> date:
    found = day + timedelta(days=1)
    while found in off or found.weekday() >= SATURDAY:
        found += timedelta(days=1)
    return found


def _taken(room_ids: Iterable[int], spans: Iterable[Span]) -> list[tuple[str, datetime, datetime]]:
    """Who holds the rooms is not asked: "not available" says the same of everybody."""
    ids = list(room_ids)
    if not ids:
        return []
    rows = Reservation.objects.filter(overlapping(*_whole(spans)), room__in=ids, is_held=True)
    return list(rows.values_list("room__name", "starts_at", "ends_at"))


def _own(mesa: Mesa, actor: Actor, spans: Iterable[Span]) -> list[Block]:
    planned = [Session.State.DRAFT, Session.State.ANNOUNCED, Session.State.CONVENED]
    seen = Session.objects.visible_to(actor).live().filter(mesa=mesa, state__in=planned)
    rows = Block.objects.shown_to(actor).filter(overlapping(*_whole(spans)), session__in=seen.values("pk"))
    return list(rows.exclude(kind=Block.Kind.BREAK).select_related("session__mesa"))


def _whole(spans: Iterable[Span]) -> Span:
    rows = list(spans)
    return min(start for start, _end in rows), max(end for _start, end in rows)


def with_siblings(sessions: Any, actor: Actor) -> Any:
    """Adds ``siblings_there``, for ``siblings``."""
    rows = Session.objects.visible_to(actor).filter(series=OuterRef("series")).order_by("id")
    told = JSONObject(**{name: name for name in TOLD})
    return sessions.annotate(siblings_there=ArraySubquery(rows.values_list(told)))


def siblings(session: Any) -> list[Session]:
    """Of a row read ``with_siblings``: the sessions of its series that the actor sees, in the order they were made, with
    what a line says of them."""
    return [_told(each) for each in session.siblings_there] if session.series_id else []


def _told(facts: dict[str, Any]) -> Session:
    """It loads the rest when asked."""
    fields = [field for field in Session._meta.concrete_fields if field.attname in facts]
    names = [field.attname for field in fields]
    return Session.from_db("default", names, [field.to_python(facts[field.attname]) for field in fields])
