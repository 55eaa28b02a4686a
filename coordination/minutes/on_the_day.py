"""What the session's screen shows: the order of the day against the clock, and one item with all that is under it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from itertools import groupby

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, JSONObject, NullIf
from django.utils.translation import get_language

from accounts.actor import Actor
from coordination.attendees.models import Attendance
from coordination.attendees.queries import CAME
from coordination.minutes.models import (
    ItemPresence,
    NotesVersion,
    RecordedReservation,
    SaidFigure,
    SeatVote,
    Statement,
    Turn,
)
from coordination.organizations.models import Organization
from coordination.sessions.models import AgendaItem, Block, Outcome, Rapporteur, Session
from coordination.sessions.program import current, meetings
from coordination.taxonomies.models import Sector

# A presence older than this says nothing (four heartbeats).
PRESENT_FOR = timedelta(seconds=60)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Hour:
    """An item against the clock: the hours it had or will have as things stand."""

    item: AgendaItem
    starts_at: datetime | None
    ends_at: datetime | None
    opens: Block | None = None
    # Among those the reader knows of: a gap would tell of a closed one.
    number: int = 0

    @property
    def state(self) -> str:
        if self.item.ended_at:
            return "done"
        return "now" if self.item.started_at else "ahead"


@dataclass
class Clock:
    """The whole order of the day. ``late`` in minutes, negative when early; ``ends_at`` as it will be at this pace."""

    rows: list[Hour] = field(default_factory=list)
    late: int = 0
    ends_at: datetime | None = None
    has_begun: bool = False

    @property
    def early(self) -> int:
        return max(0, -self.late)

    @property
    def is_under_way(self) -> bool:
        """Whether something is left to deal with."""
        return any(row.state != "done" for row in self.rows)


def items_of(session: Session, actor: Actor, now: datetime) -> list[AgendaItem]:
    """The items this reader knows of, with their notes, in ``writers`` who else has each open, and in ``floor`` who has the
    floor, if anybody. One query."""
    here = ItemPresence.objects.filter(item=OuterRef("pk"), seen_at__gt=now - PRESENT_FOR)
    others = here.exclude(person=actor.person_id).order_by("person__name").values("person__name")
    rows: QuerySet[AgendaItem] = AgendaItem.objects.shown_to(actor).filter(session=session)
    return list(
        rows.select_related("record__saved_by", "carried_from__session__mesa", "presenter_post")
        .annotate(
            writers=ArraySubquery(others),
            noted=Count("outcomes", distinct=True),
            is_carried=Exists(AgendaItem.objects.filter(carried_from=OuterRef("pk"))),
            floor=Subquery(
                _turns(session, actor)
                .filter(ended_at=None)
                .values(who=Coalesce(_name("organization"), _name("sector"), output_field=TextField()))[:1]
            ),
        )
        .order_by("order")
    )


def item_to_write(actor: Actor, public_id: object, item_id: object, now: datetime) -> AgendaItem | None:
    """The item through both doors, with its session, whether the actor is its rapporteur (``is_writer``), and who else has
    it open (``writers``). One query: it is asked every few seconds."""
    here = ItemPresence.objects.filter(item=OuterRef("pk"), seen_at__gt=now - PRESENT_FOR)
    writing = Rapporteur.objects.filter(person_id=actor.person_id, until=None)
    rows: QuerySet[AgendaItem] = AgendaItem.objects.visible_to(actor)
    return (
        rows.filter(public_id=item_id, session__public_id=public_id)
        .select_related("session__mesa", "record")
        .annotate(
            writers=ArraySubquery(
                here.exclude(person=actor.person_id).order_by("person__name").values("person__name")
            ),
            is_writer=Q(session__in=writing.values("session")),
        )
        .first()
    )


def clock_of(session: Session, items: Sequence[AgendaItem], blocks: Iterable[Block], now: datetime) -> Clock:
    """The hours as they were and as they will be. No query.

    What is over took the time it took; the item that runs takes at least its minutes; what is ahead follows, from now
    on at the earliest. How late it is compares the end at this pace with the end by the minutes of the agenda, of the
    block that is on.
    """
    several = {block.pk: block for block in meetings(blocks)}
    on = current(list(several.values()), now) if len(several) > 1 else None
    rows: list[Hour] = []
    found = Clock()
    for key, group in groupby(items, key=lambda item: item.block_id if len(several) > 1 else None):
        block = several.get(key or 0)
        begins = block.starts_at if block else session.starts_at
        hours, ends = _hours(list(group), begins, now)
        rows += [
            Hour(*hour, opens=None if place else block, number=len(rows) + place + 1)
            for place, hour in enumerate(hours)
        ]
        if begins and ends and (on is None or (block and block.pk == on.pk)):
            planned = begins + sum((item.minutes or 0) for item, *_rest in hours) * MINUTE
            found.late, found.ends_at = int((ends - planned) / MINUTE), ends
            found.has_begun = begins <= now
    found.rows = rows
    return found


def _hours(
    items: list[AgendaItem], begins: datetime | None, now: datetime
) -> tuple[list[tuple[AgendaItem, datetime | None, datetime | None]], datetime | None]:
    """Of the items of one stretch, and when it ends at this pace."""
    if begins is None:
        return [(item, None, None) for item in items], None
    at = max([begins, *[item.ended_at for item in items if item.ended_at]])
    for item in items:
        if item.started_at and item.ended_at is None:
            at = max(at, now, item.started_at + (item.minutes or 0) * MINUTE)
    hours: list[tuple[AgendaItem, datetime | None, datetime | None]] = []
    left = any(item.started_at is None for item in items)
    if left and begins < now:
        at = max(at, now)
    for item in items:
        if item.started_at:
            hours.append((item, item.started_at, item.ended_at or at))
        else:
            hours.append((item, at, at + (item.minutes or 0) * MINUTE))
            at += (item.minutes or 0) * MINUTE
    return hours, at


def chosen(rows: list[Hour], asked: str) -> Hour | None:
    """The item of the address; else the one that runs, the first that was not dealt with, the last."""
    by_id = {str(row.item.public_id): row for row in rows}
    running = [row for row in rows if row.state == "now"]
    ahead = [row for row in rows if row.state == "ahead"]
    return by_id.get(asked) or next(iter(running or ahead or rows[-1:]), None)


def neighbours(rows: list[Hour], here: Hour) -> tuple[Hour | None, Hour | None]:
    place = rows.index(here)
    return (rows[place - 1] if place else None), (rows[place + 1] if place + 1 < len(rows) else None)


def outcomes_under(item: AgendaItem) -> list[Outcome]:
    """What came of it, reserved ones too: for who writes them. In ``reserves`` the reservations on record. One query."""
    votes = {
        name: Count("votes", filter=Q(votes__choice=choice))
        for name, choice in (
            ("in_favour", SeatVote.Choice.FOR),
            ("against", SeatVote.Choice.AGAINST),
            ("abstained", SeatVote.Choice.ABSTAIN),
        )
    }
    reservations = RecordedReservation.objects.filter(outcome=OuterRef("pk")).order_by("recorded_at", "id")
    told = reservations.values(told=JSONObject(organization=_name("organization"), text="text"))
    rows = Outcome.objects.filter(item=item).annotate(
        commitment_ref=F("commitment__public_id"), reserves=ArraySubquery(told), **votes
    )
    return list(rows.order_by("order", "id"))


def _name(relation: str) -> Coalesce:
    """A translated name reached from a row that is not translated itself: the reader's language, else Spanish."""
    here = (get_language() or "es")[:2]
    names = [f"{relation}__name_{here}", f"{relation}__name_es"] if here in dict(settings.LANGUAGES) else []
    texts = [Cast(F(name), TextField()) for name in names or [f"{relation}__name_es"] * 2]
    return Coalesce(NullIf(texts[0], Value("")), texts[1], output_field=TextField())


