"""The closing round of a session: when it is open, who is asked, what was said. Reads only; nobody is tied to anything."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from accounts.links import BadLink, proves, read_id
from coordination.attendees.models import Attendance, Delegate, DelegateQuerySet, Invitation
from coordination.attendees.queries import CAME, closable_at
from coordination.minutes.models import RoundAnswer, RoundVoter
from coordination.sessions.models import Session

# Fewer answers would tell who gave them (issue: shown from three on).
SHOWN_FROM = 3
OPEN_FOR = timedelta(days=7)
SCORES = range(1, 6)


@dataclass(frozen=True)
class Round:
    """How many were asked and answered; what was said, once it tells nobody."""

    asked: int
    answered: int
    worked: list[str] = field(default_factory=list)
    change: list[str] = field(default_factory=list)
    scores: list[tuple[int, int]] = field(default_factory=list)
    scored: int = 0
    average: float | None = None

    @property
    def is_shown(self) -> bool:
        return self.answered >= SHOWN_FROM


def opens_at(session: Session) -> datetime:
    """When its last block begins."""
    return closable_at(session)


def closes_at(session: Session) -> datetime | None:
    return session.ends_at + OPEN_FOR if session.ends_at else None


def is_open(session: Session, now: datetime) -> bool:
    """From the beginning of the last block until seven days after the end; of what was held or is being held."""
    closes = closes_at(session)
    if session.is_historic or closes is None:
        return False
    if session.state not in (Session.State.CONVENED, Session.State.HELD):
        return False
    return opens_at(session) <= now <= closes


def asked(session: Session) -> DelegateQuerySet:
    """The delegates with a place, but those the register says did not come."""
    marks = Attendance.objects.filter(delegate=OuterRef("pk"), block__is_casa_adentro=False)
    away = Exists(marks) & ~Exists(marks.filter(status__in=CAME))
    rows = Delegate.objects.with_a_place().filter(
        invitation__session=session, invitation__state=Invitation.State.ACCEPTED
    )
    return rows.exclude(Q(away))


def round_of(session: Session) -> Round:
    """Three queries at most; the answers are only read where there are enough of them."""
    invited, answered = (
        asked(session).count(),
        RoundVoter.objects.filter(delegate__invitation__session=session).count(),
    )
    if answered < SHOWN_FROM:
        return Round(invited, answered)
    rows = list(RoundAnswer.objects.filter(session=session).order_by("pk"))
    given = [row.score for row in rows if row.score]
    counts = Counter(given)
    return Round(
        max(invited, answered),
        answered,
        [row.worked for row in rows if row.worked],
        [row.change for row in rows if row.change],
        [(score, counts[score]) for score in SCORES],
        len(given),
        sum(given) / len(given) if given else None,
    )


def delegate_of(token: str) -> Delegate | None:
    """Whose pass it is, if it is still good. One query."""
    try:
        public_id = read_id(token)
    except BadLink:
        return None
    rows = Delegate.objects.current().select_related("invitation__session__mesa", "person")
    found = rows.filter(public_id=public_id, waiting_since=None).first()
    if found is None or not proves(token, Delegate.LINK_PURPOSE, public_id, found.pass_generation):
        return None
    return found
