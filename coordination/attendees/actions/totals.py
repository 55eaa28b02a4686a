"""Attendance of a past session of which nobody kept a list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import SectorTotal, StatedCount
from coordination.attendees.stating import ANSWERS
from coordination.attendees.totals import asks_of_people, takes_totals
from coordination.common.errors import DomainError
from coordination.sessions import actions as session_actions
from coordination.sessions.models import Session


class TotalsRefused(DomainError):
    """Totals cannot stand for this session's register, or not like this."""


@dataclass(frozen=True)
class Totals:
    """What is known: how many organizations, sectors and people came, and whether they were enough.

    ``by_sector`` gives organizations and people where they are known apart; ``stated`` how often each answer fits.
    """

    organizations: int
    sectors: int
    people: int
    quorum_met: bool
    by_sector: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    stated: Mapping[tuple[str, str], int] = field(default_factory=dict)


@transaction.atomic
def state_totals(*, session_id: int, totals: Totals, by: Actor, now: datetime) -> Session:
    """Closes the attendance of a session that is over by its totals, or corrects totals told before.

    Records: TOTALS_STATED without figures; down in the session ATTENDANCE_CLOSED with them. Raises TotalsRefused when
    it is not over, when a register was kept, or when the parts come to more than the whole; SessionIsClosed.
    """
    session = Session.objects.select_for_update(no_key=True, of=("self",)).get(pk=session_id)
    if session.ends_at is None or now < session.ends_at:
        raise TotalsRefused(
            _("The session is not over yet. Totals are for sessions of which nobody kept a list.")
        )
    if not takes_totals(session):
        raise TotalsRefused(
            _("This session has a register, or its record is closed: totals would contradict it.")
        )
    _add_up(totals)
    SectorTotal.objects.filter(session=session).delete()
    SectorTotal.objects.bulk_create(
        SectorTotal(session=session, sector_id=sector, organizations=organizations, people=people)
        for sector, (organizations, people) in totals.by_sector.items()
        if organizations or people
    )
    if asks_of_people(session):
        StatedCount.objects.filter(session=session).delete()
        StatedCount.objects.bulk_create(
            StatedCount(session=session, question=question, answer=answer, count=n)
            for (question, answer), n in totals.stated.items()
            if n
        )
    session = session_actions.record_attendance_totals(
        session_id=session.pk,
        organizations=totals.organizations,
        sectors=totals.sectors,
        people=totals.people,
        quorum_met=totals.quorum_met,
        by=by,
        now=now,
    )
    record(kind=AttendeeEvent.TOTALS_STATED, by=by, subject=session, now=now, mesa_id=session.mesa_id)
    return session


def _add_up(totals: Totals) -> None:
    parts = totals.by_sector.values()
    if totals.people < totals.organizations:
        raise TotalsRefused(
            _("There cannot be more organizations than people: each came with somebody."), field="people"
        )
    if totals.sectors > totals.organizations:
        raise TotalsRefused(_("There cannot be more sectors than organizations."), field="sectors")
    if sum(organizations for organizations, _people in parts) > totals.organizations:
        raise TotalsRefused(
            _("The organizations of the sectors come to more than the total."), field="organizations"
        )
    if sum(people for _organizations, people in parts) > totals.people:
        raise TotalsRefused(_("The people of the sectors come to more than the total."), field="people")
    if sum(1 for some in parts if any(some)) > totals.sectors:
        raise TotalsRefused(_("More sectors have somebody than you wrote."), field="sectors")
    for question in ANSWERS:
        said = sum(n for (asked, _answer), n in totals.stated.items() if asked == question)
        if said > totals.people:
            label = StatedCount.Question(question).label
            raise TotalsRefused(
                _("The answers to “%(question)s” come to more than the people who came.")
                % {"question": label},
                field="people",
            )
