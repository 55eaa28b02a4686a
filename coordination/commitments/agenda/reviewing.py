"""What the first item of every session reviews: it builds itself from how the mesa's commitments stand.

Of an open session only what is open is reviewed. A closed one also reviews closed commitments, each of them only where
everybody in its circle already knows of it; who reads it sees at most what ``visible_to`` shows. Once a session is over
its content is what ``actions.reviewing`` kept (``Review``), for commitments go on changing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.enums import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actor import Actor
from coordination.activity.models import Activity
from coordination.commitments.deciding import strangers
from coordination.commitments.escalation import past_ladder, word_at
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.lights import Light, traffic_light
from coordination.commitments.models import (
    AgendaRequest,
    Commitment,
    CommitmentQuerySet,
    ExtensionRequest,
    Referral,
    Report,
    Review,
)
from coordination.common.models import Provenance
from coordination.sessions.models import CircleMember, Session

STATE = Commitment.State
WAITING_DAYS = 15  # as long as the verifier's own letter is worth sending (notifications.planner)
OWED = (STATE.AGREED, STATE.IN_PROGRESS)  # of these somebody still has to say how they stand
DECIDED = (STATE.MET, STATE.PARTLY_MET, STATE.NOT_MET)
MORNING = time(8)  # when the working day of a ministry begins
HAPPENED = (Session.State.CONVENED, Session.State.HELD)
AHEAD = (Session.State.ANNOUNCED, Session.State.CONVENED)


class Reason(TextChoices):
    """Why a commitment comes up, what asks for the mesa's word first. One row comes up once, for the first of these."""

    ESCALATED = "escalated", _("overdue, all reminders sent")
    OVERDUE = "overdue", pgettext_lazy("commitments", "overdue")
    DISPUTED = "disputed", pgettext_lazy("commitments", "disputed")
    RAISED = "raised", pgettext_lazy("commitments", "asked to be dealt with")
    EXTENSION = "extension", _("ask for an extension")
    WAITING = "waiting", _("waiting for their verification")
    INCOMPLETE = "incomplete", pgettext_lazy("commitments", "agreed without being complete")
    DUE = "due", pgettext_lazy("commitments", "due before the session")
    VERIFIED = "verified", pgettext_lazy("commitments", "decided since the last session")


@dataclass
class Line:
    """One commitment under the item, as it stands or, once the session is over, as it stood."""

    commitment: Commitment
    reason: Reason
    light: Light
    due_on: date | None
    progress: int
    state: str
    day: date
    last_report: Report | None = None
    was_asked: bool = False
    was_silent: bool = False
    ticked_at: datetime | None = None
    requests: list[AgendaRequest] = field(default_factory=list)
    extension: ExtensionRequest | None = None

    @property
    def days_late(self) -> int:
        late = (self.day - self.due_on).days if self.due_on else 0
        return late if late > 0 and self.state in OWED else 0


@dataclass(frozen=True)
class Group:
    reason: Reason
    lines: list[Line]

    @property
    def code(self) -> str:
        return self.reason.value

    @property
    def label(self) -> str:
        return str(self.reason.label)


@dataclass(frozen=True)
class Content:
    """``asked_at`` is when organizations are asked; ``is_kept`` whether this is how things stood at the session."""

    groups: list[Group]
    received: list[Referral]
    returned: list[Referral]
    is_kept: bool
    asked_at: datetime | None

    @property
    def lines(self) -> list[Line]:
        return [line for group in self.groups for line in group.lines]

    @property
    def silent(self) -> int:
        return sum(line.was_silent for line in self.lines)

    @property
    def ticked(self) -> int:
        return sum(line.ticked_at is not None for line in self.lines)

    @property
    def is_empty(self) -> bool:
        return not (self.groups or self.received or self.returned)


def content(session: Session, *, actor: Actor | None, now: datetime) -> Content:
    """Everything the item reviews, by reason. ``actor`` None: for the record, without asking who reads.

    Eight queries at most, nine of a closed session, whatever the number of commitments. The session has its mesa and
    its date.
    """
    asked, is_kept = _told(session)
    rows = _mine(session, actor)
    lines = _kept(session, rows) if is_kept else _as_it_stands(session, rows, asked, now)
    groups = [
        Group(reason, found)
        for reason in Reason
        if (found := [line for line in lines if line.reason == reason])
    ]
    received, returned = between_mesas(session, actor)
    return Content(groups, received, returned, is_kept, asking_at(session))


