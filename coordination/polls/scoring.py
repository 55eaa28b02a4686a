"""Which date suits the mesa best: pure arithmetic over answers, told with its reasons.

A yes counts one, an *if need be* half. Both count for the quorum, in organizations with a vote and in their sectors.
The best date reaches the quorum with everybody who must attend; then the quorum; then it misses the fewest of those
who must attend; then it has the highest score. Equal in all four is a tie, which people break.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

YES, IF_NEED_BE, NO = "yes", "if_need_be", "no"
WEIGHT = {YES: Fraction(1), IF_NEED_BE: Fraction(1, 2), NO: Fraction(0)}
COMES = (YES, IF_NEED_BE)


@dataclass(frozen=True)
class Voter:
    """An organization with what it answered; ``answers`` is empty while it is silent."""

    organization_id: int
    name: str
    sector_id: int
    votes: bool
    must_attend: bool = False
    answers: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Score:
    """One date. ``refusing`` and ``silent`` name those who must attend and cannot, or have not said."""

    option_id: int
    score: Fraction = Fraction(0)
    yes: int = 0
    if_need_be: int = 0
    no: int = 0
    organizations: int = 0
    sectors: int = 0
    quorum_met: bool = False
    refusing: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        return len(self.refusing) + len(self.silent)

    @property
    def rank(self) -> tuple[bool, bool, int, Fraction]:
        return (self.quorum_met and not self.missing, self.quorum_met, -self.missing, self.score)

    @property
    def score_words(self) -> str:
        """6½, ½, 4."""
        whole, half = divmod(self.score, 1)
        return f"{whole if whole or not half else ''}{'½' if half else ''}"


def scores(
    options: Iterable[int], voters: Sequence[Voter], *, organizations: int, sectors: int
) -> list[Score]:
    """Every date with its score, in the order given, against the quorum the mesa asks for."""
    return [_score(option, voters, organizations, sectors) for option in options]


def best(found: Sequence[Score]) -> list[Score]:
    """The best date, several where they are equal, none while nobody can come to any."""
    hopeful = [one for one in found if one.score]
    top = max((one.rank for one in hopeful), default=None)
    return [one for one in hopeful if one.rank == top]


def _score(option: int, voters: Sequence[Voter], organizations: int, sectors: int) -> Score:
    given = [(voter, voter.answers.get(option)) for voter in voters]
    counted = [answer for _voter, answer in given]
    coming = [voter for voter, answer in given if answer in COMES and voter.votes]
    have, their_sectors = len(coming), len({voter.sector_id for voter in coming})
    wanted = [(voter.name, answer) for voter, answer in given if voter.must_attend]
    return Score(
        option,
        sum((WEIGHT[answer] for answer in counted if answer), Fraction(0)),
        counted.count(YES),
        counted.count(IF_NEED_BE),
        counted.count(NO),
        have,
        their_sectors,
        have >= organizations and their_sectors >= sectors,
        tuple(name for name, answer in wanted if answer == NO),
        tuple(name for name, answer in wanted if answer is None),
    )
