"""Reads that join seats, posts, delegations and the register. None of them grows with the number of rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet

from accounts.links import BadLink, proves, read_id
from coordination.attendees.balance import CAME as CAME
from coordination.attendees.balance import balance_of as balance_of
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.attendees.places import taken
from coordination.mesas.models import Mesa, Seat, SecretariatMandate
from coordination.organizations.models import (
    SPEAKING_POSTS,
    Organization,
    Person,
    Post,
    Tenure,
    effective_sector,
)
from coordination.sessions.models import Block, CircleMember, Session
from coordination.sessions.program import meetings, overlap
from coordination.taxonomies.models import Sector

HOLDS_THE_SEAT = (Delegate.Role.PRINCIPAL, Delegate.Role.ALTERNATE)


@dataclass(frozen=True)
class Quorum:
    """Who counts: voting seats with at least one principal, alternate or substitute; their sectors; the mesa's rule.

    ``all_organizations`` and ``people`` count everybody who came, observers, companions and walk-ins too.
    """

    organizations: int
    sectors: int
    required_organizations: int
    required_sectors: int
    all_organizations: int = 0
    people: int = 0
    # How many of the counting organizations each sector has.
    by_sector: Mapping[int, int] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        return self.organizations >= self.required_organizations and self.sectors >= self.required_sectors


@dataclass(frozen=True)
class Invitee:
    """An organization that will be called: in which role, through which post, and who reads the letter."""

    seat: Seat
    sector_id: int
    post: Post | None = None
    person: Person | None = None

    @property
    def organization(self) -> Organization:
        return self.seat.organization

    @property
    def sector(self) -> Sector:
        return self.organization.sector_override or self.organization.sector_type.sector

    @property
    def has_mailbox(self) -> bool:
        return bool(self.person and self.person.email)


@dataclass
class RegisterRow:
    """One organization in the register: its delegates and whoever came without registration."""

    organization: Organization
    invitation: Invitation | None = None
    delegates: list[tuple[Delegate, Attendance | None]] = field(default_factory=list)
    walk_ins: list[Attendance] = field(default_factory=list)

    @property
    def unmarked(self) -> int:
        return sum(1 for _delegate, mark in self.delegates if mark is None)

    @property
    def is_here(self) -> bool:
        marks = [mark for _delegate, mark in self.delegates if mark] + self.walk_ins
        return any(mark.status in CAME for mark in marks)


class Dead(StrEnum):
    """Why a link does not open its invitation."""

    UNKNOWN = "unknown"  # cut on its way, made by nobody, or for something else
    REVOKED = "revoked"
    OVER = "over"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class LinkFound:
    """What a token opens. ``dead`` is None when it opens ``invitation``; a dead one that was ours keeps it."""

    invitation: Invitation | None = None
    dead: Dead | None = None


def session_day(session: Session) -> date:
    """The day the session begins, where it is held."""
    if session.local_day is None:
        raise ValueError("A session without a date has no day.")
    return session.local_day


def find_link(token: str, now: datetime) -> LinkFound:
    """Which invitation a token opens, or why none. One query.

    A copy of an earlier generation was ours once: its holder may be told that it was replaced. Any other
    mismatch says nothing about whether the row exists.
    """
    invitation = named_by(token)
    if invitation is None:
        return LinkFound(dead=Dead.UNKNOWN)
    made = (invitation.LINK_PURPOSE, invitation.public_id)
    if not proves(token, *made, invitation.link_generation):
        was_ours = any(proves(token, *made, earlier) for earlier in range(1, invitation.link_generation))
        return LinkFound(invitation, Dead.REVOKED) if was_ours else LinkFound(dead=Dead.UNKNOWN)
    if invitation.session.state == Session.State.CANCELLED:
        return LinkFound(invitation, Dead.CANCELLED)
    if is_over(invitation.session, now) or invitation.link_is_dead(now):
        return LinkFound(invitation, Dead.OVER)
    return LinkFound(invitation)


def named_by(token: str) -> Invitation | None:
    """The invitation a token speaks of, proven or not: never to be shown."""
    try:
        public_id = read_id(token)
    except BadLink:
        return None
    rows = Invitation.objects.select_related(
        "session__mesa", "session__canton", "session__province", "organization"
    )
    return rows.filter(public_id=public_id).first()


def invitees(session: Session, on: date) -> list[Invitee]:
    """Every organization with a seat on that day, by sector and name, with the post and person that get the letter.

    The focal point comes before the head, a person with a mailbox before one without. Casa adentro calls only
    the organizations that have somebody in the circle: nobody else may learn of it. Four queries.
    """
    seats = (
        Seat.objects.current(on)
        .filter(mesa_id=session.mesa_id, organization__state=Organization.State.ACTIVE)
        .select_related(
            "organization__sector_type__sector", "organization__sector_override", "organization__province"
        )
    )
    if session.is_casa_adentro:
        circle = CircleMember.objects.current().filter(session=session).values("person")
        within = Tenure.objects.current(on).filter(person__in=circle).values("post__organization")
        seats = seats.filter(organization__in=within)
    # An organization whose seat changed its role that day has two rows; the later one speaks.
    by_organization = {seat.organization_id: seat for seat in seats.order_by("starts_on", "id")}
    best: dict[int, tuple[tuple[bool, bool], Post, Person]] = {}
    tenures = Tenure.objects.current(on).filter(
        post__organization_id__in=by_organization, post__kind__in=SPEAKING_POSTS
    )
    for tenure in tenures.select_related("post", "person").order_by("starts_on", "id"):
        rank = (not tenure.person.email, tenure.post.kind != Post.Kind.FOCAL_POINT)
        held = best.get(tenure.post.organization_id)
        if held is None or rank < held[0]:
            best[tenure.post.organization_id] = (rank, tenure.post, tenure.person)
    found = []
    for seat in by_organization.values():
        _rank, post, person = best.get(seat.organization_id, (None, None, None))
        organization = seat.organization
        sector = organization.sector_override_id or organization.sector_type.sector_id
        found.append(Invitee(seat, sector, post, person))
    return sorted(found, key=lambda one: (one.sector_id, one.organization.name, one.organization.pk))


def signatories(mesa: Mesa, on: date) -> list[Tenure]:
    """Who may sign the mesa's convocations that day: posts of its convener and of those that keep its secretariat.

    Heads first. One query.
    """
    keeping = SecretariatMandate.objects.current(on).filter(mesa=mesa).values("organizations")
    may_sign = Q(post__organization=mesa.convener_id) | Q(post__organization__in=keeping)
    held = Tenure.objects.current(on).filter(may_sign)
    ordered = held.select_related("post__organization", "person").order_by("starts_on", "id")
    # Of two who hold one post, the longer in it.
    by_post = {tenure.post_id: tenure for tenure in reversed(ordered)}
    kinds = Post.Kind.values
    return sorted(by_post.values(), key=lambda one: (kinds.index(one.post.kind), one.starts_on, one.post_id))


@dataclass(frozen=True)
class Standing:
    """Where a convocation stands: how many in each state, how many a second notice would reach, and the latest call."""

    by_state: dict[str, int]
    to_remind: int
    called_at: datetime | None

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def silent(self) -> int:
        return sum(self.by_state[state] for state in SILENT)


def standing(session: Session, *, reminded: Q) -> Standing:
    """The answers of a session counted; ``reminded`` says whom a second notice reaches. One query."""
    rows = list(
        session.invitations.order_by()
        .values_list("state")
        .annotate(all=Count("id"), silent=Count("id", filter=reminded), latest=Max("created_at"))
    )
    by_state = dict.fromkeys(Invitation.State.values, 0) | {row[0]: row[1] for row in rows}
    return Standing(by_state, sum(row[2] for row in rows), max((row[3] for row in rows), default=None))


def count_not_called(session: Session, on: date) -> int:
    """How many that is. One query; four for a closed session, whose circle is asked too."""
    if session.is_casa_adentro:
        return len(not_called(session, on))
    seats = Seat.objects.current(on).filter(
        mesa_id=session.mesa_id, organization__state=Organization.State.ACTIVE
    )
    waiting = seats.exclude(organization__in=session.invitations.values("organization"))
    return waiting.values("organization").distinct().count()


def not_called(session: Session, on: date) -> list[Invitee]:
    """Organizations with a seat that this session has not called. Three queries."""
    called = set(session.invitations.values_list("organization_id", flat=True))
    return [one for one in invitees(session, on) if one.organization.pk not in called]


def recipient(invitation: Invitation, on: date) -> Person | None:
    """Who gets the link today: whoever was named for this call, else the focal point, else the head; with a mailbox."""
    if invitation.addressee and invitation.addressee.email:
        return invitation.addressee
    for kind in (Post.Kind.FOCAL_POINT, Post.Kind.HEAD):
        person = Person.objects.holding(kind, invitation.organization_id, on).exclude(email="").first()
        if person:
            return person
    return None


def masked(address: str) -> str:
    """c•••@p•••.example: enough for its owner to know it, too little for anybody else."""
    local, _at, host = address.partition("@")
    name, _dot, ending = host.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••.{ending}"


SILENT = (Invitation.State.PENDING, Invitation.State.SEEN)


def balance(sector_ids: Iterable[int]) -> list[dict[str, object]]:
    """For the round gauge: every sector with the number of organizations among these."""
    counted: dict[int, int] = {}
    for sector_id in sector_ids:
        counted[sector_id] = counted.get(sector_id, 0) + 1
    return [
        {"label": sector.short_name or sector.name, "count": counted.get(sector.pk, 0)}
        for sector in Sector.objects.order_by("order", "id")
    ]


def with_delegations(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """Adds organization, post and, as ``ordered``, the current delegates: two queries for any number of rows."""
    current = Delegate.objects.current().select_related("person").in_order()
    return (
        invitations.select_related("organization", "post", "session__mesa", "addressee", "answered_by")
        .prefetch_related(Prefetch("delegates", current, to_attr="ordered"))
        .order_by("organization__plain_name", "id")
    )


def current_delegation(invitation: Invitation) -> list[Delegate]:
    """Principal, alternate, companions: in that order."""
    return list(invitation.delegates.current().select_related("person").in_order())


def last_delegation(invitation: Invitation) -> list[Delegate]:
    """Whom this organization sent last to this mesa: the form starts from it.

    A closed session feeds no other, closed ones included: their circles differ, and the link may lie with anybody.
    """
    if invitation.session.is_casa_adentro:
        return []
    before = (
        Invitation.objects.filter(
            organization_id=invitation.organization_id,
            session__mesa_id=invitation.session.mesa_id,
            session__is_casa_adentro=False,
            state=Invitation.State.ACCEPTED,
        )
        .exclude(pk=invitation.pk)
        .order_by("-session__starts_at", "-id")
        .first()
    )
    return current_delegation(before) if before else []


def places_taken(session_id: int) -> int:
    """Confirmed delegates who come to the room. One query."""
    return taken(session_id).room


def secretariat_names(mesa: Mesa, on: date) -> list[str]:
    """The organizations that keep the secretariat on that day: whom to ask."""
    mandates = SecretariatMandate.objects.filter(mesa=mesa, starts_on__lte=on).filter(
        Q(ends_on=None) | Q(ends_on__gte=on)
    )
    found = Organization.objects.filter(mandates__in=mandates).distinct().order_by("plain_name")
    return [organization.name for organization in found]


def quorum(session: Session, *, block: Block | None = None) -> Quorum:
    """The quorum of a block, or of the whole session, as the register stands now. Three queries.

    Rule (design: product, "Quorum"): voting seats with at least one present principal, alternate or substitute;
    observers, companions and walk-ins who represent nobody do not count; the sector rule counts the same seats.
    """
    came = Attendance.objects.filter(block__session=session, status__in=CAME)
    # What is counted for the whole is what everybody may know.
    came = came.filter(block__is_casa_adentro=False) if block is None else came.filter(block=block)
    counting = came.filter(Q(status=Attendance.Status.SUBSTITUTE) | Q(delegate__role__in=HOLDS_THE_SEAT))
    voting = Seat.objects.current(session_day(session)).filter(
        mesa_id=session.mesa_id,
        voting=Seat.Voting.VOICE_VOTE,
        organization_id__in=counting.values("organization_id"),
    )
    seated = (
        Organization.objects.filter(id__in=voting.values("organization_id"))
        .with_sector()
        .values_list("id", "sector_id_effective")
    )
    rows = list(seated)
    people = came.order_by().values_list("organization_id", "delegate_id", "name").distinct()
    present = list(people)
    return Quorum(
        organizations=len({organization for organization, _sector in rows}),
        sectors=len({sector for _organization, sector in rows}),
        required_organizations=session.mesa.quorum_organizations,
        required_sectors=session.mesa.quorum_sectors,
        all_organizations=len({organization for organization, _delegate, _name in present}),
        people=len(present),
        by_sector=Counter(sector for _organization, sector in rows),
    )


@dataclass(frozen=True)
class SectorHere:
    """A sector with how many of its organizations count; ``is_asked`` where the mesa's rule of balance names it."""

    name: str
    count: int
    is_asked: bool

    @property
    def is_missing(self) -> bool:
        return self.is_asked and self.count == 0


