"""Minutes that go round: to whom, until when, what was observed, and whether nothing stands in their way any more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.actor import Actor
from accounts.links import BadLink, proves, read_id
from coordination.attendees.balance import CAME
from coordination.attendees.models import Attendance
from coordination.common.working_days import add_working_days
from coordination.mesas.models import Mesa, Seat, SecretariatMandate
from coordination.minutes.texts import Minutes, MinutesCopy, Observation, Signature
from coordination.organizations.models import Organization, Tenure
from coordination.sessions.models import CircleMember, Session
from coordination.sessions.queries import days_off

LAST_MINUTE = time(23, 59)  # the day the letter names is a whole day
SOONEST = 1  # working days: who is out today can still say something tomorrow
MOST_DAYS = 120


class Dead(StrEnum):
    """Why a link opens nothing."""

    UNKNOWN = "unknown"  # cut on its way, replaced, or made by nobody
    EXPIRED = "expired"


@dataclass(frozen=True)
class LinkFound:
    """What a token opens; a proven one that expired keeps its copy."""

    copy: MinutesCopy | None = None
    dead: Dead | None = None


@dataclass(frozen=True)
class Standing:
    """What became of one copy. ``observed`` counts what its organization said and did not take back."""

    copy: MinutesCopy
    observed: int
    signature: Signature | None
    signature_is_void: bool

    @property
    def has_said_something(self) -> bool:
        return bool(self.copy.agreed_at or self.observed or self.signature)


def find_link(token: str, now: datetime) -> LinkFound:
    """Which copy a token opens. One query. An unproven token tells nothing of any row."""
    copy = named_by(token)
    if copy is None or not proves(token, MinutesCopy.LINK_PURPOSE, copy.public_id, copy.link_generation):
        return LinkFound(dead=Dead.UNKNOWN)
    return LinkFound(copy, Dead.EXPIRED if now >= copy.link_expires_at else None)


def named_by(token: str) -> MinutesCopy | None:
    """The copy a token speaks of, proven or not: never to be shown."""
    try:
        public_id = read_id(token)
    except BadLink:
        return None
    return with_all(MinutesCopy.objects.filter(public_id=public_id)).first()


def with_all(copies: "QuerySet[MinutesCopy]") -> "QuerySet[MinutesCopy]":
    return copies.select_related("minutes__session__mesa", "organization")


def waiting_for(actor: Actor, now: datetime) -> list[MinutesCopy]:
    """The copies of the actor's organizations that take observations and of which they have said nothing. One query."""
    if not actor.organization_ids:
        return []
    going = Minutes.objects.visible_to(actor).filter(
        state=Minutes.State.CIRCULATED, observations_until__gt=now
    )
    own = {"minutes": OuterRef("minutes"), "organization": OuterRef("organization")}
    rows = MinutesCopy.objects.filter(
        ~Exists(Observation.objects.filter(**own, withdrawn_at=None)),
        ~Exists(Signature.objects.filter(**own)),
        organization__in=actor.organization_ids,
        minutes__in=going.values("pk"),
        agreed_at=None,
    )
    return list(with_all(rows).order_by("minutes__observations_until", "pk")[:10])


def goes_to(minutes: Minutes, on: date) -> "QuerySet[Organization]":
    """Whoever came to an open part of the session, and who chairs or keeps the mesa that day.

    Of a closed session only organizations for which somebody of the circle of the record holds a post that day.
    """
    session = minutes.session
    came = Attendance.objects.filter(block__session=session, status__in=CAME)
    if not session.is_casa_adentro:
        came = came.filter(
            block__is_casa_adentro=False
        )  # who came to a closed part alone is not to be read off a list
    found = Organization.objects.filter(
        Q(pk__in=came.values("organization"))
        | Q(pk__in=chairs(session.mesa_id, on).values("organization"))
        | Q(pk__in=keepers(session.mesa_id, on))
    )
    if session.is_casa_adentro:
        circle = CircleMember.objects.current().filter(session=session, level=CircleMember.Level.RECORD)
        inside = Tenure.objects.current(on).filter(
            post__organization=OuterRef("pk"), person__in=circle.values("person")
        )
        found = found.filter(Exists(inside))
    return found.order_by("plain_name", "pk")


def chairs(mesa_id: int, on: date) -> "QuerySet[Seat]":
    return Seat.objects.current(on).filter(mesa_id=mesa_id, role=Seat.Role.CHAIR)


