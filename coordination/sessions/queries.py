"""Reads that join: the agenda with its hours, the next number, who would hear of a change."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Count,
    F,
    Max,
    Prefetch,
    ProtectedError,
    Q,
    QuerySet,
    prefetch_related_objects,
)
from django.db.models.deletion import Collector

from accounts.actor import ANONYMOUS, Actor
from coordination.common.compiled import Compiled, compiled
from coordination.common.models import Provenance
from coordination.common.search import HasWords
from coordination.mesas.models import Mesa
from coordination.sessions.models import AgendaItem, Block, Outcome, Paper, Session, SessionQuerySet
from coordination.sessions.rooms import Reservation
from coordination.taxonomies.models import Holiday, Province
from coordination.taxonomies.queries import holidays_in


@dataclass(frozen=True)
class TimedItem:
    """An agenda item with the hour it begins, computed from the minutes before it in its block.

    ``opens`` is the block that begins with it, where the session has several.
    """

    item: AgendaItem
    starts_at: datetime | None
    is_first: bool
    is_last: bool
    is_after_end: bool = False
    opens: Block | None = None


@dataclass(frozen=True)
class Agenda:
    """The order of the day. ``spare`` is what is left until the end, negative when it runs over.

    Of several blocks each has its own end: what runs over in one is not made good by another. ``over`` has those
    that do, with how many minutes.
    """

    items: list[TimedItem]
    minutes: int
    spare: int | None
    over: list[tuple[Block, int]] = field(default_factory=list)

    @property
    def over_run(self) -> int:
        if self.over:
            return sum(minutes for _block, minutes in self.over)
        return -self.spare if self.spare is not None and self.spare < 0 else 0


@dataclass(frozen=True)
class Audience:
    """How many organizations were invited and how many people they have named."""

    organizations: int
    people: int


def parts_for(actor: Actor, *names: str) -> "list[Prefetch[str]]":
    """What ``with_parts`` loads: of ``blocks``, ``agenda``, ``outcomes`` and ``papers`` those the actor sees."""
    doors: dict[str, type[Block] | type[AgendaItem] | type[Outcome] | type[Paper]] = {
        "blocks": Block, "agenda": AgendaItem, "outcomes": Outcome, "papers": Paper,
    }  # fmt: skip
    return [Prefetch(name, queryset=doors[name].objects.shown_to(actor)) for name in names]


def with_parts(sessions: SessionQuerySet, actor: Actor, *names: str) -> SessionQuerySet:
    """Sessions, loaded through their door, with the parts this actor sees: ``.all()`` on them is then already filtered.

    Without it what hangs from a session is what everybody sees. A query a name, by default blocks and agenda.
    """
    return sessions.prefetch_related(*parts_for(actor, *(names or ("blocks", "agenda"))))


def load_parts(session: Session, actor: Actor, *names: str) -> Session:
    """``with_parts`` for a session at hand."""
    for name in names or ("blocks", "agenda"):
        if name not in PARTS:
            prefetch_related_objects([session], *parts_for(actor, name))
            continue
        kept = getattr(session, name).all()
        kept._result_cache = PARTS[name].rows(actor, session.pk)
        for row in kept._result_cache:
            row.session = session
        session._prefetched_objects_cache = getattr(session, "_prefetched_objects_cache", {}) | {name: kept}  # type: ignore[attr-defined]
    return session


@compiled
def _blocks(actor: Actor, session: int) -> "QuerySet[Block]":
    return Block.objects.shown_to(actor).filter(session=session)


@compiled
def _agenda(actor: Actor, session: int) -> "QuerySet[AgendaItem]":
    rows = AgendaItem.objects.shown_to(actor).filter(session=session)
    return rows.select_related("carried_from__session")


PARTS: dict[str, Compiled[..., Any]] = {"blocks": _blocks, "agenda": _agenda}


def next_number(mesa: Mesa, *, closed: bool = False) -> int:
    """The number the mesa's next session takes. True only under the mesa's row lock; closed ones count apart."""
    taken = Session.objects.filter(mesa=mesa, is_casa_adentro=closed).aggregate(Max("number"))["number__max"]
    return (taken or 0) + 1


def agenda_with_times(session: Session, *, outside: bool = False) -> Agenda:
    """Every item with its hour. Items without minutes take none: the following begin at the same hour. Two queries,
    none where agenda and blocks came with the session; two more where items were taken up from an earlier session.

    Of the parts that came with the session; ``outside`` leaves the closed ones out whoever loaded them.
    """
    rows = [row for row in session.agenda.all() if not (outside and row.is_casa_adentro)]
    prefetch_related_objects([row for row in rows if row.carried_from_id], "carried_from__session")
    blocks = {block.pk: block for block in session.blocks.all() if not (outside and block.is_casa_adentro)}
    several = len(blocks) > 1
    timed, opened = [], set()
    spent: dict[int | None, int] = defaultdict(int)
    movable = [row.pk for row in rows if not row.is_generated]
    for row in rows:
        block = blocks.get(row.block_id or 0) if several else None
        key = block.pk if block else None
        begins, ends = (block.starts_at, block.ends_at) if block else (session.starts_at, session.ends_at)
        # Of many a historic session only the day is known: midnight is no hour to count from.
        at = begins + timedelta(minutes=spent[key]) if begins and session.has_hours else None
        opens = block if block and key not in opened else None
        opened.add(key)
        is_late = bool(at and ends and at >= ends)
        timed.append(TimedItem(row, at, row.pk in movable[:1], row.pk in movable[-1:], is_late, opens))
        spent[key] += row.minutes or 0
    total = sum(spent.values())
    meeting = [block for block in blocks.values() if block.kind != Block.Kind.BREAK]
    if not several:
        length = _minutes(session.starts_at, session.ends_at)
        return Agenda(timed, total, None if length is None else length - total)
    lengths = {block.pk: _minutes(block.starts_at, block.ends_at) or 0 for block in meeting}
    over = [(block, spent[block.pk] - lengths[block.pk]) for block in meeting]
    # Groups side by side have their hours each: there the minutes of an agenda are those of its blocks together.
    return Agenda(timed, total, sum(lengths.values()) - total, [one for one in over if one[1] > 0])


def _minutes(start: datetime | None, end: datetime | None) -> int | None:
    return (end - start) // timedelta(minutes=1) if start and end else None


def audience(session: Session) -> Audience:
    """Whom a change concerns, counted through the rows that hang from the session. Two queries.

    Invitations belong to the step above; the count is read through the relation, nothing of it is known here.
    """
    invited = session.invitations.exclude(state="declined")
    people = invited.filter(delegates__withdrawn_at=None).aggregate(
        n=Count("delegates__person", distinct=True)
    )["n"]
    return Audience(invited.count(), people)


def commitment_hangs_on(outcome: Outcome) -> bool:
    """True when some row would be orphaned by the outcome's removal. Rows above are asked by the database, not named."""
    try:
        Collector(using="default").collect([outcome])
    except ProtectedError:
        return True
    return False


