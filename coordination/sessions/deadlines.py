"""Until when members may propose and hand in. Arithmetic only."""

from datetime import datetime

from coordination.sessions.models import Session

CALLED = (Session.State.ANNOUNCED, Session.State.CONVENED)
# Of what fell through there is nothing to read beforehand.
FALLEN = (Session.State.CANCELLED, Session.State.FAILED)


def proposals_close_at(session: Session) -> datetime | None:
    """The cut-off the secretariat set; never later than the beginning, also of a session that was moved forward."""
    return _earliest(session.proposals_due_at, session.starts_at)


def papers_close_at(session: Session) -> datetime | None:
    return _earliest(session.papers_due_at, session.starts_at)


def takes_proposals(session: Session, now: datetime) -> bool:
    """Announced or convened, before the cut-off. Never casa adentro: a proposal outlives its session, and would tell."""
    closes = proposals_close_at(session)
    called = session.state in CALLED and not session.is_historic and not session.is_casa_adentro
    return called and session.closed_at is None and closes is not None and now < closes


def takes_papers(session: Session) -> bool:
    """Whether the secretariat may still add papers: until the record is complete, presentations of the day too."""
    return not session.is_historic and session.closed_at is None and session.state not in FALLEN


def takes_papers_of_members(session: Session, now: datetime) -> bool:
    """Whether who presents an item may still hand in its papers."""
    closes = papers_close_at(session)
    return takes_papers(session) and session.state in CALLED and closes is not None and now < closes


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)