def keepers(mesa_id: int, on: date) -> "QuerySet[Any, Any]":
    """The organizations of the mandate, as values for a condition."""
    return SecretariatMandate.objects.current(on).filter(mesa_id=mesa_id).values("organizations")


def today_at(session: Session, now: datetime) -> date:
    return now.astimezone(session.zone).date()


def end_of(session: Session, day: date) -> datetime:
    """The last minute of that day where the session took place."""
    return datetime.combine(day, LAST_MINUTE, tzinfo=session.zone)


def usual_day(session: Session, now: datetime) -> date:
    """As many working days from today as the mesa gives to speak up."""
    return _working_day(session, now, max(session.mesa.silence_days, SOONEST))


def soonest_day(session: Session, now: datetime) -> date:
    return _working_day(session, now, SOONEST)


def _working_day(session: Session, now: datetime, count: int) -> date:
    today = today_at(session, now)
    off = days_off(session, since=today, until=today + timedelta(days=30 + 2 * count))
    return add_working_days(today, count, off.keys())


def standing(minutes: Minutes) -> "QuerySet[Observation]":
    """What was observed and not taken back."""
    return minutes.observations.filter(withdrawn_at=None)


def unanswered(minutes: Minutes) -> "QuerySet[Observation]":
    return standing(minutes).filter(answer="")


def standings(minutes: Minutes, text_sum: str, shown: Q) -> list[Standing]:
    """Every copy with what became of it. Three queries. ``shown`` is the condition on the sections the reader may see."""
    seen = standing(minutes).filter(section__in=minutes.sections.filter(shown).values("pk"))
    counts: dict[int, int] = {}
    for organization_id in seen.values_list("organization_id", flat=True):
        counts[organization_id] = counts.get(organization_id, 0) + 1
    signed = {one.organization_id: one for one in minutes.signatures.all()}
    copies = minutes.copies.select_related("organization").order_by("organization__plain_name", "pk")
    return [_standing(copy, counts, signed, text_sum) for copy in copies]


def _standing(
    copy: MinutesCopy, counts: dict[int, int], signed: dict[int, Signature], text_sum: str
) -> Standing:
    signature = signed.get(copy.organization_id)
    void = signature is not None and signature.sha256 != text_sum
    return Standing(copy, counts.get(copy.organization_id, 0), signature, void)


def is_ripe(minutes: Minutes, text_sum: str, now: datetime) -> bool:
    """Whether nothing stands in the way of the approval: no observation unanswered, and the mesa's rule fulfilled.

    By silence: the time has passed. By signature: every organization with a vote that came has signed this text, or
    the time has passed and the chair and the secretariat have (docs/decisions/0021).
    """
    until = minutes.observations_until
    if minutes.state != Minutes.State.CIRCULATED or until is None or unanswered(minutes).exists():
        return False
    if minutes.approval == Mesa.MinutesApproval.SILENCE:
        return until <= now
    signed = set(minutes.signatures.filter(sha256=text_sum).values_list("organization_id", flat=True))
    voting = voting_present(minutes)
    if voting and voting <= signed:
        return True
    return until <= now and _signed_by_chair_and_secretariat(minutes, signed, today_at(minutes.session, now))


def voting_present(minutes: Minutes) -> set[int]:
    """The organizations with a vote on the day of the session that came to it, of those the minutes went to."""
    session = minutes.session
    day = session.local_day or today_at(session, minutes.drafted_at)
    came = Attendance.objects.filter(block__session=session, status__in=CAME)
    voting = Seat.objects.current(day).filter(
        mesa=session.mesa_id, voting=Seat.Voting.VOICE_VOTE, organization__in=came.values("organization")
    )
    copies = minutes.copies.filter(organization__in=voting.values("organization"))
    return set(copies.values_list("organization_id", flat=True))


def _signed_by_chair_and_secretariat(minutes: Minutes, signed: Iterable[int], on: date) -> bool:
    """One organization may be both; of a joint secretariat one is enough."""
    mesa_id, names = minutes.session.mesa_id, set(signed)
    chair = set(chairs(mesa_id, on).values_list("organization_id", flat=True))
    keeping = {pk for pk in keepers(mesa_id, on).values_list("organizations", flat=True) if pk}
    return (not chair or bool(chair & names)) and bool(keeping & names)