def asking_at(session: Session) -> datetime | None:
    """The morning on which organizations are asked how their commitments stand; of a closed session nobody is."""
    if session.is_casa_adentro or session.starts_at is None or session.local_day is None:
        return None
    day = session.local_day - timedelta(days=session.mesa.asking_days)
    return datetime.combine(day, MORNING, tzinfo=session.zone)


def to_ask(session: Session, now: datetime) -> dict[int, list[Commitment]]:
    """By responsible organization, what it is asked about: open, reviewed there, and not reported of lately."""
    at = asking_at(session)
    if at is None or session.state not in AHEAD:
        return {}
    fresh = at - timedelta(days=session.mesa.asking_days)
    found: dict[int, list[Commitment]] = {}
    for line in content(session, actor=None, now=now).lines:
        one, last = line.commitment, line.last_report
        if line.state in OWED and one.responsible_id and not (last and last.reported_at > fresh):
            found.setdefault(one.responsible_id, []).append(one)
    return found


def freezable(now: datetime) -> QuerySet[Session]:
    """Sessions that ended in the last weeks and whose reviews nobody has kept yet."""
    done = Activity.objects.filter(
        kind=CommitmentEvent.REVIEWED, subject_type="session", subject_id=OuterRef("pk")
    )
    ended = Session.objects.live().filter(
        state__in=HAPPENED, ends_at__lte=now, ends_at__gt=now - timedelta(days=WAITING_DAYS)
    )
    return ended.filter(~Exists(done)).order_by("pk")


def settleable(now: datetime) -> QuerySet[Session]:
    """Sessions that were closed as held in the last weeks and with which a request, or an answer, is done."""
    asked = AgendaRequest.objects.filter(
        closed_at=None, commitment__reviews__session=OuterRef("pk"), asked_at__lte=OuterRef("ends_at")
    )
    alone = strangers(OuterRef("commitment__session"), OuterRef(OuterRef(OuterRef("pk"))))
    inside = asked.filter(~Exists(alone), commitment__is_casa_adentro=True)
    back = Referral.objects.filter(
        origin=OuterRef("mesa"),
        state=Referral.State.ANSWERED,
        returned_in=None,
        answered_at__lte=OuterRef("ends_at"),
    )
    held = Session.objects.live().filter(
        state=Session.State.HELD, closed_at__gt=now - timedelta(days=WAITING_DAYS), closed_at__lte=now
    )
    is_open = Q(is_casa_adentro=False)
    return held.filter(is_open & (Q(Exists(asked)) | Q(Exists(back))) | Q(Exists(inside))).order_by("pk")


def done_in(session: Session) -> QuerySet[AgendaRequest]:
    """The requests that the session, once it was held, has dealt with.

    Of an open session all it reviewed. A closed one answers none that others see: it would be gone from the page of its
    commitment, and whoever asked would know what met meanwhile (docs/decisions/0034). It ends what was asked about
    something closed, where everybody who knows of that knows of the session too.
    """
    rows = AgendaRequest.objects.filter(
        closed_at=None, asked_at__lte=session.ends_at, commitment__reviews__session=session
    )
    if not session.is_casa_adentro:
        return rows
    alone = strangers(OuterRef("commitment__session"), session.pk)
    return rows.filter(~Exists(alone), commitment__is_casa_adentro=True)


def _told(session: Session) -> tuple[dict[int, datetime], bool]:
    """Which commitments' organizations a letter asked, and when; and whether the reviews are kept. One query."""
    asked: dict[int, datetime] = {}
    is_kept = False
    kinds = (CommitmentEvent.ASKED, CommitmentEvent.REVIEWED)
    for row in Activity.objects.about("session", session.pk).filter(kind__in=kinds):
        if row.kind == CommitmentEvent.REVIEWED:
            is_kept = True
            continue
        for pk in row.payload["commitments"]:
            asked[pk] = max(asked.get(pk, row.occurred_at), row.occurred_at)
    return asked, is_kept and session.state != Session.State.FAILED


def _mine(session: Session, actor: Actor | None) -> CommitmentQuerySet:
    """The mesa's commitments this session may review."""
    rows = Commitment.objects.filter(mesa=session.mesa_id, provenance=Provenance.LIVE)
    rows = rows.exclude(session=session.pk)
    is_open = Q(is_casa_adentro=False) & (Q(session=None) | Q(session__is_casa_adentro=False))
    if session.is_casa_adentro:
        is_open |= Q(session__in=_known_to_all(session))
    rows = rows.filter(is_open) if actor is None else rows.visible_to(actor).filter(is_open)
    return rows.select_related("mesa", "session", "responsible", "verifier").order_by("due_on", "number")


