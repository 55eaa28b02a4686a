"""What the woven pages show, in a constant number of queries each."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When, Window
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.actor import Actor
from coordination.attendees.models import Invitation
from coordination.commitments.lights import by_urgency, counts_by_light, with_light
from coordination.commitments.models import Commitment
from coordination.commitments.permissions import reportable_by, verifiable_by
from coordination.commitments.settling.permissions import to_confirm_by
from coordination.common.models import Plain
from coordination.mesas.models import Mesa, Seat, SecretariatMandate
from coordination.mesas.permissions import Permission, mesas_with
from coordination.minutes.circulating import waiting_for
from coordination.minutes.models import MinutesCopy, SharingSheet
from coordination.notifications.ledger import BOUNCING, addressee_reached, speakers_reached
from coordination.organizations.models import (
    SPEAKING_POSTS,
    JoinRequest,
    Organization,
    Post,
    effective_sector,
)
from coordination.polls.models import Ballot
from coordination.polls.queries import open_to
from coordination.sessions.models import AgendaProposal, FollowUpTask, Outcome, Session
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
    places = list(
        sessions.annotate(
            place=Coalesce("province__code", "canton__province__code"),
            place_name=Coalesce("province__name", "canton__province__name"),
        )
        .order_by()
        .values_list("place", "place_name")
        .annotate(n=Count("id"))
    )
    known = [(code, name, count) for code, name, count in places if code]
    return Front(
        upcoming=list(sessions.ahead(now).select_related(*SESSION_FIELDS)[:5]),
        memory=list(
            sessions.filter(provenance="historic", state=Session.State.HELD)
            .exclude(starts_at=None)
            .select_related(*SESSION_FIELDS)
            .order_by("-starts_at")[:3]
        ),
        lights=counts_by_light(Commitment.objects.visible_to(actor), today),
        sessions=sum(count for *_, count in places),
        organizations=Organization.objects.visible_to(actor).active().count(),
        provinces={code: count for code, _name, count in known},
        province_names=sorted(
            ((name, count) for _code, name, count in known), key=lambda pair: (-pair[1], pair[0])
        ),
        without_place=sum(count for code, _name, count in places if not code),
    )


def seated(mesa: Mesa, *, on: date) -> list[dict[str, object]]:
    """For the gauge: every sector with how many organizations of it sit at the mesa on that day. One query."""
    seats = (
        Seat.objects.current(on)
        .filter(mesa=mesa)
        .annotate(sector=effective_sector("organization__"))
        .filter(sector=OuterRef("pk"))
        .order_by()
        .values("sector")
        .annotate(n=Count("pk"))
    )
    sectors = Sector.objects.annotate(seated=Coalesce(Subquery(seats.values("n")), 0)).order_by("order", "id")
    return [{"label": sector.short_name or sector.name, "count": sector.seated} for sector in sectors]


@dataclass(frozen=True)
class Answer:
    """One invitation as the session's page shows it."""

    organization: str
    slug: str
    state: str
    people: int
    sector_id: int
    people_without_mail: int
    is_reached: bool
    votes: bool

    def get_absolute_url(self) -> str:
        return reverse("portal:organization", args=[self.slug])

    @property
    def state_words(self) -> str:
        return str(Invitation.State(self.state).label)


def answers(session: Session) -> list[Answer]:
    """Every invitation, latest answer first. One query; everything the page counts is counted from these rows."""
    rows = (
        session.invitations.annotate(
            sector=effective_sector("organization__"),
            people=Count("delegates", filter=Q(delegates__withdrawn_at=None, delegates__waiting_since=None)),
            without_mail=Count(
                "delegates",
                filter=Q(delegates__withdrawn_at=None)
                & (Q(delegates__person__email="") | Q(delegates__person__bounces__gte=BOUNCING)),
            ),
            is_reached=Exists(speakers_reached("organization", timezone.localdate()))
            | Exists(addressee_reached()),
        )
        .order_by(
            F("answered_at").desc(nulls_last=True),
            F("seen_at").desc(nulls_last=True),
            "organization__plain_name",
        )
        .values_list(
            "organization__name",
            "organization__slug",
            "state",
            "people",
            "sector",
            "without_mail",
            "is_reached",
            "votes",
        )
    )
    return [Answer(*row) for row in rows]


def outcomes_of(session: Session, actor: Actor) -> list[Outcome]:
    rows = Outcome.objects.shown_to(actor).filter(session=session)
    return list(rows.select_related("item", "commitment__mesa", "commitment__responsible"))


