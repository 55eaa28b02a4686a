"""What a follow-up report is about, and the marks by which its rows are counted.

A number of the report and the list behind it ask the same question of the same query (``rows_of``): they cannot differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncDate

from accounts.actor import Actor
from coordination.commitments.models import (
    Commitment,
    CommitmentQuerySet,
    Extension,
    Indicator,
    Report,
    Support,
    Verification,
)
from coordination.common.models import Provenance
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization, effective_sector
from coordination.taxonomies.models import Province, ThematicAxis

LATE, WAITING, ON_TIME, UNDATED, UNKNOWN = "late", "waiting", "on_time", "undated", "unknown"
MET, PARTLY, NOT_MET, WITHDRAWN, DISPUTED = "met", "partly_met", "not_met", "withdrawn", "disputed"
# What only a source says: how it ended, without anybody on record who confirmed it; or that it is not due yet.
SOURCED, ONGOING = "sourced", "ongoing"
# Every commitment stands in exactly one of these on the day of the report, and in one group.
GROUPS: dict[str, tuple[str, ...]] = {
    "verified": (MET, PARTLY),
    WAITING: (WAITING,),
    ON_TIME: (ON_TIME,),
    LATE: (LATE,),
    NOT_MET: (NOT_MET,),
    "other": (SOURCED, DISPUTED, WITHDRAWN, UNDATED, ONGOING, UNKNOWN),
}
STANDINGS = (
    MET, PARTLY, SOURCED, WAITING, ON_TIME, LATE, NOT_MET, DISPUTED, WITHDRAWN, UNDATED, ONGOING, UNKNOWN,
)  # fmt: skip
# Why one is late, in this order: what comes first is said, so that the reasons add up to those that are late.
SILENT, RETURNED, OBSTACLE, EXTENDED, UNSAID = "silent", "returned", "obstacle", "extended", "unsaid"
REASONS = (SILENT, RETURNED, OBSTACLE, EXTENDED, UNSAID)
# Days: upper ends of the groups of age; what is older has no end.
AGES = (30, 90, 180, 365)
OLDER = "older"
AGE_CODES = (*(str(days) for days in AGES), OLDER)
NONE = "none"
GAPS = ("axis", "responsible", "due", "indicator", "word", "historic")


@dataclass(frozen=True)
class Scope:
    """Whose commitments, of which days, seen with whose eyes. ``actor`` is nobody unless ``full``."""

    actor: Actor
    today: date
    language: str = "es"
    full: bool = False
    mesa: Mesa | None = None
    below: bool = False
    mesa_ids: tuple[int, ...] = ()
    organization: Organization | None = None
    axis: ThematicAxis | None = None
    province: Province | None = None
    period: str = ""
    first: date | None = None
    last: date | None = None

    def in_marks(self, mark: Callable[[Any], Any]) -> "tuple[Scope, Any] | None":
        """For ``common.compiled``: what it asks for are values; which of it is asked, and who asks, is the shape.

        The mesa itself is in no query: its ids are.
        """
        seen = self.actor.in_marks(mark)
        if seen is None:
            return None
        actor, roles = seen
        chosen: dict[str, Any] = {
            "organization": self.organization and Organization(pk=mark(self.organization.pk)),
            "axis": self.axis and ThematicAxis(pk=mark(self.axis.pk)),
            "province": self.province and Province(pk=mark(self.province.pk)),
            "first": self.first and mark(self.first),
            "last": self.last and mark(self.last),
        }
        marked = replace(self, actor=actor, today=mark(self.today), mesa_ids=mark(self.mesa_ids), **chosen)
        shape = (*roles, bool(self.mesa), len(self.mesa_ids), *(one is not None for one in chosen.values()))
        return marked, shape

    @property
    def has_period(self) -> bool:
        return self.first is not None or self.last is not None

    def asked(self) -> dict[str, str]:
        """The query of the address that gives this report again; a preset is written as the days it meant. Its language
        is that of the address."""
        found = {
            "mesa": self.mesa.slug if self.mesa else "",
            "below": "1" if self.mesa and self.below else "",
            "responsible": self.organization.slug if self.organization else "",
            "axis": self.axis.code if self.axis else "",
            "province": self.province.code if self.province else "",
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
            "full": "1" if self.full else "",
        }
        return {name: value for name, value in found.items() if value}

    def query(self, **more: str) -> str:
        return urlencode(self.asked() | more)


def universe(scope: Scope) -> CommitmentQuerySet:
    """The commitments of the report: agreed, visible to its reader, and alive at some time in its days.

    Alive is what was agreed by the last day and not settled before the first. Of a historic record nobody knows until
    when it lived: it belongs to the days on which it was agreed or fell due.
    """
    rows = Commitment.objects.visible_to(scope.actor).exclude(state=Commitment.State.PROPOSED)
    rows = rows.exclude(state=Commitment.State.WITHDRAWN, agreed_at=None, provenance=Provenance.LIVE)
    if scope.mesa:
        rows = rows.filter(mesa_id__in=scope.mesa_ids)
    if scope.organization:
        past = Commitment.objects.filter(historic_responsible=scope.organization).values("pk")
        rows = rows.filter(Q(responsible=scope.organization) | Q(pk__in=past))
    if scope.axis:
        rows = rows.filter(axis=scope.axis)
    if scope.province:
        rows = rows.filter(Q(mesa__province=scope.province) | Q(mesa__canton__province=scope.province))
    rows = dated(rows)
    if not scope.has_period:
        return rows
    live = Q(provenance=Provenance.LIVE)
    if scope.last:
        live &= Q(begun_on__lte=scope.last)
    if scope.first:
        live &= Q(settled_on=None) | Q(settled_on__gte=scope.first)
    known = within(scope, "begun_on") | within(scope, "due_on")
    return rows.filter(live | (Q(provenance=Provenance.HISTORIC) & known))


def dated(rows: CommitmentQuerySet) -> CommitmentQuerySet:
    """With the days on which each began and was settled, as far as the record knows."""
    return rows.annotate(
        begun_on=Coalesce(TruncDate("agreed_at"), TruncDate("session__starts_at"), output_field=DateField()),
        settled_on=TruncDate("settled_at"),
    )


def within(scope: Scope, name: str) -> Q:
    """That day lies in the report's days."""
    found = Q(**{f"{name}__isnull": False})
    if scope.first:
        found &= Q(**{f"{name}__gte": scope.first})
    if scope.last:
        found &= Q(**{f"{name}__lte": scope.last})
    return found


