"""Reads what the planner of the review needs to know, and whom letters have asked."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.commitments.agenda.reviewing import AHEAD, asking_at, to_ask
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment, Referral
from coordination.notifications.agenda_planner import AskingFacts, ReferralFacts, day_number, near
from coordination.notifications.models import Notification
from coordination.notifications.queries import mailboxes, secretariat
from coordination.sessions.models import Session

LONGEST = timedelta(days=62)  # a mesa asks at most sixty days ahead
KIND = "commitments_asked"


def asking_facts(session_id: int, now: datetime) -> AskingFacts | None:
    """None where nobody is asked yet, or any more. One query then; else twelve at most."""
    session = Session.objects.live().select_related("mesa").filter(pk=session_id).first()
    if session is None or session.starts_at is None:
        return None
    at = asking_at(session)
    if at is None or session.state not in AHEAD or not near(at, session.starts_at, now):
        return None
    asked = to_ask(session, now)
    boxes = mailboxes(asked, timezone.localdate(now))
    return AskingFacts(
        session_id=session.pk,
        state=session.state,
        zone=session.zone,
        starts_at=session.starts_at,
        asking_at=at,
        moved_at=session.moved_at,
        debounce=timedelta(seconds=settings.DEBOUNCE_SECONDS),
        organizations=tuple(to for pk in asked if (to := boxes.of(pk))),
        asked={row.organization_id: row.sent_at for row in _sent([session.pk])},
    )


def referral_facts(referral_id: int, now: datetime) -> ReferralFacts | None:
    """Two queries."""
    found = Referral.objects.filter(pk=referral_id).first()
    if found is None:
        return None
    told = found.origin_id if found.state == Referral.State.ANSWERED else found.target_id
    return ReferralFacts(
        id=found.pk,
        state=found.state,
        raised_at=found.raised_at,
        answered_at=found.answered_at,
        secretariat=secretariat(told, timezone.localdate(now)),
    )


def sessions_asking(now: datetime) -> list[Session]:
    """Those ahead whose organizations are asked by now, or within the day for which rows are made. One query."""
    rows = Session.objects.live().filter(
        state__in=AHEAD, is_casa_adentro=False, starts_at__gt=now, starts_at__lt=now + LONGEST
    )
    found = []
    for session in rows.select_related("mesa"):
        at = asking_at(session)
        if at is not None and session.starts_at is not None and near(at, session.starts_at, now):
            found.append(session)
    return found


def unplanned(sessions: Iterable[Session], now: datetime) -> list[Session]:
    """Of these, those whose hour comes near and for which no letter has been made yet. One query."""
    due = {one.pk: one for one in sessions if (at := asking_at(one)) and at > now - timedelta(hours=1)}
    if not due:
        return []
    made = Notification.objects.filter(kind=KIND, subject_type="session", subject_id__in=due)
    known = set(made.exclude(state=Notification.State.SUPERSEDED).values_list("subject_id", "version"))
    return [
        one
        for one in due.values()
        if one.starts_at and (one.pk, day_number(one.starts_at, one.zone)) not in known
    ]


def unrecorded(sessions: Iterable[Session]) -> list[tuple[Session, int, list[int], datetime]]:
    """Letters that left and are on nobody's record yet: session, organization, the commitments asked about, when.

    Two queries, and those of ``to_ask`` for each that is found.
    """
    ahead = {one.pk: one for one in sessions}
    if not ahead:
        return []
    told = Activity.objects.filter(
        kind=CommitmentEvent.ASKED, subject_type="session", subject_id__in=ahead
    ).values_list("subject_id", "payload__organization", "occurred_at")
    known = set(told)
    found = []
    for row in _sent(ahead):
        key = (row.subject_id, row.organization_id, row.sent_at)
        if key in known or row.sent_at is None or row.organization_id is None:
            continue
        session = ahead[row.subject_id]
        about = to_ask(session, row.sent_at).get(row.organization_id, [])
        found.append((session, row.organization_id, [one.pk for one in about], row.sent_at))
    return found


def _sent(session_ids: Iterable[int]) -> list[Notification]:
    rows = Notification.objects.filter(
        kind=KIND, subject_type="session", subject_id__in=session_ids, state=Notification.State.SENT
    )
    return list(rows.exclude(organization=None).order_by("sent_at"))


def listed(session: Session, organization_id: int | None, now: datetime) -> list[Commitment]:
    """What the letter to this organization asks about."""
    return to_ask(session, now).get(organization_id or 0, [])