def agreement_hangs_on(outcome: Outcome) -> bool:
    """True when votes or reservations were recorded on it. They belong above and are asked through the relation."""
    mine = Outcome.objects.filter(pk=outcome.pk)
    return mine.filter(Q(votes__isnull=False) | Q(reservations__isnull=False)).exists()


@dataclass(frozen=True)
class ItemOutcomes:
    """An agenda item and what came of it; each outcome knows the commitment written from it, if any."""

    item: AgendaItem
    outcomes: list[Outcome]
    number: int = 0


def outcomes_by_item(session: Session, actor: Actor = ANONYMOUS) -> list[ItemOutcomes]:
    """Every item the actor sees, in order and counted among those, also those nothing came of. Two queries.

    For who writes the record: what is reserved under an item they see is there too. ``commitment_ref`` is the public id
    of the commitment above, read through the relation, ``commitment_state`` how it stands.
    """
    found: dict[int, list[Outcome]] = defaultdict(list)
    items = list(AgendaItem.objects.shown_to(actor).filter(session=session))
    rows = Outcome.objects.filter(session=session, item__in=items)
    above = {"commitment_ref": F("commitment__public_id"), "commitment_state": F("commitment__state")}
    for outcome in rows.annotate(**above).order_by("order", "id"):
        found[outcome.item_id].append(outcome)
    return [ItemOutcomes(item, found[item.pk], number) for number, item in enumerate(items, start=1)]


