"""What happened to a commitment, in order: one query, two where others than its two sides had a part in it."""

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, JSONObject, TruncDate

from coordination.activity.models import Activity
from coordination.commitments.amendments import (
    Told,
    amended,
    organizations_in,
    read,
    session_facts,
    session_of,
    with_facts,
)
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import (
    Acknowledgement,
    Commitment,
    Dispute,
    Extension,
    ExtensionRequest,
    GateException,
    NonFulfilment,
    Report,
    Review,
    Verification,
)
from coordination.common.compiled import compiled
from coordination.organizations.models import Organization

# By the second organization; the rest was lifted by the secretariat, or ended because the commitment was settled.
ANSWERED = Q(is_confirmed=True) | Q(is_confirmed=False, second_person__isnull=False)
OF_BEFORE = "superseded_at"  # the day on which a session changed the text that this was said of
WITH_FACTS = ("amended", "extension")  # in ``more``, for who reads them
SHOWN = 10  # more than these fold away: the newest ones are what is looked for


@dataclass(frozen=True)
class Moment:
    """One entry. ``what`` names the template's words; the rest are its facts, empty where they do not belong."""

    at: datetime
    what: str
    pk: int = 0
    organization: Organization | None = None
    person: str = ""  # the name, for who may read it
    text: str = ""
    more: str = ""
    number: int | None = None
    flag: bool | None = None
    day: date | None = None
    old_day: date | None = None
    amendment: Told | None = None


@dataclass
class History:
    """Latest first. ``extensions`` are those among them, oldest first, with what their own list says."""

    moments: list[Moment] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.moments)

    def __len__(self) -> int:
        return len(self.moments)

    def last(self, what: str) -> Moment | None:
        """The latest moment of this kind."""
        return next((moment for moment in self.moments if moment.what == what), None)

    @property
    def recent(self) -> list[Moment]:
        return self.moments[:SHOWN]

    @property
    def older(self) -> list[Moment]:
        return self.moments[SHOWN:]


def history(commitment: Commitment, today: date, *, keeps: bool = False) -> History:
    """Agreed, received, accepted, reported, "nothing new", verified, disputed, extended, silent, withdrawn.

    People stay out for everybody but the mesa's keepers: organizations answer. What a closed session reviewed is told
    by nobody outside it.
    """
    rows = _all.rows(commitment_id=commitment.pk)
    facts = {(row[1], row[2]): json.loads(row[6]) for row in rows if row[1] in WITH_FACTS}
    organizations = _organizations(commitment, rows, facts)
    moments = [
        Moment(
            at, what, pk, organizations.get(whose), who if keeps else "", text,
            "" if what in WITH_FACTS else more, *rest,
        )
        for at, what, pk, whose, who, text, more, *rest in rows
    ]  # fmt: skip
    _read_amendments(commitment, moments, facts, organizations)
    extensions = [
        _extension(commitment, moment, facts["extension", moment.pk], organizations)
        for moment in sorted(moments, key=lambda moment: (moment.at, moment.pk))
        if moment.what == "extension"
    ]
    moments += _own(commitment, today, moments)
    return History(sorted(moments, key=lambda moment: (moment.at, moment.pk), reverse=True), extensions)


def _organizations(
    commitment: Any, rows: list[Any], facts: dict[tuple[str, int], Any]
) -> dict[int, Organization]:
    """Whoever is named anywhere on the page, by id. Those who help come with them where only their ids were read."""
    helping: list[int] | None = getattr(commitment, "helping_ids", None)
    here = () if helping is not None else commitment.co_responsible.all()
    known = {each.pk: each for each in (commitment.responsible, commitment.verifier, *here) if each}
    wanted = {row[3] for row in rows if row[3]} | set(helping or ())
    wanted |= {each["organization"] for (what, _pk), each in facts.items() if what == "extension"} - {None}
    wanted |= {
        pk for (what, _pk), each in facts.items() if what == "amended" for pk in organizations_in(each)
    }
    if others := wanted - known.keys():
        known |= {each.pk: each for each in _named.rows(sorted(others))}
    if helping is not None:
        kept = commitment.co_responsible.all()
        kept._result_cache = [known[pk] for pk in sorted(helping)]
        cache = getattr(commitment, "_prefetched_objects_cache", {})
        commitment._prefetched_objects_cache = cache | {"co_responsible": kept}
    return known


