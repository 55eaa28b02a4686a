"""What the woven pages show, in a constant number of queries each."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.actor import Actor
from coordination.attendees.models import Invitation
from coordination.commitments.alliances.queries import with_flag
from coordination.commitments.lights import by_urgency, counted, light_rows
from coordination.commitments.models import Commitment
from coordination.common.compiled import compiled
from coordination.mesas.models import Mesa, Seat, SecretariatMandate
from coordination.minutes.models import SharingSheet
from coordination.notifications.ledger import BOUNCING, addressee_reached, speakers_reached
from coordination.organizations.models import (
    Organization,
    effective_sector,
)
from coordination.sessions.models import Outcome, Session
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


def _announced(actor: Actor) -> Any:
    return Session.objects.visible_to(actor).exclude(state=Session.State.DRAFT)


@compiled
def _places(actor: Actor) -> Any:
    rows = _announced(actor).annotate(
        place=Coalesce("province__code", "canton__province__code"),
        place_name=Coalesce("province__name", "canton__province__name"),
    )
    return rows.order_by().values_list("place", "place_name").annotate(n=Count("id"))


@compiled
def _upcoming(actor: Actor, now: datetime) -> Any:
    return _announced(actor).ahead(now).select_related(*SESSION_FIELDS)[:5]


@compiled
def _remembered(actor: Actor) -> Any:
    rows = _announced(actor).filter(provenance="historic", state=Session.State.HELD).exclude(starts_at=None)
    return rows.select_related(*SESSION_FIELDS).order_by("-starts_at")[:3]


@compiled
def _lights(actor: Actor, today: date, mesa: int | None) -> Any:
    rows = Commitment.objects.visible_to(actor)
    return light_rows(rows if mesa is None else rows.filter(mesa=mesa), today)


def front(*, actor: Actor, now: datetime, today: date) -> Front:
    places = _places.rows(actor)
    known = [(code, name, count) for code, name, count in places if code]
    return Front(
        upcoming=_upcoming.rows(actor, now),
        memory=_remembered.rows(actor),
        lights=counted(_lights.rows(actor, today, None)),
        sessions=sum(count for *_, count in places),
        organizations=Organization.objects.visible_to(actor).active().count(),
        provinces={code: count for code, _name, count in known},
        province_names=sorted(
            ((name, count) for _code, name, count in known), key=lambda pair: (-pair[1], pair[0])
        ),
        without_place=sum(count for code, _name, count in places if not code),
    )


@compiled
def _sectors(mesa: int, on: date) -> Any:
    seats = (
        Seat.objects.current(on)
        .filter(mesa=mesa)
        .annotate(sector=effective_sector("organization__"))
        .filter(sector=OuterRef("pk"))
        .order_by()
        .values("sector")
        .annotate(n=Count("pk"))
    )
    return Sector.objects.annotate(seated=Coalesce(Subquery(seats.values("n")), 0)).order_by("order", "id")


def seated(mesa: Mesa, *, on: date) -> list[dict[str, object]]:
    """For the gauge: every sector with how many organizations of it sit at the mesa on that day. One query."""
    sectors = _sectors.rows(mesa.pk, on)
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
    return [Answer(*row) for row in _answers.rows(session.pk, timezone.localdate())]


@compiled
def _answers(session: int, today: date) -> Any:
    return (
        Invitation.objects.filter(session=session)
        .annotate(
            sector=effective_sector("organization__"),
            people=Count("delegates", filter=Q(delegates__withdrawn_at=None, delegates__waiting_since=None)),
            without_mail=Count(
                "delegates",
                filter=Q(delegates__withdrawn_at=None)
                & (Q(delegates__person__email="") | Q(delegates__person__bounces__gte=BOUNCING)),
            ),
            is_reached=Exists(speakers_reached("organization", today)) | Exists(addressee_reached()),
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


@compiled
def outcomes_of(actor: Actor, session: int) -> Any:
    rows = Outcome.objects.shown_to(actor).filter(session=session)
    return rows.select_related("item", "commitment__mesa", "commitment__responsible")


@compiled
def mesa_of(actor: Actor, slug: str) -> Any:
    rows = with_flag(Mesa.objects.visible_to(actor), "mesa").filter(slug=slug)
    rows = rows.select_related("province", "canton__province", "parent", "convener")
    return rows.prefetch_related("legal_bases", "children")


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
    rows = _sessions_of.rows(actor, mesa.pk, now)
    ahead = [
        row for row in rows if row.state in ("announced", "convened") and row.ends_at and row.ends_at > now
    ]
    keepers = _keepers.rows(mesa.pk, today)
    return MesaPage(
        drafts=[row for row in rows if row.state == Session.State.DRAFT],
        next=ahead[0] if ahead and not mesa.is_historic else None,
        past=[
            row for row in rows if row.state != Session.State.DRAFT and (row not in ahead or mesa.is_historic)
        ],
        commitments=_commitments_of.rows(actor, mesa.pk, today, mesa.is_historic),
        lights=counted(_lights.rows(actor, today, mesa.pk)),
        keepers=[(row.organization, row.secretariatmandate.instrument) for row in keepers],
        shared=_told_of.rows(actor, mesa.pk),
    )


@compiled
def _sessions_of(actor: Actor, mesa: int, now: datetime) -> Any:
    visible = Session.objects.visible_to(actor).filter(mesa=mesa).select_related("canton", "province")
    drafts = visible.filter(state=Session.State.DRAFT).order_by("starts_at")[:5]
    return visible.past(now)[:10].union(visible.ahead(now)[:1], drafts, all=True)


@compiled
def _commitments_of(actor: Actor, mesa: int, today: date, is_historic: bool) -> Any:
    shown = Commitment.objects.visible_to(actor).filter(mesa=mesa)
    shown = shown.select_related("mesa", "responsible", "verifier")
    if is_historic:
        shown = shown.prefetch_related("historic_responsible")
    return by_urgency(shown, today)[:10]


@compiled
def _keepers(mesa: int, today: date) -> Any:
    rows = SecretariatMandate.organizations.through.objects.filter(
        secretariatmandate__in=SecretariatMandate.objects.current(today).filter(mesa=mesa)
    )
    return rows.select_related("organization", "secretariatmandate").order_by("organization__plain_name")


@compiled
def _told_of(actor: Actor, mesa: int) -> Any:
    told = SharingSheet.objects.visible_to(actor).filter(state=SharingSheet.State.PUBLISHED)
    return told.filter(session__mesa=mesa).order_by("-published_at", "-pk")[:10]
