"""The facts each letter states, ready to print: dates in words, names in the reader's language, links that work.

Called under the recipient's language. Nothing here decides whether a letter goes: that is the gate's question.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.attendees.models import Delegate, Invitation
from coordination.commitments.figures.queries import amount_words
from coordination.commitments.inbox.queries import ACCEPT, ACKNOWLEDGE, RESPONSIBLE
from coordination.commitments.lights import traffic_light
from coordination.commitments.models import (
    Commitment,
    Extension,
    ExtensionRequest,
    Report,
    Verification,
    VerificationCode,
)
from coordination.common import dates
from coordination.notifications import (
    agenda_contents,
    minutes_contents,
    preferences,
    receipt_contents,
    settling_contents,
    subjects,
    truths,
)
from coordination.notifications.digests import daily_rows, week_of
from coordination.notifications.evidence_facts import address_of, came_with, lost
from coordination.notifications.kinds import CLOSED_PART, KINDS, Kind
from coordination.notifications.ladder_story import story
from coordination.notifications.models import CalendarReply, Notification
from coordination.notifications.queries import mailboxes, vacant_post
from coordination.notifications.stationery import fill
from coordination.organizations.models import JoinRequest, Organization, Person
from coordination.polls.models import Ballot, DatePoll
from coordination.sessions.calendar_links import calendar_links
from coordination.sessions.models import AgendaProposal, Session
from coordination.sessions.program import parts

Facts = dict[str, Any]


def common(row: Notification) -> Facts:
    """What every letter has."""
    return {
        "name": row.recipient.name,
        "language": row.recipient.language,
        "organization": row.organization.name if row.organization else "",
        "home_url": _absolute(f"/{row.recipient.language}/"),
        "work_url": _absolute(reverse("portal:my_work")),
        "preferences_url": _absolute(preferences.link(row.recipient)),
        "demo": settings.DEMO,
        "sender": "",
    }


def facts(row: Notification, kind: Kind, subject: Any, now: datetime) -> Facts:
    """Everything the letter of this kind states."""
    return (
        common(row)
        | _OF_SUBJECT[kind.subject_type](row, subject, now)
        | _OF_KIND.get(kind.name, _nothing)(row, subject, now)
    )


def _absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def _place(session: Session) -> list[str]:
    """Venue and address; without them the territory, and that the place is still to come."""
    known = [line for line in (session.venue, session.address) if line]
    if known or session.modality == Session.Modality.ONLINE:
        return known
    return [line for line in (session.place, _("place to be announced")) if line]


def _session(row: Notification, session: Session, now: datetime) -> Facts:
    assert session.starts_at is not None  # noqa: S101  only dated sessions are planned for
    zone = session.zone.key
    start = session.starts_at.astimezone(session.zone)
    return {
        "sender": session.mesa.name,
        "mesa": session.mesa.name,
        "session": session.title,
        "topic": session.topic,
        "when": dates.span(session.starts_at, session.ends_at, zone),
        "day": dates.date_words(start),
        "begins": dates.moment(session.starts_at, zone),
        "distance": dates.relative_days(start.date(), now.astimezone(session.zone).date()),
        "place": _place(session),
        "program": parts(session),
        "is_online": session.modality != Session.Modality.IN_PERSON,
        "online_url": session.online_url,
        "reason": session.cancel_reason,
        "page_url": _absolute(session.get_absolute_url()),
    }


def _invitation(row: Notification, invitation: Invitation, now: datetime) -> Facts:
    session = invitation.session
    closes = session.registration_closes_at or session.starts_at
    assert closes is not None  # noqa: S101  only dated sessions are planned for
    call = getattr(session, "convocation", None)
    return _session(row, session, now) | {
        "organization": invitation.organization.name,
        "number": call.number if call else "",
        "note": call.message if call else "",
        "closes": dates.moment(closes, session.zone.key),
        "closes_in": dates.relative_days(
            closes.astimezone(session.zone).date(), now.astimezone(session.zone).date()
        ),
        "agenda": list(session.agenda.all()),
        "url": _absolute(invitation.get_link()),
    }


def _delegate(row: Notification, delegate: Delegate, now: datetime) -> Facts:
    invitation = delegate.invitation
    return _session(row, invitation.session, now) | {
        "organization": invitation.organization.name,
        "role": delegate.role,
        "url": _absolute(invitation.get_link()),
        "pass_url": _absolute(delegate.get_pass()),
        "calendar": _calendar(row, invitation),
    }


def _reply(row: Notification, reply: CalendarReply, now: datetime) -> Facts:
    """For whoever speaks for the delegate's organization the link that names another; for the secretariat the list."""
    session = reply.session
    delegate = (
        Delegate.objects.current()
        .filter(invitation__session=session, person=reply.person_id)
        .select_related("invitation__organization")
        .order_by("id")
        .first()
    )
    invitation = delegate.invitation if delegate else None
    is_own = invitation is not None and invitation.organization_id == row.organization_id
    page = reverse("attendees:delegations", args=[session.public_id])
    return _session(row, session, now) | {
        "delegate": reply.person.name,
        "organization": invitation.organization.name if invitation else "",
        "is_own": is_own,
        "url": _absolute(invitation.get_link() if invitation and is_own else page),
    }


