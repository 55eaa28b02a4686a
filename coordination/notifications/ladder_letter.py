"""The letter at the end of the ladder: to the head of the organization, with the reminders nobody answered.

A paper of the mesa's secretariat, made from what is on record: which reminders left, and when. It is read again
whenever somebody downloads it and says the same: nothing in it is later than the day it left.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import segno
from django.conf import settings
from django.utils import timezone, translation

from accounts.actor import Actor
from coordination.attendees.queries import secretariat_names
from coordination.commitments.deciding import works_for
from coordination.commitments.gate import kin
from coordination.commitments.models import Commitment
from coordination.commitments.permissions import can_manage
from coordination.common import dates
from coordination.common.working_days import add_working_days, is_working_day
from coordination.documents.typst import render
from coordination.mesas.models import SecretariatMandate
from coordination.notifications.ladder_story import story
from coordination.notifications.models import Notification
from coordination.notifications.preview import around_words
from coordination.organizations.models import Post, Tenure
from coordination.sessions.models import Session
from coordination.taxonomies.queries import holidays_in

KIND = "commitment_letter"
# Of every commitment alike: a name in a list of downloads tells nothing.
FILE_NAMES = {"es": "carta.pdf", "en": "letter.pdf"}
TEMPLATES = tuple(FILE_NAMES)
ANSWER_DAYS = 5  # working days in which the letter asks for an answer; enforced by nobody
STATE, CHANNEL = Notification.State, Notification.Channel
LEFT = (STATE.SENDING, STATE.SENT, STATE.UNKNOWN)


@dataclass(frozen=True)
class Silence:
    """A reminder that left and was not answered."""

    on: date
    rung: int
    person: str


def may_read(actor: Actor, commitment: Commitment) -> bool:
    """The mesa's secretariat, and the organization it was written to. No query for an open commitment."""
    return commitment.responsible_id in actor.organization_ids or can_manage(actor, commitment)


def may_hold_key(person_id: int | None, commitment: Commitment, day: date) -> bool:
    """Not who works for the verifier, its parent or its parts: with this link they would turn both keys. Two queries."""
    verifier = commitment.verifier_id
    return verifier is None or not works_for(person_id, kin({verifier}), day)


def file_name(language: str) -> str:
    return FILE_NAMES.get(language, FILE_NAMES[TEMPLATES[0]])


def last_left(commitment: Commitment) -> Notification | None:
    """The letter that left last, to whomever. One query."""
    return (
        Notification.objects.filter(
            kind=KIND, subject_type="commitment", subject_id=commitment.pk, state__in=LEFT
        )
        .order_by("-due_at", "id")
        .first()
    )


def made(
    commitment: Commitment, row: Notification, *, now: datetime, language: str, with_key: bool = True
) -> bytes:
    """The letter as it left, or leaves now. Without the key its link is the public page. Raises NotRendered."""
    language = language if language in TEMPLATES else TEMPLATES[0]
    with translation.override(language):
        facts = _facts(commitment, row, row.sent_at or now)
        if not with_key:
            facts["link"] = facts["page"]
        code = segno.make(facts["link"], error="m").svg_inline(border=2)
        return render(f"{language}/overdue", facts, pictures={"qr": code})


def silences(commitment: Commitment, due_version: int, before: datetime) -> list[Silence]:
    """Reminders of this due date that left after the last word of the organization. Two queries."""
    last = (
        commitment.reports.filter(reported_at__lt=before).order_by("-reported_at").values("reported_at")[:1]
    )
    said = last[0]["reported_at"] if last else None
    rows = Notification.objects.filter(
        kind="commitment_due",
        subject_type="commitment",
        subject_id=commitment.pk,
        organization=commitment.responsible_id,
        version=due_version,
        state__in=LEFT,
        sent_at__lt=before,
    )
    if said:
        rows = rows.filter(sent_at__gt=said)
    zone = commitment.mesa.zone
    found = rows.order_by("sent_at", "id").values_list("sent_at", "rung", "recipient__name")
    return [Silence(at.astimezone(zone).date(), rung, name) for at, rung, name in found if at]


@dataclass(frozen=True)
class Answering:
    """Until when an answer is asked for (None where the session comes first), and the session that deals with it."""

    until: date | None
    session: date | None
    is_hurried: bool = False

    def words(self) -> dict[str, Any]:
        return {
            "answer_by": dates.date_words(self.until) if self.until else "",
            "next_session": dates.date_words(self.session) if self.session else "",
            "is_hurried": self.is_hurried,
        }