@dataclass
class Work:
    """My work: what is late, what is for this week, what lies ahead. Built for a person, whatever the roles.

    Each task and commitment knows how many are ``past`` their day in all, for the count where the list is cut.
    """

    tasks: list[FollowUpTask] = field(default_factory=list)
    drafts: list[Session] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    ballots: list[Ballot] = field(default_factory=list)
    polls: list[Ballot] = field(default_factory=list)
    copies: list[MinutesCopy] = field(default_factory=list)
    commitments: list[Commitment] = field(default_factory=list)
    to_verify: list[Commitment] = field(default_factory=list)
    to_confirm: list[Commitment] = field(default_factory=list)
    portfolio: dict[str, int] = field(default_factory=dict)
    join_requests: int = 0
    keeps_mesas: list[Mesa] = field(default_factory=list)

    @property
    def to_answer(self) -> int:
        """Proposals for the agenda that wait for this person, in the sessions shown."""
        return sum(session.to_answer for session in self.sessions)  # type: ignore[attr-defined]


def work_of(*, actor: Actor, now: datetime, today: date) -> Work:
    """Everything that waits for this actor, each kind in one query."""
    kept = list(mesas_with(actor, Permission.SCHEDULE).live().order_by("name")) if actor.post_ids else []
    visible = Session.objects.visible_to(actor).live()
    work = Work(keeps_mesas=kept)
    if kept:
        work.tasks = list(
            FollowUpTask.objects.filter(done_at=None, session__in=visible.filter(mesa__in=kept))
            .select_related("session__mesa")
            .annotate(past=_past(today))
            .order_by("due_on", "id")[:20]
        )
        work.drafts = list(
            visible.filter(mesa__in=kept, state__in=["draft", "announced"], starts_at__gt=now)
            .select_related("mesa")
            .order_by("starts_at")[:10]
        )
    work.invitations = list(
        Invitation.objects.visible_to(actor)
        .filter(
            organization_id__in=actor.organization_ids,
            session__state=Session.State.CONVENED,
            session__ends_at__gt=now,
        )
        .select_related("session__mesa", "organization")
        .annotate(
            may_answer=Exists(
                Post.objects.filter(
                    id__in=actor.post_ids,
                    organization=OuterRef("organization"),
                    kind__in=SPEAKING_POSTS,
                )
            )
        )
        .order_by("session__starts_at")[:10]
    )
    asked = open_to(actor=actor, kept=kept, now=now, today=today) if actor.post_ids else []
    work.ballots = [ballot for ballot in asked if ballot.is_mine]  # type: ignore[attr-defined]
    work.polls = [ballot for ballot in asked if ballot.is_kept]  # type: ignore[attr-defined]
    # Who keeps a mesa has its minutes among the tasks, and reads them there.
    work.copies = [] if kept else waiting_for(actor, now)
    work.commitments = list(
        reportable_by(actor)
        .exclude(state=Commitment.State.REPORTED)
        .filter(due_on__lte=today + timedelta(days=15))
        .select_related("mesa", "responsible")
        .annotate(past=_past(today))
        .order_by("due_on")[:10]
    )
    work.to_confirm, work.to_verify = _to_decide(actor)
    asked_for = AgendaProposal.objects.filter(session=OuterRef("pk"), state=AgendaProposal.State.PENDING)
    to_answer = asked_for.order_by().values("session").annotate(n=Count("pk")).values("n")
    work.sessions = list(
        visible.ahead(now)
        .filter(
            Q(mesa__in=kept)
            | Q(mesa__seats__organization_id__in=actor.organization_ids, mesa__seats__ends_on=None)
        )
        .select_related("mesa")
        .annotate(
            invited=Count("invitations", distinct=True),
            accepted=Count("invitations", filter=Q(invitations__state="accepted"), distinct=True),
            # Only where this person answers; elsewhere what others proposed is not even counted.
            to_answer=Case(When(mesa__in=kept, then=Coalesce(Subquery(to_answer), 0)), default=0),
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


def _to_decide(actor: Actor) -> tuple[list[Commitment], list[Commitment]]:
    """What the actor confirms was not met, and what the actor verifies, in one query: the page has no room for another.

    What was reported after all is verified: that ends the record.
    """
    asked = to_confirm_by(actor)
    rows = list(
        Commitment.objects.filter(
            Q(pk__in=verifiable_by(actor).order_by().values("pk"))
            | Q(pk__in=asked.order_by().values("commitment"))
        )
        .select_related("mesa", "responsible")
        .annotate(asked=Subquery(asked.filter(commitment=OuterRef("pk")).values("second")[:1]))
        .order_by(F("asked").desc(nulls_last=True), "due_on", "id")[:20]
    )
    verifies = [
        row.asked is None or (row.asked == row.verifier_id and row.state == Commitment.State.REPORTED)
        for row in rows
    ]
    return (
        [row for row, verified in zip(rows, verifies, strict=True) if not verified],
        [row for row, verified in zip(rows, verifies, strict=True) if verified],
    )


def _past(today: date) -> Window:
    """How many rows are past that day, also those a slice cuts off; in the same query."""
    is_past = Case(When(due_on__lt=today, then=1), default=0)
    return Window(Sum(is_past))


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


def find(*, text: str, actor: Actor, today: date, limit: int = 20) -> Found:
    """Accent-blind search over what the actor may see. One query a kind.

    A place finds what sits and happens there, an organization what it answers for: people ask for
    "Huaquillas" and not for the words of a commitment.
    """
    plain = Plain(Value(text))
    mesas = _in_place(Mesa.objects.visible_to(actor), "")
    sessions = _in_place(Session.objects.visible_to(actor), "")
    commitments = _in_place(Commitment.objects.visible_to(actor), "mesa__")
    place = Q(plain_canton__contains=plain) | Q(plain_province__contains=plain)
    return Found(
        mesas=list(mesas.filter(Q(plain_name__contains=plain) | place).order_by("plain_name")[:limit]),
        sessions=list(
            sessions.filter(Q(plain_topic__contains=plain, is_casa_adentro=False) | place)
            .select_related("mesa")
            .order_by(F("starts_at").desc(nulls_last=True), "id")[:limit]
        ),
        commitments=with_light(
            by_urgency(
                commitments.filter(
                    Q(plain_statement__contains=plain) | Q(responsible__plain_name__contains=plain) | place
                ).select_related("mesa", "responsible"),
                today,
            )[:limit],
            today,
        ),
        organizations=list(
            Organization.objects.visible_to(actor).named_like(text).order_by("plain_name")[:limit]
        ),
    )


def _in_place(rows: QuerySet[Any], path: str) -> Any:
    """The names of canton and province, folded as the typed word is."""
    return rows.annotate(
        plain_canton=Plain(F(f"{path}canton__name")), plain_province=Plain(F(f"{path}province__name"))
    )


@dataclass(frozen=True)
class MesaPage:
    """The rows of a mesa's front page."""

    drafts: list[Session]
    next: Session | None
    past: list[Session]
    commitments: list[Commitment]
    lights: dict[str, int]
    keepers: list[tuple[Organization, str]]
    shared: list[SharingSheet]


def mesa_page(mesa: Mesa, *, actor: Actor, now: datetime, today: date) -> MesaPage:
    """What a mesa's front page shows, in five queries (one more for a historic mesa)."""
    visible = Session.objects.visible_to(actor).filter(mesa=mesa).select_related("canton", "province")
    drafts = visible.filter(state=Session.State.DRAFT).order_by("starts_at")[:5]
    rows = list(visible.past(now)[:10].union(visible.ahead(now)[:1], drafts, all=True))
    ahead = [
        row for row in rows if row.state in ("announced", "convened") and row.ends_at and row.ends_at > now
    ]
    commitments = Commitment.objects.visible_to(actor).filter(mesa=mesa)
    shown = commitments.select_related("mesa", "responsible", "verifier")
    if mesa.is_historic:
        shown = shown.prefetch_related("historic_responsible")
    keepers = (
        SecretariatMandate.organizations.through.objects.filter(
            secretariatmandate__in=SecretariatMandate.objects.current(today).filter(mesa=mesa)
        )
        .select_related("organization", "secretariatmandate")
        .order_by("organization__plain_name")
    )
    told = SharingSheet.objects.visible_to(actor).filter(state=SharingSheet.State.PUBLISHED)
    return MesaPage(
        drafts=[row for row in rows if row.state == Session.State.DRAFT],
        next=ahead[0] if ahead and not mesa.is_historic else None,
        past=[
            row for row in rows if row.state != Session.State.DRAFT and (row not in ahead or mesa.is_historic)
        ],
        commitments=list(by_urgency(shown, today)[:10]),
        lights=counts_by_light(commitments, today),
        keepers=[(row.organization, row.secretariatmandate.instrument) for row in keepers],
        shared=list(told.filter(session__mesa=mesa).order_by("-published_at", "-pk")[:10]),
    )
