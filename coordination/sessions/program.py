"""The blocks of a session: which hours they take, which room each is in, how they are told. Reads and arithmetic only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from coordination.common import dates
from coordination.sessions.models import Block, Session

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Part:
    """A block in words. ``url`` is for those who take part and for nobody else; ``closed`` ones for the circle."""

    when: str
    title: str
    place: str
    url: str
    closed: bool = False

    @property
    def line(self) -> str:
        """martes 1 de diciembre de 2026, 09:00 a 11:00, hora de Quito: Plenaria. Auditorio"""
        told = ". ".join(part for part in (self.title, self.place) if part)
        return f"{self.when}: {told}" if told else self.when


def parts(session: Session, *, inside: bool = False, outside: bool = False) -> list[Part]:
    """The programme of a session that has several blocks, for pages, letters and calendars; of one block nothing.

    Of a session casa adentro only the hours, unless the reader is ``inside``: what is dealt with is the record's. Of
    the blocks that came with the session; ``outside`` leaves the closed ones out whoever loaded them. One query, none
    when prefetched.
    """
    blocks = [block for block in session.blocks.all() if not (outside and block.is_casa_adentro)]
    if len(blocks) < 2:
        return []
    return [_part(session, block, inside=inside or not session.is_casa_adentro) for block in blocks]


def _part(session: Session, block: Block, *, inside: bool) -> Part:
    when = _when(session, block)
    closed = block.is_casa_adentro
    if not inside:
        return Part(when, "", "", "", closed)
    if not block.tells_what:  # the circle's outer ring: when and where
        return Part(when, "", place_of(session, block), "", closed)
    title = f"{block.name} ({block.audience_note})" if block.audience_note else block.name
    return Part(when, title, place_of(session, block), block.online_url, closed)


def _when(session: Session, block: Block) -> str:
    """Its hours; only its days where of a historic session no hour is known."""
    if session.has_hours:
        return dates.span(block.starts_at, block.ends_at, session.zone.key)
    first, last = (moment.astimezone(session.zone).date() for moment in (block.starts_at, block.ends_at))
    return dates.days_span(first, last)


def place_of(session: Session, block: Block) -> str:
    """Where the block is, where that differs from the session's place; a break says it only when it is elsewhere."""
    if block.venue:
        return block.venue
    if block.modality and block.modality != session.modality:
        return _("Online") if block.modality == Session.Modality.ONLINE else block.get_modality_display()
    return ""


def meetings(blocks: Iterable[Block]) -> list[Block]:
    """Those in which somebody meets: all but the breaks."""
    return [block for block in blocks if block.kind != Block.Kind.BREAK]


def spans_of(session: Session) -> list[Span]:
    """When its people meet: the hours of its blocks without the breaks; without blocks the whole. One query."""
    found = [(block.starts_at, block.ends_at) for block in meetings(session.blocks.all())]
    if found or session.starts_at is None or session.ends_at is None:
        return found
    return [(session.starts_at, session.ends_at)]


def begins_at(session: Session) -> datetime | None:
    """The first moment of the session for whom it was loaded: of its open blocks, or of a closed one that came with it.
    No query."""
    known = getattr(session, "_prefetched_objects_cache", {}).get("blocks", ())
    starts = [block.starts_at for block in known if block.is_casa_adentro]
    return min([*starts, session.starts_at]) if session.starts_at else None


def modality_of(session: Session, block: Block) -> str:
    return block.modality or session.modality


def rooms_of(session: Session, block: Block) -> dict[int, str]:
    """The room and the account the block is in, with the name of the field that says so.

    A block without one of its own is where the session is, unless it names another place or link.
    """
    modality, found = modality_of(session, block), {}
    if modality != Session.Modality.ONLINE:
        room = block.room_id or (None if block.venue else session.room_id)
        if room:
            found[room] = "room"
    if modality != Session.Modality.IN_PERSON:
        account = block.online_account_id or (None if block.online_url else session.online_account_id)
        if account:
            found[account] = "online_account"
    return found


def merged(blocks: Iterable[Block]) -> list[tuple[Block, Span]]:
    """The stretches that blocks of one room take together, each with its first block: groups side by side are one."""
    found: list[tuple[Block, Span]] = []
    for block in sorted(blocks, key=lambda one: (one.starts_at, one.order)):
        if found and block.starts_at < found[-1][1][1]:
            first, (start, end) = found[-1]
            found[-1] = (first, (start, max(end, block.ends_at)))
        else:
            found.append((block, (block.starts_at, block.ends_at)))
    return found


def days_moved(session: Session, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> int | None:
    """By how many days the whole moves when its clocks show the same hours as before; None when they do not.

    Clocks, not elapsed time: what began at nine begins at nine, also where clocks are changed in between.
    """
    assert session.starts_at is not None and session.ends_at is not None  # noqa: S101  live sessions have a time
    start = _face(starts_at, zone) - _face(session.starts_at, session.zone)
    end = _face(ends_at, zone) - _face(session.ends_at, session.zone)
    return start.days if start == end and start == timedelta(days=start.days) else None


def moved(moment: datetime, *, days: int, was: ZoneInfo, zone: ZoneInfo) -> datetime:
    """The same hour of the clock so many days later. Of an hour that is struck out there, the one after it."""
    return (_face(moment, was) + timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC)


def is_struck_out(moment: datetime) -> bool:
    """Whether clocks are put forward over this hour: nobody could come to it."""
    face = moment.replace(tzinfo=None)
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) != face


def overlap(first: Block, second: Block) -> bool:
    return first.starts_at < second.ends_at and second.starts_at < first.ends_at


def current(blocks: Sequence[Block], now: datetime) -> Block | None:
    """The block that is on, else the next one, else the last; breaks are none."""
    open_ones = meetings(blocks)
    on = [block for block in open_ones if block.starts_at <= now < block.ends_at]
    ahead = [block for block in open_ones if block.starts_at > now]
    return next(iter(on or ahead or open_ones[-1:]), None)


def _face(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