def _known_to_all(session: Session) -> list[int]:
    """Sessions of the mesa in whose circle everybody of this one stands. One query."""
    circles: dict[int, set[int]] = {}
    rows = CircleMember.objects.current().filter(
        session__mesa=session.mesa_id, level=CircleMember.Level.RECORD
    )
    for pk, person in rows.values_list("session", "person"):
        circles.setdefault(pk, set()).add(person)
    here = circles.get(session.pk, set())
    return [pk for pk, people in circles.items() if here and here <= people]


def _as_it_stands(
    session: Session, rows: CommitmentQuerySet, asked: dict[int, datetime], now: datetime
) -> list[Line]:
    """Five queries."""
    assert session.starts_at is not None and session.ends_at is not None  # noqa: S101  only dated ones review
    last_day = session.local_day or timezone.localdate(now)
    day = min(now.astimezone(session.zone).date(), last_day)
    since = _last_time(session)
    last = Report.objects.filter(commitment=OuterRef("pk"), reported_at__lte=session.ends_at)
    said = last.filter(reported_at__lt=session.starts_at).order_by("-reported_at").values("reported_at")[:1]
    raised = AgendaRequest.objects.filter(closed_at=None).select_related("organization")
    longer = ExtensionRequest.objects.filter(answered_at=None).select_related("organization")
    comes_up = (
        Q(state=STATE.DISPUTED)
        | Q(state__in=OWED, due_on__lte=last_day)
        | Q(state__in=STATE_OPEN, exempt_until__isnull=False)
        | Q(state=STATE.REPORTED)
        | Q(state__in=STATE_OPEN) & (Exists(raised.filter(commitment=OuterRef("pk"))) | Exists(longer.filter(commitment=OuterRef("pk"))))
        | Q(state__in=DECIDED, settled_at__lte=session.ends_at, **({"settled_at__gt": since} if since else {}))
    )  # fmt: skip
    known = Q(agreed_at=None) | Q(agreed_at__lte=session.ends_at)
    found = rows.filter(comes_up, known).annotate(
        last_id=Subquery(last.order_by("-reported_at", "-id").values("pk")[:1]),
        said_at=Subquery(said),
        word_at=word_at(),
    )
    found = found.prefetch_related(
        Prefetch("agenda_requests", raised.order_by("asked_at"), to_attr="raised"),
        Prefetch("extension_requests", longer, to_attr="longer"),
        Prefetch("reviews", Review.objects.filter(session=session), to_attr="ticks"),
    )
    commitments: list[Any] = list(found)
    reports = Report.objects.in_bulk([one.last_id for one in commitments if one.last_id])
    lines = []
    for one in commitments:
        one.last_report = reports.get(one.last_id)
        reason = _reason(one, day, last_day)
        if reason is None:
            continue
        at = asked.get(one.pk)
        lines.append(
            Line(
                commitment=one,
                reason=reason,
                light=traffic_light(one, day),
                due_on=one.due_on,
                progress=one.progress,
                state=one.state,
                day=day,
                last_report=one.last_report,
                was_asked=at is not None,
                was_silent=at is not None and one.state in OWED and not (one.said_at and one.said_at >= at),
                ticked_at=one.ticks[0].reviewed_at if one.ticks else None,
                requests=one.raised,
                extension=next(iter(one.longer), None),
            )
        )
    return lines


STATE_OPEN = tuple(Commitment.OPEN_STATES)


def _reason(one: Any, day: date, last_day: date) -> Reason | None:
    """The first that holds."""
    if one.state in DECIDED:
        return Reason.VERIFIED
    owed, due = one.state in OWED, one.due_on
    waits = one.state == STATE.REPORTED and one.last_report is not None
    rules = (
        (Reason.ESCALATED, past_ladder(one, day)),
        (Reason.OVERDUE, owed and due is not None and due < day),
        (Reason.DISPUTED, one.state == STATE.DISPUTED),
        (Reason.RAISED, bool(one.raised)),
        (Reason.EXTENSION, bool(one.longer)),
        (
            Reason.WAITING,
            waits and (day - timezone.localdate(one.last_report.reported_at)).days > WAITING_DAYS,
        ),
        (Reason.INCOMPLETE, one.exempt_until is not None),
        (Reason.DUE, owed and due is not None and due <= last_day),
    )
    return next((reason for reason, holds in rules if holds), None)


