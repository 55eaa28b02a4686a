"""A sharing sheet read: who clears it, what they have said, whether it may go out, and what a link opens."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Prefetch, Q, QuerySet

from accounts.links import BadLink, proves, read_id
from coordination.attendees.balance import CAME
from coordination.attendees.models import Attendance
from coordination.common.working_days import add_working_days
from coordination.minutes import circulating
from coordination.minutes.sharing import Clearance, SharingSheet
from coordination.organizations.models import Organization, Person, Post, Tenure
from coordination.sessions.models import CircleMember, Outcome, Session
from coordination.sessions.queries import days_off

MOST_DAYS = circulating.MOST_DAYS


class Dead(StrEnum):
    """Why a link opens no sheet."""

    UNKNOWN = "unknown"  # cut on its way, made by nobody, or its person left the circle
    OVER = "over"  # withdrawn, or the link expired


@dataclass(frozen=True)
class LinkFound:
    clearance: Clearance | None = None
    dead: Dead | None = None


@dataclass(frozen=True)
class Counted:
    """What was answered to the text as it stands now; an answer to an earlier text counts as none."""

    agreed: int
    objected: int
    silent: int

    @property
    def asked(self) -> int:
        return self.agreed + self.objected + self.silent

    @property
    def is_cleared(self) -> bool:
        """Every organization that took part said yes: silence is no consent (docs/decisions/0023)."""
        return self.asked > 0 and self.agreed == self.asked


def sheet_of(session: Session) -> SharingSheet | None:
    """The one that is not withdrawn, with its points. Two queries."""
    rows = session.sharing_sheets.exclude(state=SharingSheet.State.WITHDRAWN).prefetch_related("points")
    return rows.first()


def answers(sheet: SharingSheet) -> list[Clearance]:
    """Every organization that is asked, with its answer. One query."""
    rows = sheet.clearances.select_related("organization", "person")
    return list(rows.order_by("organization__plain_name", "pk"))


def standing(answer: Clearance, sheet: SharingSheet) -> str:
    """The answer, if it is about the text that stands now."""
    return answer.answer if answer.about_version == sheet.version else Clearance.Answer.PENDING


def counted(sheet: SharingSheet, rows: list[Clearance]) -> Counted:
    given = [standing(row, sheet) for row in rows]
    return Counted(
        agreed=given.count(Clearance.Answer.AGREED),
        objected=given.count(Clearance.Answer.OBJECTED),
        silent=given.count(Clearance.Answer.PENDING),
    )


def offered(session: Session) -> "QuerySet[Outcome]":
    """The outcomes a sheet can be made of: all of a closed session; of an open one those of its closed items. Reserved
    ones are among them: what may leave the room is for those who were in it to say.
    """
    rows = Outcome.objects.filter(session=session).select_related("item")
    if not session.is_casa_adentro:
        rows = rows.filter(item__is_casa_adentro=True)
    return rows.order_by("item__order", "order", "pk")


def to_be_asked(session: Session, on: date) -> dict[int, int]:
    """Who clears it: organization → the person of its circle who answers. Two queries.

    Every organization for which somebody of the circle of the record holds a post that day; where a register was
    kept of what was closed, those of them that came. The focal point answers before others.
    """
    circle = CircleMember.objects.current().filter(session=session, level=CircleMember.Level.RECORD)
    held = Tenure.objects.current(on).filter(
        person__in=circle.values("person"), post__organization__state=Organization.State.ACTIVE
    )
    found: dict[int, tuple[bool, int]] = {}
    rows = held.order_by("starts_on", "pk").values_list("post__organization", "person", "post__kind")
    for organization, person, kind in rows:
        other = (kind != Post.Kind.FOCAL_POINT, person)
        if organization not in found or other[0] < found[organization][0]:
            found[organization] = other
    came = _came(session)
    return {pk: person for pk, (_rank, person) in found.items() if not came or pk in came}


def _came(session: Session) -> set[int]:
    rows = Attendance.objects.filter(block__session=session, status__in=CAME)
    if not session.is_casa_adentro:
        rows = rows.filter(block__is_casa_adentro=True)
    return set(rows.values_list("organization", flat=True))


def usual_day(session: Session, now: datetime) -> date:
    """As many working days from today as the mesa gives to clear a sheet."""
    today, count = circulating.today_at(session, now), max(session.mesa.clearing_days, 1)
    off = days_off(session, since=today, until=today + timedelta(days=30 + 2 * count))
    return add_working_days(today, count, off.keys())


def find_link(token: str, now: datetime) -> LinkFound:
    """Which clearance a token opens. Two queries. Whoever left the circle, or the post, opens nothing any more."""
    try:
        public_id = read_id(token)
    except BadLink:
        return LinkFound(dead=Dead.UNKNOWN)
    rows = Clearance.objects.select_related("sheet__session__mesa", "organization", "person")
    found = rows.filter(public_id=public_id).first()
    if found is None or not proves(token, Clearance.LINK_PURPOSE, found.public_id, found.link_generation):
        return LinkFound(dead=Dead.UNKNOWN)
    if not still_inside(found.sheet.session, found.person):
        return LinkFound(dead=Dead.UNKNOWN)
    if found.sheet.state == SharingSheet.State.WITHDRAWN or now >= found.link_expires_at:
        return LinkFound(dead=Dead.OVER)
    return LinkFound(found)


def still_inside(session: Session, person: Person | None) -> bool:
    record = session.circle.current().filter(level=CircleMember.Level.RECORD)
    return person is not None and record.filter(person=person).exists()


def participants(sheet: SharingSheet) -> list[str]:
    """The names of those that took part, where the sheet names them: who cleared it. One query."""
    if not sheet.names_organizations:
        return []
    rows = sheet.clearances.order_by("organization__plain_name").select_related("organization")
    return [row.organization.name for row in rows]


def published(sheets: "QuerySet[SharingSheet]") -> "QuerySet[SharingSheet]":
    """Latest first, with what a page shows."""
    found = sheets.filter(Q(state=SharingSheet.State.PUBLISHED)).select_related("session__mesa")
    return found.prefetch_related(Prefetch("points")).order_by("-published_at", "-pk")
