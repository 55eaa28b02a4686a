"""Certificates of attendance: whom they are for, what they say, the paper.

Of a closed session the paper names a person, an organization and a day, and calls it a working meeting: neither the
mesa, nor what was dealt with, nor where. A closed block of an open session is on nobody's certificate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.actor import Actor
from coordination.attendees.models import Attendance, Certificate, Convocation, Delegate
from coordination.attendees.queries import CAME, secretariat_names
from coordination.attendees.totals import open_marks
from coordination.common import dates
from coordination.documents.codes import Verified
from coordination.documents.typst import render
from coordination.sessions.models import Block, Session
from coordination.sessions.program import meetings

FILE_NAME = "constancia.pdf"  # of every session alike
TOGETHER = 50  # in one file; each has a code to draw
TEMPLATES = ("es", "en")


@dataclass(frozen=True)
class Earned:
    """Somebody came, or an organization's people did: the mark the certificate hangs on, the name that goes on it."""

    organization_id: int
    attendance_id: int | None
    name: str


def earned(session: Session) -> list[Earned]:
    """Who should have a certificate: each person once, hung on the first mark, and their organizations. One query.

    Names are those of the site's first language, whoever asks: else a change of language would look like a correction.
    """
    marks = (
        Attendance.objects.filter(open_marks(session), status__in=CAME)
        .select_related("organization", "person", "delegate__person")
        .order_by("organization__plain_name", "organization_id", "block__starts_at", "id")
    )
    people: dict[Any, Earned] = {}
    organizations: dict[int, Earned] = {}
    with override(settings.LANGUAGE_CODE):
        for mark in marks:
            organization = mark.organization
            organizations.setdefault(organization.pk, Earned(organization.pk, None, organization.name))
            people.setdefault(person_of(mark), Earned(organization.pk, mark.pk, name_of(mark)))
    return [*people.values(), *organizations.values()]


def name_of(mark: Attendance) -> str:
    """As the person wrote it when registering, else as it was written at the door."""
    person = mark.delegate.person if mark.delegate else mark.person
    return mark.name or (person.name if person else "")


def person_of(mark: Attendance) -> Any:
    """What tells two marks of one person from those of two."""
    return mark.delegate_id or (mark.organization_id, mark.name.casefold())


@dataclass(frozen=True)
class Standing:
    """What issuing now would do: how many are new, how many replace one with another name, how many are taken back."""

    current: list[Certificate]
    new: list[Earned]
    corrected: list[tuple[Certificate, Earned]]
    lost: list[Certificate]

    @property
    def to_issue(self) -> int:
        return len(self.new) + len(self.corrected)


def standing(session: Session) -> Standing:
    """The certificates in force beside who came. Two queries."""
    current = list(
        session.certificates.filter(revoked_at=None)
        .select_related("organization")
        .order_by("organization__plain_name", "attendance_id", "id")
    )
    held = {(one.organization_id, one.attendance_id): one for one in current}
    wanted = {(one.organization_id, one.attendance_id): one for one in earned(session)}
    return Standing(
        current,
        [one for key, one in wanted.items() if key not in held],
        [(held[key], one) for key, one in wanted.items() if key in held and held[key].name != one.name],
        [one for key, one in held.items() if key not in wanted],
    )


def of_delegate(delegate: Delegate) -> Certificate | None:
    """The person's own certificate, in force; for the page of the pass. One query."""
    return (
        Certificate.objects.filter(attendance__delegate=delegate, revoked_at=None)
        .select_related("session")
        .first()
    )


def download_path(certificate: Certificate) -> str:
    """Where whoever holds the code takes the paper; of a closed session it opens to the circle alone."""
    return reverse("portal:certificate", args=[certificate.code])


def lookup(code: str, actor: Actor) -> Verified | None:
    """What the verification page says of a certificate's code. Two queries."""
    rows = Certificate.objects.select_related("session__mesa", "organization")
    found = rows.filter(code=code).first()
    if found is None:
        return None
    session = found.session
    issued = dates.day_words(timezone.localtime(found.issued_at, session.zone))
    if session.is_casa_adentro:
        return _of_closed(found, issued)
    facts = [
        (_("Organization") if found.attendance_id is None else _("Name"), found.name),
        *([(_("Organization"), found.organization.name)] if found.attendance_id else []),
        (_("Session"), session.title),
        (_("When"), _days(session, _blocks(session))),
        (_("Issued on"), issued),
    ]
    if found.revoked_at is not None:
        day = dates.day_words(timezone.localtime(found.revoked_at, session.zone))
        return Verified(
            title=_("This certificate was withdrawn"),
            text=_("It was issued here, and withdrawn on %(day)s. It certifies nothing any more; another may stand in its place.") % {"day": day},
            state="red",
        )  # fmt: skip
    return Verified(
        title=_("This certificate is authentic"),
        text=_("It was issued here and is in force."),
        facts=facts,
        link=download_path(found),
        link_text=_("See the certificate (PDF)"),
    )


