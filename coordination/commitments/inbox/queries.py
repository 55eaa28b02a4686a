"""The inbox of an organization: what it has to do about each commitment it stands beside, in one query a page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts.actor import Actor
from coordination.commitments.lights import AMBER_DAYS
from coordination.commitments.models import (
    Acknowledgement,
    Commitment,
    CommitmentQuerySet,
    NonFulfilment,
    Report,
    Verification,
)
from coordination.commitments.terms import with_wording
from coordination.common.compiled import compiled
from coordination.common.models import Provenance
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization

STATE = Commitment.State
SETTLED = (STATE.MET, STATE.PARTLY_MET, STATE.NOT_MET, STATE.WITHDRAWN)
OVERDUE, VERIFY, CONFIRM = "overdue", "verify", "confirm"
ACKNOWLEDGE, ACCEPT, REPORT = "acknowledge", "accept", "report"
OBJECTED, WAITING, CLOSED = "objected", "waiting", "closed"
TO_DO = (OVERDUE, VERIFY, CONFIRM, ACKNOWLEDGE, ACCEPT, REPORT)  # in the order they are asked for
STEPS = (*TO_DO, OBJECTED, WAITING, CLOSED)
TABS: dict[str, tuple[str, ...]] = {
    "por-hacer": TO_DO,
    "en-curso": (OBJECTED, WAITING),
    "cerrados": (CLOSED,),
}
TAB_NAMES: dict[str, Any] = {
    "por-hacer": gettext_lazy("To do"),
    "en-curso": gettext_lazy("Under way"),
    "cerrados": pgettext_lazy("commitments", "Closed"),
}
RESPONSIBLE, CO_RESPONSIBLE, VERIFIER = "responsible", "co_responsible", "verifier"
SECOND = "second"  # no side: the mesa asked it to confirm that it was not met
ROLE_NAMES: dict[str, Any] = {
    RESPONSIBLE: gettext_lazy("answers for it"),
    CO_RESPONSIBLE: gettext_lazy("answers for it with others"),
    VERIFIER: gettext_lazy("verifies it"),
    SECOND: gettext_lazy("says whether it was not met"),
}
PAGE = 50
SILENT_DAYS = 5  # after which the secretariat is told who has not said that it has a commitment


@dataclass(frozen=True)
class Link:
    """One link of the chain received → accepted → reported → verified."""

    label: str
    at: datetime | None
    who: str = ""


@dataclass(frozen=True)
class Inbox:
    """``counts`` by tab; ``late`` of what is to be done. ``page`` holds commitments with ``step``, ``role``, ``chain``."""

    tab: str
    counts: dict[str, int]
    late: int
    page: Any

    @property
    def to_do(self) -> int:
        return self.counts["por-hacer"]

    @property
    def tabs(self) -> list[tuple[str, Any, int]]:
        return [(key, TAB_NAMES[key], count) for key, count in self.counts.items()]


def inbox(actor: Actor, organization: Organization, *, tab: str, page: str, today: date) -> Inbox:
    """What this organization has to do, what goes on without it, what is over. Two queries, however much there is."""
    asked: dict[str, Any] = {"actor": actor, "organization_id": organization.pk, "today": today}
    found: dict[str, int] = {STEPS[turn]: count for turn, count in _steps.rows(**asked)}
    counts = {name: sum(found.get(step, 0) for step in steps) for name, steps in TABS.items()}
    if tab not in TABS:
        tab = next((name for name, count in counts.items() if count), "por-hacer")
    chosen: Any = Paginator(range(counts[tab]), PAGE).get_page(page)
    if chosen.number == 1:
        rows = _first_page.rows(**asked, tab=Tab(tab))
    else:
        first = chosen.start_index() - 1
        rows = list(_tab(**asked, tab=Tab(tab))[first : first + PAGE])
    chosen.object_list = [_told(row) for row in with_named_step(rows)]
    return Inbox(tab, counts, found.get(OVERDUE, 0), chosen)


class Tab(StrEnum):
    """A tab as part of a question's shape, for ``compiled``."""

    TO_DO, UNDER_WAY, OVER = TABS


def _rows(actor: Actor, organization_id: int, today: date) -> CommitmentQuerySet:
    return with_step(beside(actor, organization_id, asked=True), organization_id, today)


