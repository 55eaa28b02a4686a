"""Asking the organizations of a mesa which dates suit them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.dates import zone_exists
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa, Seat
from coordination.polls.events import PollEvent
from coordination.polls.models import Ballot, DatePoll, Option
from coordination.polls.queries import seats_to_ask
from coordination.sessions.actions.planning import MesaDoesNotMeet, NoOnlineLink, UnknownTimeZone
from coordination.sessions.models import Session

FEWEST, MOST = 2, 12


class PollRefused(DomainError):
    """The poll as written cannot be."""


class WrongDates(PollRefused):
    default_message = _("Propose between 2 and 12 different dates, all of them still to come.")


class ClosesTooSoon(PollRefused):
    default_message = _("That day has passed. Give the organizations time to answer.")


class ClosesTooLate(PollRefused):
    default_message = _("Answers must be in before the first date that is proposed. Write an earlier day.")


class NobodyToAsk(PollRefused):
    default_message = _("No organization has a seat at this mesa today. Seat the organizations first.")


@transaction.atomic
def open_poll(
    *,
    mesa_id: int,
    kind: str,
    topic: str,
    modality: str,
    time_zone: str,
    minutes: int,
    starts: Sequence[datetime],
    closes_at: datetime,
    venue: str = "",
    online_url: str = "",
    message: str = "",
    must_attend_ids: Iterable[int] = (),
    by: Actor,
    now: datetime,
) -> DatePoll:
    """Asks every organization with a seat today, each by a ballot with a link of its own.

    Promises: two to twelve different dates ahead, answers in before the first of them, who must attend has a seat.
    The letters leave by notifications. Records: OPENED. Raises MesaDoesNotMeet, UnknownTimeZone, NoOnlineLink,
    WrongDates, ClosesTooSoon, ClosesTooLate, NobodyToAsk.
    """
    mesa = Mesa.objects.select_for_update(no_key=True).get(pk=mesa_id)
    if mesa.is_historic or mesa.state == Mesa.State.ENDED:
        raise MesaDoesNotMeet
    if not zone_exists(time_zone):
        raise UnknownTimeZone(field="time_zone")
    if modality == Session.Modality.ONLINE and not online_url:
        raise NoOnlineLink(field="online_url")
    _refuse_wrong_dates(starts, closes_at, now)
    seats = seats_to_ask(mesa.pk, now.astimezone(mesa.zone).date())
    if not seats:
        raise NobodyToAsk
    poll = DatePoll.objects.create(
        mesa=mesa, kind=kind, topic=" ".join(topic.split()), modality=modality, time_zone=time_zone, minutes=minutes,
        venue=venue, online_url=online_url, message=message.strip(), created_at=now, closes_at=closes_at,
    )  # fmt: skip
    length = timedelta(minutes=minutes)
    Option.objects.bulk_create(
        Option(poll=poll, starts_at=start, ends_at=start + length) for start in sorted(starts)
    )
    poll.must_attend.set({seat.organization_id for seat in seats} & set(must_attend_ids))
    Ballot.objects.bulk_create(
        Ballot(
            poll=poll,
            organization_id=seat.organization_id,
            votes=seat.voting == Seat.Voting.VOICE_VOTE,
            link_expires_at=max(starts) + length,
        )
        for seat in seats
    )
    record(kind=PollEvent.OPENED, by=by, subject=poll, now=now, mesa_id=mesa.pk)
    return poll


def _refuse_wrong_dates(starts: Sequence[datetime], closes_at: datetime, now: datetime) -> None:
    if not FEWEST <= len(set(starts)) == len(starts) <= MOST or min(starts) <= now:
        raise WrongDates
    if closes_at <= now:
        raise ClosesTooSoon(field="closes_on")
    if closes_at > min(starts):
        raise ClosesTooLate(field="closes_on")