def sectors_here(mesa: Mesa, counted: Quorum) -> list[SectorHere]:
    """Who is in the room by sector, against the mesa's rule: those it names, and any other that came. One query."""
    rule = mesa.expected_sectors.filter(pk=OuterRef("pk"))
    rows = Sector.objects.annotate(is_asked=Exists(rule)).order_by("order", "id")
    here = [
        SectorHere(row.short_name or row.name, counted.by_sector.get(row.pk, 0), row.is_asked) for row in rows
    ]
    return [one for one in here if one.count or one.is_asked]


def quorum_met(session: Session, whole: Quorum) -> bool:
    """Whether the mesa was together in number: of several blocks, in one of its plenaries. Three queries a plenary."""
    blocks = list(session.blocks.all())
    plenaries = [block for block in blocks if block.kind == Block.Kind.PLENARY]
    if len(blocks) < 2 or not plenaries:
        return whole.met
    return any(quorum(session, block=block).met for block in plenaries)


def closable_at(session: Session) -> datetime:
    """When its last block begins: before that somebody may still come."""
    assert session.starts_at is not None  # noqa: S101  live sessions have a time
    starts = [block.starts_at for block in meetings(session.blocks.all())]
    return max(starts) if len(starts) > 1 else session.starts_at


def register(session: Session, block: Block) -> list[RegisterRow]:
    """The register by organization, accepted ones first by name, then those that only sent walk-ins. Three queries.

    A delegate who was withdrawn after being marked stays on the list: the mark is a fact. In a group nobody is
    listed who sits in another beside it, or whom it is not for.
    """
    marks = list(Attendance.objects.filter(block=block).select_related("organization").order_by("id"))
    by_delegate = {mark.delegate_id: mark for mark in marks if mark.delegate_id}
    delegates = (
        Delegate.objects.filter(invitation__session=session)
        .filter(
            Q(withdrawn_at=None, waiting_since=None, invitation__state=Invitation.State.ACCEPTED)
            | Q(id__in=by_delegate)
        )
        .select_related("person", "invitation__organization")
        .in_order()
    )
    if block.kind == Block.Kind.GROUP:
        delegates = delegates.annotate(sector=effective_sector("invitation__organization__"))
        delegates = delegates.exclude(_elsewhere(session, block) & ~Q(id__in=by_delegate))
    rows: dict[int, RegisterRow] = {}
    for delegate in delegates:
        invitation = delegate.invitation
        row = rows.setdefault(invitation.organization_id, RegisterRow(invitation.organization, invitation))
        row.delegates.append((delegate, by_delegate.get(delegate.pk)))
    for mark in marks:
        if mark.is_walk_in:
            rows.setdefault(mark.organization_id, RegisterRow(mark.organization)).walk_ins.append(mark)
    return sorted(rows.values(), key=lambda row: (row.organization.plain_name, row.organization.pk))