@compiled
def _steps(actor: Actor, organization_id: int, today: date) -> "QuerySet[Commitment, tuple[int, int]]":
    """How many there are of each step."""
    return _rows(actor, organization_id, today).order_by().values_list("turn").annotate(Count("pk"))


def _tab(actor: Actor, organization_id: int, today: date, tab: Tab) -> CommitmentQuerySet:
    shown = beside(actor, organization_id, asked=True)
    # What is over is told by its state: the rest need not be worked out for it.
    shown = shown.filter(state__in=SETTLED) if tab == Tab.OVER else shown.exclude(state__in=SETTLED)
    shown = with_step(with_wording(shown), organization_id, today).select_related(
        "mesa", "session", "responsible", "verifier", "settled_by"
    )
    if tab == Tab.OVER:
        return shown.order_by("-settled_at", "-pk")
    due = (F("due_on").asc(nulls_last=True), "pk")
    shown = shown.filter(turn__in=[STEPS.index(step) for step in TABS[tab]])
    return shown.order_by("turn", *due) if tab == Tab.TO_DO else shown.order_by(*due)


@compiled
def _first_page(actor: Actor, organization_id: int, today: date, tab: Tab) -> CommitmentQuerySet:
    return _tab(actor, organization_id, today, tab)[:PAGE]


def beside(actor: Actor, organization_id: int, *, asked: bool = False) -> CommitmentQuerySet:
    """The living commitments the actor sees in which this organization is a side.

    ``asked`` adds those of which the mesa waits for its word that they were not met.
    """
    through: Any = Commitment.co_responsible.through
    helped = through.objects.filter(organization=organization_id).values("commitment")
    with_others = Q(pk__any=ArraySubquery(helped))
    sides: Any = Q(responsible=organization_id) | Q(verifier=organization_id) | with_others
    if asked:
        waits = NonFulfilment.objects.filter(second=organization_id, answered_at=None).order_by()
        sides |= Q(pk__any=ArraySubquery(waits.values("commitment")))
    return (
        Commitment.objects.visible_to(actor)
        .filter(
            sides,
            provenance=Provenance.LIVE,
            agreed_at__isnull=False,
        )
        .annotate(
            role=Case(
                When(responsible=organization_id, then=Value(RESPONSIBLE)),
                When(verifier=organization_id, then=Value(VERIFIER)),
                When(with_others, then=Value(CO_RESPONSIBLE)),
                default=Value(SECOND),
            )
        )
    )


def with_step(rows: CommitmentQuerySet, organization_id: int, today: date) -> CommitmentQuerySet:
    """Adds the organization's own dates and ``turn``, the place in ``STEPS`` of the one thing it does next.

    Whoever reported, or returned a report, has it and has accepted it: what is late is reported, not acknowledged. What a session changed
    since is another text: everybody had it, and is asked to accept it.
    """

    def place(step: str) -> Value:
        return Value(STEPS.index(step))

    last = _reports().order_by("-reported_at", "-id")
    answers = Q(role=RESPONSIBLE, state__in=[STATE.AGREED, STATE.IN_PROGRESS])
    returned = Verification.objects.filter(commitment=OuterRef("pk"), decision="returned").order_by(
        "-verified_at"
    )
    silent = Q(said_at=None) | Q(said_at__lt=F("amended_at"))
    return (
        rows.annotate(
            receipt=FilteredRelation(
                "acknowledgements",
                condition=Q(
                    acknowledgements__organization=organization_id, acknowledgements__superseded_at=None
                ),
            ),
            waiting_record=FilteredRelation(
                "non_fulfilments",
                condition=Q(non_fulfilments__answered_at=None, non_fulfilments__second=organization_id),
            ),
            asked_to_confirm_at=F("waiting_record__recorded_at"),
            received_at=F("receipt__acknowledged_at"),
            accepted_at=F("receipt__accepted_at"),
            objected_at=F("receipt__objected_at"),
            objection=F("receipt__objection"),
            reported_at=Subquery(last.values("reported_at")[:1]),
            returned_at=Subquery(returned.values("verified_at")[:1]),
        )
        .annotate(
            said_at=Case(
                When(role=RESPONSIBLE, then=F("reported_at")), When(role=VERIFIER, then=F("returned_at"))
            ),
        )
        .annotate(
            turn=Case(
                When(state__in=SETTLED, then=place(CLOSED)),
                When(role=VERIFIER, state=STATE.REPORTED, then=place(VERIFY)),
                When(role__in=[VERIFIER, SECOND], asked_to_confirm_at__isnull=False, then=place(CONFIRM)),
                When(objected_at__isnull=False, accepted_at=None, then=place(OBJECTED)),
                When(answers & Q(due_on__lt=today), then=place(OVERDUE)),
                When(silent & Q(received_at=None, amended_at=None), then=place(ACKNOWLEDGE)),
                When(silent & Q(accepted_at=None), then=place(ACCEPT)),
                When(answers & Q(due_on__lte=today + timedelta(days=AMBER_DAYS)), then=place(REPORT)),
                default=place(WAITING),
                output_field=IntegerField(),
            )
        )
    )


