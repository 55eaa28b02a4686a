"""The next session from the last: which day, which hours, what was left open. Reads and arithmetic only."""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from coordination.sessions.models import AgendaItem, AgendaProposal, Outcome, Session
from coordination.sessions.program import spans_of
from coordination.sessions.queries import days_off
from coordination.taxonomies.models import Holiday

WEEK = timedelta(days=7)
MONTH_DAYS = 30  # what a mesa without a rhythm of its own is taken to keep
HORIZON = timedelta(weeks=26)


@dataclass(frozen=True)
class Proposal:
    """What the form starts from, and the days of rest that were stepped over."""

    day: date
    initial: dict[str, Any]
    holidays: list[Holiday] = field(default_factory=list)


def next_day(last: date, rhythm_days: int | None, *, earliest: date, resting: Container[date]) -> date:
    """The same weekday, as many weeks later as come nearest to the rhythm; then week by week to a working day.

    Never before ``earliest``: the days of notice have to fit.
    """
    weeks = max(1, round((rhythm_days or MONTH_DAYS) / 7))
    day = last + weeks * WEEK
    while day < earliest or day in resting:
        day += WEEK
    return day


def proposal(last: Session, *, now: datetime) -> Proposal:
    """The next session as the last one was: weekday, hours, place, room, modality, how long one can register.

    Two queries. The last one must have its hours.
    """
    if last.starts_at is None or last.ends_at is None:
        raise ValueError("A session without a date has no next one.")
    mesa = last.mesa
    # Of several blocks the next session takes the first: the others are added where they are needed again.
    lasted = spans_of(last)[0]
    starts, ends = (moment.astimezone(last.zone) for moment in lasted)
    earliest = timezone.localtime(now, last.zone).date() + timedelta(days=mesa.notice_days + 1)
    undisturbed = next_day(starts.date(), mesa.rhythm_days, earliest=earliest, resting=())
    resting = days_off(last, since=undisturbed, until=undisturbed + HORIZON)
    day = next_day(starts.date(), mesa.rhythm_days, earliest=earliest, resting=resting)
    shift = day - starts.date()
    closes = last.registration_closes_at
    initial = {
        "day": day,
        "starts": starts.time(),
        "ends": ends.time(),
        "ends_on": ends.date() + shift if ends.date() != starts.date() else None,
        "time_zone": last.zone.key,
        "kind": Session.Kind.ORDINARY,
        "modality": last.modality,
        "room": last.room_id,
        "online_account": last.online_account_id,
        "venue": last.venue,
        "address": last.address,
        "canton": last.canton_id,
        "capacity": last.capacity,
        "online_url": last.online_url,
        # Kept as the first instant of the next day; the form speaks of the last day.
        "registration_closes_on": (closes - timedelta(seconds=1)).astimezone(last.zone).date() + shift
        if closes
        else None,
    }
    skipped = [resting[one] for one in sorted(resting) if one < day and (day - one).days % 7 == 0]
    return Proposal(day, initial, skipped)


def open_items(last: Session) -> list[AgendaItem]:
    """Of the open items what nothing came of, in the order it stood; the generated review comes anyway. One query."""
    came = Outcome.objects.open().filter(item=OuterRef("pk"))
    return list(last.agenda.filter(~Exists(came), is_generated=False).order_by("order"))


def put_off(mesa_id: int) -> list[AgendaProposal]:
    """Proposals of the mesa that wait for a later session, oldest first. One query."""
    rows = AgendaProposal.objects.filter(mesa_id=mesa_id, session=None, state=AgendaProposal.State.DEFERRED)
    return list(rows.select_related("organization").order_by("proposed_at", "id"))


def can_be_followed(session: Session, now: datetime) -> bool:
    """Whether one can go on from it: live, not casa adentro, called, and over. No query."""
    states = (Session.State.CONVENED, Session.State.HELD, Session.State.FAILED)
    return bool(
        not session.is_historic
        and not session.is_casa_adentro
        and session.ends_at
        and session.ends_at <= now
        and session.state in states
    )


def later_than(session: Session) -> Session | None:
    """The mesa's session that is planned after this one already, if any; closed ones are never named here."""
    planned = [Session.State.DRAFT, Session.State.ANNOUNCED, Session.State.CONVENED]
    rows = Session.objects.live().filter(
        mesa_id=session.mesa_id, is_casa_adentro=False, state__in=planned, starts_at__gt=session.starts_at
    )
    return rows.select_related("mesa").order_by("starts_at").first()
