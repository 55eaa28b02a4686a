"""Who sits at the table while the session runs, and what a vote of the seats comes to. Reads and arithmetic only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from accounts.actor import Actor
from coordination.attendees.models import Attendance
from coordination.attendees.queries import CAME, HOLDS_THE_SEAT, Quorum, session_day
from coordination.mesas.models import Mesa, Seat
from coordination.minutes.models import SeatVote
from coordination.organizations.models import Organization, effective_sector
from coordination.sessions.models import Block, Session


@dataclass(frozen=True)
class SeatHere:
    """A seat on the day: whether it votes, whether somebody sits in it who counts, and how it voted, if it did."""

    organization: Organization
    sector_id: int
    votes: bool
    is_here: bool
    came: bool
    choice: str = ""

    @property
    def may_vote(self) -> bool:
        return self.votes and self.is_here


@dataclass(frozen=True)
class Tally:
    """A vote in figures.

    Rule: simple majority of the votes cast. Adopted with more votes for than against; abstentions are no votes cast,
    a tie is not adopted, and absent seats do not count (the usual rule of deliberating bodies where their rules say
    nothing else; a mesa's own rules of procedure come first, and then the text of the decision says so).
    """

    in_favour: int
    against: int
    abstained: int

    @property
    def is_adopted(self) -> bool:
        return self.in_favour > self.against

    @property
    def is_tie(self) -> bool:
        return self.in_favour == self.against


def seats_here(
    session: Session,
    *,
    block_id: int | None = None,
    choices: Mapping[int, str] | None = None,
    actor: Actor | None = None,
) -> list[SeatHere]:
    """Every seat of the mesa on the session's day, in order of name. One query.

    Present by the rule of the quorum (``attendees.queries.quorum``): a principal, alternate or substitute in the room,
    in ``block_id`` where one is given, else in the open ones. ``came`` says whether anybody of the organization is there.
    An ``actor`` is told nothing of a block that is closed to them.
    """
    marks = Attendance.objects.filter(
        block__session=session, status__in=CAME, organization=OuterRef("organization")
    )
    marks = marks.filter(block__is_casa_adentro=False) if block_id is None else marks.filter(block=block_id)
    if actor is not None:
        marks = marks.filter(block__in=Block.objects.shown_to(actor).filter(session=session).values("pk"))
    counting = marks.filter(Q(status=Attendance.Status.SUBSTITUTE) | Q(delegate__role__in=HOLDS_THE_SEAT))
    seats = Seat.objects.current(session_day(session)).filter(mesa_id=session.mesa_id)
    rows = seats.select_related("organization").annotate(
        sector=effective_sector("organization__"), here=Exists(counting), any_here=Exists(marks)
    )
    given = choices or {}
    return [
        SeatHere(
            row.organization,
            row.sector,
            row.voting == Seat.Voting.VOICE_VOTE,
            row.here,
            row.any_here,
            given.get(row.organization_id, ""),
        )
        for row in rows.order_by("organization__plain_name", "pk")
    ]


def quorum_of(seats: Iterable[SeatHere], mesa: Mesa) -> Quorum:
    """The quorum these seats come to; ``all_organizations`` and ``people`` are not counted here."""
    counting = [seat for seat in seats if seat.may_vote]
    return Quorum(
        organizations=len({seat.organization.pk for seat in counting}),
        sectors=len({seat.sector_id for seat in counting}),
        required_organizations=mesa.quorum_organizations,
        required_sectors=mesa.quorum_sectors,
    )


def tally(choices: Iterable[str]) -> Tally:
    """See the class for the rule."""
    given = list(choices)
    return Tally(*(given.count(choice) for choice in SeatVote.Choice.values))