def chain(commitment: Any) -> list[Link]:
    """received → accepted → reported → verified, of a row of ``with_step``; organizations answer, no person is named."""
    ended = commitment.settled_at if commitment.state in SETTLED else None
    by = commitment.settled_by or commitment.verifier
    last = {
        STATE.PARTLY_MET: _("partly met"),
        STATE.NOT_MET: _("not met"),
        STATE.WITHDRAWN: _("withdrawn"),
    }.get(commitment.state, pgettext("chain", "verified"))
    reported, changed = commitment.reported_at, commitment.amended_at
    own = getattr(commitment, "role", RESPONSIBLE) == RESPONSIBLE
    of_today = reported if own and reported and not (changed and reported < changed) else None
    return [
        Link(pgettext("chain", "received"), commitment.received_at or of_today),
        Link(pgettext("chain", "accepted"), commitment.accepted_at),
        Link(pgettext("chain", "reported"), reported),
        Link(last, ended, by.short_name if by and ended and commitment.state != STATE.WITHDRAWN else ""),
    ]


def chain_of(commitment: Commitment) -> list[Link]:
    """The chain of the organization that answers for it, on its own page. One query, none without one."""
    if commitment.is_historic or commitment.agreed_at is None or commitment.responsible_id is None:
        return []
    if hasattr(commitment, "received_at"):  # read with its row, for its page
        return chain(commitment)
    facts = (
        Commitment.objects.filter(pk=commitment.pk)
        .annotate(
            receipt=FilteredRelation(
                "acknowledgements",
                condition=Q(
                    acknowledgements__organization=F("responsible"), acknowledgements__superseded_at=None
                ),
            ),
            received_at=F("receipt__acknowledged_at"),
            accepted_at=F("receipt__accepted_at"),
            reported_at=Subquery(_reports().order_by("-reported_at", "-id").values("reported_at")[:1]),
        )
        .select_related("verifier", "settled_by")
    )
    return chain(facts.get())


def unreceived(actor: Actor, mesa: Mesa, now: datetime, days: int = SILENT_DAYS) -> CommitmentQuerySet:
    """Open ones agreed, or changed by a session, so many days ago, of which the responsible organization has said
    nothing since. For one query.
    """
    said = Acknowledgement.objects.standing().filter(
        commitment=OuterRef("pk"), organization=OuterRef("responsible")
    )
    told = _reports().filter(reported_at__gte=Coalesce(OuterRef("amended_at"), "reported_at"))
    since = Coalesce("amended_at", "agreed_at")
    return (
        Commitment.objects.visible_to(actor)
        .open()
        .annotate(since=since)
        .filter(~Exists(said), ~Exists(told), mesa=mesa, since__lt=now - timedelta(days=days))
        .select_related("mesa", "responsible")
        .order_by("since", "pk")
    )


def objections(actor: Actor) -> Any:
    """Objections that stand, to open commitments the actor sees, latest first. For one query."""
    seen = Commitment.objects.visible_to(actor).open().order_by()
    return (
        Acknowledgement.objects.standing()
        .filter(commitment__in=seen, objected_at__isnull=False, accepted_at=None)
        .select_related("commitment__mesa", "organization")
        .order_by("-objected_at", "-pk")
    )


def _reports() -> Any:
    """Of the organization that answers for it today: what another one said before a change is not its word."""
    return Report.objects.filter(commitment=OuterRef("pk"), organization=OuterRef("responsible"))


def with_named_step(rows: Iterable[Any]) -> list[Any]:
    """The same rows of ``with_step``, each with the word of its ``turn`` as ``step``."""
    found = list(rows)
    for row in found:
        row.step = STEPS[row.turn]
    return found


def _told(row: Any) -> Any:
    row.chain = chain(row)
    row.role_name = ROLE_NAMES[row.role]
    return row
