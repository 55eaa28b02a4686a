"""Is it still true? The predicates of letters about minutes and about what is shared of them (see ``truths``)."""

from datetime import datetime

from django.db.models import Q, Sum
from django.utils import timezone

from coordination.attendees.models import Invitation
from coordination.mesas.models import Mesa
from coordination.minutes.models import Clearance, Minutes, MinutesCopy, SharingSheet, SignCode
from coordination.minutes.paper import signed_sum
from coordination.notifications.minutes_facts import mailable
from coordination.notifications.minutes_planner import term_number
from coordination.notifications.models import Notification
from coordination.notifications.queries import secretariat
from coordination.organizations.models import SPEAKING_POSTS, Tenure
from coordination.sessions.models import CircleMember, Session

TOOK_PLACE = (Session.State.CONVENED, Session.State.HELD, Session.State.FAILED)


def goes_round(row: Notification, copy: MinutesCopy, now: datetime) -> bool:
    """The minutes still take observations, and its reader still reads for the organization."""
    return copy.minutes.takes_observations(now) and _reads_for(row, copy, now)


def silent(row: Notification, copy: MinutesCopy, now: datetime) -> bool:
    """The organization has neither agreed, observed nor signed, and this is still the term."""
    minutes = copy.minutes
    if not goes_round(row, copy, now) or _term(minutes) != row.version:
        return False
    if minutes.observations.filter(organization=copy.organization_id, withdrawn_at=None).exists():
        return False
    if minutes.approval != Mesa.MinutesApproval.SIGNATURE:
        return copy.agreed_at is None
    signed = minutes.signatures.filter(organization=copy.organization_id, sha256=signed_sum(minutes))
    return not signed.exists()


def answered(row: Notification, copy: MinutesCopy, now: datetime) -> bool:
    """Everything the organization observed has an answer, and the answers are those the message was planned for."""
    own = copy.minutes.observations.filter(organization=copy.organization_id, withdrawn_at=None)
    mailed = own.filter(mailable(copy.minutes.session))
    return (
        copy.minutes.state != Minutes.State.SUPERSEDED
        and not own.filter(answer="").exists()
        and mailed.aggregate(told=Sum("version"))["told"] == row.version
        and _reads_for(row, copy, now)
    )


def approved(row: Notification, copy: MinutesCopy, now: datetime) -> bool:
    settled = (Minutes.State.APPROVED, Minutes.State.PUBLISHED)
    return copy.minutes.state in settled and _reads_for(row, copy, now)


def link_asked_for(row: Notification, copy: MinutesCopy, now: datetime) -> bool:
    return (
        copy.link_generation == row.version
        and now < copy.link_expires_at
        and copy.minutes.state != Minutes.State.SUPERSEDED
        and _reads_for(row, copy, now)
    )


def held_up(row: Notification, minutes: Minutes, now: datetime) -> bool:
    """The term has passed, something the reader may know of is unanswered or unsigned, and they keep the secretariat."""
    session = minutes.session
    if minutes.state != Minutes.State.CIRCULATED or _term(minutes) != row.version:
        return False
    if minutes.takes_observations(now) or not _keeps(row, session, now):
        return False
    inside = _in_circle(row, session)
    if session.is_casa_adentro and not inside:
        return False
    if minutes.approval == Mesa.MinutesApproval.SIGNATURE:
        return True
    known = Q() if inside else Q(section__is_casa_adentro=False)
    return minutes.observations.filter(known, withdrawn_at=None, answer="").exists()


def code_lives(row: Notification, code: SignCode, now: datetime) -> bool:
    copy = code.copy
    return (
        code.is_live(now)
        and code.person_id == row.recipient_id
        and copy.minutes.state == Minutes.State.CIRCULATED
        and not copy.minutes.session.is_casa_adentro
    )


def clears(row: Notification, clearance: Clearance, now: datetime) -> bool:
    """The sheet still waits for this organization's word, and its reader stands in the circle."""
    sheet = clearance.sheet
    until = sheet.clear_until
    return (
        sheet.state == SharingSheet.State.CLEARING
        and clearance.answer == Clearance.Answer.PENDING
        and until is not None
        and now < until
        and _in_circle(row, sheet.session)
    )


def clears_by_then(row: Notification, clearance: Clearance, now: datetime) -> bool:
    until = clearance.sheet.clear_until
    still = until is not None and term_number(until, clearance.sheet.session.zone) == row.version
    return still and clears(row, clearance, now)


def shared(row: Notification, sheet: SharingSheet, now: datetime) -> bool:
    """It is published, and its reader is one of those who cleared it and stands in the circle."""
    asked = sheet.clearances.filter(organization=row.organization_id)
    return sheet.state == SharingSheet.State.PUBLISHED and asked.exists() and _in_circle(row, sheet.session)


def _term(minutes: Minutes) -> int:
    until = minutes.observations_until
    return term_number(until, minutes.session.zone) if until else 0


def _reads_for(row: Notification, copy: MinutesCopy, now: datetime) -> bool:
    """Of a closed session who is in its circle and holds a post there; else who speaks for it, or was named for the call."""
    session, organization = copy.minutes.session, copy.organization_id
    if session.state not in TOOK_PLACE:
        return False
    held = Tenure.objects.current(timezone.localdate(now)).filter(
        person=row.recipient_id, post__organization=organization
    )
    if session.is_casa_adentro:
        return _in_circle(row, session) and held.exists()
    named = Invitation.objects.filter(session=session, organization=organization, addressee=row.recipient_id)
    return held.filter(post__kind__in=SPEAKING_POSTS).exists() or named.exists()


def _in_circle(row: Notification, session: Session) -> bool:
    record = session.circle.current().filter(level=CircleMember.Level.RECORD)
    return record.filter(person=row.recipient_id).exists()


def _keeps(row: Notification, session: Session, now: datetime) -> bool:
    keepers = secretariat(session.mesa_id, timezone.localdate(now))
    return row.recipient_id in {person.person_id for person in keepers}