def _proposal(row: Notification, proposal: AgendaProposal, now: datetime) -> Facts:
    """What was asked and what became of it. Of one that was put off no session is named."""
    session, mesa = proposal.session, proposal.mesa
    about = (
        _session(row, session, now) if session else {"sender": mesa.name, "mesa": mesa.name, "session": ""}
    )
    return about | {
        "organization": proposal.organization.name,
        "proposal": proposal.title,
        "motive": proposal.reason,
        "minutes": proposal.minutes,
        "decision": proposal.state,
        "item": proposal.item.title if proposal.item and not proposal.item.is_casa_adentro else "",
        "answer": proposal.answer,
        "url": _absolute(_where_proposed(row, proposal, now)),
    }


def _where_proposed(row: Notification, proposal: AgendaProposal, now: datetime) -> str:
    """The page that lists it: by the organization's link for who may answer for it, else by account, else in public.

    One that was put off is still listed where that was said: in the session of the message's own plan.
    """
    called, place = Invitation.objects.none(), f"#propuesta-{proposal.public_id}"
    session = proposal.session or Session.objects.filter(pk=row.root_id, mesa=proposal.mesa_id).first()
    if session is None or session.is_casa_adentro:
        return proposal.mesa.get_absolute_url()
    if row.kind == "proposal_answered":
        called = Invitation.objects.filter(session=session, organization=proposal.organization_id)
    invitation = called.select_related("session").first()
    if invitation and not invitation.link_is_dead(now) and truths.holds_invited_post(row, invitation, now):
        return reverse("attendees:proposals", args=[invitation.token]) + place
    if row.recipient.user_id:
        return reverse("sessions:proposals", args=[session.public_id]) + place
    return session.get_absolute_url()


def _queue(row: Notification, delegate: Delegate, now: datetime) -> Facts:
    """Until when a place may come."""
    session = delegate.invitation.session
    closes = session.registration_closes_at or session.starts_at
    assert closes is not None  # noqa: S101  only dated sessions are planned for
    return {"closes": dates.moment(closes, session.zone.key)}


def _calendar(row: Notification, invitation: Invitation) -> Facts:
    """Three ways into a calendar; what leads back is the session's page, not the organization's link."""
    session = invitation.session
    back = _absolute(session.get_absolute_url())
    links = calendar_links(session=session, url=back, language=row.recipient.language)
    if links is None:
        return {}
    file = reverse("attendees:calendar", args=[invitation.token])
    return {"google": links.google, "outlook": links.outlook, "file": _absolute(file)}


