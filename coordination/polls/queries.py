"""Reads that join seats, ballots and answers. None of them grows with the number of rows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Case, Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, When

from accounts.actor import Actor
from accounts.links import BadLink, proves, read_id
from coordination.common import dates
from coordination.common.compiled import compiled
from coordination.mesas.models import Mesa, Seat
from coordination.organizations.models import SPEAKING_POSTS, Organization, Post
from coordination.polls import scoring
from coordination.polls.models import Ballot, DatePoll, DatePollQuerySet, Option, Vote
from coordination.polls.scoring import Score, Voter
from coordination.taxonomies.models import Holiday
from coordination.taxonomies.queries import holidays_in

MORNING = time(9)


class Dead(StrEnum):
    """Why a link does not take an answer."""

    UNKNOWN = "unknown"  # cut on its way, replaced, made by nobody, or the organization left the mesa
    OVER = "over"  # every proposed date has passed
    CLOSED = "closed"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class LinkFound:
    """What a token opens. ``dead`` is None when its ballot takes an answer; a proven one keeps its ballot."""

    ballot: Ballot | None = None
    dead: Dead | None = None


@dataclass(frozen=True)
class Row:
    """One organization of the matrix, with what it says to each date, named as its column."""

    ballot: Ballot
    answers: list[tuple[str, str]]
    must_attend: bool


@dataclass(frozen=True)
class Column:
    """One date of the matrix."""

    option: Option
    score: Score
    is_best: bool
    holiday: Holiday | None
    has_passed: bool
    day: str
    hour: str


@dataclass(frozen=True)
class Matrix:
    rows: list[Row]
    columns: list[Column]

    @property
    def answered(self) -> int:
        return sum(row.ballot.answered_at is not None for row in self.rows)

    @property
    def silent(self) -> int:
        return len(self.rows) - self.answered

    @property
    def best(self) -> list[Column]:
        return [column for column in self.columns if column.is_best]


def seats_to_ask(mesa_id: int, on: date) -> list[Seat]:
    """The seats of that day, one for each active organization, by its name. Of two on one day the later speaks."""
    seats = (
        Seat.objects.current(on)
        .filter(mesa_id=mesa_id, organization__state=Organization.State.ACTIVE)
        .select_related("organization")
        .order_by("starts_on", "id")
    )
    found = {seat.organization_id: seat for seat in seats}
    return sorted(found.values(), key=lambda seat: (seat.organization.plain_name, seat.pk))


def find_link(token: str, now: datetime, today: date) -> LinkFound:
    """Which ballot a token opens, or why it takes no answer. One query. An unproven token tells nothing of any row."""
    ballot = named_by(token, today)
    if ballot is None or not proves(token, Ballot.LINK_PURPOSE, ballot.public_id, ballot.link_generation):
        return LinkFound(dead=Dead.UNKNOWN)
    return LinkFound(ballot, _dead(ballot, now))


def named_by(token: str, today: date) -> Ballot | None:
    """The ballot a token speaks of, proven or not: never to be shown. None once the organization left the mesa."""
    try:
        public_id = read_id(token)
    except BadLink:
        return None
    seated = Seat.objects.current(today).filter(
        mesa=OuterRef("poll__mesa"), organization=OuterRef("organization")
    )
    rows = Ballot.objects.select_related("poll__mesa", "poll__decided_option", "organization")
    return rows.filter(Exists(seated), public_id=public_id).first()


def _dead(ballot: Ballot, now: datetime) -> Dead | None:
    poll = ballot.poll
    if poll.state == DatePoll.State.WITHDRAWN:
        return Dead.WITHDRAWN
    if poll.state == DatePoll.State.DECIDED:
        return Dead.DECIDED
    if now >= ballot.link_expires_at:
        return Dead.OVER
    return None if poll.takes_answers(now) else Dead.CLOSED


def answers_of(ballot: Ballot) -> dict[int, str]:
    """Option to answer, of one organization."""
    return dict(Vote.objects.filter(ballot=ballot).values_list("option_id", "answer"))


def matrix(poll: DatePoll, now: datetime) -> Matrix:
    """Everybody seated today with what they answered, and each date with its score. Five queries."""
    ballots = list(
        poll.ballots.filter(
            organization__in=Seat.objects.current(now.astimezone(poll.mesa.zone).date())
            .filter(mesa=poll.mesa_id)
            .values("organization")
        )
        .select_related("organization__sector_type")
        .order_by("organization__plain_name", "id")
    )
    options = list(poll.options.all())
    given: dict[int, dict[int, str]] = {}
    for ballot_id, option_id, answer in Vote.objects.filter(ballot__poll=poll).values_list(
        "ballot_id", "option_id", "answer"
    ):
        given.setdefault(ballot_id, {})[option_id] = answer
    wanted = set(poll.must_attend.values_list("id", flat=True))
    voters = [_voter(ballot, given.get(ballot.pk, {}), wanted) for ballot in ballots]
    found = scoring.scores(
        [option.pk for option in options],
        voters,
        organizations=poll.mesa.quorum_organizations,
        sectors=poll.mesa.quorum_sectors,
    )
    top = {one.option_id for one in scoring.best(found)}
    rest = holidays(poll.mesa, [option.starts_at.astimezone(poll.zone).date() for option in options])
    columns = [
        Column(
            option,
            score,
            option.pk in top,
            rest.get(option.starts_at.astimezone(poll.zone).date()),
            option.starts_at <= now,
            *_heading(option.starts_at.astimezone(poll.zone)),
        )
        for option, score in zip(options, found, strict=True)
    ]
    rows = [
        Row(
            ballot,
            [(f"{one.day}, {one.hour}", voter.answers.get(one.option.pk, "")) for one in columns],
            voter.must_attend,
        )
        for ballot, voter in zip(ballots, voters, strict=True)
    ]
    return Matrix(rows, columns)


def _heading(local: datetime) -> tuple[str, str]:
    """lun. 7 dic. 2026 and 09:00: a column is narrow, and the page says the zone."""
    day = local.date()
    return f"{dates.short_weekday(day)} {dates.short_date(day)}", dates.clock(local)


def _voter(ballot: Ballot, answers: dict[int, str], wanted: set[int]) -> Voter:
    organization = ballot.organization
    sector = organization.sector_override_id or organization.sector_type.sector_id
    return Voter(organization.pk, organization.name, sector, ballot.votes, organization.pk in wanted, answers)


def holidays(mesa: Mesa, days: list[date]) -> dict[date, Holiday]:
    """Which of these days people rest where the mesa is. One query."""
    if not days:
        return {}
    found = holidays_in(
        canton_id=mesa.canton_id, province_id=mesa.province_id, since=min(days), until=max(days)
    )
    return {day: holiday for day, holiday in found.items() if day in days}


def next_working_week(mesa: Mesa, today: date) -> tuple[list[date], dict[date, Holiday]]:
    """Monday to Friday of the week after this one without its holidays, and those holidays. One query."""
    monday = today + timedelta(days=7 - today.weekday())
    week = [monday + timedelta(days=turn) for turn in range(5)]
    rest = holidays(mesa, week)
    return [day for day in week if day not in rest], rest


def listed(polls: DatePollQuerySet) -> DatePollQuerySet:
    """The open ones first, then the latest, each with how many answered of how many."""
    return (
        polls.select_related("mesa", "decided_option", "session")
        .annotate(
            asked=Count("ballots"),
            answered=Count("ballots", filter=Q(ballots__answered_at__isnull=False)),
            is_open=Q(state=DatePoll.State.OPEN),
        )
        .order_by("-is_open", "-created_at", "-id")
    )


@compiled
def open_to(actor: Actor, kept: tuple[int, ...], now: datetime, today: date) -> QuerySet[Ballot]:
    """The open polls that somebody answers for an organization (``is_mine``), and those of mesas they keep (``is_kept``).

    Of a kept poll one ballot stands for it; each knows how many were ``asked`` and ``answered``. One query.
    """
    speaks = Post.objects.filter(
        id__in=actor.post_ids, organization=OuterRef("organization"), kind__in=SPEAKING_POSTS
    )
    seats = Seat.objects.current(today).filter(
        mesa=OuterRef("poll__mesa"), organization=OuterRef("organization")
    )
    siblings = Ballot.objects.filter(poll=OuterRef("poll")).order_by()
    counted = siblings.values("poll").annotate(asked=Count("id"), answered=Count("answered_at"))
    first = siblings.values("poll").annotate(first=Min("id")).values("first")
    return (
        Ballot.objects.filter(poll__state=DatePoll.State.OPEN)
        .annotate(
            is_mine=Case(
                When(Exists(speaks) & Exists(seats) & Q(poll__closes_at__gt=now), then=True), default=False
            ),
            is_kept=Case(When(poll__mesa__in=kept, id=Subquery(first), then=True), default=False),
            asked=Subquery(counted.values("asked")),
            answered=Subquery(counted.values("answered")),
        )
        .filter(Q(is_mine=True) | Q(is_kept=True))
        .select_related("poll__mesa", "organization")
        .order_by("poll__closes_at", "id")[:20]
    )