@compiled
def _named(organizations: list[int]) -> "QuerySet[Organization]":
    return Organization.objects.filter(pk__any=organizations)


def _read_amendments(
    commitment: Commitment,
    moments: list[Moment],
    facts: dict[tuple[str, int], Any],
    named: dict[int, Organization],
) -> None:
    """What changed of what was agreed, in place of its facts."""
    places = [place for place, moment in enumerate(moments) if moment.what == "amended"]
    told = [facts["amended", moments[place].pk] for place in places]
    found = read(told, is_casa_adentro=commitment.is_casa_adentro, named=named)
    for place, each in zip(places, found, strict=True):
        moments[place] = replace(moments[place], text=each.reason, amendment=each)


def _extension(
    commitment: Commitment, moment: Moment, facts: dict[str, Any], named: dict[int, Organization]
) -> Extension:
    old, new = (Decimal(facts[name]) if facts[name] else None for name in ("old_target", "new_target"))
    return Extension(
        pk=moment.pk,
        old_due_on=moment.old_day,
        new_due_on=moment.day,
        reason=moment.text,
        extended_at=moment.at,
        session=session_of(facts["session"]),
        indicator=next((row for row in commitment.indicators.all() if row.pk == facts["indicator"]), None),
        old_target=old,
        new_target=new,
        organization=named.get(facts["organization"]),
    )


@compiled
def _all(commitment_id: int) -> "QuerySet[Any, Any]":
    """Every table that hangs from the commitment and has something to tell, as rows of the same columns."""
    c = commitment_id
    extensions, asked = Extension.objects.filter(commitment=c), ExtensionRequest.objects.filter(commitment=c)
    disputes, receipts = Dispute.objects.filter(commitment=c), Acknowledgement.objects.filter(commitment=c)
    reports, records = Report.objects.filter(commitment=c), NonFulfilment.objects.filter(commitment=c)
    excepted = GateException.objects.filter(commitment=c)
    parts = [
        _told(_said(c, reports), "report", "reported_at", person="person_id", text="text", more="obstacles",
              number="progress", flag="asks_verification", day="corrected_on"),
        _told(reports.filter(has_news=False), "nothing_new", "reported_at", person="person_id", more="obstacles"),
        _told(Verification.objects.filter(commitment=c), "verification", "verified_at", person="person_id", text="text", more="decision"),
        _told(_prolonged(extensions), "extension", "extended_at", organization="", text="reason", more="facts",
              day="new_due_on", old_day="old_due_on"),
        _told(asked, "extension_asked", "asked_at", person="person_id", text="reason", day="asked_until"),
        _told(asked.filter(answered_at__isnull=False, extension=None).exclude(answer=""), "extension_refused", "answered_at",
              organization="", text="answer", day="asked_until"),
        _told(disputes, "dispute", "disputed_at", person="person_id", text="text"),
        _told(disputes.filter(resolved_at__isnull=False), "dispute_resolved", "resolved_at",
              organization="resolved_by_id", text="resolution_text", more="resolution"),
        _told(records, "not_met_recorded", "recorded_at", organization="recorded_by_id", person="person_id",
              text="reason"),
        _told(records.filter(ANSWERED), "not_met_answered", "answered_at",
              organization="second_id", person="second_person_id", text="answer", flag="is_confirmed"),
        _told(records.filter(~ANSWERED, answered_at__isnull=False), "not_met_lifted", "answered_at",
              organization="recorded_by_id", text="answer"),
        _told(_received(c, receipts), "received", "acknowledged_at", person="acknowledged_by_id", day=OF_BEFORE),
        _told(receipts.filter(accepted_at__isnull=False), "accepted", "accepted_at", person="accepted_by_id", day=OF_BEFORE),
        _told(receipts.filter(objected_at__isnull=False), "objected", "objected_at", text="objection", day=OF_BEFORE),
        _told(_unanswered(c), "silence", "asked_at", organization=""),
        _told(excepted, "excepted", "granted_at", organization="", text="reason", day="until"),
        _told(with_facts(amended(c)), "amended", "amended_at", person="person_id", more="facts"),
        _told(excepted.filter(mended_at__isnull=False), "mended", "mended_at", organization=""),
    ]  # fmt: skip
    return parts[0].union(*parts[1:], all=True)


def _prolonged(rows: QuerySet[Extension]) -> QuerySet[Extension]:
    """With what ``_extension`` asks for."""
    return rows.annotate(
        facts=JSONObject(
            session=session_facts(),
            indicator="indicator_id",
            old_target=Cast("old_target", CharField()),
            new_target=Cast("new_target", CharField()),
            organization="organization_id",
        )
    )


