"""Who would have to be in two places: told to the secretariat, never a refusal.

Names only of sessions the reader sees; of those it does not see, how many of the organizations asked about are
taken, without saying by whom. Casa adentro, session or block, is told to its circle and to nobody else, not even
counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from hashlib import sha256
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.actor import Actor
from coordination.mesas.models import Seat
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import Block, Session
from coordination.sessions.parts import circles_of
from coordination.sessions.program import Span
from coordination.sessions.queries import overlapping

CALLED, TOLD = Session.State.CONVENED, Session.State.ANNOUNCED
# States of an invitation, which belongs to the step above and is read through the relation.
NOT_DECLINED = ("pending", "seen", "accepted")


@dataclass(frozen=True)
class Clash:
    """One session at the same time, with those who belong to both."""

    session: Session
    organizations: list[str]
    people: list[str]


@dataclass(frozen=True)
class Clashes:
    """``unseen`` counts organizations whose other session the reader does not see."""

    seen: list[Clash]
    unseen: int = 0

    def __bool__(self) -> bool:
        return bool(self.seen or self.unseen)

    @property
    def fingerprint(self) -> str:
        """The same for the same clashes: what the secretariat has read and accepted."""
        read = [(clash.session.pk, clash.organizations, clash.people) for clash in self.seen]
        return sha256(repr((read, self.unseen)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Attending:
    """Whom a session asks for: organizations, and the people they have named."""

    organization_ids: frozenset[int]
    person_ids: frozenset[int] = frozenset()


def seated_at(mesa_id: int, on: date) -> Attending:
    """Those a convocation would call today. One query."""
    seats = Seat.objects.current(on).filter(mesa_id=mesa_id, organization__state=Organization.State.ACTIVE)
    return Attending(frozenset(seats.values_list("organization_id", flat=True)))


def attending(session: Session, on: date) -> Attending:
    """Those who were called and have not declined, with their delegates; before the call, those with a seat.

    A closed session that was not called yet asks for nobody: its circle is smaller than its mesa. Two queries.
    """
    if session.state == CALLED:
        called = session.invitations.filter(state__in=NOT_DECLINED)
        named = called.filter(delegates__withdrawn_at=None, delegates__person__isnull=False)
        return Attending(
            frozenset(called.values_list("organization_id", flat=True)),
            frozenset(named.values_list("delegates__person_id", flat=True)),
        )
    return Attending(frozenset()) if session.is_casa_adentro else seated_at(session.mesa_id, on)


def clashes(
    *,
    who: Attending,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    on: date,
    but: int | None = None,
    spans: Sequence[Span] = (),
    as_it_stands: bool = False,
) -> Clashes:
    """What else these organizations and people have between two moments, session ``but`` left out.

    Of a session with several blocks ``spans`` says when its people meet, or its blocks on file do (``as_it_stands``,
    the session is ``but``); of the others too their blocks count
    and not what lies between: who is free between two blocks can be elsewhere. A break keeps nobody.
    Counts live drafts the actor sees, and what is announced or convened. At most seven queries, however many rows.
    """
    shown = Session.objects.visible_to(actor).values("pk")
    meets = _meeting_with(but, actor) if as_it_stands else _meeting_in(spans or [(starts_at, ends_at)], actor)
    rows = (
        Session.objects.live()
        .filter(_near(starts_at, ends_at, actor), state__in=["draft", TOLD, CALLED])
        .filter(meets)
        .filter(_within_circle(actor))
        .filter(Q(pk__in=shown) | ~Q(state="draft"))
        .exclude(pk=but)
    )
    found = list(rows.select_related("mesa").order_by("starts_at", "pk"))
    if not found or not who.organization_ids:
        return Clashes([])
    visible = set(rows.filter(pk__in=shown).values_list("pk", flat=True))
    organizations = _organizations_of(found, who, on)
    people = _people_of([row.pk for row in found if row.pk in visible], who, actor)
    seen = [
        (row, organizations[row.pk], people[row.pk])
        for row in found
        if row.pk in visible and (organizations[row.pk] or people[row.pk])
    ]
    unseen = {one for row in found if row.pk not in visible for one in organizations[row.pk]}
    names = _names(Organization, {one for _row, ids, _people in seen for one in ids})
    persons = _names(Person, {one for _row, _ids, ids in seen for one in ids})
    told = [
        Clash(row, sorted(names[one] for one in ours), sorted(persons[one] for one in theirs))
        for row, ours, theirs in seen
    ]
    return Clashes(told, len(unseen))


def _near(starts_at: datetime, ends_at: datetime, actor: Actor) -> Q:
    """Sessions whose hours, or hours of a closed block the actor knows, lie there."""
    during = overlapping(starts_at, ends_at)
    if actor.person_id is None:
        return during
    inside = Block.objects.filter(during, is_casa_adentro=True, session__in=circles_of(actor))
    return during | Q(pk__in=inside.values("session"))


def _told_to(actor: Actor) -> "QuerySet[Block]":
    """The open blocks, and of the closed ones those whose invited the actor knows."""
    rows: QuerySet[Block] = Block.objects.open()
    if actor.person_id is not None:
        rows = Block.objects.filter(Q(is_casa_adentro=False) | Q(session__in=circles_of(actor)))
    return rows


def _meeting_with(session_id: int | None, actor: Actor) -> Q:
    """As ``_meeting_in``, with the blocks that session has on file."""
    ours = _told_to(actor).filter(session=session_id).exclude(kind=Block.Kind.BREAK)
    beside = ours.filter(starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
    blocks = _told_to(actor).filter(session=OuterRef("pk"))
    return Q(Exists(blocks.exclude(kind=Block.Kind.BREAK).filter(Exists(beside)))) | (
        ~Q(Exists(blocks)) & Q(Exists(beside))
    )


def _meeting_in(spans: Sequence[Span], actor: Actor) -> Q:
    """Sessions with a block, other than a break, in one of these stretches; those on file without blocks count whole."""
    in_one = reduce(or_, (overlapping(start, end) for start, end in spans))
    blocks = _told_to(actor).filter(session=OuterRef("pk"))
    meets = blocks.filter(in_one).exclude(kind=Block.Kind.BREAK)
    return Q(Exists(meets)) | (~Q(Exists(blocks)) & in_one)


def _organizations_of(found: Iterable[Session], who: Attending, on: date) -> dict[int, set[int]]:
    """Which of ours each session asks for: the invited once it was called, the seated before. Two queries."""
    shared: dict[int, set[int]] = defaultdict(set)
    called = [row.pk for row in found if row.state == CALLED]
    pairs = Session.objects.filter(
        pk__in=called,
        invitations__state__in=NOT_DECLINED,
        invitations__organization__in=who.organization_ids,
    )
    for session_id, organization_id in pairs.values_list("pk", "invitations__organization_id"):
        shared[session_id].add(organization_id)
    waiting: dict[int, list[int]] = defaultdict(list)
    for row in found:
        if row.state != CALLED and not row.is_casa_adentro:
            waiting[row.mesa_id].append(row.pk)
    seats = Seat.objects.current(on).filter(mesa__in=waiting, organization__in=who.organization_ids)
    for mesa_id, organization_id in seats.values_list("mesa_id", "organization_id"):
        for session_id in waiting[mesa_id]:
            shared[session_id].add(organization_id)
    return shared


def _people_of(seen: Iterable[int], who: Attending, actor: Actor) -> dict[int, set[int]]:
    """Which of our people are named for each session, where the actor may read its delegations. One query."""
    shared: dict[int, set[int]] = defaultdict(set)
    pairs = Session.objects.filter(
        at_mesas_with(actor, Permission.SEE_DELEGATIONS, "mesa"),
        pk__in=seen,
        invitations__state__in=NOT_DECLINED,
        invitations__delegates__withdrawn_at=None,
        invitations__delegates__person__in=who.person_ids,
    )
    for session_id, person_id in pairs.values_list("pk", "invitations__delegates__person_id"):
        shared[session_id].add(person_id)
    return shared


def _within_circle(actor: Actor) -> Q:
    """Open sessions, and closed ones whose invited the actor knows: the outer ring knows only when and where."""
    return Q(is_casa_adentro=False) | Q(pk__in=circles_of(actor))


def _names(model: type[Organization] | type[Person], ids: Iterable[int]) -> dict[int, str]:
    return dict(model.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
