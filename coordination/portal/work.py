"""My work: everything that waits for one person, whatever their roles."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Sum, Value, When, Window
from django.db.models.functions import Coalesce

from accounts.actor import Actor
from coordination.attendees.models import Invitation
from coordination.commitments.lights import counted, light_rows
from coordination.commitments.models import Commitment, ExtensionRequest, Referral
from coordination.commitments.permissions import reportable_by, verifiable_by
from coordination.commitments.settling.permissions import to_confirm_by
from coordination.common.compiled import compiled
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, mesas_with
from coordination.minutes.circulating import waiting_for
from coordination.minutes.models import MinutesCopy
from coordination.organizations.models import SPEAKING_POSTS, JoinRequest, Post
from coordination.polls.models import Ballot
from coordination.polls.queries import open_to
from coordination.sessions.models import AgendaProposal, FollowUpTask, Session


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
    matters: list[Commitment] = field(default_factory=list)

    @property
    def to_answer(self) -> int:
        """Proposals for the agenda that wait for this person, in the sessions shown."""
        return sum(session.to_answer for session in self.sessions)  # type: ignore[attr-defined]

    @property
    def referred(self) -> list[Mesa]:
        """The mesas to which another one raised something that nobody has received yet."""
        return [mesa for mesa in self.keeps_mesas if mesa.referred]  # type: ignore[attr-defined]


def work_of(*, actor: Actor, now: datetime, today: date) -> Work:
    """Everything that waits for this actor, each kind in one query."""
    mesas = _kept.rows(actor) if actor.post_ids else []
    kept = tuple(mesa.pk for mesa in mesas)
    asked = open_to.rows(actor, kept, now, today) if actor.post_ids else []
    to_confirm, to_verify = _to_decide(actor)
    sessions = _sessions.rows(actor, kept, now)
    return Work(
        keeps_mesas=mesas,
        tasks=_tasks.rows(actor, kept, today) if kept else [],
        drafts=[row for row in sessions if row.is_draft],
        matters=_matters.rows(actor, kept) if kept else [],
        invitations=_invitations.rows(actor, now),
        ballots=[ballot for ballot in asked if ballot.is_mine],  # type: ignore[attr-defined]
        polls=[ballot for ballot in asked if ballot.is_kept],  # type: ignore[attr-defined]
        # Who keeps a mesa has its minutes among the tasks, and reads them there.
        copies=[] if kept else waiting_for(actor, now),
        commitments=_to_report.rows(actor, today),
        to_confirm=to_confirm,
        to_verify=to_verify,
        sessions=[row for row in sessions if not row.is_draft],
        portfolio=counted(_portfolio.rows(actor, kept, today)),
        join_requests=JoinRequest.objects.filter(state=JoinRequest.State.WAITING).count()
        if actor.is_admin
        else 0,
    )


@compiled
def _kept(actor: Actor) -> Any:
    """With how many issues of other mesas wait to be received there."""
    raised = Referral.objects.visible_to(actor).filter(target=OuterRef("pk"), state=Referral.State.RAISED)
    waiting = raised.order_by().values("target").annotate(n=Count("pk")).values("n")
    mesas = mesas_with(actor, Permission.SCHEDULE).live()
    return mesas.annotate(referred=Coalesce(Subquery(waiting), 0)).order_by("name")


@compiled
def _matters(actor: Actor, kept: tuple[int, ...]) -> Any:
    """What only the secretariat can bring to a session: objections, requests for more time, what an exception left open."""
    asked = ExtensionRequest.objects.filter(commitment=OuterRef("pk"), answered_at=None).order_by("asked_at")
    return (
        Commitment.objects.visible_to(actor)
        .filter(mesa__in=kept)
        .open()
        .annotate(asks_until=Subquery(asked.values("asked_until")[:1]))
        .filter(
            Q(state=Commitment.State.DISPUTED) | Q(asks_until__isnull=False) | Q(exempt_until__isnull=False)
        )
        .select_related("mesa", "responsible")
        .annotate(
            rank=Case(
                When(state=Commitment.State.DISPUTED, then=0),
                When(asks_until__isnull=False, then=1),
                default=2,
            )
        )
        .order_by("rank", "exempt_until", "due_on", "pk")[:10]
    )


@compiled
def _tasks(actor: Actor, kept: tuple[int, ...], today: date) -> Any:
    visible = Session.objects.visible_to(actor).live()
    return (
        FollowUpTask.objects.filter(done_at=None, session__in=visible.filter(mesa__in=kept))
        .select_related("session__mesa")
        .annotate(past=_past(today))
        .order_by("due_on", "id")[:20]
    )


@compiled
def _invitations(actor: Actor, now: datetime) -> Any:
    speaks = Post.objects.filter(
        id__in=actor.post_ids, organization=OuterRef("organization"), kind__in=SPEAKING_POSTS
    )
    return (
        Invitation.objects.visible_to(actor)
        .filter(
            organization_id__in=actor.organization_ids,
            session__state=Session.State.CONVENED,
            session__ends_at__gt=now,
        )
        .select_related("session__mesa", "organization")
        .annotate(may_answer=Exists(speaks))
        .order_by("session__starts_at")[:10]
    )


@compiled
def _to_report(actor: Actor, today: date) -> Any:
    return (
        reportable_by(actor)
        .exclude(state=Commitment.State.REPORTED)
        .filter(due_on__lte=today + timedelta(days=15))
        .select_related("mesa", "responsible")
        .annotate(past=_past(today))
        .order_by("due_on")[:10]
    )


@compiled
def _sessions(actor: Actor, kept: tuple[int, ...], now: datetime) -> Any:
    """Those ahead, and after them, ``is_draft``, those that the actor has yet to convene."""
    asked_for = AgendaProposal.objects.filter(session=OuterRef("pk"), state=AgendaProposal.State.PENDING)
    to_answer = asked_for.order_by().values("session").annotate(n=Count("pk")).values("n")
    visible = Session.objects.visible_to(actor).live().select_related("mesa")
    drafts = visible.filter(mesa__in=kept, state__in=["draft", "announced"], starts_at__gt=now)
    nothing = Value(0)
    ahead = (
        visible.ahead(now)
        .filter(
            Q(mesa__in=kept)
            | Q(mesa__seats__organization_id__in=actor.organization_ids, mesa__seats__ends_on=None)
        )
        .annotate(
            invited=Count("invitations", distinct=True),
            accepted=Count("invitations", filter=Q(invitations__state="accepted"), distinct=True),
            # Only where this person answers; elsewhere what others proposed is not even counted.
            to_answer=Case(When(mesa__in=kept, then=Coalesce(Subquery(to_answer), 0)), default=0),
            is_draft=Value(False),
        )
        .distinct()
        .order_by("starts_at")
    )
    drafts = drafts.annotate(invited=nothing, accepted=nothing, to_answer=nothing, is_draft=Value(True))
    return ahead[:5].union(drafts.order_by("starts_at")[:10], all=True)


@compiled
def _portfolio(actor: Actor, kept: tuple[int, ...], today: date) -> Any:
    ids = actor.organization_ids
    rows = Commitment.objects.visible_to(actor).filter(
        Q(mesa__in=kept) | Q(responsible_id__in=ids) | Q(verifier_id__in=ids)
    )
    return light_rows(rows, today)


@compiled
def _waiting(actor: Actor) -> Any:
    """What the actor confirms was not met, and what the actor verifies, in one query: the page has no room for another."""
    asked = to_confirm_by(actor)
    return (
        Commitment.objects.filter(
            Q(pk__in=verifiable_by(actor).order_by().values("pk"))
            | Q(pk__in=asked.order_by().values("commitment"))
        )
        .select_related("mesa", "responsible")
        .annotate(asked=Subquery(asked.filter(commitment=OuterRef("pk")).values("second")[:1]))
        .order_by(F("asked").desc(nulls_last=True), "due_on", "id")[:20]
    )


def _to_decide(actor: Actor) -> tuple[list[Commitment], list[Commitment]]:
    """First what to confirm, then what to verify. What was reported after all is verified: that ends the record."""
    rows = _waiting.rows(actor)
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