def standing(today: date) -> Case:
    """Where a commitment stands today, as SQL. The same rule as the traffic light's, with one word for each state.

    Met, partly and not met are the word of another organization: what a source says of how it ended is no second key.
    """
    state = Commitment.State
    historic = Q(provenance=Provenance.HISTORIC)
    return Case(
        When(state__in=[state.MET, state.PARTLY_MET, state.NOT_MET], settled_by=None, then=Value(SOURCED)),
        *(When(state=code, then=Value(code.value)) for code in (state.MET, state.PARTLY_MET, state.NOT_MET)),
        When(state=state.WITHDRAWN, then=Value(WITHDRAWN)),
        When(historic & Q(due_on__gte=today), then=Value(ONGOING)),
        When(historic, then=Value(UNKNOWN)),
        When(state=state.DISPUTED, then=Value(DISPUTED)),
        When(state=state.REPORTED, then=Value(WAITING)),
        When(due_on=None, then=Value(UNDATED)),
        When(due_on__lt=today, then=Value(LATE)),
        default=Value(ON_TIME),
    )


def late(today: date) -> Q:
    """What ``standing`` calls late, asked of the row's own columns: a mark is worked out once for each of 200,000."""
    going = [Commitment.State.AGREED, Commitment.State.IN_PROGRESS]
    return Q(provenance=Provenance.LIVE, state__in=going, due_on__lt=today)


WAITS = Q(provenance=Provenance.LIVE, state=Commitment.State.REPORTED)


def _since(today: date) -> Case:
    """Since when: what is late since its due date, what waits since it was reported as done."""
    asked = Report.objects.filter(commitment=OuterRef("pk"), asks_verification=True)
    return Case(
        When(late(today), then=F("due_on")),
        When(
            WAITS,
            then=Subquery(asked.order_by("-reported_at").values(day=TruncDate("reported_at"))[:1]),
        ),
        output_field=DateField(),
    )


def _age(today: date) -> Func:
    """Which of ``AGE_CODES``; empty without a day. One expression: ``since`` is a query of its own."""
    ends = ", ".join(str(days + 1) for days in AGES)
    codes = ", ".join(f"'{code}'" for code in AGE_CODES)
    return Func(
        Value(today, output_field=DateField()),
        F("since"),
        template=f"COALESCE((ARRAY[{codes}])[1 + width_bucket(%(expressions)s, ARRAY[{ends}])], '')",
        arg_joiner=" - ",
        output_field=CharField(),
    )