def _said(commitment_id: int, reports: QuerySet[Report]) -> QuerySet[Report]:
    """With news, each with the day on which a later report corrected it."""
    rows = Activity.objects.filter(
        kind=CommitmentEvent.REPORTED, subject_type="commitment", subject_id=commitment_id
    )
    later = rows.annotate(corrects=Cast("payload__corrects", IntegerField())).filter(corrects=OuterRef("pk"))
    on = later.order_by("-id").values(on=TruncDate("occurred_at"))[:1]
    return reports.filter(has_news=True).annotate(corrected_on=Subquery(on))


def _unanswered(commitment_id: int) -> QuerySet[Review]:
    """Reviews that found no answer, with ``asked_at``: the day the letter left, and not that on which it was kept."""
    letters = Activity.objects.filter(
        kind=CommitmentEvent.ASKED,
        subject_type="session",
        subject_id=OuterRef("session"),
        payload__commitments__contains=Func(
            OuterRef("commitment_id"), function="jsonb_build_array", output_field=JSONField()
        ),
    )
    planned = ExpressionWrapper(
        F("session__starts_at") - F("session__mesa__asking_days") * Value(timedelta(days=1)),
        output_field=DateTimeField(),
    )
    rows = Review.objects.filter(
        commitment=commitment_id, was_asked=True, was_silent=True, session__is_casa_adentro=False
    )
    last = Subquery(letters.order_by("-occurred_at").values("occurred_at")[:1])
    return rows.annotate(asked_at=Coalesce(last, planned, "reviewed_at"))


def _received(commitment_id: int, receipts: QuerySet[Acknowledgement]) -> QuerySet[Any]:
    """Receipts somebody gave; not those that an acceptance, an objection or a report said with it."""
    reports = Report.objects.filter(
        commitment=commitment_id,
        organization=OuterRef("organization"),
        reported_at=OuterRef("acknowledged_at"),
    )
    return receipts.filter(
        Q(accepted_at=None) | ~Q(accepted_at=F("acknowledged_at")),
        Q(objected_at=None) | ~Q(objected_at=F("acknowledged_at")),
        ~Exists(reports),
    )


def _told(
    rows: QuerySet[Any],
    what: str,
    at: str,
    *,
    organization: str = "organization_id",
    person: str = "",
    text: str = "",
    more: str = "",
    number: str = "",
    flag: str = "",
    day: str = "",
    old_day: str = "",
) -> QuerySet[Any, Any]:
    def column(name: str, kind: Any, empty: Any = None) -> Any:
        return Cast(F(name) if name else Value(empty), kind)

    here: Any = TruncDate(F(day)) if day == OF_BEFORE else None  # a moment: its day in Quito, not in UTC
    return rows.order_by().values_list(
        F(at),
        Value(what, output_field=CharField()),
        F("pk"),
        column(organization, IntegerField()),
        column(person and f"{person.removesuffix('_id')}__name", TextField(), ""),
        column(text, TextField(), ""),
        column(more, TextField(), ""),
        column(number, IntegerField()),
        column(flag, BooleanField()),
        here if day == OF_BEFORE else column(day, DateField()),
        column(old_day, DateField()),
    )


def _own(commitment: Commitment, today: date, told: list[Moment]) -> list[Moment]:
    """What the commitment's own row tells: agreed, withdrawn, and a due date that passed without a word."""
    found = []
    if commitment.agreed_at:
        found.append(Moment(commitment.agreed_at, "agreed", day=commitment.original_due_on))
    if commitment.state == Commitment.State.WITHDRAWN and commitment.settled_at:
        found.append(Moment(commitment.settled_at, "withdrawn", text=commitment.withdrawn_reason))
    due = commitment.due_on
    is_late = due is not None and due < today and not commitment.is_historic
    if is_late and due and commitment.agreed_at and commitment.state != Commitment.State.WITHDRAWN:
        zone = commitment.mesa.zone
        passed = datetime.combine(due + timedelta(days=1), time(0), tzinfo=zone)
        answers = [moment for moment in told if moment.what in ("report", "nothing_new")]
        if passed > commitment.agreed_at and not any(moment.at < passed for moment in answers):
            found.append(Moment(passed, "overdue", day=due))
    return found
