"""Sweep *dispatch*: what happened becomes messages. The queue is ``activity`` where ``dispatched_at`` is empty."""

import logging
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Delegate, Invitation
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment
from coordination.mesas.events import MesaEvent
from coordination.minutes.events import MinutesEvent
from coordination.notifications.events import PreferenceEvent, ReplyEvent
from coordination.notifications.facts import reader_of
from coordination.notifications.minutes_facts import copy_and_reader
from coordination.notifications.models import CalendarReply
from coordination.notifications.planner import Addressee, Key, Message
from coordination.notifications.planning import (
    DECISION_LIFE,
    Change,
    Root,
    add,
    replan,
    roots_of,
    roots_of_ladders,
)
from coordination.notifications.queries import mailboxes, secretariat
from coordination.organizations.models import Person, Tenure
from coordination.polls.events import PollEvent
from coordination.polls.models import Ballot
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaProposal

log = logging.getLogger(__name__)
BATCH = 100
MANY = 100_000  # of which a run remembers that they were waiting when it began
UNPLANNED = (MinutesEvent.DRAFTED, MinutesEvent.EDITED, MinutesEvent.SEEN)  # nobody is written to for these
LINK_LIFE = timedelta(days=1)  # a link somebody asked for is worth nothing to them the day after


def dispatch(now: datetime) -> Change:
    """Empties the queue, batch by batch; several may run at once. Returns how many rows were added and taken back.

    The mark and the messages are one transaction. A row that cannot be worked out stays in the queue and is told
    to the log; those behind it are not held up. A plan made in this run already knows whatever was waiting when the
    run began, and is not made again for it.
    """
    total, after, planned = Change(), 0, set[Root]()
    known = set(Activity.objects.pending().values_list("pk", flat=True)[:MANY])
    while True:
        with transaction.atomic():
            batch = list(
                Activity.objects.pending()
                .filter(id__gt=after)
                .select_for_update(skip_locked=True, no_key=True)[:BATCH]
            )
            if not batch:
                return total
            after = batch[-1].pk
            change, done = _plan(batch, now, known, planned)
            Activity.objects.filter(pk__in=done).update(dispatched_at=now)
        total += change


def _plan(
    batch: list[Activity], now: datetime, known: set[int], planned: set[Root]
) -> tuple[Change, list[int]]:
    """Plans each session or commitment the batch touches once, in one order everywhere: two planners cannot lock each other out."""
    touched: dict[Root, list[int]] = {}
    done = {activity.pk for activity in batch}
    for activity in batch:
        for root in _roots(activity, now):
            touched.setdefault(root, []).append(activity.pk)
    total = Change()
    for root in sorted(touched, key=lambda root: (root.subject_type, root.id)):
        if root in planned and known.issuperset(touched[root]):
            continue
        try:
            with transaction.atomic():
                total += replan(root, now)
            planned.add(root)
        except Exception:
            log.exception("not planned: %s %s", root.subject_type, root.id)
            done -= set(touched[root])
    for activity in batch:
        if activity.pk in done:
            total += Change(added=_follow_event(activity, now))
    return total, sorted(done)


def _roots(activity: Activity, now: datetime) -> list[Root]:
    """The plans that may have changed. A commitment's session is one: its follow-up letter names the commitment."""
    if activity.kind in UNPLANNED:
        return []
    roots = roots_of(activity.subject_type, activity.subject_id)
    zone_changed = activity.kind == MesaEvent.EDITED and "time_zone" in activity.payload.get("fields", ())
    if activity.kind == MesaEvent.LADDERS_CHANGED or zone_changed:
        roots += roots_of_ladders(activity.subject_id, now)
    if activity.subject_type == "commitment" and activity.kind == CommitmentEvent.AGREED:
        session_id = (
            Commitment.objects.filter(pk=activity.subject_id).values_list("session_id", flat=True).first()
        )
        if session_id:
            roots.append(Root("session", session_id))
    return roots