def seats_needed(mesa: Mesa, on: date) -> int:
    """How many people would come if every seat sent a full delegation."""
    return mesa.seats.current(on).count() * mesa.delegation_size


def days_off(session: Session, *, since: date, until: date) -> dict[date, Holiday]:
    """The days of rest that count for what follows the session: where it took place, online where its mesa belongs."""
    in_a_place = session.modality != Session.Modality.ONLINE and (session.canton_id or session.province_id)
    whose = session if in_a_place else session.mesa
    return holidays_in(canton_id=whose.canton_id, province_id=whose.province_id, since=since, until=until)


def overlapping(starts_at: datetime, ends_at: datetime, prefix: str = "") -> Q:
    """The one rule of what meets what: half-open, so that who ends at 11:00 does not meet who begins at 11:00."""
    return Q(**{f"{prefix}starts_at__lt": ends_at, f"{prefix}ends_at__gt": starts_at})


def holder_seen_by(
    actor: Actor, *, room_id: int, span: tuple[datetime, datetime], but: int
) -> Reservation | None:
    """What holds the room then, with its session, if the actor sees it; its absence means nothing."""
    held = Reservation.objects.filter(overlapping(*span), room=room_id, is_held=True)
    seen = held.filter(block__in=Block.objects.visible_to(actor).values("pk"))
    others = seen.exclude(block__session=but).select_related("block__session__mesa")
    return others.order_by("starts_at", "id").first()


def upcoming(now: datetime) -> Q:
    """What is still to come or under way, called off or not. Everything else, undated or historic too, is past."""
    return Q(ends_at__gt=now, provenance=Provenance.LIVE)


def found(
    sessions: SessionQuerySet,
    *,
    text: str = "",
    mesa: Mesa | None = None,
    state: str = "",
    province: Province | None = None,
    year: int | None = None,
) -> SessionQuerySet:
    """The sessions that match; words are looked for in the mesa's name and, of open sessions, in the topic."""
    if text:
        told = Session.objects.filter(HasWords("plain_topic", text), is_casa_adentro=False)
        called = Session.objects.filter(mesa__in=Mesa.objects.filter(HasWords("plain_name", text)))
        sessions = sessions.filter(pk__in=told.values("pk").union(called.values("pk")))  # an index each
    if mesa:
        sessions = sessions.filter(mesa=mesa)
    if state:
        sessions = sessions.filter(state=state)
    if province:
        sessions = sessions.filter(Q(province=province) | Q(canton__province=province))
    if year:
        sessions = sessions.filter(starts_at__year=year)
    return sessions


def listed(sessions: SessionQuerySet, *, ahead: bool, now: datetime) -> SessionQuerySet:
    """One half of the list with what a row shows: to come, soonest first; past, latest first, undated last."""
    rows = sessions.select_related("mesa", "canton", "province")
    if ahead:
        return rows.filter(upcoming(now)).order_by("starts_at", "id")
    latest = F("starts_at").desc(nulls_last=True)
    return rows.exclude(upcoming(now), ends_at__isnull=False).order_by(latest, "-number", "-id")


def counted(sessions: SessionQuerySet, now: datetime) -> dict[str, int]:
    """How many are to come and how many are past. One query."""
    counts = sessions.aggregate(all=Count("pk"), ahead=Count("pk", filter=upcoming(now)))
    return {"ahead": counts["ahead"], "past": counts["all"] - counts["ahead"]}