def said_under(item: AgendaItem) -> tuple[list[Statement], list[SaidFigure]]:
    """Two queries."""
    statements = Statement.objects.filter(item=item).select_related("organization")
    return list(statements), list(SaidFigure.objects.filter(item=item))


def history_of(item: AgendaItem) -> list[NotesVersion]:
    """Every accepted text of its notes, newest first. One query."""
    rows = NotesVersion.objects.filter(record__item=item).select_related("saved_by")
    return list(rows.order_by("-number"))


def came(session: Session, actor: Actor) -> list[Attendance]:
    """Who is in the room, as far as the reader knows, and can have said something, by organization; each person once.
    One query."""
    known = Block.objects.shown_to(actor).filter(session=session)
    rows = Attendance.objects.filter(block__in=known.values("pk"), status__in=CAME).select_related(
        "organization", "delegate__person", "person"
    )
    found: dict[object, Attendance] = {}
    for mark in rows.order_by("organization__plain_name", "id"):
        found.setdefault(mark.delegate_id or (mark.organization_id, name_of(mark)), mark)
    return list(found.values())


def name_of(mark: Attendance) -> str:
    if mark.delegate:
        return mark.delegate.person.name
    return mark.name or (mark.person.name if mark.person else "")


def title_of(mark: Attendance) -> str:
    return mark.delegate.post_title if mark.delegate else ""


def open_turn(session: Session, actor: Actor) -> Turn | None:
    """Who has the floor, unless in an item the reader does not know of. One query."""
    return _turns(session, actor).filter(ended_at=None).first()


def _turns(session: Session, actor: Actor) -> QuerySet[Turn]:
    known = AgendaItem.objects.shown_to(actor).filter(session=session)
    rows = Turn.objects.filter(Q(item=None) | Q(item__in=known.values("pk")), session=session)
    return rows.select_related("organization", "sector")


@dataclass
class Share:
    """How long a sector has spoken, in how many turns, and which of its organizations have not."""

    sector: Sector
    seconds: float = 0
    turns: int = 0
    silent: list[Organization] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        return round(self.seconds / 60)


def floor_of(
    session: Session, seated: Iterable[tuple[Organization, int]], actor: Actor, now: datetime
) -> list[Share]:
    """By sector in its order, whoever has a seat in the room; ``seated`` gives each organization with its sector. Counts
    of sectors only: who speaks most is nobody's ranking. Two queries."""
    turns = list(_turns(session, actor))
    spoke = {turn.organization_id for turn in turns}
    by_sector: dict[int, list[Organization]] = defaultdict(list)
    for organization, sector_id in seated:
        by_sector[sector_id].append(organization)
    shares = {}
    for sector in Sector.objects.order_by("order", "id"):
        silent = [one for one in by_sector[sector.pk] if one.pk not in spoke]
        shares[sector.pk] = Share(sector, silent=silent)
    until = session.closed_at or now
    for turn in turns:
        share = shares[turn.sector_id]
        share.turns += 1
        share.seconds += max(0.0, ((turn.ended_at or until) - turn.started_at).total_seconds())
    return [share for share in shares.values() if share.turns or by_sector[share.sector.pk]]


def merged(theirs: str, mine: str) -> str:
    """Both texts in one: what is the same stands once, what differs stands twice, theirs first. Nothing is left out."""
    first, second = theirs.split("\n"), mine.split("\n")
    lines: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        lines += first[a:b]
        if tag != "equal":
            lines += second[c:d]
    return "\n".join(lines)
