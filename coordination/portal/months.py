"""A month of sessions: six weeks from Monday, each session on every day it lasts, in its own zone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language

from accounts.actor import ANONYMOUS, Actor
from coordination.common import dates
from coordination.common.compiled import compiled
from coordination.sessions.models import Block, Session, SessionQuerySet
from coordination.sessions.parts import circles_of
from coordination.sessions.queries import overlapping

SHOWN = 3  # sessions a day of the table names; the list has the others
DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
CELLS = 42
NOBODY = str(UUID(int=0))
PLACING = ("starts_at", "ends_at", "time_zone", "has_hours")
# Neither where a row comes from nor how its mesa works.
UNTOLD = (
    "sources", "notes", "address", "cancel_reason", "failure_note", "plain_topic", "mesa__sources", "mesa__notes",
    "mesa__expected_levels", "mesa__session_ladder", "mesa__commitment_ladder", "mesa__session_ladder_since",
    "mesa__commitment_ladder_since", "mesa__objectives", "mesa__plain_name",
)  # fmt: skip
OUT_OF_THE_ORDINARY = (Session.State.CANCELLED, Session.State.DRAFT, Session.State.FAILED)


@cache
def _addresses(language: str | None) -> str:
    """Of a session, with ``NOBODY`` in it: made once, since a month has hundreds."""
    return reverse("portal:session", args=[NOBODY])


@dataclass
class Entry:
    """A session on one of its days. What a page says of it is loaded by ``tell``, for those it shows. ``reader`` is its beginning for a reader whose clock shows another hour.

    ``starts_at`` and ``ends_at`` are that day's where the session has blocks on several; else the whole's. ``closed``
    is a part casa adentro of an open session, for its circle.
    """

    session: Session
    day: date
    goes_on: bool
    hour: str
    reader: str
    starts_at: datetime | None
    ends_at: datetime | None
    closed: bool = False

    @property
    def mesa_name(self) -> str:
        return self.session.mesa.acronym or self.session.mesa.name

    @property
    def url(self) -> str:
        return _addresses(get_language()).replace(NOBODY, str(self.session.public_id))

    @property
    def is_marked(self) -> bool:
        """Whether the table says more of it than hour and name."""
        session = self.session
        return (
            session.is_casa_adentro
            or self.closed
            or session.state in OUT_OF_THE_ORDINARY
            or bool(self.reader and not self.goes_on)
        )


@dataclass
class Day:
    day: date
    in_month: bool
    is_today: bool
    entries: list[Entry] = field(default_factory=list)
    page: int = 1

    @property
    def name(self) -> str:
        """14; beyond the month 1 mar."""
        return str(self.day.day) if self.in_month else f"{self.day.day} {dates.short_month(self.day)}"

    @property
    def shown(self) -> list[Entry]:
        return self.entries[:SHOWN]

    @property
    def more(self) -> int:
        return len(self.entries) - len(self.shown)


@dataclass(frozen=True)
class Month:
    first: date
    days: list[Day]

    @property
    def weeks(self) -> list[list[Day]]:
        return [self.days[start : start + 7] for start in range(0, CELLS, 7)]

    @property
    def listed(self) -> list[Entry]:
        """What the list shows: the days of the month itself."""
        return [entry for day in self.days if day.in_month for entry in day.entries]

    @property
    def before(self) -> date:
        return (self.first - DAY).replace(day=1)

    @property
    def after(self) -> date:
        return first_after(self.first)

    @property
    def has_several_zones(self) -> bool:
        return any(entry.reader for day in self.days for entry in day.entries)


def first_after(first: date) -> date:
    return (first + 31 * DAY).replace(day=1)


def grid(first: date) -> list[date]:
    """The 42 days of the table, from the Monday on or before the first."""
    start = first - first.weekday() * DAY
    return [start + count * DAY for count in range(CELLS)]


def days_of(session: Session) -> tuple[date, date] | None:
    """The first and last day in the session's own zone. One that ends at midnight does not touch the next day."""
    first = session.local_day
    if first is None or session.starts_at is None:
        return None
    if session.ends_at is None or session.ends_at <= session.starts_at:
        return first, first
    return first, (session.ends_at - INSTANT).astimezone(session.zone).date()


Stretch = tuple[date, date, datetime | None, datetime | None]


def parts_of(session: Session, blocks: Sequence[Block]) -> list[Stretch]:
    """The stretches of days it stands on, each with its hours: by its blocks where it has several, else the whole."""
    told = [block for block in blocks if not block.is_casa_adentro]
    if len(told) < 2:
        lasts = days_of(session)
        return [(*lasts, session.starts_at, session.ends_at)] if lasts else []
    return _stretches(session, told)


def closed_parts_of(session: Session, blocks: Sequence[Block]) -> list[Stretch]:
    """Those of its closed blocks that the actor sees: nobody outside the circle is given any."""
    return _stretches(session, [block for block in blocks if block.is_casa_adentro])