def _reminder(row: Notification, session: Session, now: datetime) -> Facts:
    """For a delegate, their role; for a focal point who is not going, only the organization's link."""
    delegate = row.drafted_from or (
        Delegate.objects.with_a_place()
        .filter(invitation__session=session, person=row.recipient_id)
        .select_related("invitation__organization")
        .first()
    )
    if delegate is None:
        own = Invitation.objects.filter(session=session, organization=row.organization_id).first()
        url = _absolute(own.get_link() if own else session.get_absolute_url())
        return {"role": "", "url": url, "pass_url": "", "calendar": {}}
    delegate.invitation.session = session
    return {
        "role": delegate.role,
        "organization": delegate.invitation.organization.name,
        "url": _absolute(delegate.invitation.get_link()),
        "pass_url": _absolute(delegate.get_pass()),
        "calendar": _calendar(row, delegate.invitation),
    }


def _tasks(row: Notification, session: Session, now: datetime) -> Facts:
    return {
        "tasks": [
            {"name": task.get_kind_display(), "due": dates.date_words(task.due_on)}
            for task in session.tasks.filter(done_at=None)
        ],
        "url": _absolute(session.get_absolute_url()),
    }


def _due_tasks(row: Notification, session: Session, now: datetime) -> Facts:
    """What is open on the morning this letter is for, late first."""
    assert session.local_end_day is not None  # noqa: S101  only sessions that ended have tasks
    today = now.astimezone(session.mesa.zone).date()
    morning = session.local_end_day + timedelta(days=row.rung)
    tasks = [
        {
            "name": task.get_kind_display(),
            "due": dates.near_day(task.due_on, today),
            "distance": dates.relative_days(task.due_on, today),
            "late": task.due_on < today,
        }
        for task in session.tasks.filter(done_at=None, due_on__lte=morning)
    ]
    return {
        "tasks": tasks,
        "late": any(task["late"] for task in tasks),
        "url": _absolute(session.get_absolute_url()),
    }


def _promises(row: Notification, session: Session, now: datetime) -> Facts:
    rows = (
        Commitment.objects.filter(
            session=session,
            responsible=row.organization_id,
            agreed_at__isnull=False,
            is_casa_adentro=session.is_casa_adentro,
        )
        .exclude(state=Commitment.State.WITHDRAWN)
        .select_related("mesa")
        .order_by("due_on", "number")
    )
    return {"commitments": [_line(commitment) for commitment in rows]}


def _line(commitment: Commitment) -> Facts:
    return {
        "code": commitment.code,
        "statement": commitment.statement,
        "deliverable": commitment.deliverable,
        "due": dates.date_words(commitment.due_on) if commitment.due_on else "",
        "report_url": _absolute(
            reverse("commitments:report", args=[commitment.token(Commitment.REPORT_LINK)])
        ),
    }


def _commitment(row: Notification, commitment: Commitment, now: datetime) -> Facts:
    due, today = commitment.due_on, timezone.localdate(now)
    verifies = row.organization_id == commitment.verifier_id
    purpose, door = (
        (Commitment.VERIFY_LINK, "commitments:verify")
        if verifies
        else (Commitment.REPORT_LINK, "commitments:report")
    )
    return _line(commitment) | {
        "sender": commitment.mesa.name,
        "mesa": commitment.mesa.name,
        "responsible": commitment.responsible.name if commitment.responsible else "",
        "verifier": commitment.verifier.name if commitment.verifier else "",
        "means": commitment.means_of_verification,
        "verifies": verifies,
        "days_late": (today - due).days if due else 0,
        "distance": dates.relative_days(due, today) if due else "",
        "url": _absolute(reverse(door, args=[commitment.token(purpose)])),
        "page_url": _absolute(commitment.get_absolute_url()),
    }


def _stand_in(row: Notification, commitment: Commitment, now: datetime) -> Facts:
    """Why it is the head who is written to: the post that should follow the commitment stands empty."""
    today = timezone.localdate(now)
    heads = mailboxes([commitment.responsible_id], today).head
    head = heads.get(commitment.responsible_id) if commitment.responsible_id else None
    post = vacant_post(commitment, today) if head and head.person_id == row.recipient_id else None
    return {
        "vacant_post": post.title if post else "",
        "lost": lost(commitment),
        "story": story(commitment, now),
    }


