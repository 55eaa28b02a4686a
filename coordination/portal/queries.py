"""What the woven pages show, in a constant number of queries each."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from accounts.actor import Actor
from coordination.attendees.models import Invitation
from coordination.commitments.models import Commitment
from coordination.commitments.permissions import reportable_by, verifiable_by
from coordination.commitments.queries import counts_by_light
from coordination.mesas.models import Mesa, Seat
from coordination.mesas.permissions import Permission, mesas_with
from coordination.organizations.models import JoinRequest, Organization, Post
from coordination.sessions.models import FollowUpTask, Outcome, Session
from coordination.taxonomies.models import Sector

SESSION_FIELDS = ("mesa", "canton__province", "province")


@dataclass(frozen=True)
class Front:
    """The public front page."""

    upcoming: list[Session]
    memory: list[Session]
    lights: dict[str, int]
    sessions: int
    organizations: int
    provinces: dict[str, int]
    province_names: list[tuple[str, int]]
    without_place: int


def front(*, actor: Actor, now: datetime, today: date) -> Front:
    sessions = Session.objects.visible_to(actor).exclude(state=Session.State.DRAFT)
    places = Counter(
        dict(
            sessions.annotate(place=Coalesce("province__code", "canton__province__code"))
            .values_list("place")
            .annotate(n=Count("id"))
            .order_by()
        )
    )
    names = dict(
        sessions.annotate(
            place=Coalesce("province__code", "canton__province__code"),
            place_name=Coalesce("province__name", "canton__province__name"),
        )
        .exclude(place=None)
        .values_list("place", "place_name")
        .distinct()
    )
    known = {code: count for code, count in places.items() if code}
    return Front(
        upcoming=list(sessions.ahead(now).select_related(*SESSION_FIELDS)[:5]),
        memory=list(
            sessions.filter(provenance="historic", state=Session.State.HELD)
            .exclude(starts_at=None)
            .select_related(*SESSION_FIELDS)
            .order_by("-starts_at")[:3]
        ),
        lights=counts_by_light(Commitment.objects.visible_to(actor), today),
        sessions=sum(places.values()),
        organizations=Organization.objects.visible_to(actor).active().count(),
        provinces=known,
        province_names=sorted(((names[code], n) for code, n in known.items()), key=lambda pair: (-pair[1], pair[0])),
        without_place=places.get(None, 0),
    )


def seats_by_sector(mesa: Mesa, *, on: date) -> list[dict[str, object]]:
    """Every sector with how many organizations sit at the mesa today; an empty seat shows as 0."""
    counts = Counter(
        Seat.objects.current(on)
        .filter(mesa=mesa)
        .annotate(
            sector=Coalesce(F("organization__sector_override_id"), F("organization__sector_type__sector_id"))
        )
        .values_list("sector", flat=True)
    )
    return [
        {"label": sector.short_name or sector.name, "count": counts[sector.pk]} for sector in Sector.objects.all()
    ]


def organizations_by_sector(organization_ids: set[int]) -> list[dict[str, object]]:
    """Every sector with how many of these organizations belong to it."""
    counts = Counter(
        Organization.objects.filter(id__in=organization_ids)
        .with_sector()
        .values_list("sector_id_effective", flat=True)
    )
    return [
        {"label": sector.short_name or sector.name, "count": counts[sector.pk]} for sector in Sector.objects.all()
    ]


def invitation_counts(session: Session) -> dict[str, int]:
    """How many invitations stand in each state; zero when none does."""
    counts: dict[str, int] = dict.fromkeys(Invitation.State.values, 0)
    counts.update(session.invitations.values_list("state").annotate(n=Count("id")).order_by())
    return counts


def outcomes_of(session: Session) -> list[Outcome]:
    return list(session.outcomes.select_related("item", "commitment__mesa", "commitment__responsible"))


@dataclass
class Work:
    """My work: what is late, what is for this week, what lies ahead. Built for a person, whatever the roles."""

    tasks: list[FollowUpTask] = field(default_factory=list)
    drafts: list[Session] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    commitments: list[Commitment] = field(default_factory=list)
    to_verify: list[Commitment] = field(default_factory=list)
    portfolio: dict[str, int] = field(default_factory=dict)
    join_requests: int = 0
    keeps_mesas: list[Mesa] = field(default_factory=list)
    answers_for: frozenset[int] = frozenset()


def work_of(*, actor: Actor, now: datetime, today: date) -> Work:
    """Everything that waits for this actor, each kind in one query."""
    kept = list(mesas_with(actor, Permission.SCHEDULE).live().order_by("name")) if actor.post_ids else []
    visible = Session.objects.visible_to(actor).live()
    work = Work(keeps_mesas=kept)
    if kept:
        work.tasks = list(
            FollowUpTask.objects.filter(done_at=None, session__in=visible.filter(mesa__in=kept))
            .select_related("session__mesa")
            .order_by("due_on", "id")[:20]
        )
        work.drafts = list(
            visible.filter(mesa__in=kept, state__in=["draft", "announced"], starts_at__gt=now)
            .select_related("mesa")
            .order_by("starts_at")[:10]
        )
    work.invitations = list(
        Invitation.objects.filter(
            organization_id__in=actor.organization_ids,
            session__state=Session.State.CONVENED,
            session__ends_at__gt=now,
        )
        .select_related("session__mesa", "organization")
        .order_by("session__starts_at")[:10]
    )
    work.answers_for = frozenset(
        Post.objects.filter(
            id__in=actor.post_ids, kind__in=[Post.Kind.HEAD, Post.Kind.FOCAL_POINT]
        ).values_list("organization_id", flat=True)
    )
    work.commitments = list(
        reportable_by(actor)
        .filter(due_on__lte=today + timedelta(days=15))
        .select_related("mesa", "responsible")
        .order_by("due_on")[:10]
    )
    work.to_verify = list(
        verifiable_by(actor).select_related("mesa", "responsible").order_by("due_on", "id")[:10]
    )
    work.sessions = list(
        visible.ahead(now)
        .filter(Q(mesa__in=kept) | Q(mesa__seats__organization_id__in=actor.organization_ids, mesa__seats__ends_on=None))
        .select_related("mesa")
        .annotate(
            invited=Count("invitations", distinct=True),
            accepted=Count("invitations", filter=Q(invitations__state="accepted"), distinct=True),
        )
        .distinct()
        .order_by("starts_at")[:5]
    )
    portfolio = Commitment.objects.visible_to(actor).filter(
        Q(mesa__in=kept)
        | Q(responsible_id__in=actor.organization_ids)
        | Q(verifier_id__in=actor.organization_ids)
    )
    work.portfolio = counts_by_light(portfolio, today)
    if actor.is_admin:
        work.join_requests = JoinRequest.objects.filter(state=JoinRequest.State.WAITING).count()
    return work


@dataclass(frozen=True)
class Found:
    """Search results, a few of each kind and how many there are."""

    mesas: list[Mesa]
    sessions: list[Session]
    commitments: list[Commitment]
    organizations: list[Organization]

    @property
    def count(self) -> int:
        return len(self.mesas) + len(self.sessions) + len(self.commitments) + len(self.organizations)


def find(*, text: str, actor: Actor, limit: int = 20) -> Found:
    """Accent-blind search over what the actor may see. One query a kind."""
    return Found(
        mesas=list(Mesa.objects.visible_to(actor).filter(plain_name__contains=_plain(text)).order_by("plain_name")[:limit]),
        sessions=list(
            Session.objects.visible_to(actor)
            .filter(plain_topic__contains=_plain(text))
            .select_related("mesa")
            .order_by("-starts_at")[:limit]
        ),
        commitments=list(
            Commitment.objects.visible_to(actor)
            .filter(plain_statement__contains=_plain(text))
            .select_related("mesa", "responsible")
            .order_by("-due_on", "id")[:limit]
        ),
        organizations=list(
            Organization.objects.visible_to(actor).named_like(text).order_by("plain_name")[:limit]
        ),
    )


def _plain(text: str) -> str:
    """The same folding as the SQL function ``sin_tildes``."""
    return text.lower().translate(str.maketrans("áàäâãéèëêíìïîóòöôõúùüûñç", "aaaaaeeeeiiiiooooouuuunc"))


def mesa_page(mesa: Mesa, *, actor: Actor, now: datetime) -> dict[str, object]:
    """The rows of a mesa's front page."""
    sessions = Session.objects.visible_to(actor).filter(mesa=mesa).select_related("canton", "province")
    commitments = (
        Commitment.objects.visible_to(actor)
        .filter(mesa=mesa)
        .select_related("mesa", "responsible", "verifier")
        .prefetch_related("historic_responsible")
    )
    return {
        "next": sessions.ahead(now).first(),
        "past": list(sessions.past(now)[:10]),
        "drafts": list(sessions.filter(state=Session.State.DRAFT).order_by("starts_at")[:5]),
        "commitments": list(commitments.order_by(F("due_on").asc(nulls_last=True), "number")[:10]),
        "all_commitments": commitments,
    }

