"""Is it still true? Of the question before a session, and of what goes between mesas (see ``truths``)."""

from datetime import datetime

from django.utils import timezone

from coordination.commitments.models import Referral
from coordination.notifications.agenda_facts import listed
from coordination.notifications.agenda_planner import ASKED_WHILE, day_number
from coordination.notifications.models import Notification
from coordination.notifications.queries import secretariat
from coordination.notifications.truths import may_see_session
from coordination.organizations.models import SPEAKING_POSTS, Tenure
from coordination.sessions.models import Session


def asked(row: Notification, session: Session, now: datetime) -> bool:
    """The session is ahead on that day, and the organization still has something to answer."""
    return (
        session.state in ASKED_WHILE
        and not session.is_casa_adentro
        and session.starts_at is not None
        and now < session.starts_at
        and day_number(session.starts_at, session.zone) == row.version
        and _speaks(row, now)
        and may_see_session(row, session, now)
        and bool(listed(session, row.organization_id, now))
    )


def raised(row: Notification, referral: Referral, now: datetime) -> bool:
    return referral.state == Referral.State.RAISED and _keeps(row, referral, referral.target_id, now)


def answered(row: Notification, referral: Referral, now: datetime) -> bool:
    return referral.state == Referral.State.ANSWERED and _keeps(row, referral, referral.origin_id, now)


def _keeps(row: Notification, referral: Referral, mesa_id: int, now: datetime) -> bool:
    """They keep that secretariat, and nothing it names was closed meanwhile."""
    named = [one for one in (referral.commitment, referral.answer_commitment) if one]
    sessions = [one.session for one in named] + [referral.raised_in, referral.session]
    if any(one.is_casa_adentro for one in named) or any(one and one.is_casa_adentro for one in sessions):
        return False
    keepers = secretariat(mesa_id, timezone.localdate(now))
    return row.recipient_id in {person.person_id for person in keepers}


def _speaks(row: Notification, now: datetime) -> bool:
    held = Tenure.objects.current(timezone.localdate(now)).filter(person=row.recipient_id)
    return held.filter(post__organization=row.organization_id, post__kind__in=SPEAKING_POSTS).exists()