def _kept(session: Session, rows: CommitmentQuerySet) -> list[Line]:
    """How each stood. Two queries."""
    assert session.starts_at is not None and session.ends_at is not None  # noqa: S101  only dated ones review
    day = session.local_day or timezone.localdate(session.starts_at)
    last = Report.objects.filter(commitment=OuterRef("commitment"), reported_at__lte=session.ends_at)
    reviews: list[Any] = list(
        Review.objects.filter(session=session, commitment__in=rows.order_by().values("pk"))
        .select_related("commitment__mesa", "commitment__responsible", "commitment__verifier")
        .annotate(last_id=Subquery(last.order_by("-reported_at", "-id").values("pk")[:1]))
        .order_by("due_on", "commitment__number")
    )
    reports = Report.objects.in_bulk([one.last_id for one in reviews if one.last_id])
    return [
        Line(
            commitment=one.commitment,
            reason=Reason(one.reason),
            light=light_then(one, day),
            due_on=one.due_on,
            progress=one.progress,
            state=one.state,
            day=day,
            last_report=reports.get(one.last_id),
            was_asked=one.was_asked,
            was_silent=one.was_silent,
            ticked_at=one.reviewed_at if one.reviewed_at < session.ends_at else None,
        )
        for one in reviews
    ]


def light_then(review: Review, day: date | None = None) -> Light:
    """The light in its words, as it was on the session's day. Without the day the session is read."""
    day = day or review.session.local_day or timezone.localdate(review.reviewed_at)
    return traffic_light(Commitment(state=review.state, due_on=review.due_on), day)


def _last_time(session: Session) -> datetime | None:
    """When the mesa last met before: what was verified since then is new to it. One query.

    Of an open session the open ones count: a closed one in between must not show by what is missing.
    """
    before = Session.objects.live().filter(mesa=session.mesa_id, ends_at__lt=session.starts_at)
    if not session.is_casa_adentro:
        before = before.filter(is_casa_adentro=False)
    met = before.filter(state__in=HAPPENED).order_by("-ends_at")
    found: datetime | None = met.values_list("ends_at", flat=True).first()
    return found


def between_mesas(session: Session, actor: Actor | None) -> tuple[list[Referral], list[Referral]]:
    """What other mesas raised to this one, and answers that came back to it. One query."""
    state = Referral.State
    waits = Q(state=state.RECEIVED, session=None) | Q(
        session=session.pk, state__in=[state.SCHEDULED, state.ANSWERED]
    )
    back = Q(returned_in=session.pk) | Q(state=state.ANSWERED, returned_in=None)
    if session.ends_at is not None:
        waits &= Q(received_at__lte=session.ends_at) | Q(session=session.pk)
        back &= Q(answered_at__lte=session.ends_at)
    rows = Referral.objects.all() if actor is None else Referral.objects.visible_to(actor)
    open_ones = Q(commitment=None) | Q(commitment__is_casa_adentro=False, commitment__session=None) | Q(
        commitment__is_casa_adentro=False, commitment__session__is_casa_adentro=False
    )  # fmt: skip
    open_ones &= Q(raised_in=None) | Q(raised_in__is_casa_adentro=False)
    found = rows.filter(open_ones, Q(waits, target=session.mesa_id) | Q(back, origin=session.mesa_id))
    found = found.select_related("origin", "target", "commitment__mesa", "answer_commitment__mesa")
    both = list(found.order_by("raised_at", "pk"))
    received = [one for one in both if one.target_id == session.mesa_id]
    return received, [one for one in both if one.origin_id == session.mesa_id]


def reviews_of(session: Session) -> list[Review]:
    """What was kept of the session, for its minutes; of an open session open commitments alone. One query."""
    rows = Review.objects.filter(session=session)
    if not session.is_casa_adentro:
        rows = rows.filter(commitment__is_casa_adentro=False)
    rows = rows.select_related("session", "commitment__mesa", "commitment__responsible")
    return list(rows.order_by("due_on", "commitment__number"))


def by_reason(reviews: Iterable[Review]) -> list[tuple[Reason, list[Review]]]:
    found: dict[Reason, list[Review]] = {}
    for one in reviews:
        found.setdefault(Reason(one.reason), []).append(one)
    return [(reason, found[reason]) for reason in Reason if reason in found]