def _of_closed(found: Certificate, issued: str) -> Verified:
    if found.revoked_at is not None:
        return Verified(
            title=_("This code was withdrawn"), text=_("It certifies nothing any more."), state="red"
        )
    return Verified(
        title=_("This code is authentic"),
        text=_("The document was issued on %(day)s. Nothing else is shown here.") % {"day": issued},
    )


def paper(certificates: Sequence[Certificate], *, now: datetime, language: str) -> bytes:
    """The certificates of one session as one file, a page each. Writes nothing; queries do not grow with their number.

    A withdrawn one says so across the page.
    """
    with override(language if language in TEMPLATES else TEMPLATES[0]):
        session = certificates[0].session
        facts = _facts(session, certificates[:TOGETHER])
        pictures = {
            f"qr{place}": segno.make(page["link"], error="m").svg_inline(border=0)
            for place, page in enumerate(facts["pages"])
        }
        return render(f"{dates.spoken()}/certificate", facts, pictures=pictures)


def _facts(session: Session, certificates: Sequence[Certificate]) -> dict[str, Any]:
    mesa, closed = session.mesa, session.is_casa_adentro
    day = session.local_day
    assert day is not None  # noqa: S101  only sessions with a register have certificates
    sender = mesa.convener
    from_whom = sender.name if sender else ", ".join(secretariat_names(mesa, day)) or mesa.name
    call = Convocation.objects.select_related("signatory_post__organization").filter(session=session).first()
    attended = _attended(session, certificates)
    whole = meetings(_blocks(session))
    pages = []
    for one in certificates:
        blocks = attended.get(one.pk, [])
        pages.append(
            {
                "name": one.name,
                "organization": "" if one.attendance_id is None else one.organization.name,
                "is_person": one.attendance_id is not None,
                "when": _days(session, blocks or whole),
                "parts": [] if closed or len(whole) < 2 else _parts(session, blocks),
                "hours": "" if closed or not session.has_hours else _hours(blocks),
                "issued": dates.day_words(timezone.localtime(one.issued_at, session.zone)),
                "code": one.code,
                "link": f"{settings.BASE_URL}{reverse('portal:verify', args=[one.code])}",
                "withdrawn": one.revoked_at is not None,
            }
        )
    return {
        "sender": from_whom,
        "closed": closed,
        "demo": settings.DEMO,
        "mesa": "" if closed else mesa.name,
        "session": "" if closed else session.short_title,
        "topic": "" if closed else session.topic,
        "where": "" if closed else session.place,
        "town": _town(session),
        "form": f"{settings.BASE_URL}{reverse('portal:verify_form')}",
        "signatory": {
            "name": call.signatory_name if call else "",
            "title": call.signatory_title if call else "",
            "organization": call.signatory_post.organization.name
            if call and call.signatory_post
            else from_whom,
        },
        "pages": pages,
    }


def _blocks(session: Session) -> list[Block]:
    """Those a certificate may speak of. One query."""
    rows = Block.objects.filter(session=session).order_by("order")
    return meetings(rows if session.is_casa_adentro else rows.open())


def _attended(session: Session, certificates: Iterable[Certificate]) -> dict[int, list[Block]]:
    """In which blocks each person was; an organization where any of its people was. One query."""
    there: dict[Any, dict[int, Block]] = {}
    who: dict[int, Any] = {}
    marks = Attendance.objects.filter(open_marks(session), status__in=CAME).select_related("block")
    for mark in marks.order_by("block__starts_at", "block__order", "id"):
        who[mark.pk] = person_of(mark)
        for key in (("person", who[mark.pk]), ("organization", mark.organization_id)):
            there.setdefault(key, {})[mark.block_id] = mark.block
    keys = {
        one.pk: ("person", who.get(one.attendance_id))
        if one.attendance_id
        else ("organization", one.organization_id)
        for one in certificates
    }
    return {pk: list(there.get(key, {}).values()) for pk, key in keys.items()}


def _days(session: Session, blocks: Sequence[Block]) -> str:
    """The day, or the days apart, without hours."""
    days = sorted({block.starts_at.astimezone(session.zone).date() for block in blocks})
    if not days and session.local_day:
        days = [session.local_day]
    return "; ".join(dates.date_words(day) for day in days)


def _parts(session: Session, blocks: Iterable[Block]) -> list[str]:
    return [
        f"{block.name}: {dates.span(block.starts_at, block.ends_at, session.zone.key)}" for block in blocks
    ]


def _hours(blocks: Sequence[Block]) -> str:
    """How long the blocks last by the programme; groups side by side count once, for one person sits in one."""
    spans = sorted((block.starts_at, block.ends_at) for block in blocks)
    total, until = timedelta(), None
    for start, end in spans:
        begin = max(start, until) if until else start
        total += max(end - begin, timedelta())
        until = max(end, until) if until else end
    hours, minutes = divmod(int(total.total_seconds()) // 60, 60)
    said = []
    if hours:
        said.append(ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
    if minutes:
        said.append(ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes})
    return _(" and ").join(said)


def _town(session: Session) -> str:
    """Where the convening organization writes from; nothing of where a closed session met."""
    sender = session.mesa.convener
    territory = sender and (sender.canton or sender.province)
    return territory.name if territory else ""