def _extension(row: Notification, commitment: Commitment, now: datetime) -> Facts:
    rows = Extension.objects.filter(commitment=commitment).select_related("session__mesa", "indicator")
    last = rows.order_by("-extended_at").first()
    moved = last.indicator if last and last.new_target is not None else None
    return {
        "indicator": moved.name if moved else "",
        "old_target": amount_words(last.old_target, moved.unit) if last and moved else "",
        "new_target": amount_words(last.new_target, moved.unit) if last and moved else "",
        "old_due": dates.date_words(last.old_due_on) if last else "",
        "why": last.reason if last else "",
        "agreed_in": last.session.title if last and last.session else "",
    }


def _report(row: Notification, report: Report, now: datetime) -> Facts:
    commitment = report.commitment
    door = reverse("commitments:verify", args=[commitment.token(Commitment.VERIFY_LINK)])
    return _commitment(row, commitment, now) | {
        "report": report.text,
        "progress": report.progress,
        "evidence_url": address_of(report),
        "evidence": came_with(report),
        "responsible": report.organization.name,
        "url": _absolute(door),
    }


def _verification(row: Notification, verification: Verification, now: datetime) -> Facts:
    return _commitment(row, verification.commitment, now) | {
        "decision": verification.decision,
        "remarks": verification.text,
        "lacks": verification.missing,
        "said": verification.remarks,
        "verifier": verification.organization.name,
    }


def _code(row: Notification, code: VerificationCode, now: datetime) -> Facts:
    return _commitment(row, code.commitment, now) | {
        "digits": code.digits,
        "minutes": VerificationCode.MINUTES,
    }


def _join(row: Notification, request: JoinRequest, now: datetime) -> Facts:
    return {
        "organization": request.name,
        "name": request.contact_name,
        "note": request.decision_note,
        "expires": dates.moment(request.link_expires_at, settings.TIME_ZONE),
        "url": _absolute(request.get_link()),
    }


def _poll(row: Notification, poll: DatePoll, now: datetime) -> Facts:
    """Of the chosen date no link is given: the session is a draft, and its invitation follows."""
    zone, chosen = poll.zone.key, poll.decided_option
    return {
        "sender": poll.mesa.name,
        "mesa": poll.mesa.name,
        "topic": poll.topic,
        "when": dates.span(chosen.starts_at, chosen.ends_at, zone) if chosen else "",
        "day": dates.date_words(chosen.starts_at.astimezone(poll.zone).date()) if chosen else "",
        "reason": poll.withdraw_reason,
    }


def _ballot(row: Notification, ballot: Ballot, now: datetime) -> Facts:
    poll, zone = ballot.poll, ballot.poll.zone
    closes, today = poll.closes_at.astimezone(zone).date(), now.astimezone(zone).date()
    return _poll(row, poll, now) | {
        "organization": ballot.organization.name,
        "options": [dates.span(one.starts_at, one.ends_at, zone.key) for one in poll.options.all()],
        "note": poll.message,
        "closes": dates.moment(poll.closes_at, zone.key),
        "closes_in": dates.relative_days(closes, today),
        "url": _absolute(ballot.get_link()),
    }


def _person(row: Notification, person: Person, now: datetime) -> Facts:
    return {"url": _absolute(preferences.link(person))}


def _daily(row: Notification, person: Person, now: datetime) -> Facts:
    """What was kept for this summary and is still true, in the words of each letter's own subject."""
    lines, reserved = [], 0
    for kept, subject in subjects.still_true(daily_rows(row), now):
        if truths.is_closed(subject) or kept.kind == CLOSED_PART:
            reserved += 1
            continue
        told = facts(kept, KINDS[kept.kind], subject, now)
        words = fill(f"emails/{row.recipient.language}/{kept.kind}.subject.txt", told, escape=False)
        lines.append({"text": " ".join(words.split()), "url": told.get("url") or told["work_url"]})
    return {"lines": lines, "reserved": reserved, "day": dates.date_words(timezone.localdate(row.due_at))}


