"""The clock: sessions that ended, due dates that come near, and the hourly comparison of what is with what should be."""

import logging
from datetime import datetime, timedelta

from django.db.models import Case, Q, When
from django.utils import timezone

from accounts.actor import SYSTEM
from coordination.attendees import actions as attendees
from coordination.attendees.places import with_a_queue
from coordination.commitments.escalation import days_begun_anew, word_at
from coordination.commitments.models import Commitment, Referral
from coordination.minutes.actions.approval import approve_silent
from coordination.minutes.models import Minutes, SharingSheet
from coordination.notifications import agenda_clock
from coordination.notifications.agenda_facts import sessions_asking
from coordination.notifications.digests import organizations_to_summarize, people_to_summarize, zone
from coordination.notifications.models import Notification
from coordination.notifications.planner import WEEK_LIFE, week_mornings
from coordination.notifications.planning import Change, Root, replan
from coordination.polls.models import DatePoll
from coordination.sessions import actions as sessions
from coordination.sessions.models import FollowUpTask, Session

log = logging.getLogger(__name__)
BEHIND = timedelta(days=15)  # longer than any letter that follows a session is worth sending


def remind(now: datetime) -> int:
    """Plans the follow-up of every session that ended, closed or not, and the rungs of commitments that come near.

    Rows for the ladder of a session were planned when it was convened; those of a commitment are made here, a day
    ahead, for whoever holds the responsible post then. A room that became larger takes whoever waits for it; links
    that somebody knew who left a speaking post die. Minutes that nobody observes in time count as approved.
    """
    handled = 0
    for session_id in list(
        Session.objects.without_follow_up(now).order_by("id").values_list("id", flat=True)
    ):
        sessions.plan_follow_up(session_id=session_id, by=SYSTEM, now=now)
        handled += 1
    for commitment_id in _near(now):
        handled += replan(Root("commitment", commitment_id), now).news
    for root in _summaries(now):
        handled += replan(root, now).news
    for session_id in list(with_a_queue(now).values_list("pk", flat=True)):
        handled += attendees.promote_waiting(session_id=session_id, now=now)
    handled += approve_silent(now=now)
    handled += agenda_clock.tend(now)
    return handled + attendees.retire_links(now=now)


def reconcile(now: datetime) -> int:
    """Works out again what every live session and commitment should have, adds what is missing and counts it.

    A count above zero means that some path forgot to plan, or that a post changed hands: it is told to the log.
    """
    change = Change()
    for root in (
        *_live_sessions(now),
        *_live_commitments(now),
        *_live_polls(now),
        *_live_sheets(now),
        *_live_referrals(now),
        *_live_summaries(now),
    ):
        try:
            change += replan(root, now)
        except Exception:
            log.exception("not reconciled: %s %s", root.subject_type, root.id)
    if change.news:
        log.warning("reconcile added %s messages and revived %s", change.added, change.revived)
    return change.news


def _near(now: datetime) -> list[int]:
    """Open commitments with a rung today or tomorrow, wherever today is: of the due date, or of the day to complete it.

    The last word is only asked of what is overdue: before that it moves no step.
    """
    today = timezone.localdate(now)
    around = (today - timedelta(days=400), today + timedelta(days=400))
    rows = (
        Commitment.objects.open()
        .filter(Q(due_on__range=around) | Q(exempt_until__range=around))
        .exclude(state=Commitment.State.REPORTED)
        .annotate(said_at=Case(When(due_on__lt=today, then=word_at())))
        .values_list("id", "due_on", "exempt_until", "said_at", "mesa__commitment_ladder")
    )
    found = []
    for pk, due_on, exempt_until, said_at, ladder in rows:
        later = days_begun_anew(due_on, said_at, timezone.get_current_timezone())
        rungs = [(due_on, step + later if step > 0 else step) for step in ladder]
        rungs += [(exempt_until, step) for step in ladder]
        if any(day and -1 <= (day + timedelta(days=rung) - today).days <= 2 for day, rung in rungs):
            found.append(pk)
    return found


def _summaries(now: datetime) -> list[Root]:
    """Summaries that have no row yet: of people for the next morning, of organizations a day before their Monday."""
    mornings = [due for due in week_mornings(now, zone()) if now < due + WEEK_LIFE]
    organizations = [pk for due in mornings for pk in organizations_to_summarize(now, due)]
    return [
        *(Root("person", pk) for pk in people_to_summarize(now)),
        *(Root("organization", pk) for pk in organizations),
    ]


def _live_summaries(now: datetime) -> list[Root]:
    """Those on their way: whoever holds the post now gets the organization's."""
    waiting = Notification.objects.filter(
        state=Notification.State.PLANNED, root_type__in=["person", "organization"]
    )
    roots = waiting.order_by().values_list("root_type", "root_id").distinct()
    return [*_summaries(now), *(Root(kind, pk) for kind, pk in roots)]


def _live_sessions(now: datetime) -> list[Root]:
    convened = Q(state__in=["convened", "held", "failed"], ends_at__gt=now - BEHIND)
    # What a secretariat still owes is reminded of for weeks, to whoever keeps it then.
    owed = FollowUpTask.objects.filter(done_at=None, due_on__gt=now.date() - BEHIND)
    owing = Q(state__in=["convened", "held", "failed"], pk__in=owed.values("session"))
    called_off = Q(state="cancelled", cancelled_at__gt=now - BEHIND)
    going = Minutes.objects.filter(Q(state=Minutes.State.CIRCULATED) | Q(approved_at__gt=now - BEHIND))
    recorded = Q(pk__in=going.values("session"))
    asking = Q(pk__in=[session.pk for session in sessions_asking(now)])
    return [
        Root("session", pk)
        for pk in Session.objects.live()
        .filter(convened | owing | called_off | recorded | asking)
        .values_list("id", flat=True)
    ]


def _live_referrals(now: datetime) -> list[Root]:
    told = Q(state=Referral.State.ANSWERED, answered_at__gt=now - BEHIND)
    rows = Referral.objects.filter(told | Q(state=Referral.State.RAISED, raised_at__gt=now - BEHIND))
    return [Root("referral", pk) for pk in rows.values_list("id", flat=True)]


def _live_commitments(now: datetime) -> list[Root]:
    settled = Q(settled_at__gt=now - BEHIND)
    rows = Commitment.objects.filter(provenance="live").filter(settled | Q(state__in=Commitment.OPEN_STATES))
    return [Root("commitment", pk) for pk in rows.values_list("id", flat=True)]


def _live_polls(now: datetime) -> list[Root]:
    ended = Q(decided_at__gt=now - BEHIND) | Q(withdrawn_at__gt=now - BEHIND)
    rows = DatePoll.objects.filter(Q(state=DatePoll.State.OPEN, closes_at__gt=now) | ended)
    return [Root("datepoll", pk) for pk in rows.values_list("id", flat=True)]


def _live_sheets(now: datetime) -> list[Root]:
    told = Q(published_at__gt=now - BEHIND)
    rows = SharingSheet.objects.filter(Q(state=SharingSheet.State.CLEARING) | told)
    return [Root("sharingsheet", pk) for pk in rows.values_list("id", flat=True)]