def marked(scope: Scope, rows: CommitmentQuerySet) -> CommitmentQuerySet:
    """With the marks that the report counts by: standing, sector, axis, territory, age, reason, flows and gaps."""
    mine = {"commitment": OuterRef("pk")}
    reports = Report.objects.filter(**mine)
    is_late = late(scope.today)
    begun, settled = within(scope, "begun_on"), within(scope, "settled_on")
    if not scope.has_period:  # the same, without finding the day of each moment
        begun = Q(agreed_at__isnull=False) | Q(session__starts_at__isnull=False)
        settled = Q(settled_at__isnull=False)
    return (
        rows.annotate(stands=standing(scope.today))
        .annotate(
            since=_since(scope.today),
            sector=effective_sector("responsible__"),
            territory=Coalesce("mesa__province_id", "mesa__canton__province_id"),
            why=Case(
                When(is_late & ~Exists(reports), then=Value(SILENT)),
                When(
                    is_late & Exists(Verification.objects.filter(**mine, decision="returned")),
                    then=Value(RETURNED),
                ),
                When(is_late & Exists(reports.exclude(obstacles="")), then=Value(OBSTACLE)),
                When(is_late & Exists(Extension.objects.filter(**mine)), then=Value(EXTENDED)),
                When(is_late, then=Value(UNSAID)),
                default=Value(""),
            ),
            is_agreed_in=_flag(begun),
            is_settled_in=_flag(settled),
            no_due=_flag(Q(due_on=None)),
            no_indicator=_flag(Q(~Exists(Indicator.objects.filter(commitment=OuterRef("pk"))))),
            no_word=_flag(Q(stands=SOURCED)),
            is_historic_row=_flag(Q(provenance=Provenance.HISTORIC)),
        )
        .annotate(age=_age(scope.today))
    )


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


MARKS = (
    "stands", "sector", "axis_id", "territory", "age", "why", "is_agreed_in", "is_settled_in", "no_due", "no_indicator",
    "no_word", "is_historic_row", "is_casa_adentro",
)  # fmt: skip


def cut(wanted: Mapping[str, str]) -> dict[str, Any]:
    """What a figure wants, as conditions on the marks; what is not one of ours is left out.

    ``standing`` is a standing or a group of them; ``sector``, ``by_axis`` and ``territory`` are ids, or none;
    ``verifier`` is the id of an organization.
    """
    found: dict[str, Any] = {}
    if codes := GROUPS.get(wanted.get("standing", "")) or _known(wanted, "standing", STANDINGS):
        found["stands__in"] = codes
    for name, mark in (("sector", "sector"), ("by_axis", "axis_id"), ("territory", "territory")):
        value = wanted.get(name, "")
        if value == NONE:
            found[f"{mark}__isnull"] = True
        elif value.isascii() and value.isdigit() and len(value) < 10:
            found[mark] = int(value)
    if codes := _known(wanted, "age", AGE_CODES):
        found["age__in"] = codes
    if codes := _known(wanted, "why", REASONS):
        found["why__in"] = codes
    if wanted.get("in") == "agreed":
        found["is_agreed_in"] = True
    elif wanted.get("in") == "settled":
        found["is_settled_in"] = True
    gaps = {
        "axis": {"axis_id__isnull": True}, "responsible": {"sector__isnull": True}, "due": {"no_due": True},
        "indicator": {"no_indicator": True}, "word": {"no_word": True}, "historic": {"is_historic_row": True},
    }  # fmt: skip
    found |= gaps.get(wanted.get("gap", ""), {})
    verifier = wanted.get("verifier", "")
    if verifier.isascii() and verifier.isdigit() and len(verifier) < 10:
        found["settled_by_id"] = int(verifier)
    return found


def _known(wanted: Mapping[str, str], name: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in codes if code == wanted.get(name))


def rows_of(scope: Scope, wanted: Mapping[str, str]) -> CommitmentQuerySet:
    """The rows that one number of the report counts."""
    return marked(scope, universe(scope)).filter(**cut(wanted))


def supports_of(scope: Scope, rows: QuerySet[Commitment]) -> QuerySet[Any]:
    """The supports of a report: of its commitments, and where it is of whole mesas, of those and their sessions.

    With dates, without those that are known to have ended before or to begin after.
    """
    found = Q(commitment__isnull=False) & Q(Exists(rows.order_by().filter(pk=OuterRef("commitment"))))
    if not scope.organization and not scope.axis:
        whole = Mesa.objects.order_by()
        if scope.mesa:
            whole = whole.filter(pk__in=scope.mesa_ids)
        if scope.province:
            whole = whole.filter(Q(province=scope.province) | Q(canton__province=scope.province))
        found |= Q(mesa__in=whole.values("pk")) | Q(session__mesa__in=whole.values("pk"))
    supports = Support.objects.visible_to(scope.actor).filter(found)
    if scope.first:
        supports = supports.filter(Q(ends_on=None) | Q(ends_on__gte=scope.first))
    if scope.last:
        supports = supports.filter(Q(starts_on=None) | Q(starts_on__lte=scope.last))
    return supports