@compiled
def _blocks(actor: Actor, sessions: list[int]) -> Any:
    rows = Block.objects.shown_to(actor).filter(session__any=sessions)
    return rows.only("session", "starts_at", "ends_at", "is_casa_adentro")


def _stretches(session: Session, blocks: Iterable[Block]) -> list[Stretch]:
    found: list[Stretch] = []
    for block in blocks:
        first = block.starts_at.astimezone(session.zone).date()
        last = (block.ends_at - INSTANT).astimezone(session.zone).date()
        if found and first <= found[-1][1]:
            begin, until, start, end = found[-1]
            found[-1] = (begin, max(until, last), start, max(end or block.ends_at, block.ends_at))
        else:
            found.append((first, last, block.starts_at, block.ends_at))
    return found


def month_of(
    rows: SessionQuerySet,
    *,
    first: date,
    today: date,
    zone: ZoneInfo,
    page: int = 50,
    actor: Actor = ANONYMOUS,
) -> Month:
    """The month that begins on ``first``, for a reader in ``zone``. Two queries, and one for what is shown (``tell``)."""
    days = grid(first)
    # A day more at each end: what is still Monday in one zone is already Tuesday in another.
    start = datetime.combine(days[0], time(), UTC) - DAY
    end = datetime.combine(days[-1], time(), UTC) + 2 * DAY
    lasting = Q(ends_at__gt=start) | Q(ends_at=None, starts_at__gte=start)
    during = Q(lasting, starts_at__lt=end)
    if actor.person_id is not None:
        inside = Block.objects.filter(overlapping(start, end), is_casa_adentro=True)
        inside = inside.filter(session__in=circles_of(actor, record=False))
        during |= Q(pk__in=inside.values("session"))
    sessions = list(rows.filter(during).order_by("starts_at", "id").only(*PLACING))
    blocks: dict[int, list[Block]] = defaultdict(list)
    for block in _blocks.rows(actor, [session.pk for session in sessions]):
        blocks[block.session_id].append(block)
    month = Month(first, [Day(day, day.month == first.month, day == today) for day in days])
    _place(month, sessions, blocks, zone)
    before = 0
    for day in month.days:
        if day.in_month:
            day.page = before // page + 1
            before += len(day.entries)
    return month


def tell(entries: Iterable[Entry]) -> None:
    """Loads what a page shows of these. One query."""
    told = list(entries)
    found = {session.pk: session for session in _told.rows(list({entry.session.pk for entry in told}))}
    for entry in told:
        entry.session = found.get(entry.session.pk, entry.session)


@compiled
def _told(sessions: list[int]) -> Any:
    """Of a month that was read through its door."""
    rows = Session.objects.filter(pk__any=sessions)
    return rows.select_related("mesa", "canton", "province").defer(*UNTOLD)


def _place(month: Month, sessions: Iterable[Session], blocks: dict[int, list[Block]], zone: ZoneInfo) -> None:
    start = month.days[0].day
    for session in sessions:
        its = blocks.get(session.pk, [])
        stretches = [(*stretch, False) for stretch in parts_of(session, its)]
        stretches += [(*stretch, True) for stretch in closed_parts_of(session, its)]
        for first, last, begins, ends, closed in stretches:
            hour = dates.clock(begins.astimezone(session.zone)) if begins and session.has_hours else ""
            reader = _reader(session, begins, zone)
            for place in range(max((first - start).days, 0), min((last - start).days + 1, CELLS)):
                day = month.days[place]
                goes_on = day.day != first
                day.entries.append(
                    Entry(session, day.day, goes_on, "" if goes_on else hour, reader, begins, ends, closed)
                )


def _reader(session: Session, begins: datetime | None, zone: ZoneInfo) -> str:
    """When it begins by the reader's clock, where that differs: 10:00, hora de Quito; with the day when it is another."""
    if begins is None or not session.has_hours:
        return ""
    theirs, ours = begins.astimezone(session.zone), begins.astimezone(zone)
    if theirs.utcoffset() == ours.utcoffset():
        return ""
    if theirs.date() == ours.date():
        return f"{dates.clock(ours)}, {dates.zone_name(str(zone))}"
    return dates.moment(begins, str(zone))


def by_day(entries: Sequence[Entry]) -> list[tuple[date, list[Entry]]]:
    return [(day, list(rows)) for day, rows in groupby(entries, key=lambda entry: entry.day)]


def next_after(rows: SessionQuerySet, month: Month) -> Session | None:
    """The session an empty month leads to: the first after it, else the last before it."""
    edge = datetime.combine(month.after, time(), UTC)
    later = rows.filter(starts_at__gte=edge).select_related("mesa").order_by("starts_at").first()
    return later or rows.filter(starts_at__lt=edge).select_related("mesa").order_by("-starts_at").first()