def _week(row: Notification, organization: Organization, now: datetime) -> Facts:
    week = week_of(organization.pk, truths.reader(row, now), now)
    today = timezone.localdate(now)
    return {
        "organization": organization.name,
        "day": dates.date_words(timezone.localdate(row.due_at)),
        "invitations": [_call(invitation, now) for invitation in week.invitations],
        "coming": [_call(invitation, now) for invitation in week.coming],
        "commitments": [_promise(commitment, today) for commitment in week.commitments],
        "to_verify": [_promise(commitment, today) for commitment in week.to_verify],
        "to_confirm": [_promise(one.commitment, today) | {"reason": one.reason} for one in week.to_confirm],
        "extensions": [_answered(one, today) for one in week.answers],
        "followed": [_promise(commitment, today) for commitment in week.followed],
        "posts": week.posts,
        # Who has no account says the same by each link.
        "inbox_url": _absolute(f"{reverse('commitments:inbox')}?organizacion={organization.slug}")
        if row.recipient.user_id and (week.commitments or week.to_verify)
        else "",
        "reserved": week.reserved,
    }


def _call(invitation: Invitation, now: datetime) -> Facts:
    session = invitation.session
    closes = session.registration_closes_at or session.starts_at
    assert closes is not None and session.starts_at is not None  # noqa: S101  only dated sessions are ahead
    return {
        "session": session.title,
        "when": dates.span(session.starts_at, session.ends_at, session.zone.key),
        "closes": dates.moment(closes, session.zone.key),
        "going": [delegate.person.name for delegate in invitation.going],  # type: ignore[attr-defined]
        "url": _absolute(invitation.get_link()),
    }


def _promise(commitment: Commitment, today: date) -> Facts:
    light = traffic_light(commitment, today)
    verify = reverse("commitments:verify", args=[commitment.token(Commitment.VERIFY_LINK)])
    return _line(commitment) | {
        "light": light.code,
        "state": light.label,
        "responsible": commitment.responsible.name if commitment.responsible else "",
        "distance": dates.relative_days(commitment.due_on, today) if commitment.due_on else "",
        "verify_url": _absolute(verify),
        "page_url": _absolute(commitment.get_absolute_url()),
        "until": dates.date_words(commitment.exempt_until) if commitment.exempt_until else "",
        "to_acknowledge": getattr(commitment, "step", "") in (ACKNOWLEDGE, ACCEPT),
        "reports": getattr(commitment, "role", RESPONSIBLE) == RESPONSIBLE,
    }


def _answered(asked: ExtensionRequest, today: date) -> Facts:
    """What became of a request for more time."""
    return _promise(asked.commitment, today) | {
        "granted": dates.date_words(asked.extension.new_due_on) if asked.extension else "",
        "answer": asked.answer,
    }


def _nothing(row: Notification, subject: Any, now: datetime) -> Facts:
    return {}


_OF_SUBJECT: dict[str, Callable[[Notification, Any, datetime], Facts]] = {
    "session": _session,
    "invitation": _invitation,
    "delegate": _delegate,
    "calendarreply": _reply,
    "agendaproposal": _proposal,
    "commitment": _commitment,
    "report": _report,
    "verification": _verification,
    "verificationcode": _code,
    "ballot": _ballot,
    "datepoll": _poll,
    "joinrequest": _join,
    "person": _person,
    "organization": _nothing,
    **minutes_contents.OF_SUBJECT,
    **settling_contents.OF_SUBJECT,
    **agenda_contents.OF_SUBJECT,
}
_OF_KIND: dict[str, Callable[[Notification, Any, datetime], Facts]] = {
    "delegation_waiting": _queue,
    "session_reminder": _reminder,
    "session_moved": _reminder,
    "session_cancelled": _reminder,
    "follow_up_tasks": _tasks,
    "task_due": _due_tasks,
    "follow_up_commitments": _promises,
    "commitment_extended": _extension,
    "commitment_due": _stand_in,
    "daily_digest": _daily,
    "organization_digest": _week,
    **minutes_contents.OF_KIND,
    **receipt_contents.OF_KIND,
    **settling_contents.OF_KIND,
    **agenda_contents.OF_KIND,
}