def absences(session: Session) -> list[tuple[Delegate, Block]]:
    """Whom closing the register makes absent, and from what. Four queries, whatever the number of blocks.

    Everybody with a place is expected in a plenary; in a group those it is for, unless they have a mark in a group
    beside it. In a break nobody.
    """
    blocks = meetings(session.blocks.prefetch_related("audience"))
    expected = list(
        Delegate.objects.with_a_place()
        .filter(invitation__session=session, invitation__state=Invitation.State.ACCEPTED)
        .annotate(sector=effective_sector("invitation__organization__"))
        .select_related("invitation")
        .order_by("id")
    )
    marks = Attendance.objects.filter(block__session=session, delegate__isnull=False)
    marked = set(marks.values_list("delegate_id", "block_id"))
    return [
        (delegate, block)
        for block in blocks
        for delegate in expected
        if _is_for(block, delegate.sector)
        and not any((delegate.pk, one.pk) in marked for one in _beside(block, blocks))
    ]


def unmarked(session: Session) -> int:
    """Confirmed delegates without a mark where they were expected: closing makes them absent there."""
    return len({delegate.pk for delegate, _block in absences(session)})


def _is_for(block: Block, sector_id: int) -> bool:
    sectors = {sector.pk for sector in block.audience.all()} if block.kind == Block.Kind.GROUP else set()
    return not sectors or sector_id in sectors