def _follow_event(activity: Activity, now: datetime) -> int:
    """Messages that only the event asks for: a link sent again to the address on file. One per event."""
    if activity.kind == ReplyEvent.TAKEN:
        return _follow_calendar(activity, now)
    if activity.kind in (SessionEvent.PROPOSAL_MADE, SessionEvent.PROPOSAL_ANSWERED):
        return _follow_proposal(activity, now)
    until = activity.occurred_at + LINK_LIFE
    today = timezone.localdate(now)
    if activity.kind == AttendeeEvent.LINK_RENEWED:
        invitation = Invitation.objects.select_related("addressee").filter(pk=activity.subject_id).first()
        if invitation is None:
            return 0
        to = reader_of(invitation, mailboxes([invitation.organization_id], today))
        version, kind, subject = invitation.link_generation, "link_renewed", "invitation"
    elif activity.kind == AttendeeEvent.LINK_PASSED_ON:
        invitation = Invitation.objects.filter(pk=activity.subject_id).first()
        if invitation is None:
            return 0
        to = Addressee(activity.payload["person"], invitation.organization_id)
        version, kind, subject = invitation.link_generation, "link_passed_on", "invitation"
    elif activity.kind == PollEvent.LINK_RENEWED:
        ballot = Ballot.objects.filter(pk=activity.subject_id).first()
        if ballot is None:
            return 0
        to = mailboxes([ballot.organization_id], today).of(ballot.organization_id)
        version, kind, subject = ballot.link_generation, "poll_link", "ballot"
    elif activity.kind == MinutesEvent.LINK_RENEWED:
        found = copy_and_reader(activity.subject_id, now)
        if found is None:
            return 0
        to, version, kind, subject = found[1], found[0].link_generation, "minutes_link", "minutescopy"
    elif activity.kind == CommitmentEvent.LINK_REQUESTED:
        commitment = Commitment.objects.filter(pk=activity.subject_id).first()
        if commitment is None:
            return 0
        asks = activity.payload.get("purpose")
        side = commitment.responsible_id if asks == Commitment.REPORT_LINK else commitment.verifier_id
        to = mailboxes([side], today).of(side)
        version, kind, subject = commitment.link_generation, "commitment_link", "commitment"
    elif activity.kind in (PreferenceEvent.LINK_REQUESTED, PreferenceEvent.LINK_REVOKED):
        person = Person.objects.filter(pk=activity.subject_id).exclude(email="").first()
        if person is None:
            return 0
        to = Addressee(person.pk, None)
        version, kind, subject = person.link_generation, "preferences_link", "person"
    else:
        return 0
    if to is None:
        return 0
    key = Key(kind, activity.pk, subject, activity.subject_id, to.person_id, version)
    return add(Message(key, activity.occurred_at, until, to.organization_id), now)


def _follow_calendar(activity: Activity, now: datetime) -> int:
    """A calendar that said no is told to whoever speaks for the organization, unless it is theirs, and to the secretariat.

    Once for each date of the session, however often the person changes their mind.
    """
    reply = CalendarReply.objects.select_related("session").filter(pk=activity.subject_id).first()
    if reply is None or activity.payload.get("answer") != CalendarReply.Answer.DECLINED:
        return 0
    session, today = reply.session, timezone.localdate(now)
    organizations = list(
        Delegate.objects.current()
        .filter(invitation__session=session, person=reply.person_id)
        .values_list("invitation__organization_id", flat=True)
    )
    boxes = mailboxes(organizations, today)
    readers = [boxes.of(pk) for pk in organizations] + list(secretariat(session.mesa_id, today))
    found = {to.person_id: to for to in reversed(readers) if to and to.person_id != reply.person_id}
    added = 0
    for to in found.values():
        key = Key("calendar_declined", 0, "calendarreply", reply.pk, to.person_id, reply.sequence)
        added += add(Message(key, activity.occurred_at, session.ends_at or now, to.organization_id), now)
    return added


def _follow_proposal(activity: Activity, now: datetime) -> int:
    """What a member asks to deal with is told to the secretariat, and its answer to whoever asked. Nobody hears of their own act.

    Once each. A proposal that was put off stays in the plan of the session where that was said.
    """
    asked = (
        AgendaProposal.objects.select_related("session").filter(pk=activity.payload.get("proposal")).first()
    )
    if asked is None:
        return 0
    today, waits = timezone.localdate(now), asked.state == AgendaProposal.State.PENDING
    if activity.kind == SessionEvent.PROPOSAL_MADE:
        if not waits or asked.session is None:
            return 0
        kind, until = "proposal_made", asked.session.starts_at or now
        readers = list(secretariat(asked.mesa_id, today))
    else:
        if waits or asked.state == AgendaProposal.State.WITHDRAWN:
            return 0
        kind, until = "proposal_answered", activity.occurred_at + DECISION_LIFE
        reader = _who_proposed(asked, today)
        readers = [reader] if reader else []
    added, root = 0, Root("session", activity.subject_id)
    for to in readers:
        if to.person_id != activity.actor_person_id:
            key = Key(kind, 0, "agendaproposal", asked.pk, to.person_id, asked.version)
            added += add(Message(key, activity.occurred_at, until, to.organization_id), now, root)
    return added


def _who_proposed(asked: AgendaProposal, today: date) -> Addressee | None:
    """The person, while they belong to the organization and have an address; else its mailbox."""
    mine = Tenure.objects.current(today).filter(
        person=asked.proposed_by_id, post__organization=asked.organization_id
    )
    if asked.proposed_by_id and mine.exclude(person__email="").exists():
        return Addressee(asked.proposed_by_id, asked.organization_id)
    return mailboxes([asked.organization_id], today).of(asked.organization_id)
