"""The rows of a follow-up report: a commitment in words, with what the record says of why it stands as it does."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.commitments.account.scope import (
    DISPUTED,
    LATE,
    MET,
    NOT_MET,
    ONGOING,
    PARTLY,
    SOURCED,
    WAITING,
    WITHDRAWN,
    Scope,
    dated,
    marked,
)
from coordination.commitments.models import (
    Commitment,
    Dispute,
    Extension,
    NonFulfilment,
    Report,
    Verification,
)
from coordination.common.compiled import compiled
from coordination.common.dates import day_words, short_date, spoken
from coordination.organizations.models import Organization

WORDS = 600  # signs of a text that is quoted; the page of the commitment has it whole


@dataclass(frozen=True)
class Row:
    """``reasons`` are pairs of who or what says it, and the words recorded."""

    code: str
    address: str
    statement: str
    mesa: str
    responsible: str
    verifier: str
    due_on: date | None
    original_due_on: date | None
    begun_on: date | None
    settled_on: date | None
    settled_by: str
    settled_by_id: int | None
    days: int
    state: str
    is_closed: bool
    marks: dict[str, Any] = field(repr=False)
    reasons: tuple[tuple[str, str], ...] = ()
    # Of those words what people wrote; the rest is ours, in the language of the page.
    quoted: frozenset[str] = frozenset()

    @property
    def due_words(self) -> str:
        """For a narrow column; what was agreed first is kept in view."""
        if not self.due_on:
            return _("not on record")
        if self.original_due_on and self.original_due_on != self.due_on:
            before = _("was %(day)s") % {"day": short_date(self.original_due_on)}
            return f"{short_date(self.due_on)} ({before})"
        return short_date(self.due_on)

    @property
    def days_words(self) -> str:
        if not self.days or self.marks["stands"] != LATE:
            return ""
        return ngettext("%(n)s day late", "%(n)s days late", self.days) % {"n": self.days}


def short_name(prefix: str = "") -> Coalesce:
    """The acronym of an organization, else its name, in the language spoken now, else in Spanish."""
    language = spoken()
    names = [f"{prefix}{name}_{code}" for name in ("acronym", "name") for code in (language, "es")]
    return Coalesce(*(NullIf(F(name), Value("")) for name in names), output_field=CharField())


@compiled
def _detailed(scope: Scope, keys: list[int]) -> Any:
    return read(marked(scope, dated(Commitment.objects.filter(pk__any=keys))))


def detailed(scope: Scope, keys: list[int]) -> list[Row]:
    """The rows of these keys, which are the reader's to see; the longest due first. One query."""
    with translation.override(scope.language):
        return told(_detailed.rows(scope, keys), scope)


def told(rows: Iterable[Any], scope: Scope) -> list[Row]:
    return [_row(one, scope) for one in rows]


def read(rows: Any) -> Any:
    """With everything that a row says, in one query."""

    def latest(found: QuerySet[Any], name: str, by: str) -> Subquery:
        return Subquery(found.order_by(f"-{by}", "-pk").values(name)[:1])

    mine = {"commitment": OuterRef("pk")}
    reports = Report.objects.filter(**mine)
    obstacles = reports.exclude(obstacles="")
    moved = Extension.objects.filter(**mine)
    disputes = Dispute.objects.filter(**mine)
    returned = Verification.objects.filter(**mine, decision=Verification.Decision.RETURNED)
    past = Organization.objects.filter(historic_commitments=OuterRef("pk"))
    return (
        rows.select_related("mesa")
        .annotate(
            told_responsible=short_name("responsible__"),
            told_verifier=short_name("verifier__"),
            told_settled_by=short_name("settled_by__"),
            told_past=ArraySubquery(past.annotate(told=short_name()).order_by("plain_name").values("told")),
            reported_at=latest(reports, "reported_at", "reported_at"),
            obstacle=latest(obstacles, "obstacles", "reported_at"),
            obstacle_at=latest(obstacles, "reported_at", "reported_at"),
            times_moved=Coalesce(
                Subquery(moved.order_by().values("commitment").annotate(n=Count("pk")).values("n")), 0
            ),
            moved_because=latest(moved, "reason", "extended_at"),
            disputed_because=latest(disputes, "text", "disputed_at"),
            returned_at=latest(returned, "verified_at", "verified_at"),
            returned_because=latest(returned, "text", "verified_at"),
            told_returned_by=latest(
                returned.annotate(told=short_name("organization__")), "told", "verified_at"
            ),
            decided_because=latest(
                Verification.objects.filter(**mine).exclude(text=""), "text", "verified_at"
            ),
            failed_because=latest(
                NonFulfilment.objects.filter(**mine, is_confirmed=True), "reason", "recorded_at"
            ),
        )
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )


def _row(one: Any, scope: Scope) -> Row:
    stands = one.stands
    since = one.since
    return Row(
        code=one.code,
        address=one.get_absolute_url(),
        statement=one.statement,
        mesa=one.mesa.name,
        responsible=one.told_responsible or "; ".join(one.told_past),
        verifier=one.told_verifier or "",
        due_on=one.due_on,
        original_due_on=one.original_due_on,
        begun_on=one.begun_on,
        settled_on=one.settled_on,
        settled_by=one.told_settled_by or "",
        settled_by_id=one.settled_by_id,
        days=(scope.today - since).days if since and stands in (LATE, WAITING) else 0,
        state=capfirst(str(Commitment.State(one.state).label)),
        is_closed=one.is_casa_adentro,
        marks={
            "stands": stands, "sector": one.sector, "axis_id": one.axis_id, "territory": one.territory, "age": one.age,
            "why": one.why, "is_agreed_in": one.is_agreed_in, "is_settled_in": one.is_settled_in, "no_due": one.no_due,
            "no_indicator": one.no_indicator, "no_word": one.no_word, "is_historic_row": one.is_historic_row,
            "is_casa_adentro": one.is_casa_adentro,
        },
        reasons=tuple((label, _cut(text)) for label, text in _reasons(one, stands)),
        quoted=frozenset(_cut(text) for name in WRITTEN if (text := getattr(one, name))),
    )  # fmt: skip


WRITTEN = (
    "obstacle", "returned_because", "moved_because", "decided_because", "failed_because", "disputed_because",
    "withdrawn_reason",
)  # fmt: skip


def _reasons(one: Any, stands: str) -> list[tuple[str, str]]:
    """What the record says, in its own words; only of what explains the standing."""
    found: list[tuple[str, str]] = []
    if stands == LATE:
        if one.obstacle:
            found.append((_("Obstacle, told on %(day)s") % {"day": _day(one.obstacle_at)}, one.obstacle))
        if not one.reported_at:
            found.append((_("Silence"), _("It has reported nothing.")))
        elif one.returned_at:
            label = _("Reported as done; returned by %(who)s on %(day)s")
            words = {"who": one.told_returned_by, "day": _day(one.returned_at)}
            found.append((label % words, one.returned_because))
        elif not one.obstacle:
            found.append((_("Last report"), _day(one.reported_at)))
    if stands in (LATE, WAITING) and one.times_moved:
        label = ngettext("Extended %(n)s time", "Extended %(n)s times", one.times_moved)
        found.append((label % {"n": one.times_moved}, one.moved_because))
    if stands == WAITING and one.reported_at:
        found.append((_("Reported as done"), _day(one.reported_at)))
    if stands == DISPUTED:
        found += [(_("The verification says"), one.decided_because or one.failed_because or "")]
        found += [(_("The responsible organization says"), one.disputed_because or "")]
    if stands == NOT_MET:
        found.append((_("Reason"), one.failed_because or one.decided_because or ""))
    if stands == WITHDRAWN:
        found.append((_("Reason"), one.withdrawn_reason))
    if stands in (SOURCED, ONGOING):
        found.append((_("Its source says"), capfirst(str(Commitment.State(one.state).label))))
    if stands in (MET, PARTLY):
        if one.told_settled_by:
            words = {"who": one.told_settled_by, "day": _day(one.settled_at)}
            found.append((_("Confirmed"), _("by %(who)s on %(day)s") % words))
        if stands == PARTLY:
            found.append((_("Remarks"), one.decided_because or ""))
    return [(label, text) for label, text in found if text]


def _day(at: datetime) -> str:
    return day_words(timezone.localdate(at))


def _cut(text: str) -> str:
    return text if len(text) <= WORDS else f"{text[: WORDS - 1].rstrip()}…"