def answering(commitment: Commitment, left: datetime) -> Answering:
    """Five working days, or fewer: an answer is of use before the session that deals with it. Two queries."""
    mesa, meeting = commitment.mesa, next_session(commitment, left)
    day = left.astimezone(mesa.zone).date()
    rest = holidays_in(
        canton_id=mesa.canton_id,
        province_id=mesa.province_id,
        since=day,
        until=day + timedelta(days=8 * ANSWER_DAYS),
    )
    until = add_working_days(day, ANSWER_DAYS, rest)
    if meeting is None or until < meeting:
        return Answering(until, meeting)
    until = meeting - timedelta(days=1)
    while until > day and not is_working_day(until, rest):
        until -= timedelta(days=1)
    return Answering(until if until > day else None, meeting, is_hurried=True)


def _facts(commitment: Commitment, row: Notification, left: datetime) -> dict[str, Any]:
    """Ready to print: dates in words, names in the language spoken now."""
    mesa, zone = commitment.mesa, commitment.mesa.zone
    day = left.astimezone(zone).date()
    due = commitment.due_on if commitment.due_version == row.version else None
    due = due or day - timedelta(days=row.rung)
    sender = mesa.convener
    from_whom = sender.name if sender else ", ".join(secretariat_names(mesa, day)) or mesa.name
    seat = (sender.canton or sender.province) if sender else None
    last = (
        commitment.reports.filter(reported_at__lt=left)
        .order_by("-reported_at", "-id")
        .values_list("reported_at", "progress", "asks_verification")
        .first()
    )
    return {
        "sender": from_whom,
        "mesa": mesa.name,
        "reference": f"{commitment.code}-{row.version}",
        "demo": settings.DEMO,
        "place_and_date": ", ".join(
            part for part in (seat.name if seat else "", dates.day_words(day)) if part
        ),
        "organization": commitment.responsible.name if commitment.responsible else "",
        "code": commitment.code,
        "statement": commitment.statement,
        "deliverable": commitment.deliverable,
        "means": commitment.means_of_verification,
        "verifier": commitment.verifier.name if commitment.verifier else "",
        "due": dates.date_words(due),
        "days_late": (day - due).days,
        "original_due": _moved(commitment, due),
        "agreed": _agreed(commitment),
        "last_report": dates.date_words(last[0].astimezone(zone).date()) if last else "",
        "progress": str(last[1]) if last else "",
        "last_claims": last[2] if last else False,
        "story": story(commitment, left),
        "silences": [
            {"on": dates.date_words(one.on), "step": around_words(one.rung), "person": one.person}
            for one in silences(commitment, row.version, left)
        ],
        **answering(commitment, left).words(),
        "link": f"{settings.BASE_URL}{commitment.get_report_link()}",
        "page": f"{settings.BASE_URL}{commitment.get_absolute_url()}",
        **_addressee(commitment, day),
        "signatory": _signatory(commitment, day, from_whom),
    }


def _moved(commitment: Commitment, due: date) -> str:
    was = commitment.original_due_on
    return dates.date_words(was) if was and was != due else ""


def _agreed(commitment: Commitment) -> str:
    session = commitment.session
    if session and session.local_day:
        return dates.date_words(session.local_day)
    at = commitment.agreed_at
    return dates.date_words(timezone.localtime(at, commitment.mesa.zone).date()) if at else ""


def _addressee(commitment: Commitment, day: date) -> dict[str, Any]:
    """The head by name; while that post is vacant the post itself, for the attention of the focal point."""
    held = Tenure.objects.current(day).filter(post__organization=commitment.responsible_id)
    tenures = list(held.select_related("post", "person").order_by("starts_on", "id"))
    head = next((one for one in tenures if one.post.kind == Post.Kind.HEAD), None)
    focal = next((one for one in tenures if one.post.kind == Post.Kind.FOCAL_POINT), None)
    return {
        "addressee": {"name": head.person.name if head else "", "post": head.post.title if head else ""},
        "copy": f"{focal.person.name}, {focal.post.title}" if focal and head else "",
        "attention": f"{focal.person.name}, {focal.post.title}" if focal and not head else "",
    }


def _signatory(commitment: Commitment, day: date, from_whom: str) -> dict[str, str]:
    """Whoever keeps the secretariat that day, the longest in the post first."""
    mandates = SecretariatMandate.objects.current(day).filter(mesa=commitment.mesa_id)
    held = (
        Tenure.objects.current(day)
        .filter(post__mandates__in=mandates)
        .select_related("post__organization", "person")
        .order_by("starts_on", "id")
        .first()
    )
    if held is None:
        return {"name": "", "title": "", "organization": from_whom}
    return {
        "name": held.person.name,
        "title": held.post.title,
        "organization": held.post.organization.name,
    }


def next_session(commitment: Commitment, now: datetime) -> date | None:
    """The day of the mesa's next open session, where the commitment comes up by itself. One query."""
    state = Session.State
    ahead = Session.objects.live().filter(
        mesa=commitment.mesa_id,
        is_casa_adentro=False,
        state__in=[state.CONVENED, state.ANNOUNCED, state.HELD],  # held by now, where a letter is read again
        starts_at__gt=now,
    )
    session = ahead.order_by("starts_at", "id").first()
    return session.local_day if session else None