def _beside(block: Block, blocks: Iterable[Block]) -> list[Block]:
    """The block, and of a group those held at the same time: one person sits in one of them."""
    if block.kind != Block.Kind.GROUP:
        return [block]
    return [one for one in blocks if one.kind == Block.Kind.GROUP and overlap(block, one)]


def _elsewhere(session: Session, block: Block) -> Q:
    """The delegates a group does not ask for: they sit in another beside it, or it is for other sectors. Three queries."""
    blocks = list(session.blocks.all())
    others = [one.pk for one in _beside(block, blocks) if one.pk != block.pk]
    there = Attendance.objects.filter(block__in=others, status__in=CAME, delegate__isnull=False)
    away = Q(id__in=list(there.values_list("delegate_id", flat=True)))
    sectors = list(block.audience.values_list("pk", flat=True))
    return away | ~Q(sector__in=sectors) if sectors else away


def is_over(session: Session, now: datetime) -> bool:
    """True when the session has ended by the clock or by decision."""
    ended = session.ends_at is not None and now >= session.ends_at
    return ended or session.state in (Session.State.HELD, Session.State.FAILED)


def publicly_named(session: Session, now: datetime) -> list[tuple[str, str]]:
    """Who came and agreed to stand on the public list, with their organization: (name, organization). One query.

    Only once the session is over and its register closed: who is expected where is nobody's business beforehand. Never
    of a casa adentro session.
    """
    if session.is_casa_adentro or session.attendance_closed_at is None or not is_over(session, now):
        return []
    rows = Delegate.objects.filter(
        invitation__session=session,
        is_listed=True,
        attendances__status__in=CAME,
        attendances__block__is_casa_adentro=False,
    ).distinct()
    return list(
        rows.order_by("invitation__organization__plain_name", "person__name").values_list(
            "person__name", "invitation__organization__name"
        )
    )
