"""The convocation as a paper: the facts that the invited organization may know, and nothing else.

The link to join online is not among them, as in every message before registration. Of a casa adentro session only
when, where and how to answer: whoever holds the invitation stands in the circle's outer ring (``logistics``).
Read whenever it is asked for, never stored; a letter whose session moved since says so.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from coordination.attendees.models import Convocation, Invitation
from coordination.attendees.queries import Invitee, secretariat_names
from coordination.common import dates
from coordination.documents.typst import render
from coordination.mesas.models import Mesa, Seat
from coordination.organizations.models import Organization, Post, Tenure
from coordination.sessions.models import Session
from coordination.sessions.program import parts
from coordination.sessions.queries import agenda_with_times

FILE_NAME = "convocatoria.pdf"  # of every session alike: a name in a list of downloads tells nothing
TEMPLATES = ("es", "en")


@dataclass(frozen=True)
class Draft:
    """What the secretariat has written so far and nobody has received."""

    message: str = ""
    signatory_post: Post | None = None
    signatory_name: str = ""
    signatory_title: str = ""


@dataclass(frozen=True)
class _Written:
    """What was written, the moment the letter bears, and the moment it is read."""

    call: Convocation | Draft
    on: datetime
    read_at: datetime


def sent_letter(invitation: Invitation, *, now: datetime, language: str) -> bytes:
    """The letter of an organization that was called, with its link, in that language."""
    session = invitation.session
    with _speaking(language):
        call: Convocation | None = getattr(session, "convocation", None)
        # Who is called later has a later letter, with the same number.
        written = _Written(call or Draft(), on=invitation.created_at, read_at=now)
        facts = _facts(session, invitation.organization, invitation.post, written)
        if invitation.addressee:
            facts |= {"addressee": {"name": invitation.addressee.name, "post": ""}, "attention": ""}
        facts |= {
            "role": "guest" if invitation.role == Invitation.Role.GUEST else _voice(invitation.votes),
            "number": call.number if call else _("without a number"),
            "moved_on": _moved_on(session, since=invitation.created_at),
            "link": f"{settings.BASE_URL}{invitation.get_link()}",
        }
        return _render(facts)


def preview_letter(session: Session, one: Invitee, draft: Draft, *, now: datetime, language: str) -> bytes:
    """What this organization would receive today: marked as a preview, without number and link."""
    with _speaking(language):
        facts = _facts(session, one.organization, one.post, _Written(draft, on=now, read_at=now))
        return _render(facts | {"role": _voice(one.seat.voting == Seat.Voting.VOICE_VOTE)})


def _voice(votes: bool) -> str:
    return "vote" if votes else "voice"


def _speaking(language: str) -> Any:
    return translation.override(language if language in TEMPLATES else TEMPLATES[0])


def _render(facts: dict[str, Any]) -> bytes:
    code = segno.make(facts["link"], error="m").svg_inline(border=2) if facts["link"] else ""
    return render(f"{dates.spoken()}/convocation", facts, pictures={"qr": code})


def _facts(
    session: Session, organization: Organization, post: Post | None, written: _Written
) -> dict[str, Any]:
    """Ready to print: dates in words, names in the language spoken now."""
    mesa, closed = session.mesa, session.is_casa_adentro
    call, day = written.call, timezone.localtime(written.on, session.zone).date()
    sender = mesa.convener
    from_whom = sender.name if sender else ", ".join(secretariat_names(mesa, day)) or mesa.name
    zone = session.zone.key
    closes = session.registration_closes_at or session.starts_at
    assert session.starts_at is not None and closes is not None  # noqa: S101  only dated sessions are called
    return {
        "sender": from_whom,
        "mesa": mesa.name,
        "number": "",
        "link": "",
        "moved_on": "",
        "demo": settings.DEMO,
        "closed": closed,
        "cancelled": session.state == Session.State.CANCELLED,
        "made_on": dates.day_words(timezone.localtime(written.read_at, session.zone)),
        "place_and_date": ", ".join(part for part in (_seat_of(sender), dates.day_words(day)) if part),
        "organization": organization.name,
        **_addressee(organization, post, day),
        "subject": _("Meeting, %(mesa)s") % {"mesa": mesa.name} if closed else session.title,
        "topic": "" if closed else session.topic,
        "when": dates.span(session.starts_at, session.ends_at, zone),
        "where": _where(session),
        "online": _ONLINE[Session.Modality(session.modality)],
        "parts": _parts(session),
        "message": "" if closed else call.message,
        "agenda": [] if closed else _agenda(session),
        "papers": [] if closed else [paper.title for paper in session.papers.filter(withdrawn_at=None)],
        "people": session.delegation_size or mesa.delegation_size,
        "closes": dates.moment(closes, zone),
        "page": _page(session),
        "review": _review(session),
        "signatory": {
            "name": call.signatory_name,
            "title": call.signatory_title,
            # A secretariat may be joint: who signs need not be of the organization that convenes.
            "organization": call.signatory_post.organization.name if call.signatory_post else from_whom,
        },
    }


_ONLINE = {
    Session.Modality.IN_PERSON: "none",
    Session.Modality.HYBRID: "also",
    Session.Modality.ONLINE: "only",
}


def _addressee(organization: Organization, post: Post | None, day: date) -> dict[str, Any]:
    """The head by name, where known, for the attention of who receives it; else the receiving post itself."""
    held = Tenure.objects.current(day).filter(post__organization=organization)
    tenures = list(held.select_related("post", "person").order_by("starts_on", "id"))
    head = next((one for one in tenures if one.post.kind == Post.Kind.HEAD), None)
    holder = next((one for one in tenures if post and one.post_id == post.pk), None)
    reader = holder.person.name if holder else ""
    if head is None and post:
        return {"addressee": {"name": reader, "post": post.title}, "attention": ""}
    if head is None:
        return {"addressee": {"name": "", "post": _("Head of the institution")}, "attention": ""}
    apart = post is not None and post.pk != head.post_id
    attention = ", ".join(part for part in (reader, post.title) if part) if post and apart else ""
    return {"addressee": {"name": head.person.name, "post": head.post.title}, "attention": attention}


def _seat_of(organization: Organization | None) -> str:
    """The town a letter is written in."""
    territory = organization and (organization.canton or organization.province)
    return territory.name if territory else ""


def _where(session: Session) -> list[str]:
    """Venue, address, territory, each once; without any that the place is still to come."""
    if session.modality == Session.Modality.ONLINE:
        return []
    address = [session.address] if session.address and session.address not in session.place else []
    return [session.place or _("The place will be announced"), *address]


def _parts(session: Session) -> list[str]:
    """The programme of a session that has several blocks; its day, where it is but one, stands above. No link to join."""
    day = ""
    if session.local_day and session.local_day == session.local_end_day:
        day = f"{dates.date_words(session.local_day)}, "
    told = ((part.when.removeprefix(day), part.title, part.place) for part in parts(session))
    return [". ".join(word for word in words if word) for words in told]


def _agenda(session: Session) -> list[dict[str, str]]:
    return [
        {
            "at": dates.clock(timed.starts_at.astimezone(session.zone)) if timed.starts_at else "",
            "title": timed.item.title,
            "minutes": str(timed.item.minutes or ""),
            "presenter": timed.item.presenter,
        }
        for timed in agenda_with_times(session).items
    ]


def _page(session: Session) -> str:
    """The session's public page; none where the letter's reader would meet a closed door."""
    if session.is_casa_adentro or session.mesa.visibility != Mesa.Visibility.PUBLIC:
        return ""
    return f"{settings.BASE_URL}{reverse('portal:session', args=[session.public_id])}"


def _review(session: Session) -> str:
    """Where the first item's content stands, which builds itself until the day; as ``_page``."""
    if not _page(session):
        return ""
    return f"{settings.BASE_URL}{reverse('commitments:review_paper', args=[session.public_id])}"


def _moved_on(session: Session, *, since: datetime) -> str:
    """The day the hours or the place changed after the letter left."""
    if session.moved_at is None or session.moved_at <= since:
        return ""
    return dates.day_words(timezone.localtime(session.moved_at, session.zone))
